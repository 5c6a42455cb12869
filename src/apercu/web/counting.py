"""Numbers for a person: counted and released through the archive's one door, and written as files."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from types import MappingProxyType

from apercu.archive.zones import read_zones
from apercu.disk import writing
from apercu.errors import NothingToShowError, UsageError
from apercu.purposes import Capability, Language
from apercu.statistics.counting import COUNTED, CountOptions, count
from apercu.statistics.formats import WRITERS, as_otanalytics
from apercu.statistics.release import ReleaseOptions, release
from apercu.statistics.released import Released
from apercu.statistics.store import CountedRun, runs
from apercu.web.jobs import Job, Made, Report
from apercu.web.making import find_job
from apercu.web.visit import Visit

INTERVALS_S = (60, 300, 900, 3600, 86400)
"""Lengths of intervals that are offered, seconds; the purpose may have a shortest one."""
OTANALYTICS = "otanalytics.csv"
FILES = (*WRITERS, ".html", ".pdf", ".png", OTANALYTICS)
"""What numbers are written as."""
MEDIA_TYPES: Mapping[str, str] = MappingProxyType(
    {
        ".csv": "text/csv",
        ".parquet": "application/vnd.apache.parquet",
        ".json": "application/json",
        ".geojson": "application/geo+json",
        ".html": "text/html",
        ".pdf": "application/pdf",
        ".png": "image/png",
        OTANALYTICS: "text/csv",
    }
)
NUMBERS = "numbers"
"""Kind of the jobs that let numbers leave."""
DRAWING = threading.Lock()
"""Held while charts are drawn: matplotlib keeps its settings in one place for all threads."""


@dataclass(frozen=True, slots=True)
class NumbersAsked:
    """Which numbers a person asks for.

    Attributes:
        camera: its name.
        interval_s: length of the intervals, seconds.
        since, until: first and last day, by the archive's calendar; None means any.
        places: names of the lines and zones wanted; empty means all.
        classes: those wanted; empty means all that are counted.
        heat: maps of where it moves, too.
        reason: why; recorded in the ledger.
    """

    camera: str
    interval_s: int = 900
    since: date | None = None
    until: date | None = None
    places: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    heat: bool = False
    reason: str | None = None


def counted(visit: Visit) -> list[CountedRun]:
    """Return what was counted straight from footage or live, by camera and start; none of its numbers.

    Raises:
        RefusedError, RightError: nothing may be counted here, or not by this person.
    """
    with visit.gate.opens(Capability.COUNT, subject="list of what was counted"):
        return runs(visit.archive)


def cameras_counted(visit: Visit) -> list[str]:
    """Return the cameras of which there are numbers, or lines and zones to count at, by name."""
    filmed = {row.camera for row in visit.archive.recordings()}
    drawn = {camera for camera, zones in read_zones(visit.archive).items() if zones}
    return sorted(filmed | drawn | {run.camera for run in runs(visit.archive)})


def intervals_of(visit: Visit) -> list[int]:
    """Return the intervals that the archive's purpose lets numbers be about, seconds; none where none may."""
    rules = visit.archive.settings.declaration.purpose.release
    return [] if rules is None else [length for length in INTERVALS_S if length >= rules.shortest_s]


def numbers_for(
    visit: Visit, asked: NumbersAsked, progress: Callable[[float], None] | None = None
) -> Released:
    """Count, and let what is asked for leave as the purpose allows.

    Raises: as ``statistics.counting.count`` and ``statistics.release.release``.
    """
    zone = visit.archive.settings.zone
    since = None if asked.since is None else datetime.combine(asked.since, time.min, zone)
    after = None if asked.until is None else asked.until + timedelta(days=1)
    options = CountOptions(
        interval_s=float(asked.interval_s),
        cameras=(asked.camera,),
        classes=COUNTED,
        since=since,
        until=None if after is None else datetime.combine(after, time.min, zone),
        heat=asked.heat,
    )
    chosen = ReleaseOptions(asked.places, asked.classes, None, asked.reason)
    return release(visit.archive, count(visit.archive, options, progress), chosen)


def as_file(
    visit: Visit, released: Released, kind: str, language: Language, reason: str | None = None
) -> bytes:
    """Return released numbers as one of ``FILES``.

    Their release is in the ledger; this asks whether they may still leave.

    Raises:
        UsageError: there is no such kind, or matplotlib is not installed.
        RefusedError, RightError: they may no longer leave.
        NothingToShowError: a map is asked for, and none was released.
    """
    visit.gate.expect(Capability.RELEASE_STATISTICS, subject=f"numbers as {kind}", reason=reason)
    if kind == OTANALYTICS:
        return as_otanalytics(released)
    if kind in WRITERS:
        return WRITERS[kind](released)
    if kind not in FILES:
        raise UsageError(f"numbers are not written as {kind}", next_step=f"Choose: {', '.join(FILES)}.")
    from apercu.statistics import report

    with DRAWING:
        return report.write(visit.archive, released, kind, language, reason)


def start_numbers(visit: Visit, asked: NumbersAsked, kind: str, language: Language) -> Job:
    """Begin to let numbers leave, written as one of ``FILES``; cancelled while it counts, none has.

    Raises:
        RefusedError, RightError: they may not leave, or not for this person.
        TooManyTriesError: too many jobs wait already.
    """
    for capability in (Capability.COUNT, Capability.RELEASE_STATISTICS):
        visit.gate.expect(capability, subject=f"numbers of {asked.camera}", reason=asked.reason)

    def work(folder: Path, report: Report) -> Made:
        inside = visit.service.visit(visit.visitor, visit.archive_id)
        released = numbers_for(inside, asked, lambda share: report("count", share))
        path = folder / f"numbers{kind if kind.startswith('.') else '.csv'}"
        with writing(path):
            path.write_bytes(as_file(inside, released, kind, language, asked.reason))
        facts = {
            "form": kind,
            "numbers": released.table.num_rows,
            "withheld": released.facts.withheld,
            "statement": released.facts.statement.in_language(language),
        }
        return Made({NUMBERS: path}, facts, frozenset())

    return visit.service.jobs.start(NUMBERS, visit.archive_id, visit.visitor.person.person_id, work)


def read_numbers(visit: Visit, job_id: str) -> tuple[bytes, str]:
    """Return the numbers that a job let leave, and as what they are written.

    Raises:
        NothingToShowError: there are none, or not yet.
        RefusedError, RightError: they may no longer leave.
    """
    visit.gate.expect(Capability.RELEASE_STATISTICS, subject=f"numbers of job {job_id}")
    job = find_job(visit, job_id)
    if job.made is None or NUMBERS not in job.made.files:
        raise NothingToShowError(
            f"job {job_id} has no numbers, or not yet", next_step="Wait until its state is done."
        )
    with writing(job.made.files[NUMBERS], "cannot be read"):
        return job.made.files[NUMBERS].read_bytes(), str(job.made.facts["form"])

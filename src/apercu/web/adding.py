"""Adding footage: recordings on the server, and those that people sent, are analysed or counted as a job.

Only what lies in the folders that ``apercu serve --footage`` names is seen, wherever links may lead. As on
the command line, what is hidden or not called like a recording is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from apercu.analysis import Detector, load_detector
from apercu.archive import Archive, check_camera
from apercu.archive.intake import take_in
from apercu.errors import ApercuError, NothingToShowError, RefusedError, UsageError
from apercu.footage import RecordingInfo, probe, recording_start
from apercu.footage.suffixes import SUFFIXES
from apercu.purposes import Capability
from apercu.statistics.direct import count_footage
from apercu.statistics.intervals import check_interval
from apercu.web.jobs import Job, Made, Report
from apercu.web.uploading import forget, list_uploads, sweep
from apercu.web.uploads import Upload
from apercu.web.visit import Visit

MOST_LISTED = 10_000
ANALYSIS, COUNT = "analysis", "count"
"""Kinds of jobs."""
UPLOADS = "uploads"
"""The folder in which those are listed that people sent."""


@dataclass(frozen=True, slots=True)
class FootageFile:
    """A file that may be analysed or counted.

    Attributes:
        name: what ``start_analysis`` and ``start_count`` take: the folder's own name and the path in it, with
            ``/``; of a file that was sent, ``uploads/`` and its 32 letters.
        folder: where it lies, to be read.
        label: what it is called, to be read.
        size_bytes: how large it is now.
        is_known: whether a recording of the archive was analysed from it.
        problem: why a file that was sent could not be used: ``kinds``, ``what``, ``next``.
    """

    name: str
    folder: str
    label: str
    size_bytes: int
    is_known: bool
    problem: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class _Source:
    """A file that can be read, and the upload that it is, if it is one."""

    label: str
    path: Path
    upload: Upload | None = None


def list_footage(visit: Visit) -> list[FootageFile]:
    """Return the files that may be analysed: what was sent, then by folder and name; ``MOST_LISTED`` at most.

    Raises:
        RefusedError, RightError: nothing may be analysed here, or not by this person.
    """
    visit.gate.expect(Capability.ANALYZE_RECORDED, subject="footage")
    known = {row.absolute_path for row in visit.archive.recordings()}
    listed = []
    for name, source in _sources(visit):
        upload, size = source.upload, source.path.stat().st_size
        folder = UPLOADS if upload is not None else name.rpartition("/")[0]
        problem = None if upload is None else upload.problem
        listed.append(FootageFile(name, folder, source.label, size, source.path in known, problem))
        if len(listed) == MOST_LISTED:
            break
    return listed


def find_footage(visit: Visit, name: str) -> Path:
    """Return the file of a name that ``list_footage`` tells.

    Raises:
        RefusedError, RightError: nothing may be analysed here, or not by this person.
        NothingToShowError: there is none.
    """
    return _found(visit, [name])[0].path


def start_analysis(
    visit: Visit, names: Sequence[str], *, camera: str | None = None, start: datetime | None = None
) -> Job:
    """Begin to analyse recordings into the archive; the job's facts say what became of each.

    An error in one does not stop the others, unless the archive itself refuses.

    Args:
        visit: who asks, where.
        names: as ``list_footage`` tells them.
        camera: name of the camera; None means the one that a recording is known under, else ``camera``.
        start: true time of the first picture, of a single recording; None means what the file or its name
            tells.

    Raises:
        RefusedError, RightError: they may not be analysed here, or not by this person.
        NothingToShowError: there is no such file.
        UsageError: the camera's name cannot be one, no file is chosen, or several begin at one time.
        TooManyTriesError: too many jobs wait already.
    """

    def analyse(archive: Archive, source: _Source, detector: Detector, how: dict[str, Any]) -> dict[str, Any]:
        taken = take_in(archive, source.path, detector, camera=camera, name=source.label, **how)
        return {
            "recording_id": taken.row.recording_id,
            "tracks": taken.row.analysis.track_count,
            "seconds": round(taken.row.facts.duration_s, 3),
            "repeated": taken.repeated,
            "warnings": list(taken.row.analysis.warnings),
        }

    return _start(visit, ANALYSIS, Capability.KEEP_TRACKS, names, camera, start, analyse)


def start_count(
    visit: Visit,
    names: Sequence[str],
    *,
    camera: str | None = None,
    start: datetime | None = None,
    interval_s: float = 900.0,
) -> Job:
    """Begin to count what passes a camera's lines and zones, straight from recordings.

    No number leaves with it: they stay in the archive until they are released. Where the purpose keeps no
    tracks, a file that was sent is erased as soon as it was counted, or found broken.

    Args and raises: as ``start_analysis``; and

        interval_s: length of the intervals, seconds: a minute to a day.
    """
    check_interval(interval_s)

    def tally(archive: Archive, source: _Source, detector: Detector, how: dict[str, Any]) -> dict[str, Any]:
        counted = count_footage(archive, source.path, detector, camera=camera, interval_s=interval_s, **how)
        return {
            "run": counted.about.run,
            "camera": counted.about.camera,
            "seconds": round(counted.about.done_s, 3),
            "places": [*counted.lines, *counted.zones],
            "repeated": counted.repeated,
            "warnings": list(counted.summary.warnings),
        }

    return _start(visit, COUNT, Capability.COUNT, names, camera, start, tally)


_Use = Callable[[Archive, _Source, Detector, dict[str, Any]], dict[str, Any]]
"""Uses one file, and tells what became of it."""


def _start(
    visit: Visit,
    kind: str,
    takes: Capability,
    names: Sequence[str],
    camera: str | None,
    start: datetime | None,
    use: _Use,
) -> Job:
    if camera is not None:
        check_camera(camera)
    if not names:
        raise UsageError("no file is chosen", next_step="Choose one or more.")
    if start is not None and len(names) > 1:
        raise UsageError("several recordings do not begin at one time", next_step="Name them one by one.")
    for capability in (Capability.ANALYZE_RECORDED, takes):
        visit.gate.expect(capability, subject=f"{len(names)} recordings")
    chosen = _found(visit, names)

    def work(_: Path, report: Report) -> Made:
        inside = visit.service.visit(visit.visitor, visit.archive_id)
        detector, told = load_detector(), list[dict[str, Any]]()
        for number, source in enumerate(chosen):
            following = _Following(report, number, len(chosen))
            following.progress(0.0)
            fate: dict[str, Any] = {"file": source.label}
            try:
                began = start or _named_start(inside.archive, source)
                how = {"start": began, "begun": following.begun, "progress": following.progress}
                fate |= use(inside.archive, source, detector, how)
            except RefusedError:
                raise
            except ApercuError as error:
                fate["problem"] = _problem(error)
            told.append(fate)
            _settle(inside, source, fate)
        sweep(visit.service)
        return Made({}, {"files": told}, frozenset())

    return visit.service.jobs.start(kind, visit.archive_id, visit.visitor.person.person_id, work)


def _found(visit: Visit, names: Sequence[str]) -> list[_Source]:
    """Return the files of these names, each once."""
    there = dict(_sources(visit))
    missing = next((name for name in names if name not in there), None)
    if missing is not None:
        raise NothingToShowError(f"no footage {missing!r}", next_step="List the footage.")
    return [there[name] for name in dict.fromkeys(names)]


def _problem(error: ApercuError) -> dict[str, Any]:
    """Return an error as plain values, without places of this machine."""
    from apercu.web.errors import problem_of

    told = problem_of(error)
    kinds = [each.__name__ for each in type(error).__mro__ if issubclass(each, ApercuError)]
    return {"kinds": kinds, "what": told.what, "next": told.next_step}


def _settle(visit: Visit, source: _Source, fate: dict[str, Any]) -> None:
    """Remember what became of a file that was sent; erase it where nothing is to be kept."""
    upload = source.upload
    if upload is None:
        return
    if visit.archive.settings.declaration.purpose.retention.max_days == 0:
        forget(visit.service, upload, "counted, or broken: nothing of it is kept")
    else:
        visit.service.uploads.note(upload.upload_id, fate.get("recording_id"), fate.get("problem"))


def _named_start(archive: Archive, source: _Source) -> datetime | None:
    """Return when a file that was sent began, by its label, where its container does not tell.

    Raises:
        FootageError: it cannot be read.
    """
    if source.upload is None or probe(source.path).start.time is not None:
        return None
    return recording_start(Path(source.label), {}, zone=archive.settings.zone).time


@dataclass(slots=True)
class _Following:
    """Turns the seconds that are done of one file into the share of all that is done."""

    report: Report
    number: int
    count: int
    length_s: float = field(default=0.0, init=False)

    def begun(self, info: RecordingInfo) -> None:
        """Take note of how long the file is."""
        self.length_s = 0.0 if info.duration is None else float(info.duration)

    def progress(self, second: float) -> None:
        """Tell how much is done; ends the work where the job was cancelled."""
        share = min(1.0, second / self.length_s) if self.length_s else 0.0
        self.report(f"{self.number + 1}/{self.count}", (self.number + share) / self.count)


def _sources(visit: Visit) -> Iterator[tuple[str, _Source]]:
    """Yield names of files, and the files; what a link leads to outside a folder is not in it."""
    for upload in list_uploads(visit):
        if upload.is_finished and upload.path.is_file():
            yield f"{UPLOADS}/{upload.upload_id}", _Source(upload.label, upload.path, upload)
    for shown, root in _roots(visit):
        for path in sorted(root.rglob("*")):
            inside = path.relative_to(root)
            if (
                path.suffix.lower() in SUFFIXES
                and not any(part.startswith(".") for part in inside.parts)
                and path.is_file()
                and path.resolve().is_relative_to(root)
            ):
                yield f"{shown}/{inside.as_posix()}", _Source(path.name, path)


def _roots(visit: Visit) -> Iterator[tuple[str, Path]]:
    """Yield the folders that are named, each by its own name; a second one of a name has a number."""
    seen: dict[str, int] = {}
    for folder in visit.service.settings.footage:
        root = folder.resolve()
        times = seen[root.name] = seen.get(root.name, 0) + 1
        yield root.name if times == 1 else f"{root.name}-{times}", root

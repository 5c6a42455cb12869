"""What people have made: synopses and clips, each as a job, and shown only to whom they were made for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from apercu.archive.zones import read_zones
from apercu.disclosure.cutting import cut_clip
from apercu.disclosure.options import ClipOptions
from apercu.errors import ApprovalError, NothingToShowError, UsageError
from apercu.purposes import Capability
from apercu.search import TrackId
from apercu.search.visits import check_zones
from apercu.synopsis import SynopsisOptions, make_synopsis
from apercu.synopsis.choosing import held_for
from apercu.web.jobs import Job, Made, Report
from apercu.web.visit import Visit

MOST_EFFORT = 10.0
GROWING = "growing"
"""Name of the file that a synopsis is while it is rendered."""
_TAKEN: Mapping[str, Capability] = MappingProxyType(
    {"synopsis": Capability.MAKE_SYNOPSIS, "clip": Capability.READ_TRACKS, "sheet": Capability.SEARCH}
)
"""By kind of job, what a program must be allowed to ask for to see it; all others add footage."""
MOST_AROUND_S, MOST_AROUND_UNREDACTED_S = 600.0, 10.0
"""Seconds around a track: as it was filmed, no more is shown than what was asked and approved for."""


def start_synopsis(visit: Visit, options: SynopsisOptions) -> Job:
    """Begin to make a synopsis; its files are ``video``, ``index`` and ``chapters``.

    While it is rendered, what there is of it is the file ``growing``.

    Raises:
        RefusedError, RightError, ApprovalError: as ``make_synopsis`` would, now rather than later.
        UsageError: the options do not fit, or a camera is unknown.
        NothingToShowError: the archive holds no recordings yet.
        TooManyTriesError: too many jobs wait already.
    """
    if options.arrange.effort > MOST_EFFORT:
        raise UsageError(
            f"an effort of {options.arrange.effort:g} takes too long", next_step="Choose 10 or less."
        )
    for capability in synopsis_takes(options):
        visit.gate.expect(capability, subject=options.asked.subject, reason=options.reason)
    held_for(visit.archive, options.asked)
    for inner in options.asked.walk():
        inner.span(visit.archive.settings.zone)
    check_zones(options.asked, read_zones(visit.archive))

    def work(folder: Path, report: Report) -> Made:
        inside = visit.service.visit(visit.visitor, visit.archive_id)
        growing = folder / f"{GROWING}.mp4"
        cameras = options.asked.cameras
        held = frozenset(
            row.recording_id for row in inside.archive.recordings() if not cameras or row.camera in cameras
        )
        as_filmed = "" if options.redact else options.asked.subject
        shown = {"redacted": options.redact, "reason": options.reason}
        begun = Made({GROWING: growing}, shown, held, as_filmed)

        def told(stage: str, share: float) -> None:
            there = growing.exists() and growing.stat().st_size > 0
            report(stage, share, begun if there else None)

        made = make_synopsis(inside.archive, folder / "synopsis.mp4", options, told, growing=growing)
        files = {"video": made.video, "index": made.sidecar, "chapters": made.chapters}
        recordings = frozenset(tube.recording_id for tube in made.arrangement.tubes)
        return Made(files, {**made.figures(), **shown}, recordings, as_filmed)

    return visit.service.jobs.start("synopsis", visit.archive_id, visit.visitor.person.person_id, work)


def synopsis_takes(options: SynopsisOptions) -> list[Capability]:
    """Return the capabilities that a synopsis takes."""
    asked = [
        Capability.MAKE_SYNOPSIS,
        Capability.SHOW_IMAGES if options.redact else Capability.SHOW_UNREDACTED,
    ]
    if options.asked.narrows:
        asked.append(Capability.SEARCH)
    if options.asked.asks_colour:
        asked.append(Capability.SEARCH_BY_COLOUR)
    return asked


def start_clip(visit: Visit, track: TrackId, options: ClipOptions) -> Job:
    """Begin to cut out the original moment of a track; its file is ``video``.

    Raises:
        RefusedError, RightError, ApprovalError: as ``cut_clip`` would, now rather than later.
        NothingToShowError: the archive holds no such recording.
        UsageError: the options do not fit.
        TooManyTriesError: too many jobs wait already.
    """
    most = MOST_AROUND_S if options.redact else MOST_AROUND_UNREDACTED_S
    if not 0 <= options.around_s <= most:
        raise UsageError(
            f"{options.around_s:g} seconds around a track are too many here",
            next_step=f"Choose 0 to {most:g}.",
        )
    visit.archive.recording(track.recording_id)
    pictures = Capability.SHOW_IMAGES if options.redact else Capability.SHOW_UNREDACTED
    for capability in (pictures, Capability.READ_TRACKS):
        visit.gate.expect(capability, subject=f"track {track}", reason=options.reason)

    def work(folder: Path, report: Report) -> Made:
        inside = visit.service.visit(visit.visitor, visit.archive_id)
        made = cut_clip(
            inside.archive,
            track.recording_id,
            track.track_id,
            folder / "clip.mp4",
            options,
            lambda share: report("cut", share),
        )
        facts = {
            "recording_id": made.recording_id,
            "track_id": made.track_id,
            "begin_s": round(made.begin_s, 3),
            "end_s": round(made.end_s, 3),
            "copied": made.copied,
            "redacted": made.redacted,
            "reason": options.reason,
        }
        as_filmed = "" if made.redacted else f"track {track}"
        return Made({"video": made.video}, facts, frozenset({made.recording_id}), as_filmed)

    return visit.service.jobs.start("clip", visit.archive_id, visit.visitor.person.person_id, work)


def find_job(visit: Visit, job_id: str) -> Job:
    """Return one of the visitor's jobs in this archive.

    Raises:
        NothingToShowError: there is none, or no longer.
    """
    job = visit.service.jobs.find(visit.archive_id, visit.visitor.person.person_id, job_id)
    if not _is_seen(visit, job):
        raise NothingToShowError(f"no job {job_id}", next_step="Use a token that may ask for its kind.")
    return job


def list_jobs(visit: Visit) -> list[Job]:
    """Return the visitor's jobs in this archive, the newest first."""
    mine = visit.service.jobs.of(visit.archive_id, visit.visitor.person.person_id)
    return [job for job in mine if _is_seen(visit, job)]


def cancel_job(visit: Visit, job_id: str) -> None:
    """Cancel one of the visitor's jobs; of one that is over, erase the result.

    Raises: as ``find_job``.
    """
    find_job(visit, job_id)
    visit.service.jobs.cancel(visit.archive_id, visit.visitor.person.person_id, job_id)


def _is_seen(visit: Visit, job: Job) -> bool:
    return _TAKEN.get(job.kind, Capability.ANALYZE_RECORDED) in visit.visitor.scopes


def result_file(visit: Visit, job_id: str, name: str) -> Path:
    """Return a file that a job made, while what it shows may still be shown.

    The deed is in the ledger since it was made; this asks whether it may still be looked at, and leaves no
    entry for each piece of a video that a player fetches.

    Raises:
        NothingToShowError: there is none, not yet, or its recordings were erased meanwhile.
        RefusedError, RightError: it may no longer be shown.
        ApprovalError: the approval to show people as filmed has ended; the result is erased.
    """
    job = find_job(visit, job_id)
    shown = job.made or job.begun
    if shown is None or name not in shown.files:
        raise NothingToShowError(
            f"job {job_id} has no {name}, or not yet", next_step="Wait until its state is done."
        )
    held = {row.recording_id for row in visit.archive.recordings()}
    if not shown.recording_ids <= held:
        if job.is_over:
            visit.service.jobs.erase([job_id])
        raise NothingToShowError("recordings that it shows were erased meanwhile", next_step="Make it anew.")
    if not shown.as_filmed:
        if not visit.may(Capability.SHOW_IMAGES):
            visit.gate.require(
                Capability.SHOW_IMAGES, subject=f"{job.kind} {job_id}", reason=shown.facts.get("reason")
            )
        return shown.files[name]
    try:
        visit.gate.expect(
            Capability.SHOW_UNREDACTED, subject=shown.as_filmed, reason=shown.facts.get("reason")
        )
    except ApprovalError:
        visit.service.jobs.cancel(job.archive_id, job.person_id, job_id)
        raise
    return shown.files[name]


def result_index(visit: Visit, job_id: str) -> dict[str, Any]:
    """Return the index of a synopsis (docs/sidecar.md), with what recordings are called for their places.

    Raises: as ``result_file``.
    """
    index: dict[str, Any] = json.loads(result_file(visit, job_id, "index").read_bytes())
    for recording in index["recordings"]:
        recording["path"] = visit.archive.recording(recording["recording_id"]).facts.file_name
    return index

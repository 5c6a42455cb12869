"""Adding footage: recordings in folders that whoever runs the service opened for it, analysed as a job."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from apercu.analysis import load_detector
from apercu.archive import check_camera
from apercu.archive.intake import take_in
from apercu.errors import NothingToShowError
from apercu.footage import RecordingInfo
from apercu.purposes import Capability
from apercu.web.jobs import Job, Made, Report
from apercu.web.visit import Visit

MOST_LISTED = 10_000


@dataclass(frozen=True, slots=True)
class FootageFile:
    """A file that may be analysed.

    Attributes:
        name: the folder's own name and the path in it, with ``/``: what ``start_analysis`` takes.
        size_bytes: how large it is now.
        is_known: whether a recording of the archive was analysed from it.
    """

    name: str
    size_bytes: int
    is_known: bool


def list_footage(visit: Visit) -> list[FootageFile]:
    """Return the files in the service's footage folders, by name; at most ``MOST_LISTED``.

    Raises:
        RefusedError, RightError: nothing may be analysed here, or not by this person.
    """
    visit.gate.expect(Capability.ANALYZE_RECORDED, subject="footage")
    known = {row.absolute_path for row in visit.archive.recordings()}
    listed = []
    for name, path in _files(visit):
        listed.append(FootageFile(name, path.stat().st_size, path in known))
        if len(listed) == MOST_LISTED:
            break
    return sorted(listed, key=lambda file: file.name)


def start_analysis(
    visit: Visit, name: str, *, camera: str | None = None, start: datetime | None = None
) -> Job:
    """Begin to analyse a recording into the archive.

    Args:
        visit: who asks, where.
        name: as ``list_footage`` tells it.
        camera: name of the camera; None means the one that the recording is known under, else ``camera``.
        start: true time of its first picture; None means what the file or its name tells.

    Raises:
        RefusedError, RightError: it may not be analysed here, or not by this person.
        NothingToShowError: there is no such file.
        UsageError: the camera's name cannot be one.
        TooManyTriesError: too many jobs wait already.
    """
    if camera is not None:
        check_camera(camera)
    path = dict(_files(visit)).get(name)
    if path is None:
        raise NothingToShowError(f"no footage {name!r}", next_step="List the footage.")
    for capability in (Capability.ANALYZE_RECORDED, Capability.KEEP_TRACKS):
        visit.gate.expect(capability, subject=f"file {name}")

    def work(_: Path, report: Report) -> Made:
        length_s = 0.0

        def begun(info: RecordingInfo) -> None:
            nonlocal length_s
            length_s = float(info.duration or 0)

        def progress(done_s: float) -> None:
            report("analyse", done_s / length_s if length_s else 0.0)

        inside = visit.service.visit(visit.visitor, visit.archive_id)
        detector = load_detector()
        taken = take_in(
            inside.archive, path, detector, camera=camera, start=start, begun=begun, progress=progress
        )
        facts = {
            "recording_id": taken.row.recording_id,
            "tracks": taken.row.analysis.track_count,
            "repeated": taken.repeated,
            "warnings": list(taken.row.analysis.warnings),
        }
        return Made({}, facts, frozenset())

    return visit.service.jobs.start("analysis", visit.archive_id, visit.visitor.person.person_id, work)


def _files(visit: Visit) -> Iterator[tuple[str, Path]]:
    """Yield names and places of the files; what a link leads to outside a folder is not in it."""
    for folder in visit.service.settings.footage:
        root = folder.resolve()
        for path in root.rglob("*"):
            inside = path.relative_to(root)
            hidden = any(part.startswith(".") for part in inside.parts)
            if not hidden and path.is_file() and path.resolve().is_relative_to(root):
                yield f"{root.name}/{inside.as_posix()}", path

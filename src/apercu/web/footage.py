"""Footage on the server: which recordings people may add from the browser, and adding them as a job.

Only what lies in the folders that ``apercu serve --footage`` names is seen, wherever links may lead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apercu.analysis import load_detector
from apercu.archive import check_camera
from apercu.archive.intake import take_in
from apercu.errors import ApercuError, FootageNotFoundError, RefusedError, UsageError
from apercu.footage import RecordingInfo
from apercu.footage.suffixes import SUFFIXES
from apercu.purposes import Capability
from apercu.web.jobs import Job, Made, Report
from apercu.web.visit import Visit

KIND = "analyses"
"""Of many files; ``adding`` analyses one."""
_MOST_FILES = 10_000


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A recording in one of the folders.

    Attributes:
        folder: where, as people read it: the named folder and the way down from it.
        name: of the file.
        path: the file itself.
        is_known: whether the archive has it.
    """

    folder: str
    name: str
    path: Path
    is_known: bool


def find_files(visit: Visit) -> list[FoundFile]:
    """Return the recordings that may be added, by folder and name; the first 10,000.

    Raises:
        RefusedError, RightError: the person may analyse nothing here.
    """
    visit.gate.expect(Capability.ANALYZE_RECORDED, subject="folders of footage")
    known = {Path(row.absolute_path) for row in visit.archive.recordings()}
    found = []
    for root in visit.service.settings.footage:
        top = root.resolve()
        for path in sorted(top.rglob("*")):
            if path.suffix.lower() in SUFFIXES and path.is_file() and path.resolve().is_relative_to(top):
                folder = str(Path(root.name) / path.parent.relative_to(top))
                found.append(FoundFile(folder, path.name, path, path in known))
                if len(found) == _MOST_FILES:
                    return found
    return found


def start_analysis(visit: Visit, paths: Sequence[Path], camera: str | None) -> Job:
    """Begin to analyse recordings into the archive; the job's facts say what became of each file.

    An error in one does not stop the others, unless the archive itself refuses.

    Raises:
        RefusedError, RightError: the person may not.
        UsageError: the camera cannot be called so, no file is chosen, or one lies elsewhere.
        TooManyTriesError: too many jobs wait already.
    """
    for capability in (Capability.ANALYZE_RECORDED, Capability.KEEP_TRACKS):
        visit.gate.expect(capability, subject=f"{len(paths)} recordings")
    if camera is not None:
        check_camera(camera)
    if not paths:
        raise UsageError("no file is chosen", next_step="Choose one or more.")
    chosen = [_allowed(visit, path) for path in paths]

    def work(folder: Path, report: Report) -> Made:
        inside = visit.service.visit(visit.visitor, visit.archive_id)
        detector, told = load_detector(), list[dict[str, Any]]()
        for number, path in enumerate(chosen):
            report(f"{number + 1}/{len(chosen)}", number / len(chosen))
            following = _Following(report, number, len(chosen))
            try:
                taken = take_in(
                    inside.archive,
                    path,
                    detector,
                    camera=camera,
                    begun=following.begun,
                    progress=following.progress,
                )
            except RefusedError:
                raise
            except ApercuError as error:
                kinds = [each.__name__ for each in type(error).__mro__]
                told.append({"file": path.name, "kinds": kinds, "what": error.what, "next": error.next_step})
            else:
                told.append(
                    {
                        "file": path.name,
                        "tracks": taken.row.analysis.track_count,
                        "seconds": round(taken.row.facts.duration_s, 3),
                        "repeated": taken.repeated,
                        "warnings": list(taken.row.analysis.warnings),
                    }
                )
        return Made({}, {"files": told}, frozenset())

    return visit.service.jobs.start(KIND, visit.archive_id, visit.visitor.person.person_id, work)


class _Following:
    """Turns the seconds that are done of one file into the share of all that is done."""

    def __init__(self, report: Report, number: int, count: int) -> None:
        self._report, self._number, self._count = report, number, count
        self._length_s = 0.0

    def begun(self, info: RecordingInfo) -> None:
        self._length_s = 0.0 if info.duration is None else float(info.duration)

    def progress(self, second: float) -> None:
        share = min(1.0, second / self._length_s) if self._length_s else 0.0
        self._report(f"{self._number + 1}/{self._count}", (self._number + share) / self._count)


def _allowed(visit: Visit, path: Path) -> Path:
    """Return a path as it lies in a folder that is named, wherever links lead.

    Raises:
        UsageError: it lies elsewhere.
        FootageNotFoundError: it is gone.
    """
    real = path.resolve()
    if not any(real.is_relative_to(root.resolve()) for root in visit.service.settings.footage):
        raise UsageError("this file is in no folder for footage", next_step="Choose from the list.")
    if not real.is_file():
        raise FootageNotFoundError("is gone", path=path, next_step="Read the folder anew.")
    return real

"""Analyses under way, segment by segment: what is finished of them outlives any crash.

Each has a folder ``unfinished/<recording_id>-<key>/`` with

- ``lock``: held (flock) by the process that works on it,
- ``about.json``: which file it is about, and since when,
- ``segment-0003/``: a finished segment, whole: it is renamed into its place when the disk has all of it,
- ``writing-0004-<random>/``: one being written; what a crash left behind is removed.

The key is a hash of everything that the result depends on (content, settings, camera, start, version), so
what is found under it can be gone on with, and nothing else is ever mixed in. The folder goes when the
recording appears; what nobody goes on with goes with retention, at the latest ``KEPT_DAYS`` after the last
finished segment, or as soon as the same recording or file is analysed otherwise. Folders are made and removed
under the archive's lock.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from apercu.archive.records import RecordingFacts
from apercu.disk import flush, locked, remove_if_empty, try_lock, write_file, writing

FOLDER = "unfinished"
KEPT_DAYS = 7
"""Days after which an analysis that nobody goes on with is erased by the next retention run."""

_ABOUT = "about.json"
_LOCK = "lock"
_SEGMENT = re.compile(r"segment-(\d{4,})")


def segment_folder(folder: Path, number: int) -> Path:
    """Return where a finished segment stands in the folder of its recording."""
    return folder / f"segment-{number:04d}"


@dataclass(frozen=True, slots=True)
class Begun:
    """An analysis that was begun, as its folder tells it.

    Attributes:
        folder: where it stands.
        path: absolute path of the recording; empty when the folder does not tell.
        start_time: true time of the recording's first picture, aware; None when nobody knows.
        begun_at, changed_at: when it was begun, and when its last segment was finished; aware.
        segments: how many are finished.
    """

    folder: Path
    path: str
    start_time: datetime | None
    begun_at: datetime
    changed_at: datetime
    segments: int

    @property
    def recording_id(self) -> str:
        """The recording that was being analysed."""
        return self.folder.name.partition("-")[0]

    def erase(self, lock: Path) -> bool:
        """Remove it unless somebody works on it; return whether it is gone. Takes the archive's lock."""
        with writing(self.folder), locked(lock):
            if not self.folder.exists():
                return True
            handle = try_lock(self.folder / _LOCK)
            if handle is None:
                return False
            _remove(self.folder)
            os.close(handle)
        return True


def begun(archive: Path) -> list[Begun]:
    """Return every analysis that was begun and not finished, those in work included."""
    return [_read(folder) for folder in sorted((archive / FOLDER).glob("*-*")) if folder.is_dir()]


class Unfinished:
    """The analysis of one recording, segment by segment, while this process works on it.

    Attributes:
        folder: where finished segments are put, see ``segment_folder``.
    """

    def __init__(self, folder: Path, lock: Path, handle: int) -> None:
        """Use ``take``."""
        self.folder = folder
        self._lock, self._handle = lock, handle

    @classmethod
    def take(
        cls, archive: Path, lock: Path, facts: RecordingFacts, key: str, idle: Callable[[float], None]
    ) -> Unfinished:
        """Begin the analysis of a recording, or take it over where another process left it.

        While a living process works on it, this one waits.

        Args:
            archive: the archive's folder. lock: its lock.
            facts: the recording.
            key: hash of everything that the result depends on.
            idle: called with seconds to let pass, while waiting.

        Raises:
            OutputError: it cannot be written.
        """
        folder = archive / FOLDER / f"{facts.recording_id}-{key}"
        while True:
            with writing(archive), locked(lock):
                folder.mkdir(parents=True, exist_ok=True)
                handle = try_lock(folder / _LOCK)
                if handle is not None:
                    _clean(folder, facts)
                    return cls(folder, lock, handle)
            idle(0.2)

    @property
    def finished(self) -> set[int]:
        """Numbers of the segments that are finished."""
        return _finished(self.folder)

    def leave(self) -> None:
        """Stop working on it; it stays to be gone on with, unless nothing of it is finished."""
        with writing(self.folder), locked(self._lock):
            if not self.finished:
                _remove(self.folder)
            else:
                _remove_begun(self.folder)
        os.close(self._handle)

    def remove(self) -> None:
        """Remove it: it is finished."""
        with writing(self.folder), locked(self._lock):
            _remove(self.folder)
        os.close(self._handle)


def _clean(folder: Path, facts: RecordingFacts) -> None:
    """Remove what a crash left half-written, and say what the folder is about."""
    _remove_begun(folder)
    if not _read(folder).path:
        (folder / _ABOUT).unlink(missing_ok=True)
        values = {
            "path": str(Path(facts.path).absolute()),
            "start_time": None if facts.start_time is None else facts.start_time.isoformat(),
            "begun_at": datetime.now(UTC).isoformat(),
        }
        write_file(folder / _ABOUT, json.dumps(values, ensure_ascii=False).encode())
        flush(folder)


def _read(folder: Path) -> Begun:
    """Return what a folder tells; one that a crash cut short may tell nothing but its age."""
    changed = datetime.fromtimestamp(folder.stat().st_mtime, UTC) if folder.exists() else datetime.now(UTC)
    try:
        values = json.loads((folder / _ABOUT).read_bytes())
        start = values["start_time"]
        return Begun(
            folder,
            values["path"],
            None if start is None else datetime.fromisoformat(start),
            datetime.fromisoformat(values["begun_at"]),
            changed,
            len(_finished(folder)),
        )
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return Begun(folder, "", None, changed, changed, 0)


def _finished(folder: Path) -> set[int]:
    matches = (_SEGMENT.fullmatch(path.name) for path in folder.iterdir())
    return {int(match[1]) for match in matches if match}


def _remove_begun(folder: Path) -> None:
    for path in folder.glob("writing-*"):
        shutil.rmtree(path)


def _remove(folder: Path) -> None:
    # What it is about and the lock go last: until then it is known whose it is, and that somebody sees to it.
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
    (folder / _ABOUT).unlink(missing_ok=True)
    (folder / _LOCK).unlink(missing_ok=True)
    folder.rmdir()
    remove_if_empty(folder.parent)

"""The archives that a service keeps open: to open one takes longer than most answers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from apercu.archive import Archive
from apercu.archive.archive import CATALOG
from apercu.archive.settings import FILE_NAME
from apercu.errors import NothingToShowError
from apercu.purposes import USER_PURPOSE

_Trace = tuple[tuple[int, int, int] | None, ...]


class OpenArchives:
    """Archives, opened when they are first asked for, and anew when what they are for was written anew.

    Args:
        folders: theirs, by id.
    """

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._folders = folders
        self._kept: dict[str, tuple[_Trace, Archive]] = {}

    def get(self, archive_id: str) -> Archive:
        """Return an archive as it is now, as the account asks it that runs the service.

        Raises:
            NothingToShowError: there is no such archive.
            ArchiveError: it cannot be used.
        """
        folder = self._folders.get(archive_id)
        if folder is None:
            raise NothingToShowError(f"no archive {archive_id} is served here", next_step="List them.")
        trace = _trace(folder)  # first: what is written while it is opened is seen the next time
        kept = self._kept.get(archive_id)
        # Opening puts right what a crash left there; nobody who visits is asked for that.
        if kept is None or kept[0] != trace or kept[1].shelf.is_untidy():
            kept = self._kept[archive_id] = trace, Archive.open(folder)
        return kept[1]


def _trace(folder: Path) -> _Trace:
    """Return what changes when an archive is declared anew, or another catalog is put in its place."""
    return (_written(folder / FILE_NAME), _written(folder / USER_PURPOSE), _placed(folder / CATALOG))


def _written(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:  # opening tells what is wrong
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _placed(path: Path) -> tuple[int, int, int] | None:
    """Return which file it is; what it holds changes with each recording, and is read each time."""
    written = _written(path)
    return None if written is None else (written[0], 0, 0)

"""Where a recording is written before it appears, and how what a crash left there is put right.

Each piece of work has a workspace ``staging/<recording_id>-<random>/`` with

- ``lock``: held (flock) while its process lives, so that others can tell work from leftovers,
- ``new/``: the folder being written,
- ``old/``: the folder that it replaces, moved aside in the moment of change,
- ``erased/``: folders on their way out; what is in there never comes back.

A recording appears when ``new/`` is renamed into its place; the catalog's row follows. Workspaces are made,
and recordings appear, under the archive's lock; the long work in between needs none.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from apercu.disk import flush, remove_if_empty, try_lock

FOLDER = "staging"
ERASED = "erased"


class Workspace:
    """One piece of work under ``staging/``. Make it while holding the archive's lock."""

    def __init__(self, archive: Path, recording_id: str) -> None:
        self.folder = archive / FOLDER / f"{recording_id}-{secrets.token_hex(6)}"
        self.new.mkdir(parents=True)
        handle = try_lock(self.folder / "lock")
        assert handle is not None, "a new lock file is nobody else's"
        self._handle = handle

    @property
    def new(self) -> Path:
        """The folder being written."""
        return self.folder / "new"

    @property
    def old(self) -> Path:
        """Where the folder goes that is replaced."""
        return self.folder / "old"

    @property
    def erased(self) -> Path:
        """Where folders go that are erased."""
        return self.folder / ERASED

    def abandon(self) -> None:
        """Stop working and leave everything to ``leftovers``, as a crash would."""
        os.close(self._handle)

    def remove(self) -> None:
        """Remove the workspace with all that is still in it."""
        _remove(self.folder)
        os.close(self._handle)


@dataclass(frozen=True, slots=True)
class Leftover:
    """A workspace whose process is gone, taken over."""

    folder: Path

    @property
    def recording_id(self) -> str:
        """The recording that was being written."""
        return self.folder.name.rpartition("-")[0]

    @property
    def new(self) -> Path:
        """The folder that was being written."""
        return self.folder / "new"

    @property
    def old(self) -> Path | None:
        """The folder that was being replaced, when the crash came after it was moved aside."""
        path = self.folder / "old"
        return path if path.is_dir() else None

    @property
    def is_erasure(self) -> bool:
        """Whether a recording was being erased."""
        return (self.folder / ERASED).is_dir()

    def remove(self) -> None:
        """Remove the workspace with all that is still in it."""
        _remove(self.folder)


def leftovers(archive: Path) -> Iterator[Leftover]:
    """Take over, one by one, the workspaces whose process is gone. Hold the archive's lock meanwhile."""
    for folder in sorted((archive / FOLDER).glob("*")):
        try:
            handle = try_lock(folder / "lock")
        except (
            FileNotFoundError,
            NotADirectoryError,
        ):  # its owner has just removed it, or it is no workspace
            continue
        if handle is None:
            continue
        try:
            yield Leftover(folder)
        finally:
            os.close(handle)


def anything_staged(archive: Path) -> bool:
    """Return whether there is any workspace, alive or left over."""
    return any((archive / FOLDER).glob("*"))


def _remove(folder: Path) -> None:
    # The lock goes last: as long as it is there and held, the rest is being taken care of.
    for part in ("new", "old", ERASED):
        if (folder / part).exists():
            shutil.rmtree(folder / part)
    (folder / "lock").unlink(missing_ok=True)
    remove_if_empty(folder)  # another process may just have looked whether its lock is held, and made one
    flush(folder.parent)

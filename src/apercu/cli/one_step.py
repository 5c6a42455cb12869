"""The archive of a synopsis made in one step: removed with it, and by the next one if that could not be.

It lies in the system's temporary folder and holds what people did. Its process keeps ``lock`` in it locked
(flock), which ends with the process, however that one dies: what is not locked is left over.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from apercu.cli import console
from apercu.disk import try_lock, writing
from apercu.errors import ApercuError

if TYPE_CHECKING:
    from apercu.archive import Archive
    from apercu.purposes import Declaration

_PREFIX = "apercu-one-step-"


@contextmanager
def temporary_archive(declared: Declaration, recordings: Sequence[Path]) -> Iterator[Archive]:
    """Make an archive of recordings for as long as the block lasts; what killed processes left goes first.

    Errors about the archive are told of the recording: nobody knows that there is one.

    Raises:
        OutputError: the system's temporary folder cannot be written.
    """
    from apercu.archive import Archive

    _sweep(Path(tempfile.gettempdir()))
    place = Path()
    with writing(place):
        place = Path(tempfile.mkdtemp(prefix=_PREFIX))
    lock = -1
    try:
        with writing(place):
            lock = _lock(place)
        yield Archive.create(
            place / "archive", name="one step", purpose=declared.purpose, purpose_fields=declared.values
        )
    except ApercuError as error:
        if error.where == str(place / "archive"):
            error.where = str(recordings[0]) if len(recordings) == 1 else None
        raise
    finally:
        _remove(place)
        if lock >= 0:
            os.close(lock)


def _lock(place: Path) -> int:
    """Lock a folder; it is never seen with a lock that nobody holds."""
    handle = try_lock(place / "new")
    assert handle is not None, "nobody knows of this file"
    (place / "new").rename(place / "lock")
    return handle


def _sweep(temporary: Path) -> None:
    """Remove what is left over of mine; others, on a machine of many, sweep for themselves."""
    for place in temporary.glob(f"{_PREFIX}*"):
        try:
            if place.is_symlink() or place.stat().st_uid != os.getuid():
                continue
            lock = try_lock(place / "lock", create=False)
        except (FileNotFoundError, NotADirectoryError):  # just being made or removed, or nothing of mine
            continue
        if lock is None:
            continue
        try:
            _remove(place)
        except OSError as error:
            console.tell(f"warning: {place} is left over and cannot be removed ({error.strerror}); remove it")
        finally:
            os.close(lock)


def _remove(place: Path) -> None:
    """Remove a folder; its lock goes last: as long as that is there, the next one tries again."""
    if (place / "archive").exists():
        shutil.rmtree(place / "archive")
    shutil.rmtree(place)

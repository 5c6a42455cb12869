"""What a crash must not spoil about files: locks, flushing, replacing, moving whole folders."""

from __future__ import annotations

import fcntl
import glob
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from apercu.errors import OutputError

_LONGEST = 200
"""Bytes of a name; file systems take 255 at most."""
_ABANDONED_S = 86_400.0
"""Whoever has written nothing for so long, and held no lock, writes no more."""


@contextmanager
def writing(
    where: Path,
    what: str = "cannot write",
    next_step: str = "Check free space and permissions, then run it again; nothing half-written was kept.",
) -> Iterator[None]:
    """Turn the system's refusals (disk full, permission, read-only) into one clear error about ``where``.

    Raises:
        OutputError: instead of any OSError.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"{what} ({reason})", where=where, next_step=next_step) from error


def is_utf8(path: Path) -> bool:
    """Return whether a path can be written down as text: names of old disks may be any bytes."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def flush(path: Path) -> None:
    """Make the disk keep what a file holds, or a folder lists, before going on."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_file(path: Path, content: bytes) -> None:
    """Write a new file and make the disk keep it."""
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


class Part:
    """A new file, hidden beside the place that it is written for, until it is whole and takes that place.

    It is locked (flock) for as long as it is written. So one that nobody holds was left by a process that
    died, and goes as soon as somebody writes for the same place again.

    Attributes:
        path: the file, to be opened and written; it exists.
    """

    def __init__(self, place: Path) -> None:
        """Create the file.

        Raises:
            OSError: it cannot be written, or the disk is full.
        """
        self._place = place
        self._handle = -1
        try:
            held = self._begin()
            while not self.path.exists():  # somebody took it for left over before it was held
                os.close(self._handle)
                held = self._begin()
            if held:
                self._sweep()
            with self.path.open("r+b") as file:
                file.write(bytes(4096))  # a full disk may still have room for a name
        except BaseException:
            self.discard()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.discard()

    def put(self) -> None:
        """Give the file its place, and let go of it.

        Raises:
            OSError: it cannot have that; it is still there then.
        """
        self.path.replace(self._place)
        os.close(self._handle)
        self._handle = -1

    def discard(self) -> None:
        """Remove the file; harmless when it has its place."""
        if self._handle >= 0:
            self.path.unlink(missing_ok=True)
            os.close(self._handle)
            self._handle = -1

    def _begin(self) -> bool:
        """Create the file, and return whether it is locked and can be written nevertheless."""
        self.path = self._place.with_name(f".{_cut(self._place.name)}-{secrets.token_hex(4)}")
        self._handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX)
        except OSError:  # there are file systems without locks
            return False
        try:
            with self.path.open("r+b") as other:
                other.write(bytes(1))
        except PermissionError:  # as on shares of Windows, where a lock keeps out whoever opened it again
            fcntl.flock(self._handle, fcntl.LOCK_UN)
            return False
        except OSError:  # such as a full disk; what is swept may make room, and who writes next is told
            return True
        return True

    def _sweep(self) -> None:
        for left in replacements(self._place):
            with suppress(OSError):  # somebody else's, or gone meanwhile
                lock = None if left == self.path else try_lock(left, create=False)
                if lock is not None:
                    left.unlink(missing_ok=True)
                    os.close(lock)
        newest = os.fstat(self._handle).st_mtime - _ABANDONED_S
        for old in _unheld(self._place):
            with suppress(OSError):
                if old.stat().st_mtime < newest:  # by the clock of the same disk
                    old.unlink()


@contextmanager
def replacing(path: Path) -> Iterator[Any]:
    """Write a file so that its place holds the old or the new content, whole, at every moment.

    Yields the file, open for bytes. It is put in its place at the end of the ``with`` block, unless that ends
    with an error. Dying meanwhile leaves a ``Part`` beside it.
    """
    with Part(path) as part:
        with part.path.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.put()
    flush(path.parent)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file as ``replacing`` does."""
    with replacing(path) as file:
        file.write(content)


def replacements(path: Path) -> list[Path]:
    """Return each ``Part`` that is there for ``path``: work of the living, and what the dead left there.

    Hold the lock under which they are written to know that all of them are left over.
    """
    return list(path.parent.glob(f".{glob.escape(_cut(path.name))}-" + "[0-9a-f]" * 8))


def _unheld(path: Path) -> list[Path]:
    """Return what versions before 0.1.0 were writing for ``path``: they named it so, and locked nothing."""
    return list(path.parent.glob(f".{glob.escape(path.stem[:40])}." + "[0-9a-f]" * 8 + ".part"))


def _cut(name: str) -> str:
    """Return so much of a name that a longer one is still none too long for a file system."""
    return name.encode(errors="surrogateescape")[:_LONGEST].decode(errors="ignore")


def move_folder(source: Path, target: Path) -> None:
    """Move a folder to a vacant place on the same disk in one step, and make the disk keep that."""
    made = [parent for parent in target.parents if not parent.exists()]
    target.parent.mkdir(parents=True, exist_ok=True)
    source.rename(target)
    for folder in dict.fromkeys([target.parent, *(parent.parent for parent in made), source.parent]):
        flush(folder)


def remove_if_empty(folder: Path) -> None:
    """Remove a folder unless something stands in it."""
    try:
        folder.rmdir()
    except OSError:  # "not empty" has two error numbers, and someone else may have removed it: both are fine
        return


@contextmanager
def locked(path: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold the lock file at ``path``: alone, or together with other ``shared`` holders.

    A shared lock needs no right to write; where there is no lock file and none can be made (an archive on a
    read-only disk), no one can be writing either, and nothing is locked.
    """
    flags = os.O_RDONLY if shared and path.exists() else os.O_RDWR | os.O_CREAT
    try:
        handle = os.open(path, flags, 0o644)
    except OSError:
        if not shared:
            raise
        yield
        return
    with holding(handle, shared=shared):
        yield


@contextmanager
def holding(handle: int, *, shared: bool = False) -> Iterator[None]:
    """Lock an open file, and close it at the end.

    The lock is the system's (flock): it vanishes with the process that holds it, however that one dies.
    """
    try:
        fcntl.flock(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def try_lock(path: Path, *, create: bool = True) -> int | None:
    """Take the lock file at ``path`` alone if nobody holds it: a handle to close, or None.

    Raises:
        FileNotFoundError: there is none, and it is not to be created.
    """
    handle = os.open(path, os.O_RDWR | (os.O_CREAT if create else 0), 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    except OSError:
        os.close(handle)
        raise
    return handle

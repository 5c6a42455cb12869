"""The ledger's file: appending whole lines to its end, one process at a time, and mending a torn end.

The lock is the system's (flock) on the file itself. The file is opened anew for every entry: so threads and
forked processes exclude each other too, and nothing has to be closed.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from apercu.disk import holding, writing
from apercu.errors import LedgerDamagedError

MAX_LINE = 1 << 20
"""Bytes that a line can have at most; what is longer is no entry."""
_BLOCK = 4096


def recording(where: Path) -> AbstractContextManager[None]:
    """Turn the system's refusals to write into one clear error.

    Raises:
        OutputError: instead of any OSError.
    """
    return writing(
        where,
        "the ledger cannot be written",
        "Nothing is read or done without a record: check free space and the right to write here. "
        "apercu info and apercu ledger verify write nothing.",
    )


@dataclass(frozen=True, slots=True)
class LedgerEnd:
    """The end of a file of lines.

    Attributes:
        line: the last whole line without its end of line; None when there is none.
        torn: what stands after it, without an end of line; mostly empty.
        size: bytes up to and with the last end of line.
    """

    line: bytes | None
    torn: bytes
    size: int


class LockedFile:
    """The file while it is locked; see ``locked_file``."""

    def __init__(self, handle: int, path: Path) -> None:
        self._handle = handle
        self._path = path

    def end(self) -> LedgerEnd:
        """Return how the file ends; reads a block or two, however long it is.

        Raises:
            LedgerDamagedError: the last line is longer than any entry.
        """
        size = os.fstat(self._handle).st_size
        length = min(_BLOCK, size)
        while True:
            block = os.pread(self._handle, length, size - length)
            stop = block.rfind(b"\n")
            start = block.rfind(b"\n", 0, max(stop, 0))
            if start >= 0 or length == size:
                break
            if length > 2 * MAX_LINE:
                raise LedgerDamagedError(
                    "the last line is longer than any entry",
                    where=self._path,
                    next_step="Look with: apercu ledger verify. Put the file back from a backup.",
                )
            length = min(2 * length, size)
        line = block[start + 1 : stop] if stop >= 0 else None
        torn = block[stop + 1 :]
        return LedgerEnd(line, torn, size - len(torn))

    def append(self, content: bytes) -> None:
        """Write ``content`` to the end: all of it or nothing.

        Raises:
            OSError: it cannot be written (disk full); the file is as it was.
        """
        size = os.fstat(self._handle).st_size
        written = 0
        try:
            while written < len(content):
                written += os.write(self._handle, content[written:])
        except OSError:
            os.ftruncate(self._handle, size)
            raise

    def cut(self, size: int) -> None:
        """Remove what stands after ``size`` bytes."""
        os.ftruncate(self._handle, size)

    def release(self) -> None:
        """Let others write."""
        fcntl.flock(self._handle, fcntl.LOCK_UN)

    def flush(self) -> None:
        """Make the disk keep it. Several processes that wait here at once are served by one write."""
        os.fsync(self._handle)


@contextmanager
def locked_file(path: Path, *, create: bool = False) -> Iterator[LockedFile]:
    """Open ``path`` for reading and appending, and lock it.

    Raises:
        LedgerDamagedError: there is no such file, and it is not to be created.
        OSError: it cannot be opened.
    """
    flags = os.O_RDWR | os.O_APPEND | (os.O_CREAT if create else 0)
    try:
        handle = os.open(path, flags, 0o644)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise missing(path) from error
    with holding(handle):
        yield LockedFile(handle, path)


def whole_lines(path: Path) -> Iterator[tuple[bytes, bool]]:
    """Yield the lines of a file as it is now, without their ends, and whether each had one.

    Writers may go on meanwhile; what they add after the start is not read. A line longer than ``MAX_LINE``
    comes in pieces, each as a line of its own.

    Raises:
        LedgerDamagedError: there is no such file, or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            left = os.fstat(file.fileno()).st_size
            fcntl.flock(file, fcntl.LOCK_UN)
            while left > 0:
                line = file.readline(min(MAX_LINE, left))
                if not line:
                    return
                left -= len(line)
                ended = line.endswith(b"\n")
                yield (line[:-1] if ended else line), ended
    except OSError as error:
        raise missing(path) from error


def missing(path: Path) -> LedgerDamagedError:
    """Return the error that the ledger, or a part of it, is not there."""
    return LedgerDamagedError(
        "is missing or cannot be read",
        where=path,
        next_step="Put the ledger back from a backup; without it nothing can be done in this archive.",
    )

"""Cutouts laid aside on disk, in the order in which they were filmed, until the output shows them.

The file has no name: the system removes it when it is closed, however the process ends.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

import numpy as np

from apercu.disk import writing

_AT_ONCE = 1 << 20
"""Bytes that are gathered before they are written: the cutouts are many and small."""
_STEP = "Free some space or choose another folder; the cutouts wait beside the output until they are shown."


class Spool:
    """Bytes by tube and sample; memory is twelve bytes per sample, and what is gathered before it is written.

    Args:
        folder: the file lies here.
        lengths: samples of each tube.

    Attributes:
        size: bytes written so far.
    """

    def __init__(self, folder: Path, lengths: Sequence[int]) -> None:
        """Open an empty spool.

        Raises:
            OutputError: the folder cannot be written.
        """
        self._folder = folder
        self._first = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
        self._at = np.zeros(int(self._first[-1]), np.int64)
        self._length = np.zeros(int(self._first[-1]), np.int32)
        self.size = 0
        self._held: list[bytes] = []
        self._written = 0
        with writing(folder, next_step=_STEP):
            self._file = TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def put(self, tube: int, sample: int, data: bytes) -> None:
        """Lay one cutout aside.

        Raises:
            OutputError: the disk is full.
        """
        place = int(self._first[tube]) + sample
        self._at[place], self._length[place] = self.size, len(data)
        self.size += len(data)
        self._held.append(data)
        if self.size - self._written >= _AT_ONCE:
            self._write()

    def get(self, tube: int, sample: int) -> bytes | None:
        """Return what was put there, None when nothing was.

        Raises:
            OutputError: the disk is full.
        """
        if self._held:
            self._write()
        place = int(self._first[tube]) + sample
        length = int(self._length[place])
        return os.pread(self._file.fileno(), length, int(self._at[place])) if length else None

    def _write(self) -> None:
        with writing(self._folder, "the cutouts cannot be laid aside", _STEP):
            rest = memoryview(b"".join(self._held))
            while rest:
                rest = rest[self._file.write(rest) :]
        self._held, self._written = [], self.size

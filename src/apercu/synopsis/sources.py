"""The original moments, read again from the footage: one reading per group of tubes that share an offset.

Tubes that keep their relative time (output time minus original time) are shown from the same source picture,
so one reading serves them all. Memory is one decoder per group on screen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

from apercu.errors import DamagedFootageError, FootageError, FootageNotFoundError
from apercu.footage import FootageReader, Frame
from apercu.timecode import Timecode


@dataclass(frozen=True, slots=True)
class Source:
    """A recording that pictures are read from.

    Attributes:
        recording_id: its content hash, first 16 digits.
        path: where the file is now.
        time_base: seconds per tick.
    """

    recording_id: str
    path: Path
    time_base: Fraction


class _Reading:
    """One pass over a span of a recording: ``at`` is asked for times that never go back."""

    def __init__(self, source: Source, begin_s: float) -> None:
        try:
            self._reader = FootageReader(source.path, threads=1)
        except FootageNotFoundError as error:
            raise FootageError(
                "the original recording is no longer there",
                path=source.path,
                next_step="Bring it back to that place: a synopsis is made from the footage itself.",
            ) from error
        self._source = source
        begin = Timecode.from_seconds(max(0.0, begin_s - 0.5), source.time_base)
        self._frames: Iterator[Frame] = self._reader.frames(begin)
        self._current: Frame | None = None
        self._next: Frame | None = next(self._frames, None)

    def at(self, second: float) -> Frame:
        """Return the frame nearest to ``second``."""
        while self._next is not None and (
            self._current is None
            or abs(float(self._next.timecode) - second) <= abs(float(self._current.timecode) - second)
        ):
            self._current, self._next = self._next, next(self._frames, None)
        if self._current is None:
            raise DamagedFootageError(
                "the original moment cannot be read",
                path=self._source.path,
                timecode=str(Timecode.from_seconds(second, self._source.time_base)),
                next_step="Analyse the recording again: it has changed since.",
            )
        return self._current

    def close(self) -> None:
        self._reader.close()


class Sources:
    """Every reading that is going on; a context manager."""

    def __init__(self, sources: dict[str, Source]) -> None:
        self._sources = sources
        self._readings: dict[tuple[str, int], _Reading] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.keep(set())

    def frame(self, recording_id: str, offset_ms: int, second: float) -> Frame:
        """Return the picture of a recording nearest to ``second``, from the reading for this offset.

        Raises:
            FootageError: the recording is gone or cannot be read there.
        """
        key = (recording_id, offset_ms)
        if key not in self._readings:
            self._readings[key] = _Reading(self._sources[recording_id], second)
        return self._readings[key].at(second)

    def keep(self, wanted: set[tuple[str, int]]) -> None:
        """Close the readings that are not among the wanted (recording, offset)."""
        for key in set(self._readings) - wanted:
            self._readings.pop(key).close()

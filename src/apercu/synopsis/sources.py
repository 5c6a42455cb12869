"""The original moments, read again from the footage: one reading per group of tubes that share an offset.

Tubes that keep their relative time (output time minus original time) are shown from the same source picture,
so one reading serves them all. Memory is one decoder per group on screen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

from apercu.errors import DamagedFootageError, FootageError, FootageNotFoundError
from apercu.footage import FootageReader, Frame
from apercu.timecode import Timecode

_EARLIER_S = 0.5
"""How far before the moment asked for a reading begins, since the nearest picture may lie before it."""


@dataclass(frozen=True, slots=True)
class Source:
    """A recording that pictures are read from.

    Attributes:
        recording_id: its content hash, first 16 digits.
        path: where the file is now.
        time_base: seconds per tick.
        start: true time of its first frame, aware; None when nobody knows.
    """

    recording_id: str
    path: Path
    time_base: Fraction
    start: datetime | None = None


class _Reading:
    """One pass over a span of a recording: ``at`` is asked for times that never go back."""

    def __init__(self, source: Source, reader: FootageReader, begin_s: float) -> None:
        self._source = source
        begin = Timecode.from_seconds(max(0.0, begin_s - _EARLIER_S), source.time_base)
        self._frames = reader.frames(begin)
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
        self._frames.close()


class Sources:
    """Every reading that is going on; a context manager."""

    def __init__(self, sources: dict[str, Source]) -> None:
        self._sources = sources
        self._readers: dict[str, FootageReader] = {}
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
            reader = self._reader(recording_id)
            self._readings[key] = _Reading(self._sources[recording_id], reader, second)
        return self._readings[key].at(second)

    def _reader(self, recording_id: str) -> FootageReader:
        """Return the one reader of a recording: probing it, and checking its timestamps, is done once."""
        if recording_id not in self._readers:
            path = self._sources[recording_id].path
            try:
                self._readers[recording_id] = FootageReader(path, threads=1)
            except FootageNotFoundError as error:
                raise FootageError(
                    "the original recording is no longer there",
                    path=path,
                    next_step="Bring it back to that place: a synopsis is made from the footage itself.",
                ) from error
        return self._readers[recording_id]

    def keep(self, wanted: set[tuple[str, int]]) -> None:
        """Close the readings that are not among the wanted (recording, offset)."""
        for key in set(self._readings) - wanted:
            self._readings.pop(key).close()

"""The original moments, read again from the footage: each recording once, in order, and only where needed.

Where nothing is wanted for a while, and a key frame lies beyond, reading jumps there; so no picture is
decoded twice, and long quiet stretches are not decoded at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

from apercu.analysis.ahead import ahead
from apercu.errors import DamagedFootageError, FootageError, FootageNotFoundError
from apercu.footage import FootageReader, Frame
from apercu.timecode import Timecode

_EARLIER_S = 0.5
"""How far before the moment asked for a reading begins, since the nearest picture may lie before it."""
_FAR_S = 2.0
"""Beyond this it is worth looking for a key frame to jump to."""


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


@dataclass(frozen=True, slots=True)
class _Moment:
    """A frame and its timecode in seconds, converted once: it is compared for every sample."""

    frame: Frame
    second: float


class _Reading:
    """One pass over a recording: ``at`` is asked for times that never go back."""

    def __init__(self, source: Source, reader: FootageReader, begin_s: float) -> None:
        self._source, self._reader = source, reader
        self._frames = ahead(reader.frames(self._begin(begin_s)))
        self._current: _Moment | None = None
        self._next = self._following()

    def at(self, second: float) -> Frame:
        """Return the frame nearest to ``second``."""
        if self._next is not None and second - self._next.second > _FAR_S:
            self._jump(self._next, second)
        while self._next is not None and (
            self._current is None or abs(self._next.second - second) <= abs(self._current.second - second)
        ):
            self._current, self._next = self._next, self._following()
        if self._current is None:
            raise DamagedFootageError(
                "the original moment cannot be read",
                path=self._source.path,
                timecode=str(Timecode.from_seconds(second, self._source.time_base)),
                next_step="Analyse the recording again: it has changed since.",
            )
        return self._current.frame

    def close(self) -> None:
        self._frames.close()
        self._reader.close()

    def _begin(self, second: float) -> Timecode:
        return Timecode.from_seconds(max(0.0, second - _EARLIER_S), self._source.time_base)

    def _following(self) -> _Moment | None:
        """Return the next frame; some after it are decoded while somebody looks at this one."""
        frame = next(self._frames, None)
        return None if frame is None else _Moment(frame, float(frame.timecode))

    def _jump(self, following: _Moment, second: float) -> None:
        """Go on from the key frame before ``second`` if it lies ahead; else reading on is the quickest."""
        wanted = self._begin(second)
        keys = self._reader.key_frames([wanted])
        if keys and following.frame.timecode < keys[0] <= wanted:
            self._frames.close()
            self._frames = ahead(self._reader.frames(wanted))
            self._current, self._next = None, self._following()


class Sources:
    """The recordings of a synopsis, one being read at a time; a context manager.

    Args:
        sources: by recording id.
        folder: where cutouts wait until they are shown, see ``spool``.
    """

    def __init__(self, sources: dict[str, Source], folder: Path) -> None:
        self.folder = folder
        self._sources = sources
        self._reading: tuple[str, _Reading] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def frame(self, recording_id: str, second: float) -> Frame:
        """Return the picture of a recording nearest to ``second``, which never goes back within a recording.

        Raises:
            FootageError: the recording is gone or cannot be read there.
        """
        if self._reading is None or self._reading[0] != recording_id:
            self.close()
            source = self._sources[recording_id]
            self._reading = recording_id, _Reading(source, _reader(source.path), second)
        return self._reading[1].at(second)

    def close(self) -> None:
        """End the reading that is going on; the next one may begin anywhere."""
        if self._reading is not None:
            self._reading[1].close()
            self._reading = None


def _reader(path: Path) -> FootageReader:
    try:
        return FootageReader(path)
    except FootageNotFoundError as error:
        raise FootageError(
            "the original recording is no longer there",
            path=path,
            next_step="Bring it back to that place: a synopsis is made from the footage itself.",
        ) from error

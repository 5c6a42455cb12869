"""Single pictures of a recording, at many moments, in one pass."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass

from apercu.errors import DamagedFootageError
from apercu.footage.frame import Frame
from apercu.footage.reader import FootageReader
from apercu.timecode import Timecode

_FAR_S = 2.0
"""Beyond this it is worth looking for a key frame to jump to."""
_EARLIER_S = (0.5, 5.0, 60.0)
"""How far before a moment a reading begins, in turn: the nearest picture may lie before it, with few pictures
a second far before it, and the last picture lies well before the length that some headers tell."""

Frames = Generator[Frame]


def frames_at(reader: FootageReader, seconds: Sequence[float]) -> Iterator[Frame]:
    """Yield the picture nearest to each moment; of far apart moments only what lies around them is decoded.

    Args:
        reader: of the recording.
        seconds: from the start of the recording, never falling.

    Raises:
        DamagedFootageError: nothing can be decoded there.
    """
    nearest = Nearest(reader)
    try:
        for second in seconds:
            yield nearest.at(second)
    finally:
        nearest.close()


class Nearest:
    """One pass over a recording: ``at`` is asked for moments that never go back.

    Where nothing is wanted for a while, and a key frame lies beyond, reading jumps there: so no picture is
    decoded twice, and long quiet stretches are not decoded at all.

    Args:
        reader: of the recording; not closed here.
        through: what the pictures of a reading go through, one that decodes ahead, say.
        within_s: the longest time between a moment and its picture; beyond that there is none, seconds.

    Attributes:
        reader: as given.
    """

    def __init__(
        self,
        reader: FootageReader,
        *,
        through: Callable[[Frames], Frames] = lambda frames: frames,
        within_s: float = float("inf"),
    ) -> None:
        self.reader, self._through, self._within_s = reader, through, within_s
        self._frames: Frames | None = None
        self._current: _Moment | None = None
        self._next: _Moment | None = None

    def at(self, second: float) -> Frame:
        """Return the picture nearest to a second of the recording.

        Raises:
            DamagedFootageError: there is none.
        """
        if self._frames is None:
            self._begin(second)
        elif self._next is not None and second - self._next.second > _FAR_S:
            self._jump(self._next, second)
        while self._next is not None and (
            self._current is None or abs(self._next.second - second) <= abs(self._current.second - second)
        ):
            self._current, self._next = self._next, self._following()
        if self._current is None or abs(self._current.second - second) > self._within_s:
            raise DamagedFootageError(
                "the original moment cannot be read",
                path=self.reader.info.path,
                timecode=str(self._timecode(second)),
                next_step="Look whether a player shows it; copy the recording again if it does not.",
            )
        return self._current.frame

    def close(self) -> None:
        """End the reading; the recording stays open."""
        if self._frames is not None:
            self._frames.close()
            self._frames = None

    def _begin(self, second: float) -> None:
        """Begin to read where the nearest picture is not missed: not behind the moment."""
        for earlier_s in _EARLIER_S:
            self._read_from(self._timecode(second - earlier_s))
            if second <= earlier_s or (self._next is not None and self._next.second <= second):
                return

    def _jump(self, following: _Moment, second: float) -> None:
        """Go on from the key frame before ``second`` if it lies ahead; else reading on is the quickest."""
        keys = self.reader.key_frames([self._timecode(second - _EARLIER_S[0])])
        if keys and following.frame.timecode < keys[0] <= self._timecode(second):
            self._begin(second)

    def _read_from(self, begin: Timecode) -> None:
        self.close()
        self._frames = self._through(self.reader.frames(begin))
        self._current, self._next = None, self._following()

    def _following(self) -> _Moment | None:
        """Return the next picture; with ``through``, some after it may be decoded meanwhile."""
        frame = None if self._frames is None else next(self._frames, None)
        return None if frame is None else _Moment(frame, float(frame.timecode))

    def _timecode(self, second: float) -> Timecode:
        return Timecode.from_seconds(max(0.0, second), self.reader.info.time_base)


@dataclass(frozen=True, slots=True)
class _Moment:
    """A frame and its timecode in seconds, converted once: it is compared for every sample."""

    frame: Frame
    second: float

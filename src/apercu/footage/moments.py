"""Single pictures of a recording, at many moments, in one pass."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

from apercu.errors import DamagedFootageError
from apercu.footage.frame import Frame
from apercu.footage.reader import FootageReader
from apercu.timecode import Timecode

_READ_ON_S = 3.0
"""Up to so far ahead reading on costs less than looking for a key frame and decoding from there."""
_EARLIER_S = (0.5, 5.0, 60.0)
"""How far before a moment a reading begins, in turn: the nearest picture may lie before it, and the last
picture well before the length that the header tells."""


def frames_at(reader: FootageReader, seconds: Sequence[float]) -> Iterator[Frame]:
    """Yield the picture nearest to each moment; of far apart moments only what lies around them is decoded.

    Args:
        reader: of the recording.
        seconds: from the start of the recording, never falling.

    Raises:
        DamagedFootageError: nothing can be decoded there.
    """
    tick = reader.info.time_base
    reading: Generator[Frame] | None = None
    before: Frame | None = None
    after: Frame | None = None
    try:
        for second in seconds:
            reached = after or before
            if reading is None or (reached is not None and second - float(reached.timecode) > _READ_ON_S):
                for earlier_s in _EARLIER_S:
                    if reading is not None:
                        reading.close()
                    reading = reader.frames(Timecode.from_seconds(max(0.0, second - earlier_s), tick))
                    before, after = None, next(reading, None)
                    if after is not None:
                        break
            while reading is not None and after is not None and float(after.timecode) < second:
                before, after = after, next(reading, None)
            yield _nearer(reader, before, after, second)
    finally:
        if reading is not None:
            reading.close()


def _nearer(reader: FootageReader, before: Frame | None, after: Frame | None, second: float) -> Frame:
    found = [frame for frame in (before, after) if frame is not None]
    if not found:
        raise DamagedFootageError(
            "the original moment cannot be read",
            path=reader.info.path,
            timecode=str(Timecode.from_seconds(second, reader.info.time_base)),
            next_step="Look whether a player shows it; copy the recording again if it does not.",
        )
    return min(found, key=lambda frame: abs(float(frame.timecode) - second))

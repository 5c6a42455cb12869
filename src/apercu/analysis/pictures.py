"""Which pictures of a recording are analysed: decoded, chosen by time and shrunk, in order."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.camera import same_view
from apercu.analysis.gears import Effort, QuietGear
from apercu.analysis.motion import grid_reduction, reduce_luma
from apercu.analysis.options import AnalysisOptions
from apercu.footage import Footage, Frame
from apercu.footage.pace import Pace
from apercu.footage.reader import Skip
from apercu.once import found_once
from apercu.timecode import Timecode

_FEW_SAMPLES, _MOST_SAMPLES = 9, 15
_TWO_MINUTES_S, _FEW_SECONDS_S = 120, 6

Grid = NDArray[np.uint8]


def grid_size(width: int, height: int, options: AnalysisOptions) -> tuple[int, int]:
    """Return width and height of the grid that motion and masks live on, in cells."""
    reduction = grid_reduction(width, height, options.motion.grid_px)
    return width // reduction, height // reduction


class Pictures:
    """The pictures of one span of a recording that analysis looks at.

    Args:
        reader: the recording.
        options: at which rate, on which grid.
        begin: first timecode wanted; None means the start.
        end: first timecode not wanted; None means the end.
        threads: with 1 no other thread decodes ahead. The result is the same.

    Attributes:
        reduction: pixels per cell side of the luma grid.
        effort: how much of the footage was decoded so far.
        other_sizes: pictures left out so far, because the picture size changed.
    """

    def __init__(
        self,
        reader: Footage,
        options: AnalysisOptions,
        begin: Timecode | None = None,
        end: Timecode | None = None,
        *,
        threads: int = 2,
    ) -> None:
        info = reader.info
        self.reduction = grid_reduction(info.width, info.height, options.motion.grid_px)
        self.effort = Effort()
        self.other_sizes = 0
        self._reader, self._options = reader, options
        self._begin, self._end = begin, end
        self._threads = threads
        self._size = (info.width, info.height)

    @property
    def begin_s(self) -> float:
        """Seconds from the start of the recording to the first picture wanted."""
        return float(self._begin or 0)

    def __iter__(self) -> Iterator[tuple[Frame, Grid]]:
        """Yield pictures with their luma grids, uint8 (h, w), in order of time."""
        with closing(self._frames()) as frames:
            for frame in frames:
                if self._fits(frame):
                    yield frame, reduce_luma(frame.luma(), self.reduction)
                else:
                    self.other_sizes += 1

    def _frames(self) -> Generator[Frame]:
        """Yield the wanted frames: by the quiet gear where the recording allows it, else all are decoded."""
        pace, info = Pace(self._options.rate), self._reader.info
        # Pictures that no other refers to are at most every second one: without them enough are left.
        skip: Skip = "nonref" if info.rate >= 2 * self._options.rate else "none"
        reading = None if self._options.thorough else self._reader.groups(self._begin, self._end, skip=skip)
        if reading is not None:
            gear = QuietGear(
                reading,
                pace,
                self.samples,
                self.reduction,
                self._options.motion,
                info.rate,
                threads=self._threads,
            )
            self.effort = gear.effort
            yield from gear
            return
        self.effort = Effort(why_all="as asked" if self._options.thorough else "its timestamps are broken")
        with closing(self._reader.frames(self._begin, self._end)) as frames:
            for frame in frames:
                self.effort.pictures += 1
                self.effort.decoded += 1
                self.effort.last_s = float(frame.timecode)
                if pace.takes(self.effort.last_s):
                    yield frame

    @found_once
    def samples(self) -> Grid:
        """Grids of the first minutes, uint8 (n, h, w), had cheaply: key frames where there are enough."""
        samples = [self._grid(frame) for frame in self._key_frames()]
        if len(samples) < _FEW_SAMPLES:
            every = max(1, round(self._reader.info.rate / 2))
            with closing(self._reader.frames(self._begin, self._after(_FEW_SECONDS_S))) as frames:
                few = islice(frames, 0, 2 * _FEW_SECONDS_S * every, every)
                samples += [self._grid(frame) for frame in few if self._fits(frame)]
        samples = samples[:: -(-len(samples) // _MOST_SAMPLES)]
        stacked = np.stack(samples)
        # Of the view that the recording begins with: the camera may be moved within these minutes.
        return stacked[same_view(stacked)]

    def _key_frames(self) -> Iterator[Frame]:
        """Yield key frames of the first minutes, evenly apart."""
        reading = self._reader.groups(self._begin, self._after(_TWO_MINUTES_S))
        if reading is None:
            return
        length = float(self._reader.info.duration or _TWO_MINUTES_S) - self.begin_s
        pace = Pace(_MOST_SAMPLES / max(1, min(length, _TWO_MINUTES_S)))
        with closing(reading):
            for group in reading.groups():
                yield from (frame for frame in reading.alone(group, pace.takes) if self._fits(frame))

    def _fits(self, frame: Frame) -> bool:
        return (frame.width, frame.height) == self._size

    def _after(self, seconds: int) -> Timecode:
        begin = self._begin or Timecode(0, self._reader.info.time_base)
        return begin + seconds

    def _grid(self, frame: Frame) -> Grid:
        # A copy: the grid must not keep the whole decoded picture alive.
        return reduce_luma(frame.luma(), self.reduction).copy()

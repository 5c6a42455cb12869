"""Which pictures of a recording are analysed: decoded, chosen by time and shrunk, in order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.motion import grid_reduction, reduce_luma
from apercu.analysis.options import AnalysisOptions
from apercu.footage import FootageReader, Frame
from apercu.footage.reader import Skip
from apercu.timecode import Timecode

_KEY_FRAMES, _FEW_SAMPLES, _MOST_SAMPLES = 30, 9, 15
_TWO_MINUTES_S, _FEW_SECONDS_S = 120, 6

Grid = NDArray[np.uint8]


class Pictures:
    """The pictures of one span of a recording that analysis looks at.

    Args:
        reader: the recording.
        options: at which rate, on which grid.
        begin: first timecode wanted; None means the start.
        end: first timecode not wanted; None means the end.

    Attributes:
        reduction: pixels per cell side of the luma grid.
        last_s: second of the last picture read so far, whether or not it was analysed.
        other_sizes: pictures left out so far, because the picture size changed.
    """

    def __init__(
        self,
        reader: FootageReader,
        options: AnalysisOptions,
        begin: Timecode | None = None,
        end: Timecode | None = None,
    ) -> None:
        info = reader.info
        self.reduction = grid_reduction(info.width, info.height, options.motion.grid_px)
        self.last_s = 0.0
        self.other_sizes = 0
        self._reader, self._options = reader, options
        self._begin, self._end = begin, end
        self._size = (info.width, info.height)

    @property
    def begin_s(self) -> float:
        """Seconds from the start of the recording to the first picture wanted."""
        return float(self._begin or 0)

    def __iter__(self) -> Iterator[tuple[Frame, Grid]]:
        """Yield pictures with their luma grids, uint8 (h, w), in order of time."""
        due, step = -np.inf, 1 / self._options.rate
        with closing(self._reader.frames(self._begin, self._end)) as frames:
            for frame in frames:
                at = self.last_s = float(frame.timecode)
                # A little early is on time, and a gap is not made up for.
                if at < due - 0.01:
                    continue
                due = (due if at < due + step else at) + step
                if (frame.width, frame.height) != self._size:
                    self.other_sizes += 1
                    continue
                yield frame, reduce_luma(frame.luma(), self.reduction)

    def samples(self) -> Grid:
        """Return grids of the first minutes, uint8 (n, h, w), cheaply: mostly key frames."""
        samples = [self._grid(frame) for frame in islice(self._first(_TWO_MINUTES_S, "nonkey"), _KEY_FRAMES)]
        if len(samples) < _FEW_SAMPLES:
            every = max(1, round(self._reader.info.rate / 2))
            few = islice(self._first(_FEW_SECONDS_S), 0, 2 * _FEW_SECONDS_S * every, every)
            samples += [self._grid(frame) for frame in few]
        samples = samples[:: -(-len(samples) // _MOST_SAMPLES)]
        return np.stack(samples)

    def _first(self, seconds: int, skip: Skip = "none") -> Iterator[Frame]:
        """Yield the frames of the first seconds that have the recording's own size."""
        tick = self._reader.info.time_base
        begin = self._begin or Timecode(0, tick)
        with closing(self._reader.frames(self._begin, begin + seconds, skip=skip)) as frames:
            for frame in frames:
                if (frame.width, frame.height) == self._size:
                    yield frame

    def _grid(self, frame: Frame) -> Grid:
        # A copy: the grid must not keep the whole decoded picture alive.
        return reduce_luma(frame.luma(), self.reduction).copy()

"""Tubes in, start times out: the shortest length first, then the calmest order within it.

Each tube is placed at its earliest free start under an overlap budget; that gives the length. Then the tubes
are placed once more, each as near as it fits to where chronology would have it: the same length, evenly
filled, instead of a crowd at the beginning.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from apercu.synopsis.occupancy import cover
from apercu.synopsis.stage import Stage
from apercu.synopsis.tubes import MaskGrid, Tube

_SEARCHES = 7
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """When each tube is shown.

    Attributes:
        tubes: the tubes, in the order of their original start.
        starts: int64 (n,), output frame at which each tube begins.
        frame_count: output frames in all.
        rate: output frames per second.
        grid: the mask grid.
        runtime_s: seconds spent arranging.
    """

    tubes: Sequence[Tube]
    starts: NDArray[np.int64]
    frame_count: int
    rate: Fraction
    grid: MaskGrid
    runtime_s: float
    _ends: NDArray[np.int64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ends", self.starts + _lengths(self.tubes))

    def shown(self, frame: int) -> list[tuple[int, int]]:
        """Return (index of tube, sample) for the tubes on screen at an output frame."""
        on_screen = np.flatnonzero((self.starts <= frame) & (frame < self._ends))
        return [(int(i), frame - int(self.starts[i])) for i in on_screen]


def arrange(
    tubes: Sequence[Tube], grid: MaskGrid, rate: Fraction, overlap: float, progress: Progress | None = None
) -> Arrangement:
    """Return a short arrangement under an overlap budget; the same tubes always give the same.

    It is never longer than the original, except perhaps when ``overlap`` is 0.

    Each tube may share a certain part of itself with those placed before it; that part is searched so that
    the overlap ratio of the whole stays within ``overlap``. Only what overlapped already when it was filmed,
    and is left as it was for want of anything shorter, may exceed it.

    Args:
        tubes: what to show, in the order of their original start, all on one time line.
        grid: their mask grid.
        rate: output frames per second.
        overlap: largest overlap ratio (see ``metrics``); 0 means that no two tubes ever share a pixel.
        progress: told the share done, 0 to 1.
    """
    begin = time.perf_counter()
    report = progress or (lambda _: None)
    stage = Stage(tubes, grid, rate)
    best = stage.earliest(0.0)
    if overlap > 0 and len(tubes) > 1:
        low, high = 0.0, 1.0
        for search in range(_SEARCHES):
            middle = (low + high) / 2
            trial = stage.earliest(middle)
            if trial.overlap > overlap:
                high = middle
            else:
                low = middle
                best = min(best, trial, key=lambda placing: placing.ticks)
            report((search + 1) / (_SEARCHES + 1))
    starts = stage.calm(best, overlap).starts
    lengths = _lengths(tubes)
    count = int((starts + lengths).max(initial=0))
    # In a queue everything is near everything: nothing beats leaving the moments as they were. Overlap that
    # was there when it was filmed misleads nobody, but where none at all is asked for, none is given.
    as_filmed = _without_pauses(tubes)
    filmed_count = int((as_filmed + lengths).max(initial=0))
    if filmed_count < count and (overlap > 0 or cover(tubes, as_filmed, grid)[1] == 0):
        starts, count = as_filmed, filmed_count
    report(1.0)
    return Arrangement(tubes, starts, count, rate, grid, time.perf_counter() - begin)


def _lengths(tubes: Sequence[Tube]) -> NDArray[np.int64]:
    return np.array([len(tube) for tube in tubes], np.int64)


def _without_pauses(tubes: Sequence[Tube]) -> NDArray[np.int64]:
    """Return start frames that keep all relative times and only leave out the time when nothing is shown."""
    starts = np.zeros(len(tubes), np.int64)
    end = pauses = 0
    for i, tube in enumerate(tubes):
        at = round((tube.line_s - tubes[0].line_s) * float(tube.rate))
        pauses += max(0, at - end)
        starts[i] = at - pauses
        end = max(end, at + len(tube))
    return starts

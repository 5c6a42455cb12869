"""Tubes in, start times out: each tube at its earliest free start under an overlap budget.

Collisions are counted on masks, on a grid a quarter as fine as the masks', over ticks of a few output frames:
a cell is taken for a whole tick when any mask touches it in any of the tick's frames. What does not collide
here does not collide in any frame at full resolution either.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from apercu.synopsis.tubes import MaskGrid, Tube

_COARSE = 4
_TICK_S = 0.2
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

    def shown(self, frame: int) -> list[tuple[int, int]]:
        """Return (index of tube, sample) for the tubes on screen at an output frame."""
        ends = self.starts + np.array([len(tube) for tube in self.tubes], np.int64)
        on_screen = np.flatnonzero((self.starts <= frame) & (frame < ends))
        return [(int(i), frame - int(self.starts[i])) for i in on_screen]


@dataclass(frozen=True, slots=True)
class _Footprint:
    """The coarse cells that one tube takes, tick by tick.

    Attributes:
        cells: int32, coarse cells of all ticks, one after the other.
        offsets: int64 (ticks + 1,), where each tick's cells begin.
    """

    cells: NDArray[np.int32]
    offsets: NDArray[np.int64]

    @property
    def ticks(self) -> int:
        return len(self.offsets) - 1

    def at(self, tick: int) -> NDArray[np.int32]:
        return self.cells[self.offsets[tick] : self.offsets[tick + 1]]


def arrange(
    tubes: Sequence[Tube], grid: MaskGrid, rate: Fraction, overlap: float, progress: Progress | None = None
) -> Arrangement:
    """Return the shortest arrangement that greedy placement finds under an overlap budget.

    Tubes are placed in the order of their original start, each at the earliest tick where it shares no more
    than a certain part of itself with those already placed; that part is searched so that the overlap ratio of
    the whole stays within ``overlap``.

    Args:
        tubes: what to show.
        grid: their mask grid.
        rate: output frames per second.
        overlap: largest overlap ratio (see ``metrics``); 0 means that no two tubes ever share a pixel.
        progress: told the share done, 0 to 1.
    """
    begin = time.perf_counter()
    tick_frames = max(1, round(float(rate) * _TICK_S))
    footprints = [_footprint(tube, grid, tick_frames) for tube in tubes]
    report = progress or (lambda _: None)
    placed, shared = _place(footprints, grid, 0.0)
    report(1 / (_SEARCHES + 1))
    if overlap > 0 and len(tubes) > 1:
        low, high = 0.0, 1.0
        for n in range(_SEARCHES):
            middle = (low + high) / 2
            trial, trial_shared = _place(footprints, grid, middle)
            if trial_shared <= overlap:
                low = middle
                if _length(trial, footprints) <= _length(placed, footprints):
                    placed, shared = trial, trial_shared
            else:
                high = middle
            report((n + 2) / (_SEARCHES + 1))
    starts = placed * tick_frames
    lengths = np.array([len(tube) for tube in tubes], np.int64)
    count = int((starts + lengths).max()) if len(tubes) else 0
    report(1.0)
    return Arrangement(tubes, starts, count, rate, grid, time.perf_counter() - begin)


def _coarse_size(grid: MaskGrid) -> tuple[int, int]:
    return -(-grid.width // _COARSE), -(-grid.height // _COARSE)


def _footprint(tube: Tube, grid: MaskGrid, tick_frames: int) -> _Footprint:
    width, _ = _coarse_size(grid)
    cells: list[NDArray[np.int64]] = []
    for first in range(0, len(tube), tick_frames):
        last = min(first + tick_frames, len(tube))
        looks = np.unique(np.column_stack([tube.nearest[first:last], tube.corners[first:last]]), axis=0)
        parts = []
        for sample in [first + int(np.flatnonzero((tube.corners[first:last] == look[1:]).all(axis=1)
                       & (tube.nearest[first:last] == look[0]))[0]) for look in looks]:
            mask = tube.mask(sample)
            ys, xs = np.nonzero(mask.cells)
            ys, xs = ys + mask.y, xs + mask.x
            inside = (xs >= 0) & (ys >= 0) & (xs < grid.width) & (ys < grid.height)
            parts.append(ys[inside] // _COARSE * width + xs[inside] // _COARSE)
        cells.append(np.unique(np.concatenate(parts)))
    offsets = np.concatenate([[0], np.cumsum([len(part) for part in cells])])
    return _Footprint(np.concatenate(cells).astype(np.int32), offsets.astype(np.int64))


def _length(starts: NDArray[np.int64], footprints: list[_Footprint]) -> int:
    return max((int(s) + f.ticks for s, f in zip(starts, footprints, strict=True)), default=0)


def _place(footprints: list[_Footprint], grid: MaskGrid, tolerance: float) -> tuple[NDArray[np.int64], float]:
    """Return the start tick of each tube, and the share of the volume taken by two or more.

    Args:
        tolerance: part of a tube's own volume that may be shared with the tubes placed before it.
    """
    width, height = _coarse_size(grid)
    # Time runs along the rows, so that looking at one cell over many starts reads memory in order.
    taken = np.zeros((width * height, 256), np.uint8)
    starts = np.zeros(len(footprints), np.int64)
    end = 0
    for i, footprint in enumerate(footprints):
        while end + 2 * footprint.ticks > taken.shape[1]:
            taken = np.concatenate([taken, np.zeros_like(taken)], axis=1)
        shared = np.zeros(end + 1, np.int64)
        for tick in range(footprint.ticks):
            cells = footprint.at(tick)
            if len(cells):
                shared += np.minimum(taken[cells, tick : tick + end + 1], 1).sum(axis=0, dtype=np.int64)
        start = int(np.argmax(shared <= tolerance * len(footprint.cells)))
        starts[i] = start
        for tick in range(footprint.ticks):
            column = taken[footprint.at(tick), start + tick]
            taken[footprint.at(tick), start + tick] = np.minimum(column, 254) + 1
        end = max(end, start + footprint.ticks)
    volume = max(1, width * height * end)
    return starts, float(np.count_nonzero(taken[:, :end] >= 2)) / volume

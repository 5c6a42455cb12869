"""Output time and space, filled tube by tube: where a tube fits, and at which start.

Collisions are counted on masks, on a grid of at most eighty cells a side, over ticks of a few output frames:
a cell is taken for a whole tick when any mask touches it in any of the tick's frames. What does not collide
here does not collide in any frame at full resolution either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from apercu.synopsis.tubes import MaskGrid, Tube

_SIDE = 80
_TICK_S = 0.2
_AT_ONCE = 256
_LOOK_BACK = 1500
"""Ticks (five minutes) before the latest start in which room is looked for: what took place far apart is not
put together, and the time it takes grows with the number of tubes, not with its square."""


@dataclass(frozen=True, slots=True)
class Placing:
    """One try.

    Attributes:
        starts: int64 (n,), start of each tube, output frames.
        ticks: length of the whole.
        overlap: at least the share of the output's volume (width x height x frames) under two or more tubes.
        tolerance: share of itself that each tube was allowed to share.
    """

    starts: NDArray[np.int64]
    ticks: int
    overlap: float
    tolerance: float


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


class Stage:
    """Output time and space for some tubes; every try begins with it empty.

    Args:
        tubes: in the order in which they are to be placed.
        grid: their mask grid.
        rate: output frames per second.
    """

    def __init__(self, tubes: Sequence[Tube], grid: MaskGrid, rate: Fraction) -> None:
        self._tick = max(1, round(float(rate) * _TICK_S))
        self._step = max(1, -(-max(grid.width, grid.height) // _SIDE))
        self._width, height = -(-grid.width // self._step), -(-grid.height // self._step)
        self._cells = self._width * height
        # In coarse cells and ticks, what is exact in cells and frames: at the edges coarse cells reach over.
        self._area = grid.width * grid.height / self._step**2
        self._lengths = np.array([len(tube) for tube in tubes], np.int64)
        self._footprints = [self._footprint(tube, grid) for tube in tubes]

    def earliest(self, tolerance: float) -> Placing:
        """Place each tube, in order, at the earliest tick where at most ``tolerance`` of it is shared."""
        # Time runs along the rows, so that looking at one cell over many starts reads memory in order.
        busy = np.zeros((self._cells, 4 * _AT_ONCE), np.uint8)
        starts = np.zeros(len(self._footprints), np.int64)
        end = latest = shared_cells = 0
        for i, footprint in enumerate(self._footprints):
            while end + 2 * (footprint.ticks + _AT_ONCE) > busy.shape[1]:
                busy = np.concatenate([busy, np.zeros_like(busy)], axis=1)
            first = max(0, latest - _LOOK_BACK)
            while True:  # beyond the end everything fits
                shared = _shared(busy, footprint, first, first + _AT_ONCE)
                fits = shared <= tolerance * len(footprint.cells)
                if fits.any():
                    break
                first += _AT_ONCE
            at = int(np.argmax(fits))
            starts[i] = first + at
            shared_cells += int(shared[at])
            _take(busy, footprint, first + at)
            latest = max(latest, first + at)
            end = max(end, first + at + footprint.ticks)
        return self._placing(starts, end, shared_cells, tolerance)

    def calm(self, short: Placing, overlap: float) -> Placing:
        """Place each tube as near to its chronological place as fits into the same length, long ones first.

        Where one finds no place, or the budget ``overlap`` is overrun, the short placing stays as it is.
        """
        busy = np.zeros((self._cells, max(1, short.ticks)), np.uint8)
        starts = np.zeros(len(self._footprints), np.int64)
        shared_cells = 0
        rank = np.arange(len(self._footprints)) / max(1, len(self._footprints) - 1)
        for i in sorted(range(len(starts)), key=lambda i: -self._footprints[i].ticks):
            footprint = self._footprints[i]
            room = short.ticks - footprint.ticks
            wanted, reach = rank[i] * room, _AT_ONCE // 2
            while True:
                first, last = max(0, int(wanted) - reach), min(room, int(wanted) + reach) + 1
                shared = _shared(busy, footprint, first, last)
                fits = shared <= short.tolerance * len(footprint.cells)
                if fits.any():
                    break
                if last - first > room:
                    return short
                reach *= 4
            away = np.abs(np.arange(first, last) - wanted)
            at = int(np.argmin(np.where(fits, away, np.inf)))
            starts[i] = first + at
            shared_cells += int(shared[at])
            _take(busy, footprint, first + at)
        calm = self._placing(starts, short.ticks, shared_cells, short.tolerance)
        return calm if calm.overlap <= max(overlap, short.overlap) else short

    def _placing(self, starts: NDArray[np.int64], ticks: int, shared_cells: int, tolerance: float) -> Placing:
        frames = starts * self._tick
        volume = self._area * float((frames + self._lengths).max(initial=1)) / self._tick
        return Placing(frames, ticks, shared_cells / volume, tolerance)

    def _footprint(self, tube: Tube, grid: MaskGrid) -> _Footprint:
        looks = np.column_stack([tube.nearest, tube.corners])
        fresh = np.concatenate([[True], (looks[1:] != looks[:-1]).any(axis=1)])
        fresh[:: self._tick] = True
        cells: list[list[NDArray[np.int64]]] = [[] for _ in range(-(-len(tube) // self._tick))]
        for sample in np.flatnonzero(fresh).tolist():
            mask = tube.mask(sample)
            ys, xs = np.nonzero(mask.cells)
            ys, xs = ys + mask.y, xs + mask.x
            inside = (xs >= 0) & (ys >= 0) & (xs < grid.width) & (ys < grid.height)
            coarse = ys[inside] // self._step * self._width + xs[inside] // self._step
            cells[sample // self._tick].append(coarse)
        ticks = [np.unique(np.concatenate(parts)) for parts in cells]
        offsets = np.concatenate([[0], np.cumsum([len(part) for part in ticks])])
        return _Footprint(np.concatenate(ticks).astype(np.int32), offsets.astype(np.int64))


def _shared(busy: NDArray[np.uint8], footprint: _Footprint, first: int, last: int) -> NDArray[np.int64]:
    """Return how many cells of a tube are busy for each start tick from ``first`` up to ``last``."""
    shared = np.zeros(last - first, np.int64)
    for tick in range(footprint.ticks):
        # A tick has some thousands of cells at most: 16 bits hold their number.
        shared += busy[footprint.at(tick), first + tick : last + tick].sum(axis=0, dtype=np.uint16)
    return shared


def _take(busy: NDArray[np.uint8], footprint: _Footprint, start: int) -> None:
    ticks = np.repeat(np.arange(footprint.ticks), np.diff(footprint.offsets))
    busy[footprint.cells, start + ticks] = 1

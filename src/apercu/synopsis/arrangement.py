"""Tubes in, start times out: the shortest length first, then the calmest order within it.

Each tube is placed at its earliest free start under an overlap budget; that gives the length. Then the tubes are
placed once more, each as near as it fits to where chronology would have it: the same length, evenly filled,
instead of a crowd at the beginning.

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

from apercu.synopsis.occupancy import cover
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
    """Return a short arrangement under an overlap budget.

    It is never longer than the original, except perhaps when ``overlap`` is 0.

    Each tube may share a certain part of itself with those placed before it; that part is searched so that the
    overlap ratio of the whole stays within ``overlap``.

    Args:
        tubes: what to show, in the order of their original start, all on one time line.
        grid: their mask grid.
        rate: output frames per second.
        overlap: largest overlap ratio (see ``metrics``); 0 means that no two tubes ever share a pixel.
        progress: told the share done, 0 to 1.
    """
    begin = time.perf_counter()
    report = progress or (lambda _: None)
    tick_frames = max(1, round(float(rate) * _TICK_S))
    stage = _Stage([_footprint(tube, grid, tick_frames) for tube in tubes], grid)
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
    starts = stage.calm(best, overlap).starts * tick_frames
    lengths = np.array([len(tube) for tube in tubes], np.int64)
    count = int((starts + lengths).max(initial=0))
    as_filmed = _without_pauses(tubes)
    if int((as_filmed + lengths).max(initial=0)) < count:
        # In a queue everything is near everything: nothing beats leaving the moments as they were. Overlap that
        # was there when it was filmed misleads nobody, but where none at all is asked for, none is given.
        if overlap > 0 or cover(tubes, as_filmed, grid)[1] == 0:
            starts, count = as_filmed, int((as_filmed + lengths).max())
    report(1.0)
    return Arrangement(tubes, starts, count, rate, grid, time.perf_counter() - begin)


@dataclass(frozen=True, slots=True)
class _Placing:
    """One try: start tick of each tube, length in ticks, share of the volume under two or more tubes."""

    starts: NDArray[np.int64]
    ticks: int
    overlap: float
    tolerance: float


def _without_pauses(tubes: Sequence[Tube]) -> NDArray[np.int64]:
    """Return start frames that keep all relative times and only leave out the time when nothing is on screen."""
    starts = np.zeros(len(tubes), np.int64)
    begin = end = 0.0
    shift = 0
    for i, tube in enumerate(tubes):
        at = tube.line_s * float(tube.rate)
        if i == 0 or at > end:
            shift += round(end - begin) + (1 if i else 0)
            begin = at
        starts[i] = shift + round(at - begin)
        end = max(end, at + len(tube)) if at <= end else at + len(tube)
    return starts


def _coarse_size(grid: MaskGrid) -> tuple[int, int]:
    return -(-grid.width // _COARSE), -(-grid.height // _COARSE)


def _footprint(tube: Tube, grid: MaskGrid, tick_frames: int) -> _Footprint:
    width, _ = _coarse_size(grid)
    cells: list[NDArray[np.int64]] = []
    for first in range(0, len(tube), tick_frames):
        last = min(first + tick_frames, len(tube))
        looks = np.unique(np.column_stack([tube.nearest[first:last], tube.corners[first:last]]), axis=0)
        parts = []
        for sample in [
            first
            + int(
                np.flatnonzero(
                    (tube.corners[first:last] == look[1:]).all(axis=1) & (tube.nearest[first:last] == look[0])
                )[0]
            )
            for look in looks
        ]:
            mask = tube.mask(sample)
            ys, xs = np.nonzero(mask.cells)
            ys, xs = ys + mask.y, xs + mask.x
            inside = (xs >= 0) & (ys >= 0) & (xs < grid.width) & (ys < grid.height)
            parts.append(ys[inside] // _COARSE * width + xs[inside] // _COARSE)
        cells.append(np.unique(np.concatenate(parts)))
    offsets = np.concatenate([[0], np.cumsum([len(part) for part in cells])])
    return _Footprint(np.concatenate(cells).astype(np.int32), offsets.astype(np.int64))


class _Stage:
    """Output time and space, filled tube by tube."""

    def __init__(self, footprints: list[_Footprint], grid: MaskGrid) -> None:
        width, height = _coarse_size(grid)
        self._footprints = footprints
        self._cells = width * height

    def earliest(self, tolerance: float) -> _Placing:
        """Place each tube, in order, at the earliest tick where no more than ``tolerance`` of it is shared."""
        # Time runs along the rows, so that looking at one cell over many starts reads memory in order.
        taken = np.zeros((self._cells, 256), np.uint8)
        starts = np.zeros(len(self._footprints), np.int64)
        end = 0
        for i, footprint in enumerate(self._footprints):
            while end + 2 * footprint.ticks > taken.shape[1]:
                taken = np.concatenate([taken, np.zeros_like(taken)], axis=1)
            shared = _shared(taken, footprint, end + 1)
            starts[i] = int(np.argmax(shared <= tolerance * len(footprint.cells)))
            _take(taken, footprint, int(starts[i]))
            end = max(end, int(starts[i]) + footprint.ticks)
        return self._placing(taken, starts, end, tolerance)

    def calm(self, short: _Placing, overlap: float) -> _Placing:
        """Place each tube as near to its chronological place as fits into the same length, long ones first.

        Where one finds no place, or the budget is overrun, the short placing stays as it is.
        """
        taken = np.zeros((self._cells, max(1, short.ticks)), np.uint8)
        starts = np.zeros(len(self._footprints), np.int64)
        rank = np.arange(len(self._footprints)) / max(1, len(self._footprints) - 1)
        for i in sorted(range(len(starts)), key=lambda i: -self._footprints[i].ticks):
            footprint = self._footprints[i]
            room = short.ticks - footprint.ticks
            fits = _shared(taken, footprint, room + 1) <= short.tolerance * len(footprint.cells)
            if not fits.any():
                return short
            away = np.abs(np.arange(room + 1) - rank[i] * room)
            starts[i] = int(np.argmin(np.where(fits, away, np.inf)))
            _take(taken, footprint, int(starts[i]))
        calm = self._placing(taken, starts, short.ticks, short.tolerance)
        return calm if calm.overlap <= max(overlap, short.overlap) else short

    def _placing(
        self, taken: NDArray[np.uint8], starts: NDArray[np.int64], end: int, tolerance: float
    ) -> _Placing:
        volume = max(1, self._cells * end)
        return _Placing(starts, end, float(np.count_nonzero(taken[:, :end] >= 2)) / volume, tolerance)


def _shared(taken: NDArray[np.uint8], footprint: _Footprint, starts: int) -> NDArray[np.int64]:
    """Return for each of the first start ticks how many cells of a tube are taken already, int64 (starts,)."""
    shared = np.zeros(starts, np.int64)
    for tick in range(footprint.ticks):
        cells = footprint.at(tick)
        if len(cells):
            shared += np.minimum(taken[cells, tick : tick + starts], 1).sum(axis=0, dtype=np.int64)
    return shared


def _take(taken: NDArray[np.uint8], footprint: _Footprint, start: int) -> None:
    for tick in range(footprint.ticks):
        cells = footprint.at(tick)
        taken[cells, start + tick] = np.minimum(taken[cells, start + tick], 254) + 1

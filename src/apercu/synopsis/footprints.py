"""Which coarse cells tubes take, tick by tick: what is kept of them while they are moved about.

A cell is taken for a whole tick when any mask touches it in any of the tick's frames: what does not collide
here does not collide in any frame at full resolution either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apercu.synopsis.compiled import compiled
from apercu.synopsis.shapes import Board, Shapes, row_bits

_LADDER = ((8, 0.08), (4, 0.08), (4, 0.16), (4, 0.24), (2, 0.24), (2, 0.4), (1, 0.8))
"""Coarse cells across a typical object, and seconds to a tick, from fine to coarse: fine ones waste less room
around each object, coarse ones less time."""
_PAIRS, _PAIRS_EACH = 1.2e6, (1500.0, 60000.0)
"""Cells times ticks of all tubes together, and at least and at most of each."""
_CLOSE = 3
_ROOM = 2e8
"""Cells times ticks of the output at most, as far as its length is known: two bytes each are kept."""


@dataclass(frozen=True, slots=True)
class Coarse:
    """How coarsely the room is looked at.

    Attributes:
        step: cells of the grid to the side of a coarse cell, a power of two.
        tick: output frames.
        width, height: coarse cells.
        area: of the grid, in coarse cells (at the edges coarse cells reach over).
    """

    step: int
    tick: int
    width: int
    height: int
    area: float

    @classmethod
    def fitting(cls, shapes: Shapes, rate: float, *, close: bool = False, frames: float = 0.0) -> Coarse:
        """Return what fits objects of these sizes, shown at this many frames per second, so many of them.

        Where nothing may touch, ``close``, looking closer gains more than it costs. ``frames`` is how many
        the output has at least.
        """
        typical = float(np.median(shapes.sizes.min(axis=1))) if len(shapes.sizes) else 1.0
        shown = shapes.sizes[shapes.looks[:, 0]].astype(float)
        tubes = max(1, len(shapes.bounds) - 1)
        allowed = np.clip(_PAIRS / tubes, *_PAIRS_EACH) * tubes * (_CLOSE if close else 1)
        for across, tick_s in _LADDER:
            step = 1 << int(np.clip(np.log2(max(1.0, typical / across)), 0, 5))
            tick = max(1, round(rate * tick_s))
            # A coarse cell is taken as soon as anything touches it: half of one more on either side.
            taken = float((shown + step).prod(axis=1).sum()) / (step**2 * tick)
            if taken <= allowed and shapes.width * shapes.height * frames / (step**2 * tick) <= _ROOM:
                break
        area = shapes.width * shapes.height / step**2
        return cls(step, tick, -(-shapes.width // step), -(-shapes.height // step), area)


@dataclass(frozen=True, slots=True)
class Units:
    """Tubes that move together, one or several, placed as one.

    Attributes:
        members: int64 (tubes,), tubes of all units, one after the other.
        bounds: int64 (n + 1,), where each unit's members begin.
        offsets: int64 (tubes,), frames from the start of the unit to that of the member.
    """

    members: NDArray[np.int64]
    bounds: NDArray[np.int64]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.bounds) - 1

    @classmethod
    def of(cls, parts: Sequence[Sequence[int]], offsets: NDArray[np.int64]) -> Units:
        """Return units of these tubes; ``offsets`` (tubes,) is when each begins within its unit, frames."""
        members = np.array([tube for part in parts for tube in part], np.int64)
        bounds = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
        return cls(members, bounds, offsets[members])

    def lengths(self, shapes: Shapes) -> NDArray[np.int64]:
        """Return how long each unit is, frames."""
        ends = self.offsets + np.diff(shapes.bounds)[self.members]
        return np.maximum.reduceat(ends, self.bounds[:-1]) if len(self) else np.zeros(0, np.int64)

    def starts_of(self, starts: NDArray[np.int64], count: int) -> NDArray[np.int64]:
        """Return the first frame, int64 (count,), of all tubes when the units begin at ``starts``."""
        of_tubes = np.zeros(count, np.int64)
        of_tubes[self.members] = np.repeat(starts, np.diff(self.bounds)) + self.offsets
        return of_tubes


@dataclass(frozen=True, slots=True)
class Footprints:
    """The coarse cells that units take.

    Attributes:
        cells, ticks: int32, cell and tick of all units, one after the other.
        bounds: int64 (n + 1,), where each unit's begin.
        lengths: int64 (n,), ticks that each unit lasts.
        crowd: uint8 (sum of lengths), members on screen at each tick of each unit, one after the other.
        regions: uint64 (sum of lengths), which of the 8 x 8 regions of the picture each unit is in at each
            tick, a bit for each: where two have none in common, nothing is shared.
    """

    cells: NDArray[np.int32]
    ticks: NDArray[np.int32]
    bounds: NDArray[np.int64]
    lengths: NDArray[np.int64]
    crowd: NDArray[np.uint8]
    regions: NDArray[np.uint64]

    @classmethod
    def of(cls, units: Units, shapes: Shapes, coarse: Coarse) -> Footprints:
        """Return the footprints of units."""
        lengths = -(-units.lengths(shapes) // coarse.tick)
        cells, ticks, bounds, crowd, regions = _trace(
            shapes.data,
            shapes.offsets,
            shapes.sizes,
            shapes.looks,
            shapes.bounds,
            units.members,
            units.bounds,
            units.offsets,
            lengths,
            shapes.board(),
            shapes.width,
            coarse.step,
            coarse.tick,
        )
        return cls(cells, ticks, bounds, lengths, crowd, regions)

    @property
    def volumes(self) -> NDArray[np.int64]:
        """Cells times ticks of each unit, int64 (n,)."""
        return np.diff(self.bounds)


@compiled
def _trace(
    data: NDArray[np.uint64],
    offsets: NDArray[np.int64],
    sizes: NDArray[np.int32],
    looks: NDArray[np.int32],
    bounds: NDArray[np.int64],
    members: NDArray[np.int64],
    member_bounds: NDArray[np.int64],
    member_offsets: NDArray[np.int64],
    lengths: NDArray[np.int64],
    board: Board,
    grid_width: int,
    step: int,
    tick: int,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64], NDArray[np.uint8], NDArray[np.uint64]]:
    height, words = board.shape
    across = -(-grid_width // step)
    cells, ticks = np.empty(1 << 16, np.int32), np.empty(1 << 16, np.int32)
    found = np.zeros(len(lengths) + 1, np.int64)
    crowd, regions = np.zeros(lengths.sum(), np.uint8), np.zeros(lengths.sum(), np.uint64)
    down = -(-height // step)
    size = lived = 0
    head = ~(np.uint64(0xFFFFFFFFFFFFFFFF) >> np.uint64(step))
    for unit in range(len(lengths)):
        for moment in range(lengths[unit]):
            top, bottom, left, right = height, 0, words, 0
            for m in range(member_bounds[unit], member_bounds[unit + 1]):
                tube = members[m]
                begin = max(0, moment * tick - member_offsets[m])
                end = min(bounds[tube + 1] - bounds[tube], (moment + 1) * tick - member_offsets[m])
                crowd[lived] += end > begin
                for sample in range(bounds[tube] + begin, bounds[tube] + end):
                    shape, x, y = looks[sample, 0], looks[sample, 1], looks[sample, 2]
                    width = sizes[shape, 0]
                    seen = min(width, grid_width - x)
                    if seen <= 0:
                        continue
                    first, last = max(x, 0) >> 6, (x + seen - 1) >> 6
                    low, high = max(0, -y), min(sizes[shape, 1], height - y)
                    for row in range(low, high):
                        at = offsets[shape] * 8 + row * width
                        for word in range(first, last + 1):
                            board[y + row, word] |= row_bits(data, at, seen, (word << 6) - x)
                    if first <= last and low < high:
                        top, bottom = min(top, y + low), max(bottom, y + high)
                        left, right = min(left, first), max(right, last + 1)
            for group in range(top // step, -(-bottom // step)):
                rows = range(group * step, min(height, (group + 1) * step))
                for word in range(left, right):
                    any_row = np.uint64(0)
                    for row in rows:
                        any_row |= board[row, word]
                        board[row, word] = np.uint64(0)
                    column = (word << 6) // step
                    while any_row:
                        if any_row & head:
                            if size == len(cells):
                                cells = np.concatenate((cells, np.empty_like(cells)))
                                ticks = np.concatenate((ticks, np.empty_like(ticks)))
                            cells[size] = group * across + column
                            ticks[size] = moment
                            size += 1
                            region = group * 8 // down * 8 + column * 8 // across
                            regions[lived] |= np.uint64(1) << np.uint64(region)
                        any_row <<= np.uint64(step)
                        column += 1
            lived += 1
        found[unit + 1] = size
    return cells[:size].copy(), ticks[:size].copy(), found, crowd, regions

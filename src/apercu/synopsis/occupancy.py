"""How much of output space and time tubes take, counted exactly, cell by cell and frame by frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from apercu.synopsis.compiled import compiled
from apercu.synopsis.shapes import Board, Shapes, ones
from apercu.synopsis.tubes import MaskGrid, Tube


def cover(tubes: Sequence[Tube], starts: NDArray[np.int64], grid: MaskGrid) -> tuple[int, int]:
    """Return cells under at least one tube, and under two or more, summed over all output frames.

    Args:
        tubes: what is shown.
        starts: int64 (n,), output frame at which each begins.
        grid: their mask grid.
    """
    return cover_of(Shapes.of(tubes, grid), starts)


def cover_of(
    shapes: Shapes, starts: NDArray[np.int64], which: NDArray[np.int64] | None = None
) -> tuple[int, int]:
    """Return the same for silhouettes, of all tubes or of those ``which`` are named, int64 (k,)."""
    chosen = np.arange(len(starts)) if which is None else which
    order = chosen[np.argsort(starts[chosen], kind="stable")]
    covered, shared = _cover(
        shapes.data,
        shapes.offsets,
        shapes.sizes,
        shapes.looks,
        shapes.bounds,
        np.asarray(starts, np.int64),
        order,
        shapes.board(1),
        shapes.board(1),
        shapes.width,
    )
    return int(covered), int(shared)


@compiled
def _lay(
    data: NDArray[np.uint64],
    begin: int,
    width: int,
    cells: int,
    low: int,
    high: int,
    y: int,
    word: int,
    shift: int,
    once: Board,
    twice: Board,
) -> None:
    """Lay at most sixty-four columns of a silhouette onto the pictures, its rows from ``low`` to ``high``."""
    kept = ~np.uint64(0) << np.uint64(64 - cells)
    down, up = np.uint64(shift), np.uint64(63 - shift)
    at, step = np.uint64(begin + low * width), np.uint64(width)
    across = np.uint64(once.shape[1])
    place = np.uint64(y + low) * across + np.uint64(word)
    one, two = once.reshape(once.size), twice.reshape(twice.size)
    for _ in range(low, high):
        skip = at & np.uint64(63)
        bits = data[at >> np.uint64(6)] << skip
        bits |= (data[(at >> np.uint64(6)) + np.uint64(1)] >> np.uint64(1)) >> (np.uint64(63) - skip)
        bits &= kept
        left = bits >> down
        two[place] |= one[place] & left
        one[place] |= left
        if shift + cells > 64:
            right = (bits << np.uint64(1)) << up
            two[place + np.uint64(1)] |= one[place + np.uint64(1)] & right
            one[place + np.uint64(1)] |= right
        at += step
        place += across


@compiled
def _cover(
    data: NDArray[np.uint64],
    offsets: NDArray[np.int64],
    sizes: NDArray[np.int32],
    looks: NDArray[np.int32],
    bounds: NDArray[np.int64],
    starts: NDArray[np.int64],
    order: NDArray[np.int64],
    once: Board,
    twice: Board,
    grid_width: int,
) -> tuple[int, int]:
    covered = shared = 0
    height, words = once.shape
    active = np.empty(len(order), np.int64)
    count = following = frame = 0
    while count or following < len(order):
        if not count:
            frame = max(frame, starts[order[following]])
        while following < len(order) and starts[order[following]] <= frame:
            active[count] = order[following]
            count += 1
            following += 1
        top, bottom = height, 0
        kept = 0
        for k in range(count):
            tube = active[k]
            sample = bounds[tube] + frame - starts[tube]
            if sample >= bounds[tube + 1]:
                continue
            active[kept] = tube
            kept += 1
            shape, x, y = looks[sample, 0], looks[sample, 1], looks[sample, 2]
            width = sizes[shape, 0]
            low, high = max(0, -y), min(sizes[shape, 1], height - y)
            seen = min(width, grid_width - x)
            column = max(0, -x)
            while column < seen:
                # Sixty-four cells of each row at a time lie in one or two words of the picture.
                word, shift = (x + column) >> 6, (x + column) & 63
                begin = offsets[shape] * 8 + column
                cells = min(64, seen - column)
                _lay(data, begin, width, cells, low, high, y, word, shift, once, twice)
                column += 64
            if low < high:
                top, bottom = min(top, y + low), max(bottom, y + high)
        count = kept
        frame += 1
        for row in range(top, bottom):
            for word in range(words):
                covered += ones(once[row, word])
                shared += ones(twice[row, word])
                once[row, word] = np.uint64(0)
                twice[row, word] = np.uint64(0)
    return covered, shared

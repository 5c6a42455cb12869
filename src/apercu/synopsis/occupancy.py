"""How much of output space and time tubes take, counted exactly, cell by cell and frame by frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from apercu.synopsis.compiled import compiled
from apercu.synopsis.shapes import Board, Shapes, ones, row_bits
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
        shapes.board(),
        shapes.board(),
        shapes.width,
    )
    return int(covered), int(shared)


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
    height, _ = once.shape
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
            seen = min(width, grid_width - x)
            if seen <= 0:
                continue
            first, last = max(x, 0) >> 6, (x + seen - 1) >> 6
            rows = range(max(0, -y), min(sizes[shape, 1], height - y))
            for row in rows:
                begin = offsets[shape] * 8 + row * width
                for word in range(first, last + 1):
                    bits = row_bits(data, begin, seen, (word << 6) - x)
                    if not bits:
                        continue
                    fresh = bits & ~once[y + row, word]
                    covered += ones(fresh)
                    once[y + row, word] |= bits
                    if fresh != bits:
                        again = (bits & ~fresh) & ~twice[y + row, word]
                        shared += ones(again)
                        twice[y + row, word] |= again
            top, bottom = min(top, y + max(0, -y)), max(bottom, min(y + sizes[shape, 1], height))
        count = kept
        once[top:bottom] = 0
        twice[top:bottom] = 0
        frame += 1
    return covered, shared

"""How much of output space and time tubes take, counted exactly, cell by cell and frame by frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.masks import CutMask
from apercu.synopsis.tubes import MaskGrid, Tube


def cover(tubes: Sequence[Tube], starts: NDArray[np.int64], grid: MaskGrid) -> tuple[int, int]:
    """Return cells under at least one tube, and under two or more, summed over all output frames.

    Args:
        tubes: what is shown.
        starts: int64 (n,), output frame at which each begins.
        grid: their mask grid.
    """
    covered = shared = 0
    counts = np.zeros((grid.height, grid.width), np.uint16)
    ends = starts + np.array([len(tube) for tube in tubes], np.int64)
    for frame in range(int(ends.max(initial=0))):
        touched = []
        for index in np.flatnonzero((starts <= frame) & (frame < ends)).tolist():
            span, cells = on_grid(tubes[index].mask(frame - int(starts[index])), grid)
            counts[span] += cells
            touched.append(span)
        if touched:
            top = min(span[0].start for span in touched)
            bottom = max(span[0].stop for span in touched)
            strip = counts[top:bottom]
            covered += int(np.count_nonzero(strip))
            shared += int(np.count_nonzero(strip > 1))
            strip[:] = 0
    return covered, shared


def on_grid(mask: CutMask, grid: MaskGrid) -> tuple[tuple[slice, slice], NDArray[np.bool_]]:
    """Return where on the grid a mask lies and its cells, without what reaches over the edge."""
    x1, y1 = max(0, mask.x), max(0, mask.y)
    x2 = max(x1, min(grid.width, mask.x + mask.width))
    y2 = max(y1, min(grid.height, mask.y + mask.height))
    return (slice(y1, y2), slice(x1, x2)), mask.cells[y1 - mask.y : y2 - mask.y, x1 - mask.x : x2 - mask.x]

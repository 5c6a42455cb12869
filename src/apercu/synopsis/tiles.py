"""Blocks over some pixels of a part of a picture, found, averaged and painted by compiled loops.

Of all the blocks that lie over a vehicle few hide anything; only those are worked out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apercu.footage.pixelation import Mosaic, Region
from apercu.synopsis.compiled import compiled

Picture = NDArray[np.uint8]


def hide(
    above: Picture,
    place: Region,
    own: Picture,
    picture: Picture,
    mosaic: Mosaic,
    anchor: tuple[int, int],
    box: Region,
    suspected: list[Region],
) -> None:
    """Hide, in a part of a picture, what is outside a box or in a place where someone is suspected.

    Args:
        above: the part, BGR uint8 (h, w, 3), drawn on.
        place: where it lies in the picture, x1 y1 x2 y2.
        own: uint8 (h, w); where that is 0 nothing is shown, and nothing need be hidden.
        picture: BGR uint8 (H, W, 3), which blocks are averaged over: whole ones, of pixels outside the part
            too, so that what the part's edges show of a block does not change it.
        mosaic: of whoever may be there.
        anchor: a corner of blocks, pixels of the picture.
        box: x1 y1 x2 y2 in pixels of the picture.
        suspected: likewise; blocks that these touch are hidden whole.
    """
    left, top = place[:2]
    block, (x, y) = mosaic.block, anchor
    first = (left - x) // block, (top - y) // block
    columns, rows = -((x - place[2]) // block) - first[0], -((y - place[3]) // block) - first[1]
    hidden = np.zeros((rows, columns), np.bool_)
    for x1, y1, x2, y2 in suspected:
        a, b = max(0, (x1 - x) // block - first[0]), max(0, (y1 - y) // block - first[1])
        c, d = max(0, -((x - x2) // block) - first[0]), max(0, -((y - y2) // block) - first[1])
        hidden[b:d, a:c] = True
    corner = np.array([left, top, x + first[0] * block, y + first[1] * block], np.int64)
    sides = np.array(box, np.int64)
    cells, means = _averaged(own, picture, corner, block, sides, hidden)
    if len(cells):
        colours = mosaic.settled(means, cells[:, 0] + first[1], cells[:, 1] + first[0])
        _paint(above, own, corner, block, sides, hidden, cells, colours)


@compiled
def _averaged(
    own: Picture,
    picture: Picture,
    corner: NDArray[np.int64],
    block: int,
    box: NDArray[np.int64],
    hidden: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], Picture]:
    """Return which blocks hide anything, rows and columns (n, 2), and their mean colours (n, 3)."""
    rows, columns = hidden.shape
    left, top, x, y = corner
    cells = np.empty((rows * columns, 2), np.int64)
    means = np.empty((rows * columns, 3), np.uint8)
    count = 0
    for r in range(rows):
        for c in range(columns):
            x1, y1 = x + c * block, y + r * block
            x2, y2 = x1 + block, y1 + block
            within = box[0] <= x1 and x2 <= box[2] and box[1] <= y1 and y2 <= box[3]
            if within and not hidden[r, c]:
                continue
            wanted = False
            for i in range(max(y1, top), min(y2, top + own.shape[0])):
                for j in range(max(x1, left), min(x2, left + own.shape[1])):
                    if own[i - top, j - left] != 0 and (
                        hidden[r, c] or i < box[1] or i >= box[3] or j < box[0] or j >= box[2]
                    ):
                        wanted = True
                        break
                if wanted:
                    break
            if not wanted:
                continue
            blue = green = red = number = 0
            for i in range(max(y1, 0), min(y2, picture.shape[0])):
                for j in range(max(x1, 0), min(x2, picture.shape[1])):
                    blue += picture[i, j, 0]
                    green += picture[i, j, 1]
                    red += picture[i, j, 2]
                    number += 1
            cells[count, 0], cells[count, 1] = r, c
            means[count, 0] = (blue + number // 2) // number
            means[count, 1] = (green + number // 2) // number
            means[count, 2] = (red + number // 2) // number
            count += 1
    return cells[:count].copy(), means[:count].copy()


@compiled
def _paint(
    above: Picture,
    own: Picture,
    corner: NDArray[np.int64],
    block: int,
    box: NDArray[np.int64],
    hidden: NDArray[np.bool_],
    cells: NDArray[np.int64],
    colours: Picture,
) -> None:
    """Paint blocks over what they are to hide."""
    left, top, x, y = corner
    for n in range(len(cells)):
        r, c = cells[n]
        x1, y1 = x + c * block, y + r * block
        for i in range(max(y1, top), min(y1 + block, top + own.shape[0])):
            for j in range(max(x1, left), min(x1 + block, left + own.shape[1])):
                if own[i - top, j - left] != 0 and (
                    hidden[r, c] or i < box[1] or i >= box[3] or j < box[0] or j >= box[2]
                ):
                    for k in range(3):
                        above[i - top, j - left, k] = colours[n, k]

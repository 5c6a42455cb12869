"""Blocks over what is not surely a vehicle, found, averaged and painted by compiled loops.

Of all the blocks that lie over a vehicle few hide anything; only those are worked out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from apercu.footage.pixelation import Region, settle
from apercu.synopsis.compiled import compiled

Picture = NDArray[np.uint8]
_settle = compiled(settle)


class Doubt(NamedTuple):
    """What of a vehicle may be someone.

    Attributes:
        box: its own, x1 y1 x2 y2 in pixels of the picture; all that is shown outside is hidden.
        suspected: int64 (n, 4), likewise, where someone is suspected; blocks touched by it are hidden whole.
        block: side of a block, pixels; 0 where nothing is hidden at all.
        anchor: a corner of blocks, x and y.
        noise, held: of the blocks, see ``Mosaic``.
    """

    box: Region
    suspected: NDArray[np.int64]
    block: int
    anchor: tuple[int, int]
    noise: NDArray[np.int16]
    held: NDArray[np.int16]


_NOTHING = np.zeros((0, 3), np.int16)
NONE = Doubt((0, 0, 0, 0), np.zeros((0, 4), np.int64), 0, (0, 0), _NOTHING, _NOTHING)
"""For those that are shown as they are."""


@compiled
def hide(above: Picture, place: Region, own: Picture, picture: Picture, doubt: Doubt) -> None:
    """Hide, in a part of a picture, what may be someone.

    Args:
        above: the part as rows, BGR uint8 (h, 3 w), drawn on.
        place: where it lies in the picture, x1 y1 x2 y2.
        own: uint8 (h, w); where that is 0 nothing is shown, and nothing need be hidden.
        picture: rows (H, 3 W), which blocks are averaged over: whole ones, of pixels outside the part too, so
            that what the part's edges show of a block does not change it.
        doubt: what to hide.
    """
    block, (x, y) = doubt.block, doubt.anchor
    column, row = (place[0] - x) // block, (place[1] - y) // block
    hidden = _suspected(doubt, column, row, -((x - place[2]) // block), -((y - place[3]) // block))
    rows, columns = np.empty(hidden.size, np.int64), np.empty(hidden.size, np.int64)
    means = np.empty((hidden.size, 3), np.uint8)
    count = 0
    for r in range(hidden.shape[0]):
        for c in range(hidden.shape[1]):
            left, top = x + (column + c) * block, y + (row + r) * block
            if _paint(above, place, own, doubt, left, top, hidden[r, c], means[0], False):
                rows[count], columns[count] = row + r, column + c
                _average(picture, left, top, block, means[count])
                count += 1
    if count == 0:
        return
    colours = _settle(doubt.noise, doubt.held, rows[:count], columns[:count], means[:count])
    for n in range(count):
        left, top = x + columns[n] * block, y + rows[n] * block
        whole = hidden[rows[n] - row, columns[n] - column]
        _paint(above, place, own, doubt, left, top, whole, colours[n].astype(np.uint8), True)


@compiled
def _suspected(doubt: Doubt, left: int, top: int, right: int, bottom: int) -> NDArray[np.bool_]:
    """Return in which blocks someone is suspected, of those in some columns and rows."""
    hidden = np.zeros((bottom - top, right - left), np.bool_)
    block, (x, y) = doubt.block, doubt.anchor
    for n in range(len(doubt.suspected)):
        x1, y1, x2, y2 = (
            doubt.suspected[n, 0],
            doubt.suspected[n, 1],
            doubt.suspected[n, 2],
            doubt.suspected[n, 3],
        )
        a, b = max(0, (x1 - x) // block - left), max(0, (y1 - y) // block - top)
        c, d = max(0, -((x - x2) // block) - left), max(0, -((y - y2) // block) - top)
        hidden[b:d, a:c] = True
    return hidden


@compiled
def _average(picture: Picture, left: int, top: int, side: int, mean: Picture) -> None:
    """Find the mean colour of a block, as far as it lies in the picture (H, 3 W)."""
    top, bottom = max(top, 0), min(top + side, picture.shape[0])
    left, right = max(left, 0), min(left + side, picture.shape[1] // 3)
    blue = green = red = 0
    for i in range(top, bottom):
        row = picture[i, 3 * left : 3 * right]
        for j in range(right - left):
            blue += row[3 * j]
            green += row[3 * j + 1]
            red += row[3 * j + 2]
    number = (bottom - top) * (right - left)
    mean[0] = (blue + number // 2) // number
    mean[1] = (green + number // 2) // number
    mean[2] = (red + number // 2) // number


@compiled
def _paint(
    above: Picture,
    place: Region,
    own: Picture,
    doubt: Doubt,
    left: int,
    top: int,
    whole: bool,
    colour: Picture,
    really: bool,
) -> bool:
    """Paint a block over what it is to hide; return whether there is anything, which may be all asked for."""
    side, (x1, y1, x2, y2) = doubt.block, doubt.box
    if not whole and x1 <= left and left + side <= x2 and y1 <= top and top + side <= y2:
        return False
    found = False
    for i in range(max(top, place[1]), min(top + side, place[3])):
        seen, to = own[i - place[1]], above[i - place[1]]
        beside = whole or i < y1 or i >= y2
        for j in range(max(left, place[0]), min(left + side, place[2])):
            at = j - place[0]
            if seen[at] != 0 and (beside or j < x1 or j >= x2):
                if not really:
                    return True
                found = True
                to[3 * at], to[3 * at + 1], to[3 * at + 2] = colour[0], colour[1], colour[2]
    return found

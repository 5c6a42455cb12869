"""Blocks over what is not surely a vehicle, found, averaged and painted by compiled loops.

Of all the blocks that lie over a vehicle few hide anything; only those are worked out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from apercu.footage.pixelation import Region, settle
from apercu.footage.planes import Triple, from_bgr, to_bgr
from apercu.synopsis.compiled import compiled

Picture = NDArray[np.uint8]
_TO_BGR, _TO_YUV = (np.stack([matrix(hd) for hd in (False, True)]) for matrix in (to_bgr, from_bgr))
_settle = compiled(settle)


class Doubt(NamedTuple):
    """What of a vehicle may be someone.

    Attributes:
        box: its own, x1 y1 x2 y2 in pixels of the picture; all that is shown outside is hidden.
        suspected: int64 (n, 4), likewise, where someone is suspected; blocks touched by it are hidden whole.
        block: side of a block, pixels.
        anchor: a corner of blocks, x and y.
        noise, held: of the blocks, see ``Mosaic``.
        hd: whether the picture has the colours of BT.709.
    """

    box: Region
    suspected: NDArray[np.int64]
    block: int
    anchor: tuple[int, int]
    noise: NDArray[np.int16]
    held: NDArray[np.int16]
    hd: bool


def hide(above: Triple, place: Region, own: Picture, picture: Triple, doubt: Doubt) -> None:
    """Hide, in a part of a picture, what may be someone.

    Args:
        above: luma and chromas of the part, uint8 (h, w) of even sides and (h / 2, w / 2), drawn on.
        place: where it lies in the picture, x1 y1 x2 y2, even.
        own: uint8 (h, w); where that is 0 nothing is shown, and nothing need be hidden.
        picture: likewise all of it, which blocks are averaged over: whole ones, of pixels outside the part
            too, so that what the part's edges show of a block does not change it.
        doubt: what to hide.
    """
    rows, columns, whole, means = _found(above, place, own, picture, doubt)
    if len(rows):
        colours = _settle(doubt.noise, doubt.held, rows, columns, means)
        _painted(above, place, own, doubt, rows, columns, whole, colours)


@compiled
def _found(
    above: Triple, place: Region, own: Picture, picture: Triple, doubt: Doubt
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_], Picture]:
    """Return which blocks hide anything, by row and column, whether the whole of them, and their means."""
    block, (x, y) = doubt.block, doubt.anchor
    column, row = (place[0] - x) // block, (place[1] - y) // block
    hidden = _touched(doubt, column, row, -((x - place[2]) // block), -((y - place[3]) // block))
    rows, columns = np.empty(hidden.size, np.int64), np.empty(hidden.size, np.int64)
    whole, means = np.empty(hidden.size, np.bool_), np.empty((hidden.size, 3), np.uint8)
    nothing = np.empty(0, np.uint8)
    count = 0
    for r in range(hidden.shape[0]):
        for c in range(hidden.shape[1]):
            left, top = x + (column + c) * block, y + (row + r) * block
            if _paint(above, place, own, doubt, left, top, hidden[r, c], nothing):
                rows[count], columns[count], whole[count] = row + r, column + c, hidden[r, c]
                _to_levels(_TO_BGR[int(doubt.hd)], _average(picture, left, top, block), means[count])
                count += 1
    return rows[:count].copy(), columns[:count].copy(), whole[:count].copy(), means[:count].copy()


@compiled
def _painted(
    above: Triple,
    place: Region,
    own: Picture,
    doubt: Doubt,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    whole: NDArray[np.bool_],
    colours: NDArray[np.int16],
) -> None:
    """Paint blocks over what they are to hide."""
    (x, y), colour = doubt.anchor, np.empty(3, np.uint8)
    for n in range(len(rows)):
        left, top = x + columns[n] * doubt.block, y + rows[n] * doubt.block
        blue, green, red = colours[n]
        _to_levels(_TO_YUV[int(doubt.hd)], (blue, green, red), colour)
        _paint(above, place, own, doubt, left, top, whole[n], colour)


@compiled
def _touched(doubt: Doubt, left: int, top: int, right: int, bottom: int) -> NDArray[np.bool_]:
    """Return in which blocks someone is suspected, of those in some columns and rows."""
    hidden = np.zeros((bottom - top, right - left), np.bool_)
    block, (x, y) = doubt.block, doubt.anchor
    for n in range(len(doubt.suspected)):
        x1, y1, x2, y2 = doubt.suspected[n]
        a, b = max(0, (x1 - x) // block - left), max(0, (y1 - y) // block - top)
        c, d = max(0, -((x - x2) // block) - left), max(0, -((y - y2) // block) - top)
        hidden[b:d, a:c] = True
    return hidden


@compiled
def _average(picture: Triple, left: int, top: int, side: int) -> tuple[float, float, float]:
    """Return the mean luma and chromas of a block, as far as it lies in the picture."""
    top, bottom = max(top, 0), min(top + side, picture[0].shape[0])
    left, right = max(left, 0), min(left + side, picture[0].shape[1])
    luma = blue = red = 0
    for i in range(top, bottom):
        row = picture[0][i, left:right]
        for j in range(len(row)):
            luma += row[j]
    pixels = (bottom - top) * (right - left)
    top, bottom, left, right = top // 2, (bottom + 1) // 2, left // 2, (right + 1) // 2
    for i in range(top, bottom):
        one, two = picture[1][i, left:right], picture[2][i, left:right]
        for j in range(len(one)):
            blue += one[j]
            red += two[j]
    samples = (bottom - top) * (right - left)
    return luma / pixels, blue / samples, red / samples


@compiled
def _to_levels(matrix: NDArray[np.float32], colour: tuple[float, float, float], levels: Picture) -> None:
    """Convert a colour, by a matrix (3, 4), to three levels."""
    for k in range(3):
        level = matrix[k, 0] * colour[0] + matrix[k, 1] * colour[1] + matrix[k, 2] * colour[2] + matrix[k, 3]
        levels[k] = np.uint8(min(max(level + 0.5, 0.0), 255.0))


@compiled
def _paint(
    above: Triple,
    place: Region,
    own: Picture,
    doubt: Doubt,
    left: int,
    top: int,
    whole: bool,
    colour: Picture,
) -> bool:
    """Paint a block over what it is to hide; return whether there is anything, which alone no colour asks.

    A sample of chroma belongs to four pixels; it is painted over with any of them.
    """
    side, (x1, y1, x2, y2) = doubt.block, doubt.box
    if not whole and x1 <= left and left + side <= x2 and y1 <= top and top + side <= y2:
        return False
    found = False
    for i in range(max(top, place[1]) - place[1], min(top + side, place[3]) - place[1]):
        seen, luma, blue, red = own[i], above[0][i], above[1][i // 2], above[2][i // 2]
        beside = whole or i + place[1] < y1 or i + place[1] >= y2
        for j in range(max(left, place[0]) - place[0], min(left + side, place[2]) - place[0]):
            if seen[j] != 0 and (beside or j + place[0] < x1 or j + place[0] >= x2):
                if len(colour) == 0:
                    return True
                found = True
                luma[j], blue[j // 2], red[j // 2] = colour[0], colour[1], colour[2]
    return found


@compiled
def spread(
    planes: Triple,
    part: Region,
    corner: tuple[int, int],
    side: int,
    colours: Picture,
    shown: NDArray[np.bool_],
    share: int,
) -> None:
    """Lay blocks over a picture, cut to it.

    Args:
        planes: luma and chromas, uint8 (H, W) and (H / 2, W / 2), drawn on.
        part: of the blocks nothing is laid beyond it, x1 y1 x2 y2 in pixels.
        corner: x and y of the first of them.
        side: of a block, pixels.
        colours: uint8 (rows, columns, 3), luma and chromas.
        shown: bool (rows, columns).
        share: how opaque, of 256.
    """
    for k in range(3):
        plane, step = planes[k], 1 if k == 0 else 2
        height, width = plane.shape
        for r in range(shown.shape[0]):
            # A sample of chroma belongs to the block of the first of its pixels.
            top, bottom = corner[1] + r * side, corner[1] + (r + 1) * side
            top, bottom = max(top, part[1], 0), min(bottom, part[3])
            top, bottom = (top + step - 1) // step, min((bottom + step - 1) // step, height)
            for c in range(shown.shape[1]):
                if not shown[r, c]:
                    continue
                left, right = corner[0] + c * side, corner[0] + (c + 1) * side
                left, right = max(left, part[0], 0), min(right, part[2])
                left, right = (left + step - 1) // step, min((right + step - 1) // step, width)
                level = colours[r, c, k]
                for i in range(top, bottom):
                    row = plane[i, left : max(left, right)]
                    if share == 256:
                        row[:] = level
                    else:
                        for j in range(len(row)):
                            row[j] = (np.int32(level) * share + np.int32(row[j]) * (256 - share) + 128) >> 8

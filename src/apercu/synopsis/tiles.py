"""Blocks over what is not surely a vehicle, found, averaged and painted by compiled loops.

Of all the blocks that lie over a vehicle few hide anything; only those are worked out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from apercu.footage import Planes
from apercu.footage.pixelation import Mosaic, Region, cell_of, settled
from apercu.footage.planes import Triple, from_bgr, to_bgr
from apercu.synopsis.compiled import compiled

Picture = NDArray[np.uint8]
_TO_BGR, _TO_YUV = (np.stack([matrix(hd) for hd in (False, True)]) for matrix in (to_bgr, from_bgr))
_cell_of, _settled = compiled(cell_of), compiled(settled)


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
    # One by one: a loop that is given a named tuple takes longer to begin than to run.
    box, suspected, block, corner, noise, held, hd = doubt
    _hide(above, place, own, picture, box, suspected, block, corner, noise, held, hd)


def colours(picture: Planes, part: Region, anchor: tuple[int, int], mosaic: Mosaic) -> Picture:
    """Return the colour of every block that a part of a picture touches, uint8 (rows, columns, 3).

    Args:
        picture: the picture; blocks at its edge are averaged over what lies in it.
        part: x1 y1 x2 y2 in pixels, inside the picture.
        anchor: a corner of blocks, x and y.
        mosaic: of the blocks; it remembers the colours.

    Returns:
        Luma and chromas.
    """
    (x1, y1, x2, y2), (x, y), block = part, anchor, mosaic.block
    row, column = (y1 - y) // block, (x1 - x) // block
    down, across = np.arange(row, -((y - y2) // block)), np.arange(column, -((x - x2) // block))
    rows, columns = np.repeat(down, len(across)), np.tile(across, len(down))
    means = _means(picture.parts, block, anchor, rows, columns, picture.hd)
    _settle(mosaic.noise, mosaic.held, rows, columns, means)
    return _to_yuv(means, picture.hd).reshape(len(down), len(across), 3)


@compiled
def _hide(
    above: Triple,
    place: Region,
    own: Picture,
    picture: Triple,
    box: Region,
    suspected: NDArray[np.int64],
    block: int,
    corner: tuple[int, int],
    noise: NDArray[np.int16],
    held: NDArray[np.int16],
    hd: bool,
) -> None:
    """See ``hide``."""
    rows, columns, whole = _found(place, own, box, suspected, block, corner)
    if len(rows):
        colours = _means(picture, block, corner, rows, columns, hd)
        _settle(noise, held, rows, columns, colours)
        _painted(above, place, own, box, block, corner, rows, columns, whole, _to_yuv(colours, hd))


@compiled
def _found(
    place: Region,
    own: Picture,
    box: Region,
    suspected: NDArray[np.int64],
    block: int,
    corner: tuple[int, int],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return which blocks hide anything, by row and column, and whether the whole of them."""
    x, y = corner
    column, row = (place[0] - x) // block, (place[1] - y) // block
    right, bottom = -((x - place[2]) // block), -((y - place[3]) // block)
    hidden = _touched(suspected, block, corner, column, row, right, bottom)
    rows, columns = np.empty(hidden.size, np.int64), np.empty(hidden.size, np.int64)
    whole = np.empty(hidden.size, np.bool_)
    count = 0
    some, outside = np.empty(place[2] - place[0], np.uint8), np.empty(place[2] - place[0], np.uint8)
    for r in range(hidden.shape[0]):
        top = y + (row + r) * block
        some[:], outside[:] = 0, 0
        _gather(own, max(top, place[1]) - place[1], min(top + block, place[3]) - place[1], some)
        _gather(own, max(top, place[1]) - place[1], min(top + block, place[3], box[1]) - place[1], outside)
        _gather(own, max(top, place[1], box[3]) - place[1], min(top + block, place[3]) - place[1], outside)
        for c in range(hidden.shape[1]):
            left = x + (column + c) * block
            begin, end = max(left, place[0]) - place[0], min(left + block, place[2]) - place[0]
            hides = _any(some if hidden[r, c] else outside, begin, end)
            hides = hides or _any(some, begin, min(end, box[0] - place[0]))
            hides = hides or _any(some, max(begin, box[2] - place[0]), end)
            if hides:
                rows[count], columns[count], whole[count] = row + r, column + c, hidden[r, c]
                count += 1
    return rows[:count], columns[:count], whole[:count]


@compiled
def _gather(own: Picture, first: int, end: int, some: Picture) -> None:
    """Note in which columns anything is shown in some lines."""
    seen = own.reshape(-1)
    for i in range(first, end):
        at = np.uintp(i * own.shape[1])
        for j in range(np.uintp(own.shape[1])):
            some[j] |= seen[at + j]


@compiled
def _any(some: Picture, begin: int, end: int) -> bool:
    """Return whether anything is shown between two columns."""
    found = np.uint8(0)
    for j in range(begin, end):
        found |= some[j]
    return bool(found != 0)


@compiled
def _touched(
    suspected: NDArray[np.int64],
    block: int,
    corner: tuple[int, int],
    left: int,
    top: int,
    right: int,
    bottom: int,
) -> NDArray[np.bool_]:
    """Return in which blocks someone is suspected, of those in some columns and rows."""
    hidden = np.zeros((bottom - top, right - left), np.bool_)
    x, y = corner
    for n in range(len(suspected)):
        x1, y1, x2, y2 = suspected[n]
        a, b = max(0, (x1 - x) // block - left), max(0, (y1 - y) // block - top)
        c, d = max(0, -((x - x2) // block) - left), max(0, -((y - y2) // block) - top)
        hidden[b:d, a:c] = True
    return hidden


@compiled
def _means(
    picture: Triple,
    block: int,
    corner: tuple[int, int],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    hd: bool,
) -> Picture:
    """Return the mean colours of some blocks, row by row, as far as they lie in the picture: BGR (n, 3)."""
    colours, yuv = np.empty((len(rows), 3), np.uint8), np.empty((len(rows), 3), np.float64)
    low, high = columns[0], columns[0]  # not min() and max(), which take a second to compile
    for n in range(len(columns)):
        low, high = min(low, columns[n]), max(high, columns[n])
    first, last = corner[0] + low * block, corner[0] + (high + 1) * block
    done = 0
    while done < len(rows):
        end = done + 1
        while end < len(rows) and rows[end] == rows[done]:
            end += 1
        top = corner[1] + rows[done] * block
        for k in range(3):
            step, (height, width) = 1 if k == 0 else 2, picture[k].shape
            begin, sums = max(first, 0) // step, np.zeros((last - first) // step + 2, np.uint32)
            upper, lower = max(top, 0) // step, min((top + block + step - 1) // step, height)
            # First rows are added up, all blocks beside one another at once, then what is left of each.
            for i in range(upper, lower):
                row = picture[k][i, begin : min((last + step - 1) // step, width)]
                for j in range(len(row)):
                    sums[j] = np.uint32(sums[j] + row[j])
            for n in range(done, end):
                left = corner[0] + columns[n] * block
                right = min((left + block + step - 1) // step, width)
                left = max(left, 0) // step
                total = np.uint32(0)
                for j in range(left - begin, right - begin):
                    total += sums[j]
                yuv[n, k] = total / ((right - left) * (lower - upper))
        done = end
    for n in range(len(rows)):
        _to_levels(_TO_BGR[int(hd)], (yuv[n, 0], yuv[n, 1], yuv[n, 2]), colours[n])
    return colours


@compiled
def _settle(
    noise: NDArray[np.int16],
    held: NDArray[np.int16],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    colours: Picture,
) -> None:
    """Make the mean colours (n, 3) of some blocks those that they have in a mosaic, which remembers them."""
    for n in range(len(rows)):
        cell = _cell_of(rows[n], columns[n])
        for k in range(3):
            held[cell, k] = _settled(noise[cell, k], held[cell, k], colours[n, k])
            colours[n, k] = held[cell, k]


@compiled
def _to_yuv(bgr: Picture, hd: bool) -> Picture:
    """Convert colours (n, 3)."""
    colours = np.empty(bgr.shape, np.uint8)
    for n in range(len(bgr)):
        _to_levels(_TO_YUV[int(hd)], (bgr[n, 0], bgr[n, 1], bgr[n, 2]), colours[n])
    return colours


@compiled
def _to_levels(matrix: NDArray[np.float32], colour: tuple[float, float, float], levels: Picture) -> None:
    """Convert a colour, by a matrix (3, 4), to three levels."""
    for k in range(3):
        level = matrix[k, 0] * colour[0] + matrix[k, 1] * colour[1] + matrix[k, 2] * colour[2] + matrix[k, 3]
        levels[k] = np.uint8(min(max(level + 0.5, 0.0), 255.0))


@compiled
def _spared(line: int, left: int, right: int, box: Region, whole: bool) -> tuple[int, int]:
    """Return from where to where a line of a block, between two columns, hides nothing."""
    x1, y1, x2, y2 = box
    if whole or line < y1 or line >= y2:
        return right, right
    return min(max(x1, left), right), min(max(x2, left), right)


@compiled
def _painted(
    above: Triple,
    place: Region,
    own: Picture,
    box: Region,
    block: int,
    corner: tuple[int, int],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    whole: NDArray[np.bool_],
    colours: Picture,
) -> None:
    """Paint blocks, row by row, over what they are to hide."""
    width = place[2] - place[0]
    done = 0
    while done < len(rows):
        # What is painted, and where: in the lines beyond the box, and in those that cross it.
        line, over = np.zeros((3, width), np.uint8), np.zeros((2, width), np.uint8)
        row = rows[done]
        while done < len(rows) and rows[done] == row:
            left = corner[0] + columns[done] * block
            begin, end = max(left, place[0]), min(left + block, place[2])
            beyond, across = (
                _spared(box[3], begin, end, box, whole[done]),
                _spared(box[1], begin, end, box, whole[done]),
            )
            for j in range(begin, end):
                column = np.uintp(j - place[0])
                line[0, column] = colours[done, 0]
                line[1, column >> np.uintp(1)] = colours[done, 1]
                line[2, column >> np.uintp(1)] = colours[done, 2]
                over[0, column] = 255 * (not beyond[0] <= j < beyond[1])
                over[1, column] = 255 * (not across[0] <= j < across[1])
            done += 1
        top = corner[1] + row * block
        _paint(above, own, line, over, max(top, place[1]), min(top + block, place[3]), place[1], box)


@compiled
def _paint(
    above: Triple, own: Picture, line: Picture, over: Picture, first: int, last: int, top: int, box: Region
) -> None:
    """Paint some lines alike; a sample of chroma belongs to four pixels, and goes with any of them."""
    luma, blue, red, seen = above[0].reshape(-1), above[1].reshape(-1), above[2].reshape(-1), own.reshape(-1)
    width, colours, where = above[0].shape[1], line.reshape(-1), over.reshape(-1)
    one, blueish, reddish = np.uintp(1), np.uintp(width), np.uintp(2 * width)
    # No slices, each of which takes as long as a line; both levels are read before one is chosen, and no
    # index can be negative: else loops go pixel by pixel.
    for i in range(first, last):
        at, there = np.uintp((i - top) * width), np.uintp(width * int(box[1] <= i < box[3]))
        for j in range(np.uintp(width)):
            new, old = colours[j], luma[at + j]
            luma[at + j] = new if seen[at + j] & where[there + j] else old
        half = np.uintp((i - top) // 2 * (width // 2))
        for j in range(np.uintp(width // 2)):
            pixel = j << one
            some = (seen[at + pixel] & where[there + pixel]) | (
                seen[at + pixel + one] & where[there + pixel + one]
            )
            new_blue, new_red = colours[blueish + j], colours[reddish + j]
            old_blue, old_red = blue[half + j], red[half + j]
            blue[half + j] = new_blue if some else old_blue
            red[half + j] = new_red if some else old_red

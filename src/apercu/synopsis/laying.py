"""The loops that lay cutouts over a picture in planes; their bytes are those that ``cutouts`` tells of.

Laying touches no sample that it does not change. All that a picture shows is laid by one call, during which
other threads go on.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apercu.footage.planes import BLACK, NEUTRAL, Triple
from apercu.synopsis.compiled import compiled

Picture = NDArray[np.uint8]
Region = tuple[int, int, int, int]
Numbers = NDArray[np.int64]
HEAD = 40
"""Bytes of the ten numbers that every cutout begins with."""
BLOCKS = 1
"""The first of them, where it is of blocks."""
_WHOLLY = np.full(1 << 15, 255, np.uint8)
"""Opacities of what is whole, of any length that a run can have."""


@compiled
def lay(planes: Triple, data: Picture, ends: Numbers, places: Numbers) -> None:
    """Lay cutouts over a picture, one after the other, each cut to it.

    Args:
        planes: luma and chromas, uint8 (H, W) of even sides and (H / 2, W / 2), drawn on.
        data: uint8, the cutouts' bytes one after the other.
        ends: int64 (n,), where each ends.
        places: int64 (n, 3), how far each is moved right and down, pixels, and how opaque it is, of 256.
    """
    begin = 0
    for n in range(len(ends)):
        body = data[begin + HEAD : ends[n]]
        head = data[begin : begin + HEAD].view(np.int32).astype(np.int64)
        kind, x, y = head[0], head[1] + places[n, 0], head[2] + places[n, 1]
        share = places[n, 2]
        if kind == BLOCKS:
            part = x, y, x + head[3], y + head[4]
            corner, rows, columns = (x - head[6], y - head[7]), head[8], head[9]
            cells = rows * columns
            shown = body[:cells].reshape((rows, columns))
            colours = body[cells : 4 * cells].reshape((rows, columns, 3))
            _spread(planes, part, corner, head[5], colours, shown, share)
        else:
            rows, columns, grain = head[6], head[7], head[5]
            if rows:
                dark = body[: rows * columns].reshape((rows, columns))
                x2, y2 = head[3] + places[n, 0], head[4] + places[n, 1]
                _darken(planes[0], planes[0], dark, x2, y2, grain, share, False)
                _darken(planes[1], planes[2], dark, x2 // 2, y2 // 2, grain, share, True)
            at = rows * columns + rows * columns % 2
            at = _lay(planes[0], planes[0], body, at, x, y, share, False)
            _lay(planes[1], planes[2], body, at, x // 2, y // 2, share, True)
        begin = ends[n]


@compiled
def _lay(
    first: Picture, second: Picture, data: Picture, at: int, x: int, y: int, share: int, both: bool
) -> int:
    """Lay the runs that begin at a place over one plane, or over two; return where they end."""
    height, width = first.shape
    one, two = first.reshape(-1), second.reshape(-1)
    words = data[: len(data) // 2 * 2].view(np.int16)
    while words[at >> 1] != 0:
        told, row, column = int(words[at >> 1]), int(words[(at >> 1) + 1]) + y, int(words[(at >> 1) + 2]) + x
        length, soft = abs(told), told < 0
        at += 6
        other = at + length
        opaque = other + length if both else other
        begin, end = max(0, -column), min(length, width - column)
        if 0 <= row < height and begin < end:
            place, count = row * width + column + begin, end - begin
            if share == 256 and not soft:
                _copy(data, at + begin, one, place, count)
                if both:
                    _copy(data, other + begin, two, place, count)
            else:
                over, start = (data, opaque + begin) if soft else (_WHOLLY, 0)
                _mix(one, place, data, at + begin, over, start, share, count)
                if both:
                    _mix(two, place, data, other + begin, over, start, share, count)
        at = opaque + length if soft else opaque
        at += at % 2
    return at + 2


@compiled
def _copy(levels: Picture, begin: int, to: Picture, at: int, length: int) -> None:
    """Copy levels from one place to another; for few of them an assignment of slices takes longer."""
    start, place = np.uintp(begin), np.uintp(at)  # never negative: no index is taken to count from the end
    for k in range(np.uintp(length)):
        to[place + k] = levels[start + k]


@compiled
def _mix(
    plane: Picture,
    place: int,
    levels: Picture,
    begin: int,
    opacity: Picture,
    start: int,
    share: int,
    length: int,
) -> None:
    """Lay levels over others, as opaque as told, of 255, and of that ``share`` of 256."""
    to, at, of = np.uintp(place), np.uintp(begin), np.uintp(start)
    for k in range(np.uintp(length)):
        over = np.uint16((np.uint32(opacity[of + k]) * np.uint32(share) + np.uint32(128)) >> np.uint32(8))
        mixed = np.uint16(levels[at + k] * over + plane[to + k] * np.uint16(255 - over) + 128)
        plane[to + k] = np.uint16(mixed + (mixed >> 8)) >> 8  # divided by 255, rounded


@compiled
def _darken(
    first: Picture, second: Picture, dark: Picture, x: int, y: int, grain: int, share: int, both: bool
) -> None:
    """Blend luma with black, or both chromas with grey, by what cells tell, softly between them."""
    step, black = (2, NEUTRAL) if both else (1, BLACK)
    rows, columns = dark.shape
    height, width = first.shape
    begin, end = max(0, -x), min(-(-columns * grain // step), width - x)
    if begin >= end:
        return
    # Each row of cells is spread over the samples once, and then only mixed with the next.
    spread = np.zeros((rows, end - begin), np.uint16)
    some = np.zeros(rows, np.bool_)
    for c in range(begin, end):
        left, way = _between(c, columns, grain, step)
        right = min(left + 1, columns - 1)
        for r in range(rows):
            spread[r, c - begin] = np.int32(dark[r, left]) * (256 - way) + np.int32(dark[r, right]) * way
    for r in range(rows):
        some[r] = spread[r].max() > 0
    one, two, above = first.reshape(-1), second.reshape(-1), np.full(end - begin, black, np.uint8)
    over = np.empty(end - begin, np.uint8)
    for r in range(max(0, -y), min(-(-rows * grain // step), height - y)):
        before, part = _between(r, rows, grain, step)
        after = min(before + 1, rows - 1)
        if some[before] or some[after]:
            high, low = spread[before], spread[after]
            for k in range(len(over)):
                over[k] = (
                    np.uint32(high[k]) * np.uint32(256 - part) + np.uint32(low[k]) * np.uint32(part)
                ) >> 16
            place = (r + y) * width + begin + x
            _mix(one, place, above, 0, over, 0, share, end - begin)
            if both:
                _mix(two, place, above, 0, over, 0, share, end - begin)


@compiled
def _between(place: int, cells: int, grain: int, step: int) -> tuple[int, int]:
    """Return the cell whose middle lies before that of a sample, and how far behind it that is, of 256."""
    at = min(max(((2 * place + 1) * step - grain) * 128 // grain, 0), (cells - 1) * 256)
    return at >> 8, at & 255


@compiled
def _spread(
    planes: Triple,
    part: Region,
    corner: tuple[int, int],
    side: int,
    colours: Picture,
    shown: Picture,
    share: int,
) -> None:
    """Lay blocks over a picture, cut to it.

    Args:
        planes: luma and chromas, uint8 (H, W) and (H / 2, W / 2), drawn on.
        part: of the blocks nothing is laid beyond it, x1 y1 x2 y2 in pixels.
        corner: x and y of the first of them.
        side: of a block, pixels.
        colours: uint8 (rows, columns, 3), luma and chromas.
        shown: uint8 (rows, columns), 0 where a block is not.
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

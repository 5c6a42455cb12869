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
    first: Picture, second: Picture, data: Picture, begin: int, x: int, y: int, share: int, both: bool
) -> int:
    """Lay the runs that begin at a place over one plane, or over two; return where they end."""
    height, width = first.shape
    one, two, words = first.reshape(-1), second.reshape(-1), data[: len(data) // 2 * 2].view(np.int16)
    at = begin
    while words[at >> 1] != 0:
        told, row, column = int(words[at >> 1]), int(words[(at >> 1) + 1]) + y, int(words[(at >> 1) + 2]) + x
        length, soft = abs(told), told < 0
        at += 6
        left, right = max(0, -column), min(length, width - column)
        if 0 <= row < height and left < right:
            # No slices, each of which takes longer than a run, and no index that can be negative.
            place, level = np.uintp(row * width + column + left), np.uintp(at + left)
            other, count = level + np.uintp(length), np.uintp(right - left)
            over = other + np.uintp(length) if both else other
            if share == 256 and not soft:
                for k in range(count):
                    one[place + k] = data[level + k]
                if both:
                    for k in range(count):
                        two[place + k] = data[other + k]
            elif soft:
                for k in range(count):
                    opaque = np.uint16(
                        (np.uint32(data[over + k]) * np.uint32(share) + np.uint32(128)) >> np.uint32(8)
                    )
                    one[place + k] = _mixed(one[place + k], data[level + k], opaque)
                    if both:
                        two[place + k] = _mixed(two[place + k], data[other + k], opaque)
            else:
                opaque = np.uint16((255 * share + 128) >> 8)
                for k in range(count):
                    one[place + k] = _mixed(one[place + k], data[level + k], opaque)
                if both:
                    for k in range(count):
                        two[place + k] = _mixed(two[place + k], data[other + k], opaque)
        at += length * (1 + both + soft)
        at += at % 2
    return at + 2


@compiled
def _mixed(below: np.uint8, above: np.uint8, opaque: np.uint16) -> np.uint8:
    """Return one level over another, as opaque as told, of 255."""
    mixed = np.uint16(above * opaque + below * np.uint16(255 - opaque) + 128)
    return np.uint8(np.uint16(mixed + (mixed >> 8)) >> 8)  # divided by 255, rounded


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
    wide = end - begin
    spread, some = np.empty(rows * wide, np.uint16), np.zeros(rows, np.bool_)
    for c in range(wide):
        left, way = _between(begin + c, columns, grain, step)
        right = min(left + 1, columns - 1)
        for r in range(rows):
            told = np.int32(dark[r, left]) * (256 - way) + np.int32(dark[r, right]) * way
            spread[r * wide + c] = told
            some[r] |= told > 0
    one, two, level = first.reshape(-1), second.reshape(-1), np.uint8(black)
    for r in range(max(0, -y), min(-(-rows * grain // step), height - y)):
        before, part = _between(r, rows, grain, step)
        after = min(before + 1, rows - 1)
        if some[before] or some[after]:
            place, high, low = (
                np.uintp((r + y) * width + begin + x),
                np.uintp(before * wide),
                np.uintp(after * wide),
            )
            share_high, share_low = np.uint32(256 - part), np.uint32(part)
            for k in range(np.uintp(wide)):
                over = np.uint32(spread[high + k] * share_high + spread[low + k] * share_low) >> np.uint32(16)
                opaque = np.uint16((over * np.uint32(share) + np.uint32(128)) >> np.uint32(8))
                one[place + k] = _mixed(one[place + k], level, opaque)
                if both:
                    two[place + k] = _mixed(two[place + k], level, opaque)


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

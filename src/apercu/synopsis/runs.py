"""Parts of pictures as runs of pixels, and the loops that make them and lay them over a picture in planes.

Most of what surrounds an object is nothing, and most of the object hides everything: a run is either of whole
pixels, whose levels are all there is to keep, or of soft ones, with their opacity. So a part takes about as
much room as a JPEG of it, nothing is lost, and laying it touches no pixel that it does not change.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apercu.footage import Planes
from apercu.footage.planes import BLACK, NEUTRAL, halved
from apercu.synopsis.compiled import compiled

Picture = NDArray[np.uint8]
_NOTHING, _ALL = 6, 250
"""Opacities that are as good as none, and as good as whole: nobody sees the difference."""
_BITS = 16
_ROUND = 1 << 15
_HEAD = struct.Struct("<II")


@dataclass(frozen=True, slots=True)
class Runs:
    """A part of a picture in planes.

    Attributes:
        luma, chroma: int16 (n, 4), row, column, length and whether it is soft, of each run: of pixels, and of
            samples of half their width and height; rows and columns count from the part's corner.
        levels: uint8 (k,), one run after the other: its luma, and if it is soft its opacity; then for chroma
            likewise blue, red and opacity.
    """

    luma: NDArray[np.int16]
    chroma: NDArray[np.int16]
    levels: Picture

    def __post_init__(self) -> None:
        """Make it what it is when it comes back from disk: loops are compiled for such arrays once."""
        for part in (self.luma, self.chroma, self.levels):
            part.setflags(write=False)

    @classmethod
    def of(cls, planes: tuple[Picture, Picture, Picture], opacity: Picture) -> Runs:
        """Return a part of luma, uint8 (h, w), and chromas (h / 2, w / 2) of even sides, as opaque as told.

        Args:
            planes: luma, blue, red.
            opacity: uint8 (h, w).
        """
        half = halved(opacity)
        luma, levels = _runs(opacity, planes[0], planes[0], False)
        chroma, rest = _runs(half, planes[1], planes[2], True)
        return cls(luma, chroma, np.concatenate([levels, rest]))

    @classmethod
    def of_bgr(cls, bgr: Picture, opacity: Picture, matrix: NDArray[np.float32]) -> Runs:
        """Return a part of a picture in colour, uint8 (h, w, 3), with its own opacity (h, w).

        Args:
            bgr, opacity: of any sides.
            matrix: float32 (3, 4), from blue, green, red, 1 to luma and chromas.
        """
        return cls(*_of_bgr(bgr, opacity, np.round(matrix * (1 << _BITS)).astype(np.int32)))

    def packed(self) -> bytes:
        """Return it as bytes for ``unpacked``."""
        head = _HEAD.pack(len(self.luma), len(self.chroma))
        return b"".join([head, self.luma.tobytes(), self.chroma.tobytes(), self.levels.tobytes()])

    @classmethod
    def unpacked(cls, data: Picture) -> Runs:
        """Return what was packed into bytes, uint8 (n,)."""
        luma, chroma = (8 * count for count in _HEAD.unpack(data[: _HEAD.size].tobytes()))
        body = data[_HEAD.size :]
        ends = body[:luma].view(np.int16), body[luma : luma + chroma].view(np.int16)
        return cls(ends[0].reshape(-1, 4), ends[1].reshape(-1, 4), body[luma + chroma :])

    def lay(self, picture: Planes, x: int, y: int, presence: float = 1.0) -> None:
        """Lay the part over a picture, cut to it.

        Args:
            picture: drawn on.
            x, y: where its left top corner lies, even; it may be outside.
            presence: how opaque it is, 0 to 1.
        """
        share = round(256 * min(max(presence, 0.0), 1.0))
        used = _lay(picture.y, picture.y, self.luma, self.levels, x, y, share, False)
        _lay(picture.u, picture.v, self.chroma, self.levels[used:], x // 2, y // 2, share, True)


def shade(picture: Planes, x: int, y: int, dark: Picture, grain: int, presence: float = 1.0) -> None:
    """Darken a picture by what is told on cells, softly between them.

    Args:
        picture: drawn on.
        x, y: where the left top corner of the cells lies, even; it may be outside.
        dark: uint8 (rows, columns), 255 is black.
        grain: side of a cell, pixels.
        presence: how much, 0 to 1.
    """
    share = round(256 * min(max(presence, 0.0), 1.0))
    _darken(picture.y, dark, x, y, grain, 1, BLACK, share)
    _darken(picture.u, dark, x // 2, y // 2, grain, 2, NEUTRAL, share)
    _darken(picture.v, dark, x // 2, y // 2, grain, 2, NEUTRAL, share)


@compiled
def _runs(opacity: Picture, first: Picture, second: Picture, both: bool) -> tuple[NDArray[np.int16], Picture]:
    """Return the runs of one plane, or of two that share their opacity, and their levels."""
    height, width = opacity.shape
    runs = np.empty((height * width // 2 + height + 1, 4), np.int16)
    levels = np.empty(height * width * 3, np.uint8)
    count = at = 0
    for r in range(height):
        c = 0
        while c < width:
            if opacity[r, c] < _NOTHING:
                c += 1
                continue
            begin, whole = c, opacity[r, c] >= _ALL
            while c < width and opacity[r, c] >= _NOTHING and (opacity[r, c] >= _ALL) == whole:
                levels[at + c - begin] = first[r, c]
                c += 1
            at += c - begin
            if both:
                for k in range(begin, c):
                    levels[at + k - begin] = second[r, k]
                at += c - begin
            if not whole:
                for k in range(begin, c):
                    levels[at + k - begin] = opacity[r, k]
                at += c - begin
            if count == len(runs):
                grown = np.empty((2 * count, 4), np.int16)
                grown[:count] = runs
                runs = grown
            runs[count, 0], runs[count, 1] = r, begin
            runs[count, 2], runs[count, 3] = c - begin, not whole
            count += 1
    return runs[:count].copy(), levels[:at].copy()


@compiled
def _of_bgr(
    bgr: Picture, opacity: Picture, matrix: NDArray[np.int32]
) -> tuple[NDArray[np.int16], NDArray[np.int16], Picture]:
    """Return the runs of luma and of chroma of a picture in colour, and their levels, all in one go."""
    height, width = opacity.shape
    high, wide = (height + 1) // 2, (width + 1) // 2
    half = np.zeros((high, wide), np.int32)
    runs = np.empty((height * (width // 2 + 1), 4), np.int16)
    levels = np.empty(2 * height * width + 3 * high * wide, np.uint8)
    count = at = 0
    for r in range(height):
        c = 0
        while c < width:
            level = opacity[r, c]
            half[r >> 1, c >> 1] += level
            if level < _NOTHING:
                c += 1
                continue
            begin, whole = c, level >= _ALL
            while True:
                mixed = (
                    matrix[0, 0] * bgr[r, c, 0] + matrix[0, 1] * bgr[r, c, 1] + matrix[0, 2] * bgr[r, c, 2]
                )
                levels[at] = (mixed + matrix[0, 3] + _ROUND) >> _BITS
                at += 1
                c += 1
                if c == width or opacity[r, c] < _NOTHING or (opacity[r, c] >= _ALL) != whole:
                    break
                half[r >> 1, c >> 1] += opacity[r, c]
            if not whole:
                for k in range(begin, c):
                    levels[at + k - begin] = opacity[r, k]
                at += c - begin
            runs[count, 0], runs[count, 1], runs[count, 2], runs[count, 3] = r, begin, c - begin, not whole
            count += 1
    luma = runs[:count].copy()
    count = 0
    for r in range(high):
        up, down = 2 * r, min(2 * r + 1, height - 1)
        c = 0
        while c < wide:
            if half[r, c] < 4 * _NOTHING:
                c += 1
                continue
            begin, whole = c, half[r, c] >= 4 * _ALL
            while c < wide and half[r, c] >= 4 * _NOTHING and (half[r, c] >= 4 * _ALL) == whole:
                c += 1
            length = c - begin
            for k in range(length):
                left, right = 2 * (begin + k), min(2 * (begin + k) + 1, width - 1)
                u = v = np.int32(0)
                for n in range(3):
                    total = np.int32(bgr[up, left, n]) + bgr[up, right, n]
                    total += np.int32(bgr[down, left, n]) + bgr[down, right, n]
                    u += matrix[1, n] * total
                    v += matrix[2, n] * total
                levels[at + k] = (u + 4 * (matrix[1, 3] + _ROUND)) >> _BITS + 2
                levels[at + length + k] = (v + 4 * (matrix[2, 3] + _ROUND)) >> _BITS + 2
                if not whole:
                    levels[at + 2 * length + k] = (half[r, begin + k] + 2) >> 2
            at += 2 * length if whole else 3 * length
            runs[count, 0], runs[count, 1], runs[count, 2], runs[count, 3] = r, begin, length, not whole
            count += 1
    return luma, runs[:count].copy(), levels[:at].copy()


@compiled
def _lay(
    first: Picture,
    second: Picture,
    runs: NDArray[np.int16],
    levels: Picture,
    x: int,
    y: int,
    share: int,
    both: bool,
) -> int:
    """Lay runs over one plane, or over two; return how many levels they have."""
    height, width = first.shape
    at = 0
    for n in range(len(runs)):
        row, column = int(runs[n, 0]) + y, int(runs[n, 1]) + x
        length, soft = int(runs[n, 2]), runs[n, 3] != 0
        begin, end = max(0, -column), min(length, width - column)
        other = at + length
        opaque = other + length if both else other
        if 0 <= row < height and begin < end:
            if soft:
                for k in range(begin, end):
                    over = (np.int32(levels[opaque + k]) * share + 128) >> 8
                    _mix(first, row, column + k, levels[at + k], over)
                    if both:
                        _mix(second, row, column + k, levels[other + k], over)
            elif share == 256:
                for k in range(begin, end):
                    first[row, column + k] = levels[at + k]
                if both:
                    for k in range(begin, end):
                        second[row, column + k] = levels[other + k]
            else:
                over = (np.int32(255) * share + 128) >> 8
                for k in range(begin, end):
                    _mix(first, row, column + k, levels[at + k], over)
                    if both:
                        _mix(second, row, column + k, levels[other + k], over)
        at = opaque + length if soft else opaque
    return at


@compiled
def _mix(plane: Picture, row: int, column: int, level: int, over: int) -> None:
    """Lay one level over another, ``over`` of 255."""
    mixed = np.int32(level) * over + np.int32(plane[row, column]) * (255 - over) + 128
    plane[row, column] = (mixed + (mixed >> 8)) >> 8  # divided by 255, rounded


@compiled
def _darken(
    plane: Picture, dark: Picture, x: int, y: int, grain: int, step: int, black: int, share: int
) -> None:
    """Blend a plane with one level; its samples are ``step`` pixels apart."""
    rows, columns = dark.shape
    height, width = plane.shape
    first, last = max(0, -x), min(-(-columns * grain // step), width - x)
    places = np.empty((max(last, 0), 2), np.int32)
    for c in range(first, last):
        places[c] = _between(c, columns, grain, step)
    line = np.empty(columns + 1, np.int32)
    for r in range(max(0, -y), min(-(-rows * grain // step), height - y)):
        above, part = _between(r, rows, grain, step)
        below, most = min(above + 1, rows - 1), np.int32(0)
        for k in range(columns):
            line[k] = np.int32(dark[above, k]) * (256 - part) + np.int32(dark[below, k]) * part
            most = max(most, line[k])
        line[columns] = line[columns - 1]
        if most == 0:
            continue
        for c in range(first, last):
            left, way = places[c]
            over = (line[left] * (256 - way) + line[left + 1] * way) >> 16
            if over:
                _mix(plane, r + y, c + x, black, (over * share + 128) >> 8)


@compiled
def _between(place: int, cells: int, grain: int, step: int) -> tuple[int, int]:
    """Return the cell whose middle lies before that of a sample, and how far behind it that is, of 256."""
    at = min(max(((2 * place + 1) * step - grain) * 128 // grain, 0), (cells - 1) * 256)
    return at >> 8, at & 255

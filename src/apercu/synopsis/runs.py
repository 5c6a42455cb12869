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
from apercu.footage.planes import BLACK, NEUTRAL, Triple
from apercu.synopsis.compiled import compiled

Picture = NDArray[np.uint8]
_NOTHING, _ALL = 6, 250
"""Opacities that are as good as none, and as good as whole: nobody sees the difference."""
_HEAD = struct.Struct("<II")
_WHOLLY = np.full(1 << 15, 255, np.uint8)
"""Opacities of what is whole, of any length that a run can have."""


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
    def of(cls, planes: Triple, opacity: Picture) -> Runs:
        """Return a part of a picture, as opaque as told.

        Args:
            planes: luma, uint8 (h, w) of even sides, and chromas (h / 2, w / 2).
            opacity: uint8 (h, w).
        """
        return cls(*runs_of(planes, opacity))

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
def runs_of(planes: Triple, opacity: Picture) -> tuple[NDArray[np.int16], NDArray[np.int16], Picture]:
    """Return ``luma``, ``chroma`` and ``levels`` of ``Runs``; see ``Runs.of``."""
    first, blue, red = planes
    height, width = opacity.shape
    # Soft and whole may take turns at every pixel.
    runs, chroma = np.empty((height * width, 4), np.int16), np.empty((blue.size, 4), np.int16)
    levels, half = np.empty(2 * height * width + 3 * blue.size, np.uint8), np.empty(width // 2, np.uint8)
    count = number = at = 0
    for r in range(height):
        count, at = _cut(r, opacity[r], first[r], first[r], False, runs, count, levels, at)
    for r in range(height // 2):
        _quarter(opacity[2 * r], opacity[2 * r + 1], half)
        number, at = _cut(r, half, blue[r], red[r], True, chroma, number, levels, at)
    return runs[:count].copy(), chroma[:number].copy(), levels[:at].copy()


@compiled
def _quarter(up: Picture, down: Picture, half: Picture) -> None:
    """Average the opacities of two rows by twos."""
    for c in range(len(half)):
        half[c] = (np.int32(up[2 * c]) + up[2 * c + 1] + down[2 * c] + down[2 * c + 1] + 2) >> 2


@compiled
def _cut(
    row: int,
    opacity: Picture,
    first: Picture,
    second: Picture,
    both: bool,
    runs: NDArray[np.int16],
    count: int,
    levels: Picture,
    at: int,
) -> tuple[int, int]:
    """Note the runs of a row and their levels; return how many there are of each by now."""
    c, end = np.uintp(0), np.uintp(len(opacity))  # never negative, see ``_copy``
    while c < end:
        level = opacity[c]
        start, whole = c, level >= _ALL
        c += np.uintp(1)
        if level < _NOTHING:
            continue
        if whole:
            while c < end and opacity[c] >= _ALL:
                c += np.uintp(1)
        else:
            while c < end and _NOTHING <= opacity[c] < _ALL:
                c += np.uintp(1)
        length = int(c - start)
        _copy(first, start, levels, at, length)
        at += length
        if both:
            _copy(second, start, levels, at, length)
            at += length
        if not whole:
            _copy(opacity, start, levels, at, length)
            at += length
        runs[count, 0], runs[count, 1], runs[count, 2], runs[count, 3] = row, start, length, not whole
        count += 1
    return count, at


@compiled
def _copy(levels: Picture, begin: int, to: Picture, at: int, length: int) -> None:
    """Copy levels from one place to another; for few of them an assignment of slices takes longer."""
    start, place = np.uintp(begin), np.uintp(at)  # never negative: no index is taken to count from the end
    for k in range(np.uintp(length)):
        to[place + k] = levels[start + k]


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
    one, two = first.reshape(-1), second.reshape(-1)
    at = 0
    for n in range(len(runs)):
        row, column = int(runs[n, 0]) + y, int(runs[n, 1]) + x
        length, soft = int(runs[n, 2]), runs[n, 3] != 0
        begin, end = max(0, -column), min(length, width - column)
        other = at + length
        opaque = other + length if both else other
        if 0 <= row < height and begin < end:
            place, count = row * width + column + begin, end - begin
            if share == 256 and not soft:
                _copy(levels, at + begin, one, place, count)
                if both:
                    _copy(levels, other + begin, two, place, count)
            else:
                over, start = (levels, opaque + begin) if soft else (_WHOLLY, 0)
                _mix(one, place, levels, at + begin, over, start, share, count)
                if both:
                    _mix(two, place, levels, other + begin, over, start, share, count)
        at = opaque + length if soft else opaque
    return at


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
    plane: Picture, dark: Picture, x: int, y: int, grain: int, step: int, black: int, share: int
) -> None:
    """Blend a plane with one level; its samples are ``step`` pixels apart."""
    rows, columns = dark.shape
    height, width = plane.shape
    first, last = max(0, -x), min(-(-columns * grain // step), width - x)
    if first >= last:
        return
    # Each row of cells is spread over the samples once, and then only mixed with the next.
    spread = np.zeros((rows, last - first), np.uint16)
    some = np.zeros(rows, np.bool_)
    for c in range(first, last):
        left, way = _between(c, columns, grain, step)
        right = min(left + 1, columns - 1)
        for r in range(rows):
            spread[r, c - first] = np.int32(dark[r, left]) * (256 - way) + np.int32(dark[r, right]) * way
    for r in range(rows):
        some[r] = spread[r].max() > 0
    samples, above = plane.reshape(-1), np.full(last - first, black, np.uint8)
    over = np.empty(last - first, np.uint8)
    for r in range(max(0, -y), min(-(-rows * grain // step), height - y)):
        before, part = _between(r, rows, grain, step)
        after = min(before + 1, rows - 1)
        if some[before] or some[after]:
            one, two = spread[before], spread[after]
            for k in range(len(over)):
                over[k] = (
                    np.uint32(one[k]) * np.uint32(256 - part) + np.uint32(two[k]) * np.uint32(part)
                ) >> 16
            _mix(samples, (r + y) * width + first + x, above, 0, over, 0, share, last - first)


@compiled
def _between(place: int, cells: int, grain: int, step: int) -> tuple[int, int]:
    """Return the cell whose middle lies before that of a sample, and how far behind it that is, of 256."""
    at = min(max(((2 * place + 1) * step - grain) * 128 // grain, 0), (cells - 1) * 256)
    return at >> 8, at & 255

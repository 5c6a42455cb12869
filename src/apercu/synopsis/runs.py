"""Parts of pictures as runs of pixels.

Most of what surrounds an object is nothing, and most of the object hides everything: a run is either of whole
pixels, whose levels are all there is to keep, or of soft ones, with their opacity. So a part takes about as
much room as a JPEG of it, and nothing is lost.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apercu.footage.planes import Triple
from apercu.synopsis.compiled import compiled

Picture = NDArray[np.uint8]
LINE = 4
"""Bytes of one number: their count is a multiple of that, so that they can lie one after the other."""
_NOTHING, _ALL = 6, 250
"""Opacities that are as good as none, and as good as whole: nobody sees the difference."""


@compiled
def runs_of(before: Picture, planes: Triple, opacity: Picture) -> Picture:
    """Return a part of a picture, as opaque as told, as runs.

    Args:
        before: uint8 (m,), what they follow; of even length.
        planes: luma, uint8 (h, w) of even sides, and chromas (h / 2, w / 2).
        opacity: uint8 (h, w).

    Returns:
        Bytes, uint8 (n,): what they follow, the runs of luma, those of chroma. Each begins with its length,
        below 0 where it is soft, its row and its column, int16, counted in samples from the part's corner.
        Its levels follow, if it is soft its opacities, of chroma likewise blue, red and opacities; then one
        byte more where that makes their number even. A length of 0 comes after the last run, and zeros up to
        a multiple of ``LINE``.
    """
    luma, blue, red = planes
    # Soft and whole may take turns at every pixel.
    data = np.empty(before.size + 8 * luma.size + 10 * blue.size + 4 + LINE, np.uint8)
    for i in range(before.size):  # by slices it takes three seconds more to compile
        data[i] = before[i]
    at = _cut(opacity, luma, luma, False, data, before.size)
    at = _cut(_quarter(opacity), blue, red, True, data, at)
    end = -(-at // LINE) * LINE
    for i in range(at, end):
        data[i] = 0
    return data[:end]


@compiled
def _quarter(opacity: Picture) -> Picture:
    """Average opacities by four."""
    height, width = opacity.shape[0] // 2, opacity.shape[1] // 2
    quarter, whole = np.empty((height, width), np.uint8), opacity.reshape(-1)
    one, to = np.uintp(1), quarter.reshape(-1)
    for r in range(height):
        row, at = np.uintp(r * width), np.uintp(4 * r * width)
        below = at + np.uintp(2 * width)
        for c in range(np.uintp(width)):
            two = c << one
            upper = np.uint16(whole[at + two]) + np.uint16(whole[at + two + one])
            lower = np.uint16(whole[below + two]) + np.uint16(whole[below + two + one])
            to[row + c] = np.uint16(upper + lower + 2) >> 2
    return quarter


@compiled
def _cut(opacity: Picture, first: Picture, second: Picture, both: bool, data: Picture, begin: int) -> int:
    """Write the runs of one plane or of two, and what ends them; return where that ends."""
    height, width = opacity.shape
    # No slices, each of which takes longer than a run, and no index that can be negative.
    over, one, two, words = opacity.reshape(-1), first.reshape(-1), second.reshape(-1), data.view(np.int16)
    at, step, row = np.uintp(begin), np.uintp(1), np.uintp(0)
    for r in range(height):
        c, end = row, row + np.uintp(width)
        while c < end:
            start, whole = c, over[c] >= _ALL
            if over[c] < _NOTHING:
                c += step
                continue
            if whole:
                while c < end and over[c] >= _ALL:
                    c += step
            else:
                while c < end and _NOTHING <= over[c] < _ALL:
                    c += step
            length, head = c - start, at >> step
            words[head] = np.int16(length) if whole else -np.int16(length)
            words[head + step], words[head + step + step] = r, start - row
            at += np.uintp(6)
            for k in range(length):
                data[at + k] = one[start + k]
            at += length
            if both:
                for k in range(length):
                    data[at + k] = two[start + k]
                at += length
            if not whole:
                for k in range(length):
                    data[at + k] = over[start + k]
                at += length
            if at & step:
                data[at] = 0
                at += step
        row = end
    words[at >> step] = 0
    return int(at) + 2

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
_NOTHING, _ALL = 6, 250
"""Opacities that are as good as none, and as good as whole: nobody sees the difference."""


@compiled
def runs_of(planes: Triple, opacity: Picture) -> Picture:
    """Return a part of a picture, as opaque as told, as runs.

    Args:
        planes: luma, uint8 (h, w) of even sides, and chromas (h / 2, w / 2).
        opacity: uint8 (h, w).

    Returns:
        Bytes, uint8 (n,): the runs of luma, those of chroma. Each begins with its length, below 0 where it is
        soft, its row and its column, int16, counted in samples from the part's corner. Its levels follow, if
        it is soft its opacities, of chroma likewise blue, red and opacities; then one byte more where that
        makes their number even. A length of 0 comes after the last run.
    """
    first, blue, red = planes
    height, width = opacity.shape
    # Soft and whole may take turns at every pixel.
    data, half = np.empty(8 * first.size + 10 * blue.size + 4, np.uint8), np.empty(width // 2, np.uint8)
    words = data.view(np.int16)
    at = 0
    for r in range(height):
        at = _cut(r, opacity[r], first[r], first[r], False, data, words, at)
    words[at >> 1] = 0
    at += 2
    for r in range(height // 2):
        _quarter(opacity[2 * r], opacity[2 * r + 1], half)
        at = _cut(r, half, blue[r], red[r], True, data, words, at)
    words[at >> 1] = 0
    return data[: at + 2].copy()


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
    data: Picture,
    words: NDArray[np.int16],
    at: int,
) -> int:
    """Write the runs of a row; return where they end."""
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
        head = at >> 1
        words[head], words[head + 1], words[head + 2] = length if whole else -length, row, start
        at += 6
        _copy(first, start, data, at, length)
        at += length
        if both:
            _copy(second, start, data, at, length)
            at += length
        if not whole:
            _copy(opacity, start, data, at, length)
            at += length
        if at % 2:
            data[at] = 0
            at += 1
    return at


@compiled
def _copy(levels: Picture, begin: int, to: Picture, at: int, length: int) -> None:
    """Copy levels from one place to another; for few of them an assignment of slices takes longer."""
    start, place = np.uintp(begin), np.uintp(at)  # never negative: no index is taken to count from the end
    for k in range(np.uintp(length)):
        to[place + k] = levels[start + k]

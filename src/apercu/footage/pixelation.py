"""Making people unrecognisable in a picture, so that nothing can bring them back.

A blur can be undone in part; a mosaic of a few large blocks, each shifted by noise that nobody keeps and
rounded to few levels, cannot. Over a video more could be had back, since every picture is another sample:
averaged, the noise would go, and blocks that slide over someone's head would show what lies between them.
So the noise of a block stays the same from picture to picture, blocks travel with whom they cover (always
the same block over the same part), and a block changes its colour only when it must, which also keeps it
from flickering. What remains is told in the documents: where someone was, when, how tall, in roughly which
colours, and how they moved.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Levels = NDArray[np.int16]
Region = tuple[int, int, int, int]
Point = tuple[int, int]

_ROWS = 9
_LEAST_BLOCK = 6
_NOISE, _TINT = 14, 5
_STEP = 32
"""Grey levels between two colours of a block: eight are left of 256."""
_HOLD = 8
"""So far beyond its own levels a colour may go before the block changes."""
_PATTERN = 32
_NEVER = -1000
"""Stands for no colour yet: none is near it."""
_TOUCHED = 0.1


class Mosaic:
    """Pixelates one person, or whatever may be one, throughout a video.

    It remembers the colours of its blocks: use one for each person and each video, in order of time.

    Args:
        size_px: longer side of their box: about nine blocks cover it, and one the head.

    Attributes:
        block: side of a block, pixels.
        noise, held: int16 (n, 3), of each block of a pattern that is repeated: what is added to it, and the
            colour that it has; see ``cell_of`` and ``settled``.
    """

    def __init__(self, size_px: float) -> None:
        self.block = max(_LEAST_BLOCK, round(size_px / _ROWS))
        # From the machine's entropy, on purpose: nobody can make the same noise again and subtract it.
        generator, shape = np.random.default_rng(), (_PATTERN, _PATTERN)
        grey = generator.integers(-_NOISE, _NOISE + 1, (*shape, 1))
        tint = generator.integers(-_TINT, _TINT + 1, (*shape, 3))
        self.noise = (grey + tint).astype(np.int16).reshape(-1, 3)
        self.held = np.full((_PATTERN**2, 3), _NEVER, np.int16)

    def cover(self, picture: Picture, anchor: Point = (0, 0)) -> Picture:
        """Return a picture, uint8 (h, w, 3), as a mosaic of the same size.

        Args:
            picture: cut out on whole blocks (see ``whole``) where possible: blocks cut at its edges mix less.
            anchor: a corner of blocks, x and y from the picture's corner; it may lie outside. It must move as
                the person does.
        """
        return self._enlarged(self.colours(picture, anchor), picture, anchor)

    def colours(self, picture: Picture, anchor: Point = (0, 0)) -> Picture:
        """Return the colour of every block that lies over a picture, uint8 (rows, columns, 3).

        Args:
            picture, anchor: as for ``cover``; it is remembered likewise.
        """
        left, top, columns, rows = self._lattice(picture, anchor)
        small = self._reduced(picture, anchor)
        row, column = -((top + anchor[1]) // self.block), -((left + anchor[0]) // self.block)
        down, across = np.mgrid[row : row + rows, column : column + columns].reshape(2, -1)
        cells = cell_of(down, across)
        self.held[cells] = settled(self.noise[cells], self.held[cells], small.reshape(-1, 3))
        return self.held[cells].astype(np.uint8).reshape(small.shape)

    def touched(self, mask: NDArray[np.bool_], anchor: Point = (0, 0)) -> NDArray[np.bool_]:
        """Return which blocks a mask (h, w) touches, bool (rows, columns): fine outlines tell of people."""
        share = self._reduced(mask.view(np.uint8) * np.uint8(255), anchor)
        # What is smaller than its block must not vanish.
        least = min(_TOUCHED * 255, float(share.max(initial=0)) / 2)
        return np.asarray(share > least)

    def whole(self, region: Region, anchor: Point) -> Region:
        """Return a region x1 y1 x2 y2 grown to whole blocks; it may reach out of the picture."""
        (x1, y1, x2, y2), block, (ax, ay) = region, self.block, anchor
        return (
            x1 - (x1 - ax) % block,
            y1 - (y1 - ay) % block,
            x2 + (ax - x2) % block,
            y2 + (ay - y2) % block,
        )

    def _lattice(self, picture: NDArray[np.generic], anchor: Point) -> tuple[int, int, int, int]:
        """Return the pixels missing left and above to whole blocks, and the columns and rows of blocks."""
        height, width = picture.shape[:2]
        left, top = -anchor[0] % self.block, -anchor[1] % self.block
        return left, top, -(-(left + width) // self.block), -(-(top + height) // self.block)

    def _reduced(self, picture: Picture, anchor: Point) -> Picture:
        """Return the mean of every block, uint8 (rows, columns, ...)."""
        left, top, columns, rows = self._lattice(picture, anchor)
        width, height = columns * self.block, rows * self.block
        right, bottom = width - left - picture.shape[1], height - top - picture.shape[0]
        full = cv2.copyMakeBorder(picture, top, bottom, left, right, cv2.BORDER_REPLICATE)
        return np.asarray(cv2.resize(full, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)

    def _enlarged(self, small: Picture, picture: NDArray[np.generic], anchor: Point) -> Picture:
        """Return blocks as large as the picture that they cover."""
        left, top, columns, rows = self._lattice(picture, anchor)
        size = (columns * self.block, rows * self.block)
        large = cv2.resize(small, size, interpolation=cv2.INTER_NEAREST)
        height, width = picture.shape[:2]
        return np.ascontiguousarray(large[top : top + height, left : left + width], np.uint8)


def cell_of(rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return which cells of a mosaic's pattern some blocks have, counted from the anchor; int64, as given.

    This and ``settled`` are written so that they can be compiled as well, for one block at a time.
    """
    return (rows % _PATTERN) * _PATTERN + columns % _PATTERN


def settled(noise: Levels, held: Levels, mean: NDArray[np.uint8]) -> Levels:
    """Return the levels that blocks have, 0 to 255.

    Args:
        noise, held: their noise, and the levels that they had before, of a mosaic.
        mean: 0 to 255, what they cover.
    """
    fresh = np.minimum(np.maximum(noise + mean, 0), 255)
    off = fresh - held
    stays = (off >= -(_STEP // 2 + _HOLD)) & (off < _STEP // 2 + _HOLD)
    return np.where(stays, held, (fresh & -_STEP) | _STEP // 2)


def padded(box: NDArray[np.floating], share: float = 0.15) -> Region:
    """Return a box x1 y1 x2 y2 grown by a share of its longer side, in pixels; it may leave the picture."""
    x1, y1, x2, y2 = (float(side) for side in box)
    grow = share * max(x2 - x1, y2 - y1)
    low, high = np.floor([x1 - grow, y1 - grow]).astype(int), np.ceil([x2 + grow, y2 + grow]).astype(int)
    return (*low.tolist(), *high.tolist())


def clipped(region: Region, width: int, height: int) -> Region | None:
    """Return the part of a region inside a picture; None when there is none."""
    x1, y1, x2, y2 = region
    x1, y1, x2, y2 = max(0, x1), max(0, y1), min(width, x2), min(height, y2)
    return (x1, y1, x2, y2) if x1 < x2 and y1 < y2 else None


def pixelate(picture: Picture, region: Region, mosaic: Mosaic, anchor: Point | None = None) -> None:
    """Pixelate a region of a picture, uint8 (h, w, 3), in place, in whole blocks.

    Args:
        picture: drawn on.
        region: x1 y1 x2 y2 in pixels; more is covered, up to the next edges of blocks.
        mosaic: of the person there.
        anchor: a corner of blocks, in pixels of the picture; the region's own corner when not given.
    """
    anchor = region[:2] if anchor is None else anchor
    part = clipped(mosaic.whole(region, anchor), picture.shape[1], picture.shape[0])
    if part is not None:
        x1, y1, x2, y2 = part
        shown = np.s_[y1:y2, x1:x2]
        picture[shown] = mosaic.cover(picture[shown], (anchor[0] - x1, anchor[1] - y1))

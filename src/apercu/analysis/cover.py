"""Questions about boxes over moving cells, and blobs that are one thing in pieces."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from apercu.analysis.motion import Motion
from apercu.geometry import gaps, near_edges, sides, spanned

Boxes = NDArray[np.floating]


class Cover:
    """How much of any box moves, in constant time, from a summed-area table."""

    def __init__(self, motion: Motion, reduction: int) -> None:
        h, w = motion.mask.shape
        self.width, self.height = w * reduction, h * reduction
        self._reduction = reduction
        self._sums = np.asarray(cv2.integral(motion.mask.view(np.uint8)), np.int32)

    def share(self, boxes: Boxes) -> NDArray[np.float64]:
        """Return the share (n,) of each box (n, 4), in pixels, that moves."""
        h, w = self._sums.shape
        cells = np.clip(np.round(boxes / self._reduction).astype(int), 0, [w - 1, h - 1, w - 1, h - 1])
        x1, y1, x2, y2 = cells.T
        total = self._sums[y2, x2] - self._sums[y1, x2] - self._sums[y2, x1] + self._sums[y1, x1]
        return np.asarray(total / np.maximum((x2 - x1) * (y2 - y1), 1))

    def at_edge(self, boxes: Boxes) -> NDArray[np.bool_]:
        """Return whether each box (n,) touches the edge of the picture."""
        size = self.width, self.height
        return np.asarray(near_edges(boxes, size, 1.5 * self._reduction).any(axis=1))


def buffered(boxes: Boxes, share: float) -> Boxes:
    """Return boxes (n, 4) grown on every side by a share of their own size."""
    size = sides(boxes) * share
    return np.concatenate([boxes[:, :2] - size, boxes[:, 2:] + size], axis=1)


def joined(boxes: Boxes, gap: float, share: float = 0.0) -> Boxes:
    """Return blobs with those close to each other joined: one thing often moves in pieces.

    Args:
        boxes: (n, 4) in pixels.
        gap: pixels between two that are close. share: the same as a share of the larger one's size.
    """
    if len(boxes) < 2:
        return boxes.reshape(-1, 4)
    size = np.sqrt(np.prod(sides(boxes), axis=1))
    reach = np.maximum(gap, share * np.maximum(size[:, None], size[None, :]))
    _, group = connected_components(
        (gaps(boxes[:, None], boxes[None]) < reach[..., None]).all(axis=2), directed=False
    )
    return np.array([spanned(boxes[group == k]) for k in range(group.max() + 1)])

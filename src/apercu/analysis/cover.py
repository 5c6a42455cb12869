"""Questions about boxes over moving cells, and blobs that are one thing in pieces."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.motion import Motion

Boxes = NDArray[np.floating]


class Cover:
    """How much of any box moves, in constant time, from a summed-area table."""

    def __init__(self, motion: Motion, reduction: int) -> None:
        h, w = motion.mask.shape
        self.width, self.height = w * reduction, h * reduction
        self._reduction = reduction
        self._sums = np.zeros((h + 1, w + 1), np.int32)
        np.cumsum(np.cumsum(motion.mask, axis=0, dtype=np.int32), axis=1, out=self._sums[1:, 1:])

    def share(self, boxes: Boxes) -> NDArray[np.float64]:
        """Return the share (n,) of each box (n, 4), in pixels, that moves."""
        h, w = self._sums.shape
        cells = np.clip(np.round(boxes / self._reduction).astype(int), 0, [w - 1, h - 1, w - 1, h - 1])
        x1, y1, x2, y2 = cells.T
        total = self._sums[y2, x2] - self._sums[y1, x2] - self._sums[y2, x1] + self._sums[y1, x1]
        return np.asarray(total / np.maximum((x2 - x1) * (y2 - y1), 1))


def buffered(boxes: Boxes, share: float) -> Boxes:
    """Return boxes (n, 4) grown on every side by a share of their own size."""
    size = (boxes[:, 2:] - boxes[:, :2]) * share
    return np.concatenate([boxes[:, :2] - size, boxes[:, 2:] + size], axis=1)


def joined(boxes: Boxes, gap: float) -> Boxes:
    """Return blobs with those closer than ``gap`` pixels joined once: one thing often moves in pieces."""
    rest = [*boxes]
    done: list[Boxes] = []
    while rest:
        box = rest.pop()
        if rest:
            stack = np.array(rest)
            near = ((stack[:, :2] - gap < box[2:]) & (stack[:, 2:] + gap > box[:2])).all(axis=1)
            if near.any():
                parts = np.concatenate([box[None], stack[near]])
                rest = [other for other, close in zip(rest, near, strict=True) if not close]
                box = np.concatenate([parts[:, :2].min(axis=0), parts[:, 2:].max(axis=0)])
        done.append(box)
    return np.array(done).reshape(-1, 4)

"""What colours a thing shows, as a small histogram, to tell two that cross apart.

A palette lives in the tracker's memory while its track does; it is never stored, never compared between
recordings, and says nothing that the picture of a coat or a car does not say.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_BINS = (6, 5, 5)
BINS = 2 * int(np.prod(_BINS))
_WIDTH, _HEIGHT = 12, 24


def palettes(image: NDArray[np.uint8], boxes: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return palettes of boxes, float32 (n, BINS): upper and lower half side by side, each summing to 1/2.

    Args:
        image: BGR uint8 (H, W, 3).
        boxes: float (n, 4), x1 y1 x2 y2 in pixels of ``image``.
    """
    h, w = image.shape[:2]
    found = np.zeros((len(boxes), BINS), np.float32)
    if len(boxes) == 0:
        return found
    size = boxes[:, 2:] - boxes[:, :2]
    # The middle of the box: its corners show the ground.
    inner = np.concatenate([boxes[:, :2] + size * [0.2, 0.08], boxes[:, 2:] - size * [0.2, 0.08]], axis=1)
    spans = np.clip(np.round(inner).astype(int), 0, [w - 1, h - 1, w, h])
    spans[:, 2:] = np.maximum(spans[:, 2:], spans[:, :2] + 1)
    cuts = np.stack(
        [
            cv2.resize(image[y1:y2, x1:x2], (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA)
            for x1, y1, x2, y2 in spans
        ]
    )
    lab = (
        cv2.cvtColor(cuts.reshape(-1, _WIDTH, 3), cv2.COLOR_BGR2LAB)
        .reshape(len(boxes), -1, 3)
        .astype(np.float32)
    )
    lightness = np.clip(lab[..., 0] * (_BINS[0] / 256), 0, _BINS[0] - 1e-3).astype(int)
    # Real colours crowd around grey: the two colour axes are stretched about their middle.
    colour = np.clip((lab[..., 1:] - 128) / 12 + _BINS[1] / 2, 0, _BINS[1] - 1e-3).astype(int)
    codes = (lightness * _BINS[1] + colour[..., 0]) * _BINS[2] + colour[..., 1]
    half = np.arange(_WIDTH * _HEIGHT) >= _WIDTH * _HEIGHT // 2
    codes = codes + half[None, :] * (BINS // 2) + np.arange(len(boxes))[:, None] * BINS
    counts = np.bincount(codes.ravel(), minlength=len(boxes) * BINS).reshape(len(boxes), BINS)
    return (counts / (_WIDTH * _HEIGHT)).astype(np.float32)


def likeness(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the Bhattacharyya coefficient (n, m) of palettes a (n, BINS) and b (m, BINS): 1 for the same."""
    return np.asarray(np.sqrt(a) @ np.sqrt(b).T, np.float32)

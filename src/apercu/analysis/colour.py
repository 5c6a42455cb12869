"""Which named colours a thing has, from the pixels under its mask; silent in the dark and in infrared.

Eleven names, decided in HSV with fixed bounds. Nothing is guessed: pictures without colour (infrared, night)
and things too dark to tell give no name at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

COLOURS = ("black", "white", "grey", "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown")

_LEAST_SHARE = 0.15
_LEAST_PIXELS = 40
_LEAST_CHROMA = 6.0
_LEAST_LIGHT = 28.0


@dataclass(slots=True)
class ColourTally:
    """Counts of named pixels of one track, whole, upper half and lower half.

    Attributes:
        counts: float64 (3, colours).
    """

    counts: NDArray[np.float64] = field(default_factory=lambda: np.zeros((3, len(COLOURS))))
    samples: int = 0

    def add(self, image: NDArray[np.uint8], mask: NDArray[np.bool_]) -> None:
        """Count the pixels of ``image`` (BGR uint8 (h, w, 3)) where ``mask`` (h, w) is true."""
        if mask.sum() < _LEAST_PIXELS or float(image[mask].mean()) < _LEAST_LIGHT:
            return
        names = _table()[_code(image)]
        half = image.shape[0] // 2
        upper, lower = (names[:half][mask[:half]], names[half:][mask[half:]])
        parts = [np.bincount(part, minlength=len(COLOURS)) for part in (upper, lower)]
        whole = parts[0] + parts[1]
        for row, part in enumerate((whole, *parts)):
            self.counts[row] += part / max(1, part.sum())
        self.samples += 1

    def merge(self, other: ColourTally) -> None:
        """Add the counts of another piece of the same track."""
        self.counts += other.counts
        self.samples += other.samples

    def named(self, row: int = 0) -> tuple[list[str], list[float]]:
        """Return colours and shares, largest first; row 0 is the whole, 1 the upper half, 2 the lower."""
        total = self.counts[row].sum()
        if total == 0:
            return [], []
        shares = self.counts[row] / total
        order = [int(i) for i in np.argsort(-shares, kind="stable") if shares[i] >= _LEAST_SHARE][:3]
        return [COLOURS[i] for i in order], [float(shares[i]) for i in order]


def has_colour(image: NDArray[np.uint8]) -> bool:
    """Return whether a picture (BGR uint8 (h, w, 3)) has any colour: infrared pictures have none."""
    spread = image.max(axis=2).astype(np.int16) - image.min(axis=2)
    return bool(np.percentile(spread, 90) > _LEAST_CHROMA)


def _code(image: NDArray[np.uint8]) -> NDArray[np.uint16]:
    parts = (image >> 3).astype(np.uint16)
    return np.asarray((parts[..., 0] << 10) | (parts[..., 1] << 5) | parts[..., 2], np.uint16)


@cache
def _table() -> NDArray[np.uint8]:
    """Return the colour (index into ``COLOURS``) of each of the 32 x 32 x 32 coarse BGR values."""
    codes = np.arange(32**3, dtype=np.uint32)
    bgr = np.stack([codes >> 10 & 31, codes >> 5 & 31, codes & 31], axis=1).astype(np.uint8) * 8 + 4
    hsv = cv2.cvtColor(bgr[None], cv2.COLOR_BGR2HSV)[0].astype(int)
    hue, saturation, value = hsv[:, 0] * 2, hsv[:, 1], hsv[:, 2]
    dull = (saturation < 45) | ((saturation < 70) & (value < 90))
    warm = (hue < 45) | (hue >= 345)
    rules = [
        (value < 50, "black"),
        (dull & (value > 185), "white"),
        (dull & (value < 62), "black"),
        (dull, "grey"),
        (warm & (hue >= 10) & (hue < 45) & (value < 150), "brown"),
        (((hue >= 320) | (hue < 12)) & (saturation < 130) & (value > 150), "pink"),
        ((hue >= 345) | (hue < 14), "red"),
        (hue < 40, "orange"),
        (hue < 68, "yellow"),
        (hue < 168, "green"),
        (hue < 262, "blue"),
        (hue < 300, "purple"),
        (hue < 345, "pink"),
    ]
    chosen = np.select([rule for rule, _ in rules], [COLOURS.index(name) for _, name in rules])
    return np.asarray(chosen, np.uint8)

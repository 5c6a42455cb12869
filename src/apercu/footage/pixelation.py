"""Making people unrecognisable in a picture, so that nothing can bring them back.

A blur can be undone in part; a mosaic of a few large blocks, each shifted by noise that nobody keeps and rounded
to few levels, cannot. The noise of a block stays the same from picture to picture: averaging a whole video does
not remove it. What remains is told in the documents: where someone was, when, how tall and how they moved.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

_ROWS = 9
_LEAST_BLOCK = 6
_NOISE = 14
_LEVELS = 16
_PATTERN = 32


class Mosaic:
    """Pixelates one person, or whatever may be one, throughout a video.

    Args:
        height_px: how tall they are in the picture: about nine blocks cover them, and one the head.
    """

    def __init__(self, height_px: float) -> None:
        self.block = max(_LEAST_BLOCK, round(height_px / _ROWS))
        # From the machine's entropy, on purpose: nobody can make the same noise again and subtract it.
        self._noise = (
            np.random.default_rng().integers(-_NOISE, _NOISE + 1, (_PATTERN, _PATTERN, 3)).astype(np.int16)
        )

    def cover(self, picture: Picture) -> Picture:
        """Return the picture, uint8 (h, w, 3), as a mosaic of the same size; its corner anchors the blocks."""
        height, width = picture.shape[:2]
        size = (max(1, -(-width // self.block)), max(1, -(-height // self.block)))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.int16)
        rows, columns = np.arange(size[1]) % _PATTERN, np.arange(size[0]) % _PATTERN
        small += self._noise[rows[:, None], columns[None, :]]
        step = 256 // _LEVELS
        coarse = (np.clip(small, 0, 255) // step * step + step // 2).astype(np.uint8)
        large = (size[0] * self.block, size[1] * self.block)
        return np.asarray(
            cv2.resize(coarse, large, interpolation=cv2.INTER_NEAREST)[:height, :width], np.uint8
        )


def padded(
    box: NDArray[np.floating], width: int, height: int, share: float = 0.15
) -> tuple[int, int, int, int]:
    """Return a box x1 y1 x2 y2 grown by a share of its longer side, in whole pixels inside the picture."""
    x1, y1, x2, y2 = (float(side) for side in box)
    grow = share * max(x2 - x1, y2 - y1)
    return (
        int(np.clip(np.floor(x1 - grow), 0, width)),
        int(np.clip(np.floor(y1 - grow), 0, height)),
        int(np.clip(np.ceil(x2 + grow), 0, width)),
        int(np.clip(np.ceil(y2 + grow), 0, height)),
    )

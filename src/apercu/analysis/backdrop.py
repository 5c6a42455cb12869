"""The empty scene in full size and colour, as it looked at one time of day."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.analysis.motion import Mask
from apercu.footage import Frame

_EVERY_S = 1.4
_WEIGHT = 0.2


class Backdrop:
    """Averages pictures where nothing moves; a place seen free for the first time is taken as it is.

    One picture's worth of memory, whatever the length of the recording.
    """

    def __init__(self) -> None:
        self._sum: NDArray[np.float32] | None = None
        self._known: NDArray[np.uint8] | None = None
        self._taken_s = -np.inf

    def update(self, frame: Frame, time_s: float, busy: Mask, near: Mask) -> None:
        """Learn from a picture; most pictures are skipped.

        Args:
            frame: the picture.
            time_s: its timecode, seconds.
            busy: bool (h, w), grid cells where something moves or is tracked: nothing is learned there.
            near: bool (h, w), cells around what is tracked: there, what is known already stays. A box may end
                below the hair of who stands in it, and what stands for long no longer counts as moving.
        """
        if time_s - self._taken_s < _EVERY_S:
            return
        self._taken_s = time_s
        picture = frame.bgr()
        size = (picture.shape[1], picture.shape[0])
        free = _free(busy, size)
        if self._sum is None or self._known is None or self._sum.shape != picture.shape:
            self._sum, self._known = picture.astype(np.float32), free
            return
        fresh = (free & (1 - self._known)).view(np.bool_)
        if fresh.any():
            self._sum[fresh] = picture[fresh]
            self._known |= free
        cv2.accumulateWeighted(picture, self._sum, _WEIGHT, mask=free & _free(near, size))

    @property
    def image(self) -> NDArray[np.uint8] | None:
        """The empty scene so far, BGR uint8 (H, W, 3); None before the first picture."""
        return None if self._sum is None else np.asarray(cv2.convertScaleAbs(self._sum), np.uint8)


def _free(cells: Mask, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return 1 for the pixels of a picture, width and height, that lie two cells or more from ``cells``."""
    grown = cv2.dilate(cells.view(np.uint8), np.ones((5, 5), np.uint8))
    return np.asarray(1 - cv2.resize(grown, size, interpolation=cv2.INTER_NEAREST), np.uint8)

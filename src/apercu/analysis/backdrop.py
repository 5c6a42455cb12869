"""The empty scene in full size and colour, as it looked at one time of day."""

from __future__ import annotations

from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.analysis.motion import Mask
from apercu.footage import Frame

_EVERY_S = 1.4
_WEIGHT = 0.2
_CELLS_AROUND = 2
_SHARE_AROUND = 1 / 8
"""Left out around what is tracked, as a share of its longer side: a box may end below the hair of who stands
in it, and what has stood there for long no longer counts as moving."""


class Backdrop:
    """Averages pictures where nothing moves; a place seen free for the first time is taken as it is.

    One picture's worth of memory, whatever the length of the recording.
    """

    def __init__(self) -> None:
        self._sum: NDArray[np.float32] | None = None
        self._known: NDArray[np.uint8] | None = None
        self._taken_s = -np.inf

    def update(self, frame: Frame, time_s: float, moving: Mask, held: Mask) -> None:
        """Learn from a picture; most pictures are skipped.

        Args:
            frame: the picture.
            time_s: its timecode, seconds.
            moving, held: bool (h, w), cells that move and that tracks stand on: nothing is learned there.
        """
        if time_s - self._taken_s < _EVERY_S:
            return
        self._taken_s = time_s
        picture = frame.bgr()
        side = 2 * _CELLS_AROUND + 1
        grown = cv2.dilate((moving | _with_room(held)).view(np.uint8), np.ones((side, side), np.uint8))
        size = (picture.shape[1], picture.shape[0])
        free = np.asarray(1 - cv2.resize(grown, size, interpolation=cv2.INTER_NEAREST), np.uint8)
        if self._sum is None or self._known is None or self._sum.shape != picture.shape:
            self._sum, self._known = picture.astype(np.float32), free
            return
        fresh = (free & (1 - self._known)).view(np.bool_)
        if fresh.any():
            self._sum[fresh] = picture[fresh]
            self._known |= free
        cv2.accumulateWeighted(picture, self._sum, _WEIGHT, mask=free)

    @property
    def image(self) -> NDArray[np.uint8] | None:
        """The empty scene so far, BGR uint8 (H, W, 3); None before the first picture."""
        return None if self._sum is None else np.asarray(np.clip(np.round(self._sum), 0, 255), np.uint8)


def _with_room(held: Mask) -> Mask:
    """Return the cells held, each connected part of them as its box with room around it."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(held.view(np.uint8), connectivity=8)
    roomy = held.copy()
    for x, y, width, height, _ in stats[1:].tolist():
        room = ceil(_SHARE_AROUND * max(width, height))
        roomy[max(0, y - room) : y + height + room, max(0, x - room) : x + width + room] = True
    return roomy

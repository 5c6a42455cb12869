"""The empty scene behind the tubes, at the time of day of what is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
_STEPS = 48


class Scenery:
    """Backgrounds along a time line, blended between the two nearest; holds two pictures at a time.

    Args:
        times: seconds on the time line, rising.
        load: returns the picture, BGR uint8 (height, width, 3), of one of them.
        width, height: of the output.
    """

    def __init__(
        self, times: Sequence[float], load: Callable[[int], Picture], width: int, height: int
    ) -> None:
        self._times = np.array(times, float)
        self._load = load
        self._size = (width, height)
        self._held: dict[int, Picture] = {}
        self._blended: tuple[tuple[int, int], Picture] | None = None

    def at(self, second: float) -> Picture:
        """Return the empty scene at a time, BGR uint8 (height, width, 3); not to be changed."""
        if len(self._times) == 0:
            return np.full((self._size[1], self._size[0], 3), 96, np.uint8)
        after = int(np.clip(np.searchsorted(self._times, second), 1, max(1, len(self._times) - 1)))
        before = min(after - 1, len(self._times) - 1)
        after = min(after, len(self._times) - 1)
        span = max(float(self._times[after] - self._times[before]), 1e-6)
        # Steps too small to see spare blending every frame anew.
        step = round(float(np.clip((second - self._times[before]) / span, 0, 1)) * _STEPS)
        if self._blended is None or self._blended[0] != (before, step):
            held = self._held
            self._held = {i: held[i] if i in held else self._sized(i) for i in {before, after}}
            mixed = cv2.addWeighted(
                self._held[before], 1 - step / _STEPS, self._held[after], step / _STEPS, 0
            )
            self._blended = ((before, step), np.asarray(mixed, np.uint8))
        return self._blended[1]

    def _sized(self, index: int) -> Picture:
        picture = self._load(index)
        if (picture.shape[1], picture.shape[0]) != self._size:
            picture = np.asarray(cv2.resize(picture, self._size, interpolation=cv2.INTER_AREA), np.uint8)
        return picture

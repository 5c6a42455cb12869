"""The empty scene behind the tubes, at the time of day of what is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.footage import Planes

Picture = NDArray[np.uint8]
_STEPS = 48


class Scenery:
    """Backgrounds along a time line, blended between the two nearest; holds those that are shown.

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
        self._converted: tuple[Picture, Planes] | None = None
        self._blended: tuple[tuple[tuple[int, int], ...], Picture] | None = None

    def at(self, second: float) -> Picture:
        """Return the empty scene at a time, BGR uint8 (height, width, 3); not to be changed."""
        if len(self._times) == 0:
            return np.full((self._size[1], self._size[0], 3), 96, np.uint8)
        return self.mixed(self.weights([second]))

    def weights(self, seconds: Sequence[float]) -> NDArray[np.float64]:
        """Return how much each background (n,) has to do with some times; they add up to 1.

        Every time counts the same: what is shown from morning and from evening gets a mixture of those two,
        not the noon that lies between them.
        """
        times, at = self._times, np.asarray(seconds, float)
        weights = np.zeros(len(times))
        if len(times) and len(at):
            after = np.clip(np.searchsorted(times, at), min(1, len(times) - 1), len(times) - 1)
            before = np.maximum(after - 1, 0)
            way = np.clip((at - times[before]) / np.maximum(times[after] - times[before], 1e-6), 0, 1)
            np.add.at(weights, before, (1 - way) / len(at))
            np.add.at(weights, after, way / len(at))
        return weights

    def mixed(self, weights: NDArray[np.float64]) -> Picture:
        """Return the backgrounds mixed by weights (n,), BGR uint8 (height, width, 3); not to be changed."""
        if len(self._times) == 0:
            return np.full((self._size[1], self._size[0], 3), 96, np.uint8)
        chosen = np.flatnonzero(weights > 0.5 / _STEPS)
        key = tuple((int(i), round(float(weights[i]) * _STEPS)) for i in chosen)
        if self._blended is None or self._blended[0] != key:
            held = self._held
            self._held = {i: held[i] if i in held else self._sized(i) for i, _ in key}
            mixed, so_far = self._held[key[0][0]], 0
            for i, share in key:
                so_far += share
                part = share / so_far
                mixed = np.asarray(cv2.addWeighted(mixed, 1 - part, self._held[i], part, 0), np.uint8)
            self._blended = key, mixed
        return self._blended[1]

    def planes(self, picture: Picture) -> Planes:
        """Return a picture that ``at`` or ``mixed`` returned, in planes; not to be changed."""
        if self._converted is None or self._converted[0] is not picture:
            self._converted = picture, Planes.from_bgr(picture)
        return self._converted[1]

    def _sized(self, index: int) -> Picture:
        picture = self._load(index)
        if (picture.shape[1], picture.shape[0]) != self._size:
            picture = np.asarray(cv2.resize(picture, self._size, interpolation=cv2.INTER_AREA), np.uint8)
        return picture

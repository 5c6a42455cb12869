"""How opaque each pixel of an object is, and the shadow it casts, told from the empty scene of that moment.

Deep inside its silhouette the object hides everything. Along the rim, and a little around it, it does only
where it differs from the empty scene: feet and hands that the silhouette missed come along, and no seam of
old ground does. A shadow is no part of it: it darkens whatever lies below.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

_NOISE, _SURE = 12, 40
"""Grey levels of difference: up to here noise and drift of light, from here on surely something else."""
_DIFFERS = np.clip(np.round((np.arange(256) - _NOISE) * 255 / (_SURE - _NOISE)), 0, 255).astype(np.uint8)

_LEAST_LEFT, _MOST_LEFT = 0.4, 0.94
"""What a shadow leaves of the light."""
_TINTED = 0.12
"""So far apart may be what it leaves of blue, green and red."""
_HOLDS = 0.6


def differs(above: Picture, scene: Picture) -> Picture:
    """Return how surely each pixel differs from the empty scene, uint8 (h, w); both are BGR (h, w, 3)."""
    apart = cv2.blur(cv2.absdiff(above, scene), (3, 3))
    blue, green, red = cv2.split(apart)
    return np.asarray(cv2.LUT(cv2.max(cv2.max(blue, green), red), _DIFFERS), np.uint8)


def opacity(core: Picture, near: Picture, differing: Picture, others: Picture | None) -> Picture:
    """Return how opaque an object is, uint8 (h, w).

    Args:
        core: uint8 (h, w), deep inside the silhouette.
        near: uint8 (h, w), within it or around it.
        differing: see ``differs``.
        others: uint8 (h, w), where the silhouettes of others are; None for nowhere.
    """
    rim = cv2.min(near, differing)
    if others is not None:
        rim = cv2.subtract(rim, others)
    return np.asarray(cv2.max(core, rim), np.uint8)


class Shadow:
    """The shadow of one object, steadied over time; asked for in order.

    Args:
        grain: side of what it is measured on, pixels.
        most: darkest it gets, 0 to 1.
    """

    def __init__(self, grain: int, most: float) -> None:
        self._grain, self._most = grain, most
        self._last: tuple[Picture, float, float] | None = None

    def measured(
        self,
        above: Picture,
        scene: Picture,
        own: Picture,
        barred: Picture | None,
        place: tuple[int, int],
        feet: tuple[float, float],
        top: int,
    ) -> Picture | None:
        """Return how dark the ground is, uint8 (h, w), 255 for black; None where no shadow is found.

        Args:
            above, scene: BGR uint8 (h, w, 3), the picture there and the empty scene.
            own: uint8 (h, w), the object itself.
            barred: uint8 (h, w), where others are; None for nowhere.
            place: left top corner of all these, pixels.
            feet: a point that moves as the object does, pixels.
            top: the row above which nothing is its shadow: shadows lie on the ground.
        """
        height, width = own.shape
        size = (max(1, width // self._grain), max(1, height // self._grain))
        seen, empty, body = (cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in (above, scene, own))
        left = cv2.split(cv2.divide(seen, empty, scale=200))
        least, most = cv2.min(cv2.min(*left[:2]), left[2]), cv2.max(cv2.max(*left[:2]), left[2])
        darker = (most < 200 * _MOST_LEFT) & (least > 200 * _LEAST_LEFT) & (most - least < 200 * _TINTED)
        darker[: max(0, top * size[1] // height)] = False
        if barred is not None:
            darker &= cv2.resize(barred, size, interpolation=cv2.INTER_AREA) < 32
        inside = body > 127
        found = np.zeros((size[1], size[0]), np.uint8)
        if darker.any() and inside.any():
            _, labels = cv2.connectedComponents((darker | inside).view(np.uint8), connectivity=4)
            joined = np.zeros(int(labels.max()) + 1, np.bool_)
            joined[labels[inside]] = True
            joined[0] = False
            shade = 255 - cv2.addWeighted(least, 0.5 * 255 / 200, most, 0.5 * 255 / 200, 0)
            found = np.where(darker & joined[labels], np.minimum(shade, 255 * self._most), 0).astype(np.uint8)
            # Under the object it goes on, so that no light seam is left between the two.
            found = np.where(inside, cv2.dilate(found, np.ones((3, 3), np.uint8)), found)
            found = np.asarray(cv2.blur(found, (3, 3)), np.uint8)
        found = self._steadied(found, place, feet)
        if found.max(initial=0) < 6:
            return None
        large = cv2.resize(found, (width, height), interpolation=cv2.INTER_LINEAR)
        return np.asarray(large, np.uint8)

    def _steadied(self, found: Picture, place: tuple[int, int], feet: tuple[float, float]) -> Picture:
        x, y = feet[0] - place[0], feet[1] - place[1]
        if self._last is not None:
            before, old_x, old_y = self._last
            move = np.array([[1, 0, (x - old_x) / self._grain], [0, 1, (y - old_y) / self._grain]])
            moved = cv2.warpAffine(before, move, (found.shape[1], found.shape[0]))
            found = np.asarray(cv2.addWeighted(moved, _HOLDS, found, 1 - _HOLDS, 0), np.uint8)
        self._last = found, x, y
        return found

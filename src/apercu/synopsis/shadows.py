"""The shadow that an object casts, told from the empty scene of that moment.

A shadow is no part of the object: it darkens whatever lies below.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.footage import Planes
from apercu.synopsis.cutouts import Shade

Picture = NDArray[np.uint8]

_LEAST_LEFT, _MOST_LEFT = 0.4, 0.88
"""What a shadow leaves of the light."""
_TINTED = 0.12
"""So far apart may be what it leaves of blue, green and red."""
_ALL_OVER = 0.5
_WHOLE = 200
"""What stands for all of the light: what is brighter than the scene fits into a byte too."""
_EVERY_S, _HOLDS, _VISIBLE = 0.3, 0.2, 6


class Shadow:
    """The shadow of one object: measured now and then, steadied over time, and moved along with it.

    Args:
        grain: side of what it is measured on, pixels.
        most: darkest it gets, 0 to 1.

    Attributes:
        grain: as given.
    """

    def __init__(self, grain: int, most: float) -> None:
        self.grain, self._most = grain, most
        self._last: _Measured | None = None

    def due(self, second: float) -> bool:
        """Return whether it is to be measured at a time, seconds."""
        # All are measured in the same pictures: where others lie is worked out for few of them.
        return self._last is None or second // _EVERY_S != self._last.second // _EVERY_S

    def measure(
        self,
        second: float,
        picture: Planes,
        scene: Planes,
        own: Picture,
        barred: Picture | None,
        place: tuple[int, int],
        feet: tuple[float, float],
        top: int,
    ) -> None:
        """Find it in a picture.

        Args:
            second: when.
            picture, scene: the picture and the empty scene.
            own: uint8 (h, w), the object itself, in a part of them.
            barred: uint8 (h, w), where others are; None for nowhere.
            place: left top corner of that part, even pixels of the picture.
            feet: a point that moves as the object does, pixels of the picture.
            top: the row above which nothing is its shadow: shadows lie on the ground.
        """
        height, width = own.shape
        feet = feet[0] - place[0], feet[1] - place[1]
        size = (-(-width // self.grain), -(-height // self.grain))
        region = *place, place[0] + width, place[1] + height
        seen, empty = picture.reduced(region, size), scene.reduced(region, size)
        body = cv2.resize(own, size, interpolation=cv2.INTER_AREA)
        blue, green, red = cv2.split(cv2.divide(seen, empty, scale=_WHOLE))
        least, most = cv2.min(cv2.min(blue, green), red), cv2.max(cv2.max(blue, green), red)
        darker = (most < _WHOLE * _MOST_LEFT) & (least > _WHOLE * _LEAST_LEFT)
        darker &= cv2.subtract(most, least) < _WHOLE * _TINTED
        darker[: max(0, top * size[1] // height)] = False
        if barred is not None:
            darker &= cv2.resize(barred, size, interpolation=cv2.INTER_AREA) < 32
        inside = body > 127
        found = np.zeros((size[1], size[0]), np.uint8)
        # Where nearly all the ground is darker the light has changed, and no shadow fell.
        ground = np.count_nonzero(~inside[max(0, top * size[1] // height) :])
        if darker.any() and inside.any() and np.count_nonzero(darker & ~inside) < _ALL_OVER * ground:
            _, labels = cv2.connectedComponents((darker | inside).view(np.uint8), connectivity=4)
            joined = np.zeros(int(labels.max()) + 1, np.bool_)
            joined[labels[inside]] = True
            shade = 255 - cv2.addWeighted(least, 0.5 * 255 / _WHOLE, most, 0.5 * 255 / _WHOLE, 0)
            dark = np.minimum(shade, np.uint8(255 * self._most))
            found = np.where(darker & joined[labels], dark, np.uint8(0))
            # Under the object it goes on, so that no seam of light is left between the two.
            found = np.where(inside, cv2.dilate(found, np.ones((3, 3), np.uint8)), found)
            # A shadow that goes on beyond what was looked at ends softly, not in a straight edge.
            found[:2] = found[-2:] = 0
            found[:, :2] = found[:, -2:] = 0
            found = np.asarray(cv2.blur(found, (5, 5), borderType=cv2.BORDER_CONSTANT), np.uint8)
        if self._last is not None:
            before = self._last.moved(feet, size, self.grain)
            found = np.asarray(cv2.addWeighted(before, _HOLDS, found, 1 - _HOLDS, 0), np.uint8)
        self._last = _Measured.of(second, found, feet)

    def placed(self, feet: tuple[float, float]) -> Shade | None:
        """Return it where it lies now; None where no shadow was found.

        Args:
            feet: where the point that moves as the object does is now, pixels of the picture.
        """
        if self._last is None or not self._last.visible:
            return None
        x, y = (round(now - then) for now, then in zip(feet, self._last.feet, strict=True))
        left, top = self._last.corner
        return Shade(x - x % 2 + left * self.grain, y - y % 2 + top * self.grain, self.grain, self._last.part)


@dataclass(frozen=True, slots=True)
class _Measured:
    """A shadow, uint8 (h, w), where the feet were, pixels, when, and whether there is any.

    ``part`` is the piece of it that is dark, with a rim that is not; ``corner`` its left top, even cells.
    """

    second: float
    dark: Picture
    feet: tuple[float, float]
    visible: bool
    part: Picture
    corner: tuple[int, int]

    @classmethod
    def of(cls, second: float, dark: Picture, feet: tuple[float, float]) -> _Measured:
        x, y, width, height = cv2.boundingRect(dark)
        left, top = (max(0, low - 1) // 2 * 2 for low in (x, y))
        part = np.ascontiguousarray(dark[top : y + height + 1, left : x + width + 1])
        return cls(second, dark, feet, bool(dark.max(initial=0) >= _VISIBLE), part, (left, top))

    def moved(self, feet: tuple[float, float], size: tuple[int, int], grain: int) -> Picture:
        """Return it around feet that stand elsewhere, on a part of a size."""
        way = [(now - then) / grain for now, then in zip(feet, self.feet, strict=True)]
        to = np.array([[1, 0, way[0]], [0, 1, way[1]]], float)
        return np.asarray(cv2.warpAffine(self.dark, to, size, flags=cv2.INTER_LINEAR), np.uint8)

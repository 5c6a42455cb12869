"""Named zones and lines, drawn onto the empty scene of a camera."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.archive.zones import Zone
from apercu.synopsis.lettering import write

Picture = NDArray[np.uint8]

_COLOURS = ((60, 200, 60), (220, 140, 40), (60, 160, 240), (200, 80, 200), (80, 80, 240), (200, 200, 40))
_INK = (255, 255, 255)
_SHADE, _PLATE = 0.25, 0.6
_LEAST_TEXT = 14


def with_zones(picture: Picture, zones: Sequence[Zone]) -> Picture:
    """Return a copy of a picture, BGR uint8 (h, w, 3), with zones and lines and their names drawn on it.

    Each line has an arrow to its right, as one looks from its first point to its second.
    """
    drawn = picture.copy()
    height, width = picture.shape[:2]
    thick = max(2, width // 500)
    for number, zone in enumerate(zones):
        colour = _COLOURS[number % len(_COLOURS)]
        points = np.round(np.array(zone.points) * [width - 1, height - 1]).astype(np.int32)
        if zone.kind == "zone":
            filled = drawn.copy()
            cv2.fillPoly(filled, [points], colour)
            cv2.addWeighted(filled, _SHADE, drawn, 1 - _SHADE, 0, dst=drawn)
            cv2.polylines(drawn, [points], True, colour, thick, cv2.LINE_AA)
        else:
            cv2.polylines(drawn, [points], False, colour, thick, cv2.LINE_AA)
            way = (points[1] - points[0]).astype(float)
            middle = points.mean(axis=0)
            side = np.array([-way[1], way[0]]) / max(float(np.hypot(*way)), 1.0) * width / 25
            begin, end = (np.round(place).astype(int).tolist() for place in (middle, middle + side))
            cv2.arrowedLine(drawn, begin, end, colour, thick, cv2.LINE_AA, tipLength=0.4)
    size = max(_LEAST_TEXT, height // 40)
    for zone in zones:
        x, y = (np.array(zone.points).mean(axis=0) * [width, height]).astype(int).tolist()
        write(drawn, zone.name, min(x, width - 1), min(y, height - size), size, _INK, plate=_PLATE)
    return drawn

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
_STEPS = 10
_GRID = (235, 235, 235)
_FAINT = 0.45


def with_zones(picture: Picture, zones: Sequence[Zone], *, grid: bool = False) -> Picture:
    """Return a copy of a picture, BGR uint8 (h, w, 3), with zones and lines and their names drawn on it.

    Each line has an arrow to its right, as one looks from its first point to its second, and its sides are
    told.

    Args:
        picture: the empty scene.
        zones: what is drawn.
        grid: whether to draw a line at each tenth of the picture, with its number, to read positions off.
    """
    height, width = picture.shape[:2]
    drawn = _with_grid(picture) if grid else picture.copy()
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
            for word, place in (("right", points[0] + side), ("left", points[0] - side)):
                _write_at(drawn, word, place, max(_LEAST_TEXT - 2, height // 50))
    size = max(_LEAST_TEXT, height // 40)
    for zone in zones:
        place = np.array(zone.points)
        # A line's name stands at its second end: its sides are told at the first, its arrow is in between.
        at = place.mean(axis=0) if zone.kind == "zone" else place[0] + 0.85 * (place[1] - place[0])
        _write_at(drawn, zone.name, at * [width, height], size)
    return drawn


def _with_grid(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    ruled = picture.copy()
    shares = np.arange(1, _STEPS) / _STEPS
    for share in shares.tolist():
        x, y = round(share * width), round(share * height)
        cv2.line(ruled, (x, 0), (x, height), _GRID, 1)
        cv2.line(ruled, (0, y), (width, y), _GRID, 1)
    drawn = np.asarray(cv2.addWeighted(ruled, _FAINT, picture, 1 - _FAINT, 0), np.uint8)
    size = max(_LEAST_TEXT - 2, height // 50)
    for share in shares.tolist():
        write(drawn, f"{share:.1f}", round(share * width) + 2, 0, size, _INK, plate=_PLATE)
        write(drawn, f"{share:.1f}", 0, round(share * height) + 2, size, _INK, plate=_PLATE)
    return drawn


def _write_at(drawn: Picture, text: str, place: NDArray[np.floating], size: int) -> None:
    height, width = drawn.shape[:2]
    x, y = np.asarray(place).astype(int).tolist()
    write(drawn, text, min(x, width - 1), min(y, height - size), size, _INK, plate=_PLATE)

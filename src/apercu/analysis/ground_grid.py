"""Lines on the ground, drawn into a picture of it: by eye, one sees whether a calibration is right."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.analysis.ground import GroundPlane
from apercu.geometry import project

_STEPS_M = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
_LEAST_PX = 28
_MOST_LINES = 120
_PIECES = 96
_LINE, _AXIS = (60, 220, 60), (60, 60, 230)

Picture = NDArray[np.uint8]


def with_grid(picture: Picture, plane: GroundPlane) -> tuple[Picture, float]:
    """Return a copy of a picture, BGR uint8 (H, W, 3), with a grid on its ground; and its step, metres.

    The plane is for pictures of this size. The step is the finest of 0.1 to 50 m (1, 2, 5) whose lines keep
    apart in the lower half of the picture; the lines through the origin are red.
    """
    height, width = picture.shape[:2]
    seen = np.array([(x, y) for x in np.linspace(0, width, 25) for y in np.linspace(0, height, 25)])
    places = plane.to_metres(seen)
    known = ~np.isnan(places[:, 0])
    coarse = float(np.median(plane.metres_per_pixel(seen[known & (seen[:, 1] >= height / 2)])))
    step = next((step for step in _STEPS_M if step >= _LEAST_PX * coarse), _STEPS_M[-1])
    low, high = np.floor(places[known].min(axis=0) / step), np.ceil(places[known].max(axis=0) / step)
    drawn = picture.copy()
    inverse = np.linalg.inv(plane.homography)
    for axis in (0, 1):
        first = max(low[axis], high[axis] - _MOST_LINES)
        for count in np.arange(first, high[axis] + 1):
            line = np.empty((_PIECES, 2))
            line[:, axis] = count * step
            line[:, 1 - axis] = np.linspace(low[1 - axis] * step, high[1 - axis] * step, _PIECES)
            _draw(drawn, plane, project(line, inverse), _AXIS if count == 0 else _LINE)
    return drawn, step


def _draw(picture: Picture, plane: GroundPlane, line: NDArray[np.float64], colour: tuple[int, ...]) -> None:
    """Draw what of a line (n, 2) in pixels lies on ground that can be measured, in place."""
    size = np.array(picture.shape[1::-1])
    # NaN is not near.
    near: NDArray[np.bool_] = np.all(np.abs(line - size / 2) < 4 * size, axis=1)
    near[near] = ~np.isnan(plane.to_metres(line[near])[:, 0])
    ends = np.round(line * 16)
    for i in np.flatnonzero(near[1:] & near[:-1]):
        a, b = ends[i].astype(int).tolist(), ends[i + 1].astype(int).tolist()
        cv2.line(picture, a, b, colour, 1, cv2.LINE_AA, 4)

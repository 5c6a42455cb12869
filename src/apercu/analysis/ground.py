"""The ground as a fixed camera sees it: from pixels to metres, where that can be said.

A homography maps the picture of a plane to the plane itself (Hartley and Zisserman, *Multiple View Geometry*,
2nd edition, sections 2.3 and 4.1 for its estimation, 8.1 for how it contains the camera). It tells where feet
and wheels stand. Heights need the camera as well: ``Viewpoint`` recovers it from the homography.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.analysis.viewpoint import Viewpoint
from apercu.errors import UsageError
from apercu.geometry import feet, project

COARSEST_M = 0.5
"""Where one pixel spans more ground than this, in metres, a box that trembles by a pixel tells nothing."""

_LEAST_POINTS = 4
_DEGENERATE = 0.01
_SAME_SHAPE = 0.01
_CUT = 0.01

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GroundPlane:
    """Where on the ground each pixel of a camera's picture stands.

    Attributes:
        homography: float64 (3, 3), from pixels (x right, y down) to metres on the ground, with a positive
            third coordinate for what is ground.
        width, height: size of the picture that its pixels are of.

    Raises:
        UsageError: it is no homography, or shows no ground that could be measured in the lower half of the
            picture.
    """

    homography: Floats
    width: int
    height: int

    def __post_init__(self) -> None:
        h = self.homography
        if h.shape != (3, 3) or not np.isfinite(h).all() or np.linalg.matrix_rank(h) < 3:
            raise UsageError(
                "this is no homography: it needs three rows of three numbers, and the ground may not become "
                "a line or a point",
                next_step="Measure again, or check the file.",
            )
        columns, rows = np.linspace(0, self.width, 9), np.linspace(self.height / 2, self.height, 5)
        lower = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
        if self.width <= 0 or self.height <= 0 or np.isnan(self.to_metres(lower)).all():
            raise UsageError(
                "with this, nothing in the lower half of the picture is ground that can be measured",
                next_step="Check the size of the picture, the units, and which way it maps (--inverse).",
            )

    @classmethod
    def from_points(cls, picture: Floats, ground: Floats, width: int, height: int) -> GroundPlane:
        """Return the plane that fits measured points best: least squares of the distances on the ground.

        Args:
            picture: (n, 2), n at least 4, x and y in pixels.
            ground: (n, 2), the same points measured on the ground, in metres.
            width, height: size of the picture, pixels.

        Raises:
            UsageError: there are too few points, they lie in a way that leaves the plane open (three of four
                on one line, two in one place), or contradict each other.
        """
        picture, ground = np.asarray(picture, np.float64), np.asarray(ground, np.float64)
        if picture.shape != ground.shape or picture.shape[1:] != (2,) or len(picture) < _LEAST_POINTS:
            raise UsageError(
                f"{len(picture)} measured points do not tell where the ground is",
                next_step="Give four or more, each as x,y=X,Y: pixels, and metres on the ground.",
            )
        if not (np.isfinite(picture).all() and np.isfinite(ground).all()):
            raise UsageError("a measured point is no number", next_step="Give pixels and metres.")
        if _openness(picture, ground) < _DEGENERATE:
            raise UsageError(
                "these points leave open how the ground lies: too many are on one line or in one place",
                next_step="Spread them: no three of four on one line, far and near, left and right.",
            )
        matrix, _ = cv2.findHomography(picture, ground, method=0)
        sides = np.zeros(1) if matrix is None else np.sign(_depths(picture, np.asarray(matrix, np.float64)))
        if np.ptp(sides) != 0 or sides[0] == 0:
            raise UsageError(
                "no view of level ground shows these points where they are",
                next_step="Check that each pixel has its own metres, and all points are on the ground.",
            )
        return cls(_scaled(np.asarray(matrix, np.float64) * sides[0]), width, height)

    @classmethod
    def from_homography(cls, matrix: Floats, width: int, height: int) -> GroundPlane:
        """Return the plane of a known homography (3, 3) from pixels to metres, of any scale and sign.

        The middle of the lower edge of the picture is taken to show ground.

        Raises:
            UsageError: it is no homography.
        """
        matrix = np.asarray(matrix, np.float64)
        if matrix.shape != (3, 3):
            raise UsageError("a homography has three rows of three numbers", next_step="Check the file.")
        depth = float(_depths(np.array([[width / 2, height]], np.float64), matrix)[0])
        return cls(_scaled(matrix * (np.sign(depth) or 1.0)), width, height)

    def for_size(self, width: int, height: int) -> GroundPlane | None:
        """Return the same plane for pictures of another size; None when their shape is another."""
        if (width, height) == (self.width, self.height):
            return self
        across, down = self.width / width, self.height / height
        if abs(across / down - 1) > _SAME_SHAPE:
            return None
        return GroundPlane(self.homography @ np.diag([across, down, 1.0]), width, height)

    @cached_property
    def viewpoint(self) -> Viewpoint | None:
        """How the camera stands over the ground; None when the homography does not tell."""
        return Viewpoint.of(self.homography, self.width, self.height)

    def to_metres(self, points: NDArray[np.floating]) -> Floats:
        """Return where points (n, 2), pixels, stand on the ground, (n, 2) in metres.

        NaN above the horizon, and where a pixel spans more than ``COARSEST_M``.
        """
        places = project(points, self.homography)
        places[~(self.metres_per_pixel(points) <= COARSEST_M)] = np.nan
        return places

    def metres_per_pixel(self, points: NDArray[np.floating]) -> Floats:
        """Return how many metres of ground a pixel spans at points (n, 2), where it spans most: (n,).

        That is mostly away from the camera. NaN above the horizon.
        """
        x, y = project(points, self.homography).T
        h = self.homography
        depth = np.where(np.isnan(x), np.nan, _depths(np.asarray(points, np.float64), h))
        # The derivative of a projection: rows are x and y in metres, columns pixels across and down.
        a, b = (h[0, 0] - x * h[2, 0]) / depth, (h[0, 1] - x * h[2, 1]) / depth
        c, d = (h[1, 0] - y * h[2, 0]) / depth, (h[1, 1] - y * h[2, 1]) / depth
        squares, area = a * a + b * b + c * c + d * d, a * d - b * c
        return np.asarray(np.sqrt((squares + np.sqrt(np.maximum(squares**2 - 4 * area**2, 0))) / 2))

    def widths(self, boxes: NDArray[np.floating]) -> Floats:
        """Return the metres (n,) between the lower corners of boxes (n, 4): their extent across the view.

        NaN where those cannot be placed, and where an edge of the picture cuts the box.
        """
        left, right = self.to_metres(boxes[:, [0, 3]]), self.to_metres(boxes[:, [2, 3]])
        return np.where(self.whole(boxes), np.hypot(*(right - left).T), np.nan)

    def heights(self, boxes: NDArray[np.floating]) -> Floats:
        """Return how tall (n,), in metres, upright things are that fill boxes (n, 4) and stand on their feet.

        True of what is thin, as people are. Of a car seen from high above, a box shows the length too.
        NaN where the feet cannot be placed, an edge of the picture cuts the box, or the viewpoint is not
        known.
        """
        view = self.viewpoint
        if view is None or not view.is_believed:
            return np.full(len(boxes), np.nan)
        tall = view.heights(self.to_metres(feet(boxes)), boxes[:, 1])
        return np.where(self.whole(boxes) & (boxes[:, 1] >= _CUT * self.height), tall, np.nan)

    def whole(self, boxes: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Return which boxes (n, 4) neither side nor the lower edge of the picture cuts, nor nearly so.

        Of the others, feet and wheels are elsewhere; boxes of what is coming in lag behind it a little.
        """
        margin = _CUT * np.array([self.width, self.height])
        sides = (boxes[:, 0] >= margin[0]) & (boxes[:, 2] <= self.width - margin[0])
        return np.asarray(sides & (boxes[:, 3] <= self.height - margin[1]))


def _depths(points: Floats, matrix: Floats) -> Floats:
    """Return the third homogeneous coordinate (n,) of points (n, 2) carried over."""
    return np.asarray(points @ matrix[2, :2] + matrix[2, 2])


def _openness(picture: Floats, ground: Floats) -> float:
    """Return how well the points pin a homography down: 0 when several fit, about 1 for a spread square.

    It is the second smallest singular value of the equations of the direct linear transform against their
    largest, after both sets were centred and scaled (Hartley's normalisation).
    """
    (x, y), (u, v) = _spread(picture).T, _spread(ground).T
    zero, one = np.zeros(len(x)), np.ones(len(x))
    first = np.stack([x, y, one, zero, zero, zero, -u * x, -u * y, -u], axis=1)
    second = np.stack([zero, zero, zero, x, y, one, -v * x, -v * y, -v], axis=1)
    values = np.linalg.svd(np.concatenate([first, second]), compute_uv=False)
    return float(values[7] / values[0])


def _spread(points: Floats) -> Floats:
    centred = points - points.mean(axis=0)
    return np.asarray(centred / max(float(np.sqrt((centred**2).mean())), 1e-12))


def _scaled(matrix: Floats) -> Floats:
    """Return a homography whose largest coefficient is 1; one of nothing but zeros as it is."""
    return np.asarray(matrix / (np.abs(matrix).max() or 1.0), np.float64)

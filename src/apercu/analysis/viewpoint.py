"""How a camera stands over the ground, as far as the homography of the ground tells.

For a camera without distortion, with square pixels and its optical axis in the middle of the picture, the
homography from the ground to the picture is K [r1 r2 t]: K holds the focal length alone, r1 and r2 are
perpendicular and of length one (Zhang, *A flexible new technique for camera calibration*, 2000, section 3.1).
Two equations for one unknown: the focal length follows, and what is left over says whether to believe it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BELIEVED = 1.15
_LEAST_TILT_DEG = 2.0
_MOST_TILT_DEG = 80.0
_FOCALS = np.geomspace(0.3, 20.0, 1000)
"""Focal lengths that are tried, per longer side of the picture: from fisheye to long telephoto."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """A camera over the ground.

    Attributes:
        focal_px: focal length, pixels.
        height_m: of the camera above the ground, metres.
        tilt_deg: how far it looks down: 0 to the horizon, 90 to its foot.
        stretch: how many times longer a metre on the ground is in one direction than in another, if this is
            the camera: 1 for a true plan.
        projection: float64 (3, 4), from x y z in metres (z up) to the picture; scaled so that depth is in
            metres.
    """

    focal_px: float
    height_m: float
    tilt_deg: float
    stretch: float
    projection: Floats

    @classmethod
    def of(cls, homography: Floats, width: int, height: int) -> Viewpoint | None:
        """Return the camera that sees the ground as ``homography`` (3, 3), pixels to metres, says.

        None when that cannot be told: it looks straight down, or nothing of its perspective shows.
        """
        centre = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1.0]])
        columns = centre @ np.linalg.inv(homography)
        focals = _FOCALS * max(width, height)
        rays = columns[None, :, :2] / np.stack([focals, focals, np.ones_like(focals)], axis=1)[:, :, None]
        scales = np.linalg.svd(rays, compute_uv=False)
        stretches = scales[:, 0] / scales[:, 1]
        best = int(stretches.argmin())
        if best in (0, len(focals) - 1):
            return None
        return cls._with(columns, float(focals[best]), float(stretches[best]), centre)

    @property
    def is_believed(self) -> bool:
        """Whether such a camera can have made the picture: metres are as long in all directions."""
        return self.stretch <= _BELIEVED

    @classmethod
    def _with(cls, columns: Floats, focal: float, stretch: float, centre: Floats) -> Viewpoint | None:
        rays = np.diag([1 / focal, 1 / focal, 1.0]) @ columns
        # The nearest pair of perpendicular directions to the two measured ones.
        u, scales, vt = np.linalg.svd(rays[:, :2], full_matrices=False)
        scale = float(scales.mean())
        first, second = (u @ vt).T
        shift = rays[:, 2] / scale
        if shift[2] < 0:  # the ground is in front of the camera
            first, second, shift = -first, -second, -shift
        up = np.cross(first, second)
        if up @ shift > 0:  # the camera is above the ground
            up = -up
        tilt = float(np.degrees(np.arcsin(np.clip(-up[2], -1, 1))))
        if not _LEAST_TILT_DEG <= tilt <= _MOST_TILT_DEG:
            return None
        back = np.linalg.inv(centre) @ np.diag([focal, focal, 1.0])
        projection = back @ np.stack([first, second, up, shift], axis=1)
        return cls(focal, float(-up @ shift), tilt, stretch, projection)

    def heights(self, places: Floats, tops: NDArray[np.floating]) -> Floats:
        """Return how tall (n,), metres, things are that stand at ``places`` (n, 2) and reach up to ``tops``.

        ``tops`` (n,) are y in pixels. NaN where no height explains it.
        """
        ground = np.column_stack([places, np.zeros(len(places)), np.ones(len(places))]) @ self.projection.T
        upward = self.projection[:, 2]
        across = upward[1] - tops * upward[2]
        tall = (tops * ground[:, 2] - ground[:, 1]) / np.where(across == 0, np.nan, across)
        return np.where(tall > 0, tall, np.nan)

"""Constant-velocity Kalman filter for many boxes at once.

Centre x, centre y, width and height are filtered independently, each as (value, rate of change). Noise scales
with the size of the box, as in SORT (Bewley et al., ICIP 2016): near things move more pixels than far ones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apercu.geometry import centres, sides

_ACCELERATION = np.array([1.5, 1.5, 0.8, 0.8])
"""Standard deviation of acceleration of cx cy w h, in box sizes per second squared."""
_FIRST_VELOCITY = np.array([1.5, 1.5, 0.2, 0.2])
"""Standard deviation of the unknown first velocity, in box sizes per second."""

Boxes = NDArray[np.float64]


class KalmanBoxes:
    """Filtered boxes: rows are added, predicted to a time, corrected and removed together.

    Attributes:
        mean: float64 (n, 4, 2): value and rate per second of cx, cy, w, h, in pixels.
        covariance: float64 (n, 4, 2, 2).
    """

    def __init__(self) -> None:
        self.mean = np.zeros((0, 4, 2))
        self.covariance = np.zeros((0, 4, 2, 2))

    def __len__(self) -> int:
        return len(self.mean)

    @property
    def boxes(self) -> Boxes:
        """Boxes (n, 4) as x1 y1 x2 y2, where the filter believes they are."""
        centre, size = self.mean[:, :2, 0], np.maximum(self.mean[:, 2:, 0], 1.0)
        return np.concatenate([centre - size / 2, centre + size / 2], axis=1)

    @property
    def velocity(self) -> NDArray[np.float64]:
        """Velocity (n, 2) of the centres, pixels per second."""
        return self.mean[:, :2, 1]

    @property
    def scale(self) -> NDArray[np.float64]:
        """Size (n,) that noise scales with: the square root of the box area, at least 4 pixels."""
        return np.asarray(np.maximum(np.sqrt(np.prod(np.maximum(self.mean[:, 2:, 0], 1.0), axis=1)), 4.0))

    def add(self, boxes: Boxes, noise: NDArray[np.float64]) -> None:
        """Append boxes (k, 4) standing still, measured with ``noise`` (k,) in shares of their size."""
        mean = np.stack([_measure(boxes), np.zeros((len(boxes), 4))], axis=2)
        scale = np.maximum(np.sqrt(np.prod(np.maximum(mean[:, 2:, 0], 1.0), axis=1)), 4.0)
        covariance = np.zeros((len(boxes), 4, 2, 2))
        covariance[:, :, 0, 0] = ((noise * scale) ** 2)[:, None]
        covariance[:, :, 1, 1] = (_FIRST_VELOCITY * scale[:, None]) ** 2
        self.mean = np.concatenate([self.mean, mean])
        self.covariance = np.concatenate([self.covariance, covariance])

    def predict(self, elapsed_s: float) -> None:
        """Move every box ``elapsed_s`` seconds on."""
        step = np.array([[1.0, elapsed_s], [0.0, 1.0]])
        q = np.array([[elapsed_s**4 / 4, elapsed_s**3 / 2], [elapsed_s**3 / 2, elapsed_s**2]])
        strength = (_ACCELERATION * self.scale[:, None]) ** 2
        self.mean = self.mean @ step.T
        # Size changes slowly; an extrapolated one would collapse or explode during occlusion.
        self.mean[:, 2:, 1] *= np.exp(-elapsed_s / 1.0)
        self.covariance = step @ self.covariance @ step.T + strength[:, :, None, None] * q

    def correct(self, rows: NDArray[np.intp], boxes: Boxes, noise: NDArray[np.float64]) -> None:
        """Correct ``rows`` with measured boxes (k, 4), each side known to ``noise`` (k,) or (k, 4) sizes."""
        if len(rows) == 0:
            return
        spread = np.broadcast_to(noise[:, None] if noise.ndim == 1 else noise, (len(rows), 4))
        r = (spread * self.scale[rows][:, None]) ** 2
        covariance = self.covariance[rows]
        gain = covariance[:, :, :, 0] / (covariance[:, :, 0, 0] + r)[:, :, None]
        innovation = _measure(boxes) - self.mean[rows][:, :, 0]
        self.mean[rows] += gain * innovation[:, :, None]
        self.covariance[rows] = covariance - gain[:, :, :, None] * covariance[:, :, None, 0, :]

    def keep(self, chosen: NDArray[np.bool_]) -> None:
        """Drop the rows that are not ``chosen``."""
        self.mean = self.mean[chosen]
        self.covariance = self.covariance[chosen]


def _measure(boxes: Boxes) -> NDArray[np.float64]:
    return np.concatenate([centres(boxes), sides(boxes)], axis=1)

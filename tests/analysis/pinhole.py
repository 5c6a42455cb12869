"""A camera of which every measure is known, and what it sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Pinhole:
    """Square pixels, no distortion, optical axis in the middle; x right, y away, z up, metres."""

    focal_px: float = 1000.0
    height_m: float = 6.0
    tilt_deg: float = 15.0
    width: int = 1280
    height: int = 720

    @property
    def projection(self) -> np.ndarray:
        tilt = np.radians(self.tilt_deg)
        turn = np.array(
            [[1, 0, 0], [0, -np.sin(tilt), -np.cos(tilt)], [0, np.cos(tilt), -np.sin(tilt)]], float
        )
        lens = np.array([[self.focal_px, 0, self.width / 2], [0, self.focal_px, self.height / 2], [0, 0, 1]])
        return lens @ np.column_stack([turn, -turn @ [0, 0, self.height_m]])

    def sees(self, points: object) -> np.ndarray:
        """Return where points (n, 3) are in the picture, (n, 2) pixels."""
        seen = np.column_stack([np.asarray(points, float), np.ones(len(np.asarray(points)))])
        seen = seen @ self.projection.T
        return seen[:, :2] / seen[:, 2:]

    def grounded(self, points: object) -> np.ndarray:
        """Return where points (n, 2) of the ground are in the picture, (n, 2) pixels."""
        places = np.asarray(points, float)
        return self.sees(np.column_stack([places, np.zeros(len(places))]))

    def boxes(self, places: object, tall: float, wide: float) -> np.ndarray:
        """Return boxes (n, 4) of thin upright things at places (n, 2), ``wide`` across the view."""
        places = np.asarray(places, float)
        foot, top = (self.sees(np.column_stack([places, np.full(len(places), z)])) for z in (0.0, tall))
        left, right = (self.grounded(places + np.array([side * wide / 2, 0.0])) for side in (-1, 1))
        return np.column_stack([left[:, 0], top[:, 1], right[:, 0], foot[:, 1]])


MEASURED = np.array([[-4.0, 12], [4, 12], [-6, 20], [6, 20], [-9, 34], [9, 34]])
"""Points on the ground that a user could have measured."""

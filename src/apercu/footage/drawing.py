"""A small canvas for drawing things in metres: shaded shapes, drawn large and shrunk for soft edges."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.footage.sprites import Colour, Picture, Sprite, both_ways

Point = tuple[float, float]

_FINE = 3
"""The canvas is this many times larger than the finished picture."""
_BITS = 4
"""cv2 takes fractions of a pixel as integers shifted by so many bits."""


def tint(colour: Colour, share: float) -> Colour:
    """Return the colour lighter (``share`` above 1: towards white) or darker (below 1: towards black)."""
    if share <= 1:
        return tuple(int(c * share) for c in colour)  # type: ignore[return-value]
    return tuple(int(c + (255 - c) * (share - 1)) for c in colour)  # type: ignore[return-value]


def smooth(points: Sequence[Point], steps: int = 6) -> list[Point]:
    """Return a smooth curve through ``points``, open, ends included.

    A cubic Hermite curve whose tangents are no longer than the shorter way to a neighbour, so that it does
    not swing out where a long stretch meets a short one.
    """
    p = np.asarray(points, np.float64)
    legs = np.hypot(*np.diff(p, axis=0).T)
    chords = np.concatenate([p[1:2] - p[:1], p[2:] - p[:-2], p[-1:] - p[-2:-1]])
    reach = np.minimum(np.append(legs, legs[-1]), np.insert(legs, 0, legs[0]))
    tangents = chords * (reach / np.hypot(*chords.T))[:, None]
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    curve = (
        (2 * t**3 - 3 * t**2 + 1) * p[:-1, None]
        + (t**3 - 2 * t**2 + t) * tangents[:-1, None]
        + (3 * t**2 - 2 * t**3) * p[1:, None]
        + (t**3 - t**2) * tangents[1:, None]
    )
    return [(float(x), float(y)) for x, y in (*curve.reshape(-1, 2), p[-1])]


class Canvas:
    """A transparent sheet ``width`` x ``height`` metres: x to the right, y up from the ground.

    Colours are blue green red, 0 to 255; ``top`` makes a colour run from ``colour`` below to ``top`` above.
    """

    def __init__(self, width: float, height: float, pixels_per_metre: float, *, margin: float = 0.08) -> None:
        """Make an empty sheet with ``margin`` metres more on every side."""
        self._scale = pixels_per_metre * _FINE
        self._margin = margin
        # A whole number of finished pixels, so that shrinking keeps the ground where it is.
        rows = math.ceil((height + 2 * margin) * pixels_per_metre) * _FINE
        columns = math.ceil((width + 2 * margin) * pixels_per_metre) * _FINE
        self._sheet = np.zeros((rows, columns, 4), np.float32)

    def polygon(
        self, points: Sequence[Point], colour: Colour, *, top: Colour | None = None, opacity: float = 1.0
    ) -> None:
        """Fill a polygon."""
        self._fill([np.asarray(points, np.float64)], colour, top, opacity)

    def ellipse(
        self, centre: Point, radii: Point, colour: Colour, *, top: Colour | None = None, opacity: float = 1.0
    ) -> None:
        """Fill an upright ellipse."""
        turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        ring = np.column_stack([centre[0] + radii[0] * np.cos(turn), centre[1] + radii[1] * np.sin(turn)])
        self._fill([ring], colour, top, opacity)

    def ring(self, centre: Point, radius: float, thickness: float, colour: Colour) -> None:
        """Draw a circle's line."""
        turn = np.linspace(0, 2 * np.pi, 49)
        self.line(
            [(centre[0] + radius * math.cos(a), centre[1] + radius * math.sin(a)) for a in turn],
            thickness,
            colour,
        )

    def line(
        self, points: Sequence[Point], thickness: float, colour: Colour, *, opacity: float = 1.0
    ) -> None:
        """Draw a line with round ends, even in thickness (metres)."""
        self.limb(points, [thickness] * len(points), colour, opacity=opacity)

    def limb(
        self,
        points: Sequence[Point],
        thicknesses: Sequence[float],
        colour: Colour,
        *,
        opacity: float = 1.0,
    ) -> None:
        """Draw a rounded limb through ``points``, as thick at each as given (metres)."""
        parts: list[NDArray[np.float64]] = []
        turn = np.linspace(0, 2 * np.pi, 14, endpoint=False)
        for (x, y), thick in zip(points, thicknesses, strict=True):
            parts.append(np.column_stack([x + thick / 2 * np.cos(turn), y + thick / 2 * np.sin(turn)]))
        for i in range(len(points) - 1):
            a, b = np.asarray(points[i]), np.asarray(points[i + 1])
            way = b - a
            side = np.array([-way[1], way[0]]) / max(float(np.hypot(*way)), 1e-9) / 2
            near, far = side * thicknesses[i], side * thicknesses[i + 1]
            parts.append(np.array([a + near, b + far, b - far, a - near]))
        self._fill(parts, colour, None, opacity)

    def finish(self) -> Picture:
        """Return the sheet at its finished size: uint8 (h, w, 4), multiplied by opacity."""
        size = (self._sheet.shape[1] // _FINE, self._sheet.shape[0] // _FINE)
        small = cv2.resize(self._sheet, size, interpolation=cv2.INTER_AREA)
        return np.clip(np.rint(small), 0, 255).astype(np.uint8)

    def pixel(self, x: float, y: float) -> Point:
        """Return where a point in metres is in the finished picture."""
        return (x + self._margin) * self._scale / _FINE, self._sheet.shape[0] / _FINE - (
            y + self._margin
        ) * self._scale / _FINE

    def _fill(
        self, parts: Sequence[NDArray[np.float64]], colour: Colour, top: Colour | None, opacity: float
    ) -> None:
        """Lay a shape, the union of ``parts`` in metres, over the sheet."""
        pixels = [
            np.column_stack(
                [
                    (p[:, 0] + self._margin) * self._scale,
                    self._sheet.shape[0] - (p[:, 1] + self._margin) * self._scale,
                ]
            )
            - 0.5
            for p in parts
        ]
        everything = np.concatenate(pixels)
        low = np.maximum(np.floor(everything.min(axis=0)).astype(int) - 1, 0)
        high = np.minimum(np.ceil(everything.max(axis=0)).astype(int) + 2, self._sheet.shape[1::-1])
        if np.any(low >= high):
            return
        cover = np.zeros((high[1] - low[1], high[0] - low[0]), np.uint8)
        for p in pixels:
            cv2.fillPoly(cover, [np.rint((p - low) * (1 << _BITS)).astype(np.int32)], 255, cv2.LINE_AA, _BITS)
        alpha = cover[..., None] * np.float32(opacity / 255)
        ramp = np.linspace(1, 0, len(cover), dtype=np.float32)[:, None, None]
        shade = np.asarray(colour, np.float32) * (1 - ramp) + np.asarray(top or colour, np.float32) * ramp
        region = self._sheet[low[1] : high[1], low[0] : high[0]]
        region *= 1 - alpha
        region[..., :3] += shade * alpha
        region[..., 3:] += 255 * alpha


@dataclass(slots=True)
class Cycle:
    """A look that repeats itself: steps, turning wheels. Poses are drawn when first needed, then kept.

    Attributes:
        draw: draws the pose at a share of the cycle (0 to 1), or standing still (None), facing right; returns
            the premultiplied picture and its anchor.
        stride: sprite pixels of way per cycle.
        poses: how many different poses a cycle has.
    """

    draw: Callable[[float | None], tuple[Picture, Point]]
    stride: float
    poses: int = 16
    _kept: dict[int | None, tuple[Sprite, Sprite]] = field(default_factory=dict, repr=False)

    def sprite(self, distance: float, facing: int, moving: bool) -> Sprite:
        """Return the pose after ``distance`` sprite pixels of way."""
        pose = int(distance / self.stride * self.poses) % self.poses if moving else None
        if pose not in self._kept:
            self._kept[pose] = both_ways(*self.draw(None if pose is None else pose / self.poses))
        right, left = self._kept[pose]
        return right if facing >= 0 else left

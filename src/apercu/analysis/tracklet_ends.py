"""A tracklet as arrays: where and how fast it begins and ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.tracklets import Source, Tracklet
from apercu.geometry import centres, median, sides, sizes, spanned
from apercu.once import found_once

Floats = NDArray[np.float64]
_END_S = 1.0


@dataclass(frozen=True)
class Piece:
    """A tracklet as arrays; what takes longer is found when it is asked for.

    Attributes:
        times: float64 (n,), seconds. boxes: float64 (n, 4), pixels.
        seen: bool (n,), false where the place was only predicted.
        shown: bool (n,), where it was seen before the scene, which its texture hides.
    """

    tracklet: Tracklet
    times: Floats
    boxes: Floats
    seen: NDArray[np.bool_]
    shown: NDArray[np.bool_]

    @classmethod
    def of(cls, tracklet: Tracklet) -> Piece:
        """Return the arrays of one tracklet, which has at least one observation."""
        rows = tracklet.observations
        times = np.array([row.time_s for row in rows])
        boxes = np.array([row.box for row in rows]).reshape(-1, 4)
        seen = np.array([row.source is not Source.PREDICTED for row in rows])
        return cls(tracklet, times, boxes, seen, seen & ~np.array([row.scene for row in rows], np.bool_))

    @found_once
    def size(self) -> float:
        """Median of the square root of the box area, pixels."""
        return float(median(sizes(self.boxes)))

    @found_once
    def velocity_in(self) -> Floats:
        """Velocity of the centre in the first second, float64 (2,), pixels/second."""
        return _velocity(self.times, self.boxes, self._early)

    @found_once
    def velocity_out(self) -> Floats:
        """The same in the last second."""
        return _velocity(self.times, self.boxes, self._late)

    @found_once
    def first(self) -> Floats:
        """Box where it begins, as large as it was seen in the first second: float64 (4,)."""
        early = self._known & self._early
        return _resized(self.boxes[0], self.boxes[early] if early.any() else self.boxes[:1])

    @found_once
    def last(self) -> Floats:
        """Box where it ends, as large as it was seen in the last second: float64 (4,)."""
        return _resized(self.boxes[-1], self.boxes[self._known & self._late])

    @found_once
    def hull(self) -> Floats:
        """The box around all of its boxes, float64 (4,)."""
        return spanned(self.boxes)

    @property
    def _known(self) -> NDArray[np.bool_]:
        # Guesses and what was seen of something half hidden say little about its size.
        return self.seen if self.seen.any() else np.ones(len(self.times), np.bool_)

    @property
    def _early(self) -> NDArray[np.bool_]:
        return np.asarray(self.times <= self.times[0] + _END_S)

    @property
    def _late(self) -> NDArray[np.bool_]:
        return np.asarray(self.times >= self.times[self._known][-1] - _END_S)


def _resized(box: Floats, like: Floats) -> Floats:
    """Return ``box`` (4,) about the same centre, in the median size of ``like`` (n, 4)."""
    centre, half = centres(box), median(sides(like)) / 2
    return np.concatenate([centre - half, centre + half])


def _velocity(times: Floats, boxes: Floats, near: NDArray[np.bool_]) -> Floats:
    """Return the velocity (2,) of the centre at the times chosen, by least squares; zero from too few."""
    if near.sum() < 3:
        return np.zeros(2)
    offsets = times[near] - times[near].mean()
    moments = (offsets[:, None] * centres(boxes[near])).sum(axis=0)
    return np.asarray(moments / max(float((offsets**2).sum()), 1e-6))

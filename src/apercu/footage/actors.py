"""Things that move through a generated scene: what they look like and where they are when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from apercu.errors import UnknownNameError, UsageError
from apercu.footage.sprites import Look, Placed, place
from apercu.footage.truth import CLASS_NAMES

_STANDING = 0.02
"""Slower than this many sprite pixels per frame of 1/25 s is standing still."""


@dataclass(slots=True)
class Actor:
    """One object with a class, a look and a path; it exists from its first waypoint to its last.

    Attributes:
        class_name: one of ``CLASS_NAMES``.
        look: its picture in every pose.
        times: float (m,), seconds of the waypoints, rising.
        points: float (m, 2), x y in pixels of the point on the ground; straight and even between waypoints.
        scales: float (m,), size against the sprite's own; all one when not given.
    """

    class_name: str
    look: Look
    times: NDArray[np.float64]
    points: NDArray[np.float64]
    scales: NDArray[np.float64] | None = None
    _way: NDArray[np.float64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.class_name not in CLASS_NAMES:
            raise UnknownNameError("class", self.class_name, CLASS_NAMES)
        self.times = np.asarray(self.times, np.float64)
        self.points = np.asarray(self.points, np.float64).reshape(-1, 2)
        scales = np.ones(len(self.times)) if self.scales is None else np.asarray(self.scales, np.float64)
        if not len(self.times) == len(self.points) == len(scales) or len(self.times) < 2:
            raise UsageError(
                "a path needs two or more waypoints, each with its time",
                next_step=f"Got {len(self.times)} times, {len(self.points)} points, {len(scales)} scales.",
            )
        if np.any(np.diff(self.times) <= 0):
            raise UsageError("the times of a path must rise", next_step="Sort the waypoints by time.")
        self.scales = scales
        steps = np.hypot(*np.diff(self.points, axis=0).T) / ((scales[1:] + scales[:-1]) / 2)
        self._way = np.concatenate([[0.0], np.cumsum(steps)])

    def position(self, seconds: float) -> tuple[float, float] | None:
        """Return x, y of its point on the ground at a time, or None when it does not exist then."""
        if not self.times[0] <= seconds <= self.times[-1]:
            return None
        x, y = (float(np.interp(seconds, self.times, self.points[:, i])) for i in (0, 1))
        return x, y

    def placed(self, seconds: float, size: tuple[int, int]) -> Placed | None:
        """Return it as it lies in a picture of ``size`` (width, height), or None when it is not inside."""
        at = self.position(seconds)
        if at is None or self.scales is None:
            return None
        way = float(np.interp(seconds, self.times, self._way))
        ahead = float(np.interp(seconds + 0.04, self.times, self._way))
        i = int(np.clip(np.searchsorted(self.times, seconds, side="right") - 1, 0, len(self.times) - 2))
        # While it stands, it keeps facing the way it came.
        steps = np.diff(self.points[: i + 2, 0])
        turns = steps[np.abs(steps) > 1e-6]
        facing = -1 if len(turns) and turns[-1] < 0 else 1
        sprite = self.look.sprite(way, facing, ahead - way > _STANDING)
        return place(sprite, *at, float(np.interp(seconds, self.times, self.scales)), size)


def travel(
    points: ArrayLike, speed: float, *, start: float = 0.0, stops: Mapping[int, float] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return times (m,) and waypoints (m, 2) of going along ``points`` (k, 2) at ``speed`` pixels per second.

    ``stops`` maps an index of ``points`` to seconds of standing there.
    """
    route = np.asarray(points, np.float64)
    legs = np.hypot(*np.diff(route, axis=0).T) / speed
    arrivals = start + np.concatenate([[0.0], np.cumsum(legs)])
    times, stations = [], []
    waited = 0.0
    for i, (arrival, point) in enumerate(zip(arrivals, route, strict=True)):
        times.append(arrival + waited)
        stations.append(point)
        stop = (stops or {}).get(i, 0.0)
        if stop > 0:
            waited += stop
            times.append(arrival + waited)
            stations.append(point)
    return np.array(times), np.array(stations)


def eased(
    times: NDArray[np.float64], points: NDArray[np.float64], over_s: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the same path with speed changes spread over ``over_s`` seconds, as things with mass move.

    The result has a waypoint every tenth of a second, times (m,) and points (m, 2).
    """
    step = 0.1
    half = max(1, round(over_s / step / 2))
    fine = times[0] + step * np.arange(int((times[-1] - times[0]) / step) + 1)
    dense = np.column_stack([np.interp(fine, times, points[:, i]) for i in (0, 1)])
    # Beyond both ends the path goes on evenly, so that easing does not slow its entrance and exit.
    beyond = step * np.arange(1, half + 1)[:, None]
    before = dense[0] - (beyond[::-1] / step) * (dense[1] - dense[0])
    after = dense[-1] + (beyond / step) * (dense[-1] - dense[-2])
    window = np.hanning(2 * half + 3)[1:-1]
    window /= window.sum()
    padded = np.concatenate([before, dense, after])
    return fine, np.column_stack([np.convolve(padded[:, i], window, mode="valid") for i in (0, 1)])

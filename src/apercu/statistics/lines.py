"""Which tracks crossed a line: when, which way, how fast, and how long the line was covered."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.ground import GroundPlane
from apercu.search.places import CLEAR_SIZES
from apercu.statistics.paths import Floats, Indices, Paths

RIGHT, LEFT = 1, -1
_ROOM = 0.5
_KMH = 3.6
_LONGEST_COVER_S = 5.0


@dataclass(frozen=True, slots=True)
class Sides:
    """Where the feet of each observation are, as one looks along a line.

    Attributes:
        across: float64 (n,), pixels to the right of it; negative is left.
        along: float64 (n,), pixels from its first end.
        clear: bool (n,), whether it is clearly on that side.
        length: of the line, pixels.
    """

    across: Floats
    along: Floats
    clear: NDArray[np.bool_]
    length: float

    @classmethod
    def of(cls, paths: Paths, line: Floats, picture: tuple[int, int]) -> Sides:
        """Look at paths along a line, float64 (2, 2), in a picture of a width and height.

        A fifth of its own size away is clearly on a side, and so is half of the room that there is between
        the line and the edge of the picture: who leaves the picture just behind a line has crossed it.
        """
        way = line[1] - line[0]
        length = float(np.hypot(*way))
        along = way / length
        normal = np.array([-along[1], along[0]])
        from_end = paths.feet - line[0]
        across = from_end @ normal
        width, height = picture
        corners = (np.array([[0, 0], [width, 0], [0, height], [width, height]]) - line[0]) @ normal
        room = np.where(across > 0, corners.max(), -corners.min()).clip(0.0)
        clear = (np.abs(across) >= np.minimum(CLEAR_SIZES * paths.sizes, _ROOM * room)) & (across != 0)
        return cls(across, from_end @ along, clear, length)


@dataclass(frozen=True, slots=True)
class Crossings:
    """Crossings of one line.

    Attributes:
        owners: int64 (m,), the track that crossed.
        to: int64 (m,), ``RIGHT`` or ``LEFT``.
        times: float64 (m,), seconds since the start of the run.
    """

    owners: Indices
    to: Indices
    times: Floats

    @classmethod
    def joined(cls, parts: list[Self]) -> Self:
        """Return several as one."""
        columns = [np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)]
        return cls(*columns)


def crossings(paths: Paths, sides: Sides) -> Crossings:
    """Return who crossed: clearly on one side, next clearly on the other, between the line's ends.

    A box that trembles on the line goes through it as often in one direction as in the other, and so crosses
    once or not at all. Its time is that of the last time it went through.
    """
    before, after = sides.across[:-1], sides.across[1:]
    rightward, leftward = (before <= 0) & (after > 0), (before > 0) & (after <= 0)
    share = np.divide(before, before - after, out=np.zeros_like(before), where=rightward | leftward)
    at = sides.along[:-1] + share * np.diff(sides.along)
    through = (at >= 0) & (at <= sides.length) & paths.together
    passed = np.concatenate([[0], np.cumsum(through * (rightward.astype(int) - leftward))])
    steps = np.arange(len(before))
    clear = np.flatnonzero(sides.clear)
    start, end = clear[:-1], clear[1:]
    side = np.sign(sides.across[end]).astype(np.int64)
    turned = (paths.owners[start] == paths.owners[end]) & (np.sign(sides.across[start]) == -side)
    crossed = turned & ((passed[end] - passed[start]) * side > 0)
    found: list[Crossings] = []
    for to, ways in ((RIGHT, rightward), (LEFT, leftward)):
        chosen = end[crossed & (side == to)]
        last = np.maximum.accumulate(np.where(through & ways, steps, -1))[chosen - 1]
        times = paths.times[last] + share[last] * (paths.times[last + 1] - paths.times[last])
        found.append(Crossings(paths.owners[chosen], np.full(len(chosen), to, np.int64), times))
    return Crossings.joined(found)


def speeds_kmh(paths: Paths, owners: Indices, times: Floats, plane: GroundPlane | None) -> Floats:
    """Return how fast tracks were on the ground over the second around moments: float64 (m,), km/h.

    NaN where the camera is not calibrated, or the ground there cannot be measured.
    """
    if plane is None:
        return np.full(len(owners), np.nan)
    metres = plane.to_metres(paths.feet)
    return np.asarray(_KMH * np.hypot(*paths.velocities(owners, times, metres).T))


def covers_s(paths: Paths, owners: Indices, times: Floats) -> Floats:
    """Return for how long each covered the place where it stood at a moment: float64 (m,), seconds.

    That is the extent of its box along its movement over its speed in the picture; what hardly moves, and
    what nobody knows, is taken to cover it for five seconds at most.
    """
    velocity = paths.velocities(owners, times, paths.feet)
    boxes = paths.at(owners, times, paths.boxes)
    speed = np.hypot(*velocity.T)
    extent = (np.abs(velocity) * (boxes[:, 2:] - boxes[:, :2])).sum(axis=1) / speed.clip(1e-6)
    return np.asarray(np.nan_to_num(extent / speed.clip(1e-6), nan=0.0).clip(0.0, _LONGEST_COVER_S))

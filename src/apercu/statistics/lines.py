"""Which tracks crossed a line: when, which way, how fast, and how long the line was covered."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.ground import GroundPlane
from apercu.geometry import beside, steps_through
from apercu.search.places import CLEAR_SIZES
from apercu.statistics.paths import Floats, Indices, Paths

RIGHT, LEFT = 1, -1
_ROOM = 0.5
KMH = 3.6
_LONGEST_COVER_S = 5.0


@dataclass(frozen=True, slots=True)
class Sides:
    """Where the feet of each observation are, as one looks along a line.

    Attributes:
        across: float64 (n,), pixels to the right of it; negative is left.
        along: float64 (n,), pixels from its first end.
        margin: float64 (n,), how far from the line is clearly on that side, pixels.
        length: of the line, pixels.
        way: float64 (2,), the direction of the line, of length 1.
    """

    across: Floats
    along: Floats
    margin: Floats
    length: float
    way: Floats

    @property
    def clear(self) -> NDArray[np.bool_]:
        """Whether each is clearly on its side: bool (n,)."""
        return np.asarray((np.abs(self.across) >= self.margin) & (self.across != 0))

    @classmethod
    def of(cls, paths: Paths, line: Floats, picture: tuple[int, int]) -> Sides:
        """Look at paths along a line, float64 (2, 2), in a picture of a width and height."""
        return cls.at(paths.feet, paths.sizes, line, picture)

    @classmethod
    def at(
        cls,
        feet: Floats,
        sizes: Floats,
        line: Floats,
        picture: tuple[int, int],
        clear_sizes: float = CLEAR_SIZES,
    ) -> Sides:
        """Look at feet (n, 2) of objects of sizes (n,) along a line.

        ``clear_sizes`` of its own size away, a fifth, is clearly on a side, and so is half of the room that
        there is between the line and the edge of the picture: who leaves the picture just behind a line has
        crossed it.
        """
        across, along = beside(feet, line)
        width, height = picture
        corners, _ = beside(np.array([[0, 0], [width, 0], [0, height], [width, height]]), line)
        room = np.where(across > 0, corners.max(), -corners.min()).clip(0.0)
        way = line[1] - line[0]
        length = float(np.hypot(*way))
        return cls(across, along, np.minimum(clear_sizes * sizes, _ROOM * room), length, way / length)


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


@dataclass(frozen=True, slots=True)
class Passes:
    """Steps from one observation to the next that lead through a line, between its ends.

    Attributes:
        through: int64 (n - 1,), ``RIGHT``, ``LEFT``, or 0 for a step that does not.
        times: float64 (n - 1,), when, seconds.
        sums: int64 (n,), ``through`` added up before each observation.
    """

    through: Indices
    times: Floats
    sums: Indices

    @classmethod
    def of(cls, paths: Paths, sides: Sides) -> Passes:
        """Return the steps through a line."""
        through, share = steps_through(sides.across, sides.along, sides.length, paths.together)
        times = paths.times[:-1] + share * np.diff(paths.times)
        return cls(through, times, np.concatenate([[0], np.cumsum(through)]))

    def last(self, to: int, ends: Indices) -> Floats:
        """Return when the line was last passed in a direction before observations ``ends`` (m,), seconds."""
        latest = np.maximum.accumulate(np.where(self.through == to, np.arange(len(self.through)), 0))
        return np.asarray(self.times[latest[ends - 1]])


def crossings(paths: Paths, sides: Sides, passes: Passes) -> Crossings:
    """Return who crossed: clearly on one side, next clearly on the other, between the line's ends.

    A box that trembles on the line goes through it as often in one direction as in the other, and so crosses
    once or not at all. Its time is that of the last time it went through.
    """
    clear = np.flatnonzero(sides.clear)
    start, end = clear[:-1], clear[1:]
    side = np.sign(sides.across[end]).astype(np.int64)
    turned = (paths.owners[start] == paths.owners[end]) & (np.sign(sides.across[start]) == -side)
    crossed = turned & ((passes.sums[end] - passes.sums[start]) * side > 0)
    found: list[Crossings] = []
    for to in (RIGHT, LEFT):
        chosen = end[crossed & (side == to)]
        times = passes.last(to, chosen)
        found.append(Crossings(paths.owners[chosen], np.full(len(chosen), to, np.int64), times))
    return Crossings.joined(found)


def speeds_kmh(paths: Paths, owners: Indices, times: Floats, plane: GroundPlane | None) -> Floats:
    """Return how fast tracks were on the ground over the second around moments: float64 (m,), km/h.

    NaN where the camera is not calibrated, or the ground there cannot be measured.
    """
    if plane is None:
        return np.full(len(owners), np.nan)
    metres = plane.to_metres(paths.feet)
    return np.asarray(KMH * np.hypot(*paths.velocities(owners, times, metres).T))


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

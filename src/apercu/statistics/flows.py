"""Who went from one place to another, and how they turned on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import pyarrow as pa

from apercu.analysis.detections import CLASSES
from apercu.analysis.ground import GroundPlane
from apercu.statistics.intervals import Intervals
from apercu.statistics.paths import Floats, Indices, Paths, to_micros
from apercu.statistics.rows import Marked, Run, summed
from apercu.statistics.scene import Scene

TURNS = ("straight", "right", "back", "left")
_STRAIGHT_DEG, _BACK_DEG = 45.0, 135.0
_STILL_SIZES_S = 0.1


@dataclass(frozen=True, slots=True)
class Visits:
    """Times that tracks were in a zone or crossed a line.

    Attributes:
        owners: int64 (n,), the track.
        place: int64 (n,), index into a scene's lines and then its zones.
        enter, leave: float64 (n,), seconds since the start of the run; the same for lines.
    """

    owners: Indices
    place: Indices
    enter: Floats
    leave: Floats

    @classmethod
    def at(cls, place: int, owners: Indices, enter: Floats, leave: Floats) -> Self:
        """Return visits of one place."""
        return cls(owners, np.full(len(owners), place, np.int64), enter, leave)

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return several as one."""
        empty = [np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0)]
        columns = [[getattr(part, f.name) for part in parts] for f in fields(cls)]
        joined = (np.concatenate([none, *column]) for none, column in zip(empty, columns, strict=True))
        return cls(*joined)


def flow_cells(paths: Paths, visits: Visits, scene: Scene, intervals: Intervals, run: Run) -> list[pa.Table]:
    """Return flows between places and how they turned.

    A flow leads from a place that was left to another that was reached after that; each track counts once
    for each two places, when it reaches the second. How it turned is the angle from its heading where it left
    the first to that where it reached the second, on the ground where that is known, else in the picture:
    straight below 45 degrees, back above 135. Where it hardly moved there, nothing is said.
    """
    start, end = _pairs(visits)
    owners, count = visits.owners[start], len(scene.lines) + len(scene.zones)
    begin_us, end_us = intervals.around(to_micros(visits.enter[end]))
    pair = visits.place[start] * count + visits.place[end]
    turned = _turns(paths, owners, visits.leave[start], visits.enter[end], scene.plane)
    known = turned >= 0
    drawn = [*scene.lines, *scene.zones]
    cells = []
    for measure, codes, of in (
        ("flow", pair, np.ones(len(pair), np.bool_)),
        ("turning", pair * len(TURNS) + turned, known),
    ):
        named = codes * len(CLASSES) + paths.classes[owners]
        ones = np.ones(int(of.sum()), np.int64)
        found, sums = summed(Marked.by_owner(owners[of], named[of], begin_us[of], end_us[of], ones))
        kinds, turn = found // len(CLASSES), np.zeros(0, np.int64)
        if measure == "turning":
            kinds, turn = kinds // len(TURNS), kinds % len(TURNS)
        pairs = [(drawn[k // count], drawn[k % count]) for k in kinds]
        cells.append(
            run.cells(
                measure,
                sums,
                place=[f"{a.name}>{b.name}" for a, b in pairs],
                series=[f"{a.series}>{b.series}" for a, b in pairs],
                direction=[TURNS[k] for k in turn] if measure == "turning" else "",
                named=[CLASSES[k] for k in found % len(CLASSES)],
            )
        )
    return cells


def _pairs(visits: Visits) -> tuple[Indices, Indices]:
    """Return visits (m,) and the first visits (m,) of other places after them, once for each two places."""
    order = np.lexsort((visits.leave, visits.place, visits.owners))
    owners, places = visits.owners[order], visits.place[order]
    first = np.ones(len(order), np.bool_)
    first[1:] = (np.diff(owners) != 0) | (np.diff(places) != 0)
    origins = order[first]
    lowest = np.searchsorted(owners, visits.owners[origins], "left")
    counts = np.searchsorted(owners, visits.owners[origins], "right") - lowest
    start = np.repeat(origins, counts)
    within = np.arange(len(start)) - np.repeat(np.cumsum(counts) - counts, counts)
    end = order[np.repeat(lowest, counts) + within]
    after = (visits.place[start] != visits.place[end]) & (visits.enter[end] >= visits.leave[start])
    start, end = start[after], end[after]
    order = np.lexsort((visits.enter[end], visits.place[end], start))
    start, end = start[order], end[order]
    earliest = np.ones(len(start), np.bool_)
    earliest[1:] = (np.diff(start) != 0) | (np.diff(visits.place[end]) != 0)
    return start[earliest], end[earliest]


def _turns(paths: Paths, owners: Indices, leave: Floats, enter: Floats, plane: GroundPlane | None) -> Indices:
    """Return how each turned between two moments: int64 (m,), index into ``TURNS``, -1 where nobody knows."""
    before, after = (paths.velocities(owners, at, paths.feet) for at in (leave, enter))
    size = paths.at(owners, enter, paths.sizes[:, None])[:, 0]
    still = np.minimum(np.hypot(*before.T), np.hypot(*after.T)) < _STILL_SIZES_S * size
    angle = _angles(before, after)
    if plane is not None:
        metres = plane.to_metres(paths.feet)
        # Seen from above or from below: as the picture shows it, right is right.
        shown = np.sign(np.linalg.det(plane.homography))
        on_ground = shown * _angles(*(paths.velocities(owners, at, metres) for at in (leave, enter)))
        angle = np.where(np.isnan(on_ground), angle, on_ground)
    side = np.where(angle > 0, TURNS.index("right"), TURNS.index("left"))
    size_deg = np.abs(angle)
    turn = np.where(size_deg < _STRAIGHT_DEG, 0, np.where(size_deg > _BACK_DEG, TURNS.index("back"), side))
    return np.where(still | np.isnan(angle), -1, turn).astype(np.int64)


def _angles(a: Floats, b: Floats) -> Floats:
    """Return by how much b (m, 2) is turned from a (m, 2): degrees, clockwise where y goes down."""
    cross, dot = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], (a * b).sum(axis=1)
    return np.asarray(np.degrees(np.arctan2(cross, dot)))

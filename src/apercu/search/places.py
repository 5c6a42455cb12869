"""Exact geometry over tracks: where feet were, which lines they crossed, where they stood, how they went.

Observations of many tracks come as flat arrays: ``owners`` says to which track each belongs, 0 to ``count``
- 1, together and in order of time.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from apercu.analysis.standing import runs, standing
from apercu.errors import UsageError
from apercu.geometry import beside, steps_through
from apercu.search.parts import Points, Side, Unit, Way

CLEAR_SIZES = 0.2
"""Less than this share of its own size is no movement, and no other side of a line."""
_MOST_CROSSING = 50
_AWAY_SIZES = 2.0


def polygon(place: Points, unit: Unit, width: int, height: int) -> shapely.Geometry:
    """Return a polygon in pixels of a picture ``width`` x ``height``, prepared.

    Lines that cross one another (a bow tie) are taken as what they enclose.
    """
    corners = in_pixels(place, unit, width, height)
    made = shapely.make_valid(shapely.polygons(corners))
    shapely.prepare(made)
    return made


def check_crossings(points: Points) -> None:
    """Refuse a polygon that crosses itself over and over: what it encloses could take minutes to find out.

    Raises:
        UsageError: it does, and has more than 50 corners.
    """
    if len(points) > _MOST_CROSSING and not shapely.is_valid(shapely.polygons(np.array(points, np.float64))):
        raise UsageError(
            f"a polygon of {len(points)} corners crosses itself",
            where="query",
            next_step=f"Draw it without crossings, or with at most {_MOST_CROSSING} corners.",
        )


def in_pixels(points: Points, unit: Unit, width: int, height: int) -> NDArray[np.float64]:
    """Return points in pixels of a picture ``width`` x ``height``: float64 (n, 2)."""
    return np.array(points, np.float64) * ([width, height] if unit == "normalised" else [1, 1])


def those_there(
    owners: NDArray[np.int64], feet: NDArray[np.float64], area: shapely.Geometry, way: Way, count: int
) -> NDArray[np.bool_]:
    """Return which of ``count`` tracks were in an area, came into it, or left it: bool (count,).

    Between two observations a track goes straight. Its edge belongs to the area.

    Args:
        owners: int64 (n,), to which track each observation belongs, 0 to ``count`` - 1, together and in order
            of time.
        feet: float64 (n, 2), x and y in pixels.
        area: prepared.
        way: what they did there.
        count: tracks in all.
    """
    found = np.zeros(count, np.bool_)
    inside = shapely.intersects_xy(area, feet[:, 0], feet[:, 1])
    if way == "in":
        found[owners[inside]] = True
    outside_end = (
        ~inside[:-1] if way == "entered" else ~inside[1:] if way == "left" else ~inside[:-1] & ~inside[1:]
    )
    steps = _meeting(owners, feet, area, outside_end & ~found[owners[:-1]])
    found[owners[steps]] = True
    return found


def _meeting(
    owners: NDArray[np.int64], feet: NDArray[np.float64], area: shapely.Geometry, among: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return the steps, by the index of their first observation, that meet an area: of those ``among``."""
    steps = np.flatnonzero((owners[1:] == owners[:-1]) & among)
    # Only those whose own box meets the area's can cross it.
    x1, y1, x2, y2 = shapely.bounds(area)
    low, high = np.minimum(feet[steps], feet[steps + 1]), np.maximum(feet[steps], feet[steps + 1])
    near = (low[:, 0] <= x2) & (high[:, 0] >= x1) & (low[:, 1] <= y2) & (high[:, 1] >= y1)
    steps = steps[near]
    lines = shapely.linestrings(np.stack([feet[steps], feet[steps + 1]], axis=1))
    return np.asarray(steps[shapely.intersects(area, lines)], np.int64)


def those_from_to(
    owners: NDArray[np.int64],
    feet: NDArray[np.float64],
    start: shapely.Geometry,
    end: shapely.Geometry,
    count: int,
) -> NDArray[np.bool_]:
    """Return which tracks were in one area and later in another: bool (count,)."""
    first = np.full(count, 2 * len(owners) + 2, np.int64)
    last = np.full(count, -1, np.int64)
    for area, keep, found in ((start, np.minimum, first), (end, np.maximum, last)):
        inside = shapely.intersects_xy(area, feet[:, 0], feet[:, 1])
        between = _meeting(owners, feet, area, ~inside[:-1] & ~inside[1:])
        there = np.flatnonzero(inside)
        keep.at(found, owners[there], 2 * there)
        keep.at(found, owners[between], 2 * between + 1)
    return first < last


def those_across(
    owners: NDArray[np.int64],
    feet: NDArray[np.float64],
    sizes: NDArray[np.float64],
    line: NDArray[np.float64],
    side: Side,
) -> NDArray[np.bool_]:
    """Return which tracks crossed a line: bool (count,).

    They were clearly on one side, next clearly on the other, and went through between the line's ends.

    Args:
        owners, feet: as ``those_there``.
        sizes: float64 (count,), of each object, pixels; a fifth of it away is clearly on a side.
        line: float64 (2, 2), both ends, pixels.
        side: where to, as one looks from the first end to the second.
    """
    found = np.zeros(len(sizes), np.bool_)
    to_right, along = beside(feet, line)
    steps, _ = steps_through(
        to_right, along, float(np.hypot(*(line[1] - line[0]))), owners[1:] == owners[:-1]
    )
    # A box that trembles on the line goes through it as often in one direction as in the other.
    passed = np.concatenate([[0], np.cumsum(steps)])
    clear = np.flatnonzero(np.abs(to_right) >= CLEAR_SIZES * sizes[owners])
    pairs = owners[clear[1:]] == owners[clear[:-1]]
    net = np.where(pairs, passed[clear[1:]] - passed[clear[:-1]], 0)
    sides = np.sign(to_right[clear])
    net = np.where(sides[1:] != sides[:-1], net, 0)
    crossed = net > 0 if side == "right" else net < 0 if side == "left" else net != 0
    found[owners[clear[1:][crossed]]] = True
    return found


def longest_stays_s(
    owners: NDArray[np.int64],
    feet: NDArray[np.float64],
    times: NDArray[np.float64],
    sizes: NDArray[np.float64],
    area: shapely.Geometry | None,
) -> NDArray[np.float64]:
    """Return for how long each track stood still at most in one go, seconds: float64 (count,).

    Still is what ``apercu.analysis.standing`` says, as in the column ``dwell_s``.

    Args:
        owners, feet: as ``those_there``.
        times: float64 (n,), seconds.
        sizes: float64 (count,), of each object, pixels.
        area: only what is inside of it counts; None means everywhere.
    """
    longest = np.zeros(len(sizes))
    if len(owners) < 2:
        return longest
    resting = standing(owners, feet, times, sizes)
    if area is not None:
        inside = shapely.intersects_xy(area, feet[:, 0], feet[:, 1])
        resting &= inside[:-1] & inside[1:]
    starts = runs(resting, owners)
    lengths = np.add.reduceat(np.where(resting, np.diff(times), 0.0), starts)
    np.maximum.at(longest, owners[starts], lengths)
    return longest


def those_back(
    owners: NDArray[np.int64], feet: NDArray[np.float64], sizes: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Return which tracks went away from where they began and came back half of that: bool (count,).

    Args: as ``those_across``.
    """
    count = len(sizes)
    begins = np.searchsorted(owners, np.arange(count))
    ends = np.searchsorted(owners, np.arange(count), "right") - 1
    seen = ends >= begins
    away = np.hypot(*(feet - feet[begins[owners]]).T)
    farthest = np.zeros(count)
    np.maximum.at(farthest, owners, away)
    last = np.where(seen, away[ends.clip(0)], 0.0)
    return (farthest >= _AWAY_SIZES * sizes) & (farthest > 0) & (last <= farthest / 2)

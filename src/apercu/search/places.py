"""Exact geometry over tracks: where feet were, and whether they came into a polygon or went out of it."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from apercu.search.query import Region, Way


def polygon(region: Region, width: int, height: int) -> shapely.Geometry:
    """Return a region as a polygon in pixels of a picture ``width`` x ``height``.

    Lines that cross one another (a bow tie) are taken as what they enclose.
    """
    corners = np.array(region.corners, float)
    if region.unit == "normalised":
        corners *= [width, height]
    made = shapely.make_valid(shapely.polygons(corners))
    shapely.prepare(made)
    return made


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
    together = owners[1:] == owners[:-1]
    outside_end = (
        ~inside[:-1] if way == "entered" else ~inside[1:] if way == "left" else ~inside[:-1] & ~inside[1:]
    )
    steps = np.flatnonzero(together & outside_end & ~found[owners[:-1]])
    # Only those whose own box meets the area's can cross it.
    x1, y1, x2, y2 = shapely.bounds(area)
    low, high = np.minimum(feet[steps], feet[steps + 1]), np.maximum(feet[steps], feet[steps + 1])
    near = (low[:, 0] <= x2) & (high[:, 0] >= x1) & (low[:, 1] <= y2) & (high[:, 1] >= y1)
    steps = steps[near]
    lines = shapely.linestrings(np.stack([feet[steps], feet[steps + 1]], axis=1))
    found[owners[steps[shapely.intersects(area, lines)]]] = True
    return found

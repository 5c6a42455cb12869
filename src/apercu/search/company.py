"""Tracks beside tracks: how many there are at once, and which come close to another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_AT_ONCE = 2_000
"""Observations compared with all others in one go: what is found of them waits in memory."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def most_at_once(starts: Floats, ends: Floats) -> Ints:
    """Return how many tracks are there at once while each one is, at most and itself included: int64 (n,).

    Args:
        starts, ends: float64 (n,), first and last moment of each, seconds.
    """
    order = np.sort(starts)
    # It only ever grows when a track begins.
    there = np.searchsorted(order, order, "right") - np.searchsorted(np.sort(ends), order, "left")
    first = np.searchsorted(order, starts, "left")
    last = np.searchsorted(order, ends, "right")
    return _highest(there, first, last)


def _highest(values: Ints, first: Ints, last: Ints) -> Ints:
    """Return the highest of ``values[first:last]`` for each pair: of two overlapping powers of two."""
    power = np.floor(np.log2(np.maximum(last - first, 1))).astype(np.int64)
    found = np.zeros(len(first), np.int64)
    level = values
    for exponent in range(int(power.max(initial=0)) + 1):
        if exponent:
            half = 1 << (exponent - 1)
            level = np.maximum(level[:-half], level[half:])
        now = power == exponent
        found[now] = np.maximum(level[first[now]], level[last[now] - (1 << exponent)])
    return found


def those_near(
    owners: Ints,
    places: Floats,
    times: Floats,
    other_owners: Ints,
    other_places: Floats,
    other_times: Floats,
    distance: float,
    within_s: float,
) -> Ints:
    """Return the tracks that were close to another one, each once: int64 (k,).

    Args:
        owners: int64 (n,), track of each observation asked about.
        places: float64 (n, 2), where it was.
        times: float64 (n,), when, seconds.
        other_owners, other_places, other_times: the same of all that may be close; of the same numbers.
        distance: at most, in units of the places.
        within_s: seconds between the two at most.
    """
    from scipy.spatial import cKDTree  # takes longer to import than most questions take

    scale = np.array([distance, distance, max(within_s, 1e-3)])
    tree = cKDTree(np.column_stack([other_places, other_times]) / scale)
    points = np.column_stack([places, times]) / scale
    found: set[int] = set()
    for begin in range(0, len(points), _AT_ONCE):
        part = slice(begin, begin + _AT_ONCE)
        close = tree.query_ball_point(points[part], 1.0 + 1e-6, p=np.inf)
        which = np.repeat(np.arange(len(close)), [len(each) for each in close]) + begin
        others = np.fromiter((i for each in close for i in each), np.int64)
        apart = np.hypot(*(places[which] - other_places[others]).T)
        met = (owners[which] != other_owners[others]) & (apart <= distance)
        found.update(owners[which[met]].tolist())
    return np.array(sorted(found), np.int64)

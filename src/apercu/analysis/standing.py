"""When tracks stand still: one definition for what is stored of a track and for what is asked of it.

A track stands still during a second in which its feet move by less than a fifth of its own size, for a second
or more in one go. The whole second counts, so that a box that trembles does not travel.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

STILL_SIZES_S = 0.2
"""Sizes a second below which it stands."""
LEAST_S = 1.0
"""Shorter stays are none, seconds."""
_SECOND_S, _TICK_S, _SAMPLING_S = 1.0, 1e-3, 0.25
_ROUNDING_S = 1e-6


def standing(
    owners: NDArray[np.int64],
    feet: NDArray[np.float64],
    times: NDArray[np.float64],
    sizes: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Return whether tracks stand still from each observation to the next: bool (n - 1,).

    From the last of one track to the first of another is no standing.

    Args:
        owners: int64 (n,), to which track each observation belongs, together and in order of time.
        feet: float64 (n, 2), x and y in pixels.
        times: float64 (n,), seconds.
        sizes: float64 (k,), of each track, pixels: root of the area of its usual box.
    """
    if len(owners) < 2:
        return np.zeros(max(len(owners) - 1, 0), np.bool_)
    together = owners[1:] == owners[:-1]
    # Tracks follow each other on one line of time, too far apart to be mixed up.
    line = times - times.min() + owners * (np.ptp(times) + 10.0)
    begins = np.arange(len(owners))
    ends = np.searchsorted(line, line + _SECOND_S + _TICK_S, "right") - 1
    ends[:-1] = np.where(together, np.maximum(ends[:-1], begins[1:]), ends[:-1])
    spans = times[ends] - times
    far = STILL_SIZES_S * sizes[owners] * spans
    # Halfway, too: who turns back within the second is where it began, and did not stand.
    gone = [np.hypot(*(feet[at] - feet).T) for at in ((begins + ends) // 2, ends)]
    still = np.flatnonzero((spans >= _SECOND_S - _SAMPLING_S) & (gone[0] < far) & (gone[1] < far))
    cover = np.zeros(len(owners) + 1, np.int64)
    np.add.at(cover, still, 1)
    np.add.at(cover, ends[still], -1)
    resting = (np.cumsum(cover)[: len(owners) - 1] > 0) & together
    starts = runs(resting, owners)
    lengths = np.add.reduceat(np.where(resting, np.diff(times), 0.0), starts)
    long = lengths >= LEAST_S - _ROUNDING_S
    return np.asarray(resting & np.repeat(long, np.diff(starts, append=len(resting))))


def runs(resting: NDArray[np.bool_], owners: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where runs of steps that are alike begin, none of them over two tracks: int64 (k,).

    Args:
        resting: bool (n - 1,), n at least 2, as ``standing`` returns it.
        owners: int64 (n,).
    """
    edges = np.flatnonzero(resting[1:] != resting[:-1]) + 1
    breaks = np.flatnonzero(owners[1:] != owners[:-1])
    starts = np.unique(np.concatenate([[0], edges, breaks, breaks + 1]))
    return np.asarray(starts[starts < len(resting)], np.int64)

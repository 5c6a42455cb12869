"""Long stays, shortened: who waits for twelve minutes need not be waited for.

Of a stay the beginning and the end are shown; the middle, where nothing happens, is left out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apercu.geometry import feet, sizes

_LOOK_S = 1.0
"""Whether something stands is judged by where it is so much earlier and later."""
_STILL = 0.2
"""Share of its own size by which something that stands may sway in twice that time."""
_WORTH_S = 2.0
"""A cut that saves less is not made: it would be a jump for nothing."""


def without_long_stays(
    boxes: NDArray[np.float32], rate: float, dwell_s: float
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return which samples are shown, bool (n,), and the seconds left out before each of those, float64.

    Args:
        boxes: float32 (n, 4), x1 y1 x2 y2 in pixels, at each sample.
        rate: samples per second.
        dwell_s: what is shown of a stay that is longer, seconds.
    """
    count = len(boxes)
    kept = np.ones(count, np.bool_)
    skipped = np.zeros(count)
    for begin, end in _runs(_still(boxes, max(1, round(rate * _LOOK_S)))):
        shown = max(2, round(dwell_s * rate))
        left_out = end - begin - shown
        if left_out >= _WORTH_S * rate:
            first = begin + shown // 2
            kept[first : first + left_out] = False
            skipped[first + left_out] = left_out / rate
    return kept, skipped[kept]


def _still(boxes: NDArray[np.float32], look: int) -> NDArray[np.bool_]:
    """Return whether the feet stay about where they are, bool (n,)."""
    places = feet(boxes)
    at = np.arange(len(boxes))
    before, after = np.maximum(at - look, 0), np.minimum(at + look, len(boxes) - 1)
    return np.asarray(np.hypot(*(places[after] - places[before]).T) <= _STILL * sizes(boxes))


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return where each run of true begins and ends (exclusive)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))

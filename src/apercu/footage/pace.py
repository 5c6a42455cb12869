"""Which moments of footage are looked at: so many a second, at most.

They lie on one grid of time, so that a part of a recording is looked at as it is within the whole.
"""

from __future__ import annotations

import numpy as np

_EARLY_S = 0.01


def on_time(at: float, due_s: float) -> bool:
    """Return whether a picture at a time is the one that is due; a little early is on time (seconds)."""
    return bool(at >= due_s - _EARLY_S)


def next_due(at: float, step_s: float) -> float:
    """Return the next moment on the grid of steps after a picture at a time (seconds)."""
    return float((np.floor((at + _EARLY_S) / step_s) + 1) * step_s)


class Pace:
    """Chooses moments given in order of time.

    Args:
        rate: moments per second, at most.
    """

    def __init__(self, rate: float) -> None:
        self._step_s = 1 / rate
        self._due_s = -np.inf

    def takes(self, at: float) -> bool:
        """Return whether the picture at a time (seconds) is wanted; ask once for each."""
        if not on_time(at, self._due_s):
            return False
        # A gap is not made up for.
        if at < self._due_s + self._step_s:
            self._due_s += self._step_s
        else:
            self._due_s = next_due(at, self._step_s)
        return True

"""Recorded time: the time line without what lies between recordings, of which nothing can be shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Seconds = NDArray[np.float64]
RecordedBefore = Callable[[ArrayLike], Seconds]
"""Moments of a time line -> seconds that were recorded before them."""


def as_they_are(line_s: ArrayLike) -> Seconds:
    """Take all of a time line for recorded."""
    return np.asarray(line_s, float)


@dataclass(frozen=True, slots=True, eq=False)
class RecordedTime:
    """Stretches of a time line in which something was recorded.

    Attributes:
        begins, ends: of each, float64 (n,), seconds on the time line, in order and apart from one another.
        before: seconds recorded before each, float64 (n,).
    """

    begins: Seconds
    ends: Seconds
    before: Seconds

    @classmethod
    def of(cls, spans: Iterable[tuple[float, float]], gap_s: float = 1.0) -> RecordedTime:
        """Return the time that spans cover together; pauses of ``gap_s`` and less count as recorded."""
        merged: list[list[float]] = []
        for begin, end in sorted(spans):
            if merged and begin <= merged[-1][1] + gap_s:
                merged[-1][1] = max(merged[-1][1], end)
            else:
                merged.append([begin, end])
        begins, ends = np.array(merged, float).reshape(-1, 2).T
        return cls(begins, ends, np.cumsum(ends - begins) - (ends - begins))

    def at(self, line_s: ArrayLike) -> Seconds:
        """Return how many seconds were recorded before moments of the time line; shape as given."""
        moments = np.asarray(line_s, float)
        within = np.maximum(np.searchsorted(self.begins, moments, "right") - 1, 0)
        begins, ends = self.begins[within], self.ends[within]
        return np.asarray(self.before[within] + np.clip(moments, begins, ends) - begins)

    def line_s(self, recorded_s: float) -> float:
        """Return the moment of the time line before which so much was recorded: the later one of two."""
        within = max(int(np.searchsorted(self.before, recorded_s, "right")) - 1, 0)
        return float(self.begins[within] + recorded_s - self.before[within])


@dataclass(frozen=True, slots=True, eq=False)
class Times:
    """A span of original time: what colours of time run over.

    Attributes:
        first_s, last_s: its ends, seconds on the time line.
        recorded_s: moments of the time line -> seconds recorded before them.
    """

    first_s: float
    last_s: float
    recorded_s: RecordedBefore = as_they_are

    def shares(self, line_s: ArrayLike) -> Seconds:
        """Return how much of what was recorded in the span lies before moments of the time line, 0 to 1."""
        before, until = self.recorded_s([self.first_s, self.last_s])
        return np.asarray(np.clip((self.recorded_s(line_s) - before) / max(until - before, 1e-6), 0, 1))

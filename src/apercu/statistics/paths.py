"""What counting looks at: tracks as flat arrays of where they stood and when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.detections import CLASSES
from apercu.analysis.tracks import Tracks
from apercu.errors import UsageError
from apercu.geometry import feet, sizes
from apercu.once import found_once
from apercu.statistics.intervals import SECOND_US, Micros

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
_BOX = ("x1", "y1", "x2", "y2")
_HALF_S = 0.5
_LEAST_SPAN_S = 0.15


@dataclass(frozen=True)
class Paths:
    """Tracks of one recording; observations together by track and in order of time.

    Attributes:
        owners: int64 (n,), to which track each observation belongs, 0 to ``count`` - 1.
        times: float64 (n,), seconds since the start of the run.
        boxes: float64 (n, 4), x1 y1 x2 y2 in pixels.
        classes: int64 (count,), indices into ``CLASSES``.
        going_on: whether the tracks are still in view, so that their ends are none.
    """

    owners: Indices
    times: Floats
    boxes: Floats
    classes: Indices
    going_on: bool = False

    @classmethod
    def of(cls, tracks: Tracks, *, going_on: bool = False) -> Paths:
        """Return tracks as arrays.

        Raises:
            UsageError: an observation belongs to no track: those that nobody followed have no path.
        """
        seen = tracks.observation_table
        ids = tracks.table["track_id"].to_numpy()
        of, pts = seen["track_id"].to_numpy(), seen["pts"].to_numpy()
        if (len(ids) and ids.min() < 0) or not np.isin(of, ids).all():
            raise UsageError(
                "observations of no track cannot be counted",
                next_step="Leave out what has the id -1: nobody knows which of it is one object.",
            )
        order = np.lexsort((pts, of))
        known, owners = np.unique(of[order], return_inverse=True)
        numbers = {name: number for number, name in enumerate(CLASSES)}
        classes = np.array([numbers[str(name)] for name in tracks.table["class"].to_pylist()], np.int64)
        rows = np.argsort(ids, kind="stable")
        return cls(
            np.asarray(owners, np.int64),
            seen["time_s"].to_numpy()[order],
            np.column_stack([seen[name].to_numpy()[order] for name in _BOX]).astype(np.float64),
            classes[rows][np.searchsorted(ids[rows], known)],
            going_on,
        )

    @property
    def count(self) -> int:
        """How many tracks there are."""
        return len(self.classes)

    @found_once
    def feet(self) -> Floats:
        """Where each stood: float64 (n, 2), bottom centre of its box, pixels."""
        return np.asarray(feet(self.boxes), np.float64)

    @found_once
    def sizes(self) -> Floats:
        """How large each was: float64 (n,), square root of the area of its box, pixels."""
        return np.asarray(sizes(self.boxes), np.float64)

    @found_once
    def begins(self) -> Indices:
        """First observation of each track: int64 (count,)."""
        return np.searchsorted(self.owners, np.arange(self.count)).astype(np.int64)

    @found_once
    def ends(self) -> Indices:
        """Last observation of each track: int64 (count,)."""
        return np.searchsorted(self.owners, np.arange(self.count), "right").astype(np.int64) - 1

    @found_once
    def together(self) -> NDArray[np.bool_]:
        """Whether an observation and the next are of one track: bool (n - 1,)."""
        return np.asarray(self.owners[1:] == self.owners[:-1])

    def at(self, owners: Indices, times: Floats, values: Floats) -> Floats:
        """Return what ``values`` (n, k) were at other moments, on the straight line: float64 (m, k).

        Before and after its track, the first and last value holds.
        """
        if not len(owners):
            return np.zeros((0, values.shape[1]))
        first, last = self.times[self.begins], self.times[self.ends]
        apart = float(np.ptp(self.times)) + 10.0
        held = np.clip(times, first[owners], last[owners]) + owners * apart
        line = self.times + self.owners * apart
        return np.column_stack([np.interp(held, line, column) for column in values.T])

    def velocities(self, owners: Indices, times: Floats, places: Floats, half_s: float = _HALF_S) -> Floats:
        """Return the velocity around each moment, float64 (m, 2), in ``places`` per second.

        It is that over the second around it, or twice ``half_s``.

        NaN where the track is too short to tell, or a place is not known.
        """
        first, last = self.times[self.begins][owners], self.times[self.ends][owners]
        begin, end = np.maximum(times - half_s, first), np.minimum(times + half_s, last)
        way = self.at(owners, end, places) - self.at(owners, begin, places)
        span = np.where(end - begin >= _LEAST_SPAN_S, end - begin, np.nan)
        return np.asarray(way / span[:, None])


def to_micros(seconds: Floats) -> Micros:
    """Return seconds as whole microseconds: int64 (n,)."""
    return np.rint(np.asarray(seconds) * SECOND_US).astype(np.int64)

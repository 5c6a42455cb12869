"""Where things were seen to move, and whether analysis saw it too: the recall of moments.

Where the truth is known, a moment is a span of time in which something happens. It is found when a track
lies in it: half of the track or more, or else a ghost that is always there would find everything.

Where nobody wrote the truth down, a moment is what a frame-by-frame pipeline followed while it moved, for a
second and a half or more: so that two parked cars whose names are exchanged, which looks like movement for a
second, are none. It is found when at half of these times or more tracks are at the same place (IoU 0.3).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from apercu.analysis import Tracks

Floats = NDArray[np.float64]
Span = tuple[float, float]
"""Begin and end of a moment, seconds."""

_LEAST_S = 1.5
_WINDOW_S = 1.0
_MOVED = 0.25
"""Within a second something that moves goes by this share of its own diagonal."""
_SAME_PLACE = 0.3
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Followed:
    """Boxes of things that somebody followed, in any order.

    Attributes:
        ids: int64 (n,), which thing.
        times: float64 (n,), seconds.
        boxes: float64 (n, 4), x1 y1 x2 y2 in pixels.
    """

    ids: NDArray[np.int64]
    times: Floats
    boxes: Floats

    @classmethod
    def of_tracks(cls, tracks: Tracks) -> Followed:
        """Return what the tracks of one recording followed."""
        table = tracks.observation_table
        boxes = np.column_stack([table[name].to_numpy() for name in ("x1", "y1", "x2", "y2")])
        ids, times = table["track_id"].to_numpy(), table["time_s"].to_numpy()
        return cls(ids.astype(np.int64), times.astype(np.float64), boxes.astype(np.float64))

    @classmethod
    def load(cls, path: Path) -> Followed:
        """Read what ``save`` wrote."""
        with np.load(path) as file:
            return cls(file["ids"], file["times"], file["boxes"])

    def save(self, path: Path) -> None:
        """Write to an ``.npz`` file."""
        np.savez(path, ids=self.ids, times=self.times, boxes=self.boxes)

    def paths(self) -> Iterator[tuple[Floats, Floats]]:
        """Yield the rising seconds (n,) and the boxes (n, 4) of each thing."""
        order = np.lexsort((self.times, self.ids))
        begins = np.flatnonzero(np.diff(self.ids[order], prepend=-1, append=-1))
        for begin, end in pairwise(begins):
            own = order[begin:end]
            yield self.times[own], self.boxes[own]


@dataclass(frozen=True, slots=True)
class Recall:
    """How many ``moments`` there were, how many were ``found``, and how many tracks lie ``outside`` all."""

    moments: int
    found: int
    outside: int | None = None


def recall_of_spans(spans: Sequence[Span], seen: Followed) -> Recall:
    """Compare tracks with the known times at which something happens; spans do not overlap."""
    found, outside = set(), 0
    for times, _ in seen.paths():
        first, last = times[0], times[-1]
        inside = [min(last, end) - max(first, begin) for begin, end in spans]
        best = int(np.argmax(inside)) if inside else -1
        if inside and inside[best] > 0 and inside[best] >= _HALF * (last - first):
            found.add(best)
        else:
            outside += 1
    return Recall(len(spans), len(found), outside)


def recall_of_paths(reference: Followed, seen: Followed) -> Recall:
    """Compare tracks with what a frame-by-frame pipeline followed in the same recording."""
    moments = [path for path in map(_moving, reference.paths()) if path is not None]
    own = list(seen.paths())
    found = 0
    for times, boxes in moments:
        there = np.zeros(len(times), np.bool_)
        for own_times, own_boxes in own:
            shared = np.flatnonzero((times >= own_times[0]) & (times <= own_times[-1]))
            where = [np.interp(times[shared], own_times, own_boxes[:, i]) for i in range(4)]
            there[shared] |= _alike(boxes[shared], np.column_stack(where)) >= _SAME_PLACE
        found += bool(there.mean() >= _HALF)
    return Recall(len(moments), found)


def _moving(path: tuple[Floats, Floats]) -> tuple[Floats, Floats] | None:
    """Return the times and boxes at which a thing moves; None when that is not for long enough."""
    times, boxes = path
    if times[-1] - times[0] < _LEAST_S:
        return None
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    begin = np.clip(times - _WINDOW_S / 2, times[0], times[-1] - _WINDOW_S)
    places = [
        np.column_stack([np.interp(at, times, axis) for axis in centres.T])
        for at in (begin, begin + _WINDOW_S)
    ]
    moved = np.hypot(*(places[1] - places[0]).T)
    moving = moved >= _MOVED * np.hypot(*(boxes[:, 2:] - boxes[:, :2]).T)
    lasted_s = np.count_nonzero(moving) * float(np.median(np.diff(times)))
    return (times[moving], boxes[moving]) if lasted_s >= _LEAST_S else None


def _alike(a: Floats, b: Floats) -> Floats:
    """Return intersection over union (n,) of boxes a (n, 4) and b (n, 4), row by row."""
    sides = np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2])
    shared = np.prod(np.maximum(sides, 0), axis=1)
    areas = [np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (a, b)]
    return np.asarray(shared / np.maximum(areas[0] + areas[1] - shared, 1e-9))

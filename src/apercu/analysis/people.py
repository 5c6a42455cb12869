"""Where anyone may be, at any time of a recording: what is covered wherever pictures are shown.

Only what is clearly a vehicle is surely none; all else may be a person, and is covered. A detector may miss
someone for a moment, so it is the track that is followed: through gaps, before its first sighting and after
its last one. The longer it is since someone was surely seen, the more is covered. And where only a part of
someone was seen (behind a sign, or as something that moves), room for a whole person is covered around it.
Nobody vanishes in the middle of a picture: where a person's track ends or begins there, they may stand still
or be hidden, and the place stays covered for a while.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.detections import CLASSES, VEHICLES
from apercu.analysis.smoothing import smoothed
from apercu.analysis.tracks import Tracks
from apercu.footage.pixelation import Point, Region, padded
from apercu.geometry import feet, sides, spanned

AROUND_S = 1.0
"""How long before its first and after its last observation a track is taken to be there, seconds."""

LINGER_S = 10.0
"""The same for a person's track that ends, or begins, away from the picture's edges."""

_PAD = 0.15
_PAD_LINGERING = 0.5
_PAD_PER_S = 0.75
_PAD_MOST = 1.0
_STEADY_S = 0.4
_CLEARLY = 0.3
"""Scores: the mean from which a track is clearly a vehicle, one from which a box clearly shows a person."""
_ENOUGH, _PARTS = 20, 32
"""Boxes that tell how large people are at one height of the picture, and at how many heights at most."""
_VEHICLES = tuple(CLASSES[i] for i in sorted(VEHICLES))


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is at one time.

    Attributes:
        track_id: which.
        region: x1 y1 x2 y2 in pixels, with room to spare; it may reach out of the picture.
        anchor: a point that moves as it does, x and y in pixels.
        size_px: longer side of its box while it was large.
    """

    track_id: int
    region: Region
    anchor: Point
    size_px: float


@dataclass(frozen=True, slots=True)
class _Path:
    """One track: seconds (n,), boxes and steady feet at those, and the seconds (m,) it was surely seen.

    The boxes (n, 4) reach as far as a whole person would of whom only a part may have been seen. It is taken
    to be there ``early_s`` before its first observation and ``late_s`` after its last one.
    """

    track_id: int
    times: NDArray[np.float64]
    boxes: NDArray[np.float32]
    feet: NDArray[np.float64]
    sure: NDArray[np.float64]
    size_px: float
    early_s: float
    late_s: float

    def at(self, second: float) -> Place:
        before, after = _around(self.times, second)
        span = float(self.times[after] - self.times[before])
        way = min(max((second - float(self.times[before])) / span, 0.0), 1.0) if span else 0.0
        box = (1 - way) * self.boxes[before] + way * self.boxes[after]
        x, y = ((1 - way) * self.feet[before] + way * self.feet[after]).tolist()
        doubt_s = min(abs(float(self.sure[i]) - second) for i in _around(self.sure, second))
        share = _PAD + min(_PAD_MOST, _PAD_PER_S * doubt_s)
        if not self.times[0] - AROUND_S <= second <= self.times[-1] + AROUND_S:
            share = _PAD_LINGERING  # whoever had moved on would have been seen again
        return Place(self.track_id, padded(box, share), (round(x), round(y)), self.size_px)


def _around(times: NDArray[np.float64], second: float) -> tuple[int, int]:
    """Return the indices of the times before and after; twice the first or last one outside them."""
    after = int(np.searchsorted(times, second))
    return max(after - 1, 0), min(after, len(times) - 1)


class _Crowd:
    """Some tracks of one recording."""

    def __init__(self, paths: list[_Path]) -> None:
        self._paths = paths
        self._starts = np.array([path.times[0] - path.early_s for path in paths], float)
        self._ends = np.array([path.times[-1] + path.late_s for path in paths], float)

    def at(self, second: float) -> list[Place]:
        there = (self._starts <= second) & (second <= self._ends)
        return [self._paths[i].at(second) for i in np.flatnonzero(there).tolist()]


class People:
    """Everyone, and everything that may be someone, in some recordings.

    Args:
        tracks: all tracks of those recordings: what is not clearly a vehicle may be a person.
    """

    def __init__(self, tracks: Tracks) -> None:
        columns = ("recording_id", "track_id", "class", "class_score")
        rows = zip(*(tracks.table[name].to_pylist() for name in columns), strict=True)
        self._vehicles = {
            (recording, track)
            for recording, track, name, score in rows
            if name in _VEHICLES and score >= _CLEARLY
        }
        people: dict[str, list[_Path]] = {}
        vehicles: dict[str, list[_Path]] = {}
        for recording_id, path in _paths(tracks, self._vehicles):
            of = people if self.may_be(recording_id, path.track_id) else vehicles
            of.setdefault(recording_id, []).append(path)
        self._people = {recording: _Crowd(paths) for recording, paths in people.items()}
        self._cars = {recording: _Crowd(paths) for recording, paths in vehicles.items()}

    def may_be(self, recording_id: str, track_id: int) -> bool:
        """Return whether a track may be a person; those nobody knows may be."""
        return (recording_id, track_id) not in self._vehicles

    def at(self, recording_id: str, second: float) -> list[Place]:
        """Return where anyone may be at a time, seconds from the start of the recording."""
        crowd = self._people.get(recording_id)
        return crowd.at(second) if crowd else []

    def vehicles_at(self, recording_id: str, second: float) -> list[Place]:
        """Return where vehicles are at a time, seconds from the start of the recording."""
        crowd = self._cars.get(recording_id)
        return crowd.at(second) if crowd else []


def steady_feet(boxes: NDArray[np.float32], per_second: float) -> NDArray[np.float64]:
    """Return bottom centres (n, 2) of the boxes (n, 4) of one track, smoothed over time.

    Blocks that are anchored there do not tremble as boxes do; trembling, they would show more than one block.
    """
    return np.asarray(smoothed(feet(boxes).astype(float), _STEADY_S * per_second))


def usual_size(boxes: NDArray[np.float32]) -> float:
    """Return the longer side that nine of ten boxes (n, 4) of a track do not exceed, pixels."""
    return float(np.percentile(sides(boxes).max(axis=1), 90))


class _Stature:
    """How large people are in one recording, by where their feet stand."""

    def __init__(self, boxes: NDArray[np.float32]) -> None:
        """Learn it from boxes (n, 4) of people who were clearly seen; from few nothing is learned."""
        self._feet = np.zeros(0)
        if len(boxes) < _ENOUGH:
            return
        boxes = boxes[np.argsort(boxes[:, 3])]
        parts = np.array_split(boxes, min(_PARTS, len(boxes) // _ENOUGH))
        self._feet = np.array([np.median(part[:, 3]) for part in parts])
        self._sizes = np.array([np.percentile(sides(part), 75, axis=0) for part in parts])

    def room(self, boxes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return boxes (n, 4) grown to hold a whole person, whichever part of them a box shows."""
        if not len(self._feet):
            return boxes
        size = np.column_stack([np.interp(boxes[:, 3], self._feet, self._sizes[:, i]) for i in (0, 1)])
        lack = np.maximum(size - sides(boxes), 0)
        return np.concatenate([boxes[:, :2] - lack, boxes[:, 2:] + lack], axis=1).astype(np.float32)


def _paths(tracks: Tracks, vehicles: set[tuple[str, int]]) -> list[tuple[str, _Path]]:
    table = tracks.observation_table
    if table.num_rows == 0:
        return []
    ids, recordings = table["track_id"].to_numpy(), table["recording_id"].to_numpy()
    times = table["time_s"].to_numpy()
    boxes = np.stack([table[name].to_numpy() for name in ("x1", "y1", "x2", "y2")], axis=1)
    seen = table["source"].to_numpy() != "predicted"
    clear = table["score"].to_numpy() >= _CLEARLY
    changes = (ids[1:] != ids[:-1]) | (recordings[1:] != recordings[:-1])
    edges = np.flatnonzero(np.concatenate([[True], changes, [True]]))
    parts = [(str(recordings[a]), int(ids[a]), slice(a, b)) for a, b in pairwise(edges.tolist())]
    persons = _persons(tracks)
    statures, reaches = _statures(persons, parts, boxes, clear), _reaches(parts, boxes)
    found = []
    for recording_id, track_id, part in parts:
        own, where = times[part], boxes[part]
        whole = where
        if (recording_id, track_id) not in vehicles:
            whole = np.where(clear[part, None], where, statures[recording_id].room(where))
        per_second = (len(own) - 1) / max(own[-1] - own[0], 1e-3)
        sure = own[seen[part]]
        lingers = (recording_id, track_id) in persons
        early_s, late_s = (
            LINGER_S if lingers and _inside(where[end], reaches[recording_id]) else AROUND_S
            for end in (0, -1)
        )
        path = _Path(
            track_id,
            own,
            whole,
            steady_feet(where, per_second),
            sure if len(sure) else own[:1],
            usual_size(where),
            early_s,
            late_s,
        )
        found.append((recording_id, path))
    return found


def _persons(tracks: Tracks) -> set[tuple[str, int]]:
    """Return the tracks that are clearly persons: recording and number."""
    columns = (
        tracks.table[name].to_pylist() for name in ("recording_id", "track_id", "class", "class_score")
    )
    return {
        (recording, track)
        for recording, track, name, score in zip(*columns, strict=True)
        if name == "person" and score >= _CLEARLY
    }


def _reaches(
    parts: list[tuple[str, int, slice]], boxes: NDArray[np.float32]
) -> dict[str, NDArray[np.float32]]:
    """Return how far anything reached in each recording, x1 y1 x2 y2: nearly the edges of the picture."""
    reaches: dict[str, NDArray[np.float32]] = {}
    for recording_id, _, part in parts:
        own = spanned(boxes[part])
        reaches[recording_id] = spanned(np.stack([reaches.get(recording_id, own), own]))
    return reaches


def _inside(box: NDArray[np.float32], reach: NDArray[np.float32]) -> bool:
    """Return whether a box with its room lies away from the edges."""
    x1, y1, x2, y2 = padded(box, _PAD)
    return bool(x1 > reach[0] and y1 > reach[1] and x2 < reach[2] and y2 < reach[3])


def _statures(
    persons: set[tuple[str, int]],
    parts: list[tuple[str, int, slice]],
    boxes: NDArray[np.float32],
    clear: NDArray[np.bool_],
) -> dict[str, _Stature]:
    """Return how large people are, by recording, from the boxes (n, 4) that are ``clear`` (n,)."""
    of: dict[str, list[NDArray[np.float32]]] = {}
    for recording_id, track_id, part in parts:
        chosen = boxes[part][clear[part]] if (recording_id, track_id) in persons else boxes[:0]
        of.setdefault(recording_id, []).append(chosen)
    return {recording_id: _Stature(np.concatenate(chosen)) for recording_id, chosen in of.items()}

"""What is said about a track: how it went, how fast, where it stood, which class it was called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from apercu.analysis.detections import CLASSES, OTHER, VEHICLES
from apercu.analysis.smoothing import smoothed
from apercu.analysis.standing import standing
from apercu.analysis.tracklets import Source, Tracklet
from apercu.analysis.tracks import OBSERVATION_SCHEMA, TRACK_SCHEMA, Tracks
from apercu.footage.clock import fixed
from apercu.geometry import feet, median, sides

_PATH_POINTS = 32
_CAR, _BAG = CLASSES.index("car"), CLASSES.index("bag")
_CARRIED_SIZES = 4.0
_RARE_MARGIN = 0.2
_LEAST_SEEN, _LEAST_OF_LOOKS = 0.1, 0.3

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Going:
    """How a track moved.

    Attributes:
        distance: length of the smoothed path, pixels.
        mean: mean speed while moving, pixels per second.
        highest: 95th percentile of speed, pixels per second.
        heading: degrees clockwise from up, None when it ends near where it began.
        dwell_s: seconds spent standing still, as ``standing`` tells.
    """

    distance: float
    mean: float
    highest: float
    heading: float | None
    dwell_s: float


def going(times: Floats, boxes: Floats) -> Going:
    """Return how a track moved; what it travelled while it stood still does not count as moving.

    Args:
        times: float64 (n,), seconds, rising.
        boxes: float64 (n, 4), x1 y1 x2 y2 in pixels.
    """
    if len(times) < 2:
        return Going(0.0, 0.0, 0.0, None, 0.0)
    step = max(float(median(np.diff(times))), 1e-3)
    path = smoothed(feet(boxes), 0.3 / step)
    spans = np.diff(times)
    lengths = np.hypot(*np.diff(path, axis=0).T)
    speeds = lengths / np.maximum(spans, 1e-3)
    size = float(np.sqrt(np.prod(median(sides(boxes))).clip(1)))
    places = np.asarray(feet(boxes), np.float64)
    still = standing(np.zeros(len(times), np.int64), places, times, np.array([size]))
    moving = spans[~still].sum()
    net = path[-1] - path[0]
    heading = float(np.degrees(np.arctan2(net[0], -net[1])) % 360) if np.hypot(*net) > 0.5 * size else None
    return Going(
        distance=float(lengths.sum()),
        mean=float(lengths[~still].sum() / moving) if moving > 0 else 0.0,
        highest=float(np.percentile(speeds, 95)),
        heading=heading,
        dwell_s=float(spans[still].sum()),
    )


def simplified(points: NDArray[np.floating], count: int = _PATH_POINTS) -> NDArray[np.intp]:
    """Return at most ``count`` indices into a path (n, 2), evenly spread along its length, ends included."""
    if len(points) <= count:
        return np.arange(len(points))
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T) + 1e-6)])
    return np.unique(np.searchsorted(along, np.linspace(0, along[-1], count)).clip(0, len(points) - 1))


def movement(times: Floats, boxes: Floats) -> dict[str, Any]:
    """Return the columns of ``TRACK_SCHEMA`` that tell how a track went, by name.

    Args:
        times: float64 (n,), seconds, rising.
        boxes: float64 (n, 4), x1 y1 x2 y2 in pixels.
    """
    how = going(times, boxes)
    path = feet(boxes)
    chosen = simplified(path)
    return {
        "x1": float(boxes[:, 0].min()),
        "y1": float(boxes[:, 1].min()),
        "x2": float(boxes[:, 2].max()),
        "y2": float(boxes[:, 3].max()),
        "width_px": float(median(boxes[:, 2] - boxes[:, 0])),
        "height_px": float(median(boxes[:, 3] - boxes[:, 1])),
        "path_x": path[chosen, 0].astype(np.float32),
        "path_y": path[chosen, 1].astype(np.float32),
        "path_s": times[chosen].astype(np.float32),
        "distance_px": how.distance,
        "speed_mean_px_s": how.mean,
        "speed_max_px_s": how.highest,
        "heading_deg": how.heading,
        "dwell_s": how.dwell_s,
    }


def votes(track: Tracklet) -> tuple[int, float, float]:
    """Return class, mean score of the winning class and the share of votes it leads by.

    A class that was seen in less than a tenth of a long track, and in less than three of ten looks of the
    detector at it, is not believed: the track stays ``other``.
    A car that is seen from above or close by is now and then called a bus or a truck, which are rarer: one of
    those that leads a car by little is a car, with no margin.
    A bag does not go by itself: what went farther than four of its sizes is something else, or carried.
    """
    total = float(track.votes.sum())
    least = min(_LEAST_SEEN * len(track.observations), _LEAST_OF_LOOKS * track.looks)
    if total < 0.6 or track.vote_count < max(2, least):
        return OTHER, 0.0, 0.0
    second, first = np.sort(track.votes)[-2:].tolist()
    winner, margin = int(track.votes.argmax()), (first - second) / total
    if winner in VEHICLES and winner != _CAR and track.votes[_CAR] == second and margin < _RARE_MARGIN:
        winner, margin = _CAR, 0.0
    if winner == _BAG and _way_in_sizes(track) > _CARRIED_SIZES:
        return OTHER, 0.0, 0.0
    return winner, float(track.votes[winner] / track.vote_count), margin


def _way_in_sizes(track: Tracklet) -> float:
    """Return how far a track ends from where it began, in units of the longer side of its box."""
    boxes = np.array([row.box for row in track.observations], np.float64)
    way = np.hypot(*(feet(boxes)[-1] - feet(boxes)[0]))
    return float(way / median(np.max(sides(boxes), axis=1)))


def to_tracks(
    tracks: list[Tracklet], *, recording_id: str, camera: str, first_id: int, start: datetime | None
) -> Tracks:
    """Return tracks as Arrow tables, numbered from ``first_id`` in the order given.

    Args:
        tracks: whole tracks.
        recording_id, camera: written to every row.
        first_id: number of the first track.
        start: true time of the recording's start, aware; None when unknown.
    """
    rows: dict[str, list[Any]] = {name: [] for name in TRACK_SCHEMA.names}
    seen: dict[str, list[Any]] = {name: [] for name in OBSERVATION_SCHEMA.names}
    origin = None if start is None else fixed(start)
    for track_id, track in enumerate(tracks, first_id):
        _append_observations(seen, track, recording_id, track_id)
        for name, value in _described(track, origin).items():
            rows[name].append(value)
        rows["recording_id"].append(recording_id)
        rows["camera"].append(camera)
        rows["track_id"].append(track_id)
    return Tracks(
        pa.Table.from_pydict(rows, schema=TRACK_SCHEMA), pa.Table.from_pydict(seen, schema=OBSERVATION_SCHEMA)
    )


def _described(track: Tracklet, start: datetime | None) -> dict[str, Any]:
    observations = track.observations
    times = np.array([row.time_s for row in observations])
    # As they are stored: what is asked of the observations later must not differ by a rounding.
    boxes = np.array([row.box for row in observations], np.float32).astype(float)
    class_index, score, margin = votes(track)
    vehicle = class_index in VEHICLES
    colours, shares = track.colours.painted() if vehicle else track.colours.named()
    person = CLASSES[class_index] == "person"
    first, last = float(times[0]), float(times[-1])
    return {
        "class": CLASSES[class_index],
        "class_score": score,
        "class_margin": margin,
        "start_pts": observations[0].pts,
        "end_pts": observations[-1].pts,
        "start_s": first,
        "end_s": last,
        "duration_s": last - first,
        "start_time": None if start is None else start + timedelta(seconds=first),
        "end_time": None if start is None else start + timedelta(seconds=last),
        "observation_count": len(observations),
        "detected_count": sum(row.source is Source.DETECTOR for row in observations),
        **movement(times, boxes),
        "colours": colours,
        "colour_shares": shares,
        "colours_upper": track.colours.named(1)[0] if person else [],
        "colours_lower": track.colours.named(2)[0] if person else [],
    }


def _append_observations(
    seen: dict[str, list[Any]], track: Tracklet, recording_id: str, track_id: int
) -> None:
    for row in track.observations:
        mask = row.mask
        values = (
            recording_id,
            track_id,
            row.pts,
            row.time_s,
            *row.box,
            row.score,
            row.source.value,
            mask.x,
            mask.y,
            mask.width,
            mask.height,
            mask.packed(),
        )
        for name, value in zip(OBSERVATION_SCHEMA.names, values, strict=True):
            seen[name].append(value)

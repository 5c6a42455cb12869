"""Speed and size of tracks in metres, from their boxes and the ground that their camera sees.

They are computed when tracks are read and never stored: pixels are what was seen and stay true, a calibration
may come later or be corrected.

A place on the ground is where the bottom centre of a box stands, and boxes tremble. So paths are smoothed in
pixels, where trembling is the same near and far, speed is the way between two places a second apart, and the
highest speed is the 95th percentile. Boxes that an edge of the picture cuts tell neither feet nor size.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from apercu.analysis.ground import GroundPlane
from apercu.analysis.smoothing import smoothed
from apercu.analysis.tracks import TRACK_SCHEMA, Tracks
from apercu.geometry import feet

_LEAST_SEEN = 3
_LEAST_S = 0.5
_STEADY_S = 0.3
_STRIDE_S = 1.0
_MOVING_M_S = 0.3

Floats = NDArray[np.float64]


def _metres(name: str, about: str) -> pa.Field[pa.DataType]:
    return pa.field(name, pa.float32(), metadata={"about": about})


MEASURE_SCHEMA = pa.schema(
    [
        TRACK_SCHEMA.field("recording_id"),
        TRACK_SCHEMA.field("track_id"),
        _metres("distance_m", "length of its way on the ground while it moved, metres"),
        _metres(
            "speed_mean_m_s",
            "mean speed while moving (0.3 m/s or more), metres per second; 0 when it never moved",
        ),
        _metres("speed_max_m_s", "highest speed over a second (95th percentile), metres per second"),
        _metres("width_m", "median extent across the view at the foot of its box, metres"),
        _metres(
            "height_m",
            "median height of an upright thing that fills its box, metres; too much for long things seen "
            "from above; null too when the calibration does not tell how the camera stands",
        ),
    ],
    metadata={"about": "one row per track; null where the ground under it cannot be measured"},
)


def measure(tracks: Tracks, plane: GroundPlane | None) -> pa.Table:
    """Return speed and size of tracks in metres: ``MEASURE_SCHEMA``, row by row as ``tracks.table``.

    Args:
        tracks: of one recording.
        plane: the ground that its camera sees, for pictures of its size; None means that nobody measured it,
            and everything is null.
    """
    ids = tracks.table["track_id"].to_numpy()
    rows: list[dict[str, float | None]] = [{}] * len(tracks)
    if plane is not None:
        table = tracks.observation_table
        times, owner = table["time_s"].to_numpy(), table["track_id"].to_numpy()
        boxes = np.column_stack([table[name].to_numpy() for name in ("x1", "y1", "x2", "y2")]).astype(float)
        guessed = pc.equal(table["source"], pa.scalar("predicted")).to_numpy()
        sure = plane.whole(boxes) & ~guessed
        times, boxes, owner = times[sure], boxes[sure], owner[sure]
        begins, ends = np.searchsorted(owner, ids, "left"), np.searchsorted(owner, ids, "right")
        spans = map(slice, begins.tolist(), ends.tolist())
        rows = [_measured(times[span], boxes[span], plane) for span in spans]
    told = [tracks.table[name].combine_chunks() for name in MEASURE_SCHEMA.names[:2]]
    numbers = [pa.array([row.get(name) for row in rows], pa.float32()) for name in MEASURE_SCHEMA.names[2:]]
    return pa.Table.from_arrays([*told, *numbers], schema=MEASURE_SCHEMA)


def _measured(times: Floats, boxes: Floats, plane: GroundPlane) -> dict[str, float | None]:
    """Return what can be said of one track from its sure observations: times (n,) and boxes (n, 4)."""
    if len(times) < _LEAST_SEEN:
        return {}
    sizes = {"width_m": _median(plane.widths(boxes)), "height_m": _median(plane.heights(boxes))}
    step = max(float(np.median(np.diff(times))), 1e-3)
    places = plane.to_metres(smoothed(feet(boxes), _STEADY_S / step))
    known = ~np.isnan(places[:, 0])
    if known.sum() < _LEAST_SEEN or np.ptp(times[known]) < _LEAST_S:
        return sizes
    return sizes | _moved(times[known], places[known])


def _moved(times: Floats, places: Floats) -> dict[str, float | None]:
    """Return way and speeds along places (n, 2), metres, at times (n,), seconds."""
    begins = np.clip(times - _STRIDE_S / 2, times[0], max(times[0], times[-1] - _STRIDE_S))
    ends = np.minimum(begins + _STRIDE_S, times[-1])
    x, y = (np.interp(ends, times, p) - np.interp(begins, times, p) for p in places.T)
    speeds = np.hypot(x, y) / (ends - begins)
    spans = np.gradient(times)
    spans[[0, -1]] /= 2
    moving = speeds >= _MOVING_M_S
    way = float((speeds * spans)[moving].sum())
    return {
        "distance_m": way,
        "speed_mean_m_s": way / float(spans[moving].sum()) if moving.any() else 0.0,
        "speed_max_m_s": float(np.percentile(speeds, 95)),
    }


def _median(values: Floats) -> float | None:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) >= _LEAST_SEEN else None

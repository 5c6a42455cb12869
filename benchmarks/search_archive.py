"""An archive of many generated tracks, as large as asked for: cameras, days, distributions and full schema.

Each camera has eight lanes from side to side of the picture. A track follows one of them with a bend and a
distance of its own, is seen ten times, and one in seven stands still for a while on its way. Few come by
night, most in the morning and in the evening; some cameras see four times as much as others.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from apercu.analysis.colour import COLOURS
from apercu.analysis.tracks import OBSERVATION_SCHEMA, TRACK_SCHEMA, Tracks
from apercu.archive import Archive, RecordingAnalysis, RecordingFacts
from apercu.archive.zones import add_zone

FIRST = datetime(2026, 3, 2, tzinfo=UTC)
WIDTH, HEIGHT = 1920, 1080
DAY_S = 86_400.0
_SEEN, _LANES = 10, 8
_LONGEST_S = 600.0
_BY_HOUR = np.array(
    [1, 1, 1, 1, 1, 2, 5, 9, 10, 7, 6, 6, 7, 7, 6, 7, 8, 10, 10, 7, 5, 3, 2, 1.5], dtype=np.float64
)
_CLASSES = {"person": 0.5, "car": 0.35, "truck": 0.06, "bus": 0.03, "bicycle": 0.05, "animal": 0.01}

Floats = NDArray[np.float64]


def make_archive(folder: Path, tracks: int, cameras: int, days: int, recording_s: float = DAY_S) -> Archive:
    """Return an archive of about so many tracks, made unless it is there.

    Args:
        folder: where it stands.
        tracks: in all.
        cameras, days: one recording for each camera and day.
        recording_s: length of each recording, seconds.
    """
    if folder.exists():
        return Archive.open(folder)
    archive = Archive.create(
        folder,
        name="many",
        purpose="research",
        purpose_fields={"licence": "generated"},
        timezone="Europe/Paris",
    )
    random = np.random.default_rng(1)
    busy = random.lognormal(0, 0.4, cameras)
    counts = np.round(tracks / days * busy / busy.sum()).astype(int)
    lanes = _border(random.random((cameras, _LANES, 2)))
    for day in range(days):
        for camera in range(cameras):
            _add(archive, random, lanes[camera], day, camera, int(counts[camera]), recording_s)
    square = [(0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6)]
    for camera in range(cameras):
        add_zone(archive, f"camera{camera}", "gate", "zone", square)
        add_zone(archive, f"camera{camera}", "kerb", "line", [(0.5, 0.3), (0.5, 0.7)])
    return archive


def _border(share: Floats) -> Floats:
    """Return points (..., 2) in pixels on the picture's border, at a share of the way around it."""
    side, along = np.divmod(share * 4, 1)
    x = np.choose(side.astype(int), [along, np.ones_like(along), along, np.zeros_like(along)])
    y = np.choose(side.astype(int), [np.zeros_like(along), along, np.ones_like(along), along])
    return np.stack([x * WIDTH, y * HEIGHT], axis=-1)


def _add(
    archive: Archive,
    random: np.random.Generator,
    lanes: Floats,
    day: int,
    camera: int,
    count: int,
    recording_s: float,
) -> None:
    number = len(lanes) + day * 10_000 + camera
    facts = RecordingFacts(
        path=f"{number}.mp4",
        content_hash=f"{number:064x}"[::-1],
        size_bytes=1,
        width=WIDTH,
        height=HEIGHT,
        codec="h264",
        time_base=Fraction(1, 1000),
        duration_s=recording_s,
        start_time=FIRST + timedelta(days=day),
    )
    name = f"camera{camera}"
    tracks = _tracks(random, facts, name, lanes, count)
    archive.add(RecordingAnalysis(facts, name, tracks, settings={}, grid_width=240, grid_height=135))


def _moments(random: np.random.Generator, count: int, length_s: float) -> Floats:
    """Return when so many tracks begin, in order, seconds: float64 (n,)."""
    hours = random.choice(24, count, p=_BY_HOUR / _BY_HOUR.sum()) + random.random(count)
    return np.sort(hours / 24 * max(length_s - _LONGEST_S, 1.0))


def _ways(random: np.random.Generator, lanes: Floats, count: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Return where feet were, pixels, float64 (count, seen, 2), and who stood still for a while, (count,)."""
    ends = lanes[random.integers(0, _LANES, count)]
    begin, end = np.moveaxis(np.where(random.random(count)[:, None, None] < 0.5, ends, ends[:, ::-1]), 1, 0)
    aside = random.normal(0, 0.04 * HEIGHT, (count, 1, 2))
    bend = random.normal(0, 0.06 * HEIGHT, (count, 1, 2))
    share = np.sort(random.random((count, _SEEN)), axis=1)
    share[:, 0], share[:, -1] = 0, 1
    stands = random.random(count) < 1 / 7
    share[stands, 3:7] = share[stands, 3:4]
    share = share[..., None]
    way = begin[:, None] + share * (end - begin)[:, None] + np.sin(np.pi * share) * bend + aside
    return way.clip(0, [WIDTH, HEIGHT]), stands


def _tracks(
    random: np.random.Generator, facts: RecordingFacts, camera: str, lanes: Floats, count: int
) -> Tracks:
    start = facts.start_time
    assert start is not None
    starts = _moments(random, count, facts.duration_s)
    durations = np.minimum(random.lognormal(2.3, 1.0, count) + 1, _LONGEST_S)
    size = random.lognormal(4.2, 0.5, count).clip(10, 500)
    feet, stands = _ways(random, lanes, count)
    way = feet[:, -1] - feet[:, 0]
    distance = np.hypot(*np.moveaxis(np.diff(feet, axis=1), -1, 0)).sum(axis=1)
    seconds = starts[:, None] + np.linspace(0, 1, _SEEN) * durations[:, None]
    since = np.datetime64(start.replace(tzinfo=None), "us")
    ids = np.arange(1, count + 1, dtype=np.int32)
    values: dict[str, Any] = {
        "recording_id": np.full(count, facts.recording_id),
        "camera": np.full(count, camera),
        "track_id": ids,
        "class": random.choice(list(_CLASSES), count, p=list(_CLASSES.values())),
        "class_score": random.uniform(0.3, 0.9, count),
        "class_margin": random.uniform(0, 1, count),
        "start_pts": (starts * 1000).astype(np.int64),
        "end_pts": ((starts + durations) * 1000).astype(np.int64),
        "start_s": starts,
        "end_s": starts + durations,
        "duration_s": durations,
        "start_time": since + (starts * 1e6).astype("timedelta64[us]"),
        "end_time": since + ((starts + durations) * 1e6).astype("timedelta64[us]"),
        "observation_count": np.full(count, _SEEN),
        "detected_count": np.full(count, _SEEN),
        "x1": feet[..., 0].min(axis=1) - size / 2,
        "y1": feet[..., 1].min(axis=1) - size,
        "x2": feet[..., 0].max(axis=1) + size / 2,
        "y2": feet[..., 1].max(axis=1),
        "width_px": size,
        "height_px": size,
        "path_x": _lists(feet[..., 0]),
        "path_y": _lists(feet[..., 1]),
        "path_s": _lists(seconds),
        "distance_px": distance,
        "speed_mean_px_s": distance / durations,
        "speed_max_px_s": 2 * distance / durations,
        "heading_deg": np.degrees(np.arctan2(way[:, 0], -way[:, 1])) % 360,
        "dwell_s": np.where(stands, durations / 3, 0.0),
        **_colours(random, count),
    }
    many = count * _SEEN
    seen = {
        "recording_id": np.full(many, facts.recording_id),
        "track_id": np.repeat(ids, _SEEN),
        "pts": (seconds * 1000).astype(np.int64).ravel(),
        "time_s": seconds.ravel(),
        "x1": (feet[..., 0] - size[:, None] / 2).ravel(),
        "y1": (feet[..., 1] - size[:, None]).ravel(),
        "x2": (feet[..., 0] + size[:, None] / 2).ravel(),
        "y2": feet[..., 1].ravel(),
        "score": random.uniform(0.3, 0.9, many),
        "source": np.full(many, "detector"),
        "mask_x": (feet[..., 0].ravel() / 8).astype(np.int16),
        "mask_y": (feet[..., 1].ravel() / 8).astype(np.int16),
        "mask_w": np.full(many, 2, np.int16),
        "mask_h": np.full(many, 4, np.int16),
        "mask": np.full(many, b"\xff"),
    }
    return Tracks(_table(values, TRACK_SCHEMA), _table(seen, OBSERVATION_SCHEMA))


def _colours(random: np.random.Generator, count: int) -> dict[str, Any]:
    named = random.integers(1, 4, count)
    total = int(named.sum())
    offsets: Any = pa.array(np.concatenate([[0], np.cumsum(named)]).astype(np.int32))
    names: Any = pa.array(random.choice(COLOURS, total))
    shares: Any = pa.array(np.full(total, 0.3))
    none = pa.array([[]] * count, pa.list_(pa.string()))
    return {
        "colours": pa.ListArray.from_arrays(offsets, names),
        "colour_shares": pa.ListArray.from_arrays(offsets, shares),
        "colours_upper": none,
        "colours_lower": none,
    }


def _lists(values: Floats) -> Any:
    offsets: Any = pa.array(np.arange(0, values.size + 1, values.shape[1], dtype=np.int32))
    flat: Any = pa.array(values.ravel())
    return pa.ListArray.from_arrays(offsets, flat)


def _table(values: Mapping[str, Any], schema: pa.Schema) -> pa.Table:
    arrays: list[Any] = [pa.array(values[name]) for name in schema.names]
    return pa.Table.from_arrays(
        [array.cast(field.type) for array, field in zip(arrays, schema, strict=True)], schema=schema
    )

"""Generated recordings for the archive's tests: tracks with plausible values, and no footage behind them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from hashlib import sha256
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from apercu.analysis.detections import CLASSES
from apercu.analysis.tracks import OBSERVATION_SCHEMA, TRACK_SCHEMA, Tracks
from apercu.archive import Background, RecordingAnalysis, RecordingFacts

START = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
TIME_BASE = Fraction(1, 12800)
TICKS = 2560  # five observations a second


def make_tracks(facts: RecordingFacts, camera: str, count: int, *, length: int = 20, seed: int = 0) -> Tracks:
    """Return ``count`` tracks of ``length`` observations, each starting a second after the one before."""
    rng = np.random.default_rng(seed)
    first = np.arange(count) * 5 * TICKS
    last = first + (length - 1) * TICKS
    to_s = float(TIME_BASE)
    names = [CLASSES[i] for i in rng.integers(0, len(CLASSES), count)]
    start = None if facts.start_time is None else np.datetime64(facts.start_time.replace(tzinfo=None), "us")

    def moments(pts: np.ndarray) -> pa.Array:
        kind = TRACK_SCHEMA.field("start_time").type
        if start is None:
            return pa.nulls(count, kind)
        return pa.array(start + (pts * to_s * 1e6).astype("timedelta64[us]")).cast(kind)

    values: dict[str, Any] = {
        "recording_id": [facts.recording_id] * count,
        "camera": [camera] * count,
        "track_id": np.arange(1, count + 1),
        "class": names,
        "start_pts": first,
        "end_pts": last,
        "start_s": first * to_s,
        "end_s": last * to_s,
        "duration_s": (last - first) * to_s,
        "start_time": moments(first),
        "end_time": moments(last),
        "observation_count": np.full(count, length),
        "heading_deg": pa.nulls(count),
        "path_x": [[1.0, 2.5]] * count,
        "path_y": [[3.0, 4.5]] * count,
        "path_s": [[0.0, 1.5]] * count,
        "colours": [["red", "grey"]] * count,
        "colour_shares": [[0.75, 0.25]] * count,
        "colours_upper": [[]] * count,
        "colours_lower": [[]] * count,
    }
    for field in TRACK_SCHEMA:
        if field.name not in values:
            values[field.name] = rng.integers(0, 100, count)
    table = pa.table({field.name: pa.array(values[field.name]).cast(field.type) for field in TRACK_SCHEMA})

    rows = count * length
    track = np.repeat(np.arange(1, count + 1), length)
    pts = np.repeat(first, length) + np.tile(np.arange(length), count) * TICKS
    seen = rng.random(rows) < 0.8
    observed: dict[str, Any] = {
        "recording_id": pa.array([facts.recording_id] * rows),
        "track_id": track,
        "pts": pts,
        "time_s": pts * to_s,
        "x1": rng.uniform(0, 300, rows),
        "y1": rng.uniform(0, 200, rows),
        "x2": rng.uniform(300, 640, rows),
        "y2": rng.uniform(200, 360, rows),
        "score": pa.array(rng.random(rows), mask=~seen),
        "source": np.where(seen, "detector", "motion"),
        "mask_x": np.full(rows, 3),
        "mask_y": np.full(rows, 4),
        "mask_w": np.full(rows, 8),
        "mask_h": np.full(rows, 6),
        "mask": [rng.bytes(6) for _ in range(rows)],
    }
    observations = pa.table({f.name: pa.array(observed[f.name]).cast(f.type) for f in OBSERVATION_SCHEMA})
    return Tracks(table.cast(TRACK_SCHEMA), observations.cast(OBSERVATION_SCHEMA))


def make_analysis(
    name: str = "one.mp4",
    *,
    camera: str = "gate",
    count: int = 5,
    start: datetime | None = START,
    settings: dict[str, Any] | None = None,
    seed: int = 0,
    length: int = 20,
) -> RecordingAnalysis:
    """Return the analysis of a recording that exists only by name; equal names have equal content."""
    facts = RecordingFacts(
        path=f"footage/{name}",
        content_hash=sha256(name.encode()).hexdigest(),
        size_bytes=123_456,
        width=640,
        height=360,
        codec="h264",
        time_base=TIME_BASE,
        duration_s=60.0,
        rate=25.0,
        start_time=start,
        start_source="file name" if start else "",
    )
    ramp = np.linspace(0, 255, 640, dtype=np.uint8)
    scene = np.broadcast_to(ramp[None, :, None], (360, 640, 3)).copy()
    return RecordingAnalysis(
        recording=facts,
        camera=camera,
        tracks=make_tracks(facts, camera, count, seed=seed, length=length),
        settings=settings or {"rate": 5, "detector": "default"},
        grid_width=160,
        grid_height=90,
        backgrounds=[Background(30.0, scene), Background(0.0, scene // 2)],
        detector="default",
        detector_hash="ab" * 32,
        stage_seconds={"decode": 1.5},
        warnings=["the camera moved"],
    )


@pytest.fixture
def analysis() -> Callable[..., RecordingAnalysis]:
    """Return ``make_analysis``."""
    return make_analysis

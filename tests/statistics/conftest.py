"""Tracks made of points, and archives with lines and zones."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import ArrayLike

from apercu.analysis import OBSERVATION_SCHEMA, TRACK_SCHEMA, Tracks
from apercu.archive import Archive, RecordingAnalysis, RecordingFacts
from apercu.archive.zones import Zone, add_zone

TICK = Fraction(1, 1000)
WIDTH, HEIGHT = 320, 240


@dataclass(frozen=True)
class Path:
    """One track: where its feet are, ``step_s`` apart, in a box of a size."""

    feet: ArrayLike
    start_s: float = 0.0
    name: str = "person"
    step_s: float = 0.2
    size: tuple[float, float] = field(default=(10.0, 20.0))


def walk(
    *corners: tuple[float, float], start_s: float = 0.0, name: str = "person", seconds: float = 4.0
) -> Path:
    """Return a path that goes evenly from corner to corner."""
    points = np.array(corners, float)
    way = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    at = np.linspace(0, way[-1], round(seconds / 0.2) + 1)
    feet = np.column_stack([np.interp(at, way, axis) for axis in points.T])
    return Path(feet, start_s, name)


def tracks_of(paths: Sequence[Path], recording_id: str = "0" * 16, camera: str = "gate") -> Tracks:
    """Return paths as tracks, numbered from 1."""
    rows, parts = [], []
    for number, path in enumerate(paths, 1):
        feet = np.array(path.feet, float).reshape(-1, 2)
        count = len(feet)
        times = path.start_s + path.step_s * np.arange(count)
        w, h = path.size
        boxes = np.column_stack([feet[:, 0] - w / 2, feet[:, 1] - h, feet[:, 0] + w / 2, feet[:, 1]]).astype(
            np.float32
        )
        pts = np.rint(times * 1000).astype(np.int64)
        row = {f.name: [] if pa.types.is_list(f.type) else None if f.nullable else 0.0 for f in TRACK_SCHEMA}
        rows.append(
            {
                **{name: int(value) if value == 0.0 else value for name, value in row.items()},
                "recording_id": recording_id,
                "camera": camera,
                "track_id": number,
                "class": path.name,
                "start_pts": int(pts[0]),
                "end_pts": int(pts[-1]),
                "start_s": float(times[0]),
                "end_s": float(times[-1]),
                "observation_count": count,
            }
        )
        columns = {
            "recording_id": [recording_id] * count,
            "track_id": np.full(count, number, np.int32),
            "pts": pts,
            "time_s": times,
            **dict(zip(("x1", "y1", "x2", "y2"), boxes.T, strict=True)),
            "score": np.full(count, 0.8, np.float32),
            "source": ["detector"] * count,
            **{name: np.ones(count, np.int16) for name in ("mask_x", "mask_y", "mask_w", "mask_h")},
            "mask": [b"\x80"] * count,
        }
        parts.append(pa.table(columns, schema=OBSERVATION_SCHEMA))
    return Tracks(
        pa.Table.from_pylist(rows, schema=TRACK_SCHEMA),
        pa.concat_tables([OBSERVATION_SCHEMA.empty_table(), *parts]),
    )


def put(
    archive: Archive,
    *paths: Path,
    camera: str = "gate",
    start: datetime | None = None,
    duration_s: float = 600.0,
    moved: Sequence[tuple[float, float]] = (),
) -> str:
    """Put a recording of paths into an archive; return its id."""
    number = len(archive.recordings())
    digest = f"{number + 1:064x}"[::-1]
    facts = RecordingFacts(
        f"{number}.mp4", digest, 1, WIDTH, HEIGHT, "h264", TICK, duration_s, start_time=start
    )
    archive.add(
        RecordingAnalysis(
            recording=facts,
            camera=camera,
            tracks=tracks_of(paths, facts.recording_id, camera),
            settings={"rate": 1},
            grid_width=WIDTH // 2,
            grid_height=HEIGHT // 2,
            camera_moved=moved,
        )
    )
    return facts.recording_id


def drawn(name: str, *points: tuple[float, float], camera: str = "gate") -> Zone:
    """Return a line or a zone that is drawn through points in pixels."""
    shares = tuple((x / WIDTH, y / HEIGHT) for x, y in points)
    kind = "line" if len(points) == 2 else "zone"
    return Zone(camera, name, kind, shares, datetime.fromisoformat("2024-01-01T00:00Z"), "test", "")


FIELDS = {
    "statistics": {"place": "Rue Haute", "information": "signs"},
    "private-premises": {"place": "shop", "information": "signs"},
    "research": {"licence": "own footage"},
}


@pytest.fixture
def archive_of(tmp_path: pathlib.Path) -> Callable[[str], Archive]:
    """Return a maker of archives for a purpose: camera gate with a line and the zones a, b and c."""

    def make(purpose: str) -> Archive:
        archive = Archive.create(
            tmp_path / purpose,
            name="Crossing",
            purpose=purpose,
            purpose_fields=FIELDS[purpose],
            controller="City of Lyon",
            timezone="UTC",
        )
        add_zone(archive, "gate", "line", "line", ((0.0, 0.5), (1.0, 0.5)))
        for left, name in enumerate("abc"):
            corners = ((left / 4, 0.1), (left / 4 + 0.2, 0.1), (left / 4, 0.4))
            add_zone(archive, "gate", name, "zone", corners)
        return archive

    return make

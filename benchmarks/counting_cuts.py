"""True paths, cut in two near a line as a tracker may lose what it follows: counting without analysis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
from counting_truth import Crossing, TrueLine

from apercu.analysis import OBSERVATION_SCHEMA, TRACK_SCHEMA, Tracks

SIZE = (1280, 360)
_LINE = ((0.5, 1.0), (0.5, 0.0))
_STEP_S = 0.1
_BOXES = {"person": (18.0, 50.0), "car": (90.0, 40.0)}
_SPEEDS = {"person": 50.0, "car": 160.0}
"""Pixels per second."""


def cut_tracks() -> Iterator[tuple[str, Tracks, tuple[int, int], list[TrueLine]]]:
    """Yield cases by name: tracks in two pieces each, the size of their picture, and what is true.

    ``uncut`` has every path whole. The others lose it for 0.3 s, 1 s and 2 s somewhere within two seconds
    of the line; pieces get different numbers, and a box trembles by a twentieth of its size.
    """
    for lost_s in (0.0, 0.3, 1.0, 2.0):
        rng = np.random.default_rng(9)
        pieces: list[tuple[str, np.ndarray, np.ndarray]] = []
        true = []
        for k in range(60):
            name, right = ("person", "car")[k % 3 == 0], k % 2 == 0
            speed, y = _SPEEDS[name], float(rng.uniform(100, 340))
            seconds = (SIZE[0] + 100) / speed
            times = 4.0 * k + np.arange(0, seconds, _STEP_S)
            x = -50 + speed * (times - times[0])
            at = times[0] + (SIZE[0] / 2 + 50) / speed
            x = x if right else SIZE[0] - x
            true.append(Crossing(float(at), "right" if right else "left", name))
            box = np.array(_BOXES[name])
            feet = np.column_stack([x, np.full(len(x), y)]) + rng.normal(0, 0.05, (len(x), 2)) * box
            begin = at + float(rng.uniform(-2, 2)) * (0.5 if name == "car" else 1) - lost_s / 2
            parts = [times < begin, times >= begin + lost_s] if lost_s else [np.ones(len(times), np.bool_)]
            pieces += [(name, times[part], feet[part]) for part in parts if part.sum() >= 4]
        line = TrueLine("middle", _LINE, tuple(true))
        yield f"cuts of {lost_s:g} s" if lost_s else "uncut", _tracks(pieces), SIZE, [line]


def _tracks(pieces: Sequence[tuple[str, np.ndarray, np.ndarray]]) -> Tracks:
    rows, seen = [], [OBSERVATION_SCHEMA.empty_table()]
    blank: dict[str, object] = {
        f.name: [] if pa.types.is_list(f.type) else None if f.nullable else 0 for f in TRACK_SCHEMA
    }
    for number, (name, times, feet) in enumerate(pieces, 1):
        width, height = _BOXES[name]
        half, tall = np.array([width / 2, 0]), np.array([0, height])
        boxes = np.column_stack([feet - half - tall, feet + half]).astype(np.float32)
        pts = np.rint(times * 1000).astype(np.int64)
        told = {"recording_id": "0" * 16, "camera": "camera", "track_id": number, "class": name}
        span = {"start_pts": int(pts[0]), "end_pts": int(pts[-1]), "observation_count": len(pts)}
        rows.append({**blank, **told, **span, "start_s": float(times[0]), "end_s": float(times[-1])})
        columns = {
            "recording_id": ["0" * 16] * len(pts),
            "track_id": np.full(len(pts), number, np.int32),
            "pts": pts,
            "time_s": times,
            **dict(zip(("x1", "y1", "x2", "y2"), boxes.T, strict=True)),
            "score": np.full(len(pts), 0.8, np.float32),
            "source": ["detector"] * len(pts),
            **{key: np.ones(len(pts), np.int16) for key in ("mask_x", "mask_y", "mask_w", "mask_h")},
            "mask": [b"\x80"] * len(pts),
        }
        seen.append(pa.table(columns, schema=OBSERVATION_SCHEMA))
    return Tracks(pa.Table.from_pylist(rows, schema=TRACK_SCHEMA), pa.concat_tables(seen))

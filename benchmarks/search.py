"""How long questions take on an archive of many generated tracks, against a bare DuckDB scan.

    python benchmarks/search.py [--tracks 1000000] [--archive FOLDER] [--json] [--record]

The archive has 20 cameras, ten days each, with plausible distributions and the full schema; each track has
ten observations. ``--archive`` keeps it for the next run. The scan asks DuckDB for the keys of the tracks
that the columns alone decide, without gate, ledger, order and geometry.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import report
from report import Column

from apercu.analysis.colour import COLOURS
from apercu.analysis.tracks import OBSERVATION_SCHEMA, TRACK_SCHEMA, Tracks
from apercu.archive import Archive, RecordingAnalysis, RecordingFacts
from apercu.archive.files import TRACKS
from apercu.archive.zones import add_zone
from apercu.search import Query, find, read_query
from apercu.search.asking import connection
from apercu.search.columns import necessary

_CAMERAS, _DAYS, _SEEN = 20, 10, 10
_WIDTH, _HEIGHT = 1920, 1080
_DAY_S = 86_400.0
_ROUNDS = 5
_FIRST = datetime(2026, 3, 2, tzinfo=UTC)

QUESTIONS = {
    "class": "class:bus",
    "class and colour": "class:car colour:white",
    "one camera, one day": "camera:camera7 from:2026-03-04 to:2026-03-04",
    "time of day": "class:truck between:22:00-6:00",
    "long and slow": "duration:2m.. speed:..20",
    "heading": "class:bicycle heading:left",
    "either of two": "(class:bus colour:red or class:truck colour:blue)",
    "none of": "class:animal not heading:up",
    "the longest hundred": "class:person sort:duration limit:100",
    "in a zone": "class:truck camera:camera7 in:gate",
    "stopped in a zone": "class:car colour:white camera:camera7 stopped:2s@gate after:12:30",
    "crossed a line": "class:bus crossed-right:kerb",
}


def _column(field: Any, values: dict[str, Any], count: int) -> Any:
    if field.name in values:
        made = pa.array(values[field.name])
        return made.cast(field.type) if made.type != field.type else made
    return pa.array(np.zeros(count)).cast(field.type)


def _lists(flat: Any, lengths: Any, kind: Any) -> Any:
    offsets: Any = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
    return pa.ListArray.from_arrays(offsets, pa.array(flat).cast(kind.value_type), type=kind)


def _tracks(random: np.random.Generator, facts: RecordingFacts, camera: str, count: int) -> Tracks:
    """Return tracks that go across the picture in straight lines."""
    recording_id, start = facts.recording_id, facts.start_time
    assert start is not None
    starts = np.sort(random.uniform(0, _DAY_S - 700, count))
    durations = np.minimum(random.lognormal(2.3, 1.0, count) + 1, 600)
    size = random.lognormal(4.2, 0.5, count).clip(10, 500)
    begin = random.uniform(0, 1, (count, 2)) * [_WIDTH, _HEIGHT]
    end = random.uniform(0, 1, (count, 2)) * [_WIDTH, _HEIGHT]
    end[random.random(count) < 0.1] = begin[random.random(count) < 0.1][:1]
    share = np.linspace(0, 1, _SEEN)
    feet = begin[:, None] + share[None, :, None] * (end - begin)[:, None]
    way = end - begin
    names = random.choice(
        ["person", "car", "truck", "bus", "bicycle", "animal"], count, p=[0.5, 0.35, 0.06, 0.03, 0.05, 0.01]
    )
    named = random.integers(1, 4, count)
    path = _lists(feet[..., 0].ravel(), np.full(count, _SEEN), TRACK_SCHEMA.field("path_x").type)
    seconds = starts[:, None] + share * durations[:, None]
    since = np.datetime64(start.replace(tzinfo=None), "us")
    ids = np.arange(1, count + 1, dtype=np.int32)
    values = {
        "recording_id": np.full(count, recording_id),
        "camera": np.full(count, camera),
        "track_id": ids,
        "class": names,
        "class_score": random.uniform(0.3, 0.9, count).astype(np.float32),
        "start_pts": (starts * 1000).astype(np.int64),
        "end_pts": ((starts + durations) * 1000).astype(np.int64),
        "start_s": starts,
        "end_s": starts + durations,
        "duration_s": durations,
        "start_time": since + (starts * 1e6).astype("timedelta64[us]"),
        "end_time": since + ((starts + durations) * 1e6).astype("timedelta64[us]"),
        "observation_count": np.full(count, _SEEN, np.int32),
        "x1": (feet[..., 0].min(axis=1) - size / 2).astype(np.float32),
        "y1": (feet[..., 1].min(axis=1) - size).astype(np.float32),
        "x2": (feet[..., 0].max(axis=1) + size / 2).astype(np.float32),
        "y2": feet[..., 1].max(axis=1).astype(np.float32),
        "width_px": size.astype(np.float32),
        "height_px": size.astype(np.float32),
        "distance_px": np.hypot(*way.T).astype(np.float32),
        "speed_mean_px_s": (np.hypot(*way.T) / durations).astype(np.float32),
        "speed_max_px_s": (np.hypot(*way.T) / durations).astype(np.float32),
        "heading_deg": (np.degrees(np.arctan2(way[:, 0], -way[:, 1])) % 360).astype(np.float32),
        "dwell_s": (durations * random.beta(0.3, 3, count)).astype(np.float32),
    }
    colours = _lists(random.choice(COLOURS, int(named.sum())), named, TRACK_SCHEMA.field("colours").type)
    none = _lists(np.array([], str), np.zeros(count), TRACK_SCHEMA.field("colours_upper").type)
    lists = {
        "path_x": path,
        "path_y": _lists(feet[..., 1].ravel(), np.full(count, _SEEN), path.type),
        "path_s": _lists(seconds.ravel(), np.full(count, _SEEN), path.type),
        "colours": colours,
        "colour_shares": _lists(np.full(int(named.sum()), 0.3), named, path.type),
        "colours_upper": none,
        "colours_lower": none,
    }
    table = pa.Table.from_arrays(
        [lists[f.name] if f.name in lists else _column(f, values, count) for f in TRACK_SCHEMA],
        schema=TRACK_SCHEMA,
    )
    many = count * _SEEN
    seen = {
        "recording_id": np.full(many, recording_id),
        "track_id": np.repeat(ids, _SEEN),
        "pts": (seconds * 1000).astype(np.int64).ravel(),
        "time_s": seconds.ravel(),
        "x1": (feet[..., 0] - size[:, None] / 2).astype(np.float32).ravel(),
        "y1": (feet[..., 1] - size[:, None]).astype(np.float32).ravel(),
        "x2": (feet[..., 0] + size[:, None] / 2).astype(np.float32).ravel(),
        "y2": feet[..., 1].astype(np.float32).ravel(),
        "score": np.full(many, 0.8, np.float32),
        "source": np.full(many, "detector"),
        "mask": np.full(many, b"\xff"),
    }
    columns = [_column(f, seen, many) for f in OBSERVATION_SCHEMA]
    return Tracks(table, pa.Table.from_arrays(columns, schema=OBSERVATION_SCHEMA))


def generate(folder: Path, tracks: int) -> Archive:
    """Return an archive of so many tracks, made unless it is there."""
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
    each = tracks // (_CAMERAS * _DAYS)
    for number in range(_CAMERAS * _DAYS):
        camera, day = f"camera{number % _CAMERAS}", number // _CAMERAS
        tick = Fraction(1, 1000)
        start = _FIRST + timedelta(days=day)
        facts = RecordingFacts(
            f"{number}.mp4",
            f"{number + 1:064x}"[::-1],
            1,
            _WIDTH,
            _HEIGHT,
            "h264",
            tick,
            _DAY_S,
            start_time=start,
        )
        made = _tracks(random, facts, camera, each)
        archive.add(
            RecordingAnalysis(
                recording=facts, camera=camera, tracks=made, settings={}, grid_width=240, grid_height=135
            )
        )
    for number in range(_CAMERAS):
        square = [(0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6)]
        add_zone(archive, f"camera{number}", "gate", "zone", square)
        add_zone(archive, f"camera{number}", "kerb", "line", [(0.5, 0.3), (0.5, 0.7)])
    return archive


def _scan_s(archive: Archive, query: Query) -> float:
    """Return how long DuckDB takes for the keys that the columns alone decide, seconds."""
    rows = find(archive, query).rows
    files = [str(archive.path / row.analysis.folder / TRACKS) for row in rows]
    where, values = necessary(query, archive.settings.zone)
    sql = (
        "select recording_id::varchar as recording_id, track_id from "
        f"read_parquet(?, hive_partitioning=false) where {where}"
    )
    spent = []
    for _ in range(_ROUNDS):
        begin = time.perf_counter()
        with closing(connection()) as opened:
            opened.sql(sql, params=[files, *values]).to_arrow_table()
        spent.append(time.perf_counter() - begin)
    return median(spent)


def main() -> None:
    """Tell the first, the median and the slowest time of each question, and its ratio to the scan."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tracks", type=int, default=1_000_000)
    parser.add_argument("--archive", type=Path, help="where the archive is kept; temporary by default")
    report.add_options(parser)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        begin = time.perf_counter()
        archive = generate(args.archive or Path(temporary) / "archive", args.tracks)
        print(f"archive ready after {time.perf_counter() - begin:.0f} s")
        rows = {name: _asked(archive, read_query(text)) for name, text in QUESTIONS.items()}
        for row, text in zip(rows.values(), QUESTIONS.values(), strict=True):
            row["text"] = f"`{text}`"
    everything = sorted(float(row["warm_ms"]) for row in rows.values())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    columns = (
        Column("text", "question"),
        Column("found", "tracks found", "d"),
        Column("cold_ms", "first, ms", ".0f"),
        Column("warm_ms", "median, ms", ".0f"),
        Column("slowest_ms", "slowest, ms", ".0f"),
        Column("ratio", "times the scan", ".2f"),
    )
    notes = [
        f"p50 {median(everything):.0f} ms, p95 {np.percentile(everything, 95):.0f} ms over the medians.",
        f"Memory at most: {peak:.2f} GiB, the making of the archive included.",
    ]
    report.publish(
        "search", [report.Table(f"{args.tracks} tracks", "about", columns, rows)], args, notes=notes
    )


def _asked(archive: Archive, query: Query) -> dict[str, Any]:
    spent, found = [], 0
    for _ in range(_ROUNDS + 1):
        begin = time.perf_counter()
        found = len(find(archive, query))
        spent.append(time.perf_counter() - begin)
    warm = median(spent[1:])
    return {
        "found": found,
        "cold_ms": 1000 * spent[0],
        "warm_ms": 1000 * warm,
        "slowest_ms": 1000 * max(spent[1:]),
        "ratio": warm / _scan_s(archive, query),
    }


if __name__ == "__main__":
    main()

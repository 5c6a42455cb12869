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

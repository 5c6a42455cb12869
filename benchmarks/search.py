"""How long questions take on an archive of many generated tracks, against a bare DuckDB scan.

    python benchmarks/search.py [--tracks 10000000] [--archive FOLDER] [--json] [--record]

The archive (see ``search_archive.py``) is of 100 cameras, 30 days each, and is made in about five minutes;
``--archive`` keeps it for the next run. Each question is asked once when none of the files that it reads is
in the system's memory any more, then ``--rounds`` times in turns with the bare scan. The scan asks DuckDB for
the same columns: the keys of the tracks that columns alone decide, and what they are sorted by, of the same
files, and where places are asked for, sums of the observations' columns of those files; without gate, ledger,
order and geometry.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import report
from report import Column
from search_archive import make_archive

from apercu.archive import Archive
from apercu.archive.files import OBSERVATIONS, TRACKS
from apercu.search import Query, find, read_query
from apercu.search.asking import connection
from apercu.search.columns import necessary
from apercu.search.running import SORTED_BY

_CAMERAS, _DAYS = 100, 30
_SMALL = 100_000
_PLACES = {"regions", "crossed", "routes", "stopped"}

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

_READ = "read_parquet(?, hive_partitioning=false)"


def _paths(archive: Archive, query: Query, name: str) -> list[str]:
    return [str(archive.path / row.analysis.folder / name) for row in find(archive, query).rows]


class _Scan:
    """What DuckDB does for a question at least: the same columns of the same files.

    Attributes:
        places: whether the question looks at observations.
    """

    def __init__(self, archive: Archive, query: Query) -> None:
        self.places = bool(query.model_fields_set & _PLACES)
        self._tracks, self._seen = (_paths(archive, query, name) for name in (TRACKS, OBSERVATIONS))
        where, self._values = necessary(query, archive.settings.zone)
        keys = ["recording_id::varchar as recording_id", "track_id"]
        if query.sort != "time":
            keys.append(SORTED_BY[query.sort])
        self._keys = f"select {', '.join(keys)} from {_READ} where {where}"
        columns = ["track_id", "x1", "x2", "y2", *(["time_s"] if query.stopped is not None else [])]
        self._sums = f"select {', '.join(f'sum({name})' for name in columns)} from {_READ}"

    def tracks(self) -> None:
        """Ask for the keys that the columns of tracks alone decide."""
        with closing(connection()) as opened:
            opened.sql(self._keys, params=[self._tracks, *self._values]).to_arrow_table()

    def observations(self) -> None:
        """Look at the columns of observations that places take."""
        with closing(connection()) as opened:
            opened.sql(self._sums, params=[self._seen]).to_arrow_table()

    def forget(self) -> None:
        """Let the system keep nothing of the files in memory."""
        for path in self._tracks + self._seen * self.places:
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)


def _spent(run: Callable[[], object]) -> tuple[float, float]:
    """Return how long something takes, and how long processors work for it, seconds."""
    begin, worked = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - begin, time.process_time() - worked


def _asked(archive: Archive, text: str, rounds: int) -> dict[str, Any]:
    query = read_query(text)
    scan, ask = _Scan(archive, query), partial(find, archive, query)
    scan.forget()
    cold, _ = _spent(ask)
    # By turns, so that a machine that is busy with something else is so for all of them.
    turns = [
        (_spent(ask), _spent(scan.tracks), _spent(scan.observations) if scan.places else (0.0, 0.0))
        for _ in range(rounds)
    ]
    asked, tracks, seen = (np.array(column) for column in zip(*turns, strict=True))
    (warm, worked), (scanned, scan_worked) = np.median(asked, axis=0), np.median(tracks + seen, axis=0)
    print(f"{text}: {warm:.2f} s, scan {scanned:.2f} s", file=sys.stderr, flush=True)
    return {
        "text": f"`{text}`",
        "found": find(archive, query).total,
        "cold_ms": 1000 * cold,
        "warm_ms": 1000 * float(warm),
        "slowest_ms": 1000 * float(asked[:, 0].max()),
        "scan_ms": 1000 * float(scanned),
        "ratio": float(warm / scanned),
        "work_ratio": float(worked / scan_worked),
        "tracks_ratio": float(warm / np.median(tracks[:, 0])),
    }


def _first_result(archive: Archive, rounds: int) -> dict[str, dict[str, float]]:
    """Return how long a command takes, and what it cannot do without, seconds by name."""
    files = str(archive.path / "recordings/*/*/*" / TRACKS)
    bare = (
        "import duckdb, sys; from apercu import Archive, Query; duckdb.connect().sql('select recording_id, "
        "track_id from read_parquet(?) where class = ?', params=[sys.argv[1], 'bus']).to_arrow_table()"
    )
    commands = {
        "`apercu search ARCHIVE class:bus`": ["-m", "apercu", "search", str(archive.path), "class:bus"],
        "import of the package and one DuckDB query": ["-c", bare, files],
    }
    found = {}
    for name, command in commands.items():
        run = partial(subprocess.run, [sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
        run()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = [_spent(run)[0] for _ in range(rounds)]
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        found[name] = {"wall_s": median(spent), "cpu_s": used / rounds}
    return found


def _made(folder: Path, tracks: int, cameras: int, days: int) -> Archive:
    """Make an archive in a process of its own, whose memory does not count here."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        pool.submit(_make, folder, tracks, cameras, days).result()
    return Archive.open(folder)


def _make(folder: Path, tracks: int, cameras: int, days: int) -> None:
    make_archive(folder, tracks, cameras, days)


def main() -> None:
    """Tell the first, the median and the slowest time of each question, and its ratio to the scan."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tracks", type=int, default=10_000_000)
    parser.add_argument("--archive", type=Path, help="where the archive is kept; temporary by default")
    parser.add_argument("--rounds", type=int, default=5, help="how often each question is asked")
    report.add_options(parser)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        archive = _made(args.archive or Path(temporary) / "archive", args.tracks, _CAMERAS, _DAYS)
        rows = {name: _asked(archive, text, args.rounds) for name, text in QUESTIONS.items()}
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        first = _first_result(_made(Path(temporary) / "small", _SMALL, 10, 3), args.rounds)
    columns = (
        Column("text", "question"),
        Column("found", "tracks found", "d"),
        Column("cold_ms", "cold, ms", ".0f"),
        Column("warm_ms", "warm, ms", ".0f"),
        Column("slowest_ms", "slowest, ms", ".0f"),
        Column("scan_ms", "scan, ms", ".0f"),
        Column("ratio", "times the scan", ".2f"),
        Column("work_ratio", "by processor time", ".2f"),
        Column("tracks_ratio", "times the tracks' scan", ".2f"),
    )
    command, bare = first.values()
    worst = max(row["ratio"] for row in rows.values())
    aims = [
        report.Aim("the slowest question against its scan", 2, worst, at_most=True),
        report.Aim(
            "from command to first result, processor time", 2, command["cpu_s"] / bare["cpu_s"], at_most=True
        ),
        report.Aim("memory, GiB", 2, peak, at_most=True),
    ]
    warm = [float(row["warm_ms"]) for row in rows.values()]
    slowest = [float(row["slowest_ms"]) for row in rows.values()]
    notes = [
        f"p50 {median(warm):.0f} ms, p95 {np.percentile(slowest, 95):.0f} ms over the questions.",
        f"{sum(row['ratio'] <= 2 for row in rows.values())} of {len(rows)} within twice the scan.",
    ]
    told = report.Table(
        f"From command to first result, {_SMALL} tracks",
        "",
        (Column("wall_s", "seconds", ".2f"), Column("cpu_s", "processor, s", ".2f")),
        first,
    )
    tables = [report.Table(f"{args.tracks} tracks", "about", columns, rows), told, report.aims(aims)]
    report.publish("search", tables, args, notes=notes)


if __name__ == "__main__":
    main()

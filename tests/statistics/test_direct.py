"""Counting straight from footage: the same numbers as from tracks, and nothing else is kept."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from apercu.analysis import AnalysisOptions, load_detector
from apercu.archive import Archive
from apercu.archive.intake import take_in
from apercu.archive.zones import add_zone
from apercu.errors import FootageError, RefusedError, UsageError
from apercu.footage import LiveReader, Source
from apercu.statistics.cells import CELL_SCHEMA
from apercu.statistics.counting import CountOptions, count
from apercu.statistics.direct import count_footage
from apercu.statistics.live import LiveState, count_live
from apercu.statistics.store import read_cells, read_run, runs

from . import filming
from .filming import OPTIONS, Blind, archive_for

ALL = CountOptions(interval_s=60, classes=("other",), heat=True)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return 72 seconds of a generated place, which begin just before an interval does: three segments."""
    return filming.film(tmp_path_factory.mktemp("film") / "gate_20240531_140158.mp4", 72.0, objects=16)


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return some seconds of another one."""
    return filming.film(tmp_path_factory.mktemp("film") / "gate_20240531_140158.mp4", 9.0, objects=4)


@pytest.fixture
def counting(tmp_path: Path) -> Archive:
    return archive_for(tmp_path / "counts", "statistics")


@pytest.fixture(scope="module")
def whole(film: Path, tmp_path_factory: pytest.TempPathFactory) -> pa.Table:
    """Return the cells of the film, counted directly in one go."""
    return counted(archive_for(tmp_path_factory.mktemp("whole") / "counts", "statistics"), film)


def counted(archive: Archive, film: Path) -> pa.Table:
    count_footage(archive, film, Blind(), camera="gate", options=OPTIONS, interval_s=60)
    return count(archive, ALL)


def test_counting_from_footage_and_from_tracks_is_the_same(
    tmp_path: Path, film: Path, whole: pa.Table
) -> None:
    keeping = archive_for(tmp_path / "tracks", "research")
    take_in(keeping, film, Blind(), camera="gate", options=OPTIONS)
    assert whole.equals(count(keeping, ALL))
    found = {row["measure"] for row in whole.to_pylist()}
    assert {"observed", "crossings", "presence", "flow", "movement"} <= found
    assert len(set(whole["begin_s"].to_pylist())) == 4  # three minutes, and the hour of heat maps


def test_so_it_is_for_a_recording_in_one_piece(tmp_path: Path, counting: Archive, short: Path) -> None:
    keeping = archive_for(tmp_path / "tracks", "research")
    take_in(keeping, short, Blind(), camera="gate", options=OPTIONS)
    assert counted(counting, short).equals(count(keeping, ALL))


@pytest.mark.parametrize("name", ["street/street.mp4", "intel/one-by-one-person-detection.mp4"])
@pytest.mark.slow
def test_real_footage_gives_the_same_both_ways(
    tmp_path: Path, counting: Archive, footage: Callable[[str], Path], name: str
) -> None:
    detector, path = load_detector(), footage(name)
    keeping = archive_for(tmp_path / "tracks", "research")
    options = AnalysisOptions(segment_s=30.0)
    take_in(keeping, path, detector, camera="gate", options=options)
    count_footage(counting, path, detector, camera="gate", options=options, interval_s=60)
    asked = CountOptions(interval_s=60, heat=True)
    assert count(counting, asked).equals(count(keeping, asked))


def test_a_recording_that_was_counted_is_recognised_until_something_changes(
    counting: Archive, short: Path
) -> None:
    def again(camera: str | None = None, interval_s: float = 900.0) -> bool:
        return count_footage(counting, short, Blind(), camera=camera, interval_s=interval_s).repeated

    asked = CountOptions(classes=("other",))
    assert not again("gate")
    assert again()
    before = set(count(counting, asked)["series"].to_pylist())
    for name in ("west", "east"):
        add_zone(counting, "gate", name, "zone", [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
    assert not again() and again()
    after = set(count(counting, asked)["series"].to_pylist())
    # Its own numbers are replaced: zones that were drawn anew have none of the old ones left.
    assert before - after and after - before
    assert [run.complete for run in runs(counting)] == [True]
    with pytest.raises(UsageError, match="900 s"):
        count(counting, CountOptions(interval_s=60))
    assert not again(interval_s=60)
    assert count(counting, CountOptions(interval_s=60)).num_rows


def test_what_may_not_be_counted_is_refused_before_the_footage_is_looked_at(tmp_path: Path) -> None:
    dates = {"date": date(2024, 1, 1), "expiry": date(2024, 2, 1)}
    fields = {"authority": "a", "reference": "b", **dates}
    inquiry = Archive.create(
        tmp_path / "inquiry", name="Inquiry", purpose="judicial-inquiry", purpose_fields=fields
    )
    with pytest.raises(RefusedError):
        count_footage(inquiry, tmp_path / "missing.mp4", Blind())


def test_analysis_under_statistics_points_to_counting(counting: Archive, film: Path) -> None:
    with pytest.raises(RefusedError, match="apercu count footage"):
        take_in(counting, film, Blind())


def test_killed_counting_loses_at_most_the_current_interval(
    counting: Archive, film: Path, whole: pa.Table
) -> None:
    program = Path(filming.__file__)
    arguments = [sys.executable, str(program), "footage", str(counting.path), str(film), "66"]
    process = subprocess.Popen(arguments)
    try:
        name = wait_for_run(counting, process, 62.0)
    finally:
        process.kill()
        process.wait()
    about = read_run(counting, name)
    assert about is not None and not about.complete and 62 <= about.done_s <= 66
    kept = count(counting, ALL)
    minutes = sorted({row["begin_s"] for row in whole.to_pylist() if row["length_s"] == 60.0})
    assert len(minutes) == 3
    for begin in minutes[:2]:  # in the third it died
        for measure in ("observed", "crossings", "presence", "entries"):
            assert totals(kept, measure, begin) == totals(whole, measure, begin), (measure, begin)
    # Counted again it is complete, and as if nothing had been.
    assert counted(counting, film).equals(whole)


def totals(cells: pa.Table, measure: str, begin_s: float) -> float:
    rows = (row for row in cells.to_pylist() if (row["measure"], row["begin_s"]) == (measure, begin_s))
    return round(sum(row["value"] for row in rows), 3)


def wait_for_run(archive: Archive, process: subprocess.Popen[bytes], done_s: float) -> str:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, "it ended by itself"
        for run in runs(archive):
            if run.done_s >= done_s:
                return run.run
        time.sleep(0.1)
    raise AssertionError("nothing was counted")


ALLOWED = ("counts/", "ledger/", "archive.toml", "zones.toml", ".lock", "catalog.sqlite")
_WATCHER = """
import runpy, sys
log = open(sys.argv[1], "w", buffering=1)
def note(event, given):
    if event == "open" and isinstance(given[2], int) and given[2] & 3:
        log.write(f"{given[0]}\\n")
sys.addaudithook(note)
sys.argv = sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
IMAGES = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"WEBP",
    b"GIF8",
    b"BM6",
    b"ftyp",
    b"moov",
    b"\x1aE\xdf\xa3",
    b"\x93NUMPY",
)


@pytest.mark.parametrize("kind", ["footage", "live"])
def test_direct_counting_writes_cells_and_its_record_and_nothing_else(
    tmp_path: Path, counting: Archive, short: Path, kind: str
) -> None:
    folders = {name: tmp_path / name for name in ("tmp", "home", "cwd", "cache")}
    for folder in folders.values():
        folder.mkdir()
    log = tmp_path / "opened.txt"
    environment = {
        **os.environ,
        "TMPDIR": str(folders["tmp"]),
        "HOME": str(folders["home"]),
        "XDG_CACHE_HOME": str(folders["cache"]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    arguments = [sys.executable, "-c", _WATCHER, str(log), str(Path(filming.__file__)), kind]
    done = subprocess.run(
        [*arguments, str(counting.path), str(short)],
        cwd=folders["cwd"],
        env=environment,
        capture_output=True,
        timeout=120,
        check=True,
    )
    assert done.stdout == b"" and done.stderr == b""
    assert [path for folder in folders.values() for path in folder.rglob("*")] == []
    written = [path for path in counting.path.rglob("*") if path.is_file()]
    assert any(path.suffix == ".parquet" for path in written)
    for path in written:
        inside = path.relative_to(counting.path).as_posix()
        assert inside.startswith(ALLOWED), inside
        content = path.read_bytes()
        assert not any(mark in content for mark in IMAGES), inside
        assert b"track_id" not in content and b"mask" not in content, inside
        if content.startswith(b"PAR1"):
            assert pq.read_schema(path).equals(CELL_SCHEMA)
    # Whatever was opened for writing on the way, temporary files and all.
    lines = log.read_text().splitlines()
    assert any("/counts/camera=gate/" in line for line in lines)
    for line in lines:
        opened = Path(line) if line.startswith("/") else folders["cwd"] / line
        if opened.is_relative_to("/dev") or opened.is_relative_to("/proc") or opened == log or line.isdigit():
            continue
        assert opened.is_relative_to(counting.path), line
        name = opened.relative_to(counting.path).as_posix()
        assert name.startswith(ALLOWED), line


def test_cells_of_a_live_camera_are_those_of_its_run(counting: Archive, short: Path) -> None:
    state = count_live(counting, str(short), Blind(), camera="gate", interval_s=60)
    (run,) = runs(counting)
    assert state.runs == [run.run] and run.complete and run.start is not None
    cells = pa.concat_tables(read_cells(counting, run))
    assert set(cells["clocked"].to_pylist()) == {True}
    assert 0 < state.counted_s < 9
    entries = [entry.capability for entry in counting.gate.ledger.entries()]
    assert entries[-2:] == ["analyze-live", "count"]


class Flaky(LiveReader):
    """A stream that breaks off after each connection, and cannot be opened every second time."""

    opened = 0

    def __init__(self, source: Source, **told: Any) -> None:
        Flaky.opened += 1
        if Flaky.opened % 2 == 0:
            raise FootageError("cannot be opened (Connection refused)", path="camera")
        super().__init__(source, **told)

    @property
    def ended(self) -> bool:
        return False

    @ended.setter
    def ended(self, value: bool) -> None:
        self.lost = "the stream ended" if value else ""


def test_a_stream_that_is_lost_is_opened_again(
    counting: Archive, short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apercu.footage.connections.LiveReader", Flaky)
    monkeypatch.setattr("apercu.footage.connections.FIRST_WAIT_S", 0.01)
    stop, lost = threading.Event(), []

    def told(state: LiveState) -> None:
        lost.append(state.lost)
        if state.breaks == 2:
            stop.set()

    state = count_live(counting, str(short), Blind(), camera="gate", interval_s=60, stop=stop, told=told)
    assert {"", "the stream ended", "cannot be opened (Connection refused)"} <= set(lost)
    assert state.breaks == 2 and len(state.runs) == len(runs(counting)) == 1  # of one scene
    Flaky.opened = 1
    with pytest.raises(FootageError):  # what cannot be opened at all is told
        count_live(counting, str(short), Blind(), camera="gate", interval_s=60)

"""Counting straight from recordings and cameras, as commands."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from apercu.archive import Archive
from apercu.statistics.store import runs

from .conftest import Result

Cli = Callable[..., Result]
STATISTICS = ("--purpose", "statistics", "--field", "place=Street", "--field", "information=a sign")


@pytest.fixture
def town(cli: Cli, tmp_path: Path) -> Path:
    """Return an archive for statistics with one line."""
    path = tmp_path / "town"
    assert cli("init", path, *STATISTICS, "--timezone", "Europe/Paris").code == 0
    assert cli("zone", "add", path, "gate", "door", "0.5,0;0.5,1", "--line").code == 0
    return path


def test_a_recording_is_counted_and_told_without_a_number_of_it(cli: Cli, town: Path, street: Path) -> None:
    first = cli("count", "footage", town, street, "--camera", "gate", "--by", "1min")
    assert first.code == 0, first.err
    assert "00:00:12 counted at 1 line and 0 zones of gate" in first.out
    assert f"apercu count {town}" in first.out
    assert "no numbers leave by less than 5min: those by 1min are added up" in " ".join(first.err.split())
    assert not re.search(r"person|car|cross", first.out)
    again = cli("count", "footage", town, street, "--by", "1min", "--json")
    (told,) = again.json["recordings"]
    assert told["already_counted"] and told["camera"] == "gate" and told["lines"] == ["door"]
    assert "value" not in again.out and "tracks" not in again.out


def test_without_a_place_it_says_what_is_missing(cli: Cli, town: Path, street: Path) -> None:
    told = cli("count", "footage", town, street, "--camera", "yard")
    assert told.code == 0 and "no line and no zone" in told.err and "apercu zone add" in told.err


def test_mistakes_are_told_before_anything_is_read(cli: Cli, town: Path, street: Path) -> None:
    assert cli("count", "footage", town, street, "--by", "7min").code == 2
    other = shutil.copy(street, town.parent / "other.mp4")
    assert cli("count", "footage", town, street, other, "--start", "2024-05-31 08:00").code == 2
    assert cli("count", "live", town, street, "--camera", "gate", "--for", "soon").code == 2
    live = cli("count", "live", town, street, "--camera", "gate", "--by", "1min", "--metrics", "9101")
    assert live.code == 2 and "--metrics would stay empty" in live.err
    missing = cli("count", "footage", town, "missing.mp4", "--json")
    assert missing.code == 3 and missing.json["recordings"][0]["error"]["kind"] == "FootageNotFoundError"


def test_analyze_points_to_counting(cli: Cli, town: Path, street: Path) -> None:
    refused = cli("analyze", town, street)
    assert refused.code == 8 and "apercu count footage" in refused.err


def test_a_camera_that_cannot_be_reached_is_told_without_its_password(cli: Cli, town: Path) -> None:
    told = cli("count", "live", town, "http://me:secret@127.0.0.1:9/video", "--camera", "gate")
    assert told.code == 3 and "http://127.0.0.1:9/video" in told.err
    ledger = (town / "ledger" / "ledger.jsonl").read_text()
    assert "secret" not in told.out + told.err + ledger and "127.0.0.1:9" in ledger


def test_live_counting_ends_clean_when_it_is_stopped(town: Path, street: Path) -> None:
    arguments = [sys.executable, "-m", "apercu", "count", "live", str(town), str(street)]
    process = subprocess.Popen(
        [*arguments, "--camera", "gate", "--real-time"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
    )
    assert process.stderr is not None
    assert "counting" in process.stderr.readline()
    time.sleep(1.0)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0 and "of gate counted" in out and err == ""
    (run,) = runs(Archive.open(town))
    assert run.complete and run.camera == "gate"


def test_live_counting_ends_by_itself_after_its_time(cli: Cli, town: Path, street: Path) -> None:
    told = cli("count", "live", town, street, "--camera", "gate", "--real-time", "--for", "8s", "--json")
    assert told.code == 0 and told.json["camera"] == "gate" and len(told.json["runs"]) == 1

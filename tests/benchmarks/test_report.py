from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest
import report

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = (
    report.Column("ratio", "ratio", ".2f"),
    report.Column("found", "all found"),
    report.Column("memory", "MB", ".0f"),
)
TABLE = report.Table(
    "Two streets", "street", COLUMNS, {"a": {"ratio": 1 / 3, "found": True, "hidden": [1, 2]}}
)


def asked(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    report.add_options(parser)
    return parser.parse_args(words)


def test_cells_are_shown_as_readers_want_them() -> None:
    assert TABLE.heads == ["street", "ratio", "all found", "MB"]
    assert TABLE.lines == [["a", "0.33", "yes", "–"]]
    assert TABLE.text().splitlines()[0] == "Two streets"


def test_a_report_says_where_when_and_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/somewhere/benchmarks/streets.py", "--footage", "/home/me/videos"])
    found = report.document([TABLE], ["One note."])
    assert found["command"] == "python benchmarks/streets.py --footage videos"
    assert found["machine"]["cores"] >= 1
    assert found["machine"]["memory_gib"] >= 1
    assert len(found["date"]) == len("2026-11-22")
    assert found["tables"][0]["rows"]["a"]["hidden"] == [1, 2]
    assert found["notes"] == ["One note."]


@pytest.mark.parametrize(("words", "kept"), [((), False), (("--record",), True), (("--json",), False)])
def test_it_is_kept_only_when_asked(
    words: tuple[str, ...],
    kept: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results")
    report.publish("streets", [TABLE], asked(*words))
    printed = capsys.readouterr().out
    assert (tmp_path / "results" / "streets.json").exists() == kept
    if "--json" in words:
        assert json.loads(printed)["tables"][0]["caption"] == "Two streets"
    else:
        assert "0.33" in printed


@pytest.mark.parametrize(
    ("aim", "met"),
    [
        (report.Aim("speed", 3.0, 3.0), True),
        (report.Aim("speed", 3.0, 2.99), False),
        (report.Aim("memory", 700, 512.0, at_most=True), True),
        (report.Aim("memory", 700, 701.0, at_most=True), False),
        (report.Aim("memory", 700, None, at_most=True), None),
    ],
)
def test_promises_are_compared_with_what_was_found(aim: report.Aim, met: bool | None) -> None:
    assert aim.met is met
    assert report.aims([aim]).rows[aim.measure]["met"] is met


def test_documents_show_what_was_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results")
    report.publish("throughput", [TABLE], asked("--record"), ["One note."])
    show = (
        "import pathlib, sys\n"
        "from blocks import benchmarks\n"
        "benchmarks.RESULTS = pathlib.Path(sys.argv[1])\n"
        "print(benchmarks.benchmark('throughput'), benchmarks.benchmark('ledger'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", show, str(tmp_path / "results")],
        cwd=ROOT / "tools",
        capture_output=True,
        text=True,
        check=True,
    )
    assert "| a | 0.33 | yes | – |" in done.stdout
    assert "One note." in done.stdout
    assert "Not measured yet: `python benchmarks/ledger.py --record`" in done.stdout

"""What docs/search.md shows works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from apercu.cli import run
from apercu.search import read_query
from apercu.search.words import FILTERS

PAGE = (Path(__file__).parents[2] / "docs" / "search.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def test_python(archive: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(archive.parent)
    known: dict[str, Any] = {}
    exec(blocks("python")[0], known)
    assert known["table"].num_rows == 3 == len(set(known["places"]["track_id"].to_pylist()))
    assert {"longest.png", "longest.mp4", "all.mp4"} <= {path.name for path in archive.parent.iterdir()}
    assert "duration_s left 3" in capsys.readouterr().out


def test_duckdb_and_polars_agree(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(archive.parent)
    (sql,) = blocks("sql")
    ((camera, name, count, _),) = duckdb.sql(sql).fetchall()
    assert (camera, name, count) == ("gate", "other", 3)
    pytest.importorskip("polars")
    known: dict[str, Any] = {}
    exec(blocks("python")[1], known)
    assert known["busiest"].select("camera", "class", "tracks").rows() == [(camera, name, count)]


def test_the_words_of_the_table() -> None:
    rows = re.findall(r"^\| (`.*?) \| (.*?) \|", PAGE.partition("## Places")[0], re.MULTILINE)
    assert {word for words, _ in rows for word in re.findall(r"`(.*?)`", words)} == set(FILTERS)
    for _, examples in rows:
        for text in re.findall(r"`(.*?)`", examples):
            read_query(text)


def test_the_commands(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(archive.parent)
    assert run(["zone", "add", "gate", "gate", "entrance", "0.1,0.6;0.4,0.6;0.4,0.9;0.1,0.9"]) == 0
    for line in blocks("")[0].splitlines():
        words = re.findall(r"\S+", line)[1:]
        assert run(words) == 7  # right, and nothing is like that here

"""What docs/search.md shows works as it stands there, and so does the Python of the README."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from apercu.cli import run
from apercu.search import read_query
from apercu.search.views import views, views_sql
from apercu.search.words import FILTERS

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "search.md").read_text(encoding="utf-8")


def blocks(language: str, page: str = PAGE) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)


def test_python(archive: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(archive.parent)
    known: dict[str, Any] = {}
    exec(blocks("python")[0], known)
    assert known["table"].num_rows == 3 == len(set(known["places"]["track_id"].to_pylist()))
    assert known["metres"].num_rows == 3
    assert {"longest.png", "longest.mp4", "gate.mp4"} <= {path.name for path in archive.parent.iterdir()}
    assert "duration:2.. left 3" in capsys.readouterr().out


def test_the_python_of_the_readme(
    archive: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(archive.rename(archive.with_name("yard")).parent)
    (shown,) = blocks("python", (PROJECT / "README.md").read_text(encoding="utf-8"))
    exec(shown, {})
    assert Path("yard.mp4").exists() and capsys.readouterr().out.splitlines()[:2] == ["[]", "[]"]


def test_views_read_by_duckdb_and_polars(
    archive: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(archive.parent)
    assert run(["views", "gate"]) == 0
    Path("views.sql").write_text(capsys.readouterr().out, encoding="utf-8")
    with duckdb.connect() as opened:
        opened.execute(Path("views.sql").read_text(encoding="utf-8"))
        questions = opened.extract_statements(blocks("sql")[0])
        hours, _, feet = (opened.execute(question).fetchall() for question in questions)
        assert hours == [("gate", "other", 3)]
        assert {track for _, track, _ in feet} <= {1, 2, 3} and feet
        told = {name: opened.sql(f"select count(*) from {name}").fetchall()[0][0] for name in views()}
        (recording,) = opened.sql("select camera, width, start_time is null from recordings").fetchall()
    assert (told["recordings"], told["tracks"]) == (1, 3) and told["observations"] == told["feet"] > 20
    assert recording == ("gate", 320, False)
    pytest.importorskip("polars")
    known: dict[str, Any] = {}
    exec(blocks("python")[1], known)
    assert known["hours"].rows() == [("gate", "other", 3)]
    assert known["busiest"].select("camera", "class", "tracks").rows() == [("gate", "other", 3)]
    assert known["seen"]["tracks"].sum() == 3


def test_views_of_a_folder_of_any_name(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = archive.rename(archive.with_name("o'[gate]* ?"))
    with duckdb.connect() as opened:
        opened.execute(views_sql(odd))
        assert opened.sql("select count(*) from tracks").fetchall() == [(3,)]
    monkeypatch.chdir(odd)
    with duckdb.connect() as opened:
        opened.execute(views_sql())
        assert opened.sql("select count(*) from observations").fetchall()[0][0] > 20


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

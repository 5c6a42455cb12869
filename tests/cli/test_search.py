"""The commands search and zone: what they write, and what they refuse."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

import apercu
from apercu import Archive, Query
from apercu.analysis.tracks import TRACK_SCHEMA

from .conftest import Result

Cli = Callable[..., Result]
WHOLE = "0,0;1,0;1,1;0,1"


def test_a_table_and_how_it_goes_on(cli: Cli, archive: Path) -> None:
    everything = cli("search", archive)
    assert everything.code == 0 and "3 of 3 tracks" in everything.out
    first = cli("search", archive, "--limit", 1)
    assert "1 of 3 tracks; go on with --cursor" in first.out
    cursor = first.out.split()[-1]
    rest = cli("search", archive, "--cursor", cursor, "--json")
    assert len(rest.json) == 2 and rest.json[0].keys() == set(TRACK_SCHEMA.names)


def test_options_and_words_ask_the_same(cli: Cli, archive: Path) -> None:
    assert cli("zone", "add", archive, "gate", "all", WHOLE).code == 0
    options = cli("search", archive, "--in", "all", "--faster-than", 1, "--after", "12:30", "--json")
    words = cli("search", archive, "in:all", "speed:1..", "after:12:30", "--json")
    where = cli("search", archive, "--where", "in:all speed:1.. after:12:30", "--json")
    assert options.code == 0 and options.json == words.json == where.json != []
    assert cli("search", archive, "--before", "12:30").code == 7


def test_it_explains_itself(cli: Cli, archive: Path) -> None:
    told = cli("search", archive, "speed:1..", "stopped:1h", "--explain")
    assert told.code == 7
    assert "Tracks of a speed of at least 1 px/s and that stopped for 3600 s or more." in told.out
    assert "3 tracks" in told.out and "0 left by stopped" in told.out


def test_what_cannot_be_read_is_shown(cli: Cli, archive: Path) -> None:
    wrong = cli("search", archive, "class:car", "colour:mauve")
    assert wrong.code == 2 and "at character 11" in wrong.err and "^^^^^^^^^^^^" in wrong.err
    assert cli("search", archive, "--in", "nowhere").code == 2
    assert cli("search", archive, "--json", "--csv").code == 2
    assert cli("search", archive, "-o", "x.xlsx").code == 2


@pytest.mark.parametrize("suffix", [".parquet", ".arrow", ".csv", ".json"])
def test_files_for_other_programs(cli: Cli, archive: Path, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"found{suffix}"
    assert cli("search", archive, "-o", path).code == 0
    match suffix:
        case ".parquet":
            assert pq.read_table(path).schema.names == TRACK_SCHEMA.names
        case ".arrow":
            assert feather.read_table(path).num_rows == 3
        case ".csv":
            assert path.read_text() == cli("search", archive, "--csv").out
            assert len(list(csv.DictReader(io.StringIO(path.read_text())))) == 3
        case _:
            assert path.read_text().count('"track_id"') == 3
    assert cli("search", archive, "-o", path).code == 2  # exists already
    assert cli("search", archive, "-o", path, "--force").code == 0


@pytest.mark.parametrize("suffix", [".parquet", ".arrow", ".csv", ".json"])
def test_what_is_written_in_parts_is_the_same(
    cli: Cli, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    whole, parts, none = (tmp_path / f"{name}{suffix}" for name in ("whole", "parts", "none"))
    assert cli("search", archive, "sort:speed", "-o", whole).code == 0
    told = cli("search", archive, "sort:speed", "--json").out
    monkeypatch.setattr("apercu.search.running._TOLD_AT_ONCE", 2)
    assert cli("search", archive, "sort:speed", "-o", parts).code == 0
    assert cli("search", archive, "sort:speed", "--json").out == told
    assert cli("search", archive, "class:animal", "-o", none).code == 7
    match suffix:
        case ".parquet":
            assert pq.read_table(parts).equals(pq.read_table(whole))
            assert pq.read_table(none).schema.names == TRACK_SCHEMA.names
        case ".arrow":
            assert feather.read_table(parts).equals(feather.read_table(whole))
            assert feather.read_table(none).num_rows == 0
        case ".csv":
            assert parts.read_bytes() == whole.read_bytes()
            assert none.read_text() == ",".join(TRACK_SCHEMA.names) + "\n"
        case _:
            assert parts.read_text() + "\n" == whole.read_text() + "\n" == told
            assert json.loads(none.read_text()) == []


def test_pictures_of_what_is_found(cli: Cli, archive: Path, tmp_path: Path) -> None:
    sheet, video = tmp_path / "s.html", tmp_path / "s.mp4"
    made = cli("search", archive, "speed:1..", "--sheet", sheet, "--synopsis", video)
    assert made.code == 0, made.err
    assert sheet.read_text().startswith("<!") and video.stat().st_size > 1000


def test_questions_are_saved(cli: Cli, archive: Path) -> None:
    assert cli("search", archive, "--faster-than", 1, "--save", "fast").code == 0
    assert cli("search", archive, "--saved", "fast", "--json").json == cli("search", archive, "--json").json
    assert cli("search", archive, "--saved", "fast", "speed:..0.5").code == 7
    assert cli("search", archive, "--saved", "slow").code == 2


def test_zones_are_listed_shown_and_removed(cli: Cli, archive: Path, tmp_path: Path) -> None:
    assert cli("zone", "list", archive).code == 7
    kerb = ["gate", "kerb", "160,0;160,180", "--line", "--size", "320x180"]
    assert cli("zone", "add", archive, *kerb).out == "gate: line kerb of 2 points\n"
    assert cli("zone", "add", archive, "gate", "all", WHOLE).code == 0
    listed = cli("zone", "list", archive, "--json").json
    assert [(each["name"], each["points"][0]) for each in listed] == [("all", [0, 0]), ("kerb", [0.5, 0])]
    picture = tmp_path / "zones.png"
    assert cli("zone", "show", archive, "gate", "-o", picture).code == 0
    assert cv2.imread(str(picture)).shape == (180, 320, 3)
    assert cli("zone", "show", archive, "roof").code == 2
    assert cli("zone", "remove", archive, "gate", "all").code == 0
    assert len(cli("zone", "list", archive, "--json").json) == 1
    assert cli("zone", "add", archive, "gate", "x", "1,2,3").code == 2


def test_the_same_in_python(archive: Path, tmp_path: Path) -> None:
    answer = apercu.ask(Archive.open(archive), Query.of(sort="speed", limit=2), explain=True)
    table = answer.to_arrow()
    assert table.schema.equals(TRACK_SCHEMA) and len(answer) == 2 and answer.found.total == 3
    speeds = table["speed_mean_px_s"].to_pylist()
    assert speeds == sorted(speeds, reverse=True)
    assert set(answer.observations()["track_id"].to_pylist()) == set(table["track_id"].to_pylist())
    assert len(answer.tracks) == 2
    clip = answer.clip(tmp_path / "first.mp4")
    assert clip.track_id == table["track_id"][0].as_py() and clip.redacted
    assert answer.synopsis(tmp_path / "s.mp4").metrics.tubes == 2
    with pytest.raises(apercu.errors.NothingToShowError, match="no track 3"):
        answer.clip(tmp_path / "third.mp4", 3)

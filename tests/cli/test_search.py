"""The commands search and zone: what they write, and what they refuse."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

import apercu
from apercu import Archive, Query
from apercu.analysis import GroundPlane
from apercu.analysis.measures import MEASURE_SCHEMA
from apercu.analysis.tracks import TRACK_SCHEMA
from apercu.archive.cameras import calibrate
from apercu.footage import SceneOptions, SyntheticScene, probe
from apercu.purposes import Capability

from .conftest import Result

Cli = Callable[..., Result]
COLUMNS = [*TRACK_SCHEMA.names, *MEASURE_SCHEMA.names[2:]]
WHOLE = "0,0;1,0;1,1;0,1"


def test_a_table_and_how_it_goes_on(cli: Cli, archive: Path) -> None:
    everything = cli("search", archive)
    assert everything.code == 0 and "3 of 3 tracks" in everything.out
    first = cli("search", archive, "--limit", 1)
    assert "1 of 3 tracks; go on with --cursor" in first.out
    cursor = first.out.split()[-1]
    rest = cli("search", archive, "--cursor", cursor, "--json")
    assert len(rest.json) == 2 and rest.json[0].keys() == set(COLUMNS)


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
    assert "3 tracks" in told.out and "0 left by stopped:3600s" in told.out
    parts = cli("search", archive, "(class:car or class:other)", "--explain", "--json")
    assert [line.split() for line in parts.err.splitlines()[2:5]] == [
        ["3", "left", "by", "(class:car", "or", "class:other)"],
        ["0", "found", "by", "class:car"],
        ["3", "found", "by", "class:other"],
    ]
    assert len(parts.json) == 3


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
            assert pq.read_table(path).schema.names == COLUMNS
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
    monkeypatch.setattr("apercu.search.found._TOLD_AT_ONCE", 2)
    assert cli("search", archive, "sort:speed", "-o", parts).code == 0
    assert cli("search", archive, "sort:speed", "--json").out == told
    assert cli("search", archive, "class:animal", "-o", none).code == 7
    match suffix:
        case ".parquet":
            assert pq.read_table(parts).equals(pq.read_table(whole))
            assert pq.read_table(none).schema.names == COLUMNS
        case ".arrow":
            assert feather.read_table(parts).equals(feather.read_table(whole))
            assert feather.read_table(none).num_rows == 0
        case ".csv":
            assert parts.read_bytes() == whole.read_bytes()
            assert none.read_text() == ",".join(COLUMNS) + "\n"
        case _:
            assert parts.read_text() + "\n" == whole.read_text() + "\n" == told
            assert json.loads(none.read_text()) == []


def test_pictures_of_what_is_found(cli: Cli, archive: Path, tmp_path: Path) -> None:
    sheet, video, clips = tmp_path / "s.html", tmp_path / "s.mp4", tmp_path / "clips"
    words = ["speed:1..", "--sheet", sheet, "--synopsis", video, "--clip", clips]
    before = len(asked(archive))
    made = cli("search", archive, *words)
    assert made.code == 0, made.err
    page = sheet.read_text()
    assert page.startswith("<!") and page.count("px/s") == 3 and "14:03:" in page
    assert video.stat().st_size > 1000
    assert len(list(clips.glob("gate-*.mp4"))) == 3
    # Whatever becomes of the answer, it is asked once.
    assert asked(archive)[before:].count(Capability.SEARCH) == 1
    assert cli("search", archive, "speed:1..", "--clip", clips).code == 2  # there already
    one = tmp_path / "one.mp4"
    assert "is one clip" in cli("search", archive, "--clip", one).err
    assert cli("search", archive, "--sort", "duration", "--limit", 1, "--clip", one).code == 0
    assert probe(one).width == 320


def test_pages_after_the_first_replace_nothing_unasked(
    cli: Cli, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apercu.synopsis.sheet.PER_PAGE", 1)
    (tmp_path / "s-2.png").write_text("mine")
    for words in (
        ["sheet", archive, "-o", tmp_path / "s.png"],
        ["search", archive, "--sheet", tmp_path / "s.png"],
    ):
        made = cli(*words)
        assert made.code == 2 and "s-2.png" in made.err and "exists already" in made.err
        assert [path.name for path in tmp_path.glob("s*.png")] == ["s-2.png"]
    assert cli("sheet", archive, "-o", tmp_path / "s.png", "--force").code == 0
    assert (tmp_path / "s-2.png").read_bytes()[:4] == b"\x89PNG"


def test_nothing_is_written_twice(cli: Cli, archive: Path, tmp_path: Path) -> None:
    words = ["-o", tmp_path / "found.json", "--synopsis", tmp_path / "found.mp4"]
    for more in ([], ["--force"]):
        made = cli("search", archive, *words, *more)
        assert made.code == 2 and "would be written twice" in made.err
    assert not list(tmp_path.glob("found.*"))


def test_clips_that_are_refused_leave_no_folder(cli: Cli, archive: Path, tmp_path: Path) -> None:
    clips, kept = tmp_path / "a" / "b", tmp_path / "kept"
    kept.mkdir()
    for folder in (clips, kept):  # shown as filmed, and nobody says why
        assert cli("search", archive, "--clip", folder, "--unredacted").code == 8
    assert not clips.parent.exists() and kept.is_dir()


def asked(archive: Path) -> list[str]:
    return [entry.capability for entry in Archive.open(archive).gate.ledger.entries()]


def test_pictures_of_several_cameras(cli: Cli, archive: Path, tmp_path: Path) -> None:
    film = tmp_path / "roof.mp4"
    SyntheticScene(SceneOptions(320, 180, seconds=4.0, objects=1, seed=4)).write(film)
    assert cli("analyze", archive, film, "--camera", "roof").code == 0
    sheet, video = tmp_path / "s.html", tmp_path / "s.mp4"
    made = cli("search", archive, "--sheet", sheet, "--synopsis", video)
    assert made.code == 0, made.err
    page = sheet.read_text()
    assert "<h1>gate, roof: 4 objects</h1>" in page
    assert page.index("gate <code>") < page.index("roof <code>")
    assert {path.name for path in tmp_path.glob("s-*.mp4")} == {"s-gate.mp4", "s-roof.mp4"}
    answer = Archive.open(archive).search(Query())
    assert {camera: len(part) for camera, part in answer.by_camera().items()} == {"gate": 3, "roof": 1}
    with pytest.raises(apercu.errors.UsageError, match="several cameras"):
        answer.synopsis(video)


def test_metres_where_the_camera_is_calibrated(cli: Cli, archive: Path, tmp_path: Path) -> None:
    assert all(values["speed_mean_m_s"] is None for values in cli("search", archive, "--json").json)
    refused = cli("search", archive, "near:3m")
    assert refused.code == 7 and "no camera that it may concern is calibrated" in refused.err
    calibrate(Archive.open(archive), "gate", GroundPlane(np.diag([0.1, 0.1, 1.0]), 320, 180))
    found = cli("search", archive, "speed-m:0.1..", "size-m:0.1..", "--json").json
    assert found and all(values["speed_mean_m_s"] >= 0.1 for values in found)
    assert "speed m/s" in cli("search", archive).out
    sheet = tmp_path / "s.html"
    assert cli("search", archive, "--sheet", sheet).code == 0
    assert "m/s" in sheet.read_text()
    measured = Archive.open(archive).search(Query()).measures()
    assert measured.schema.equals(MEASURE_SCHEMA) and measured["width_m"].null_count == 0


def test_times_of_recordings_without_a_clock(cli: Cli, archive: Path, street: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain.avi"
    SyntheticScene(SceneOptions(160, 120, seconds=2.0, objects=1, seed=4)).write(plain)
    assert cli("analyze", archive, plain, "--camera", "yard").code == 0
    refused = cli("search", archive, "--camera", "yard", "after:12:30")
    assert refused.code == 7 and "the recording has no clock" in refused.err


def test_questions_are_saved(cli: Cli, archive: Path) -> None:
    assert cli("search", archive, "--faster-than", 1, "--save", "fast").code == 0
    assert cli("search", archive, "--saved", "fast", "--json").json == cli("search", archive, "--json").json
    assert cli("search", archive, "--saved", "fast", "speed:..0.5").code == 7
    assert cli("search", archive, "--saved", "slow").code == 2
    assert "speed:1.." in cli("saved", "list", archive).out
    assert "of a speed of at least 1 px/s" in cli("saved", "show", archive, "fast").out
    assert cli("saved", "show", archive, "fast", "--json").json["text"] == "speed:1.."
    assert cli("saved", "remove", archive, "slow").code == 2
    assert cli("saved", "remove", archive, "fast").out == "fast is forgotten\n"
    assert cli("saved", "list", archive, "--json").code == 7


def test_zones_are_listed_shown_and_removed(cli: Cli, archive: Path, tmp_path: Path) -> None:
    assert cli("zone", "list", archive).code == 7
    kerb = ["gate", "kerb", "160,0;160,180", "--line", "--size", "320x180"]
    assert cli("zone", "add", archive, *kerb).out == "gate: line kerb of 2 points\n"
    assert cli("zone", "add", archive, "gate", "all", WHOLE).code == 0
    listed = cli("zone", "list", archive, "--json").json
    assert [(each["name"], each["points"][0]) for each in listed] == [("all", [0, 0]), ("kerb", [0.5, 0])]
    assert {each["unit"] for each in listed} == {"normalised"}
    assert cli("zone", "add", archive, "gate", "kerb", "px:160,0;160,180", "--line").code == 0
    assert cli("zone", "list", archive, "--json").json[1]["points"] == [[0.5, 0], [0.5, 1]]
    assert "--size" in cli("zone", "add", archive, "roof", "kerb", "px:160,0;160,180", "--line").err
    picture = tmp_path / "zones.png"
    assert cli("zone", "show", archive, "gate", "-o", picture).code == 0
    assert cv2.imread(str(picture)).shape == (180, 320, 3)
    assert cli("zone", "show", archive, "roof").code == 2
    assert cli("zone", "remove", archive, "gate", "all").code == 0
    assert len(cli("zone", "list", archive, "--json").json) == 1
    assert cli("zone", "add", archive, "gate", "x", "1,2,3").code == 2


def test_the_same_in_python(archive: Path, tmp_path: Path) -> None:
    answer = Archive.open(archive).search(Query.of(sort="speed", limit=2), explain=True)
    table = answer.to_arrow()
    assert table.schema.equals(TRACK_SCHEMA) and len(answer) == 2 and answer.found.total == 3
    speeds = table["speed_mean_px_s"].to_pylist()
    assert speeds == sorted(speeds, reverse=True)
    assert set(answer.observations()["track_id"].to_pylist()) == set(table["track_id"].to_pylist())
    assert len(answer.tracks) == 2
    assert pa.concat_tables(answer.batches()).equals(table)
    assert asked(archive)[-1] == Capability.READ_TRACKS
    clip = answer.clip(tmp_path / "first.mp4")
    assert clip.track_id == table["track_id"][0].as_py() and clip.redacted
    assert answer.synopsis(tmp_path / "s.mp4").metrics.tubes == 2
    assert len(answer.clips(tmp_path / "clips")) == 2
    with pytest.raises(apercu.errors.NothingToShowError, match="no track 3"):
        answer.clip(tmp_path / "third.mp4", 3)

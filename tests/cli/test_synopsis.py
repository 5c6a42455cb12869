"""Commands that show: synopses, clips and the pictures beside them."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import pytest

from apercu.footage import SceneOptions, SyntheticScene, probe
from apercu.purposes import Ledger

Cli = Callable[..., Any]


def test_synopsis_of_an_archive(
    cli: Cli, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = cli("synopsis", archive, "--boxes")
    assert result.code == 0
    assert "tracks shown" in result.out
    assert probe(tmp_path / "gate-synopsis.mp4").width == 320
    again = cli("synopsis", archive)
    assert again.code == 2
    assert "--force" in again.err
    figures = cli("synopsis", archive, "--force", "--overlap", 0, "--json").json["metrics"]
    assert figures["OR"] == 0
    assert cli("synopsis", archive, "--force", "--purpose", "research", "--field", "licence=own").code == 2
    assert cli("synopsis", archive, "--force", "--camera", "other").code == 2


def test_pixels_that_are_not_square(cli: Cli, street: Path, tmp_path: Path) -> None:
    """What an analogue recorder squeezes is shown as it was filmed, in everything that is made of it."""
    squeezed, folder = tmp_path / "squeezed.mp4", tmp_path / "archive"
    with av.open(str(street)) as source, av.open(str(squeezed), "w") as target:
        stream = target.add_stream("libx264", rate=12)
        stream.width, stream.height, stream.pix_fmt = 320, 90, "yuv420p"
        stream.sample_aspect_ratio = Fraction(1, 2)
        for picture in source.decode(video=0):
            target.mux(stream.encode(picture.reformat(320, 90)))
        target.mux(stream.encode(None))
    assert "320x180, stretched from pixels of 1:2" in cli("info", squeezed).out
    cli("init", folder, "--purpose", "research", "--field", "licence=own")
    assert cli("analyze", folder, squeezed).code == 0
    (track, *_) = cli("tracks", folder, "--json").json
    made = {"synopsis": ["-o", tmp_path / "s.mp4"], "poster": ["-o", tmp_path / "p.png"]}
    made |= {"clip": ["--track", f"squeezed.mp4/{track['track_id']}", "-o", tmp_path / "c.mp4"]}
    for command, words in made.items():
        assert cli(command, folder, *words).code == 0
    for name in ("s.mp4", "c.mp4"):
        info = probe(tmp_path / name)
        assert (info.width, info.height, info.pixel_aspect) == (320, 180, 1)
    height, width, _ = cv2.imread(str(tmp_path / "p.png")).shape
    assert width / height == pytest.approx(16 / 9, rel=0.2)


def test_filters_choose_what_a_synopsis_shows(cli: Cli, archive: Path, tmp_path: Path) -> None:
    rows = cli("tracks", archive, "--json").json
    name = rows[0]["class"]
    target = tmp_path / "out.mp4"
    made = cli("synopsis", archive, "-o", target, "--class", name, "--group-by", "direction", "--json")
    assert made.code == 0, made.err
    index = json.loads(target.with_suffix(".json").read_text(encoding="utf-8"))
    assert len(index["tubes"]) == sum(row["class"] == name for row in rows)
    assert index["query"] == f"class:{name}"
    assert all(tube["group"] for tube in index["tubes"])
    assert target.with_suffix(".vtt").read_text(encoding="utf-8").startswith("WEBVTT")
    nothing = cli("synopsis", archive, "-o", target, "--force", "--longer-than", "1h")
    assert nothing.code == 7 and "no track is like that" in nothing.err
    track = f"{rows[0]['recording_id']}/{rows[0]['track_id']}"
    one = cli("synopsis", archive, "-o", target, "--force", "--track", track, "--json")
    assert one.json["metrics"]["tubes_kept"] == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--class", "lorry"], "classes: unknown class 'lorry'"),
        (["--colour", "mauve"], "colours: unknown colour"),
        (["--from", "yesterday"], "from_time"),
        (["--from", "2024-06-02", "--to", "2024-06-01"], "Exchange the two"),
        (["--between", "noon"], "no time of day"),
        (["--region", "0.1,0.2,0.3"], "three corners or more"),
        (["--region", "0,0,100,0,100,100"], "--region-px"),
        (["--region", "0,0,a,b,1,1"], "is no polygon"),
        (["--region", "near:0,0,1,0,1,1"], "regions.way"),
        (["--heading", "northish"], "no direction"),
        (["--longer-than", "soon"], "is not a time"),
        (["--longer-than", "10s", "--shorter-than", "5s"], "at least 10 and at most 5"),
        (["--track", "7"], "names no track"),
        (["--recording", "nowhere.mp4"], "no recording"),
        (["--group-by", "taste"], "unknown grouping"),
    ],
)
def test_filters_that_make_no_sense_are_said(
    cli: Cli, archive: Path, tmp_path: Path, words: list[str], told: str
) -> None:
    result = cli("synopsis", archive, "-o", tmp_path / "out.mp4", *words)
    assert result.code in (2, 7)
    assert told in result.err
    assert not list(tmp_path.glob("out.*"))


def test_filters_read_what_people_write(cli: Cli, archive: Path, tmp_path: Path) -> None:
    words = [
        "--from",
        "2024-05-31 14:03",
        "--to",
        "2024-05-31",
        "--between",
        "9:00-18:30",
        "--heading",
        "left",
    ]
    words += ["--region", "entered:0.1 0.2 0.9 0.2 0.9 1", "--region-px", "1,2;30,2;30,40", "--stood", "1:30"]
    words += ["--larger-than", "5", "--slower-than", "300", "--recording", "gate_20240531_140327.mp4"]
    assert cli("poster", archive, "-o", tmp_path / "p.png", *words).code == 7
    entry = list(Ledger(archive).entries())[-1]
    assert "from:2024-05-31T14:03:00 to:2024-05-31 between:09:00-18:30" in entry.subject
    assert "size:5.. speed:..300 heading:270+-45 stood:90.." in entry.subject
    assert "entered:0.1,0.2;0.9,0.2;0.9,1 in:px:1,2;30,2;30,40" in entry.subject


def test_a_clip_by_the_number_in_the_index(cli: Cli, archive: Path, tmp_path: Path) -> None:
    index = tmp_path / "out.json"
    assert cli("synopsis", archive, "-o", tmp_path / "out.mp4").code == 0
    words = ["--unredacted", "--reason", "system-check: a test", "--json"]
    clip = cli("clip", archive, "--index", index, "--tube", 1, "-o", tmp_path / "c.mp4", *words)
    assert clip.code == 0, clip.err
    tube, second, *_ = json.loads(index.read_text(encoding="utf-8"))["tubes"]
    assert (clip.json["recording_id"], clip.json["track_id"]) == (tube["recording_id"], tube["track_id"])
    assert probe(tmp_path / "c.mp4").width == 320
    told = cli("clip", archive, "--index", index, "--tube", 1, "-o", tmp_path / "e.mp4", *words[:-1]).out
    assert re.search(r"140327\.mp4, 2024-05-31 14:03:\d\d to 14:03:\d\d, its own pictures$", told.strip())
    several = ["--index", index, "--tube", 2, "--tube", 1, "--tube", 2]
    assert "2 clips cannot be one file" in cli("clip", archive, *several, "-o", tmp_path / "f.mp4").err
    asked = len(list(Ledger(archive).entries()))
    made = cli("clip", archive, *several, "-o", tmp_path / "clips", *words).json["clips"]
    assert [one["track_id"] for one in made] == [second["track_id"], tube["track_id"]]
    assert sorted(map(str, (tmp_path / "clips").iterdir())) == sorted(one["video"] for one in made)
    shown = [entry.subject for entry in list(Ledger(archive).entries())[asked:]]
    for one in made:
        assert shown.count(f"track {one['recording_id']}/{one['track_id']}") == 2  # to read, and to show
    assert "exists already" in cli("clip", archive, *several, "-o", tmp_path / "clips", *words).err
    still = cli("strobe", archive, "--index", index, "--tube", 1, "-o", tmp_path / "s.png", "--json").json
    assert (still["recording_id"], still["track_id"]) == (tube["recording_id"], tube["track_id"])
    assert cli("strobe", archive, "-o", tmp_path / "t.png").code == 2
    for wrong, told in (
        (["--index", index, "--tube", 99], "has no object 99"),
        (["--index", index], "which object is not said"),
        (["--index", archive / "archive.toml", "--tube", 1], "no index of a synopsis"),
        ([], "which object is not said"),
    ):
        result = cli("clip", archive, *wrong, "-o", tmp_path / "d.mp4")
        assert result.code == 2 and told in result.err


def test_a_length_that_cannot_be_kept_is_said(cli: Cli, archive: Path, tmp_path: Path) -> None:
    output = tmp_path / "short.mp4"
    made = cli("synopsis", archive, "-o", output, "--length", "0.2s", "--trails", "--colour-by", "time")
    assert made.code == 0, made.err
    assert "longer than the 00:00:00 asked for" in made.out
    told = cli("synopsis", archive, "-o", output, "--force", "--length", "0.2s", "--json").json
    assert (told["length_asked_s"], told["length_kept"]) == (pytest.approx(0.2, abs=0.05), False)
    assert told["metrics"]["output_s"] > 0.2


def test_a_length_that_takes_more_overlap_than_allowed_is_said(cli: Cli, tmp_path: Path) -> None:
    video, archive, said = tmp_path / "busy.mp4", tmp_path / "busy", "more overlaps than the 0 allowed"
    SyntheticScene(SceneOptions(320, 180, Fraction(12), seconds=10.0, objects=12, seed=3)).write(video)
    assert cli("init", archive, "--purpose", "research", "--field", "licence=own").code == 0
    assert cli("analyze", archive, video).code == 0
    output = tmp_path / "dense.mp4"
    dense = cli("synopsis", archive, "-o", output, "--length", "0.2s", "--overlap", "0")
    assert dense.code == 0 and f"{said}: the length asked for goes first" in dense.out, dense
    loose = cli("synopsis", archive, "-o", output, "--force", "--overlap", "0")
    assert loose.code == 0 and "allowed" not in loose.out, loose
    enough = cli("synopsis", archive, "-o", output, "--force", "--length", "0.2s", "--overlap", "1")
    assert enough.code == 0 and "allowed" not in enough.out, enough


def test_several_inputs_are_all_recordings(cli: Cli, archive: Path, tmp_path: Path) -> None:
    result = cli("synopsis", archive, tmp_path / "a.mp4", "--purpose", "research", "--field", "licence=own")
    assert result.code == 2 and "is an archive" in result.err and "Name it alone" in result.err


@pytest.mark.parametrize(
    ("option", "value"),
    [("--rate", "3"), ("--detector-size", "320"), ("--workers", "1"), ("--model", "a.toml")],
)
def test_what_only_an_analysis_takes_is_refused_for_an_archive(
    cli: Cli, archive: Path, option: str, value: str
) -> None:
    result = cli("synopsis", archive, option, value)
    assert result.code == 2 and f"{option} has no meaning for an archive" in result.err


def test_a_purpose_without_synopses_is_refused_before_anything_is_asked(cli: Cli, tmp_path: Path) -> None:
    result = cli("synopsis", tmp_path / "a.mp4", "--purpose", "statistics")
    assert result.code == 8 and "the purpose statistics has no make-synopsis" in result.err
    assert "Purposes that have it: " in result.err and "field" not in result.err


@pytest.mark.parametrize("option", ["--codec", "--group-by", "--colour-by"])
def test_a_name_that_is_not_on_the_list_is_refused_with_the_list(
    cli: Cli, archive: Path, tmp_path: Path, option: str
) -> None:
    refused = cli("synopsis", archive, "-o", tmp_path / "none.mp4", option, "gait")
    assert refused.code == 2
    assert "Choose one of:" in refused.err
    assert not (tmp_path / "none.mp4").exists()


def test_pictures_beside_a_synopsis(cli: Cli, archive: Path, street: Path, tmp_path: Path) -> None:
    rows = cli("tracks", archive, "--json").json
    sheet = cli("sheet", archive, "-o", tmp_path / "sheet.html", "--json").json
    assert [item["track_id"] for item in sheet["objects"]] == [row["track_id"] for row in rows]
    assert (tmp_path / "sheet.html").read_text(encoding="utf-8").count("<figure>") == len(rows)
    poster = cli("poster", archive, "-o", tmp_path / "poster.png", "--json").json
    assert poster["tracks"] == len(rows) and poster["first"].startswith("14:03:")
    strobe = cli("strobe", archive, "--track", f"{street.name}/1", "-o", tmp_path / "strobe.png", "--json")
    assert strobe.json["seconds"] == sorted(strobe.json["seconds"])
    again = cli("strobe", archive, "--track", f"{street.name}/1", "-o", tmp_path / "strobe.png")
    assert again.code == 2 and "--force" in again.err
    forced = cli("strobe", archive, "--track", f"{street.name}/1", "-o", tmp_path / "strobe.png", "--force")
    assert re.search(r" moments from 2024-05-31 14:03:\d\d to 14:03:\d\d$", forced.out.strip())
    assert cli("poster", archive, "-o", tmp_path / "poster.jpg").code == 2
    one = f"{rows[0]['recording_id']}/{rows[0]['track_id']}"
    assert ": 1 path, 14:" in cli("poster", archive, "--track", one, "-o", tmp_path / "one.png").out


def test_a_timelapse_of_no_length_is_refused(cli: Cli, archive: Path, tmp_path: Path) -> None:
    assert cli("timelapse", archive, "--length", "0s", "-o", tmp_path / "t.mp4").code == 2


def test_a_timelapse_as_long_as_the_synopsis(cli: Cli, archive: Path, tmp_path: Path) -> None:
    index = tmp_path / "out.json"
    assert cli("synopsis", archive, "-o", tmp_path / "out.mp4").code == 0
    words = ["--like", index, "--fps", 2, "--unredacted", "--reason", "system-check: a test", "--json"]
    made = cli("timelapse", archive, "-o", tmp_path / "t.mp4", *words)
    assert made.code == 0, made.err
    length = json.loads(index.read_text(encoding="utf-8"))["metrics"]["output_s"]
    assert made.json["length_s"] == pytest.approx(length, abs=0.5)
    assert made.json["footage_s"] == pytest.approx(12, abs=0.1)
    assert cli("timelapse", archive, "--from", "2020-01-01", "--to", "2020-01-02").code == 7


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--class", "carr"], 2, "carr"),
        (["--in", "nowhere"], 2, "nowhere"),
        (["--where", "speed:fast"], 2, "speed"),
    ],
)
def test_a_slip_is_told_before_anything_is_analysed(
    cli: Cli, street: Path, tmp_path: Path, words: list[str], code: int, told: str
) -> None:
    declared = ["--purpose", "research", "--field", "licence=own"]
    made = cli("synopsis", street, "-o", tmp_path / "out.mp4", *declared, *words)
    assert (made.code, made.out) == (code, "") and told in made.err
    assert not list(tmp_path.iterdir())


def test_synopsis_in_one_step_leaves_only_the_synopsis(
    cli: Cli, street: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    result = cli(
        "synopsis",
        street,
        "-o",
        tmp_path / "out.mp4",
        "--purpose",
        "research",
        "--field",
        "licence=own",
        "--json",
    )
    assert result.code == 0
    assert result.json["video"] == str(tmp_path / "out.mp4")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.json", "out.mp4", "out.vtt", "temporary"]
    assert not list((tmp_path / "temporary").iterdir())


@pytest.mark.parametrize("command", ["synopsis", "poster", "sheet"])
def test_names_that_no_disk_takes(cli: Cli, archive: Path, tmp_path: Path, command: str) -> None:
    suffix = ".mp4" if command == "synopsis" else ".png"
    assert cli(command, archive, "-o", tmp_path / ("n" * 300 + suffix)).code == 6
    odd = tmp_path / f"o{chr(0xDCE9)}{suffix}"  # a byte that is no UTF-8, as Python reads it
    made = cli(command, archive, "-o", odd)
    assert made.code == 2 and "not UTF-8" in made.err
    assert not list(tmp_path.glob("[no]*"))


def test_a_recording_whose_name_is_not_utf_8_keeps_no_other_out(
    cli: Cli, street: Path, tmp_path: Path
) -> None:
    odd = tmp_path / f"caf{chr(0xDCE9)}.mp4"
    odd.write_bytes(street.read_bytes())
    assert cli("init", tmp_path / "a", "--purpose", "research", "--field", "licence=own").code == 0
    made = cli("analyze", tmp_path / "a", odd, street, "--camera", "gate")
    assert made.code == 3 and "not UTF-8" in made.err
    (row,) = cli("info", tmp_path / "a", "--json").json["recordings"]
    assert Path(row["file"]).name == street.name


def test_a_recording_is_never_overwritten(cli: Cli, street: Path, archive: Path, tmp_path: Path) -> None:
    own = Path(shutil.copy(street, tmp_path / "own.mp4"))
    before = own.read_bytes()
    result = cli("synopsis", own, "-o", own, "--purpose", "research", "--field", "licence=own", "--force")
    assert result.code == 2
    assert "never overwritten" in result.err
    assert own.read_bytes() == before
    assert cli("synopsis", archive, "-o", street, "--force").code == 2

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apercu.analysis import MEASURE_SCHEMA, TRACK_SCHEMA
from apercu.archive import Archive
from apercu.cli.app import EXIT_CODES
from apercu.cli.reference import explain_all
from apercu.errors import ApercuError
from apercu.footage import probe
from apercu.purposes import PURPOSES, Ledger

Cli = Callable[..., Any]


def branches(kind: type[ApercuError]) -> set[int]:
    return {kind.exit_code}.union(*(branches(child) for child in kind.__subclasses__()))


def test_every_exit_code_is_explained(cli: Cli) -> None:
    assert branches(ApercuError) <= set(EXIT_CODES)
    told = cli("--help").out
    for code, meaning in EXIT_CODES.items():
        assert f"{code}  {meaning}" in told


def test_every_command_and_parameter_is_explained() -> None:
    commands = list(explain_all())
    names = [command.name for command in commands]
    assert names[:7] == ["demo", "synopsis", "init", "analyze", "tracks", "search", "info"]
    assert {"purpose show", "purpose list", "ledger show", "ledger verify", "ledger export"} <= set(names[7:])
    for command in commands:
        assert command.text
        assert command.examples
        assert all(line.startswith(f"apercu {command.name}") for line in command.examples)
        assert all(parameter.help for parameter in [*command.arguments, *command.options])
        assert "--json" in [option.name for option in command.options]


def test_defaults_are_those_of_the_options(cli: Cli) -> None:
    from apercu.analysis import AnalysisOptions
    from apercu.synopsis import SynopsisOptions

    told = " ".join(cli("synopsis", "--help").out.split())
    assert f"default: {SynopsisOptions().arrange.overlap};" in told
    assert f"default: {AnalysisOptions().rate};" in told


def test_version(cli: Cli) -> None:
    assert cli("--version").out.startswith("apercu 0.")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["unknown"], "No such command 'unknown'. See: apercu --help"),
        (["analyze"], "Missing argument 'ARCHIVE'. See: apercu analyze --help"),
        (["init", "a", "--purpos", "research"], "See: apercu init --help"),
        (["init", "a", "--purpose", "reserch"], "Did you mean 'research'?"),
        (
            ["synopsis", "a.mp4", "--purpose", "research", "--field", "licence=own", "--start", "noon"],
            "is not a date with a time",
        ),
        (
            ["synopsis", "a.mp4", "--purpose", "research", "--field", "licence=own", "--overlap", "2"],
            "--overlap",
        ),
        (
            ["synopsis", "a.mp4", "--purpose", "research", "--field", "licence=own", "-o", "a.avi"],
            "does not end in .mp4",
        ),
        (
            ["synopsis", "a.mp4", "--purpose", "research", "--field", "licence=own", "--camera", "7"],
            "cannot name a camera",
        ),
    ],
)
def test_a_wrong_command_is_one_line_and_code_2(cli: Cli, arguments: list[str], told: str) -> None:
    result = cli(*arguments)
    assert result.code == 2
    assert result.err.startswith("error: ")
    assert told in result.err
    assert result.err.count("\n") == 1


@pytest.mark.parametrize(("command", "lines"), [(["init", "a"], 6), (["synopsis", "a.mp4"], 5)])
def test_a_missing_purpose_is_explained(cli: Cli, command: list[str], lines: int) -> None:
    result = cli(*command)
    assert result.code == 2
    first, *purposes = result.err.splitlines()
    assert first.startswith("error: --purpose is missing")
    assert "the first probably fits" in first
    assert len([first, *purposes]) == lines
    assert "private-premises" in purposes[0] and "your own shop" in purposes[0]
    assert all(name in result.err for name in PURPOSES)
    assert ("statistics, event-safety: make-synopsis" in purposes[-1]) == (command[0] == "synopsis")


def test_an_error_for_programs(cli: Cli) -> None:
    import json

    result = cli("info", "missing.mp4", "--json")
    assert result.code == 3
    assert result.out == ""
    error = json.loads(result.err)["error"]
    assert error["kind"] == "FootageNotFoundError"
    assert error["where"] == "missing.mp4"
    assert error["exit_code"] == 3


def test_init(cli: Cli, tmp_path: Path) -> None:
    declared = ["--purpose", "statistics", "--field", "place=Rue Haute", "--field", "information=signs"]
    made = cli("init", tmp_path / "a", *declared, "--controller", "Ville", "--json")
    assert made.json["archive"] == str(tmp_path / "a")
    assert (made.json["name"], made.json["purpose"]) == ("a", "statistics")
    settings = Archive.open(tmp_path / "a").settings
    assert settings.controller == "Ville"
    assert settings.declaration.values == {"place": "Rue Haute", "information": "signs"}
    assert made.json["ledger"] == settings.ledger
    again = cli("init", tmp_path / "a", *declared)
    assert again.code == 2
    assert "already an archive" in again.err


def test_init_tells_the_rule_and_what_is_missing(cli: Cli, tmp_path: Path) -> None:
    refused = cli("init", tmp_path / "a", "--purpose", "private-premises", "--field", "place=shop")
    assert refused.code == 2
    assert '--field information="..."' in refused.err
    assert '--field place="..."' not in refused.err
    assert not (tmp_path / "a").exists()
    told = cli(
        *("init", tmp_path / "a", "--purpose", "private-premises", "--field", "place=shop"),
        *("--field", "information=signs"),
    ).out
    assert "stays at most 30 days after it was recorded" in told
    assert cli("init", tmp_path / "b", "--purpose", "research", "--field", "licence").code == 2
    wrong = cli("init", tmp_path / "b", "--purpose", "research", "--field", "license=own")
    assert "has no field 'license'" in wrong.err


def test_a_purpose_of_one_s_own(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "night.toml"
    file.write_text(
        'format = 1\nid = "night"\nextends = "research"\nreasons = ["search"]\n[retention]\nmax_days = 7\n'
    )
    made = cli("init", tmp_path / "a", "--purpose", file, "--field", "licence=own")
    assert made.code == 0, made.err
    assert "at most 7 days" in made.out
    archive = Archive.open(tmp_path / "a")
    assert archive.settings.purpose == "night"
    assert (archive.path / "purpose.toml").read_bytes() == file.read_bytes()
    (archive.path / "purpose.toml").unlink()
    assert cli("info", tmp_path / "a").code == 5


def test_analyze_tells_what_it_found_and_when_it_began(cli: Cli, street: Path, tmp_path: Path) -> None:
    cli(
        "init",
        tmp_path / "a",
        "--purpose",
        "research",
        "--field",
        "licence=own",
        "--timezone",
        "Europe/Paris",
    )
    first = cli("analyze", tmp_path / "a", street)
    assert first.code == 0
    assert "tracks: " in first.out
    assert "x real time" in first.out
    assert "camera camera, start 2024-05-31 14:03:27 from file name" in first.out
    assert "already analysed" in cli("analyze", tmp_path / "a", street).out
    # Another camera or start is another analysis; what is not said stays as it was.
    assert "camera gate" in cli("analyze", tmp_path / "a", street, "--camera", "gate").out
    started = cli("analyze", tmp_path / "a", street, "--start", "2024-06-01 08:00:00")
    assert "camera gate, start 2024-06-01 08:00:00 as given" in started.out
    assert "already analysed" in cli("analyze", tmp_path / "a", street).out
    (row,) = Archive.open(tmp_path / "a").recordings()
    assert row.camera == "gate"


def test_one_broken_file_does_not_stop_the_rest(cli: Cli, street: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.mp4").write_text("no video")
    unknown = shutil.copy(street, tmp_path / "film.mp4")
    cli("init", tmp_path / "a", "--purpose", "research", "--field", "licence=own")
    result = cli("analyze", tmp_path / "a", "*.nothing", tmp_path / "broken.mp4", unknown)
    assert result.code == 3
    assert result.err.count("error: ") == 2
    assert "start unknown: times are counted from the beginning" in result.out
    assert len(Archive.open(tmp_path / "a").recordings()) == 1


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_of_the_archive_is_told_once_and_ends_the_work(
    cli: Cli, archive: Path, street: Path, tmp_path: Path, workers: int
) -> None:
    others = [tmp_path / f"{number}.mp4" for number in range(4)]
    for number, other in enumerate(others):
        other.write_bytes(street.read_bytes() + b"\0\0\0\x08free" * (number + 1))
    (archive / "unfinished").write_text("in the way")  # nothing more can be analysed
    words = ["analyze", archive, *others, "--workers", workers]

    told = cli(*words)
    assert told.code == 6
    error, stopped = told.err.splitlines()
    assert error.startswith(f"error: {archive}: cannot write")
    assert stopped.startswith("stopped: ")
    assert "3 of 4 were not analysed" in stopped
    assert "0 of 4 recordings are in" in told.out

    listed = cli(*words, "--json").json
    (failed,) = listed["recordings"]
    assert failed["error"]["kind"] == "OutputError"
    assert {failed["path"], *listed["left"]} == {str(other) for other in others}


def test_a_start_is_for_one_recording(cli: Cli, archive: Path, street: Path, tmp_path: Path) -> None:
    other = shutil.copy(street, tmp_path / "other.mp4")
    result = cli("analyze", archive, street, other, "--start", "2024-05-31 14:00:00")
    assert result.code == 2
    assert "one recording" in result.err


def test_analyze_for_programs(cli: Cli, archive: Path, street: Path, tmp_path: Path) -> None:
    result = cli("analyze", archive, street, tmp_path / "missing.mp4", "--json")
    assert result.code == 3
    good, bad = result.json["recordings"]
    assert good["already_analysed"]
    assert sum(good["classes"].values()) == good["tracks"]
    assert bad["error"]["kind"] == "FootageNotFoundError"


def test_tracks(cli: Cli, archive: Path) -> None:
    values = cli("tracks", archive, "--json").json
    assert len(values) >= 3
    assert set(values[0]) == {*TRACK_SCHEMA.names, *MEASURE_SCHEMA.names}
    table = cli("tracks", archive).out
    assert "gate_20240531_140327.mp4" in table
    assert "2024-05-31 14:03:" in table
    rows = list(csv.DictReader(io.StringIO(cli("tracks", archive, "--csv").out)))
    assert [int(row["track_id"]) for row in rows] == [value["track_id"] for value in values]
    assert len(cli("tracks", archive, "--limit", 1, "--json").json) == 1
    name = values[0]["class"]
    assert {v["class"] for v in cli("tracks", archive, "--class", name, "--json").json} == {name}


def test_tracks_of_one_recording(cli: Cli, archive: Path) -> None:
    (row,) = Archive.open(archive).recordings()
    for text in (row.recording_id, row.recording_id[:6], row.facts.file_name):
        assert cli("tracks", archive, "--recording", text, "--json").code == 0
    assert cli("tracks", archive, "--recording", "nothing").code == 7
    assert cli("tracks", archive, "--class", "cra").code == 2
    assert cli("tracks", archive, "--class", "bus").code == 7
    assert cli("tracks", archive, "--json", "--csv").code == 2


def test_info(cli: Cli, archive: Path, street: Path) -> None:
    assert "320x180" in cli("info", street).out
    assert cli("info", street, "--json").json["start_source"] == "file name"
    told = cli("info", archive).out
    assert "research" in told
    assert "1 recording," in told
    assert cli("info", archive, "--json").json["recordings"][0]["camera"] == "gate"


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
    words = ["--unredacted", "--reason", "a test", "--json"]
    clip = cli("clip", archive, "--index", index, "--tube", 1, "-o", tmp_path / "c.mp4", *words)
    assert clip.code == 0, clip.err
    tube = json.loads(index.read_text(encoding="utf-8"))["tubes"][0]
    assert (clip.json["recording_id"], clip.json["track_id"]) == (tube["recording_id"], tube["track_id"])
    assert probe(tmp_path / "c.mp4").width == 320
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
    assert cli("poster", archive, "-o", tmp_path / "poster.jpg").code == 2


def test_a_timelapse_as_long_as_the_synopsis(cli: Cli, archive: Path, tmp_path: Path) -> None:
    index = tmp_path / "out.json"
    assert cli("synopsis", archive, "-o", tmp_path / "out.mp4").code == 0
    words = ["--like", index, "--fps", 2, "--unredacted", "--reason", "a test", "--json"]
    made = cli("timelapse", archive, "-o", tmp_path / "t.mp4", *words)
    assert made.code == 0, made.err
    length = json.loads(index.read_text(encoding="utf-8"))["metrics"]["output_s"]
    assert made.json["length_s"] == pytest.approx(length, abs=0.5)
    assert made.json["footage_s"] == pytest.approx(12, abs=0.1)
    assert cli("timelapse", archive, "--from", "2020-01-01", "--to", "2020-01-02").code == 7


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


def test_a_recording_is_never_overwritten(cli: Cli, street: Path, archive: Path, tmp_path: Path) -> None:
    own = Path(shutil.copy(street, tmp_path / "own.mp4"))
    before = own.read_bytes()
    result = cli("synopsis", own, "-o", own, "--purpose", "research", "--field", "licence=own", "--force")
    assert result.code == 2
    assert "never overwritten" in result.err
    assert own.read_bytes() == before
    assert cli("synopsis", archive, "-o", street, "--force").code == 2


def test_demo_can_be_repeated(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    first = cli("demo", "--output", folder, "--seconds", 12)
    assert first.code == 0
    assert "true objects" in first.out
    assert (folder / "street-truth.txt").exists()
    second = cli("demo", "--output", folder, "--seconds", 12, "--seed", 2, "--json")
    assert second.code == 0
    assert len(Archive.open(folder / "archive").recordings()) == 1
    assert Path(second.json["video"]).exists()


def test_demo_leaves_other_archives_alone(cli: Cli, tmp_path: Path) -> None:
    cli("init", tmp_path / "archive", "--purpose", "research", "--field", "licence=own")
    result = cli("demo", "--output", tmp_path)
    assert result.code == 2
    assert "not the demo's" in result.err

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
from apercu.purposes import PURPOSES

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


def test_demo_can_be_repeated(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    first = cli("demo", "--output", folder, "--seconds", 10)
    assert first.code == 0
    assert "true objects" in first.out
    assert (folder / "street-truth.txt").exists()
    second = cli("demo", "--output", folder, "--seconds", 10, "--seed", 2, "--json")
    assert second.code == 0
    assert len(Archive.open(folder / "archive").recordings()) == 1
    assert Path(second.json["video"]).exists()


def test_demo_leaves_other_archives_alone(cli: Cli, tmp_path: Path) -> None:
    cli("init", tmp_path / "archive", "--purpose", "research", "--field", "licence=own")
    result = cli("demo", "--output", tmp_path)
    assert result.code == 2
    assert "not the demo's" in result.err

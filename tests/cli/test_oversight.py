from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Result

Cli = Callable[..., Result]


def entries(archive: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (archive / "ledger" / "ledger.jsonl").read_text().splitlines()]


def test_each_command_leaves_what_it_did(cli: Cli, archive: Path, tmp_path: Path) -> None:
    begun = len(entries(archive))
    commands = {
        ("tracks", archive): "read-tracks",
        ("tracks", archive, "--class", "person"): "search",
        ("tracks", archive, "--csv"): "export-tracks",
        ("synopsis", archive, "-o", tmp_path / "out.mp4"): "make-synopsis",
        ("ledger", "show", archive): "read-ledger",
        ("ledger", "export", archive): "read-ledger",
    }
    for command in commands:
        assert cli(*command).code in (0, 7)
    assert [entry["capability"] for entry in entries(archive)[begun:]] == list(commands.values())


def test_analysing_is_recorded_by_recording(archive: Path) -> None:
    inner, outer = entries(archive)
    assert (inner["capability"], outer["capability"]) == ("keep-tracks", "analyze-recorded")
    assert inner["outcome"] == outer["outcome"] == "done"
    assert inner["subject"] == outer["subject"]
    assert "gate_2024" not in json.dumps([inner, outer])


def test_the_ledger_is_shown_verified_and_exported(cli: Cli, archive: Path, tmp_path: Path) -> None:
    assert "analyze-recorded" in cli("ledger", "show", archive, "--last", 3).out
    shown = cli("ledger", "show", archive, "--json").json
    assert [entry["number"] for entry in shown] == [1, 2, 3, 4]
    kept = tmp_path / "kept.json"
    assert cli("ledger", "export", archive, "-o", kept).code == 0
    assert cli("ledger", "export", archive, "-o", kept).code == 2
    whole = cli("ledger", "verify", archive, "--checkpoint", kept)
    assert whole.code == 0
    assert "2 checkpoints agree" in whole.out
    file = archive / "ledger" / "ledger.jsonl"
    lines = file.read_text().splitlines(keepends=True)
    (archive / "ledger" / "checkpoints.jsonl").unlink()
    file.write_text("".join(lines[:-1]))
    assert cli("ledger", "verify", archive).code == 0
    cut = cli("ledger", "verify", archive, "--checkpoint", kept, "--json")
    assert cut.code == 5
    assert [finding["problem"] for finding in cut.json["findings"]] == ["truncated"]
    file.write_text("".join([lines[0], lines[1].replace("done", "gone"), *lines[2:]]))
    changed = cli("ledger", "verify", archive)
    assert changed.code == 5
    assert "changed: entry 2 (line 2)" in changed.out
    assert cli("ledger", "verify", archive, "--checkpoint", file).code == 2


def test_without_its_own_ledger_nothing_is_possible(cli: Cli, archive: Path, tmp_path: Path) -> None:
    cli("init", tmp_path / "other", "--purpose", "research", "--field", "licence=own")
    (archive / "ledger").rename(tmp_path / "moved")
    (tmp_path / "other" / "ledger").rename(archive / "ledger")
    refused = cli("tracks", archive)
    assert refused.code == 5
    assert "not the ledger that archive.toml names" in refused.err
    assert cli("ledger", "verify", archive).code == 5


@pytest.mark.parametrize(("language", "told"), [("en", "until when"), ("fr", "jusqu'à quand")])
def test_the_page_of_an_archive(cli: Cli, archive: Path, tmp_path: Path, language: str, told: str) -> None:
    page = tmp_path / "page.html"
    shown = cli("purpose", "show", archive, "--lang", language)
    assert told in shown.out.lower()
    assert "licence=own" not in shown.out
    assert ": own" in shown.out
    assert "gate_2024" not in shown.out
    assert cli("purpose", "show", archive, "--lang", language, "--html", page).code == 0
    assert f'<html lang="{language}">' in page.read_text()
    assert cli("purpose", "show", archive, "--lang", language, "--html", page).code == 2
    values = cli("purpose", "show", archive, "--lang", language, "--json").json
    assert values["purpose"] == "research"
    assert len(values["sections"]) == 7
    assert cli("purpose", "show", archive, "--lang", "de").code == 2


def test_purposes_are_listed(cli: Cli) -> None:
    told = cli("purpose", "list").out
    assert '--field licence="..."' in told
    assert [p["purpose"] for p in cli("purpose", "list", "--json").json][-1] == "research"


def test_an_unknown_second_word_is_a_usage_error(cli: Cli) -> None:
    assert cli("ledger", "alter").code == 2
    assert "See: apercu ledger" in cli("ledger", "show").err

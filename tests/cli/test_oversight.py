from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

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


def test_where_the_ledger_cannot_be_written_an_archive_is_listed_and_not_read(
    cli: Cli, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def read_only(path: Any, flags: int, *rest: Any, **more: Any) -> int:
        if (flags & os.O_ACCMODE or flags & os.O_CREAT) and str(path).startswith(str(archive)):
            raise OSError(errno.EROFS, "Read-only file system")
        return real(path, flags, *rest, **more)

    monkeypatch.setattr("os.open", read_only)
    monkeypatch.setattr("os.access", lambda path, mode: mode != os.W_OK)
    for words in (["info"], ["purpose", "show"], ["retention", "show"], ["ledger", "verify"]):
        assert cli(*words, archive).code == 0
    for words in (["tracks"], ["ledger", "show"], ["ledger", "export"]):
        refused = cli(*words, archive)
        assert refused.code == 6
        assert "ledger cannot be written (Read-only file system). Nothing is read or done" in refused.err


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
    assert len(values["sections"]) == 9
    assert cli("purpose", "show", archive, "--lang", "de").code == 2


def test_purposes_are_listed(cli: Cli) -> None:
    told = cli("purpose", "list").out
    assert '--field licence="..."' in told
    assert [p["purpose"] for p in cli("purpose", "list", "--json").json][-1] == "research"


def test_an_unknown_second_word_is_a_usage_error(cli: Cli) -> None:
    assert cli("ledger", "alter").code == 2
    assert "See: apercu ledger" in cli("ledger", "show").err


def test_when_things_go_is_told_and_holds_keep_them(cli: Cli, archive: Path, street: Path) -> None:
    told = cli("info", archive)
    assert "goes" in told.out
    assert f"goes first: {street.name} 20" in cli("tracks", archive).out
    (shown,) = cli("retention", "show", archive, "--json").json["recordings"]
    assert cli("info", archive, "--json").json["recordings"][0]["expires"] == shown["expires"]
    assert "1826 days" in cli("retention", "show", archive).out
    assert "0 recordings would be erased" in cli("retention", "run", archive, "--dry-run").out
    assert cli("retention", "run", archive, "--json").json["erased"] == []
    assert cli("retention", "run", archive, "--closing").code == 2
    assert "would be" in cli("retention", "run", archive, "--closing", "--reason", "over", "--dry-run").out
    assert cli("retention", "hold", archive, street.name).code == 8
    assert cli("retention", "hold", archive, street.name, "--reason", "claim").code == 0
    assert "held: claim" in cli("info", archive).out
    assert f"goes first: {street.name} held: claim" in cli("tracks", archive).out
    assert cli("retention", "release", archive, street.name, "--reason", "settled", "--json").code == 0


def test_footage_older_than_the_limit_is_warned_about_and_goes(
    cli: Cli, street: Path, tmp_path: Path
) -> None:
    fields = ["--field", "place=yard", "--field", "information=signs"]
    cli("init", tmp_path / "a", "--purpose", "private-premises", *fields)
    taken = cli("analyze", tmp_path / "a", street)
    assert taken.code == 0
    assert "older than private-premises allows" in taken.err
    assert ", due" in cli("info", tmp_path / "a").out
    assert "1 recording is erased" in cli("retention", "run", tmp_path / "a").out
    assert not list((tmp_path / "a").rglob("*.parquet"))


def test_people_are_shown_only_with_a_reason(cli: Cli, archive: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    assert cli("synopsis", archive, "-o", out, "--unredacted").code == 8
    assert not out.exists()
    assert cli("synopsis", archive, "-o", out, "--unredacted", "--reason", "order: court order 7").code == 0
    shown, made = entries(archive)[-1], entries(archive)[-2]
    assert (made["capability"], shown["capability"]) == ("make-synopsis", "show-unredacted")
    assert made["reason"] == shown["reason"] == "order: court order 7"

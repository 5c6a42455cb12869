"""What waits to be delivered, what is dead, and why: told so that one knows how to go on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apercu.archive import Archive
from apercu.events.register import Register

from ..events.making import make_event
from .conftest import Result


def test_it_is_told_why_letters_wait_and_how_to_send_dead_ones(
    new_archive: Path, tmp_path: Path, cli: Callable[..., Result]
) -> None:
    archive = Archive.open(shutil.copytree(new_archive, tmp_path / "town"))
    register, outbox = Register(archive, ["mqtt", "desk", "mail"]), archive.signals.outbox
    register.add(make_event())
    first, second, third = (letter.number for letter in outbox.letters())
    outbox.held_up("mqtt", "the broker lets nobody in")
    outbox.dead(second, "400 Bad Request")
    outbox.failed(third, "421 later", next_at=datetime.now(UTC) + timedelta(hours=1))
    told = cli("signals", "outbox", archive.path).out
    rows = {words[0]: words for words in map(str.split, told.splitlines()) if words and words[0].isdigit()}
    assert rows[str(first)][4:7] == ["waiting", "0", "due"] and "the broker lets nobody in" in told
    assert rows[str(second)][4:7] == ["dead", "1", "-"] and "400 Bad Request" in told
    assert rows[str(third)][4:6] == ["waiting", "1"] and "due" not in rows[str(third)]
    assert f"apercu signals retry {archive.path} --all" in told
    assert "1 letter to be tried again" in cli("signals", "retry", archive.path, "--all").out
    assert "retry" not in cli("signals", "outbox", archive.path).out
    told = cli("signals", "outbox", archive.path, "--last", 2).out
    shown = [int(words[0]) for words in map(str.split, told.splitlines()) if words and words[0].isdigit()]
    assert shown == [second, third] and "The newest 2 of 3; more with --last." in told
    assert len(cli("signals", "outbox", archive.path, "--json").json) == 3

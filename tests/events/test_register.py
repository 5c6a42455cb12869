"""Signals: stored whole, once, with their letters; erased in time; back after any crash."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from apercu.archive import Archive, retention
from apercu.archive import archive as migrated
from apercu.archive.signal_catalog import WantedSignals
from apercu.archive.signal_records import State
from apercu.cli import run
from apercu.errors import ArchiveDamagedError, NothingToShowError, RefusedError, UsageError
from apercu.events.answers import answer
from apercu.events.register import Register, event_of, plain
from apercu.purposes import Capability

from .making import make_event, make_picture

PICTURE = "picture.jpg"
DYING = Path(__file__).with_name("dying_adder.py")


def letters(archive: Archive) -> list[tuple[str, str]]:
    connection = sqlite3.connect(archive.path / "catalog.sqlite")
    try:
        return connection.execute("select key, channel from outbox order by number").fetchall()
    finally:
        connection.close()


def test_a_signal_is_stored_with_picture_clip_and_letters(archive: Archive, tmp_path: Path) -> None:
    clip = tmp_path / "seconds.mp4"
    clip.write_bytes(b"frames")
    event, register = make_event(), Register(archive, ["mqtt", "mail"])
    signal = register.add(event, picture=make_picture(), clip=clip, rule_says="nobody in the yard")
    assert (signal.event, signal.says, signal.state, signal.number) == (
        event,
        "nobody in the yard",
        State.OPEN,
        1,
    )
    assert register.find(event.key) == register.find(event.key[:6]) == register.signals()[0] == signal
    assert register.picture(signal).read_bytes() == make_picture()
    assert register.clip(signal).read_bytes() == b"frames"
    assert letters(archive) == [(event.key, "mqtt"), (event.key, "mail")]
    register.check(signal)
    assert clip.exists()
    assert not list((archive.path / "staging").iterdir())


def test_adding_twice_changes_nothing(archive: Archive) -> None:
    register = Register(archive, ["mqtt"])
    first = register.add(make_event(), picture=make_picture())
    assert register.add(make_event(), rule_says="another") == first
    assert len(letters(archive)) == 1


def test_many_at_once_add_the_same_and_others(archive: Archive) -> None:
    def add(number: int) -> str:
        own = Register(Archive.open(archive.path), ["mqtt"])
        return own.add(make_event(number % 4), picture=make_picture()).key

    with ThreadPoolExecutor(4) as pool:
        keys = set(pool.map(add, range(12)))
    assert len(keys) == len(letters(archive)) == len(Register(archive).signals()) == 4


def test_an_event_survives_its_way_through_plain_values() -> None:
    bare = replace(make_event(), met_at=None, box=None, path=(), track_ids=())
    for event in (make_event(), bare, make_event(severity="high")):
        assert event_of(plain(event)) == event


def test_how_severe_a_signal_is_is_kept_and_those_from_before_that_are_read(archive: Archive) -> None:
    register = Register(archive)
    high, old = register.add(make_event(severity="high")), register.add(make_event(1, severity="high"))
    assert register.find(high.key).event.severity == "high"
    path = archive.path / old.row.folder / "signal.json"
    values = json.loads(path.read_bytes())
    del values["event"]["severity"]
    path.write_text(json.dumps(values))
    for lost in archive.path.glob("catalog.sqlite*"):
        lost.unlink()  # rebuilt from the folders
    again = Register(Archive.open(archive.path))
    assert [again.find(each.key).event.severity for each in (high, old)] == ["high", "medium"]


def test_answers_are_queued_behind_their_signals_for_who_asks(archive: Archive) -> None:
    register = Register(archive, ["mqtt", "mail"], answering=["mqtt"])
    first, second = (register.add(make_event(number)) for number in range(2))
    told = answer(archive, first, State.DISMISSED, "light", "a lorry's")
    answer(archive, told, State.OPEN)
    silent = Register(archive, ["mqtt"]).add(make_event(2))
    answer(archive, silent, State.CONFIRMED, "as-said")
    keys = [first.key, second.key, first.key, first.key, silent.key]
    outbox = archive.signals.outbox
    queued = [(letter.key, letter.answer) for letter in outbox.due("mqtt", datetime.now(UTC))]
    assert queued == list(zip(keys, [0, 0, 1, 2, 0], strict=True))
    assert {letter.answer for letter in outbox.letters() if letter.channel == "mail"} == {0}
    for lost in archive.path.glob("catalog.sqlite*"):
        lost.unlink()  # rebuilt from the folders: whoever had a letter knows it again
    again = Archive.open(archive.path).signals.outbox
    of_mqtt = [letter for letter in again.letters() if letter.channel == "mqtt"]
    assert sorted((letter.key, letter.answer) for letter in of_mqtt) == sorted(queued)
    of_first = [letter.answer for letter in of_mqtt if letter.key == first.key]
    assert of_first == [0, 1, 2]


def test_letters_from_before_answers_were_told_stay_and_ask_for_none(archive: Archive) -> None:
    signal = Register(archive, ["mqtt"]).add(make_event())
    before = archive.signals.outbox.letters()
    engine = sa.create_engine(f"sqlite:///{archive.path / 'catalog.sqlite'}", poolclass=sa.NullPool)
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("path_separator", "os")
        config.set_main_option("script_location", str(Path(migrated.__file__).with_name("migrations")))
        command.downgrade(config, "0002")
        assert "answer" not in [each["name"] for each in sa.inspect(connection).get_columns("outbox")]
    upgraded = Archive.open(archive.path)
    assert upgraded.signals.outbox.letters() == before
    answer(upgraded, signal, State.CONFIRMED, "as-said")
    assert upgraded.signals.outbox.letters() == before


def test_a_clip_may_come_later(archive: Archive, tmp_path: Path) -> None:
    register = Register(archive)
    signal = register.add(make_event())
    with pytest.raises(NothingToShowError, match="has none"):
        register.picture(signal)
    (tmp_path / "c.mp4").write_bytes(b"late")
    completed = register.complete(signal.key, clip=tmp_path / "c.mp4")
    assert register.clip(completed).read_bytes() == b"late"
    register.check(completed)


def test_a_picture_may_come_later_and_who_shows_it_waits_a_moment(archive: Archive, tmp_path: Path) -> None:
    register = Register(archive, ["mqtt", "mail"], ["mail"])
    signal = register.add(make_event(), picture_follows=True)
    outbox, now = archive.signals.outbox, signal.added_at
    assert [len(outbox.due(channel, now)) for channel in ("mqtt", "mail")] == [1, 0]
    assert len(outbox.due("mail", now + timedelta(seconds=3))) == 1  # it was killed, and there is none
    completed = register.complete(signal.key, picture=make_picture())
    assert len(outbox.due("mail", now)) == 1
    assert register.picture(completed).read_bytes() == make_picture()
    (tmp_path / "c.mp4").write_bytes(b"late")
    completed = register.complete(signal.key, clip=tmp_path / "c.mp4")
    assert (completed.row.picture, completed.row.clip) == ("picture.jpg", "clip.mp4")
    register.check(completed)
    assert register.last_met("gate", ["no entry", "another"]) == {"no entry": signal.at}


def test_signals_are_found_by_state_camera_and_rule_page_by_page(archive: Archive) -> None:
    register = Register(archive)
    for number in range(5):
        register.add(make_event(number, camera=("gate", "yard")[number % 2], rule=f"r{number % 3}"))
    assert [s.number for s in register.signals(WantedSignals(limit=2))] == [5, 4]
    assert [s.number for s in register.signals(WantedSignals(before=4))] == [3, 2, 1]
    assert [s.number for s in register.signals(WantedSignals(cameras=("yard",)))] == [4, 2]
    assert [s.number for s in register.signals(WantedSignals(rules=("r1",)))] == [5, 2]
    assert register.signals(WantedSignals(states=(State.CONFIRMED,))) == []


def test_the_oldest_that_waits_is_told_of_all_cameras_or_of_some(archive: Archive) -> None:
    register, catalog = Register(archive), archive.signals.catalog
    assert catalog.oldest_open() is None
    first, second = register.add(make_event(0)), register.add(make_event(1, camera="yard"))
    assert catalog.oldest_open() == catalog.oldest_open(["gate", "yard"]) == first.added_at
    assert catalog.oldest_open(["yard"]) == second.added_at
    assert catalog.oldest_open(["roof"]) is None


def test_altered_and_missing_files_are_told(archive: Archive) -> None:
    register = Register(archive)
    signal = register.add(make_event(), picture=make_picture())
    path = register.picture(signal)
    path.write_bytes(b"\xff\xd8\xff other")
    with pytest.raises(ArchiveDamagedError, match=r"picture\.jpg: is not what was written"):
        register.check(signal)
    path.unlink()
    with pytest.raises(ArchiveDamagedError, match="is missing"):
        register.picture(signal)


def test_what_is_no_picture_is_refused(archive: Archive) -> None:
    with pytest.raises(UsageError, match="no JPEG"):
        Register(archive).add(make_event(), picture=b"GIF89a")


def test_a_purpose_out_of_its_dates_refuses(tmp_path: Path) -> None:
    day = datetime.now(UTC).date()
    fields = {
        "authority": "a", "reference": "b", "place": "c", "information": "d",
        "valid_from": day - timedelta(days=9), "valid_until": day - timedelta(days=3),
    }  # fmt: skip
    over = Archive.create(tmp_path / "over", name="x", purpose="event-safety", purpose_fields=fields)
    with pytest.raises(RefusedError, match="its time ended"):
        Register(over).add(make_event())
    assert not (over.path / "signals").exists()


def test_signals_go_in_time_and_leave_no_trace(archive: Archive) -> None:
    register = Register(archive, ["mqtt"])
    register.add(make_event(0, rule="unforgettable"), picture=make_picture())
    register.add(make_event(1))
    late = datetime.now(UTC) + timedelta(days=archive.settings.declaration.purpose.retention.max_days)
    assert retention.due_signals(archive) == []
    retention.run(archive, now=late + timedelta(days=1), dry_run=True)
    assert len(register.signals()) == 2
    retention.run(archive, now=late + timedelta(days=1))
    assert register.signals() == [] and letters(archive) == []
    assert not (archive.path / "signals").exists()
    assert b"unforgettable" not in (archive.path / "catalog.sqlite").read_bytes()
    erased = [e for e in archive.gate.ledger.entries() if e.capability == Capability.ERASE]
    assert [(e.subject, e.note) for e in erased] == [("signals camera gate", "2 erased")]


def test_closing_takes_signals_too(archive: Archive) -> None:
    Register(archive).add(make_event())
    retention.run(archive, closing="the study is over")
    assert Register(archive).signals() == []


def test_a_lost_catalog_is_rebuilt_with_signals(archive: Archive) -> None:
    register = Register(archive, ["mqtt"])
    signals = [register.add(make_event(number), picture=make_picture()) for number in range(3)]
    (archive.path / "catalog.sqlite").unlink()
    reopened = Archive.open(archive.path)
    found = {signal.key: signal.event for signal in Register(reopened).signals()}
    assert found == {signal.key: signal.event for signal in signals}
    assert len(letters(reopened)) == 3


def test_killed_before_each_step_a_signal_is_there_whole_or_not_at_all(archive: Archive) -> None:
    there: list[bool] = []
    shown: list[bool] = []
    with subprocess.Popen(
        [sys.executable, str(DYING), str(archive.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        for line in process.stdout:
            step, ended = (int(word) for word in line.split())
            reopened = Archive.open(archive.path)
            register = Register(reopened)
            found = [signal for signal in register.signals() if signal.key == make_event(step).key]
            there.append(bool(found))
            shown.append(any(signal.row.picture for signal in found))
            for signal in found:
                register.check(signal)
                assert (signal.key, "mqtt") in letters(reopened)
                assert bool(signal.row.picture) == (reopened.path / signal.row.folder / PICTURE).exists()
            assert not list((archive.path / "staging").iterdir())
            assert ended in (0, 9)
            process.stdin.write("\n")
            process.stdin.flush()
    assert process.returncode == 0
    for kept in (there, shown):  # once its files are whole, no crash loses it
        assert kept == sorted(kept) and kept.count(True) > 3 and kept.count(False) > 3
    assert there.count(True) > shown.count(True) + 3


HALF_MADE = """
import os, sys
from apercu.archive import Archive
from apercu.events.register import Register

with Register(Archive.open(sys.argv[1])).making(sys.argv[2]) as folder:
    (folder / "clip.mp4").write_bytes(b"half of it")
    os.kill(os.getpid(), 9)
"""


def test_killed_while_its_clip_is_made_nothing_of_that_stays(archive: Archive) -> None:
    signal = Register(archive).add(make_event())
    ended = subprocess.run([sys.executable, "-c", HALF_MADE, str(archive.path), signal.key])
    staging = archive.path / "staging"
    assert ended.returncode == -9 and [path.name for path in staging.rglob("*.mp4")] == ["clip.mp4"]
    register = Register(Archive.open(archive.path))
    assert not list(staging.iterdir()) and register.find(signal.key) == signal
    with register.making(signal.key) as folder:
        (folder / "clip.mp4").write_bytes(b"all of it")
        completed = register.complete(signal.key, clip=folder / "clip.mp4")
    assert register.clip(completed).read_bytes() == b"all of it"
    register.check(completed)
    assert not list(staging.iterdir())


def test_info_tells_them(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    Register(archive).add(make_event())
    assert run(["info", str(archive.path)]) == 0
    assert "signals     1: 1 open" in capsys.readouterr().out
    assert run(["info", str(archive.path), "--json"]) == 0
    assert '"signals": {\n  "open": 1\n }' in capsys.readouterr().out

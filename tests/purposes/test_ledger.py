from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from apercu.errors import LedgerDamagedError, NothingToShowError, OutputError, UsageError
from apercu.purposes import Ledger, Outcome, verify
from apercu.purposes.doors import OpenDoor, abandoned
from apercu.purposes.entries import MAX_TEXT

from .conftest import a_request

WRITER = """
import sys
from apercu.purposes import Ledger, Outcome, Request
name, count = sys.argv[2], int(sys.argv[3])
ledger = Ledger(sys.argv[1])
for i in range(count):
    ledger.append(Request(name, "research", "", "search", f"query {i}"), Outcome.DONE, durable=False)
"""
DOOR = """
import sys, time
from apercu.purposes import Capability, Declaration, Gate, Ledger, built_in
declaration = Declaration.parse(built_in()["research"], {"licence": "own"})
gate = Gate(declaration, Ledger(sys.argv[1]), actor="anna")
with gate.opens(Capability.SHOW_IMAGES, subject="recording 1"):
    print("open", flush=True)
    time.sleep(60)
"""


def entries_file(ledger: Ledger) -> Path:
    return ledger.folder / "ledger.jsonl"


def writer(ledger: Ledger, name: str, count: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", WRITER, str(ledger.folder.parent), name, str(count)]
    return subprocess.Popen(command)


def test_entries_are_read_back_as_written(ledger: Ledger) -> None:
    first = ledger.append(a_request(reason="lost bag: « été »"), Outcome.DONE)
    second = ledger.append(a_request(), Outcome.REFUSED)
    assert list(ledger.entries()) == [first, second]
    assert (first.number, second.number) == (1, 2)
    assert first.previous == ledger.fingerprint
    assert second.previous == first.hash
    assert first.time.endswith("Z") and len(first.time) == 27


def test_a_ledger_is_made_once(ledger: Ledger) -> None:
    with pytest.raises(UsageError, match="already"):
        Ledger.create(ledger.folder.parent)


def test_without_a_ledger_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(LedgerDamagedError, match="backup"):
        Ledger(tmp_path).append(a_request(), Outcome.DONE)


def test_texts_of_any_kind_stay_on_one_line(ledger: Ledger) -> None:
    name = os.fsdecode(b"caf\xe9\n.mp4")  # a file name that is no UTF-8
    written = ledger.append(a_request(name, reason="\x00\u2028\r\n\U0001f697"), Outcome.DONE)
    assert written.subject == "caf\\udce9\n.mp4"
    assert entries_file(ledger).read_bytes().count(b"\n") == 1
    assert verify(ledger).is_intact
    with pytest.raises(UsageError, match="reason has 20001 characters"):
        a_request(reason="x" * (MAX_TEXT + 1))


def test_the_longest_entries_follow_each_other(ledger: Ledger) -> None:
    for _ in range(3):
        ledger.append(a_request("\x01" * MAX_TEXT, reason="\U0001f697" * MAX_TEXT), Outcome.DONE)
    assert verify(ledger).entries == 3


@pytest.mark.parametrize("kept", [1, 30, -2])
def test_a_torn_last_line_goes_and_the_next_entry_says_so(ledger: Ledger, kept: int) -> None:
    ledger.append(a_request(), Outcome.DONE)
    ledger.append(a_request(), Outcome.DONE)
    first, second = entries_file(ledger).read_bytes().splitlines(keepends=True)
    torn = second[:kept]
    entries_file(ledger).write_bytes(first + torn)
    entry = ledger.append(a_request(note="3 tracks"), Outcome.DONE)
    assert entry.number == 2
    assert entry.note == f"3 tracks [a torn last line of {len(torn)} bytes was removed before this entry]"
    assert verify(ledger).is_intact


def test_a_whole_entry_without_its_end_of_line_is_kept(ledger: Ledger) -> None:
    for _ in range(2):
        ledger.append(a_request(), Outcome.DONE)
    entries_file(ledger).write_bytes(entries_file(ledger).read_bytes()[:-1])
    entry = ledger.append(a_request(), Outcome.DONE)
    assert (entry.number, entry.note) == (3, "[the end of the line of entry 2 was missing and was added]")
    assert verify(ledger).is_intact


def test_a_ledger_that_is_only_a_torn_line_begins_anew(ledger: Ledger) -> None:
    entries_file(ledger).write_bytes(b"\x00" * 5000)
    assert ledger.append(a_request(), Outcome.DONE).number == 1
    assert verify(ledger).is_intact


def test_nothing_follows_a_last_line_that_is_no_entry(ledger: Ledger) -> None:
    ledger.append(a_request(), Outcome.DONE)
    with entries_file(ledger).open("ab") as file:
        file.write(b"{}\n")
    with pytest.raises(LedgerDamagedError, match="verify"):
        ledger.append(a_request(), Outcome.DONE)
    with pytest.raises(LedgerDamagedError, match="line 2"):
        list(ledger.entries())


def test_an_endless_line_is_not_read_into_memory(ledger: Ledger) -> None:
    entries_file(ledger).write_bytes(b"x" * (5 << 20))
    with pytest.raises(LedgerDamagedError, match="longer than any entry"):
        ledger.append(a_request(), Outcome.DONE)


def test_a_full_disk_leaves_the_ledger_as_it_was(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.append(a_request(), Outcome.DONE)
    real = os.write

    def full(handle: int, content: bytes) -> int:
        if len(content) < 100:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(handle, content[:-50])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OutputError, match="No space left"):
        ledger.append(a_request(), Outcome.DONE)
    monkeypatch.undo()
    assert verify(ledger).is_intact
    assert ledger.append(a_request(), Outcome.DONE).note == ""


@pytest.mark.parametrize(("processes", "each"), [(4, 250), pytest.param(8, 2_500, marks=pytest.mark.slow)])
def test_processes_writing_at_once_lose_nothing(ledger: Ledger, processes: int, each: int) -> None:
    running = [writer(ledger, f"writer{i}", each) for i in range(processes)]
    assert [process.wait() for process in running] == [0] * processes
    found = verify(ledger)
    assert found.is_intact, found.findings
    assert found.entries == processes * each
    written: dict[str, list[str]] = {}
    for entry in ledger.entries():
        written.setdefault(entry.actor, []).append(entry.subject)
    assert written == {f"writer{i}": [f"query {k}" for k in range(each)] for i in range(processes)}


@pytest.mark.parametrize("kills", [4, pytest.param(50, marks=pytest.mark.slow)])
def test_killed_writers_leave_a_ledger_that_goes_on(ledger: Ledger, kills: int) -> None:
    for i in range(kills):
        running = [writer(ledger, f"writer{i}-{k}", 100_000) for k in range(2)]
        before = entries_file(ledger).stat().st_size
        while entries_file(ledger).stat().st_size == before:
            time.sleep(0.005)
        time.sleep(0.003 * (i % 17))
        for process in running:
            process.send_signal(signal.SIGKILL)
            process.wait()
        ledger.append(a_request(), Outcome.DONE)
        found = verify(ledger)
        assert found.is_intact, found.findings


def test_a_door_whose_process_is_killed_is_recorded(ledger: Ledger) -> None:
    command = [sys.executable, "-c", DOOR, str(ledger.folder.parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"open\n"
        ledger.append(a_request(), Outcome.DONE)
        assert [entry.outcome for entry in ledger.entries()] == ["done"], "the door is open still"
        process.kill()
    ledger.append(a_request(), Outcome.DONE)
    outcomes = [(entry.outcome, entry.subject) for entry in ledger.entries()]
    assert outcomes[1] == ("interrupted", "recording 1")
    ledger.append(a_request(), Outcome.DONE)
    assert [entry.outcome for entry in ledger.entries()] == ["done", "interrupted", "done", "done"]
    assert not list((ledger.folder / "open").iterdir())


def test_what_is_left_of_a_door_that_never_opened_goes_and_is_no_entry(ledger: Ledger) -> None:
    folder = ledger.folder / "open"
    folder.mkdir()
    (folder / "12ab.new").write_text("{")  # its process died before the door was open
    with (folder / "34cd.new").open("w") as being_made:
        fcntl.flock(being_made, fcntl.LOCK_EX)
        ledger.append(a_request(), Outcome.DONE)
        assert [path.name for path in folder.iterdir()] == ["34cd.new"]
    ledger.append(a_request(), Outcome.DONE)
    assert list(folder.iterdir()) == []
    assert [entry.outcome for entry in ledger.entries()] == ["done", "done"]


def test_a_door_being_made_or_just_closed_is_not_taken_for_left_over(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, told = fcntl.flock, []

    def first_someone_else(handle: int, how: int) -> None:
        if not told:  # between making the file and locking it
            told.append("swept")
            assert list(abandoned(ledger.folder / "open")) == []
            assert not list((ledger.folder / "open").iterdir())
        real(handle, how)

    with monkeypatch.context() as slow:
        slow.setattr("apercu.purposes.doors.fcntl.flock", first_someone_else)
        door = OpenDoor(ledger.folder / "open", a_request())
    assert len(list((ledger.folder / "open").iterdir())) == 1

    def closed_meanwhile(path: Path, **_: object) -> int:  # between opening it and locking it
        handle = os.open(path, os.O_RDWR)
        door.close()
        return handle

    monkeypatch.setattr("apercu.purposes.doors.try_lock", closed_meanwhile)
    assert list(abandoned(ledger.folder / "open")) == []


def test_an_altered_open_door_is_recorded_as_such(ledger: Ledger) -> None:
    (ledger.folder / "open").mkdir()
    (ledger.folder / "open" / "12ab.json").write_text('{"actor": 1}')
    ledger.append(a_request(), Outcome.DONE)
    first = next(ledger.entries())
    assert (first.outcome, first.note) == ("interrupted", "the open door 12ab.json cannot be read")


def test_checkpoints_are_stored_now_and_then(
    ledger: Ledger, filled: Callable[[int], list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NothingToShowError):
        ledger.checkpoint()
    monkeypatch.setattr("apercu.purposes.ledger.CHECKPOINT_EVERY", 10)
    filled(25)
    stored = (ledger.folder / "checkpoints.jsonl").read_text().splitlines()
    assert [json.loads(line)["number"] for line in stored] == [10, 20]
    assert json.loads(ledger.export_checkpoint())["number"] == 25
    assert verify(ledger).checkpoints == 3


def test_without_its_key_the_ledger_goes_on_but_signs_nothing(ledger: Ledger) -> None:
    ledger.append(a_request(), Outcome.DONE)
    (ledger.folder / "key").write_text("lost")
    ledger.append(a_request(), Outcome.DONE)
    with pytest.raises(LedgerDamagedError, match="no private key"):
        ledger.checkpoint()
    (ledger.folder / "key").unlink()
    with pytest.raises(LedgerDamagedError, match="missing"):
        ledger.checkpoint()

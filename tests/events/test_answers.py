"""A person answers, changes the answer, and what was said makes a rule's precision."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apercu.archive import Archive
from apercu.archive.outbox import Fate
from apercu.archive.signal_records import State
from apercu.cli import run
from apercu.errors import ConflictError, UnknownNameError, UsageError
from apercu.events.answers import REASONS, answer
from apercu.events.delivery.sender import Sender
from apercu.events.precision import precisions, wilson
from apercu.events.register import Register, Signal

from .making import make_event, make_picture
from .parts import Subscriber, broker, wait_until


def add(archive: Archive, count: int = 1, **other: str) -> list[Signal]:
    register = Register(archive, ["mqtt"])
    return [register.add(make_event(number, **other), picture=make_picture()) for number in range(count)]


def test_answers_can_be_changed_and_taken_back_and_nothing_said_is_lost(archive: Archive) -> None:
    (signal,) = add(archive)
    dismissed = answer(archive, signal, State.DISMISSED, "light", "headlights")
    confirmed = answer(archive, dismissed, State.CONFIRMED, "handled")
    opened = answer(archive, confirmed, State.OPEN)
    assert [s.state for s in (dismissed, confirmed, opened)] == [State.DISMISSED, State.CONFIRMED, State.OPEN]
    history = Register(archive).history(opened)
    assert [(a.state.value, a.reason, a.words, a.actor) for a in history] == [
        ("dismissed", "light", "headlights", archive.gate.actor),
        ("confirmed", "handled", "", archive.gate.actor),
        ("open", "", "", archive.gate.actor),
    ]
    assert all(a.answered_at <= b.answered_at for a, b in pairwise(history))
    notes = [e.note for e in archive.gate.ledger.entries() if e.subject == f"signal {signal.key}"]
    assert notes == ["dismissed light", "confirmed handled", "open"]


def test_an_answer_to_another_state_than_was_seen_is_refused(archive: Archive) -> None:
    (signal,) = add(archive)
    bob = archive.asked_by("Bob")
    answer(bob, signal, State.DISMISSED, "light", expected=State.OPEN)
    with pytest.raises(ConflictError, match=f"{signal.key} was answered meanwhile by Bob. Look at it again"):
        answer(archive, signal, State.CONFIRMED, "as-said", expected=State.OPEN)
    confirmed = answer(archive, signal, State.CONFIRMED, "as-said", expected=State.DISMISSED)
    answer(bob, confirmed, State.OPEN)
    with pytest.raises(ConflictError, match="taken back meanwhile by Bob"):
        answer(archive, signal, State.DISMISSED, "light", expected=State.CONFIRMED)
    assert answer(archive, signal, State.DISMISSED, "light").state is State.DISMISSED  # whatever it is
    given = [a.state.value for a in Register(archive).history(signal)]
    assert given == ["dismissed", "confirmed", "open", "dismissed"]


def test_of_two_answers_at_once_one_is_refused(archive: Archive) -> None:
    for signal in add(archive, 6):
        people = [Archive.open(archive.path).asked_by(name) for name in ("Ann", "Bob")]
        together = Barrier(len(people))

        def say(
            one: Archive, signal: Signal = signal, together: Barrier = together
        ) -> type[ConflictError] | None:
            together.wait()
            try:
                answer(one, signal, State.DISMISSED, "light", expected=State.OPEN)
            except ConflictError as error:
                return type(error)
            return None

        with ThreadPoolExecutor() as pool:
            assert sorted(map(str, pool.map(say, people))) == [str(ConflictError), "None"]
        assert len(Register(archive).history(signal)) == 1


def test_only_an_answer_of_ones_own_is_taken_back_where_that_is_asked(archive: Archive) -> None:
    (signal,) = add(archive)
    mine = answer(archive, signal, State.DISMISSED, "light")
    theirs = answer(archive.asked_by("Bob"), mine, State.DISMISSED, "weather")
    with pytest.raises(ConflictError, match="is that of Bob"):
        answer(archive, mine, State.OPEN, expected=State.DISMISSED, own=True)
    assert answer(archive.asked_by("Bob"), theirs, State.OPEN, own=True).state is State.OPEN


def test_answers_outlive_the_catalog(archive: Archive) -> None:
    first, second = add(archive, 2)
    answer(archive, first, State.DISMISSED, "rule", "the line is too near")
    answer(archive, first, State.CONFIRMED, "as-said")
    history = Register(archive).history(first)
    (archive.path / "catalog.sqlite").unlink()
    register = Register(Archive.open(archive.path))
    assert register.find(first.key).state is State.CONFIRMED
    assert register.history(first) == history
    assert register.find(second.key).state is State.OPEN


def test_what_is_no_answer_is_refused(archive: Archive) -> None:
    (signal,) = add(archive)
    with pytest.raises(UsageError, match="no answer to take back"):
        answer(archive, signal, State.OPEN)
    with pytest.raises(UnknownNameError, match="Did you mean 'light'"):
        answer(archive, signal, State.DISMISSED, "ligth")
    with pytest.raises(UnknownNameError):
        answer(archive, signal, State.CONFIRMED, "light")
    with pytest.raises(UsageError, match="takes words"):
        answer(archive, signal, State.DISMISSED, "other", " ")
    with pytest.raises(UsageError, match="3000 characters"):
        answer(archive, signal, State.DISMISSED, "light", "x" * 3000)
    with pytest.raises(UsageError, match="cannot be seen"):
        answer(archive, signal, State.DISMISSED, "light", "ok\x1b[31m")
    assert Register(archive).history(signal) == []


def test_reasons_are_told_in_both_languages() -> None:
    assert all(reason.en and reason.fr for kinds in REASONS.values() for reason in kinds.values())


def test_precision_is_that_of_the_answers_by_rule_and_camera(archive: Archive) -> None:
    at_gate, at_yard = add(archive, 5), add(archive, 1, camera="yard")
    for signal in at_gate[:3]:
        answer(archive, signal, State.CONFIRMED, "as-said")
    answer(archive, at_gate[3], State.DISMISSED, "light")
    gate, yard = precisions(archive)
    assert (gate.camera, gate.confirmed, gate.dismissed, gate.unanswered, gate.share) == (
        "gate",
        3,
        1,
        1,
        0.75,
    )
    assert (yard.camera, yard.unanswered, yard.share, yard.interval) == ("yard", 1, None, None)
    assert gate.interval == pytest.approx((0.3006, 0.9544), abs=1e-4)
    assert at_yard[0].state is State.OPEN


@given(st.integers(1, 10_000), st.data())
def test_wilson_holds_the_share_and_stays_between_0_and_1(count: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, count))
    low, high = wilson(hits, count)
    assert 0 <= low <= hits / count + 1e-12 and hits / count - 1e-12 <= high <= 1
    assert wilson(count - hits, count) == pytest.approx((1 - high, 1 - low))


def test_wilson_is_that_of_the_tables() -> None:
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)


def test_the_commands_list_show_answer_and_tell_precision(
    archive: Archive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*words: object) -> str:
        assert run(["signals", *map(str, words)]) == 0
        return capsys.readouterr().out

    signal, other = add(archive, 2)
    listed = told("list", archive.path)
    assert "open for 00:00:0" in listed and signal.key[:8] in listed
    seen = "person in zone yard for 2.5 s; the rule says 2.0 s"
    assert seen in listed and seen in told("show", archive.path, signal.key)
    assert "medium" in listed and "medium" in told("show", archive.path, signal.key)
    first, _ = json.loads(told("list", archive.path, "--json"))
    assert first["says"] == first["seen"] == seen and first["event"]["severity"] == "medium"
    shown = told("show", archive.path, signal.key[:8], "--picture", tmp_path / "p.jpg")
    assert "no entry (zone)" in shown
    assert (tmp_path / "p.jpg").read_bytes() == make_picture()
    # No file is replaced unasked, and none that is not of its kind.
    for taken, code in ((tmp_path / "p.jpg", 2), (archive.path / "archive.toml", 2), (tmp_path / "q.png", 2)):
        kept = taken.read_bytes() if taken.exists() else None
        assert run(["signals", "show", str(archive.path), signal.key, "--picture", str(taken)]) == code
        assert (taken.read_bytes() if taken.exists() else None) == kept
    assert "does not end in .jpg" in capsys.readouterr().err
    told("show", archive.path, signal.key, "--picture", tmp_path / "p.jpg", "--force")
    assert told("dismiss", archive.path, signal.key, "--as", "light") == f"{signal.key} is dismissed\n"
    assert "confirmed" in told("confirm", archive.path, signal.key, "--reason", "after all")
    history = json.loads(told("show", archive.path, signal.key, "--json"))["answers"]
    assert [(a["state"], a["reason"], a["words"]) for a in history] == [
        ("dismissed", "light", ""),
        ("confirmed", "as-said", "after all"),
    ]
    assert "(It is as the signal says): after all" in told("show", archive.path, signal.key)
    (found,) = json.loads(told("list", archive.path, "--state", "open", "--json"))
    assert found["key"] == other.key and found["waiting_s"] >= 0
    (rule,) = json.loads(told("precision", archive.path, "--json"))
    assert (rule["precision"], rule["confirmed"], rule["unanswered"]) == (1.0, 1, 1)
    assert "1.00" in told("precision", archive.path)
    assert "is open" in told("reopen", archive.path, signal.key)


def test_the_outbox_is_shown_and_what_was_given_up_tried_again(
    archive: Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    add(archive, 2)
    outbox = archive.signals.outbox
    outbox.dead(1, "the receiver refuses it")
    assert run(["signals", "outbox", str(archive.path)]) == 0
    shown = capsys.readouterr().out
    assert "mqtt: 1 dead" in shown and "mqtt: 1 waiting" in shown and "the receiver refuses it" in shown
    assert run(["signals", "retry", str(archive.path), "1"]) == 0
    assert [letter.state for letter in outbox.letters()] == [Fate.WAITING, Fate.WAITING]
    assert run(["signals", "retry", str(archive.path), "--all"]) == 7
    assert run(["signals", "retry", str(archive.path)]) == 2
    assert "not clear what to try again" in capsys.readouterr().err


def test_what_waits_is_sent_without_watching(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    add(archive, 2)
    folder = archive.path.parent
    settings = folder / "watch.toml"
    camera = (
        '[[camera]]\nname = "gate"\nsource = "gate.mp4"\nrule = [{name = "x", kind = "density", above = 3}]\n'
    )
    text = f'archive = "{archive.path.name}"\n{camera}'
    settings.write_text(text)
    assert run(["signals", "send", str(settings)]) == 2
    assert "names no channel" in capsys.readouterr().err
    with broker(folder) as there:
        settings.write_text(f'{text}[mqtt]\nhost = "127.0.0.1"\nport = {there.port}\ntls = false\n')
        listener = Subscriber(there.port)
        assert run(["signals", "send", str(settings)]) == 0
        assert capsys.readouterr().out == "mqtt: 2 delivered, 0 waiting, 0 given up\n"
        wait_until(lambda: len(listener.signals()) == 2)
        listener.close()
    Register(archive, ["mqtt"]).add(make_event(9))
    assert run(["signals", "send", str(settings), "--json"]) == 6
    told = capsys.readouterr()
    assert json.loads(told.out) == [{"channel": "mqtt", "delivered": 0, "waiting": 1, "dead": 0}]
    assert told.err.count("the broker cannot be reached") == 1
    with Sender(archive, []) as other:
        other.drain()
        assert run(["signals", "send", str(settings)]) == 2
    assert "another process delivers" in capsys.readouterr().err


def test_nothing_to_show_says_so(archive: Archive) -> None:
    assert run(["signals", "list", str(archive.path)]) == 7
    assert run(["signals", "precision", str(archive.path)]) == 7
    assert run(["signals", "show", str(archive.path), "00"]) == 7
    assert run(["signals", "list", str(archive.path), "--state", "opn"]) == 2

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from apercu.errors import LedgerDamagedError, RefusedError, RightError, UsageError
from apercu.purposes import (
    Capability,
    Declaration,
    Gate,
    Ledger,
    Outcome,
    Request,
    built_in,
    current_actor,
)

from .conftest import FIELDS

INSIDE = {
    "judicial-inquiry": datetime(2026, 5, 1, tzinfo=UTC),
    "event-safety": datetime(2026, 6, 2, tzinfo=UTC),
}
ALWAYS = {Capability.ERASE, Capability.READ_LEDGER}


def at(moment: datetime) -> dict[str, object]:
    return {"clock": lambda: moment}


@pytest.mark.parametrize("purpose", FIELDS)
@pytest.mark.parametrize("capability", Capability)
def test_each_purpose_grants_what_it_lists_and_nothing_else(
    gate_of: Callable[..., Gate], ledger: Ledger, purpose: str, capability: Capability
) -> None:
    gate = gate_of(purpose, **at(INSIDE.get(purpose, datetime.now(UTC))))
    listed = capability in built_in()[purpose].allows
    assert gate.allows(capability) == listed
    if listed:
        gate.require(capability, subject="recording 1", reason="incident: lost bag")
    else:
        with pytest.raises(RefusedError) as refused:
            gate.require(capability, subject="recording 1", reason="incident: lost bag")
        because = built_in()[purpose].why_not(capability)
        assert because is not None
        told = str(refused.value)
        assert built_in()[purpose].summary.en.rstrip(".") in told
        assert because.en.rstrip(".") in told
        assert "Purposes that have it: " in told
        assert (refused.value.exit_code, refused.value.capability) == (8, capability.value)
        assert str(pickle.loads(pickle.dumps(refused.value))) == told
    (entry,) = ledger.entries()
    assert (entry.actor, entry.purpose, entry.capability) == ("anna", purpose, capability.value)
    assert (entry.subject, entry.reason) == ("recording 1", "incident: lost bag")
    assert entry.outcome == ("granted" if listed else "refused")


class OnlySearch:
    """A guard that lets one through to search, and says who approved it."""

    def allows(self, capability: Capability) -> bool:
        return capability is Capability.SEARCH

    def admit(self, request: Request) -> Request:
        if request.capability != Capability.SEARCH:
            raise RightError("anna only searches", next_step="Ask bea.")
        return replace(request, actor=f"{request.actor}, approved by bea")


def test_a_guard_may_refuse_what_the_purpose_allows_and_nothing_else(ledger: Ledger) -> None:
    declaration = Declaration.parse(built_in()["research"], {"licence": "own"})
    gate = Gate(declaration, ledger, actor="anna", guard=OnlySearch())
    assert {c for c in Capability if gate.allows(c)} == {Capability.SEARCH}
    with gate.opens(Capability.SEARCH, subject="query class:car"):
        pass
    with pytest.raises(RightError), gate.opens(Capability.COUNT, subject="line 1"):
        pass
    statistics = Declaration.parse(built_in()["statistics"], {"place": "a", "information": "b"})
    strict = Gate(statistics, ledger, actor="anna", guard=OnlySearch())
    assert not strict.allows(Capability.SEARCH)
    with pytest.raises(RefusedError):
        strict.require(Capability.SEARCH, subject="query class:car")
    told = [(e.actor, e.capability, e.outcome, e.note) for e in ledger.entries()]
    assert told[:2] == [
        ("anna, approved by bea", "search", "done", ""),
        ("anna", "count", "refused", "anna only searches"),
    ]
    assert told[2][:3] == ("anna", "search", "refused")


def test_what_is_expected_is_recorded_only_when_it_is_refused(ledger: Ledger) -> None:
    declaration = Declaration.parse(built_in()["research"], {"licence": "own"})
    gate = Gate(declaration, ledger, actor="anna")
    gate.expect(Capability.SEARCH, subject="query class:car")
    assert list(ledger.entries()) == []
    with pytest.raises(RefusedError):
        gate.expect(Capability.SHOW_UNREDACTED, subject="recording 1")
    assert [e.outcome for e in ledger.entries()] == ["refused"]


@pytest.mark.parametrize(
    "reason", [None, "", "  \n", "a lost bag", "incident:", "incident:  ", "training: x", "Incident: x"]
)
def test_people_are_shown_only_with_a_reason(
    gate_of: Callable[..., Gate], ledger: Ledger, reason: str | None
) -> None:
    with pytest.raises(RefusedError, match=r"takes a reason of a listed kind.*incident"):
        gate_of("research").require(Capability.SHOW_UNREDACTED, subject="recording 1", reason=reason)
    (entry,) = ledger.entries()
    assert (entry.outcome, entry.reason) == ("refused", (reason or "").strip())


def test_a_reason_is_one_line_that_can_be_read(gate_of: Callable[..., Gate], ledger: Ledger) -> None:
    gate = gate_of("research")
    forged = " incident: lost\n2026-03-01  judge\t granted "
    gate.require(Capability.SHOW_UNREDACTED, subject="recording 1", reason=forged)
    with pytest.raises(UsageError, match="cannot be seen"):
        gate.require(Capability.SHOW_UNREDACTED, subject="recording 1", reason="incident: \x1b[31mred")
    (entry,) = ledger.entries()
    assert entry.reason == "incident: lost 2026-03-01 judge granted"


@pytest.mark.parametrize("purpose", FIELDS)
def test_without_its_fields_hardly_anything_is_possible(ledger: Ledger, purpose: str) -> None:
    gate = Gate(Declaration(built_in()[purpose]), ledger, actor="anna")
    assert {capability for capability in Capability if gate.allows(capability)} == ALWAYS
    first = next(iter(built_in()[purpose].requires))
    with pytest.raises(RefusedError, match=rf"not complete.*'{first}' \("):
        gate.require(Capability.SHOW_SCENE, subject="camera gate")


@pytest.mark.parametrize(
    ("purpose", "day", "said"),
    [
        ("event-safety", "2026-05-31", "its time begins on 2026-06-01 and today is 2026-05-31"),
        ("event-safety", "2026-06-01", None),
        ("event-safety", "2026-06-03", None),
        ("event-safety", "2026-06-04", "its time ended on 2026-06-03 and today is 2026-06-04"),
        ("judicial-inquiry", "2026-02-28", "its time begins"),
        ("judicial-inquiry", "2026-09-01", None),
        ("judicial-inquiry", "2026-09-02", "its time ended"),
    ],
)
def test_dates_are_kept_to_the_day(
    gate_of: Callable[..., Gate], purpose: str, day: str, said: str | None
) -> None:
    gate = gate_of(purpose, **at(datetime.fromisoformat(f"{day}T12:00:00Z")))
    if said is None:
        gate.require(Capability.SHOW_IMAGES, subject="recording 1")
        return
    with pytest.raises(RefusedError, match=rf"{said}.*Still possible: erase, read-ledger\. .*new author"):
        gate.require(Capability.SHOW_IMAGES, subject="recording 1")
    assert {capability for capability in Capability if gate.allows(capability)} == ALWAYS
    for capability in ALWAYS:
        gate.require(capability, subject="archive")


def test_days_are_those_of_the_archives_time_zone(gate_of: Callable[..., Gate]) -> None:
    late = at(datetime(2026, 6, 3, 22, 30, tzinfo=UTC))
    assert gate_of("event-safety", **late).allows(Capability.SIGNAL_EVENTS)
    assert not gate_of("event-safety", zone=ZoneInfo("Europe/Paris"), **late).allows(Capability.SIGNAL_EVENTS)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"expiry": date(2026, 2, 1)}, r"expiry \(2026-02-01\) is before date \(2026-03-01\)"),
        ({"expiry": date(2030, 2, 1)}, "more than the 1095 days"),
    ],
)
def test_impossible_periods_are_refused(ledger: Ledger, change: dict[str, date], said: str) -> None:
    purpose = built_in()["judicial-inquiry"]
    values = dict(Declaration.parse(purpose, FIELDS["judicial-inquiry"]).values) | change
    gate = Gate(Declaration.checked(purpose, values), ledger, clock=lambda: INSIDE["judicial-inquiry"])
    with pytest.raises(RefusedError, match=said):
        gate.require(Capability.SEARCH, subject="query class:car")


def test_one_door_leaves_one_entry_that_says_how_it_ended(
    gate_of: Callable[..., Gate], ledger: Ledger
) -> None:
    gate = gate_of("research")
    with gate.opens(Capability.SEARCH, subject="query class:car") as door:
        door.note = "3 tracks"
    with (
        pytest.raises(ZeroDivisionError),
        gate.opens(Capability.SHOW_UNREDACTED, subject="recording 1", reason="incident: lost bag"),
    ):
        _ = 1 / 0
    with pytest.raises(KeyboardInterrupt), gate.opens(Capability.COUNT, subject="archive"):
        raise KeyboardInterrupt
    with pytest.raises(RefusedError), gate.opens(Capability.SHOW_UNREDACTED, subject="recording 1"):
        pytest.fail("the door must stay shut")
    told = [(entry.outcome, entry.note) for entry in ledger.entries()]
    assert told[:3] == [
        ("done", "3 tracks"),
        ("failed", "ZeroDivisionError"),
        ("failed", "KeyboardInterrupt"),
    ]
    assert told[3][0] == Outcome.REFUSED
    assert len(told) == 4


def test_what_cannot_be_recorded_is_not_granted(gate_of: Callable[..., Gate], ledger: Ledger) -> None:
    gate = gate_of("research")
    (ledger.folder / "ledger.jsonl").unlink()
    with pytest.raises(LedgerDamagedError):
        gate.require(Capability.SEARCH, subject="query class:car")


def test_entries_tell_when_the_declaration_changed(ledger: Ledger) -> None:
    purpose = built_in()["research"]
    for licence in ("own footage", "own footage", "CC BY 4.0"):
        declaration = Declaration.checked(purpose, {"licence": licence})
        Gate(declaration, ledger).require(Capability.COUNT, subject="archive")
    one, same, other = (entry.declaration for entry in ledger.entries())
    assert one == same != other


def test_a_given_name_does_not_hide_the_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("APERCU_ACTOR", raising=False)
    account = current_actor()
    assert account
    monkeypatch.setenv("APERCU_ACTOR", "Anna Petit")
    assert current_actor() == f"Anna Petit (account {account})"
    monkeypatch.setattr("pwd.getpwuid", lambda uid: {}[uid])
    monkeypatch.setattr("os.getuid", lambda: 4711)
    assert current_actor() == "Anna Petit (account uid 4711)"

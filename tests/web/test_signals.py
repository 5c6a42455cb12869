"""Answers over the API: who saw another state than there is now is told so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from apercu.archive import Archive
from apercu.events.delivery.letters import Letter
from apercu.events.event import Event
from apercu.events.register import Register
from apercu.web.roles import Role

from .conftest import World


def test_what_was_seen_and_how_severe_it_is_is_told_as_in_the_message(world: World) -> None:
    event = Event("gate", "live", "r", "line", "kerb", 0.0, 1.0, datetime.now(UTC), 1.0, 1.0, "", "car")
    register = Register(Archive.open(world.folder))
    other = replace(event, met_s=2.0, severity="high")
    silent, spoken = register.add(event), register.add(other, rule_says="Look there.")
    tara = world.client("Tara", Role.OPERATOR)
    for signal, says in ((silent, "car crossed line kerb"), (spoken, "Look there.")):
        told = tara.get(f"/api/v1/archives/{world.archive_id}/signals/{signal.key}").json()
        assert (told["says"], told["seen"]) == (says, "car crossed line kerb")
        message = Letter(signal, "town", "", None, "").message(pictures=False)
        for key in ("says", "seen", "severity"):
            assert message[key] == told[key]
        assert told["severity"] == signal.event.severity


def test_an_answer_to_another_state_than_was_seen_is_a_conflict(world: World) -> None:
    event = Event("gate", "live", "r", "zone", "", 0.0, 1.0, datetime.now(UTC), 2.0, 1.0, "s")
    key = Register(Archive.open(world.folder)).add(event).key
    address = f"/api/v1/archives/{world.archive_id}/signals/{key}/answers"
    tara, paul = (world.client(name, Role.OPERATOR) for name in ("Tara", "Paul"))
    given = tara.post(address, json={"state": "confirmed", "reason": "as-said", "expected": "open"})
    assert given.json()["state"] == "confirmed"
    late = {"state": "dismissed", "reason": "light"}
    refused = paul.post(address, json=late | {"expected": "open"})
    assert (refused.status_code, refused.json()["type"]) == (409, "ConflictError")
    assert "answered meanwhile by Tara" in refused.json()["what"]
    assert refused.json()["next_step"] == "Look at it again before you answer."
    again = paul.post(address, json=late | {"expected": "confirmed"})
    assert [each["state"] for each in again.json()["answers"]] == ["confirmed", "dismissed"]
    assert tara.post(address, json={"state": "open"}).json()["state"] == "open"

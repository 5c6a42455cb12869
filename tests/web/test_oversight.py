from __future__ import annotations

import json

import pytest
from fastapi.testclient import TestClient

from apercu.purposes import Ledger, verify
from apercu.purposes.signing import Checkpoint
from apercu.web.roles import Role

from .conftest import World


@pytest.fixture
def vera(world: World) -> TestClient:
    return world.client("Vera", Role.OVERSEER)


def test_an_overseer_reads_the_page_and_the_ledger_and_sees_no_footage(
    world: World, vera: TestClient
) -> None:
    page = vera.get(f"{world.base}/purpose", params={"language": "fr"}).json()
    assert page["page"]["purpose"] == "research" and page["page"]["language"] == "fr"
    assert page["next_erasure"] is not None
    first = vera.get(f"{world.base}/ledger", params={"limit": 2}).json()
    second = vera.get(f"{world.base}/ledger", params={"limit": 2, "after": first["next_after"]}).json()
    assert [e["number"] for e in first["entries"] + second["entries"]] == [1, 2, 3, 4]
    assert world.entries()[-1].actor == "Vera (web)"
    for path in (f"recordings/{world.recording_id}/tracks/1", "cameras/gate/scene"):
        assert vera.get(f"{world.base}/{path}").json()["type"] == "RightError"


def test_a_ledger_that_was_altered_is_told(world: World, vera: TestClient) -> None:
    vera.get(f"{world.base}/ledger")
    told = vera.get(f"{world.base}/ledger/verification").json()
    assert told["intact"] is True and told["entries"] == len(world.entries())
    path = world.folder / "ledger" / "ledger.jsonl"
    path.write_text(path.read_text().replace("Vera", "Otto"))
    told = vera.get(f"{world.base}/ledger/verification").json()
    assert told["intact"] is False
    assert told["findings"][0]["problem"] == "changed"


def test_a_checkpoint_leaves_the_house_and_is_genuine(world: World, vera: TestClient) -> None:
    answer = vera.post(f"{world.base}/ledger/checkpoints")
    assert answer.status_code == 201
    kept = Checkpoint.read(json.dumps(answer.json()))
    assert kept is not None and kept.is_genuine()
    assert verify(Ledger(world.folder), [kept]).is_intact


def test_what_is_held_stays_and_the_rest_goes(world: World) -> None:
    boss = world.client("Boss", Role.ADMINISTRATOR)
    path = f"{world.base}/recordings/{world.recording_id}"
    assert boss.put(f"{path}/hold", json={"reason": "claim 7"}).json()["actor"] == "Boss (web)"
    (stay,) = boss.get(f"{world.base}/retention").json()["recordings"]
    assert (stay["held"], stay["held_by"]) == ("claim 7", "Boss (web)")
    closing = {"dry_run": False, "closing": "the end"}
    assert boss.post(f"{world.base}/retention/run", json=closing).json()["recordings"] == []
    assert boss.post(f"{path}/hold/release", json={"reason": "settled"}).status_code == 204
    assert boss.post(f"{path}/hold/release", json={"reason": "settled"}).status_code == 404
    dry = boss.post(f"{world.base}/retention/run", json={"closing": "the end"}).json()
    assert dry == {"dry_run": True, "recordings": [world.recording_id]}
    assert boss.post(f"{world.base}/retention/run", json=closing).json()["recordings"] == dry["recordings"]
    assert boss.get(f"{world.base}/recordings").json() == []

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from apercu.web.roles import Role
from apercu.web.tables import ApprovalRow

from .conftest import World


@pytest.fixture
def clip(inquiry: World) -> dict[str, Any]:
    track = {"recording_id": inquiry.recording_id, "track_id": 1}
    return {"track": track, "options": {"redact": False, "reason": "order: case 7"}}


def ask(world: World, client: TestClient, **more: Any) -> Any:
    track = {"recording_id": world.recording_id, "track_id": 1}
    body = {"capability": "show-unredacted", "track": track, "reason": "order: case 7"} | more
    return client.post(f"{world.base}/approvals", json=body)


def decide(world: World, client: TestClient, number: int, approve: bool = True) -> Any:
    body = {"approve": approve, "remark": "seen"}
    return client.post(f"{world.base}/approvals/{number}/decision", json=body)


def test_another_person_approves_exactly_this(inquiry: World, clip: dict[str, Any]) -> None:
    anna, bea = inquiry.client("Anna", Role.REVIEWER), inquiry.client("Bea", Role.REVIEWER)
    refused = anna.post(f"{inquiry.base}/jobs/clip", json=clip)
    assert (refused.status_code, refused.json()["type"]) == (403, "ApprovalError")
    asked = ask(inquiry, anna)
    assert (asked.status_code, asked.json()["state"]) == (201, "pending")
    number = asked.json()["approval_id"]
    assert ask(inquiry, anna).json()["approval_id"] == number  # it is pending already
    assert anna.post(f"{inquiry.base}/jobs/clip", json=clip).status_code == 403
    assert decide(inquiry, anna, number).json()["what"].startswith("nobody approves a request of their own")
    assert [each["approval_id"] for each in bea.get(f"{inquiry.base}/approvals").json()] == [number]
    decided = decide(inquiry, bea, number)
    assert (decided.json()["state"], decided.json()["decided_by"]) == ("approved", "Bea")
    assert decide(inquiry, bea, number).status_code == 422

    job = anna.post(f"{inquiry.base}/jobs/clip", json=clip)
    assert job.status_code == 202, job.text
    inquiry.service.jobs.wait(job.json()["job_id"], 60)
    assert anna.get(f"{inquiry.base}/jobs/{job.json()['job_id']}").json()["state"] == "done"
    approval, used = [
        e for e in inquiry.entries() if e.capability == "show-unredacted" and e.outcome != "refused"
    ]
    assert approval.actor == "Bea (web)" and "approval of request" in approval.subject
    assert approval.reason == "order: case 7; seen"
    assert used.actor == f"Anna (web), approved by Bea (request {number})"

    other = {**clip, "track": {**clip["track"], "track_id": 2}}
    assert anna.post(f"{inquiry.base}/jobs/clip", json=other).json()["type"] == "ApprovalError"
    assert bea.post(f"{inquiry.base}/jobs/clip", json=clip).json()["type"] == "ApprovalError"
    inquiry.client("Vera", Role.OVERSEER)
    uses = inquiry.client("Vera").get(f"{inquiry.base}/ledger/uses").json()
    assert (uses["unredacted"], uses["approvals"], uses["denials"]) == ({"order: case 7": 1}, 1, 0)


def test_a_denial_and_an_end_stand(inquiry: World, clip: dict[str, Any]) -> None:
    anna, bea = inquiry.client("Anna", Role.REVIEWER), inquiry.client("Bea", Role.REVIEWER)
    number = ask(inquiry, anna).json()["approval_id"]
    assert decide(inquiry, bea, number, approve=False).json()["state"] == "denied"
    assert anna.post(f"{inquiry.base}/jobs/clip", json=clip).json()["type"] == "ApprovalError"
    assert "denial of request" in inquiry.entries()[-2].subject
    number = ask(inquiry, anna).json()["approval_id"]
    decide(inquiry, bea, number)
    with inquiry.service._database.writing() as session:
        session.execute(sa.update(ApprovalRow).values(expires_at=datetime.now(UTC)))
    assert anna.post(f"{inquiry.base}/jobs/clip", json=clip).json()["type"] == "ApprovalError"
    assert anna.get(f"{inquiry.base}/approvals/{number}").json()["state"] == "expired"


def test_who_has_no_role_for_it_neither_asks_nor_decides_nor_reads(inquiry: World) -> None:
    anna = inquiry.client("Anna", Role.REVIEWER)
    operator = inquiry.client("Otto", Role.OPERATOR, Role.OVERSEER, Role.ADMINISTRATOR)
    assert ask(inquiry, operator).json()["type"] == "RightError"
    number = ask(inquiry, anna).json()["approval_id"]
    assert decide(inquiry, operator, number).json()["type"] == "RightError"
    assert operator.get(f"{inquiry.base}/approvals").json() == []
    assert operator.get(f"{inquiry.base}/approvals/{number}").status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"reason": "  "},
        {"capability": "search"},
        {"capability": "export-tracks"},
        {"query": {}},
        {"track": None},
        {
            "track": None,
            "query": {"tracks": [{"recording_id": "ab" * 8, "track_id": n} for n in range(1, 99)]},
        },
    ],
    ids=["no reason", "needs none", "not of a track", "both", "neither", "too long to be read"],
)
def test_requests_that_make_no_sense_are_refused(inquiry: World, change: dict[str, Any]) -> None:
    anna = inquiry.client("Anna", Role.REVIEWER)
    assert ask(inquiry, anna, **change).status_code == 422


def test_an_export_of_a_query_is_approved_as_it_is_asked(inquiry: World) -> None:
    anna, bea = inquiry.client("Anna", Role.REVIEWER), inquiry.client("Bea", Role.REVIEWER)
    query = {"classes": ["car"]}
    body = {"query": query, "reason": "inquiry: to the file"}
    path = f"{inquiry.base}/tracks/export"
    assert anna.post(path, json=body).json()["type"] == "ApprovalError"
    asked = ask(inquiry, anna, capability="export-tracks", track=None, query=query)
    decide(inquiry, bea, asked.json()["approval_id"])
    assert anna.post(path, json=body).status_code == 200
    wider = {"query": {}, "reason": "inquiry: to the file"}
    assert anna.post(path, json=wider).json()["type"] == "ApprovalError"


def test_where_the_purpose_asks_for_none_none_is_given(world: World) -> None:
    answer = ask(world, world.client("Anna", Role.REVIEWER))
    assert (answer.status_code, answer.json()["type"]) == (422, "UsageError")


def as_filmed(world: World, clip: dict[str, Any]) -> tuple[TestClient, str]:
    """Make a clip as filmed, whose approval ends then; return who looks at it, and its address."""
    anna, bea = world.client("Anna", Role.REVIEWER), world.client("Bea", Role.REVIEWER)
    decide(world, bea, ask(world, anna).json()["approval_id"])
    job = anna.post(f"{world.base}/jobs/clip", json=clip).json()["job_id"]
    world.service.jobs.wait(job, 120)
    path = f"{world.base}/jobs/{job}/video"
    assert anna.get(path).status_code == 200
    assert list(world.service.settings.home.rglob("*.mp4"))
    with world.service._database.writing() as session:
        session.execute(sa.update(ApprovalRow).values(expires_at=datetime.now(UTC)))
    return anna, path


def test_what_shows_people_as_filmed_goes_with_its_approval(inquiry: World, clip: dict[str, Any]) -> None:
    anna, path = as_filmed(inquiry, clip)
    refused = anna.get(path)
    assert (refused.status_code, refused.json()["type"]) == (403, "ApprovalError")
    assert anna.get(path).status_code == 404
    assert not list(inquiry.service.settings.home.rglob("*.mp4"))


def test_nobody_has_to_look_for_it_to_go(inquiry: World, clip: dict[str, Any]) -> None:
    anna, path = as_filmed(inquiry, clip)
    inquiry.service.tidy()
    assert not list(inquiry.service.settings.home.rglob("*.mp4"))
    assert anna.get(path).status_code == 404

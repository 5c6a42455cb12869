"""What a review of the service found, and must stay mended."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from apercu.archive import Archive
from apercu.archive.zones import add_zone
from apercu.purposes import Capability
from apercu.web.jobs import Jobs, JobState, Made
from apercu.web.roles import Role

from .conftest import PASSWORD, World


def token(world: World, name: str, *scopes: Capability) -> Any:
    """Return a client that is a program of somebody."""
    secret, _ = world.service.tokens.create(world.people[name], "t", scopes, 1)
    client = world.stranger()
    client.headers["Authorization"] = f"Bearer {secret}"
    return client


def test_a_program_sees_requests_and_jobs_of_its_scopes_only_and_approves_nothing(inquiry: World) -> None:
    anna, bea = inquiry.client("Anna", Role.REVIEWER), inquiry.client("Bea", Role.REVIEWER)
    body = {"capability": "show-unredacted", "query": {}, "reason": "inquiry: case 7"}
    number = anna.post(f"{inquiry.base}/approvals", json=body).json()["approval_id"]
    counting = token(inquiry, "Bea", Capability.COUNT)
    showing = token(inquiry, "Bea", Capability.SHOW_UNREDACTED)
    assert counting.get(f"{inquiry.base}/approvals").json() == []
    assert counting.get(f"{inquiry.base}/approvals/{number}").status_code == 404
    assert [each["approval_id"] for each in showing.get(f"{inquiry.base}/approvals").json()] == [number]
    path = f"{inquiry.base}/approvals/{number}/decision"
    assert showing.post(path, json={"approve": True}).json()["type"] == "RightError"
    assert bea.post(path, json={"approve": True}).status_code == 200
    job = bea.post(f"{inquiry.base}/jobs/sheet", json={}).json()["job_id"]
    assert counting.get(f"{inquiry.base}/jobs").json() == []
    assert counting.delete(f"{inquiry.base}/jobs/{job}").status_code == 404
    assert bea.get(f"{inquiry.base}/jobs/{job}").status_code == 200


def test_nothing_is_approved_that_a_name_could_change_afterwards(inquiry: World) -> None:
    add_zone(Archive.open(inquiry.folder), "gate", "door", "zone", [(0, 0), (1, 0), (1, 1)])
    anna = inquiry.client("Anna", Role.REVIEWER)
    body = {
        "capability": "show-unredacted",
        "query": {"any_of": [{"regions": [{"zone": "door"}]}, {"classes": ["car"]}]},
        "reason": "inquiry: case 7",
    }
    answer = anna.post(f"{inquiry.base}/approvals", json=body)
    assert (answer.status_code, "named zone" in answer.json()["what"]) == (422, True)


def test_an_export_of_everything_can_be_approved(inquiry: World) -> None:
    anna, bea = inquiry.client("Anna", Role.REVIEWER), inquiry.client("Bea", Role.REVIEWER)
    export = {"query": {}, "reason": "inquiry: the file"}
    assert anna.post(f"{inquiry.base}/tracks/export", json=export).json()["type"] == "ApprovalError"
    number = anna.post(f"{inquiry.base}/approvals", json={"capability": "export-tracks", **export}).json()[
        "approval_id"
    ]
    bea.post(f"{inquiry.base}/approvals/{number}/decision", json={"approve": True})
    assert anna.post(f"{inquiry.base}/tracks/export", json=export).status_code == 200


def test_what_changes_who_may_do_what_stands_in_the_ledger(world: World) -> None:
    root = world.client("Root", Role.ADMINISTRATOR)
    otto = world.person("Otto", [Role.OPERATOR])
    path = f"/api/v1/people/{otto.person_id}"
    root.patch(path, json={"roles": ["reviewer"], "password": "another long password"})
    root.patch(path, json={"is_disabled": True})
    root.patch(path, json={"is_disabled": True})  # changes nothing
    told = [(e.actor, e.subject) for e in world.entries() if "Otto" in e.subject]
    assert told == [
        ("Root (web)", "roles of Otto: reviewer; new password for Otto"),
        ("Root (web)", "account of Otto disabled"),
    ]


def test_the_service_takes_a_kind_of_reason_for_exports_and_counts_them_by_kind(world: World) -> None:
    rita = world.client("Rita", Role.REVIEWER, Role.OVERSEER)
    for reason in (None, "report", "training: report", "study:"):
        answer = rita.post(f"{world.base}/tracks/export", json={"reason": reason})
        assert answer.json()["type"] == "RefusedError" and "Kinds: incident" in answer.json()["next_step"]
    assert rita.post(f"{world.base}/tracks/export", json={"reason": "study: a table"}).status_code == 200
    told = rita.get(world.base).json()
    assert "export-tracks" in told["with_reason"] and "study" in told["reason_kinds"]
    for reason in ("study: one", "study: two", "order: three"):
        gate = Archive.open(world.folder).gate
        gate.require(Capability.SHOW_UNREDACTED, subject="archive", reason=reason)
        with gate.opens(Capability.SHOW_UNREDACTED, subject="archive", reason=reason):
            pass
    assert rita.get(f"{world.base}/ledger/uses").json()["kinds"] == {"study": 2, "order": 1}


def test_an_administrator_says_what_a_camera_is_for(world: World) -> None:
    said = {"use": "who comes in by lorry", "place": "south gate"}
    path = f"{world.base}/cameras/gate"
    assert world.client("Otto", Role.OPERATOR).put(path, json=said).json()["type"] == "RightError"
    root = world.client("Root", Role.ADMINISTRATOR)
    assert root.put(f"{world.base}/cameras/other", json=said).status_code == 404
    assert root.put(path, json={**said, "use": "two\nlines"}).status_code == 422
    assert root.put(path, json=said).status_code == 204
    (camera,) = root.get(f"{world.base}/cameras").json()
    assert (camera["use"], camera["place"]) == ("who comes in by lorry", "south gate")
    entry = world.entries()[-1]
    assert (entry.actor, entry.subject) == ("Root (web)", "camera gate")
    assert entry.note == "for: who comes in by lorry; at: south gate"


def test_a_job_that_is_cancelled_while_it_ends_leaves_nothing(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path / "jobs", at_once=1, waiting=1, waiting_each=1, kept_s=60)
    begun, go = threading.Event(), threading.Event()

    def work(folder: Path, _: Any) -> Made:
        (folder / "video").write_bytes(b"footage")
        begun.set()
        go.wait(20)
        return Made({"video": folder / "video"}, {}, frozenset())

    job = jobs.start("clip", "a", 1, work)
    begun.wait(20)
    jobs.cancel("a", 1, job.job_id)
    go.set()
    jobs.wait(job.job_id, 20)
    assert jobs.find("a", 1, job.job_id).state is JobState.CANCELLED
    assert not (tmp_path / "jobs" / job.job_id).exists()
    jobs.close()


def test_results_go_with_their_recordings_though_nobody_asks_for_them(world: World) -> None:
    def work(folder: Path, _: Any) -> Made:
        (folder / "video").write_bytes(b"footage")
        return Made({"video": folder / "video"}, {"redacted": True}, frozenset({world.recording_id}))

    job = world.service.jobs.start("clip", world.archive_id, 1, work)
    world.service.jobs.wait(job.job_id, 20)
    made = world.service.settings.home / "jobs" / job.job_id
    world.service.tidy()
    assert made.exists()
    boss = world.client("Boss", Role.ADMINISTRATOR)
    boss.post(f"{world.base}/retention/run", json={"dry_run": False, "closing": "the end"})
    assert not made.exists()


def test_a_name_that_grows_when_it_is_compared_can_log_in(world: World) -> None:
    world.person("ß" * 40, [Role.OPERATOR])
    answer = world.stranger().post("/api/v1/session", json={"name": "ß" * 40, "password": PASSWORD})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("/archives/1/review?q=class:car", True),
        ("//evil.example", False),
        ("/\\evil.example", False),
        ("/\t/evil.example", False),
        ("/\n/evil.example", False),
        ("/a\\b", False),
        ("https://evil.example", False),
        ("", False),
    ],
)
def test_a_login_leads_nobody_elsewhere(address: str, inside: bool) -> None:
    from apercu.web.pages.login import _inside

    assert _inside(address) == (address if inside else "/")

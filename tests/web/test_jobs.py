from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import av
import pytest
from fastapi.testclient import TestClient

from apercu.archive import Archive, retention
from apercu.errors import NothingToShowError, TooManyTriesError, UsageError
from apercu.synopsis.render import render
from apercu.web.jobs import Jobs, JobState, Made
from apercu.web.roles import Role

from .conftest import World


@pytest.fixture
def jobs(tmp_path: Path) -> Any:
    made = Jobs(tmp_path / "jobs", at_once=1, waiting=1, waiting_each=5, kept_s=3600)
    yield made
    made.close()


def made_of(folder: Path) -> Made:
    (folder / "video").write_bytes(b"x")
    return Made({"video": folder / "video"}, {}, frozenset())


def test_a_job_waits_runs_and_tells_how_far_it_is(jobs: Jobs) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work(folder: Path, report: Any) -> Made:
        report("cut", 0.5)
        begun.set()
        assert go_on.wait(20)
        return made_of(folder)

    first = jobs.start("clip", "a", 1, work)
    assert begun.wait(20)
    second = jobs.start("clip", "a", 1, lambda folder, _: made_of(folder))
    with pytest.raises(TooManyTriesError):
        jobs.start("clip", "a", 1, lambda folder, _: made_of(folder))
    now = jobs.find("a", 1, first.job_id)
    assert (now.state, now.stage, now.share) == (JobState.RUNNING, "cut", 0.5)
    assert jobs.find("a", 1, second.job_id).state is JobState.WAITING
    jobs.cancel("a", 1, second.job_id)
    go_on.set()
    jobs.wait(first.job_id, 20)
    assert [job.state for job in jobs.of("a", 1)] == [JobState.CANCELLED, JobState.DONE]
    assert jobs.of("a", 2) == jobs.of("b", 1) == []
    for archive, person in (("a", 2), ("b", 1)):
        with pytest.raises(NothingToShowError):
            jobs.find(archive, person, first.job_id)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux knows of priorities of single threads")
def test_a_job_gives_way_to_answers(jobs: Jobs) -> None:
    told: list[int] = []

    def work(folder: Path, _: Any) -> Made:
        told.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return made_of(folder)

    for _ in range(2):  # in the same thread, and no further down each time
        jobs.wait(jobs.start("clip", "a", 1, work).job_id, 20)
    ours = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    assert told == [min(19, ours + 10)] * 2


def test_nobody_keeps_all_others_out(tmp_path: Path) -> None:
    jobs, go_on = Jobs(tmp_path / "jobs", at_once=1, waiting=3, waiting_each=1, kept_s=60), threading.Event()

    def work(folder: Path, _: Any) -> Made:
        assert go_on.wait(20)
        return made_of(folder)

    try:
        first = jobs.start("clip", "a", 1, work)
        while jobs.find("a", 1, first.job_id).state is JobState.WAITING:
            threading.Event().wait(0.005)
        waiting = jobs.start("clip", "a", 1, work)
        with pytest.raises(TooManyTriesError, match="1 of your jobs wait already"):
            jobs.start("clip", "b", 1, work)
        jobs.start("clip", "a", 2, work)
        jobs.cancel("a", 1, waiting.job_id)
        jobs.start("clip", "a", 1, work)
    finally:
        go_on.set()
        jobs.close()


def test_a_job_that_is_cancelled_stops_and_leaves_nothing(jobs: Jobs, tmp_path: Path) -> None:
    begun = threading.Event()

    def work(folder: Path, report: Any) -> Made:
        (folder / "half").write_bytes(b"x")
        begun.set()
        for _ in range(10_000):
            report("render", 0.1)
            threading.Event().wait(0.005)
        raise AssertionError("it was not stopped")

    job = jobs.start("clip", "a", 1, work)
    assert begun.wait(20)
    jobs.cancel("a", 1, job.job_id)
    jobs.wait(job.job_id, 20)
    assert jobs.find("a", 1, job.job_id).state is JobState.CANCELLED
    assert not list((tmp_path / "jobs").rglob("half"))


def test_errors_are_told_and_what_is_ours_is_told_in_full(
    jobs: Jobs, caplog: pytest.LogCaptureFixture
) -> None:
    def ours(_: Path, __: Any) -> Made:
        raise UsageError("this cannot be", where="/srv/secret/film.mp4")

    def broken(_: Path, __: Any) -> Made:
        raise ZeroDivisionError

    first = jobs.start("clip", "a", 1, ours)
    jobs.wait(first.job_id, 20)
    second = jobs.start("clip", "a", 1, broken)
    jobs.wait(second.job_id, 20)
    told = [str(job.error) for job in reversed(jobs.of("a", 1))]
    assert told[0].endswith("this cannot be") and "the job broke" in told[1]
    assert "ZeroDivisionError" in caplog.text


def test_results_go_after_a_while_and_at_the_end(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path / "jobs", at_once=1, waiting=5, waiting_each=5, kept_s=3600)
    job = jobs.start("clip", "a", 1, lambda folder, _: made_of(folder))
    jobs.wait(job.job_id, 20)
    assert list((tmp_path / "jobs").rglob("video"))
    jobs.sweep(datetime.now(UTC) + timedelta(hours=2))
    assert not list((tmp_path / "jobs").rglob("video"))
    again = jobs.start("clip", "a", 1, lambda folder, _: made_of(folder))
    jobs.wait(again.job_id, 20)
    jobs.close()
    assert not (tmp_path / "jobs").exists()
    (tmp_path / "jobs" / "left").mkdir(parents=True)
    Jobs(tmp_path / "jobs", at_once=1, waiting=5, waiting_each=5, kept_s=3600).close()
    assert not (tmp_path / "jobs").exists()


def times_of(video: Path) -> list[float]:
    with av.open(str(video)) as container:
        return [frame.time for frame in container.decode(video=0)]


def finished(world: World, client: TestClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(f"{world.base}/jobs/{path}", json=body)
    assert answer.status_code == 202, answer.text
    world.service.jobs.wait(answer.json()["job_id"], 120)
    told: dict[str, Any] = client.get(f"{world.base}/jobs/{answer.json()['job_id']}").json()
    assert told["state"] == "done", told
    return told


def test_a_synopsis_is_made_watched_in_pieces_and_leads_back(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = world.client("Rita", Role.REVIEWER)
    job = finished(world, client, "synopsis", {"camera": "gate", "arrange": {"effort": 0}})
    path = f"{world.base}/jobs/{job['job_id']}"
    assert job["files"] == ["video", "index", "chapters"] and job["facts"]["redacted"] is True
    whole = client.get(f"{path}/video")
    assert whole.headers["content-type"] == "video/mp4" and whole.headers["accept-ranges"] == "bytes"
    part = client.get(f"{path}/video", headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")
    assert part.headers["content-range"] == f"bytes 4-7/{len(whole.content)}"
    assert client.get(f"{path}/video", headers={"Range": "bytes=99999999-"}).status_code == 416
    with monkeypatch.context() as erasing:  # just after it was found
        erasing.setattr("apercu.web.making.result_file", lambda *_: tmp_path / "erased.mp4")
        gone = client.get(f"{path}/video")
    assert (gone.status_code, gone.json()["what"]) == (404, "was erased meanwhile")
    index = client.get(f"{path}/index").json()
    assert index["recordings"][0]["path"] == "gate film.mp4"
    assert client.get(f"{path}/chapters").text.startswith("WEBVTT")
    entry = next(e for e in world.entries() if e.capability == "make-synopsis")
    assert (entry.actor, entry.outcome) == ("Rita (web)", "done")

    other = world.client("Olga", Role.REVIEWER)
    assert other.get(f"{path}/video").status_code == 404  # it is Rita's
    # When its recording is erased, nothing of it is shown any longer.
    retention.run(Archive.open(world.folder), closing="the end")
    assert client.get(f"{path}/video").status_code == 404
    assert not list(world.service.settings.home.rglob("*.mp4"))


def test_a_clip_is_made_as_filmed_only_with_a_reason(world: World) -> None:
    client = world.client("Rita", Role.REVIEWER)
    track = {"recording_id": world.recording_id, "track_id": 1}
    bare = {"track": track, "options": {"redact": False}}
    refused = client.post(f"{world.base}/jobs/clip", json=bare)
    assert (refused.status_code, refused.json()["type"]) == (403, "RefusedError")
    assert refused.json()["capability"] == "show-unredacted"
    long = {"track": track, "options": {"redact": False, "reason": "order: case 7", "around_s": 300}}
    assert client.post(f"{world.base}/jobs/clip", json=long).status_code == 422
    reasoned = {"track": track, "options": {"redact": False, "reason": "order: case 7"}}
    job = finished(world, client, "clip", reasoned)
    assert job["facts"]["redacted"] is False
    entry = next(e for e in reversed(world.entries()) if e.capability == "show-unredacted")
    assert (entry.reason, entry.outcome) == ("order: case 7", "done")
    path = f"{world.base}/jobs/{job['job_id']}"
    assert client.get(f"{path}/video").status_code == 200
    # The right ends, and so does the looking at what was made.
    world.service.rights.end(world.people["Rita"].person_id, world.archive_id)
    assert client.get(f"{path}/video").status_code == 403


def test_what_cannot_be_is_said_at_once(world: World) -> None:
    client = world.client("Rita", Role.REVIEWER)
    path = f"{world.base}/jobs"
    assert client.post(f"{path}/synopsis", json={"arrange": {"effort": 1e9}}).status_code == 422
    assert client.post(f"{path}/synopsis", json={"arrange": {"overlap": 7}}).status_code == 422
    assert client.post(f"{path}/synopsis", json={"camera": "none"}).status_code == 404
    assert client.post(f"{path}/synopsis", json={"query": {"regions": [{"zone": "none"}]}}).status_code == 404
    gone = {"track": {"recording_id": "0" * 16, "track_id": 1}}
    assert client.post(f"{path}/clip", json=gone).status_code == 404


def test_a_job_is_refused_when_its_turn_comes_too_late(world_of: Callable[..., World], place: Path) -> None:
    world = world_of(place, jobs=1)
    client = world.client("Rita", Role.REVIEWER)
    hold = threading.Event()

    def wait(folder: Path, _: Any) -> Made:
        assert hold.wait(30)
        return made_of(folder)

    world.service.jobs.start("clip", world.archive_id, 0, wait)
    asked = client.post(f"{world.base}/jobs/synopsis", json={}).json()
    world.service.rights.end(world.people["Rita"].person_id, world.archive_id)
    hold.set()
    world.service.jobs.wait(asked["job_id"], 30)
    job = world.service.jobs.find(world.archive_id, world.people["Rita"].person_id, asked["job_id"])
    assert job.state is JobState.FAILED and type(job.error).__name__ == "RightError"


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[threading.Event, threading.Event]]:
    """Show each picture eight times, and stop when more than a second is coded.

    Returns an event that tells that, and one that lets it go on.
    """
    rendered, go_on = threading.Event(), threading.Event()

    def stopping(*args: Any, **options: Any) -> Iterator[Any]:
        pictures = (picture for picture in render(*args, **options) for _ in range(8))
        for number, picture in enumerate(pictures):
            if number == 40:
                rendered.set()
                assert go_on.wait(60)
            yield picture

    monkeypatch.setattr("apercu.synopsis.making.render", stopping)
    yield rendered, go_on
    go_on.set()


Held = tuple[threading.Event, threading.Event]


def test_a_synopsis_is_read_while_it_is_rendered(world: World, held: Held, tmp_path: Path) -> None:
    client = world.client("Rita", Role.REVIEWER)
    rendered, go_on = held
    asked = {"camera": "gate", "arrange": {"effort": 0}, "stay_s": 0}
    job_id = client.post(f"{world.base}/jobs/synopsis", json=asked).json()["job_id"]
    path = f"{world.base}/jobs/{job_id}"
    assert client.get(f"{path}/growing").status_code == 404  # not yet
    assert rendered.wait(60)
    assert client.get(path).json()["files"] == ["growing"]
    assert client.get(f"{path}/video").status_code == 404
    other = world.client("Olga", Role.REVIEWER)
    assert other.get(f"{path}/growing").status_code == 404  # it is Rita's
    threading.Timer(1.5, go_on.set).start()
    answer = client.get(f"{path}/growing", headers={"Range": "bytes=0-3"})
    assert (answer.status_code, answer.headers["accept-ranges"]) == (200, "none")
    world.service.jobs.wait(job_id, 60)
    told = client.get(path).json()
    assert (told["state"], told["files"]) == ("done", ["video", "index", "chapters"])
    (tmp_path / "growing.mp4").write_bytes(answer.content)
    (tmp_path / "video.mp4").write_bytes(client.get(f"{path}/video").content)
    assert times_of(tmp_path / "growing.mp4") == times_of(tmp_path / "video.mp4")
    assert client.get(f"{path}/growing").status_code == 404
    assert not list(world.service.settings.home.rglob("growing*"))


@pytest.mark.parametrize("end", ["cancel", "right"])
def test_what_is_rendered_ends_with_the_job_and_with_the_right(world: World, held: Held, end: str) -> None:
    client = world.client("Rita", Role.REVIEWER)
    rendered, go_on = held

    def ended() -> None:
        if end == "right":
            world.service.rights.end(world.people["Rita"].person_id, world.archive_id)
        else:
            assert client.delete(path).status_code == 204
            go_on.set()

    asked = {"camera": "gate", "arrange": {"effort": 0}, "stay_s": 0}
    job_id = client.post(f"{world.base}/jobs/synopsis", json=asked).json()["job_id"]
    path = f"{world.base}/jobs/{job_id}"
    assert rendered.wait(60)
    threading.Timer(1.0, ended).start()
    assert client.get(f"{path}/growing").content[4:8] == b"ftyp"  # and it comes to an end
    go_on.set()
    world.service.jobs.wait(job_id, 60)
    if end == "cancel":
        assert client.get(path).json()["state"] == "cancelled"
        assert not list(world.service.settings.home.rglob("*.mp4"))

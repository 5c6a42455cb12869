from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from apercu.archive import Archive
from apercu.errors import RightError, UsageError
from apercu.web import adding
from apercu.web.adding import list_footage, start_analysis, start_count
from apercu.web.jobs import JobState
from apercu.web.making import cancel_job, find_job
from apercu.web.roles import Role

from .conftest import World, declare


@pytest.fixture
def films(filled: Path, tmp_path: Path) -> Path:
    """Return a folder with a film, something that is none, what is hidden, and a way out."""
    folder = tmp_path / "films"
    (folder / "monday").mkdir(parents=True)
    (folder / ".trash").mkdir()
    shutil.copy(filled.parent / "gate film.mp4", folder / "monday" / "gate film.mp4")
    (folder / "torn.mkv").write_bytes(b"no film")
    (folder / "letter.txt").write_text("no film either")
    (folder / ".hidden.mp4").write_bytes(b"x")
    (folder / ".trash" / "thrown away.mp4").write_bytes(b"x")
    (folder / "way-out.mp4").symlink_to(filled.parent / "gate film.mp4")
    return folder


@pytest.fixture
def open_world(world_of: Callable[..., World], new_archive: Path, tmp_path: Path, films: Path) -> World:
    place = Path(shutil.copytree(new_archive, tmp_path / "empty"))
    return world_of(place, footage=(films,))


def finished(world: World, client: TestClient, *names: str, **body: str) -> dict[str, Any]:
    asked = client.post(f"{world.base}/jobs/analysis", json={"names": names, **body})
    assert asked.status_code == 202, asked.text
    world.service.jobs.wait(asked.json()["job_id"], 120)
    told: dict[str, Any] = client.get(f"{world.base}/jobs/{asked.json()['job_id']}").json()
    return told


def test_what_lies_in_an_open_folder_is_analysed_and_each_file_says_what_became_of_it(
    open_world: World,
) -> None:
    client = open_world.client("Otto", Role.OPERATOR)
    listed = client.get(f"{open_world.base}/footage").json()
    assert [(file["name"], file["folder"], file["label"], file["is_known"]) for file in listed] == [
        ("films/monday/gate film.mp4", "films/monday", "gate film.mp4", False),
        ("films/torn.mkv", "films", "torn.mkv", False),
    ]
    start, film = "2026-05-04T12:00:00Z", "films/monday/gate film.mp4"
    job = finished(open_world, client, film, camera="gate", start=start)
    assert job["state"] == "done", job
    (row,) = Archive.open(open_world.folder).recordings()
    assert job["facts"]["files"][0]["recording_id"] == row.recording_id
    assert client.get(f"{open_world.base}/footage").json()[0]["is_known"] is True
    assert {e.actor for e in open_world.entries()} == {"Otto (web)"}
    broken, known = finished(open_world, client, "films/torn.mkv", film)["facts"]["files"]
    assert broken["problem"]["kinds"][:2] == ["NotVideoError", "FootageError"]
    assert "/" not in broken["problem"]["what"]
    assert (known["repeated"], known["tracks"]) == (True, 2)


@pytest.mark.parametrize(
    "name",
    [
        "films/way-out.mp4",
        "films/../empty/archive.toml",
        "/etc/passwd",
        "films/.hidden.mp4",
        "films/.trash/thrown away.mp4",
        "films/letter.txt",
        "uploads/" + "a" * 32,
        "",
        "films",
    ],
)
def test_nothing_else_can_be_reached(open_world: World, name: str) -> None:
    client = open_world.client("Otto", Role.OPERATOR)
    assert client.post(f"{open_world.base}/jobs/analysis", json={"names": [name]}).status_code == 404


def test_who_may_not_analyse_sees_no_footage(open_world: World) -> None:
    otto, olga = open_world.visit("Otto", Role.OPERATOR), open_world.visit("Olga", Role.OVERSEER)
    with pytest.raises(UsageError, match="no file"):
        start_analysis(otto, [])
    for start in (start_analysis, start_count):
        with pytest.raises(RightError):
            start(olga, ["films/torn.mkv"])
    with pytest.raises(RightError):
        list_footage(olga)


def test_folders_of_one_name_are_told_apart(
    world_of: Callable[..., World], place: Path, films: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other" / "films"
    other.mkdir(parents=True)
    (other / "b.mp4").write_bytes(b"x")
    world = world_of(place, footage=(films, other))
    names = [each.name for each in list_footage(world.visit("Otto", Role.OPERATOR))]
    assert names == ["films/monday/gate film.mp4", "films/torn.mkv", "films-2/b.mp4"]


def test_without_a_folder_there_is_nothing(world: World) -> None:
    assert list_footage(world.visit("Tara", Role.OPERATOR)) == []


def test_a_count_that_is_cancelled_ends(open_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(open_world.folder, "statistics", place="a street", information="signs")
    visit = open_world.visit("Otto", Role.OPERATOR)
    begun, go_on = threading.Event(), threading.Event()
    count = adding.count_footage

    def slowly(*args: Any, **more: Any) -> Any:
        begun.set()
        assert go_on.wait(60)
        return count(*args, **more)

    monkeypatch.setattr(adding, "count_footage", slowly)
    job = start_count(visit, ["films/monday/gate film.mp4"], camera="gate")
    assert begun.wait(60)
    cancel_job(visit, job.job_id)
    go_on.set()
    open_world.service.jobs.wait(job.job_id, 60)
    assert find_job(visit, job.job_id).state is JobState.CANCELLED
    assert [e.outcome for e in open_world.entries() if e.capability == "count"] == ["failed"]

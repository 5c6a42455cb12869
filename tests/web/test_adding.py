from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from apercu.archive import Archive
from apercu.web.roles import Role

from .conftest import World


@pytest.fixture
def films(filled: Path, tmp_path: Path) -> Path:
    """Return a folder with a film, something that is none, and a way out."""
    folder = tmp_path / "films"
    (folder / "monday").mkdir(parents=True)
    shutil.copy(filled.parent / "gate film.mp4", folder / "monday" / "gate film.mp4")
    (folder / "letter.txt").write_text("no film")
    (folder / ".hidden.mp4").write_bytes(b"x")
    (folder / "way-out.mp4").symlink_to(filled / "archive.toml")
    return folder


@pytest.fixture
def open_world(world_of: Callable[..., World], new_archive: Path, tmp_path: Path, films: Path) -> World:
    place = Path(shutil.copytree(new_archive, tmp_path / "empty"))
    return world_of(place, footage=(films,))


def finished(world: World, client: TestClient, **body: str) -> dict[str, object]:
    asked = client.post(f"{world.base}/jobs/analysis", json=body)
    assert asked.status_code == 202, asked.text
    world.service.jobs.wait(asked.json()["job_id"], 120)
    told: dict[str, object] = client.get(f"{world.base}/jobs/{asked.json()['job_id']}").json()
    return told


def test_what_lies_in_an_open_folder_is_analysed(open_world: World) -> None:
    client = open_world.client("Otto", Role.OPERATOR)
    listed = client.get(f"{open_world.base}/footage").json()
    assert [(file["name"], file["is_known"]) for file in listed] == [
        ("films/letter.txt", False),
        ("films/monday/gate film.mp4", False),
    ]
    start = "2026-05-04T12:00:00Z"
    job = finished(open_world, client, name="films/monday/gate film.mp4", camera="gate", start=start)
    assert job["state"] == "done", job
    (row,) = Archive.open(open_world.folder).recordings()
    assert job["facts"]["recording_id"] == row.recording_id  # type: ignore[index]
    assert client.get(f"{open_world.base}/footage").json()[1]["is_known"] is True
    assert {e.actor for e in open_world.entries()} == {"Otto (web)"}
    failed = finished(open_world, client, name="films/letter.txt")
    assert (failed["state"], failed["error"]["type"]) == ("failed", "NotVideoError")  # type: ignore[index]
    assert "/" not in str(failed["error"]["where"])  # type: ignore[index]


@pytest.mark.parametrize(
    "name",
    ["films/way-out.mp4", "films/../empty/archive.toml", "/etc/passwd", "films/.hidden.mp4", "", "films"],
)
def test_nothing_else_can_be_reached(open_world: World, name: str) -> None:
    client = open_world.client("Otto", Role.OPERATOR)
    assert client.post(f"{open_world.base}/jobs/analysis", json={"name": name}).status_code == 404

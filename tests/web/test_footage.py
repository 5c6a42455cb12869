"""Footage on the server: only what lies in the named folders, whatever is asked for."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from apercu.errors import RightError, UsageError
from apercu.web.footage import find_files, start_analysis
from apercu.web.jobs import JobState
from apercu.web.roles import Role

from .conftest import World


@pytest.fixture
def films(filled: Path, tmp_path: Path) -> Path:
    """Return a folder with a recording, a file that is none, and a link that leads out of it."""
    folder = tmp_path / "films"
    (folder / "monday").mkdir(parents=True)
    shutil.copy(filled.parent / "gate film.mp4", folder / "monday" / "a.mp4")
    (folder / "b.mkv").write_bytes(b"nothing to see")
    (tmp_path / "secret.mp4").write_bytes(b"elsewhere")
    (folder / "c.mp4").symlink_to(tmp_path / "secret.mp4")
    return folder


def test_files_are_found_and_each_says_what_became_of_it(
    world_of: Callable[..., World], place: Path, films: Path
) -> None:
    world = world_of(place, footage=(films,))
    visit = world.visit("Tara", Role.OPERATOR)
    found = find_files(visit)
    assert [(each.folder, each.name) for each in found] == [("films", "b.mkv"), ("films/monday", "a.mp4")]
    job = start_analysis(visit, [each.path for each in found], None)
    world.service.jobs.wait(job.job_id, 120)
    job = world.service.jobs.find(visit.archive_id, visit.visitor.person.person_id, job.job_id)
    assert job.state is JobState.DONE
    assert job.made is not None
    broken, known = job.made.facts["files"]
    assert "FootageError" in broken["kinds"]
    assert known["repeated"]
    assert known["tracks"] == 2


def test_nothing_else_of_the_server_is_taken(
    world_of: Callable[..., World], place: Path, films: Path
) -> None:
    world = world_of(place, footage=(films,))
    visit = world.visit("Tara", Role.OPERATOR)
    for path in (films / "c.mp4", films / ".." / "secret.mp4", Path("/etc/passwd")):
        with pytest.raises(UsageError, match="in no folder"):
            start_analysis(visit, [path], None)
    with pytest.raises(UsageError, match="no file"):
        start_analysis(visit, [], None)
    olga = world.visit("Olga", Role.OVERSEER)
    with pytest.raises(RightError):
        find_files(olga)
    with pytest.raises(RightError):
        start_analysis(olga, [films / "b.mkv"], None)


def test_without_a_folder_there_is_nothing(world: World) -> None:
    assert find_files(world.visit("Tara", Role.OPERATOR)) == []

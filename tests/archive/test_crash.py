"""What happens to an archive when processes die, collide, or run out of disk."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apercu.archive import Archive, RecordingAnalysis
from apercu.errors import OutputError

Make = Callable[..., RecordingAnalysis]
ADDING = Path(__file__).with_name("adding.py")


def run(archive: Archive, *task: str) -> str:
    done = subprocess.run(
        [sys.executable, str(ADDING), str(archive.path), *task], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def deaths(archive: Archive, *task: str) -> Iterator[str]:
    """Go through the deaths of a task, each time before the next child starts."""
    with subprocess.Popen(
        [sys.executable, str(ADDING), str(archive.path), *task],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        for line in process.stdout:
            yield line.strip()
            process.stdin.write("\n")
            process.stdin.flush()
    assert process.returncode == 0


def check_whole(path: Path) -> Archive:
    """Open the archive as after a crash; everything visible is whole, and nothing else is there."""
    archive = Archive.open(path)
    rows = archive.recordings()
    for row in rows:
        archive.check(row.recording_id)
    for row, tracks in archive.iter_tracks():
        assert len(tracks) == row.analysis.track_count
        assert tracks.observation_table.num_rows == row.analysis.observation_count
    on_disk = {p.relative_to(path).as_posix() for p in path.glob("recordings/*/*/*")}
    assert on_disk == {row.analysis.folder for row in rows}
    assert list((path / "staging").iterdir()) == []
    return archive


def test_killed_at_random_moments_everything_visible_is_whole(archive: Archive) -> None:
    killed = 0
    for _ in deaths(archive, "loop", "15"):
        killed += 1
        check_whole(archive.path)
    assert killed == 15
    assert check_whole(archive.path).recordings()


def test_killed_before_each_step_of_replacing_one_whole_version_stays(
    archive: Archive, analysis: Make
) -> None:
    before = archive.add(analysis(settings={"step": 0}))
    steps: list[int] = []
    for line in deaths(archive, "steps"):
        (row,) = check_whole(archive.path).recordings()
        if line != "done":
            steps.append(int(line))
            assert row.analysis.settings["step"] in (before.analysis.settings["step"], steps[-1])
            assert row.camera == ("gate", "yard")[row.analysis.settings["step"] % 2]
        before = row
    assert len(steps) > 20
    assert before.analysis.settings == {"step": steps[-1] + 1}


def test_a_crash_between_folder_and_catalog_is_put_right(
    archive: Archive, analysis: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OutputError("cannot write (disk full)")

    archive.add(analysis("old"))
    with monkeypatch.context() as broken, pytest.raises(OutputError):
        broken.setattr("apercu.archive.catalog.Catalog.put", fail)
        archive.add(analysis("new"))
    assert [row.facts.file_name for row in archive.recordings()] == ["old"]
    assert {row.facts.file_name for row in check_whole(archive.path).recordings()} == {"old", "new"}


def test_work_of_a_living_process_is_left_alone(archive: Archive, analysis: Make) -> None:
    given = analysis()
    with archive.draft(given.recording, "gate", {}, grid_width=1, grid_height=1) as draft:
        Archive.open(archive.path)
        draft.add_tracks(given.tracks)
        Archive.open(archive.path).add(analysis("other"))
    assert len(check_whole(archive.path).recordings()) == 2


def test_strangers_in_staging_do_no_harm(archive: Archive) -> None:
    (archive.path / "staging" / "notes.txt").write_text("mine")
    Archive.open(archive.path)
    assert (archive.path / "staging" / "notes.txt").exists()


def test_missing_empty_folders_are_made_again(archive: Archive, analysis: Make) -> None:
    for name in ("staging", "recordings"):  # which some copying tools leave out
        (archive.path / name).rmdir()
    Archive.open(archive.path).add(analysis())
    assert len(check_whole(archive.path).recordings()) == 1


def test_processes_add_at_once_and_lose_nothing(archive: Archive) -> None:
    run(archive, "race", "4")
    rows = check_whole(archive.path).recordings()
    expected = {"shared", *(f"{me}-{part}" for me in range(4) for part in "abc")}
    assert {row.facts.file_name for row in rows} == expected
    assert len(rows) == 13


@pytest.mark.parametrize("size", [20_000, 300_000])
def test_a_full_disk_is_one_clear_line_and_nothing_half_written(
    archive: Archive, analysis: Make, size: int
) -> None:
    row = archive.add(analysis("before"))
    said = run(archive, "full", str(size))
    assert "cannot write" in said and "Check free space" in said
    assert said.count("\n") == 1
    assert check_whole(archive.path).recordings() == [row]

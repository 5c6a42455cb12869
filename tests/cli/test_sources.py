from __future__ import annotations

from pathlib import Path

import pytest

from apercu.cli.sources import find_recordings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (
        "a.mp4",
        "notes.txt",
        "day/b.MKV",
        "day/deep/c.ts",
        ".hidden/d.mp4",
        "day/.e.mp4",
        "odd[1].avi",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(*words: str) -> list[str]:
    paths, problems = find_recordings(words)
    assert not problems
    return [str(path) for path in paths]


def test_a_file_is_itself_whatever_its_name() -> None:
    assert found("notes.txt", "odd[1].avi") == ["notes.txt", "odd[1].avi"]


def test_a_folder_is_every_video_in_it_that_is_not_hidden() -> None:
    assert found("day") == ["day/b.MKV", "day/deep/c.ts"]


def test_what_belongs_to_an_archive_is_no_footage(folder: Path) -> None:
    clip = folder / "day" / "archive" / "signals" / "clip.mp4"
    clip.parent.mkdir(parents=True)
    clip.touch()
    (folder / "day" / "archive" / "archive.toml").touch()
    assert found("day") == ["day/b.MKV", "day/deep/c.ts"]
    paths, (problem,) = find_recordings(["day/archive", "a.mp4"])
    assert [str(path) for path in paths] == ["a.mp4"] and "is an archive" in str(problem)
    assert found(str(clip)) == [str(clip)]


def test_patterns_are_understood() -> None:
    assert found("*.mp4") == ["a.mp4"]
    assert found("**/*.ts") == ["day/deep/c.ts"]
    assert found("d?y") == ["day/b.MKV", "day/deep/c.ts"]


def test_each_recording_counts_once() -> None:
    assert found("a.mp4", "./a.mp4", "*.mp4") == ["a.mp4"]


def test_a_missing_file_is_for_the_reader_to_report() -> None:
    assert found("missing.mp4") == ["missing.mp4"]


@pytest.mark.parametrize(("word", "what"), [("*.mov", "no file matches"), ("empty", "holds no video files")])
def test_nothing_found_is_told(word: str, what: str, folder: Path) -> None:
    (folder / "empty").mkdir()
    paths, problems = find_recordings([word, "a.mp4"])
    assert [str(path) for path in paths] == ["a.mp4"]
    assert [problem.what for problem in problems] == [what]

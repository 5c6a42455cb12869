"""From what people type to recordings: files, folders, patterns."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from apercu.archive.settings import is_archive
from apercu.disk import is_utf8
from apercu.errors import FootageError, FootageNotFoundError, UsageError
from apercu.footage.suffixes import SUFFIXES


def find_recordings(words: Sequence[str | Path]) -> tuple[list[Path], list[FootageError]]:
    """Return the recordings that arguments name, each once, in order, and what could not be found.

    A folder stands for every video file in it, however deep, but for those of archives: clips of signals are
    no footage. ``*``, ``?``, ``[...]`` and ``**`` are patterns.
    """
    found: dict[Path, Path] = {}
    problems: list[FootageError] = []
    for word in words:
        paths = list(_named(str(word)))
        for path in paths:
            whole = path.resolve()
            if is_utf8(whole):
                found.setdefault(whole, path)
            else:
                problems.append(
                    FootageError("has a name that is not UTF-8", path=path, next_step="Rename it.")
                )
        if not paths:
            problems.append(_nothing(Path(word)))
    return list(found.values()), problems


def check_start(start: datetime | None, paths: Sequence[Path], next_step: str) -> None:
    """Refuse one start for several recordings.

    Raises:
        UsageError: it is given for more than one.
    """
    if start is not None and len(paths) > 1:
        told = f"--start is the time of one recording, and {len(paths)} are given"
        raise UsageError(told, next_step=next_step)


def _named(word: str) -> Iterator[Path]:
    path = Path(word)
    if path.is_dir():
        yield from sorted(_videos(path))
    elif path.exists() or not glob.has_magic(word):
        yield path  # whether it is there and can be read is for the reader to say
    else:
        for match in sorted(glob.glob(word, recursive=True)):  # noqa: PTH207 - Path.glob takes no absolute patterns
            yield from _named(match) if Path(match).is_dir() else [Path(match)]


def _videos(folder: Path) -> Iterator[Path]:
    """Yield the video files in a folder, without what is hidden or belongs to an archive."""
    for place, inner, names in os.walk(folder):
        if is_archive(Path(place)):
            inner.clear()
            continue
        inner[:] = [name for name in inner if not name.startswith(".")]
        files = (Path(place) / name for name in names if not name.startswith("."))
        yield from (file for file in files if file.suffix.lower() in SUFFIXES and file.is_file())


def _nothing(path: Path) -> FootageError:
    if is_archive(path):
        return FootageNotFoundError(
            "is an archive, not footage", path=path, next_step="Name it alone, or recordings only."
        )
    if path.is_dir():
        return FootageNotFoundError(
            "holds no video files", path=path, next_step="Name another folder, or the files themselves."
        )
    return FootageNotFoundError("no file matches", path=path, next_step="Check the pattern.")

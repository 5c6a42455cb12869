"""What is written beside a place until it is whole: the living keep theirs, what the dead left goes."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from apercu.disk import Part, replace_file, replacements, replacing
from apercu.errors import NotVideoError
from apercu.footage import VideoWriter, check_writable, probe
from apercu.footage.copying import copy_span
from apercu.timecode import Timecode

DYING = """
import os, signal, sys
from fractions import Fraction
from pathlib import Path
import numpy as np
from apercu.disk import replacing
from apercu.footage import VideoWriter

place = Path(sys.argv[1])
if sys.argv[2] == "video":
    writer = VideoWriter(place, 64, 64, Fraction(25))
    writer.write(np.zeros((64, 64, 3), np.uint8))
else:
    writing = replacing(place)
    writing.__enter__().write(b"new")
os.kill(os.getpid(), signal.SIGKILL)
"""


def die_writing(place: Path, what: str) -> None:
    done = subprocess.run([sys.executable, "-c", DYING, str(place), what], timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write_video(path: Path) -> None:
    with VideoWriter(path, 64, 64, Fraction(25), preset="ultrafast") as writer:
        for _ in range(25):
            writer.write(np.zeros((64, 64, 3), np.uint8))


@pytest.mark.parametrize(
    ("dying", "name"), [("video", "t.mp4"), ("file", "a [b] *.mp4"), ("video", "ä" * 120 + ".mp4")]
)
def test_what_the_killed_left_goes_with_the_next_writer_of_the_same_place(
    tmp_path: Path, dying: str, name: str
) -> None:
    place = tmp_path / name
    source = tmp_path / "source.mp4"
    write_video(source)

    def copy() -> None:
        end = Timecode.from_seconds(Fraction(1, 2), Fraction(1, 25))
        assert copy_span(source, place, Timecode(0, Fraction(1, 25)), end) is not None

    writers = (
        lambda: write_video(place),
        lambda: replace_file(place, b"whole"),
        copy,
        lambda: check_writable(place),
    )
    for write in writers:
        die_writing(place, dying)
        assert len(replacements(place)) == 1
        write()
        assert names(tmp_path) == sorted(["source.mp4", name])


def test_the_living_and_other_places_keep_theirs(tmp_path: Path) -> None:
    place, other = tmp_path / "t.mp4", tmp_path / "t.mp4-x"
    die_writing(other, "file")
    mine = tmp_path / ".t.mp4-mine.part"
    mine.write_bytes(b"not one of these")
    with replacing(place) as file, VideoWriter(place, 64, 64, Fraction(25)) as writer:
        file.write(b"first")
        writer.write(np.zeros((64, 64, 3), np.uint8))
        replace_file(place, b"second")
        check_writable(place)
        assert place.read_bytes() == b"second"
        writer.close()
        assert probe(place).width == 64
    assert place.read_bytes() == b"first"
    assert len(replacements(other)) == 1
    assert names(tmp_path) == sorted(["t.mp4", mine.name, replacements(other)[0].name])


def test_what_earlier_versions_left_goes_when_it_is_a_day_old(tmp_path: Path) -> None:
    names_of = {"old": ".a [b].0123abcd.part", "new": ".a [b].4567abcd.part", "other": ".c.0123abcd.part"}
    for name in names_of.values():
        (tmp_path / name).write_bytes(b"pictures")
    now = (tmp_path / names_of["new"]).stat().st_mtime
    for which in ("old", "other"):
        os.utime(tmp_path / names_of[which], (now, now - 90_000))
    replace_file(tmp_path / "a [b].mp4", b"whole")
    assert names(tmp_path) == sorted(["a [b].mp4", names_of["new"], names_of["other"]])


def test_many_at_once_all_get_through(tmp_path: Path) -> None:
    place = tmp_path / "t.bin"

    def write(number: int) -> None:
        for _ in range(25):
            replace_file(place, bytes([number]) * 10_000)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    content = place.read_bytes()
    assert len(content) == 10_000 and len(set(content)) == 1
    assert names(tmp_path) == ["t.bin"]


def test_without_locks_it_is_written_and_nobody_elses_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "t.mp4"
    die_writing(place, "video")
    left = replacements(place)

    def refuse(*_: object) -> None:
        raise OSError(95, os.strerror(95))

    monkeypatch.setattr(fcntl, "flock", refuse)
    write_video(place)
    assert probe(place).width == 64
    assert replacements(place) == left


def test_where_a_lock_keeps_out_its_own_holder_it_is_written_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "t.mp4"
    die_writing(place, "video")
    left = replacements(place)
    locked: set[int] = set()
    flock, opened = fcntl.flock, Path.open

    def lock(handle: int, how: int) -> None:
        flock(handle, how)
        (locked.discard if how == fcntl.LOCK_UN else locked.add)(os.fstat(handle).st_ino)

    def open_it(self: Path, *arguments: Any, **named: Any) -> Any:
        if self.exists() and self.stat().st_ino in locked:
            raise PermissionError(13, os.strerror(13))
        return opened(self, *arguments, **named)

    monkeypatch.setattr(fcntl, "flock", lock)
    monkeypatch.setattr(Path, "open", open_it)
    replace_file(place, b"whole")
    assert place.read_bytes() == b"whole"
    assert replacements(place) == left


def test_a_part_that_is_given_up_or_cannot_have_its_place_goes(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"), Part(tmp_path / "folder") as part:
        part.put()
    with pytest.raises(NotVideoError), Part(tmp_path / "t.mp4") as part:
        probe(part.path)
    assert names(tmp_path) == ["folder"]

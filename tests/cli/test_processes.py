"""What needs processes of its own: workers, Ctrl-C, termination, closed pipes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av
import pytest

from apercu.archive import Archive

LITTLE = ["--rate", "4", "--detector-size", "320"]
"""As little work as finds somebody: what is looked at is what becomes of the processes."""
IN_PIECES = ["--segment", "12", *LITTLE]
APERCU = [sys.executable, "-m", "apercu"]


@pytest.fixture(scope="module")
def long_film(street: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a recording that takes longer to analyse than any test waits."""
    return repeated(street, tmp_path_factory.mktemp("films") / "long.mp4", 100)


@pytest.fixture(scope="module")
def film(street: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a recording of 36 seconds, with a key frame every 12."""
    return repeated(street, tmp_path_factory.mktemp("films") / "film.mp4", 3)


def repeated(street: Path, path: Path, turns: int) -> Path:
    """Write the short recording over and over."""
    with av.open(str(street)) as source, av.open(str(path), "w") as target:
        template = source.streams.video[0]
        stream = target.add_stream_from_template(template)
        packets = [packet for packet in source.demux(template) if packet.dts is not None]
        length = sum(packet.duration or 0 for packet in packets)
        bytes_of = [(bytes(packet), packet.pts, packet.dts, packet.is_keyframe) for packet in packets]
        for turn in range(turns):
            for content, pts, dts, key in bytes_of:
                packet = av.Packet(content)
                packet.pts, packet.dts = (pts or 0) + turn * length, (dts or 0) + turn * length
                packet.time_base, packet.stream, packet.is_keyframe = template.time_base, stream, key
                target.mux(packet)
    return path


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    return Archive.create(
        tmp_path / "archive", name="a", purpose="research", purpose_fields={"licence": "own"}
    ).path


def start(*words: object, temporary: Path) -> subprocess.Popen[str]:
    """Start a command as a shell does: its process group gets Ctrl-C."""
    # Shells let background jobs ignore Ctrl-C, and children inherit that; a handler is reset in the child.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(
            [*APERCU, *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "TMPDIR": str(temporary)},
        )
    finally:
        signal.signal(signal.SIGINT, before)


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.05)


def test_workers_analyse_side_by_side(street: Path, empty: Path, tmp_path: Path) -> None:
    films = tmp_path / "films"
    films.mkdir()
    shutil.copy(street, films / "a.mp4")
    (films / "b-broken.mp4").write_text("no video")
    (films / "c.mp4").write_bytes(street.read_bytes() + b"\0\0\0\x08free")  # other bytes, the same film
    command = [*APERCU, "analyze", empty, films, "--camera", "gate", "--workers", "2", *LITTLE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: {films / 'b-broken.mp4'}: ")
    assert "2 of 3 recordings are in" in done.stdout
    rows = Archive.open(empty).recordings()
    assert sorted(row.facts.file_name for row in rows) == ["a.mp4", "c.mp4"]
    assert len({row.analysis.track_count for row in rows}) == 1


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_keeps_what_is_finished(
    street: Path, long_film: Path, empty: Path, tmp_path: Path, workers: int
) -> None:
    archive = Archive.open(empty)
    process = start("analyze", empty, street, long_film, "--workers", workers, *LITTLE, temporary=tmp_path)
    wait_for(lambda: bool(archive.recordings()), process)
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert told.splitlines() == [
        "stopped: what is finished is kept, the same command goes on",
        "interrupted",
    ]
    assert [row.facts.file_name for row in archive.recordings()] == [street.name]
    assert not list((empty / "staging").iterdir())


def test_the_number_of_workers_changes_nothing(film: Path, tmp_path: Path) -> None:
    found = []
    for workers in ("1", "2"):
        archive = Archive.create(
            tmp_path / workers, name="a", purpose="research", purpose_fields={"licence": "own"}
        )
        command = [*APERCU, "analyze", archive.path, film, *IN_PIECES, "--workers", workers, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        told = json.loads(done.stdout)
        assert told["summary"]["footage_s"] == pytest.approx(36, abs=0.2)
        assert {"decode", "motion", "detect", "track", "write"} <= told["summary"]["stages"].keys()
        shares = [stage["share"] for stage in told["summary"]["stages"].values()]
        assert sum(shares) == pytest.approx(1, abs=0.01)
        found.append(archive.tracks())
    assert found[0].table.equals(found[1].table)
    assert found[0].observation_table.equals(found[1].observation_table)
    assert len(found[0]) >= 4


def test_killed_at_once_it_goes_on_after_the_last_finished_segment(
    film: Path, empty: Path, tmp_path: Path
) -> None:
    words = ("analyze", empty, film, *IN_PIECES, "--workers", 2, "--json")
    process = start(*words, temporary=tmp_path)
    wait_for(lambda: any(empty.glob("unfinished/*/segment-*")), process)
    workers = {p.name for p in Path("/proc").iterdir() if p.name.isdigit() and parent_of(p) == process.pid}
    process.kill()
    process.communicate(timeout=30)
    assert Archive.open(empty).recordings() == []
    assert not list((empty / "staging").iterdir())
    until = time.monotonic() + 20
    while workers & {p.name for p in Path("/proc").iterdir()}:
        assert time.monotonic() < until, "workers outlive the process that led them"
        time.sleep(0.05)
    done = subprocess.run([*APERCU, *map(str, words)], capture_output=True, text=True, check=True)
    (taken,) = json.loads(done.stdout)["recordings"]
    assert taken["resumed_s"] >= 11.9
    assert taken["duration_s"] == pytest.approx(36, abs=0.2)
    assert not (empty / "unfinished").exists()
    archive = Archive.open(empty)
    archive.check(taken["recording_id"])
    assert len(archive.tracks()) == taken["tracks"] >= 4


def parent_of(process: Path) -> int:
    """Return the parent's number of a process in /proc, 0 when it has just gone."""
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_synopsis_given_up_leaves_nothing(
    long_film: Path, tmp_path: Path, sent: signal.Signals, code: int
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    words = [
        "synopsis",
        long_film,
        "-o",
        tmp_path / "out.mp4",
        "--purpose",
        "research",
        "--field",
        "licence=own",
        *LITTLE,
    ]
    process = start(*words, temporary=temporary)
    wait_for(lambda: any(temporary.glob("apercu-*/archive/staging/*/new/*")), process)
    process.send_signal(sent)
    _, told = process.communicate(timeout=30)
    assert process.returncode == code
    assert "Traceback" not in told
    assert [path.name for path in tmp_path.iterdir()] == ["temporary"]
    assert not list(temporary.iterdir())


def test_what_a_killed_synopsis_left_goes_with_the_next(
    long_film: Path, street: Path, tmp_path: Path
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (temporary / "apercu-one-step-planted").symlink_to(elsewhere)
    declared = ["--purpose", "research", "--field", "licence=own", *LITTLE]
    killed = start("synopsis", long_film, "-o", tmp_path / "a.mp4", *declared, temporary=temporary)
    wait_for(lambda: any(temporary.glob("apercu-*/archive/staging/*/new/*")), killed)
    alive = start("synopsis", long_film, "-o", tmp_path / "b.mp4", *declared, temporary=temporary)
    wait_for(lambda: len(list(temporary.glob("apercu-*/archive/staging"))) == 2, alive)
    alive.send_signal(signal.SIGSTOP)  # it lives, and takes no time from the others
    killed.kill()
    killed.communicate(timeout=30)
    done = start("synopsis", street, "-o", tmp_path / "c.mp4", *declared, temporary=temporary)
    assert "temporary archive goes" in done.communicate(timeout=120)[0]
    assert (done.returncode, alive.poll()) == (0, None), (
        "the other one is still at work, in an archive of its own"
    )
    assert len(list(temporary.glob("apercu-one-step-*/lock"))) == 1
    alive.send_signal(signal.SIGCONT)
    alive.send_signal(signal.SIGINT)
    alive.communicate(timeout=30)
    assert [path.name for path in temporary.iterdir()] == ["apercu-one-step-planted"]
    assert elsewhere.is_dir()


def test_a_reader_that_has_had_enough_is_no_traceback(archive: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    words = [*APERCU, "info", str(archive), "--json"]
    done = subprocess.run(words, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")

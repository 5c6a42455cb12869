"""What is broken gets one clear line and a code that is not 0."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from apercu.archive import Archive
from apercu.footage import VideoWriter

Cli = Callable[..., Any]


def sound_only(path: Path) -> None:
    with av.open(str(path), "w") as output:
        stream = output.add_stream("aac", rate=16000, layout="mono")
        for i in range(20):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            frame.sample_rate, frame.pts = 16000, i * 1024
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def one_pixel(path: Path) -> None:
    with av.open(str(path), "w") as output:
        stream = output.add_stream("mpeg4", rate=25)
        stream.width = stream.height = 1
        stream.pix_fmt = "yuv420p"
        output.mux(stream.encode(av.VideoFrame(1, 1, "yuv420p")))
        output.mux(stream.encode(None))


def missing(path: Path) -> None:
    """Leave nothing there."""


MAKERS: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (missing, "no such file"),
    "empty": (Path.touch, "is an empty file"),
    "text": (lambda path: path.write_text("Dear diary, " * 99), "is not a video that can be read"),
    "sound": (sound_only, "holds only sound"),
    "pixel": (one_pixel, "1x1 pixels is too small"),
}


@pytest.mark.parametrize("kind", [*MAKERS, "truncated"])
@pytest.mark.parametrize("command", ["synopsis", "analyze", "info"])
def test_footage_that_is_none(
    cli: Cli, archive: Path, street: Path, tmp_path: Path, command: str, kind: str
) -> None:
    path = tmp_path / f"{kind}.mp4"
    if kind == "truncated":
        # The index of this MP4 comes last, as recorders write it, so a cut copy has lost it.
        with av.open(str(street)) as source, av.open(str(path), "w") as target:
            stream = target.add_stream_from_template(source.streams.video[0])
            for packet in source.demux(source.streams.video[0]):
                if packet.dts is not None:
                    packet.stream = stream
                    target.mux(packet)
        os.truncate(path, path.stat().st_size // 2)
        told = "is truncated"
    else:
        make, told = MAKERS[kind]
        make(path)
    output = tmp_path / "out.mp4"
    arguments = {
        "synopsis": ["synopsis", path, "-o", output, "--purpose", "research", "--field", "licence=own"],
        "analyze": ["analyze", archive, path],
        "info": ["info", path],
    }
    result = cli(*arguments[command])
    assert result.code == 3
    assert result.err.startswith(f"error: {path}: ")
    assert told in result.err
    assert result.err.count("\n") == 1
    assert not output.exists()


def test_a_cut_recording_is_read_as_far_as_it_goes(cli: Cli, street: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.mp4"
    path.write_bytes(street.read_bytes())  # its index comes first
    os.truncate(path, path.stat().st_size * 2 // 3)
    result = cli(
        "synopsis", path, "-o", tmp_path / "out.mp4", "--purpose", "research", "--field", "licence=own"
    )
    assert result.code == 0
    assert result.err.startswith(f"warning: {path}: the recording is damaged")


def test_a_moving_camera_is_told(cli: Cli, tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    wide = np.kron(rng.integers(0, 255, (30, 160, 3), np.uint8), np.ones((6, 6, 1), np.uint8)).astype(
        np.uint8
    )
    path = tmp_path / "pan.mp4"
    with VideoWriter(path, 320, 180, Fraction(10)) as writer:
        for i in range(80):
            writer.write(np.ascontiguousarray(wide[:, 6 * i : 6 * i + 320]))
    Archive.create(tmp_path / "a", name="a", purpose="research", purpose_fields={"licence": "own"})
    result = cli("analyze", tmp_path / "a", path)
    assert result.code == 0
    assert "the camera moved" in result.err
    assert "the camera moved" in cli("info", tmp_path / "a").err


def test_the_real_moving_camera_is_told(cli: Cli, footage: Callable[[str], Path], tmp_path: Path) -> None:
    result = cli(
        "synopsis",
        footage("street/moving_camera.mp4"),
        "-o",
        tmp_path / "out.mp4",
        "--purpose",
        "research",
        "--field",
        "licence=own",
    )
    assert "the camera moved" in result.err


@pytest.mark.parametrize("place", ["/proc/nowhere", "a-file/archive"])
def test_an_archive_where_none_can_be(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a-file").touch()
    result = cli("init", place, "--purpose", "research", "--field", "licence=own")
    assert result.code == 6
    assert result.err.startswith("error: ")
    assert result.err.count("\n") == 1


@pytest.mark.parametrize("place", ["/proc/out.mp4", "a-file/out.mp4", "no-folder/out.mp4"])
def test_a_synopsis_where_none_can_be(
    cli: Cli, street: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a-file").touch()
    result = cli("synopsis", street, "-o", place, "--purpose", "research", "--field", "licence=own")
    assert result.code == 6
    assert result.err.startswith(f"error: {place}: cannot be written")
    assert result.err.count("\n") == 1
    assert result.out == ""  # told before the work, not after


def with_small_files(limit: int, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a command that may write no file larger than ``limit`` bytes: what a full disk looks like."""
    code = (
        f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit})); "
        "from apercu.cli import main; main()"
    )
    words = [str(argument) for argument in arguments]
    return subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)


def test_a_disk_that_fills_up_under_a_synopsis(archive: Path, tmp_path: Path) -> None:
    done = with_small_files(5000, "synopsis", archive, "-o", tmp_path / "out.mp4")
    assert done.returncode == 6
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gate"]


def test_a_disk_that_fills_up_under_an_analysis(archive: Path, street: Path) -> None:
    before = cli_state(archive)
    done = with_small_files(3000, "analyze", archive, street, "--rate", "4")
    assert done.returncode == 6
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert cli_state(archive) == before
    assert not list((archive / "staging").iterdir())


def cli_state(archive: Path) -> list[str]:
    return [row.analysis.analysis_id for row in Archive.open(archive).recordings()]


@pytest.mark.parametrize(
    "command",
    [["analyze", "ARCHIVE", "x.mp4"], ["synopsis", "ARCHIVE"], ["tracks", "ARCHIVE"], ["info", "ARCHIVE"]],
)
def test_an_archive_of_a_newer_version(cli: Cli, archive: Path, command: list[str]) -> None:
    settings = archive / "archive.toml"
    settings.write_text(settings.read_text().replace("format = 2", "format = 99"))
    result = cli(*(str(archive) if word == "ARCHIVE" else word for word in command))
    assert result.code == 5
    assert "format 99" in result.err
    assert result.err.count("\n") == 1


def test_no_archive(cli: Cli, tmp_path: Path) -> None:
    result = cli("tracks", tmp_path)
    assert result.code == 5
    assert "no archive here" in result.err


def test_nothing_moves(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "still.mp4"
    with VideoWriter(path, 160, 96, Fraction(10)) as writer:
        for _ in range(40):
            writer.write(np.full((96, 160, 3), 90, np.uint8))
    result = cli(
        "synopsis", path, "-o", tmp_path / "out.mp4", "--purpose", "research", "--field", "licence=own"
    )
    assert result.code == 7
    assert "nothing moves" in result.err
    assert str(path) in result.err, "the temporary archive is nothing that anybody knows"


def test_nothing_like_that_in_one_step(cli: Cli, street: Path, tmp_path: Path) -> None:
    declared = ["--purpose", "research", "--field", "licence=own"]
    result = cli("synopsis", street, "-o", tmp_path / "out.mp4", "--longer-than", "1h", *declared)
    assert result.code == 7
    assert f"error: {street}: no track is like that" in result.err


def test_too_few_pictures_to_follow_anything(cli: Cli, archive: Path, tmp_path: Path) -> None:
    path = tmp_path / "slow.mp4"
    with VideoWriter(path, 160, 96, Fraction(1)) as writer:
        for i in range(8):
            picture = np.full((96, 160, 3), 90, np.uint8)
            picture[40:60, 20 * i : 20 * i + 10] = 200
            writer.write(picture)
    told = cli("analyze", archive, path).err
    assert f"{path}: it has a picture every 1 s: " in told and "let the recorder take 2 a second" in told

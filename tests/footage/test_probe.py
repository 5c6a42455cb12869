"""What a recording is, and what is refused, each with one line that says what to do."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from apercu.errors import FootageError, FootageNotFoundError, NotVideoError
from apercu.footage import FootageReader, content_hash, probe

Record = Callable[..., Path]


def refusal(path: Path, kind: type[FootageError] = NotVideoError) -> str:
    """Return the one line that both doors refuse ``path`` with."""
    with pytest.raises(kind) as first:
        probe(path)
    with pytest.raises(kind) as second:
        FootageReader(path)
    line = str(first.value)
    assert line == str(second.value)
    assert line.startswith(f"{path}: ")
    assert "\n" not in line
    assert first.value.next_step
    return line


def test_a_recording_is_described(tmp_path: Path, record: Record) -> None:
    path = record(tmp_path / "yard_20240531T140327Z.mp4", rate=30, count=60, sound=True)
    info = probe(path)
    assert (info.container, info.codec, info.pixel_format) == ("mp4", "h264", "yuv420p")
    assert (info.width, info.height, info.rotation) == (160, 96, 0)
    assert (info.average_rate, info.rate, info.frame_count) == (30, 30.0, 60)
    assert info.duration == 2
    assert info.has_audio
    assert info.size_bytes == path.stat().st_size
    assert info.start.source == "file name"
    assert info.start.time == datetime(2024, 5, 31, 14, 3, 27, tzinfo=UTC)
    assert isinstance(info.time_base, Fraction)


def test_the_start_is_taken_from_option_container_or_name_in_that_order(
    tmp_path: Path, record: Record
) -> None:
    tags = {"creation_time": "2023-01-02T03:04:05Z"}
    path = record(tmp_path / "20240531T140327Z.mp4", count=2, tags=tags)
    assert probe(path).start.source == "container"
    assert probe(path).start.time == datetime(2023, 1, 2, 3, 4, 5, tzinfo=UTC)
    given = datetime(2022, 1, 1)
    assert probe(path, start=given, zone=UTC).start.time == given.replace(tzinfo=UTC)
    with FootageReader(path, start=given, zone=UTC) as reader:
        assert reader.info == probe(path, start=given, zone=UTC)


def test_missing_file(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "nothing.mp4", FootageNotFoundError)


def test_folder(tmp_path: Path) -> None:
    assert "is a folder" in refusal(tmp_path)


def test_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.touch()
    assert "is an empty file" in refusal(path)


@pytest.mark.parametrize("suffix", ["mp4", "avi", "txt", "ts", "h264"])
def test_text_is_no_video_whatever_its_name(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"text.{suffix}"
    path.write_text("It was a quiet day.\n" * 2000)
    assert "not a video" in refusal(path) or suffix in ("ts", "h264")


@pytest.mark.parametrize("name", ["list.m3u8", "list.mp4", "list.ffconcat"])
def test_playlists_are_not_followed(tmp_path: Path, record: Record, name: str) -> None:
    target = record(tmp_path / "real.ts", count=5)
    path = tmp_path / name
    hls = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{target.name}\n#EXT-X-ENDLIST\n"
    path.write_text(f"ffconcat version 1.0\nfile {target.name}\n" if name.endswith("concat") else hls)
    assert "not a video" in refusal(path)


def test_a_picture_is_no_video(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mjpeg"), "w", format="mjpeg") as output:
        stream = output.add_stream("mjpeg", rate=1)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuvj420p"
        output.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "bgr24")))
        output.mux(stream.encode(None))
    path = (tmp_path / "a.mjpeg").rename(tmp_path / "photo.jpg")
    assert "not a video" in refusal(path)


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "voice.mp4"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("aac", rate=16000, layout="mono")
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        silence.sample_rate = 16000
        output.mux(stream.encode(silence))
        output.mux(stream.encode(None))
    assert "holds only sound" in refusal(path)


def test_the_cover_picture_of_a_sound_file_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "song.mp4"
    with av.open(str(path), "w") as output:
        voice = output.add_stream("aac", rate=16000, layout="mono")
        cover = output.add_stream("mjpeg", rate=1)
        cover.width = cover.height = 64
        cover.pix_fmt = "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        output.mux(cover.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "bgr24")))
        output.mux(cover.encode(None))
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        silence.sample_rate = 16000
        output.mux(voice.encode(silence))
        output.mux(voice.encode(None))
    assert "holds only sound" in refusal(path)


@pytest.mark.parametrize("size", [(1, 1), (15, 200), (200, 2)])
def test_a_picture_too_small_to_analyse(tmp_path: Path, record: Record, size: tuple[int, int]) -> None:
    path = record(tmp_path / "dot.mkv", codec="mpeg4", size=size, count=3)
    line = refusal(path)
    assert f"{size[0]}x{size[1]} pixels is too small to analyse" in line


@pytest.mark.parametrize("keep", [12, 40, 0.5, 0.9])
def test_an_mp4_without_its_index_is_called_truncated(tmp_path: Path, record: Record, keep: float) -> None:
    path = record(tmp_path / "cut.mp4")
    data = path.read_bytes()
    path.write_bytes(data[: keep if isinstance(keep, int) else int(len(data) * keep)])
    assert "is truncated" in refusal(path)


@pytest.mark.parametrize("container", ["mkv", "avi", "ts", "mp4"])
def test_the_first_bytes_alone_are_refused_in_one_line(
    tmp_path: Path, record: Record, container: str
) -> None:
    path = record(tmp_path / f"head.{container}", codec="mpeg4")
    path.write_bytes(path.read_bytes()[:300])
    refusal(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path, record: Record) -> None:
    path = record(tmp_path / "secret.mp4", count=2)
    path.chmod(0)
    assert "cannot be opened (Permission denied)" in refusal(path, FootageError)


@pytest.mark.parametrize(
    "name", ["14:03:27.mp4", "http:hof.mp4", "100% [M][0@0] «ö».mp4", "-i.mp4", "pipe:0.mp4"]
)
def test_any_name_is_only_a_name(tmp_path: Path, record: Record, name: str) -> None:
    path = record(tmp_path / "a.mp4", count=2).rename(tmp_path / name)
    assert probe(path).path == path
    assert len(list(FootageReader(path).frames())) == 2


def test_the_error_keeps_the_cause(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"nonsense" * 100)
    with pytest.raises(NotVideoError) as caught:
        probe(path)
    assert isinstance(caught.value.__cause__, av.error.FFmpegError)
    assert caught.value.exit_code == 3


def test_content_hash_is_of_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    data = os.urandom(1 << 20) + b"end"
    path.write_bytes(data)
    assert content_hash(path) == hashlib.sha256(data).hexdigest()

"""Writing: plays in browsers, colours come back, whole or not at all."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from apercu.errors import OutputError, UsageError
from apercu.footage import Codec, FootageReader, Planes, VideoWriter, check_writable
from apercu.footage import writer as writer_module
from apercu.footage.writer import CODECS

RATE = Fraction(25)


def colours(width: int, height: int) -> np.ndarray:
    picture = np.empty((height, width, 3), np.uint8)
    for i, colour in enumerate([(200, 60, 40), (40, 180, 60), (30, 40, 200), (128, 128, 128)]):
        picture[:, i * width // 4 : (i + 1) * width // 4] = colour
    return picture


@pytest.mark.parametrize("size", [(320, 240), (321, 241), (1280, 720), (17, 16)], ids=str)
def test_what_is_written_is_read_back(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "out.mp4"
    picture = colours(*size)
    with VideoWriter(path, *size, RATE, crf=12, preset="ultrafast", metadata={"title": "Aperçu"}) as writer:
        for _ in range(5):
            writer.write(picture)
        assert not path.exists()
    assert [p.name for p in tmp_path.iterdir()] == ["out.mp4"]
    assert writer.frames_written == 5
    with FootageReader(path) as reader:
        frames = list(reader.frames())
        assert (reader.info.codec, reader.info.pixel_format) == ("h264", "yuv420p")
        assert reader.info.average_rate == 25
        assert (reader.info.width, reader.info.height) == (size[0] + size[0] % 2, size[1] + size[1] % 2)
    assert [frame.timecode.seconds for frame in frames] == [i / RATE for i in range(5)]
    back = frames[0].bgr()[: size[1], : size[0]].astype(int)
    if size[0] > 100:
        centres = [(2 * i + 1) * size[0] // 8 for i in range(4)]
        assert np.abs(back[size[1] // 2, centres] - picture[size[1] // 2, centres]).max() <= 4


@pytest.mark.parametrize("height", [16, 18, 90, 180, 181])
@pytest.mark.parametrize("codec", ["h264", "vp9"])
def test_all_rows_are_written_and_nothing_that_is_drawn_later(
    tmp_path: Path, height: int, codec: Codec
) -> None:
    picture = Planes.from_bgr(np.full((height, 64, 3), 200, np.uint8))
    with VideoWriter(tmp_path / "out.mp4", 64, height, RATE, codec=codec, crf=10) as writer:
        for _ in range(12):
            drawn = picture.copy()
            writer.write(drawn)
            drawn.data[:] = 0
    with FootageReader(tmp_path / "out.mp4") as reader:
        frames = [frame.bgr() for frame in reader.frames()]
    assert len(frames) == 12 and frames[0].shape == (height + height % 2, 64, 3)
    assert all(np.abs(frame.astype(int) - 200).max() <= 8 for frame in frames)


def test_a_second_file_can_be_read_while_it_grows(tmp_path: Path) -> None:
    plain, path, growing = tmp_path / "plain.mp4", tmp_path / "out.mp4", tmp_path / "growing.mp4"
    with VideoWriter(plain, 320, 240, RATE) as writer:
        for _ in range(100):
            writer.write(colours(320, 240))
    with VideoWriter(path, 320, 240, RATE, growing=growing) as writer:
        for _ in range(100):
            writer.write(colours(320, 240))
        with FootageReader(growing) as reader:
            so_far = [frame.timecode.seconds for frame in reader.frames()]
        rest = growing.open("rb")
    with rest:
        data = rest.read()  # who has opened it can read it to the end
    assert so_far[:50] == [i / RATE for i in range(50)]
    assert data.count(b"moof") >= 4 and not growing.exists()
    assert path.read_bytes() == plain.read_bytes()  # as if there had been no second one


def test_what_grows_goes_with_what_is_given_up(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError),
        VideoWriter(tmp_path / "o.mp4", 320, 240, RATE, growing=tmp_path / "g.mp4") as writer,
    ):
        for _ in range(100):
            writer.write(colours(320, 240))
        raise RuntimeError
    assert not list(tmp_path.iterdir())


def test_it_plays_in_browsers(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with VideoWriter(path, 320, 240, RATE, metadata={"title": "A day", "comment": "synopsis"}) as writer:
        writer.write(colours(320, 240))
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")  # plays before it is loaded
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_range, context.color_primaries) == (6, 1, 6)
        assert container.metadata["title"] == "A day"
        assert container.metadata["comment"] == "synopsis"


@pytest.mark.parametrize(
    "rate",
    [
        Fraction(30000, 1001),
        Fraction(7),
        Fraction(1, 2),
        Fraction(120),
        Fraction(25, 2),
        Fraction(113125, 4711),
    ],
)
def test_rates_are_exact(tmp_path: Path, rate: Fraction) -> None:
    path = tmp_path / "out.mp4"
    with VideoWriter(path, 64, 64, rate, preset="ultrafast") as writer:
        for i in range(10):
            writer.write(np.full((64, 64, 3), 20 * i, np.uint8))
    with FootageReader(path) as reader:
        times = [frame.timecode.seconds for frame in reader.frames()]
        assert times == [i / rate for i in range(10)]


def test_an_exception_leaves_nothing_and_spares_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), VideoWriter(path, 64, 64, RATE) as writer:
        writer.write(np.zeros((64, 64, 3), np.uint8))
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_an_old_file_is_replaced_by_a_finished_one(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    path.write_bytes(b"old")
    with VideoWriter(path, 64, 64, RATE) as writer:
        writer.write(np.zeros((64, 64, 3), np.uint8))
    writer.close()
    writer.discard()
    assert len(list(FootageReader(path).frames())) == 1


@pytest.mark.parametrize(
    "picture",
    [np.zeros((64, 65, 3), np.uint8), np.zeros((64, 64), np.uint8), np.zeros((64, 64, 3), np.float32)],
)
def test_a_picture_that_does_not_fit_is_refused(tmp_path: Path, picture: np.ndarray) -> None:
    with (
        pytest.raises(UsageError, match="does not fit"),
        VideoWriter(tmp_path / "a.mp4", 64, 64, RATE) as writer,
    ):
        writer.write(picture)
    assert list(tmp_path.iterdir()) == []


def test_settings_that_cannot_be(tmp_path: Path) -> None:
    for size, rate in [((0, 64), RATE), ((64, -1), RATE), ((64, 64), Fraction(0))]:
        with pytest.raises(UsageError, match="cannot be made"):
            VideoWriter(tmp_path / "a.mp4", *size, rate)
    with pytest.raises(UsageError, match="hurry"):
        VideoWriter(tmp_path / "a.mp4", 64, 64, RATE, preset="hurry")
    assert list(tmp_path.iterdir()) == []


@contextmanager
def refused(path: Path, reason: str) -> Iterator[None]:
    with pytest.raises(OutputError, match=reason) as caught:
        yield
    assert str(caught.value).startswith(f"{path}: ")
    assert caught.value.next_step
    assert "\n" not in str(caught.value)


def both(path: Path, reason: str) -> None:
    with refused(path, reason):
        check_writable(path)
    with refused(path, reason):
        VideoWriter(path, 64, 64, RATE)


def test_places_where_nothing_can_be_written(tmp_path: Path) -> None:
    both(tmp_path / "missing" / "a.mp4", "the folder does not exist")
    both(tmp_path, "is a folder")
    file = tmp_path / "file"
    file.touch()
    both(file / "a.mp4", "the folder does not exist")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    both(tmp_path / "a.mp4", "no permission")


def test_a_writable_place_is_left_as_it_was(tmp_path: Path) -> None:
    check_writable(tmp_path / "a.mp4")
    check_writable(str(tmp_path / "14:03.mp4"))
    assert list(tmp_path.iterdir()) == []


def test_colons_in_names(tmp_path: Path) -> None:
    path = tmp_path / "http:14:03.mp4"
    with VideoWriter(path, 64, 64, RATE) as writer:
        writer.write(np.zeros((64, 64, 3), np.uint8))
    assert path.exists()


FULL = """
import resource, sys
from fractions import Fraction
import numpy as np
from apercu.errors import OutputError
from apercu.footage import VideoWriter

limit, path = int(sys.argv[1]), sys.argv[2]
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
noise = np.random.default_rng(0).integers(0, 256, (256, 256, 3)).astype(np.uint8)
try:
    with VideoWriter(path, 256, 256, Fraction(25), preset="ultrafast", crf=5) as writer:
        for i in range(int(sys.argv[3])):
            writer.write(np.roll(noise, i, 0))
except OutputError as error:
    print(error)
"""


@pytest.mark.parametrize(("limit", "frames"), [(200_000, 30), (20_000, 1), (1_000, 1)])
def test_no_room_ends_in_one_line_and_nothing_left(tmp_path: Path, limit: int, frames: int) -> None:
    path = tmp_path / "full.mp4"
    command = [sys.executable, "-c", FULL, str(limit), str(path), str(frames)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith(f"{path}: cannot be written: the file grew larger than allowed")
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(self: Path, *args: object, **kwargs: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "open", full)
    both(tmp_path / "a.mp4", "the disk is full")


@pytest.mark.parametrize(("codec", "name"), [("h264", "h264"), ("av1", "av1"), ("vp9", "vp9")])
def test_other_codecs_are_read_back(tmp_path: Path, codec: Codec, name: str) -> None:
    path = tmp_path / "out.mp4"
    picture = colours(320, 240)
    with VideoWriter(path, 320, 240, RATE, codec=codec) as writer:
        for _ in range(8):
            writer.write(Planes.from_bgr(picture))
    with FootageReader(path) as reader:
        frames = list(reader.frames())
        assert name in reader.info.codec or reader.info.codec == "libdav1d"
    assert [frame.timecode.seconds for frame in frames] == [i / RATE for i in range(8)]
    centres = [(2 * i + 1) * 40 for i in range(4)]
    assert np.abs(frames[4].bgr().astype(int)[120, centres] - picture[120, centres]).max() <= 8


@pytest.mark.skipif(not hasattr(os, "sched_getscheduler"), reason="the system has no such priorities")
@pytest.mark.parametrize("codec", CODECS)
def test_no_encoder_takes_the_machine_for_itself(tmp_path: Path, codec: Codec) -> None:
    """SVT-AV1 does, where root runs it."""
    policies: set[int] = set()
    with VideoWriter(tmp_path / "out.mp4", 320, 240, RATE, codec=codec) as writer:
        for _ in range(8):
            writer.write(colours(320, 240))
            for each in Path("/proc/self/task").iterdir():
                with suppress(ProcessLookupError):  # it has just ended
                    policies.add(os.sched_getscheduler(int(each.name)))
    assert policies == {os.sched_getscheduler(0)} == {os.SCHED_OTHER}


def test_a_codec_that_is_none_or_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="no codec 'mpeg1'"):
        VideoWriter(tmp_path / "a.mp4", 64, 64, RATE, codec="mpeg1")  # type: ignore[arg-type]
    known = writer_module._ENCODERS
    monkeypatch.setitem(known, "av1", replace(known["av1"], name="nothing-like-it"))
    with pytest.raises(OutputError, match="no AV1 encoder"):
        VideoWriter(tmp_path / "a.mp4", 64, 64, RATE, codec="av1")
    assert list(tmp_path.iterdir()) == []


def test_planes_of_another_size_are_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match="does not fit"),
        VideoWriter(tmp_path / "a.mp4", 64, 64, RATE) as writer,
    ):
        writer.write(Planes(32, 64))


def test_the_same_pictures_make_the_same_file(tmp_path: Path) -> None:
    width = 390  # at which x264's B-frames differed
    generator = np.random.default_rng(1)
    ground = np.kron(generator.integers(0, 256, (30, width // 8 + 1, 3)), np.ones((8, 8, 1), int))[:, :width]
    pictures = []
    for i in range(24):
        picture = np.clip(ground + generator.integers(-3, 4, ground.shape), 0, 255).astype(np.uint8)
        picture[80:120, 3 * i : 3 * i + 30] = generator.integers(0, 256, 3)
        pictures.append(Planes.from_bgr(picture))
    files = set()
    for i in range(10):
        with VideoWriter(tmp_path / f"{i}.mp4", width, 240, RATE) as writer:
            for planes in pictures:
                writer.write(planes)
        files.add(writer.path.read_bytes())
    assert len(files) == 1

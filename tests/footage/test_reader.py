"""Reading: every codec in every container that may hold it, and what recorders get wrong."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from apercu.errors import FootageError, NotVideoError
from apercu.footage import FootageReader, Frame
from apercu.timecode import Timecode

Record = Callable[..., Path]
Number = Callable[[Frame], int]

ILLEGAL = {("hevc", "avi"), ("mjpeg", "ts"), ("vp9", "ts")}
PAIRS = [
    (codec, container)
    for codec in ("h264", "hevc", "mpeg4", "mjpeg", "vp9")
    for container in ("mp4", "mkv", "avi", "ts")
    if (codec, container) not in ILLEGAL
]


def seen(
    reader: FootageReader, number: Number, *args: Timecode | None, **kwargs: str
) -> list[tuple[int, Fraction]]:
    """Read numbers and times of frames."""
    return [(number(frame), frame.timecode.seconds) for frame in reader.frames(*args, **kwargs)]  # type: ignore[arg-type]


@pytest.fixture(scope="module", params=PAIRS, ids="-".join)
def recording(
    request: pytest.FixtureRequest, record: Record, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, str, Path]:
    codec, container = request.param
    path = tmp_path_factory.mktemp("clips") / f"clip.{container}"
    return codec, container, record(path, codec=codec, sound=container in ("mp4", "mkv"))


def test_every_frame_comes_once_in_order_at_its_time(
    recording: tuple[str, str, Path], number: Number
) -> None:
    codec, container, path = recording
    with FootageReader(path) as reader:
        frames = seen(reader, number)
        assert reader.info.codec == codec
        assert reader.info.container == {"mkv": "matroska", "ts": "mpegts"}.get(container, container)
        assert reader.info.has_audio is (container in ("mp4", "mkv"))
        assert reader.info.rate == 25
        tick = reader.info.time_base
        assert [n for n, _ in frames] == list(range(40))
        assert [at for _, at in frames] == [round(Fraction(i, 25) / tick) * tick for i in range(40)]
        assert reader.damage == []
        # AVI numbers packets and has no presentation times: pictures out of order are placed by the rate.
        assert reader.repaired == (40 if (codec, container) == ("h264", "avi") else 0)


@pytest.mark.parametrize(("begin", "end"), [(0, 5), (1, 3), (9, 12), (10, 11), (17, 33), (39, 99)])
def test_a_piece_is_the_same_as_in_the_whole(
    recording: tuple[str, str, Path], number: Number, begin: int, end: int
) -> None:
    with FootageReader(recording[2]) as reader:
        whole = seen(reader, number)
        tick = reader.info.time_base
        piece = seen(
            reader,
            number,
            Timecode.from_seconds(Fraction(begin, 25), tick),
            Timecode.from_seconds(Fraction(end, 25), tick),
        )
    assert piece == whole[begin:end]


def test_a_moment_between_two_frames_begins_at_the_next(
    recording: tuple[str, str, Path], number: Number
) -> None:
    with FootageReader(recording[2]) as reader:
        between = Timecode(round(Fraction("0.50") * 100_000), Fraction(1, 100_000))
        assert seen(reader, number, between)[0][0] == 13
        assert seen(reader, number, Timecode(-3, Fraction(1)))[0][0] == 0
        assert seen(reader, number, Timecode(99, Fraction(1))) == []


def test_skipping_gives_a_part_of_the_frames_at_their_true_times(
    recording: tuple[str, str, Path], number: Number
) -> None:
    codec, container, path = recording
    with FootageReader(path) as reader:
        whole = seen(reader, number)
        keys = seen(reader, number, skip="nonkey")
        referred = seen(reader, number, skip="nonref")
    assert set(keys) <= set(referred) <= set(whole)
    assert len(keys) == (40 if codec == "mjpeg" or (codec, container) == ("h264", "avi") else 4)


def test_variable_frame_rate_is_exact(tmp_path: Path, record: Record, number: Number) -> None:
    rng = np.random.default_rng(5)
    times = [0, *np.cumsum(rng.integers(1, 3000, 39)).tolist()]
    for name in ("a.mp4", "a.mkv"):
        path = record(tmp_path / name, times=times, time_base=Fraction(1, 1000), options={"bf": "2"})
        with FootageReader(path) as reader:
            frames = seen(reader, number)
            assert frames == [(i, Fraction(t, 1000)) for i, t in enumerate(times)]
            assert reader.repaired == 0
            begin = Timecode(times[23], Fraction(1, 1000))
            assert seen(reader, number, begin) == frames[23:]


def test_missing_timestamps_are_made_from_the_rate(tmp_path: Path, record: Record, number: Number) -> None:
    path = record(tmp_path / "raw.h264", options={"bf": "0"})
    with FootageReader(path) as reader:
        frames = seen(reader, number)
        assert [n for n, _ in frames] == list(range(40))
        assert [at for _, at in frames] == [Fraction(i, 25) for i in range(40)]
        begin = Timecode.from_seconds(Fraction(23, 25), reader.info.time_base)
        assert seen(reader, number, begin) == frames[23:]


@pytest.mark.parametrize("codec", ["h264", "mpeg4"])
def test_a_clock_that_starts_again_goes_on_counting(
    tmp_path: Path, record: Record, number: Number, codec: str
) -> None:
    one = record(tmp_path / "one.ts", codec=codec, count=30)
    two = tmp_path / "two.ts"
    two.write_bytes(one.read_bytes() * 2)
    with FootageReader(two) as reader:
        frames = seen(reader, number)
        assert [n for n, _ in frames] == [*range(30), *range(30)]
        assert [at for _, at in frames] == [Fraction(i, 25) for i in range(60)]
        assert reader.repaired >= 1
        begin = Timecode.from_seconds(Fraction(40, 25), reader.info.time_base)
        assert seen(reader, number, begin) == frames[40:]
        assert set(seen(reader, number, skip="nonkey")) <= set(frames)


def test_a_clock_that_leaps_ahead_is_brought_back(tmp_path: Path, record: Record, number: Number) -> None:
    times = [i * 40 + (13 * 3_600_000 if i >= 20 else 0) for i in range(40)]
    path = record(tmp_path / "leap.mkv", codec="mpeg4", times=times, time_base=Fraction(1, 1000))
    with FootageReader(path) as reader:
        frames = seen(reader, number)
        assert [at for _, at in frames] == [Fraction(i, 25) for i in range(40)]
        assert reader.repaired == 1
        assert seen(reader, number, frame_time(30)) == frames[30:]


def frame_time(index: int) -> Timecode:
    return Timecode(index, Fraction(1, 25))


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_rotated_recordings_stand_upright(tmp_path: Path, record: Record, rotation: int) -> None:
    def corner(_: int, width: int, height: int) -> np.ndarray:
        picture = np.zeros((height, width, 3), np.uint8)
        picture[: height // 2, : width // 2] = 255  # top left, before rotation
        return picture

    path = record(tmp_path / "r.mp4", count=3, rotation=-rotation, picture=corner)
    with FootageReader(path) as reader:
        frame = next(iter(reader.frames()))
        assert reader.info.rotation == rotation
        size = (160, 96) if rotation == 180 else (96, 160)
        assert (reader.info.width, reader.info.height) == (frame.width, frame.height) == size
        luma, bgr = frame.luma(), frame.bgr()
    assert luma.shape == bgr.shape[:2] == size[::-1]
    rows, columns = np.nonzero(luma > 128)
    height, width = luma.shape
    right, bottom = {90: (True, False), 180: (True, True), 270: (False, True)}[rotation]
    assert (columns.mean() > width / 2, rows.mean() > height / 2) == (right, bottom)
    np.testing.assert_array_equal(bgr[..., 1] > 128, luma > 128)


@pytest.mark.parametrize("codec", ["mpeg4", "mjpeg", "vp9"])
def test_odd_sizes(tmp_path: Path, record: Record, number: Number, codec: str) -> None:
    with FootageReader(record(tmp_path / "odd.mkv", codec=codec, size=(321, 241), count=5)) as reader:
        frames = list(reader.frames())
    assert [number(frame) for frame in frames] == list(range(5))
    assert frames[0].luma().shape == (241, 321)
    assert frames[0].bgr().shape == (241, 321, 3)


@pytest.mark.parametrize(
    ("codec", "name"), [("h264", "yuv420p10le"), ("hevc", "yuv420p10le"), ("h264", "yuv444p")]
)
def test_other_pixel_formats(tmp_path: Path, record: Record, number: Number, codec: str, name: str) -> None:
    with FootageReader(record(tmp_path / "deep.mkv", codec=codec, pixel_format=name, count=12)) as reader:
        assert reader.info.pixel_format == name
        frames = list(reader.frames())
    assert [number(frame) for frame in frames] == list(range(12))
    assert all(frame.luma().dtype == np.uint8 for frame in frames)
    assert abs(int(frames[0].bgr()[80, 80, 1]) - 120) < 8


def test_a_size_that_changes_midway_shows_in_the_frames(
    tmp_path: Path, record: Record, number: Number
) -> None:
    parts = [
        record(tmp_path / f"{w}.ts", size=(w, w // 2), count=20, options={"bf": "0"}) for w in (160, 320)
    ]
    path = tmp_path / "both.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    with FootageReader(path) as reader:
        sizes = [(frame.width, frame.height) for frame in reader.frames()]
        assert (reader.info.width, reader.info.height) == (160, 80)
    assert sizes == [(160, 80)] * 20 + [(320, 160)] * 20


@pytest.mark.parametrize("container", ["mp4", "mkv", "avi", "ts"])
def test_a_recording_cut_short_gives_what_it_has_and_says_so(
    tmp_path: Path, record: Record, number: Number, container: str
) -> None:
    flags = "+faststart" if container == "mp4" else ""
    path = record(tmp_path / f"cut.{container}", codec="mpeg4", count=60, movflags=flags, options={"g": "1"})
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 7 // 10 // 188 * 188 - 70])
    with FootageReader(path) as reader:
        frames = seen(reader, number)
        assert any("cut off" in line for line in reader.damage), reader.damage
    assert 25 <= len(frames) < 60
    intact = frames[:-2]
    assert intact == [(i, Fraction(i, 25)) for i in range(len(intact))]


@pytest.mark.parametrize("codec", ["h264", "mpeg4", "mjpeg"])
def test_damage_in_the_middle_is_noted_and_reading_goes_on(
    tmp_path: Path, record: Record, number: Number, codec: str
) -> None:
    path = record(tmp_path / "bad.mp4", codec=codec, count=60)
    with av.open(str(path)) as container:
        places = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    data = bytearray(path.read_bytes())
    for pos, size in places[20:25]:
        data[pos : pos + size] = b"\xff" * size
    path.write_bytes(data)
    with FootageReader(path) as reader:
        frames = seen(reader, number)
        assert reader.damage
        assert all(line.startswith("00:00:0") for line in reader.damage)
    assert frames[:15] == [(i, Fraction(i, 25)) for i in range(15)]
    assert frames[-25:] == [(i, Fraction(i, 25)) for i in range(35, 60)]


def test_damage_stays_short_however_much_there_is(tmp_path: Path, record: Record) -> None:
    path = record(tmp_path / "bad.mp4", codec="mjpeg", count=60)
    with av.open(str(path)) as container:
        places = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    data = bytearray(path.read_bytes())
    for pos, size in places[1:]:
        data[pos : pos + size] = b"\x00" * size
    path.write_bytes(data)
    with FootageReader(path) as reader:
        assert len(list(reader.frames())) < 60
        assert 1 <= len(reader.damage) <= 3
        list(reader.frames(end=frame_time(0)))
        assert reader.damage == []


def test_a_stream_without_any_picture_is_no_video(tmp_path: Path, record: Record) -> None:
    path = record(tmp_path / "blank.mp4", codec="mjpeg", count=5)
    with av.open(str(path)) as container:
        places = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    data = bytearray(path.read_bytes())
    for pos, size in places:
        data[pos : pos + size] = b"\x00" * size
    path.write_bytes(data)
    with pytest.raises(NotVideoError, match="no picture can be decoded"):
        FootageReader(path)


def test_closing_the_reader_ends_its_readings(tmp_path: Path, record: Record) -> None:
    with FootageReader(record(tmp_path / "a.mp4")) as reader:
        frames = reader.frames()
        next(frames)
    assert list(frames) == []


def test_two_readings_at_once_do_not_disturb_each_other(
    tmp_path: Path, record: Record, number: Number
) -> None:
    with FootageReader(record(tmp_path / "a.mp4")) as reader:
        pairs = [
            (number(a), number(b))
            for a, b in zip(reader.frames(), reader.frames(frame_time(20)), strict=False)
        ]
    assert pairs == [(i, i + 20) for i in range(20)]


def test_nothing_is_printed(tmp_path: Path, record: Record, capfd: pytest.CaptureFixture[str]) -> None:
    path = record(tmp_path / "a.mp4")
    data = bytearray(path.read_bytes())
    data[400:900] = b"\xff" * 500
    path.write_bytes(data)
    capfd.readouterr()
    try:
        with FootageReader(path) as reader:
            list(reader.frames())
    except FootageError:
        pass
    assert capfd.readouterr() == ("", "")


def test_real_footage_is_read_whole_and_in_pieces(footage: Callable[[str], Path]) -> None:
    for name, count in [
        ("freeway/freeway.avi", 500),
        ("overhead/overhead.avi", 374),
        ("street/street.mp4", 905),
    ]:
        with FootageReader(footage(name)) as reader:
            whole = [(f.timecode.pts, int(f.luma()[::16, ::16].sum())) for f in reader.frames()]
            assert len(whole) == count
            begin = Timecode(whole[count // 2][0], reader.info.time_base)
            piece = [(f.timecode.pts, int(f.luma()[::16, ::16].sum())) for f in reader.frames(begin)]
            assert piece == whole[count // 2 :]
            assert not reader.damage
            assert not reader.repaired

"""Pixels that are not square: what is a circle to who watches is one to whoever measures."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import ColorRange
from hypothesis import given
from hypothesis import strategies as st

from apercu.footage import FootageReader, Frame
from apercu.footage.aspect import SQUARE, stretched
from apercu.footage.live import LiveReader
from apercu.footage.source import Source
from apercu.timecode import Timecode

Record = Callable[..., Path]
ASPECTS = [Fraction(12, 11), Fraction(6, 11), Fraction(4, 3), Fraction(1, 2)]


def ball(_: int, width: int, height: int, aspect: Fraction) -> np.ndarray:
    """Return a picture of a white ball before something violet, as a recorder stores it."""
    wide, high = stretched(width, height, aspect)
    picture = np.full((high, wide, 3), (150, 50, 100), np.uint8)
    cv2.circle(picture, (wide // 3, high // 2), min(wide, high) // 4, (255, 255, 255), -1)
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def round_ball(frame: Frame) -> float:
    """Return width / height of the ball that a frame shows."""
    white = frame.luma() > 150
    rows, columns = np.nonzero(white.any(1))[0], np.nonzero(white.any(0))[0]
    return float(len(columns) / len(rows))


@pytest.mark.parametrize("aspect", ASPECTS)
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_a_ball_is_round(tmp_path: Path, record: Record, aspect: Fraction, suffix: str) -> None:
    path = record(
        tmp_path / f"ball.{suffix}",
        size=(176, 144),
        aspect=aspect,
        picture=lambda i, w, h: ball(i, w, h, aspect),
    )
    with FootageReader(path) as reader:
        assert reader.info.pixel_aspect == aspect
        size = reader.info.width, reader.info.height
        assert size == stretched(176, 144, aspect) and size[0] / size[1] == pytest.approx(
            176 / 144 * aspect, rel=0.01
        )
        frames = list(reader.frames())
        groups = reader.groups()
        assert groups is not None
    assert len(frames) == 40
    for frame in frames[:3]:
        assert (frame.width, frame.height) == size
        assert frame.luma().shape == size[::-1]
        assert frame.planes().width == size[0]
        assert round_ball(frame) == pytest.approx(1, abs=0.05)


def test_a_turned_one_is_stretched_before_it_is_turned(tmp_path: Path, record: Record) -> None:
    aspect = Fraction(1, 2)
    path = record(
        tmp_path / "ball.mp4",
        size=(176, 96),
        rotation=-90,
        aspect=aspect,
        picture=lambda i, w, h: ball(i, w, h, aspect),
    )
    with FootageReader(path) as reader:
        assert (reader.info.width, reader.info.height) == (192, 176)
        frame = next(reader.frames())
        assert frame.bgr().shape == (176, 192, 3)
        assert round_ball(frame) == pytest.approx(1, abs=0.05)
        y, x = (int(i.mean()) for i in np.nonzero(frame.luma() > 150))
        assert abs(x - 96) < 4 and abs(y - 176 // 3) < 4


def test_what_cannot_be_believed_is_square(tmp_path: Path, record: Record) -> None:
    for aspect in (Fraction(1), Fraction(200, 199), Fraction(9, 1), Fraction(1, 8)):
        with FootageReader(record(tmp_path / "told.mp4", aspect=aspect, count=2)) as reader:
            assert (reader.info.pixel_aspect, reader.info.width, reader.info.height) == (SQUARE, 160, 96)


def test_a_camera_of_other_pixels(tmp_path: Path, record: Record) -> None:
    aspect = Fraction(6, 11)
    path = record(
        tmp_path / "ball.mp4", size=(176, 72), aspect=aspect, picture=lambda i, w, h: ball(i, w, h, aspect)
    )
    with LiveReader(Source(str(path))) as reader:
        assert (reader.info.width, reader.info.height) == (176, 132)
        frame = next(iter(reader.frames()))
        assert round_ball(frame) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("matrix", [1, 6, 9])
@pytest.mark.parametrize("full", [False, True])
def test_colours_stay(matrix: int, full: bool) -> None:
    coded = av.VideoFrame.from_ndarray(ball(0, 160, 96, SQUARE), format="bgr24").reformat(format="yuv420p")
    coded.colorspace, coded.color_range = matrix, ColorRange.JPEG if full else ColorRange.MPEG
    timecode = Timecode(0, Fraction(1, 25))
    plain, wide = Frame(coded, timecode), Frame(coded, timecode, 0, Fraction(2))
    for one, other in zip((0, 20), (30, 60), strict=True):
        np.testing.assert_allclose(
            plain.bgr((one, 0, one + 10, 10)).mean((0, 1)),
            wide.bgr((other, 0, other + 20, 10)).mean((0, 1)),
            atol=1,
        )


def test_a_palette() -> None:
    pixels = np.zeros((96, 160), np.uint8)
    pixels[:, 80:] = 1
    palette = np.zeros((256, 4), np.uint8)
    palette[1] = 255
    coded = av.VideoFrame.from_ndarray((pixels, palette), format="pal8")
    frame = Frame(coded, Timecode(0, Fraction(1, 25)), 0, Fraction(2))
    assert frame.luma().shape == (96, 320) and frame.bgr().shape == (96, 320, 3)
    assert frame.bgr()[:, :150].max() < 9 and frame.bgr()[:, 170:].min() > 246


def look(frame: Frame, together: threading.Barrier) -> tuple[int, ...]:
    together.wait()
    return frame.luma().shape


def test_several_threads_look_at_one_picture() -> None:
    coded = av.VideoFrame.from_ndarray(ball(0, 640, 360, SQUARE), format="bgr24").reformat(format="yuv420p")
    for _ in range(20):
        frame = Frame(coded, Timecode(0, Fraction(1, 25)), 0, Fraction(4, 3))
        with ThreadPoolExecutor(4) as threads:
            looks = threads.map(look, [frame] * 4, [threading.Barrier(4)] * 4)
        assert list(looks) == [(360, 854)] * 4


@given(st.integers(16, 4000), st.integers(16, 4000), st.fractions(Fraction(1, 4), 4, max_denominator=64))
def test_nothing_is_given_up(width: int, height: int, aspect: Fraction) -> None:
    wide, high = stretched(width, height, aspect)
    assert (wide == width or high == height) and wide + 1 >= width and high + 1 >= height
    assert abs(wide * height - high * width * aspect) <= height + width * aspect

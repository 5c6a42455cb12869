"""Pixels: the luma plane as coded, colours that agree whichever way they are converted."""

from __future__ import annotations

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import ColorRange
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from apercu.errors import UsageError
from apercu.footage import Frame
from apercu.timecode import Timecode

PLANAR = ["yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "nv21"]
PLANAR += ["yuv440p", "yuvj440p", "yuv411p", "yuv410p"]
OTHERS = [
    "yuv420p10le",
    "yuv422p10le",
    "bgr24",
    "rgb24",
    "rgba",
    "gray",
    "gray10le",
    "pal8",
    "yuyv422",
    "gbrp",
]


def scene(width: int, height: int) -> NDArray[np.uint8]:
    """Draw soft colours, uint8 (H, W, 3); hard edges would rightly differ with how chroma is sited."""
    y, x = np.mgrid[:height, :width]
    blue = 128 + 100 * np.sin(x / 37)
    green = 128 + 100 * np.cos(y / 29)
    red = 255 * (x + y) / (width + height)
    return np.stack([blue, green, red], axis=-1).astype(np.uint8)


def frame(name: str, width: int = 320, height: int = 240, rotation: int = 0) -> Frame:
    picture = av.VideoFrame.from_ndarray(scene(width, height), format="bgr24")
    if name == "pal8":
        palette = np.stack([np.full(256, 255), *[np.arange(256)] * 3], axis=1).astype(np.uint8)
        picture = av.VideoFrame.from_ndarray(
            (scene(width, height)[..., 1], palette.astype(np.uint8)),  # type: ignore[arg-type]
            format="pal8",
        )
    elif name != "bgr24":
        full = ColorRange.JPEG if name.startswith("yuvj") else ColorRange.MPEG
        picture = picture.reformat(format=name, dst_color_range=full)
    return Frame(picture, Timecode(0, Fraction(1, 25)), rotation)


@pytest.mark.parametrize("name", PLANAR)
@pytest.mark.parametrize("size", [(320, 240), (321, 241)], ids=str)
def test_luma_is_the_plane_itself(name: str, size: tuple[int, int]) -> None:
    one = frame(name, *size)
    luma = one.luma()
    assert luma.shape == size[::-1]
    assert luma.dtype == np.uint8
    assert not luma.flags.owndata
    assert np.shares_memory(luma, one.luma())
    with pytest.raises(ValueError, match="read-only"):
        luma[0, 0] = 1
    grey = cv2.cvtColor(scene(*size), cv2.COLOR_BGR2GRAY).astype(float)
    expected = grey if name.startswith("yuvj") else 16 + grey * 219 / 255
    assert np.abs(luma - expected).mean() < 3


@pytest.mark.parametrize("name", OTHERS)
def test_luma_of_other_formats_is_converted(name: str) -> None:
    luma = frame(name).luma()
    assert luma.shape == (240, 320)
    assert luma.dtype == np.uint8
    grey = scene(320, 240)[..., 1] if name == "pal8" else cv2.cvtColor(scene(320, 240), cv2.COLOR_BGR2GRAY)
    assert np.corrcoef(luma.ravel(), grey.ravel())[0, 1] > 0.995


@pytest.mark.parametrize("name", [*PLANAR, *OTHERS])
def test_colours_come_back(name: str) -> None:
    one = frame(name)
    bgr = one.bgr()
    assert bgr.shape == (240, 320, 3)
    assert bgr.dtype == np.uint8
    bgr[:] = 0  # the caller's own
    assert one.bgr().any()
    if "gray" not in name and name != "pal8":
        assert np.abs(one.bgr().astype(int) - scene(320, 240)).mean() < 4


@pytest.mark.parametrize("name", [*PLANAR, *OTHERS])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_region_is_the_crop_of_the_whole(name: str, rotation: int) -> None:
    one = frame(name, 321, 241, rotation)
    whole = one.bgr().astype(int)
    for x1, y1, x2, y2 in [
        (0, 0, 20, 10),
        (33, 51, 120, 98),
        (1, 1, 2, 2),
        (150, 201, 400, 400),
        (3, 2, 230, 230),
    ]:
        part = one.bgr((x1, y1, x2, y2))
        crop = whole[y1:y2, x1:x2]
        assert part.shape == crop.shape
        assert part.flags.c_contiguous
        difference = np.abs(part - crop)
        assert difference.mean() < 4
        assert difference.max() < 12


@given(st.data())
def test_any_region_fits(data: st.DataObject) -> None:
    one = frame("yuv420p", 97, 63)
    x1, x2 = sorted(data.draw(st.lists(st.integers(-20, 120), min_size=2, max_size=2, unique=True)))
    y1, y2 = sorted(data.draw(st.lists(st.integers(-20, 90), min_size=2, max_size=2, unique=True)))
    crop = one.bgr()[max(y1, 0) : max(y2, 0), max(x1, 0) : max(x2, 0)]
    if crop.size:
        assert one.bgr((x1, y1, x2, y2)).shape == crop.shape
    else:
        with pytest.raises(UsageError, match="nothing of a picture"):
            one.bgr((x1, y1, x2, y2))


@pytest.mark.parametrize("name", ["yuv420p", "nv12", "yuv420p10le", "bgr24"])
@pytest.mark.parametrize("rotation", [0, 90])
def test_scaling_is_an_average(name: str, rotation: int) -> None:
    one = frame(name, rotation=rotation)
    for region in (None, (10, 20, 110, 100)):
        small = one.bgr(region, (50, 40))
        assert small.shape == (40, 50, 3)
        expected = cv2.resize(one.bgr(region), (50, 40), interpolation=cv2.INTER_AREA)
        assert np.abs(small.astype(int) - expected).mean() < 3
    with pytest.raises(UsageError):
        one.bgr(size=(0, 10))


@pytest.mark.parametrize("matrix", [1, 5, 6, 7, 9])
@pytest.mark.parametrize("full", [False, True])
def test_stated_colours_are_obeyed_both_ways(matrix: int, full: bool) -> None:
    picture = frame("yuv444p")._picture
    picture.colorspace, picture.color_range = matrix, 2 if full else 1
    one = Frame(picture, Timecode(0, Fraction(1, 25)))
    part = one.bgr((40, 40, 140, 100)).astype(int)
    assert np.abs(part - one.bgr()[40:100, 40:140]).max() <= 3


@pytest.mark.parametrize("rotation", [0, 90])
@pytest.mark.parametrize("name", ["yuv420p", "yuvj420p", "nv12", "bgr24"])
@pytest.mark.parametrize("size", [(320, 240), (321, 241)], ids=str)
def test_planes_show_the_same(name: str, rotation: int, size: tuple[int, int]) -> None:
    shown = frame(name, *size, rotation)
    assert np.abs(shown.planes().bgr().astype(int) - shown.bgr()).mean() < 2


def test_planes_of_the_same_kind_are_those_decoded() -> None:
    shown = frame("yuv420p")
    assert np.array_equal(shown.planes().y, shown.luma())


def test_large_pictures_are_bt709_when_nothing_is_stated() -> None:
    yuv = np.zeros((3, 720, 1280), np.uint8)
    yuv[0], yuv[1], yuv[2] = 63, 102, 240  # BT.709 red
    picture = av.VideoFrame.from_ndarray(yuv, format="yuv444p")
    one = Frame(picture, Timecode(0, Fraction(1, 25)))
    for bgr in (one.bgr(), one.bgr((0, 0, 50, 50))):
        assert np.abs(bgr[5, 5].astype(int) - [0, 0, 255]).max() <= 3


def test_a_picture_that_comes_from_no_recording() -> None:
    one = Frame.from_bgr(scene(100, 50))
    assert (one.width, one.height, one.timecode.pts) == (100, 50, 0)
    np.testing.assert_array_equal(one.bgr(), scene(100, 50))
    assert "00:00:00.000 100x50" in repr(one)

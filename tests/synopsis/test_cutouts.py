from __future__ import annotations

import numpy as np
import pytest

from apercu.footage import Planes
from apercu.footage.planes import halves, to_yuv
from apercu.synopsis.cutouts import Blocks, Pixels, Shade, unpacked
from apercu.synopsis.runs import Runs

GREY = np.full((60, 80, 3), 128, np.uint8)


def shown(cutout: Blocks | Pixels, presence: float = 1.0) -> np.ndarray:
    picture = Planes.from_bgr(GREY)
    unpacked(cutout.packed()).lay(picture, presence)
    return picture.bgr().astype(int)


def square(x: int = 20, y: int = 10, colour: tuple[int, int, int] = (30, 60, 220)) -> Pixels:
    above = np.tile(np.array(colour, np.uint8), (24, 30, 1))
    opacity = np.zeros((24, 30), np.uint8)
    opacity[4:20, 6:24] = 255
    return Pixels(x, y, Runs.of(halves(above, hd=False), opacity), None)


def test_pixels_come_back_where_they_were() -> None:
    picture = shown(square())
    assert np.abs(picture[16:28, 28:42] - [30, 60, 220]).max() <= 12
    picture[12:32, 24:46] = 128
    assert np.abs(picture - 128).max() <= 4


def test_presence_fades() -> None:
    full, half = shown(square()), shown(square(), 0.5)
    assert half[20, 35].tolist() == pytest.approx(((full[20, 35] + 128) / 2).tolist(), abs=4)


@pytest.mark.parametrize(("x", "y"), [(-18, -10), (70, 50), (-200, 0), (300, 300)])
def test_what_reaches_over_the_edge_is_cut(x: int, y: int) -> None:
    assert shown(square(x, y)).shape == (60, 80, 3)


def test_a_shadow_darkens_and_has_no_colour_of_its_own() -> None:
    dark = np.full((4, 5), 102, np.uint8)  # two fifths
    nothing = np.zeros((24, 30), np.uint8)
    seen = Runs.of(halves(GREY[:24, :30], hd=False), nothing)
    shaded = Pixels(20, 10, seen, Shade(40, 20, 4, dark))
    part = shown(shaded)[24:32, 46:54]
    assert np.abs(part - 128 * 0.6).max() <= 4


def blocks(x: int, y: int, left: int = 0, top: int = 0) -> Blocks:
    colours = np.array([[[0, 0, 255], [0, 255, 0]], [[255, 0, 0], [255, 255, 255]]], np.uint8)
    mask = np.array([[True, True], [True, False]])
    return Blocks(x, y, 14 - left, 14 - top, 7, left, top, to_yuv(colours, hd=False), mask)


@pytest.mark.parametrize(("x", "y"), [(20, 10), (21, 11), (20, 11)])
def test_blocks_lie_where_they_were_cut_out(x: int, y: int) -> None:
    picture = shown(blocks(x, y))
    assert picture[y + 3, x + 3].tolist() == pytest.approx([0, 0, 255], abs=6)
    assert picture[y + 3, x + 10].tolist() == pytest.approx([0, 255, 0], abs=6)
    assert picture[y + 10, x + 3].tolist() == pytest.approx([255, 0, 0], abs=6)
    assert np.abs(picture[y + 9 : y + 14, x + 9 : x + 14] - 128).max() <= 4  # not shown
    picture[y - 1 : y + 15, x - 1 : x + 15] = 128
    assert np.abs(picture - 128).max() <= 2


def test_blocks_cut_at_the_edge_keep_their_lattice() -> None:
    picture = shown(blocks(0, 0, left=5, top=4))
    assert picture[1, 0].tolist() == pytest.approx([0, 0, 255], abs=6)
    assert picture[1, 5].tolist() == pytest.approx([0, 255, 0], abs=6)
    assert picture[6, 0].tolist() == pytest.approx([255, 0, 0], abs=6)


def test_blocks_take_a_few_bytes() -> None:
    assert len(blocks(20, 10).packed()) < 60

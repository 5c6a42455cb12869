"""What is cut out comes back where it was, as it was, and nothing else does."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.footage import Planes
from apercu.footage.planes import from_bgr, halves, to_yuv
from apercu.synopsis.cutouts import Layer, Shade, blocks, lay, pixels

GREY = np.full((60, 80, 3), 128, np.uint8)
NOTHING = np.zeros((24, 30), np.uint8)


def shown(cutout: bytes, presence: float = 1.0) -> np.ndarray:
    picture = Planes.from_bgr(GREY)
    lay(picture, [Layer(cutout, presence)])
    return picture.bgr().astype(int)


def noise(seed: int, height: int, width: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def cut(bgr: np.ndarray, opacity: np.ndarray, x: int = 0, y: int = 0, shadow: Shade | None = None) -> bytes:
    return pixels(x, y, halves(bgr, hd=False), opacity, shadow)


def rings(height: int, width: int) -> np.ndarray:
    """Return opacities with holes, soft edges and opaque pixels."""
    ys, xs = np.mgrid[:height, :width]
    return np.clip(300 * np.sin(np.hypot(ys - height / 2, xs - width / 2) / 3), 0, 255).astype(np.uint8)


def square(x: int = 20, y: int = 10, colour: tuple[int, int, int] = (30, 60, 220)) -> bytes:
    opacity = NOTHING.copy()
    opacity[4:20, 6:24] = 255
    return cut(np.tile(np.array(colour, np.uint8), (24, 30, 1)), opacity, x, y)


def test_pixels_come_back_where_they_were() -> None:
    picture = shown(square())
    assert np.abs(picture[16:28, 28:42] - [30, 60, 220]).max() <= 12
    picture[12:32, 24:46] = 128
    assert np.abs(picture - 128).max() <= 4


def test_presence_fades() -> None:
    full, half = shown(square()), shown(square(), 0.5)
    assert half[20, 35].tolist() == pytest.approx(((full[20, 35] + 128) / 2).tolist(), abs=4)


@pytest.mark.parametrize("sides", [(24, 30), (22, 32), (2, 2)])
@pytest.mark.parametrize("presence", [1.0, 0.4])
def test_laid_pixels_are_a_blend(sides: tuple[int, int], presence: float) -> None:
    above, opacity = noise(1, *sides), rings(*sides)
    laid = Planes.from_bgr(noise(2, 60, 80))
    luma = laid.y.astype(float)
    lay(laid, [Layer(cut(above, opacity), presence, 10, 20)])
    over = np.zeros((60, 80))
    over[20 : 20 + sides[0], 10 : 10 + sides[1]] = presence * opacity / 255
    top = np.zeros((60, 80))
    coloured = np.concatenate([above.astype(float), np.ones((*sides, 1))], axis=2)
    top[20 : 20 + sides[0], 10 : 10 + sides[1]] = coloured @ from_bgr(laid.hd)[0].astype(float)
    # Opacities next to none and to all are taken for those.
    assert np.abs(laid.y - (over * top + (1 - over) * luma)).max() <= 6


def test_bytes_hold_nothing_of_what_is_not_seen() -> None:
    opacity = rings(24, 30)
    above = noise(4, 24, 30)
    hidden = np.repeat(np.repeat(opacity.reshape(12, 2, 15, 2).max(axis=(1, 3)) == 0, 2, 0), 2, 1)
    assert hidden.any()
    other = np.where(hidden[..., None], noise(5, 24, 30), above)
    assert cut(above, opacity) == cut(other, opacity)


def test_layers_lie_one_over_the_other() -> None:
    together, apart = Planes.from_bgr(GREY), Planes.from_bgr(GREY)
    dark = Shade(22, 14, 3, np.full((5, 7), 90, np.uint8))
    layers = [
        Layer(cut(noise(8, 24, 30), rings(24, 30), 4, 6, dark), 0.7),
        Layer(some_blocks(21, 11)),
        Layer(square(), 1.0, -8, 4),
    ]
    lay(together, layers)
    for layer in layers:
        lay(apart, [layer])
    lay(apart, [])
    assert np.array_equal(together.data, apart.data)


@pytest.mark.parametrize(("x", "y"), [(-18, -10), (70, 50), (-200, 0), (300, 300)])
def test_what_reaches_over_the_edge_is_cut(x: int, y: int) -> None:
    small, large = Planes.from_bgr(noise(6, 60, 80)), Planes(1280, 800)
    large.y[400:460, 400:480], large.u[200:230, 200:240] = small.y, small.u
    cutout = cut(noise(7, 24, 30), rings(24, 30))
    lay(small, [Layer(cutout, 1.0, x, y)])
    lay(large, [Layer(cutout, 1.0, 400 + x, 400 + y)])
    assert np.array_equal(small.y, large.y[400:460, 400:480])
    assert np.array_equal(small.u, large.u[200:230, 200:240])


def test_opaque_parts_hide_and_clear_ones_do_not() -> None:
    grey = Planes.from_bgr(np.full((20, 20, 3), 90, np.uint8))
    before, patch = grey.data.copy(), np.full((8, 8, 3), 200, np.uint8)
    lay(grey, [Layer(cut(patch, np.zeros((8, 8), np.uint8), 4, 4))])
    assert (grey.data == before).all()
    lay(grey, [Layer(cut(patch, np.full((8, 8), 255, np.uint8), -4, 14))])
    assert np.abs(grey.bgr()[14:, :4].astype(int) - 200).max() <= 2
    assert np.abs(grey.bgr()[:14].astype(int) - 90).max() <= 2


def test_a_shadow_darkens_and_has_no_colour_of_its_own() -> None:
    dark = np.full((4, 5), 102, np.uint8)  # two fifths
    part = shown(cut(GREY[:24, :30], NOTHING, 20, 10, Shade(40, 20, 4, dark)))[24:32, 46:54]
    assert np.abs(part - 128 * 0.6).max() <= 4


def test_a_shadow_is_soft_between_cells_and_cut_at_the_edge() -> None:
    bright = np.full((60, 80, 3), 200, np.uint8)
    shaded, dark = Planes.from_bgr(bright), np.zeros((5, 6), np.uint8)
    dark[2, 2:4] = 128
    lay(shaded, [Layer(cut(bright[:24, :30], NOTHING, shadow=Shade(20, 10, 4, dark)))])
    grey = shaded.bgr().astype(int)[..., 1]
    assert abs(grey[20, 32] - 100) <= 12 and (np.diff(grey[20, 20:30]) <= 0).all()
    assert (grey[:10] == grey[0, 0]).all() and (grey[:, :20] == grey[0, 0]).all()
    black = Shade(70, 50, 4, np.full((9, 9), 255, np.uint8))
    lay(shaded, [Layer(cut(bright[:24, :30], NOTHING, shadow=black))])
    assert shaded.bgr()[55:, 75:].max() <= 2


def some_blocks(x: int, y: int, left: int = 0, top: int = 0) -> bytes:
    colours = np.array([[[0, 0, 255], [0, 255, 0]], [[255, 0, 0], [255, 255, 255]]], np.uint8)
    mask = np.array([[True, True], [True, False]])
    return blocks((x, y, x + 14 - left, y + 14 - top), (left, top), 7, to_yuv(colours, hd=False), mask)


@pytest.mark.parametrize(("x", "y"), [(20, 10), (21, 11), (20, 11)])
def test_blocks_lie_where_they_were_cut_out(x: int, y: int) -> None:
    picture = shown(some_blocks(x, y))
    assert picture[y + 3, x + 3].tolist() == pytest.approx([0, 0, 255], abs=6)
    assert picture[y + 3, x + 10].tolist() == pytest.approx([0, 255, 0], abs=6)
    assert picture[y + 10, x + 3].tolist() == pytest.approx([255, 0, 0], abs=6)
    assert np.abs(picture[y + 9 : y + 14, x + 9 : x + 14] - 128).max() <= 4  # not shown
    picture[y - 1 : y + 15, x - 1 : x + 15] = 128
    assert np.abs(picture - 128).max() <= 2


def test_blocks_cut_at_the_edge_keep_their_lattice() -> None:
    picture = shown(some_blocks(0, 0, left=5, top=4))
    assert picture[1, 0].tolist() == pytest.approx([0, 0, 255], abs=6)
    assert picture[1, 5].tolist() == pytest.approx([0, 255, 0], abs=6)
    assert picture[6, 0].tolist() == pytest.approx([255, 0, 0], abs=6)


def test_blocks_take_a_few_bytes() -> None:
    assert len(some_blocks(20, 10)) < 60


@pytest.mark.parametrize("corner", [(20, 10), (21, 11), (-3, -5), (70, 50)])
@pytest.mark.parametrize("presence", [1.0, 0.5])
def test_blocks_are_spread_over_their_pixels(corner: tuple[int, int], presence: float) -> None:
    planes = Planes(80, 60)
    x, y = corner
    colours = np.full((3, 2, 3), 200, np.uint8)
    mask = np.array([[True, True], [True, False], [False, True]])
    lay(planes, [Layer(blocks((x, y, x + 13, y + 20), (0, 0), 7, colours, mask), presence)])
    expected = np.zeros((60, 80), np.bool_)
    for r, c in np.argwhere(mask).tolist():
        left, top = max(0, x + 7 * c), max(0, y + 7 * r)
        expected[top : max(0, min(y + 7 * r + 7, y + 20)), left : max(0, min(x + 7 * c + 7, x + 13))] = True
    assert np.array_equal(planes.y != 16, expected)
    assert np.array_equal(planes.u != 128, expected[::2, ::2])
    assert planes.y.max() == (200 if presence == 1 else 108)

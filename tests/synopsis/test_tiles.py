"""Blocks over what is not surely a vehicle."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.footage import Planes
from apercu.footage.pixelation import Mosaic
from apercu.footage.planes import to_yuv
from apercu.synopsis.tiles import Doubt, colours, hide

STRIPES = np.ascontiguousarray(
    np.broadcast_to(np.where(np.arange(160) % 2, 0, 255).astype(np.uint8)[None, :, None], (90, 160, 3))
)
PLACE = (20, 10, 140, 80)
BOX = (50, 30, 110, 60)


def cut(picture: Planes, part: tuple[int, int, int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x1, y1, x2, y2 = part
    half = np.s_[y1 // 2 : y2 // 2, x1 // 2 : x2 // 2]
    return picture.y[y1:y2, x1:x2].copy(), picture.u[half].copy(), picture.v[half].copy()


def hidden(own: np.ndarray, suspected: list[tuple[int, int, int, int]]) -> np.ndarray:
    """Return which pixels of the picture were changed."""
    picture, mosaic = Planes.from_bgr(STRIPES), Mosaic(90)
    places = np.array(suspected, np.int64).reshape(-1, 4)
    doubt = Doubt(BOX, places, mosaic.block, (80, 60), mosaic.noise, mosaic.held, False)
    above = cut(picture, PLACE)
    hide(above, PLACE, own, picture.parts, doubt)
    changed = np.zeros((90, 160), np.bool_)
    changed[10:80, 20:140] = above[0] != picture.y[10:80, 20:140]
    return changed


def test_all_that_is_shown_outside_the_box_is_hidden() -> None:
    own = np.zeros((70, 120), np.uint8)
    own[10:60, 20:100] = 255
    changed = hidden(own, [])
    assert not changed[30:60, 50:110].any()
    assert changed[21:29, 41:119].all() and changed[61:69, 41:119].all()
    assert not changed[:20].any() and not changed[:, :40].any() and not changed[:, 120:].any()


def test_whole_blocks_are_hidden_where_someone_is_suspected() -> None:
    own = np.full((70, 120), 255, np.uint8)
    changed = hidden(own, [(72, 42, 74, 44), (-50, -50, -20, -20), (500, 500, 600, 600)])
    assert changed[40:50, 70:80].all()  # blocks of ten
    assert not changed[30:40, 50:110].any() and not changed[40:50, 80:110].any()


def test_chroma_is_hidden_with_any_of_its_pixels() -> None:
    red = Planes.from_bgr(np.broadcast_to(np.array([0, 0, 255], np.uint8), (90, 160, 3)))
    grey = np.zeros((1024, 3), np.int16)
    doubt = Doubt((0, 0, 41, 31), np.zeros((0, 4), np.int64), 10, (0, 0), grey, grey + 112, False)
    above = cut(red, PLACE)
    hide(above, PLACE, np.full((70, 120), 255, np.uint8), red.parts, doubt)
    assert (above[2][:10, :10] == red.v[0, 0]).all()
    assert (above[2][:, 10:] != red.v[0, 0]).all() and (above[2][10:] != red.v[0, 0]).all()


def test_blocks_at_the_edge_of_a_part_are_those_of_more() -> None:
    noise = Planes.from_bgr(np.random.default_rng(3).integers(0, 256, (90, 160, 3)).astype(np.uint8))
    mosaic, nowhere = Mosaic(90), np.zeros((0, 4), np.int64)
    doubt = Doubt((0, 0, 0, 0), nowhere, mosaic.block, (84, 57), mosaic.noise, mosaic.held, False)
    large, small = (0, 0, 160, 90), (82, 14, 160, 86)
    shown = [cut(noise, part) for part in (large, small)]
    for above, part in zip(shown, (large, small), strict=True):
        hide(above, part, np.full(above[0].shape, 255, np.uint8), noise.parts, doubt)
    assert np.array_equal(shown[0][0][14:86, 82:160], shown[1][0])
    assert not np.array_equal(shown[1][0], noise.y[14:86, 82:160])


@pytest.mark.parametrize("part", [(0, 0, 160, 90), (37, 21, 101, 83), (120, 4, 160, 30)])
def test_a_place_is_covered_as_by_a_mosaic(part: tuple[int, int, int, int]) -> None:
    x1, y1, x2, y2 = part
    smooth = np.linspace(40, 215, 90 * 160).reshape(90, 160, 1) * np.array([1.0, 0.8, 0.6])
    mosaic = Mosaic(90)
    mosaic.noise[:] = 0
    found = colours(Planes.from_bgr(smooth.astype(np.uint8)), part, (84, 57), mosaic)
    mosaic.held[:] = -1000
    wanted = to_yuv(mosaic.colours(smooth[y1:y2, x1:x2].astype(np.uint8), (84 - x1, 57 - y1)), hd=False)
    assert found.shape == wanted.shape
    apart = np.abs(found.astype(int) - wanted)
    assert apart.mean() < 3 and apart.max() <= 32  # one step at most, where a mean lies between two

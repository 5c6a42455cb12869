"""Blocks over what is not surely a vehicle."""

from __future__ import annotations

import numpy as np

from apercu.footage.pixelation import Mosaic
from apercu.synopsis.tiles import Doubt, hide

STRIPES = np.ascontiguousarray(
    np.broadcast_to(np.where(np.arange(160) % 2, 0, 255).astype(np.uint8)[None, :, None], (90, 160, 3))
)
PLACE = (20, 10, 140, 80)
BOX = (50, 30, 110, 60)


def hidden(own: np.ndarray, suspected: list[tuple[int, int, int, int]]) -> np.ndarray:
    """Return which pixels of the picture were changed."""
    picture, mosaic = STRIPES.copy(), Mosaic(90)
    places = np.array(suspected, np.int64).reshape(-1, 4)
    doubt = Doubt(BOX, places, mosaic.block, (80, 60), mosaic.noise, mosaic.held)
    above = np.ascontiguousarray(picture[10:80, 20:140]).reshape(70, -1)
    hide(above, PLACE, own, STRIPES.reshape(90, -1), doubt)
    picture[10:80, 20:140] = above.reshape(70, 120, 3)
    return np.asarray((picture != STRIPES).any(axis=2))


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


def test_blocks_at_the_edge_of_a_part_are_those_of_more() -> None:
    noise = np.random.default_rng(3).integers(0, 256, (90, 160, 3)).astype(np.uint8)
    mosaic, nowhere = Mosaic(90), np.zeros((0, 4), np.int64)
    doubt = Doubt((0, 0, 0, 0), nowhere, mosaic.block, (84, 57), mosaic.noise, mosaic.held)
    shown = []
    for x1, y1, x2, y2 in ((0, 0, 160, 90), (82, 14, 160, 86)):
        above = noise[y1:y2, x1:x2].reshape(y2 - y1, -1).copy()
        hide(
            above, (x1, y1, x2, y2), np.full((y2 - y1, x2 - x1), 255, np.uint8), noise.reshape(90, -1), doubt
        )
        shown.append(above.reshape(y2 - y1, x2 - x1, 3))
    assert np.array_equal(shown[0][14:86, 82:160], shown[1])
    assert not np.array_equal(shown[1], noise[14:86, 82:160])

"""Blocks over what is not surely a vehicle."""

from __future__ import annotations

import numpy as np

from apercu.footage.pixelation import Mosaic
from apercu.synopsis.tiles import hide

STRIPES = np.ascontiguousarray(
    np.broadcast_to(np.where(np.arange(160) % 2, 0, 255).astype(np.uint8)[None, :, None], (90, 160, 3))
)
PLACE = (20, 10, 140, 80)
BOX = (50, 30, 110, 60)


def hidden(own: np.ndarray, suspected: list[tuple[int, int, int, int]]) -> np.ndarray:
    """Return which pixels of the picture were changed."""
    picture = STRIPES.copy()
    hide(picture[10:80, 20:140], PLACE, own, STRIPES, Mosaic(90), (80, 60), BOX, suspected)
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


def test_the_picture_beyond_the_part_is_left_alone() -> None:
    changed = hidden(np.full((70, 120), 255, np.uint8), [(0, 0, 160, 90)])
    assert changed[10:80, 20:140].all()
    changed[10:80, 20:140] = False
    assert not changed.any()

"""Silhouettes: packed and unpacked without loss, and the object in front keeps its cells."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from apercu.analysis.masks import CutMask, cut, silhouette, unpack

SOFT = np.array([False])
TWO = np.array([False, False])


@given(hnp.arrays(np.bool_, st.tuples(st.integers(1, 40), st.integers(1, 40))))
def test_packing_is_undone_by_unpacking(cells: np.ndarray) -> None:
    height, width = cells.shape
    mask = CutMask(3, 4, cells)
    packed = mask.packed()

    assert len(packed) == -(-width * height // 8)
    assert np.array_equal(unpack(packed, width, height), cells)
    assert np.array_equal(mask.cells, cells)
    assert (mask.x, mask.y, mask.width, mask.height) == (3, 4, width, height)


def placed(mask: CutMask, shape: tuple[int, int]) -> np.ndarray:
    whole = np.zeros(shape, np.bool_)
    height, width = mask.cells.shape
    whole[mask.y : mask.y + height, mask.x : mask.x + width] = mask.cells
    return whole


def test_a_silhouette_is_what_moves_in_the_box() -> None:
    foreground = np.zeros((60, 80), np.bool_)
    foreground[20:40, 30:45] = True
    foreground[5:10, 70:78] = True

    (mask,) = cut(foreground, np.array([[30.0, 20, 45, 40]]), SOFT)

    truth = foreground.copy()
    truth[:15] = False
    assert np.array_equal(placed(mask, foreground.shape), truth)


def test_the_object_in_front_wins() -> None:
    foreground = np.zeros((60, 80), np.bool_)
    foreground[10:50, 20:50] = True
    behind, front = np.array([20.0, 10, 40, 40]), np.array([30.0, 20, 50, 50])

    masks = cut(foreground, np.array([front, behind]), TWO)

    mine, theirs = (placed(mask, foreground.shape) for mask in masks)
    assert mine[20:40, 30:40].all()
    assert not theirs[22:38, 32:38].any()
    # Closing small gaps may reach a few cells over the border, never more.
    assert np.count_nonzero(mine & theirs) < 0.02 * np.count_nonzero(mine | theirs)


def test_what_does_not_move_is_shown_as_its_place() -> None:
    (mask,) = cut(np.zeros((60, 80), np.bool_), np.array([[30.0, 20, 45, 40]]), SOFT)

    assert (mask.x, mask.y, mask.cells.shape) == (30, 20, (20, 15))
    assert np.array_equal(mask.cells, silhouette(15, 20))
    assert 0.7 < mask.cells.mean() < 0.85


def test_holes_are_closed_and_vehicles_are_solid() -> None:
    foreground = np.zeros((60, 80), np.bool_)
    foreground[20:40, 20:60] = True
    foreground[26:34, 28:36] = False  # a window
    foreground[20:40, 44:54] = False  # paint the colour of the road
    box = np.array([[20.0, 20, 60, 40]])

    (soft,) = cut(foreground, box, SOFT)
    (solid,) = cut(foreground, box, ~SOFT)

    assert placed(soft, foreground.shape)[26:34, 28:36].all()
    assert placed(solid, foreground.shape)[21:39, 21:59].all()


@given(
    hnp.arrays(np.bool_, (30, 40)),
    st.lists(st.tuples(*[st.floats(-20, 60)] * 2, *[st.floats(0.2, 50)] * 2), min_size=1, max_size=5),
)
def test_masks_lie_within_the_grid_and_hold_something(
    foreground: np.ndarray, things: list[tuple[float, float, float, float]]
) -> None:
    boxes = np.array([[x, y, x + w, y + h] for x, y, w, h in things])
    inside = (boxes[:, 0] < 39) & (boxes[:, 1] < 29) & (boxes[:, 2] > 1) & (boxes[:, 3] > 1)
    for mask, within in zip(cut(foreground, boxes, np.zeros(len(boxes), np.bool_)), inside, strict=True):
        height, width = mask.cells.shape
        assert mask.cells.any()
        if within:
            assert mask.x >= 0
            assert mask.y >= 0
            assert mask.x + width <= 40
            assert mask.y + height <= 30

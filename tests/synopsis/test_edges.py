"""How opaque an object is at its rim."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.synopsis import edges

GROUND = np.full((60, 80, 3), 120, np.uint8)


def box(*sides: int) -> np.ndarray:
    x1, y1, x2, y2 = sides
    mask = np.zeros((40, 50), np.uint8)
    mask[y1:y2, x1:x2] = 255
    return mask


def cut(
    object_: np.ndarray, core: np.ndarray, near: np.ndarray, others: np.ndarray = edges.NOWHERE
) -> np.ndarray:
    above = np.where(object_[..., None] > 0, np.uint8(200), GROUND[10:50, 20:70])
    return edges.opacity(above.reshape(40, -1), GROUND.reshape(60, -1), 20, 10, core, near, others)


def test_the_core_is_opaque_and_the_rim_where_it_differs() -> None:
    opacity = cut(box(10, 10, 30, 34), box(14, 14, 26, 26), box(6, 6, 40, 38))
    assert (opacity[13:31, 13:27] == 255).all()  # feet below the core come along
    assert not opacity[:8].any() and not opacity[:, 33:].any()


def test_ground_deep_inside_stays_and_ground_at_the_rim_goes() -> None:
    nothing = np.zeros((40, 50), np.uint8)
    opacity = cut(nothing, box(14, 14, 26, 26), box(6, 6, 40, 38))
    assert (opacity[16:24, 16:24] == 255).all()
    assert not opacity[:13].any() and not opacity[27:].any()


def test_what_does_not_hang_together_with_the_core_is_dropped() -> None:
    passing = np.maximum(box(10, 10, 30, 30), box(38, 10, 46, 30))
    opacity = cut(passing, box(14, 14, 26, 26), box(4, 4, 48, 36))
    assert opacity[20, 20] == 255 and not opacity[:, 36:].any()


def test_others_are_left_out() -> None:
    opacity = cut(box(10, 10, 30, 30), box(14, 14, 20, 26), box(6, 6, 40, 38), box(24, 0, 50, 40))
    assert opacity[20, 18] == 255 and not opacity[:, 26:].any()


@pytest.mark.parametrize("sides", [(1, 1), (1, 7), (8, 1), (3, 2)])
def test_small_parts(sides: tuple[int, int]) -> None:
    whole = np.full(sides, 255, np.uint8)
    above = np.zeros((sides[0], 3 * sides[1]), np.uint8)
    assert (edges.opacity(above, GROUND.reshape(60, -1), 0, 0, whole, whole, edges.NOWHERE) == 255).all()

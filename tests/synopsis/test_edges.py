"""How opaque an object is at its rim."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.footage import Planes
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
    parts = Planes.from_bgr(above).parts
    return edges.opacity(parts, Planes.from_bgr(GROUND).parts, 20, 10, core, near, others)


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


@pytest.mark.parametrize("turned", [False, True])
def test_what_hangs_together_by_a_detour_stays(turned: bool) -> None:
    arms = [box(4, 6, 14, 34), box(20, 6, 28, 34), box(36, 6, 46, 34)]
    along = [box(4, 28, 28, 34), box(20, 6, 46, 12)]  # below from the first to the second, then above
    whole, core, near = np.max(arms + along, axis=0), box(6, 8, 12, 26), box(2, 2, 48, 38)
    pictures = [picture[:, ::-1].copy() if turned else picture for picture in (whole, core, near)]
    opacity = cut(*pictures)[:, :: -1 if turned else 1]
    assert (opacity[10:30, 40:44] == 255).all() and (opacity[10:30, 22:26] == 255).all()
    assert not opacity[16:24, 16:18].any() and not opacity[16:24, 32].any()


def test_others_are_left_out() -> None:
    opacity = cut(box(10, 10, 30, 30), box(14, 14, 20, 26), box(6, 6, 40, 38), box(24, 0, 50, 40))
    assert opacity[20, 18] == 255 and not opacity[:, 26:].any()


@pytest.mark.parametrize("sides", [(2, 2), (2, 8), (8, 2), (4, 2)])
def test_small_parts(sides: tuple[int, int]) -> None:
    whole = np.full(sides, 255, np.uint8)
    above, scene = Planes(sides[1], sides[0]).parts, Planes.from_bgr(GROUND).parts
    assert (edges.opacity(above, scene, 0, 0, whole, whole, edges.NOWHERE) == 255).all()


def test_what_differs_in_colour_alone_is_seen() -> None:
    scene, above = Planes.from_bgr(GROUND), Planes(50, 40)
    above.y[:], above.u[:], above.v[:] = scene.y[:40, :50], scene.u[:20, :25], scene.v[:20, :25]
    above.u[5:17, 5:15] += np.uint8(40)
    parts = above.parts, scene.parts
    opacity = edges.opacity(*parts, 20, 10, box(14, 14, 26, 26), box(6, 6, 40, 38), edges.NOWHERE)
    assert (opacity[13:31, 13:27] == 255).all() and not opacity[:8].any()

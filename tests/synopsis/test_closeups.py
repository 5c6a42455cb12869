"""Where a detector takes a closer look: everything is on a canvas, large enough, and on few of them."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.geometry import area, intersection
from apercu.synopsis.closeups import SIDE_PX, closeups


def boxes_of(count: int, width: int, height: int, longest: float) -> np.ndarray:
    generator = np.random.default_rng(count)
    low = generator.uniform(0, [width * 0.9, height * 0.9], (count, 2))
    sizes = generator.uniform(4, longest, (count, 2))
    return np.concatenate([low, np.minimum(low + sizes, [width, height])], axis=1).astype(np.float32)


@pytest.mark.parametrize("size", [(1280, 720), (640, 360), (360, 640), (90, 160)])
@pytest.mark.parametrize("count", [1, 3, 30])
def test_every_box_is_whole_on_a_canvas_with_room_around_it(size: tuple[int, int], count: int) -> None:
    boxes = boxes_of(count, *size, max(size) / 3)
    canvases = closeups(boxes, *size)
    regions = np.concatenate([canvas.regions for canvas in canvases]).astype(float)
    assert (intersection(boxes, regions).max(axis=1) >= area(boxes) * (1 - 1e-6)).all()
    for canvas in canvases:
        assert canvas.scale >= SIDE_PX / max(size)
        ends = canvas.places + (canvas.regions[:, 2:] - canvas.regions[:, :2]) * canvas.scale
        assert (canvas.places >= 0).all() and (ends <= [canvas.width + 1, canvas.height + 1]).all()
        own = np.concatenate([canvas.places, ends], axis=1)
        shared = intersection(own, own) - np.diag(area(own))
        assert (shared <= 1).all()


def test_small_things_are_enlarged_and_many_share_a_canvas() -> None:
    boxes = np.array([[60 * i, 100, 60 * i + 30, 120] for i in range(12)], np.float32)
    canvases = closeups(boxes, 1280, 720)
    assert len(canvases) == 1
    assert canvases[0].scale == 2 * SIDE_PX / 1280


def test_what_fills_the_picture_is_shown_with_all_of_it() -> None:
    (canvas,) = closeups(np.array([[10, 10, 1200, 700]], np.float32), 1280, 720)
    assert canvas.regions.tolist() == [[0, 0, 1280, 720]]


def test_what_is_long_and_thin_fits_too() -> None:
    (canvas,) = closeups(np.array([[0, 300, 1280, 304]], np.float32), 1280, 720)
    assert canvas.regions[0, [0, 2]].tolist() == [0, 1280]

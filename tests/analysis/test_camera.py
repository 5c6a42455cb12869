"""A camera that moves is noticed; objects, noise and light in front of a fixed one are not taken for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np

from apercu.analysis.camera import CameraWatch
from apercu.footage.scenery import textured_background

STEP = 0.125
PLACE = cv2.cvtColor(textured_background(900, 240, 5), cv2.COLOR_BGR2GRAY)


def watched(pictures: Iterable[np.ndarray]) -> CameraWatch:
    watch = CameraWatch()
    rng = np.random.default_rng(0)
    for i, picture in enumerate(pictures):
        noisy = np.clip(picture + rng.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)
        watch.update(noisy, i * STEP, STEP)
    return watch


def view(x: float) -> np.ndarray:
    shift = np.array([[1, 0, -x], [0, 1, 0]], np.float32)
    return cv2.warpAffine(PLACE, shift, (320, 240))


def test_a_fixed_camera_stands_still() -> None:
    watch = watched(view(100) for _ in range(40))

    assert watch.moving_share == 0
    assert watch.span is None


def test_a_pan_is_noticed_fast_or_slow() -> None:
    for speed in (3.0, 40.0):
        watch = watched(view(min(speed * STEP * i, 560)) for i in range(80))
        assert watch.moving_share > 0.5, speed


def test_the_span_tells_when_it_moved() -> None:
    watch = watched(view(100 + 30 * np.clip(STEP * i - 4, 0, 3)) for i in range(120))

    assert watch.span is not None
    first, last = watch.span
    assert 3.9 < first < 5
    assert 6.5 < last < 9.5
    assert 0.15 < watch.moving_share < 0.45


def test_objects_and_light_are_no_pan(stage: Any) -> None:
    actors = [
        stage.actor(
            "car", 10 + 25 * i, [i * 0.5, i * 0.5 + 4], [(-60, 90 + 20 * i), (380, 90 + 20 * i)], (70, 40)
        )
        for i in range(5)
    ]
    scene = stage.scene(*actors, cloud_at_s=2.0, cloud_depth=0.4)
    watch = watched(cv2.cvtColor(scene.clean(n), cv2.COLOR_BGR2GRAY) for n in range(len(scene)))

    assert watch.moving_share == 0


def test_a_picture_without_texture_is_bearable() -> None:
    assert watched(np.full((90, 160), 80.0) for _ in range(10)).moving_share == 0

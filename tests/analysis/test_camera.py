"""A camera that moves is noticed; objects, noise and light in front of a fixed one are not taken for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np

from apercu.analysis.camera import CameraWatch, View, same_view
from apercu.footage.scenery import textured_background

STEP = 0.125
PLACE = cv2.cvtColor(textured_background(900, 240, 5), cv2.COLOR_BGR2GRAY)


def watched(pictures: Iterable[np.ndarray]) -> tuple[CameraWatch, list[View]]:
    watch, views = CameraWatch(), []
    rng = np.random.default_rng(0)
    for i, picture in enumerate(pictures):
        noisy = np.clip(picture + rng.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)
        views.append(watch.update(noisy, i * STEP))
    return watch, views


def view(x: float) -> np.ndarray:
    shift = np.array([[1, 0, -x], [0, 1, 0]], np.float32)
    return cv2.warpAffine(PLACE, shift, (320, 240))


def test_a_fixed_camera_stands_still() -> None:
    watch, views = watched(view(100) for _ in range(40))

    assert watch.spans == []
    assert set(views) == {View.STEADY}


def test_a_pan_is_noticed_fast_or_slow() -> None:
    for speed in (3.0, 40.0):
        watch, views = watched(view(min(speed * STEP * i, 560)) for i in range(80))
        assert sum(last - first for first, last in watch.spans) > 0.5 * 80 * STEP, speed
        assert views.count(View.MOVING) > 40, speed


def test_the_span_tells_when_it_moved() -> None:
    watch, views = watched(view(100 + 30 * np.clip(STEP * i - 4, 0, 3)) for i in range(120))

    ((first, last),) = watch.spans
    assert 3.8 < first < 5
    assert 6.5 < last < 8.5
    assert views.count(View.NEW) == 1
    assert views[-1] is View.STEADY


def test_objects_and_light_are_no_pan(stage: Any) -> None:
    actors = [
        stage.actor(
            "car", 10 + 25 * i, [i * 0.5, i * 0.5 + 4], [(-60, 90 + 20 * i), (380, 90 + 20 * i)], (70, 40)
        )
        for i in range(5)
    ]
    scene = stage.scene(*actors, cloud_at_s=2.0, cloud_depth=0.4)
    watch, _ = watched(cv2.cvtColor(scene.clean(n), cv2.COLOR_BGR2GRAY) for n in range(len(scene)))

    assert watch.spans == []


def test_a_picture_without_texture_is_bearable() -> None:
    watch, _ = watched(np.full((90, 160), 80.0) for _ in range(10))

    assert watch.spans == []


def test_a_jolt_is_over_at_once_and_shows_a_new_view() -> None:
    watch, views = watched(view(100 if i < 32 else 112) for i in range(64))

    ((first, last),) = watch.spans
    assert last - first < 1.2
    assert views.count(View.NEW) == 1
    assert views.index(View.NEW) < 32 + 8


def test_what_swings_back_shows_no_new_view() -> None:
    watch, views = watched(view(112 if 32 <= i < 35 else 100) for i in range(64))

    assert len(watch.spans) == 1
    assert View.NEW not in views


def test_a_picture_that_is_new_all_over_for_a_second_is_a_new_view() -> None:
    watch = CameraWatch()
    views = [watch.update(view(100).astype(np.uint8), i * STEP, 0.8 if i > 16 else 0.0) for i in range(28)]

    assert views.count(View.NEW) == 1
    ((first, last),) = watch.spans
    assert (first, round(last - first, 3)) == (17 * STEP, 1.0)


def test_samples_of_another_view_are_told() -> None:
    samples = np.stack([view(x).astype(np.uint8) for x in (100, 100, 100.4, 118, 118)])

    assert same_view(samples).tolist() == [True, True, True, False, False]

"""The empty scene: without what moves through it, in the light of its time."""

from __future__ import annotations

from typing import Any

import numpy as np

from apercu.analysis.backdrop import Backdrop
from apercu.footage import Frame
from apercu.footage.scene import SyntheticScene


def learned(scene: SyntheticScene, until: int | None = None) -> Backdrop:
    backdrop = Backdrop()
    for n in range(0, until or len(scene), 2):
        busy = scene.truth(n).masks.any(axis=0)
        backdrop.update(Frame.from_bgr(scene.frame(n)), scene.seconds(n), busy, busy)
    return backdrop


def error(backdrop: Backdrop, truth: np.ndarray) -> float:
    assert backdrop.image is not None
    return float(np.percentile(np.abs(backdrop.image.astype(int) - truth), 99.5))


def test_there_is_none_before_the_first_picture() -> None:
    assert Backdrop().image is None


def test_what_moves_is_not_in_it(stage: Any) -> None:
    car = stage.actor("car", 110, [0, 8], [(60, 120), (260, 130)], (60, 34))
    scene = stage.scene(car)

    assert error(learned(scene), scene.still(0)) < 8


def test_a_place_first_seen_late_is_taken_as_it_is(stage: Any) -> None:
    standing = stage.actor("car", 110, [0, 5, 6.5], [(160, 120), (160.1, 120), (400, 120)], (60, 34))
    scene = stage.scene(standing)

    assert error(learned(scene), scene.still(0)) < 8


def test_it_follows_the_light(stage: Any) -> None:
    scene = stage.scene(light_drift=-0.3, light_period_s=80.0, seconds=20.0, rate=5)

    assert error(learned(scene), scene.still(len(scene) - 1)) < 16


def test_another_picture_size_begins_anew(stage: Any) -> None:
    backdrop = Backdrop()
    none = np.zeros((45, 80), np.bool_)
    backdrop.update(Frame.from_bgr(np.full((90, 160, 3), 50, np.uint8)), 0, none, none)
    none = np.zeros((90, 160), np.bool_)
    backdrop.update(Frame.from_bgr(np.full((180, 320, 3), 70, np.uint8)), 60, none, none)

    assert backdrop.image is not None
    assert backdrop.image.shape == (180, 320, 3)
    assert np.all(backdrop.image == 70)


def test_near_a_track_what_is_known_stays_and_what_is_not_is_taken() -> None:
    none, held, near = (np.zeros((90, 160), np.bool_) for _ in range(3))
    hidden, wall, standing = none.copy(), *(np.full((180, 320, 3), 200, np.uint8) for _ in range(2))
    hidden[:, 100:] = True
    standing[20:160, 100:150] = 30  # the box that is tracked begins below the hair
    held[17:80, 50:75], near[9:88, 42:83] = True, True
    wall[:, 240:] = 150
    standing[:, 200:] = 180
    backdrop = Backdrop()
    backdrop.update(Frame.from_bgr(wall), 0, hidden, none)
    for number in range(1, 9):
        backdrop.update(Frame.from_bgr(standing), 2 * number, held, near | hidden)

    assert backdrop.image is not None
    assert np.all(backdrop.image[:, :190] == 200)
    assert np.all(backdrop.image[:, 206:] == 180)

"""What moves is found; light, shadow, noise, leaves and places that something left are not taken for it."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest

from apercu.analysis.motion import BackgroundModel, Motion, grid_reduction, reduce_luma
from apercu.analysis.options import MotionOptions
from apercu.footage.scene import SyntheticScene


def luma(scene: SyntheticScene, n: int) -> np.ndarray:
    return np.asarray(cv2.cvtColor(scene.frame(n), cv2.COLOR_BGR2GRAY), np.uint8)


def played(
    scene: SyntheticScene, *, learned_s: float | None = None, every: int = 2
) -> Iterator[tuple[int, Motion]]:
    """Yield every second picture's number and motion; the model begins from pictures up to ``learned_s``."""
    last = len(scene) if learned_s is None else int(learned_s * scene.options.rate)
    samples = np.stack([luma(scene, n) for n in range(0, last, max(1, last // 12))])
    model = BackgroundModel(samples, MotionOptions())
    elapsed_s = every / float(scene.options.rate)
    for n in range(0, len(scene), every):
        yield n, model.apply(luma(scene, n), elapsed_s)


def crossing(stage: Any, **options: Any) -> SyntheticScene:
    car = stage.actor("car", 110, [0.5, 7.5], [(-40, 120), (360, 130)], (60, 34))
    walker = stage.actor("person", 0, [1, 7.9], [(330, 160), (-20, 150)], (18, 42), ellipse=True)
    return stage.scene(car, walker, **options)


@pytest.mark.parametrize(
    "weather",
    [
        {"noise_sigma": 2.0},
        {"noise_sigma": 6.0},
        {"light_drift": 0.3, "light_period_s": 12.0},
        {"cloud_at_s": 2.0, "cloud_for_s": 3.0, "cloud_depth": 0.4},
        {"warming": 1.0},
        {"infrared": True, "noise_sigma": 5.0},
    ],
    ids=["still", "noise", "drift", "cloud", "evening", "infrared"],
)
def test_nothing_moves_in_an_empty_place(stage: Any, weather: dict[str, Any]) -> None:
    scene = stage.scene(**weather)

    moving = [motion.mask.mean() for _, motion in played(scene)]

    assert max(moving) < 0.004
    assert np.mean(moving) < 0.0005


@pytest.mark.parametrize(
    "weather",
    [{}, {"noise_sigma": 4.0}, {"light_drift": 0.12, "light_period_s": 12.0}, {"infrared": True}],
    ids=["fair", "noise", "drift", "infrared"],
)
def test_a_moving_shape_is_found(stage: Any, weather: dict[str, Any]) -> None:
    scene = crossing(stage, **weather)
    shared = union = 0
    for n, motion in played(scene):
        truth = scene.truth(n).masks.any(axis=0)
        shared += np.count_nonzero(truth & motion.mask)
        union += np.count_nonzero(truth | motion.mask)

    assert shared / union > 0.6


def test_a_blob_says_what_its_label_shows(stage: Any) -> None:
    *_, (_, motion) = list(played(crossing(stage)))[:30]

    assert len(motion.boxes) == len(motion.areas) > 0
    assert np.array_equal(motion.labels > 0, motion.mask)
    for i, (box, area) in enumerate(zip(motion.boxes, motion.areas, strict=True), start=1):
        rows, columns = np.nonzero(motion.labels == i)
        assert np.array_equal(box, [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
        assert area == len(rows)


def test_soft_shadow_is_not_movement(stage: Any) -> None:
    scene = crossing(stage, shadow=0.2)
    dark = called = 0
    for n, motion in played(scene):
        shadow = scene.truth(n).shadow
        dark += np.count_nonzero(shadow)
        called += np.count_nonzero(shadow & motion.mask)

    assert dark > 1000
    assert called / dark < 0.4


def test_large_shadow_with_the_ground_showing_through_is_not_movement() -> None:
    """The texture of the ground, only darker, is the ground."""
    rng = np.random.default_rng(0)
    texture = cv2.GaussianBlur(rng.normal(0, 30, (180, 320)), (0, 0), 1.2) * 2.5
    ground = np.clip(120 + texture, 20, 230)
    noisy = [np.clip(ground + rng.normal(0, 1.5, ground.shape), 0, 255).astype(np.uint8) for _ in range(9)]
    model = BackgroundModel(np.stack(noisy), MotionOptions())
    shaded, covered = noisy[0].copy(), noisy[0].copy()
    place = np.s_[60:120, 100:180]
    shaded[place] = (shaded[place] * 0.6).astype(np.uint8)
    covered[place] = 72  # as dark, but without the texture

    assert model.apply(shaded, 0.1).mask[place].mean() < 0.25
    assert model.apply(covered, 0.1).mask[place].mean() > 0.8


def test_first_pictures_of_different_brightness_do_not_blind_the_model(stage: Any) -> None:
    """A change of light between the pictures it begins from is not taken for noise of every cell."""
    scene = crossing(stage)
    samples = np.stack([luma(scene, 8 * i) * (0.7 + 0.03 * i) for i in range(12)])
    model = BackgroundModel(samples.astype(np.uint8), MotionOptions())

    assert np.median(model.deviation) < 4
    truth = scene.truth(48).masks.any(axis=0)
    assert model.apply(luma(scene, 48), 0.1).mask[truth].mean() > 0.7


def test_the_place_that_something_left_is_learned(stage: Any) -> None:
    """It stood there in every picture the model began from: what remains is no object."""
    parked = stage.actor("car", 110, [0, 4, 6], [(160, 120), (160, 120), (400, 120)], (60, 34))
    scene = stage.scene(parked, seconds=14.0)
    place = np.s_[86:120, 130:190]

    seen = {n / 12.5: motion.mask[place].mean() for n, motion in played(scene, learned_s=3.5)}

    assert max(share for second, share in seen.items() if 5 < second < 6) > 0.2, "it never was a ghost"
    assert max(share for second, share in seen.items() if second > 10) < 0.05


def test_something_that_passes_through_the_first_pictures_leaves_no_ghost(stage: Any) -> None:
    scene = crossing(stage)
    outside = [
        np.count_nonzero(
            motion.mask & ~cv2.dilate(scene.truth(n).masks.any(0).view(np.uint8), np.ones((7, 7))) > 0
        )
        for n, motion in played(scene)
    ]

    assert np.mean(outside) < 30


def test_held_places_are_not_learned(stage: Any) -> None:
    """What a track stands on stays in front, however long it stands there."""
    standing = stage.actor("car", 110, [2, 3.5, 60], [(-40, 120), (160, 120), (160.5, 120)], (60, 34))
    scene = stage.scene(standing, seconds=40.0, rate=5)
    samples = np.stack([luma(scene, n) for n in range(0, 9)])
    held, free = (BackgroundModel(samples, MotionOptions()) for _ in range(2))
    place = np.zeros((180, 320), np.bool_)
    place[80:125, 125:195] = True
    for n in range(0, len(scene)):
        seen_held, seen_free = held.apply(luma(scene, n), 0.2, place), free.apply(luma(scene, n), 0.2)

    assert seen_held.mask[90:118, 135:185].mean() > 0.6
    assert seen_free.mask[90:118, 135:185].mean() < 0.2


def test_leaves_in_the_wind_quiet_down(stage: Any) -> None:
    scene = stage.scene(sway_px=4.0, seconds=60.0, rate=8)
    seen = [motion.mask.sum() for _, motion in played(scene, every=1, learned_s=6.0)]

    assert np.mean(seen[-120:]) < 0.6 * np.mean(seen[:120]) + 10


@pytest.mark.parametrize("size", [(320, 240), (333, 517), (1921, 1079), (4096, 17), (640, 352)])
def test_the_grid_of_odd_sizes(size: tuple[int, int]) -> None:
    width, height = size
    reduction = grid_reduction(width, height, 480)
    plane = np.random.default_rng(0).integers(0, 255, (height, width), np.uint8)

    grid = reduce_luma(plane, reduction)

    assert grid.shape == (height // reduction, width // reduction)
    assert 320 <= max(grid.shape) <= 720
    first = plane[:reduction, :reduction].mean()
    assert abs(float(grid[0, 0]) - first) <= 1


def test_a_small_grid_is_bearable() -> None:
    samples = np.full((5, 9, 13), 90, np.uint8)
    model = BackgroundModel(samples, MotionOptions())

    assert not model.apply(samples[0], 0.1).mask.any()


def test_a_model_begins_in_little_memory() -> None:
    samples = np.random.default_rng(0).integers(0, 255, (15, 540, 960), np.uint8)
    tracemalloc.start()
    try:
        BackgroundModel(samples, MotionOptions())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 4 * samples.nbytes, "one float64 copy of the samples is eight times as large"

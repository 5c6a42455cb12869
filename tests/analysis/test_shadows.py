"""A shadow on the ground is told by its shape, and light on a thing by the texture that stays in place."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.analysis.shadows import cast_shadows, shows_scene

GROUND = np.full((60, 80), 120, np.float32)


def labelled(*parts: tuple[slice, slice]) -> tuple[np.ndarray, np.ndarray]:
    labels = np.zeros(GROUND.shape, np.int32)
    for part in parts:
        labels[part] = 1
    rows, columns = np.nonzero(labels)
    box = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    return labels, np.array([box], np.float32)


def test_a_dark_tongue_at_the_foot_is_shadow() -> None:
    body, tongue = np.s_[10:50, 20:34], np.s_[42:50, 34:52]
    picture = GROUND.copy()
    picture[body], picture[tongue] = 200, 72
    labels, boxes = labelled(body, tongue)
    shadow = cast_shadows(labels, boxes, picture, GROUND)

    assert shadow[tongue].all()
    assert not shadow[body].any()


def test_a_bright_part_at_the_foot_is_none() -> None:
    body, tongue = np.s_[10:50, 20:34], np.s_[42:50, 34:52]
    picture = GROUND.copy()
    picture[body], picture[tongue] = 200, 180
    labels, boxes = labelled(body, tongue)

    assert not cast_shadows(labels, boxes, picture, GROUND).any()


def test_the_dark_half_of_a_thing_is_none() -> None:
    light, dark = np.s_[10:50, 20:34], np.s_[10:50, 34:52]
    picture = GROUND.copy()
    picture[light], picture[dark] = 200, 72
    labels, boxes = labelled(light, dark)

    assert not cast_shadows(labels, boxes, picture, GROUND).any()


def test_where_nothing_moves_there_is_no_shadow() -> None:
    shadow = cast_shadows(
        np.zeros((9, 9), np.int32), np.zeros((0, 4), np.float32), GROUND[:9, :9], GROUND[:9, :9]
    )

    assert not shadow.any()


def textured(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(60, 180, GROUND.shape).astype(np.float32)


@pytest.mark.parametrize("light", [1.0, 0.5, 1.4])
def test_the_scene_shows_in_other_light(light: float) -> None:
    scene = textured(1)
    assert shows_scene(scene * light, scene, np.array([[10.0, 10.0, 50.0, 40.0]])).all()


def test_the_scene_shows_under_the_edge_of_a_shadow() -> None:
    scene = textured(1)
    picture = scene.copy()
    picture[:, 30:] *= 0.5

    assert shows_scene(picture, scene, np.array([[10.0, 10.0, 50.0, 40.0]])).all()


def test_what_stands_or_moves_before_the_scene_hides_it() -> None:
    scene = textured(1)
    before, moved = scene.copy(), scene.copy()
    before[10:40, 10:50] = textured(2)[10:40, 10:50]
    moved[10:40, 10:50] = scene[10:40, 13:53]
    box = np.array([[10.0, 10.0, 50.0, 40.0]])

    assert not shows_scene(before, scene, box).any()
    assert not shows_scene(moved, scene, box).any()


def test_nothing_is_told_where_there_is_no_texture_and_outside_of_the_picture() -> None:
    boxes = np.array([[10.0, 10.0, 50.0, 40.0], [-30.0, 10.0, -4.0, 40.0], [90.0, 70.0, 99.0, 80.0]])
    assert not shows_scene(0.7 * GROUND, GROUND, boxes).any()
    assert shows_scene(GROUND, GROUND, np.zeros((0, 4))).shape == (0,)

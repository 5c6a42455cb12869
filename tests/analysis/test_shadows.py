"""A shadow on the ground is told from the thing that casts it by its shape."""

from __future__ import annotations

import numpy as np

from apercu.analysis.shadows import cast_shadows

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

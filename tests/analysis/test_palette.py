"""Palettes tell differently coloured things apart, whatever their size."""

from __future__ import annotations

import numpy as np

from apercu.analysis.palette import BINS, likeness, palettes


def dressed(upper: tuple[int, int, int], lower: tuple[int, int, int], seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    picture = np.full((200, 200, 3), 120.0)
    picture[40:100, 60:100], picture[100:160, 60:100] = upper, lower
    return np.clip(picture + rng.normal(0, 4, picture.shape), 0, 255).astype(np.uint8)


BOX = np.array([[60.0, 40, 100, 160]])
RED, BLUE, BLACK = (40, 40, 200), (190, 70, 30), (30, 30, 30)


def test_a_palette_is_a_distribution_over_two_halves() -> None:
    (palette,) = palettes(dressed(RED, BLACK), BOX)

    assert palette.shape == (BINS,)
    assert np.isclose(palette[: BINS // 2].sum(), 0.5)
    assert np.isclose(palette[BINS // 2 :].sum(), 0.5)


def test_the_same_is_alike_and_the_other_is_not() -> None:
    mine, again, other, turned = (
        palettes(picture, BOX)
        for picture in (
            dressed(RED, BLACK),
            dressed(RED, BLACK, 1),
            dressed(BLUE, BLACK),
            dressed(BLACK, RED),
        )
    )

    assert likeness(mine, again)[0, 0] > 0.9
    assert likeness(mine, other)[0, 0] < 0.75
    assert likeness(mine, turned)[0, 0] < 0.3


def test_distance_does_not_matter() -> None:
    picture = dressed(RED, BLUE)
    half = picture[::2, ::2]

    assert likeness(palettes(picture, BOX), palettes(half, BOX / 2))[0, 0] > 0.85


def test_boxes_at_and_over_the_edge_have_palettes() -> None:
    boxes = np.array([[-30.0, -30, 10, 10], [190, 190, 260, 260], [0, 0, 1, 1], [250, 250, 260, 260]])

    assert np.allclose(palettes(dressed(RED, BLUE), boxes).sum(axis=1), 1)
    assert palettes(dressed(RED, BLUE), np.zeros((0, 4))).shape == (0, BINS)

from __future__ import annotations

import numpy as np
import pytest

from apercu.synopsis.scenery import Scenery


def plain(level: int, size: tuple[int, int] = (16, 12)) -> np.ndarray:
    return np.full((size[1], size[0], 3), level, np.uint8)


def test_it_blends_between_the_two_nearest() -> None:
    scenery = Scenery([0.0, 100.0, 200.0], lambda i: plain(50 + 100 * i), 16, 12)
    levels = [int(scenery.at(second)[0, 0, 0]) for second in (-10, 0, 50, 100, 175, 200, 500)]
    assert levels == pytest.approx([50, 50, 100, 150, 225, 250, 250], abs=2)


def test_one_background_serves_all_day() -> None:
    scenery = Scenery([50.0], lambda _: plain(77), 16, 12)
    assert {int(scenery.at(second).mean()) for second in (0, 50, 99)} == {77}


def test_without_any_it_is_grey() -> None:
    picture = Scenery([], lambda _: plain(0), 16, 12).at(3.0)
    assert picture.shape == (12, 16, 3) and np.ptp(picture) == 0


def test_other_sizes_are_fitted() -> None:
    assert Scenery([0.0], lambda _: plain(77, (32, 24)), 16, 12).at(0.0).shape == (12, 16, 3)


def test_two_pictures_are_held_and_each_is_read_once_on_the_way() -> None:
    read: list[int] = []

    def load(index: int) -> np.ndarray:
        read.append(index)
        return plain(index)

    scenery = Scenery([10.0 * i for i in range(20)], load, 16, 12)
    for second in np.arange(0, 190, 0.5):
        scenery.at(float(second))
    assert read == list(range(20))


def test_a_moment_seen_again_is_not_blended_anew() -> None:
    scenery = Scenery([0.0, 100.0], lambda i: plain(100 * i), 16, 12)
    assert scenery.at(30.0) is scenery.at(30.1)

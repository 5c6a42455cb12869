"""Colours have eleven names; the dark and the infrared have none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from apercu.analysis.colour import COLOURS, ColourTally, has_colour

PATCHES = {
    "black": (25, 25, 28),
    "white": (235, 235, 235),
    "grey": (128, 128, 128),
    "red": (40, 35, 190),
    "orange": (20, 120, 235),
    "yellow": (40, 215, 235),
    "green": (60, 150, 50),
    "blue": (180, 80, 30),
    "purple": (160, 40, 120),
    "pink": (180, 130, 240),
    "brown": (40, 70, 110),
}
ALL = np.ones((40, 30), np.bool_)


def patch(colour: tuple[int, int, int], seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 3, (40, 30, 3))
    return np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)


def test_every_name_has_a_patch() -> None:
    assert set(PATCHES) == set(COLOURS)


@pytest.mark.parametrize("name", [name for name in PATCHES if name != "black"])
def test_a_patch_has_the_name_people_give_it(name: str) -> None:
    tally = ColourTally()
    tally.add(patch(PATCHES[name]), ALL)

    names, shares = tally.named()
    assert names[0] == name
    assert shares[0] > 0.8


def test_black_is_named_where_there_is_light() -> None:
    coat = patch(PATCHES["black"])
    coat[:10] = patch((150, 170, 200))[:10]
    tally = ColourTally()
    tally.add(coat, ALL)

    assert tally.named()[0][0] == "black"


def test_upper_and_lower_half() -> None:
    picture = patch(PATCHES["red"])
    picture[20:] = patch(PATCHES["blue"])[20:]
    tally = ColourTally()
    tally.add(picture, ALL)

    assert tally.named(1)[0] == ["red"]
    assert tally.named(2)[0] == ["blue"]
    assert sorted(tally.named(0)[0]) == ["blue", "red"]


def test_only_pixels_under_the_mask_count() -> None:
    picture, mask = patch(PATCHES["green"]), np.zeros((40, 30), np.bool_)
    picture[:, 10:20], mask[:, 10:20] = patch(PATCHES["yellow"])[:, 10:20], True
    tally = ColourTally()
    tally.add(picture, mask)

    assert tally.named()[0] == ["yellow"]


def test_what_is_too_dark_or_too_small_gets_no_name() -> None:
    tally = ColourTally()
    tally.add(patch((14, 12, 20)), ALL)
    few = np.zeros((40, 30), np.bool_)
    few[:3, :3] = True
    tally.add(patch(PATCHES["red"]), few)

    assert tally.named() == ([], [])
    assert tally.samples == 0


def test_infrared_has_no_colour_and_daylight_has() -> None:
    rng = np.random.default_rng(2)
    grey = np.repeat(rng.integers(20, 230, (48, 64, 1), np.uint8), 3, axis=2)
    daylight = np.asarray(cv2.merge([grey[..., 0], grey[..., 0], cv2.add(grey[..., 0], 25.0)]), np.uint8)

    assert not has_colour(grey)
    assert has_colour(daylight)


def test_pieces_of_a_track_are_tallied_together() -> None:
    first, second = ColourTally(), ColourTally()
    first.add(patch(PATCHES["red"]), ALL)
    second.add(patch(PATCHES["white"]), ALL)
    first.merge(second)

    names, shares = first.named()
    assert sorted(names) == ["red", "white"]
    assert np.allclose(shares, 0.5, atol=0.1)

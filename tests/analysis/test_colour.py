"""Colours have eleven names; the dark and the infrared have none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from apercu.analysis.colour import COLOURS, ColourTally, Light, has_colour

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


def test_upper_and_lower_part() -> None:
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
    tinted = np.asarray(cv2.merge([grey[..., 0], grey[..., 0], cv2.add(grey[..., 0], 25.0)]), np.uint8)
    daylight = grey.copy()
    daylight[:4, :24, 2] = 235  # something red somewhere suffices

    assert not has_colour(grey)
    assert not has_colour(tinted)
    assert has_colour(daylight)


def test_pieces_of_a_track_are_tallied_together() -> None:
    first, second = ColourTally(), ColourTally()
    first.add(patch(PATCHES["red"]), ALL)
    second.add(patch(PATCHES["white"]), ALL)
    first.merge(second)

    names, shares = first.named()
    assert sorted(names) == ["red", "white"]
    assert np.allclose(shares, 0.5, atol=0.1)


def test_what_is_dark_in_a_bright_scene_is_black() -> None:
    tally = ColourTally()
    tally.add(patch((14, 12, 20)), ALL, Light(dark=False))

    assert tally.named()[0] == ["black"]


def test_the_light_of_a_scene() -> None:
    bright = np.full((48, 64, 3), 160, np.uint8)
    bright[:8, :8] = PATCHES["red"]

    assert Light.of(bright) == Light(coloured=True, dark=False, cast=(0.0, 0.0, 0.0))
    assert Light.of(bright // 8).dark
    assert Light.of(bright // 8).gain == 1
    assert Light.of(bright // 2).gain == pytest.approx(1.6)


@pytest.mark.parametrize("name", ["white", "orange", "yellow", "red"])
def test_colours_are_told_as_in_good_light(name: str) -> None:
    scene = np.full((48, 64, 3), 150, np.uint8)
    tally = ColourTally()
    tally.add(patch(PATCHES[name]) // 3 * 2, ALL, Light.of(scene // 3 * 2))

    assert tally.named()[0][0] == name


@pytest.mark.parametrize("cast", [(25, -5, -20), (-20, 0, 20), (0, 0, 0)])
@pytest.mark.parametrize("name", ["grey", "red", "blue", "yellow", "green"])
def test_a_cast_of_light_and_haze_is_taken_off(name: str, cast: tuple[int, int, int]) -> None:
    def under_it(picture: np.ndarray) -> np.ndarray:
        return np.clip(picture + np.array(cast), 0, 255).astype(np.uint8)

    scene = np.random.default_rng(3).normal(120, 20, (48, 64, 1)).astype(np.int16).repeat(3, axis=2)
    tally = ColourTally()
    tally.add(under_it(patch(PATCHES[name])), ALL, Light.of(under_it(scene)))

    assert tally.named()[0][0] == name


def car(paint: tuple[int, int, int]) -> np.ndarray:
    """Return a car: shade below, tyres, windows with the sky in them, and paint, half of it in the light."""
    picture = patch((35, 32, 30))
    picture[6:16] = patch((100, 80, 60))[6:16]
    lit, shaded = patch(paint), patch(tuple(round(0.75 * c) for c in paint))
    picture[:6], picture[16:24], picture[24:32] = lit[:6], lit[16:24], shaded[24:32]
    return picture


@pytest.mark.parametrize(
    ("paint", "name"),
    [
        ((235, 235, 235), "white"),
        ((150, 148, 145), "grey"),
        ((35, 33, 33), "black"),
        ((40, 35, 190), "red"),
        ((40, 20, 85), "red"),
        ((150, 140, 235), "red"),
        ((150, 80, 30), "blue"),
        ((30, 115, 228), "orange"),
        ((60, 150, 50), "green"),
        ((40, 200, 225), "yellow"),
    ],
)
def test_a_vehicle_has_the_colour_of_its_paint(paint: tuple[int, int, int], name: str) -> None:
    tally = ColourTally()
    picture = car(paint)
    if name == "red":
        picture[:3] = patch((150, 140, 235))[:3]  # red in the light of the sun
    tally.add(picture, ALL)

    names, shares = tally.painted()
    assert names[0] == name
    assert all(0 < share <= 1 for share in shares)
    assert len({"black", "grey", "white"}.intersection(names)) <= 1


def test_near_views_count_more_than_far_ones() -> None:
    tally = ColourTally()
    far = np.ones((9, 9), np.bool_)
    for _ in range(5):
        tally.add(patch(PATCHES["grey"])[:9, :9], far)
    assert tally.wants(far)
    for _ in range(5):
        tally.add(patch(PATCHES["grey"])[:9, :9], far)
    assert not tally.wants(far)
    assert tally.wants(ALL)
    tally.add(patch(PATCHES["green"]), ALL)

    assert tally.named()[0][0] == "green"
    assert not tally.wants(ALL)

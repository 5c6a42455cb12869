from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from apercu.analysis.moment import Sight
from apercu.analysis.patches import Change, Patch, Patches
from apercu.footage import Frame

WIDTH, HEIGHT = 320, 180
BAG = (150, 100, 166, 114)
Picture = NDArray[np.uint8]


def ground(seed: int = 1) -> Picture:
    grain = np.random.default_rng(seed).uniform(90, 150, (HEIGHT // 3, WIDTH // 3)).astype(np.float32)
    return np.asarray(cv2.resize(grain, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), np.uint8)


def with_bag(picture: Picture, box: tuple[int, int, int, int] = BAG) -> Picture:
    x1, y1, x2, y2 = box
    changed = picture.copy()
    changed[y1:y2, x1:x2] = 30
    changed[y1 + 4 : y1 + 8, x1:x2] = 60
    return changed


def lit(picture: Picture, gain: float) -> Picture:
    x1, y1, x2, y2 = BAG
    changed = picture.astype(np.float32)
    changed[y1:y2, x1:x2] *= gain
    return np.asarray(changed.clip(0, 255), np.uint8)


def shown(
    pictures: list[tuple[float, Picture]],
    taken: NDArray[np.float64] | None = None,
    taken_s: tuple[float, float] = (0.0, np.inf),
) -> tuple[Patches, list[Patch]]:
    """Show pictures, grey or in colour, each until its second; return what is found in the end.

    Objects are in view in boxes ``taken`` from one second to another.
    """
    nobody = np.zeros((0, 4))
    patches, found, rng = Patches(), [], np.random.default_rng(3)
    at_s = 0.0
    for until_s, picture in pictures:
        while at_s < until_s:
            noisy = np.clip(picture + rng.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)
            frame = Frame.from_bgr(noisy) if noisy.ndim == 3 else None
            luma = noisy if frame is None else np.asarray(cv2.cvtColor(noisy, cv2.COLOR_BGR2GRAY), np.uint8)
            sight = Sight(luma, np.zeros(luma.shape, np.bool_), 2, frame)
            here = taken is not None and taken_s[0] <= at_s < taken_s[1]
            found = patches.see(sight, at_s, taken if taken is not None and here else nobody)
            at_s += 0.4
    return patches, found


def test_what_is_put_down_came_and_what_is_taken_went() -> None:
    _, (patch,) = shown([(15, ground()), (22, with_bag(ground()))])
    assert patch.change is Change.CAME
    assert np.allclose(patch.box, [2 * side for side in BAG], atol=6)
    assert patch.free_s < 15.5 and 14.5 < patch.still_s < 16
    _, (patch,) = shown([(15, with_bag(ground())), (22, ground())])
    assert patch.change is Change.WENT


@pytest.mark.parametrize("gain", [0.6, 0.75, 1.3, 1.5])
def test_light_is_nothing_that_came(gain: float) -> None:
    _, found = shown([(15, ground()), (22, lit(ground(), gain))])
    assert all(patch.change is Change.LIGHT for patch in found)


def test_what_has_a_colour_of_its_own_is_no_light() -> None:
    empty = np.full((HEIGHT, WIDTH, 3), (120, 130, 140), np.uint8)
    shade, thing = empty.copy(), empty.copy()
    x1, y1, x2, y2 = BAG
    shade[y1:y2, x1:x2] = (84, 91, 98)
    thing[y1:y2, x1:x2] = (140, 80, 70)  # as dark as the shade
    _, (patch,) = shown([(15, empty), (22, shade)])
    assert patch.change is Change.LIGHT
    _, (patch,) = shown([(15, empty), (22, thing)])
    assert patch.change is Change.CAME


def test_what_is_as_bright_as_the_ground_came_by_its_colour() -> None:
    empty = np.full((HEIGHT, WIDTH, 3), (120, 120, 120), np.uint8)
    thing = empty.copy()
    x1, y1, x2, y2 = BAG
    thing[y1:y2, x1:x2] = (60, 150, 92)
    _, (patch,) = shown([(15, empty), (22, thing)])
    assert patch.change is Change.CAME
    assert np.allclose(patch.box, [2 * side for side in BAG], atol=6)


def test_across_an_edge_of_the_scene_the_lines_around_it_tell() -> None:
    empty = ground().astype(np.int16)
    empty[:, : (BAG[0] + BAG[2]) // 2] -= 80
    empty[(BAG[1] + BAG[3]) // 2 :] += 60
    bare = np.asarray(empty.clip(5, 250), np.uint8)
    thing = with_bag(bare)
    thing[BAG[1] : BAG[3], BAG[0] : BAG[2]] = 125
    _, (patch,) = shown([(15, bare), (22, thing)])
    assert patch.change is Change.CAME
    _, (patch,) = shown([(15, thing), (22, bare)])
    assert patch.change is Change.WENT


def test_what_has_a_texture_of_its_own_is_no_light() -> None:
    x1, y1, x2, y2 = BAG
    thing = ground()
    thing[y1:y2, x1:x2] = ground(7)[y1:y2, x1:x2] * 0.8
    _, (patch,) = shown([(15, ground()), (22, thing)])
    assert patch.change is Change.CAME
    # However strong the light, its ground shows through.
    dark = (ground() * 0.4).astype(np.uint8)
    _, found = shown([(15, dark), (22, lit(dark, 2.2))])
    assert all(patch.change is Change.LIGHT for patch in found)


def test_what_is_left_where_something_larger_was_is_another_patch() -> None:
    larger = (BAG[0], BAG[1] - 30, BAG[2], BAG[3])
    _, (first,) = shown([(15, ground()), (20, with_bag(ground(), larger))])
    _, (patch,) = shown([(15, ground()), (20, with_bag(ground(), larger)), (26, with_bag(ground()))])
    assert patch.number > first.number
    assert np.allclose(patch.box, [2 * side for side in BAG], atol=6)


@pytest.mark.parametrize("by", [7, 14])
def test_what_was_moved_a_little_did_not_come(by: int) -> None:
    aside = with_bag(ground(), (BAG[0] + by, BAG[1], BAG[2] + by, BAG[3]))
    _, found = shown([(15, with_bag(ground())), (22, aside)])
    assert found and all(patch.change is Change.MOVED for patch in found)
    # The scene takes it up with all of its place: a piece that is left would look like another change.
    _, found = shown([(15, with_bag(ground())), (100, aside)])
    assert not found


def test_brightness_of_all_is_no_change() -> None:
    dimmed = (ground() * 0.8).astype(np.uint8)
    assert not shown([(15, ground()), (22, dimmed)])[1]


def test_a_patch_is_over_when_the_scene_is_as_it_was() -> None:
    assert not shown([(15, ground()), (22, with_bag(ground())), (28, ground())])[1]


def test_where_somebody_stands_nothing_is_told() -> None:
    box = np.array([[2.0 * side for side in BAG]])
    assert not shown([(15, ground()), (22, with_bag(ground()))], box)[1]


def test_what_somebody_hid_for_a_moment_is_as_old_as_before() -> None:
    # Too large for a patch, but for as long as somebody hides a part of it.
    parked = with_bag(ground(), (100, 60, 180, 94))
    passing = parked.copy()
    passing[50:110, 160:190] = 200
    hidden = np.array([[320.0, 100.0, 380.0, 220.0]])
    walked = [(15.0, ground()), (45.0, parked), (48.0, passing), (52.0, parked)]
    assert not shown(walked, hidden, (45.0, 48.0))[1]


def test_what_was_moved_is_taken_up_also_where_somebody_hides_its_place_just_then() -> None:
    aside = with_bag(ground(), (BAG[0] + 14, BAG[1], BAG[2] + 14, BAG[3]))
    passing = aside.copy()
    passing[80:130, BAG[0] - 10 : BAG[0] + 10] = 200
    hidden = np.array([[2.0 * BAG[0] - 20, 160.0, 2.0 * BAG[0] + 20, 260.0]])
    walked = [(15.0, with_bag(ground())), (73.0, aside), (77.0, passing), (82.0, aside)]
    assert not shown(walked, hidden, (73.0, 77.0))[1]


def test_a_camera_that_moved_has_forgotten_all() -> None:
    patches, found = shown([(15, ground()), (22, with_bag(ground()))])
    assert found
    patches.forget()
    other = Sight(ground(5), np.zeros((HEIGHT, WIDTH), np.bool_), 2)
    assert not patches.see(other, 23.0, np.zeros((0, 4)))

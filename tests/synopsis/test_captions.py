"""Labels neither collide nor flicker, however many there are."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from apercu.synopsis.captions import Caption, Captions

SIZE = (40, 12)
NOTICE = (4, 220, 200, 236)


def moving(rng: np.random.Generator, length: int) -> np.ndarray:
    """Return the boxes of something that goes straight through 320 x 240 pixels, with trembling edges."""
    begin, end = rng.uniform(0, [300, 220]), rng.uniform(0, [300, 220])
    corner = begin + np.linspace(0, 1, length)[:, None] * (end - begin) + rng.normal(0, 0.7, (length, 2))
    return np.concatenate([corner, corner + rng.uniform(8, 40, 2)], axis=1).astype(np.float32)


def crowd(count: int, every: int, length: int = 100) -> list[Caption]:
    rng = np.random.default_rng(count)
    captions = Captions(320, 240, 25.0, [NOTICE])
    return [captions.plan(every * i // 4, moving(rng, length), SIZE) for i in range(count)]


def collisions(captions: list[Caption]) -> int:
    found = 0
    for frame in range(0, max(caption.end for caption in captions), 3):
        here = [c.at(frame) for c in captions if c.start <= frame < c.end]
        corners = np.array([(x, y) for x, y, strength in here if strength > 0]).reshape(-1, 2)
        apart = np.abs(corners[:, None] - corners[None])
        touching = (apart[..., 0] < SIZE[0]) & (apart[..., 1] < SIZE[1])
        found += int(touching.sum() - len(corners)) // 2
        for x, y in corners.tolist():
            found += x < NOTICE[2] and NOTICE[0] < x + SIZE[0] and y < NOTICE[3] and NOTICE[1] < y + SIZE[1]
    return found


@pytest.mark.parametrize(("count", "every"), [(12, 20), (60, 10), (200, 2)])
def test_no_two_labels_touch_nor_the_notice(count: int, every: int) -> None:
    captions = crowd(count, every)
    assert collisions(captions) == 0
    assert np.mean([caption.strength.mean() for caption in captions]) > 0.05


def test_where_there_is_room_all_labels_are_shown() -> None:
    captions = crowd(12, 60)
    assert np.mean([caption.strength.mean() for caption in captions]) > 0.9


def test_a_thousand_labels_are_planned() -> None:
    captions = crowd(1000, 4, length=50)
    assert len(captions) == 1000
    assert collisions(captions) == 0


@pytest.mark.parametrize(("count", "every"), [(12, 20), (60, 10)])
def test_none_jumps_or_flickers(count: int, every: int) -> None:
    for caption in crowd(count, every):
        steps = np.abs(np.diff(caption.corners, axis=0)).max(axis=1)
        assert steps.max() <= 14  # gliding to another slot within a quarter of a second
        # Between fading out and in again lies some time.
        changes = np.flatnonzero(np.diff((caption.strength > 0).astype(int)))
        assert all(b - a >= 5 for a, b in pairwise(changes.tolist()))


def test_labels_stay_inside_the_picture() -> None:
    for caption in crowd(60, 10):
        assert caption.corners.min() >= 0
        assert (caption.corners + np.array(SIZE)).max(axis=0).tolist() <= [320, 240]


def test_trembling_boxes_make_calm_labels() -> None:
    rng = np.random.default_rng(0)
    boxes = np.tile(np.array([100.0, 100, 130, 160]), (100, 1)) + rng.normal(0, 2, (100, 4))
    caption = Captions(320, 240, 25.0, []).plan(0, boxes.astype(np.float32), SIZE)
    assert np.abs(np.diff(caption.corners, axis=0)).max() <= 1


@pytest.mark.parametrize("length", [1, 2, 3])
def test_the_shortest_tubes_have_labels_too(length: int) -> None:
    caption = Captions(320, 240, 25.0, []).plan(7, np.tile([[9.0, 9, 20, 40]], (length, 1)), SIZE)
    assert (caption.start, caption.end) == (7, 7 + length)
    assert (caption.strength == 1).all()


def test_labels_larger_than_the_picture_are_cut() -> None:
    caption = Captions(20, 10, 25.0, []).plan(0, np.tile([[2.0, 2, 9, 9]], (5, 1)), SIZE)
    assert (caption.corners == 0).all()

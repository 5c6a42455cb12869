"""What sizes of coded pictures tell: on groups made up of sizes alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from apercu.analysis.sizes import SizeFloor
from apercu.footage.groups import Group

RATE, KEY = 25, 60_000


def group(number: int, sizes: np.ndarray[Any, Any]) -> Group:
    """Return a group of one key frame and pictures of these sizes."""
    packets = [
        SimpleNamespace(size=round(size), pts=n, is_keyframe=n == 0) for n, size in enumerate([KEY, *sizes])
    ]
    return Group(tuple(packets), number, 0, 1 / RATE)  # type: ignore[arg-type]


def quiet(rng: np.random.Generator, level: float, spread: float) -> np.ndarray[Any, Any]:
    """Return sizes of two seconds of a still scene: every third picture costs five times the others."""
    pattern = np.where(np.arange(2 * RATE - 1) % 3, 1.0, 5.0)
    return level * pattern * (1 + spread * rng.standard_normal(len(pattern)))


def taught(level: float, spread: float, groups: int = 12) -> tuple[SizeFloor, np.random.Generator]:
    rng, floor = np.random.default_rng(1), SizeFloor(RATE)
    for n in range(groups):
        floor.learn(group(n, quiet(rng, level, spread)))
    return floor, rng


def test_some_seconds_of_quiet_are_needed() -> None:
    assert not taught(300, 0.1, groups=3)[0].known
    assert taught(300, 0.1, groups=6)[0].known


def test_a_still_scene_does_not_rise() -> None:
    floor, rng = taught(300, 0.1)
    unusual = [floor.unusual(group(n, quiet(rng, 300, 0.1))) for n in range(40)]
    assert np.mean(np.array(unusual) > 0) < 0.1


@pytest.mark.parametrize("seconds", [0.4, 1.0])
def test_what_moves_for_part_of_a_group_rises(seconds: float) -> None:
    floor, rng = taught(300, 0.1)
    sizes = quiet(rng, 300, 0.1)
    sizes[20 : 20 + round(seconds * RATE)] += 0.5 * KEY * 0.02  # a fiftieth of the picture
    # What is unusual ends with it, give or take a span of a second.
    assert 20 + seconds * RATE <= floor.unusual(group(50, sizes)) <= 1 + min(49, 20 + seconds * RATE + RATE)


def test_sizes_tell_how_small_a_thing_they_can_show() -> None:
    clean, noisy = taught(300, 0.1)[0], taught(3000, 0.3)[0]
    assert clean.smallest < 0.004
    assert noisy.smallest > 0.02
    drowned = taught(30_000, 0.05)[0]  # as many bytes as what moves would take
    assert drowned.smallest > 1


def test_usual_sizes_follow_the_night() -> None:
    floor, rng = taught(300, 0.1)
    assert floor.unusual(group(50, quiet(rng, 900, 0.1))) > 2 * RATE - 6
    for n in range(30):
        floor.learn(group(n, quiet(rng, 900, 0.1)))
    assert sum(floor.unusual(group(n, quiet(rng, 900, 0.1))) > 0 for n in range(60, 80)) < 6


def test_groups_of_other_lengths_are_judged_too() -> None:
    floor, rng = taught(300, 0.1)
    assert floor.unusual(group(50, quiet(rng, 300, 0.1)[:9])) == 0
    longer = np.concatenate([quiet(rng, 300, 0.1), quiet(rng, 300, 0.1)])
    longer[70:90] += 0.5 * KEY * 0.04
    assert floor.unusual(group(52, longer)) > 90
    assert floor.unusual(group(53, np.zeros(0))) == 0

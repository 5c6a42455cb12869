"""The demo street: quiet, full of known things, quick to make, and named by the default detector."""

from collections import Counter
from itertools import pairwise

import cv2
import numpy as np
import pytest

from apercu.footage.scene import SyntheticScene
from apercu.footage.street import demo_street
from apercu.footage.truth import CLASS_NAMES
from apercu.geometry import iou


@pytest.fixture(scope="module")
def street() -> SyntheticScene:
    return demo_street()


def test_the_street_has_all_kinds_and_quiet_moments(street: SyntheticScene) -> None:
    kinds = Counter(actor.class_name for actor in street.actors)
    assert 15 <= len(street.actors) <= 25
    assert {"person", "bicycle", "car", "bus", "truck", "animal"} == set(kinds)
    present = [sum(a.times[0] <= s <= a.times[-1] for a in street.actors) for s in np.arange(0, 90, 0.5)]
    assert np.mean(np.array(present) == 0) > 0.2
    assert all(actor.times[-1] < 90 for actor in street.actors)


def test_the_street_is_the_same_every_time_and_differs_by_seed(street: SyntheticScene) -> None:
    again, other = demo_street(), demo_street(seed=8)
    for n in (1000, 100):
        assert np.array_equal(street.frame(n), again.frame(n))
    assert not np.array_equal(street.still(0), other.still(0))


def test_truth_agrees_with_pixels(street: SyntheticScene) -> None:
    for n in (150, 1000, 1750):
        truth = street.truth(n)
        assert len(truth) > 0
        change = np.abs(street.clean(n).astype(int) - street.still(n)).max(axis=2)
        covered = truth.masks.any(axis=0)
        rim = cv2.dilate(np.asarray(covered, np.uint8), np.ones((3, 3), np.uint8)) > 0
        # Thin things (spokes, the edge of a leaf before somebody) cover less than half of a pixel.
        unexplained = (change > 14) & ~rim & ~truth.shadow
        assert unexplained.sum() < 0.02 * covered.sum()
        assert (change[covered] > 3).mean() > 0.9


def test_vehicles_of_one_lane_do_not_run_into_each_other() -> None:
    scene = demo_street(seconds=240, seed=3)
    vehicles = [a for a in scene.actors if a.class_name in ("car", "bus", "truck")]
    for seconds in np.arange(0, 240, 0.5):
        boxes = []
        for actor in vehicles:
            placed, at = actor.placed(seconds, (960, 540)), actor.position(seconds)
            if placed is not None and at is not None and placed.solid.any():
                columns = np.flatnonzero(placed.solid.any(axis=0)) + placed.where[1].start
                boxes.append((at[1] > 400, columns[0], columns[-1]))
        boxes.sort()
        for (lane, _, right), (next_lane, left, _) in pairwise(boxes):
            assert lane != next_lane or right < left


@pytest.mark.parametrize("seconds", [1, 5, 31])
def test_short_streets_work(seconds: float) -> None:
    scene = demo_street(seconds=seconds, width=320, height=180)
    assert len(scene) == seconds * 25
    assert scene.frame(len(scene) - 1).shape == (180, 320, 3)


def test_the_default_detector_names_most_of_them(street: SyntheticScene) -> None:
    from apercu.analysis.detector import load_detector

    detector = load_detector()
    votes: dict[int, Counter[str]] = {k: Counter() for k in range(1, len(street.actors) + 1)}
    for n in range(0, len(street), 15):
        truth = street.truth(n)
        if not len(truth):
            continue
        small = cv2.resize(street.frame(n), (640, 360), interpolation=cv2.INTER_AREA)
        found = detector.detect(np.asarray(small, np.uint8))
        overlaps = iou(truth.boxes / 1.5, found.boxes)
        for row, k in zip(overlaps, truth.ids.tolist(), strict=True):
            named = np.flatnonzero((row > 0.4) & (found.scores >= 0.3))
            votes[k].update(CLASS_NAMES[c] for c in found.classes[named])
    right = [bool(v) and v.most_common(1)[0][0] == street.actors[k - 1].class_name for k, v in votes.items()]
    assert np.mean(right) >= 0.7

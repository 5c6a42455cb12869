"""Boxes in even motion are followed, and rows know nothing of each other."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu.analysis.kalman import KalmanBoxes

STEP = 0.125
NOISE = np.array([0.05])


def even(start: list[float], velocity: list[float], steps: int) -> np.ndarray:
    """Return boxes (steps, 1, 4) that move evenly, ``velocity`` in pixels per second."""
    return np.array([[np.array(start) + np.tile(velocity, 2) * STEP * i] for i in range(steps)])


def followed(filter_: KalmanBoxes, boxes: np.ndarray) -> KalmanBoxes:
    rows = np.arange(boxes.shape[1])
    filter_.add(boxes[0], np.full(len(rows), 0.05))
    for now in boxes[1:]:
        filter_.predict(STEP)
        filter_.correct(rows, now, np.full(len(rows), 0.05))
    return filter_


@settings(max_examples=40)
@given(st.floats(-80, 80), st.floats(-80, 80))
def test_even_motion_is_followed_and_foretold(vx: float, vy: float) -> None:
    path = even([100, 100, 130, 160], [vx, vy], 25)
    filter_ = followed(KalmanBoxes(), path[:24])

    assert np.allclose(filter_.velocity, [[vx, vy]], atol=3)
    filter_.predict(STEP)
    assert np.allclose(filter_.boxes, path[24], atol=1)


def test_unseen_it_goes_on_and_keeps_its_size() -> None:
    filter_ = followed(KalmanBoxes(), even([100, 100, 130, 160], [40, 0], 20))
    before = filter_.boxes[0]
    for _ in range(8):
        filter_.predict(STEP)

    after = filter_.boxes[0]
    assert np.allclose(after - before, [40, 0, 40, 0], atol=3)


@settings(max_examples=30)
@given(st.lists(st.tuples(*[st.floats(0, 400)] * 2, *[st.floats(6, 90)] * 2), min_size=2, max_size=6))
def test_rows_are_independent(things: list[tuple[float, float, float, float]]) -> None:
    rng = np.random.default_rng(1)
    first = np.array([[x, y, x + w, y + h] for x, y, w, h in things])
    boxes = first[None] + rng.normal(0, 2, (6, *first.shape))

    together = followed(KalmanBoxes(), boxes)

    for row in range(len(first)):
        alone = followed(KalmanBoxes(), boxes[:, row : row + 1])
        assert np.allclose(alone.mean[0], together.mean[row])
        assert np.allclose(alone.covariance[0], together.covariance[row])


def test_rows_not_corrected_and_rows_dropped() -> None:
    filter_ = KalmanBoxes()
    filter_.add(np.array([[0.0, 0, 10, 10], [50, 50, 70, 90], [5, 5, 25, 25]]), np.full(3, 0.1))
    before = filter_.boxes
    filter_.correct(np.array([1]), np.array([[52.0, 52, 72, 92]]), NOISE)

    assert np.array_equal(filter_.boxes[[0, 2]], before[[0, 2]])
    filter_.keep(np.array([False, True, False]))
    assert len(filter_) == 1
    assert filter_.boxes[0, 0] > 50

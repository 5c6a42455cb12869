"""How often to look: the pace follows the fastest, slow things rest, and what is new or in doubt does not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apercu.analysis import CLASSES
from apercu.analysis.cadence import Cadence
from apercu.analysis.options import CadenceOptions
from apercu.analysis.tracklets import Tracklet

SIZE = (1920, 1080)
CAR, OTHER = CLASSES.index("car"), CLASSES.index("other")
STILL = np.zeros((1, 2))
MIDDLE = np.array([[800.0, 400, 1000, 500]])


def cadence(most: float = 10.0) -> Cadence:
    return Cadence(CadenceOptions(), most, SIZE, scale=1.3 * 640 / 1920)


def known(class_index: int = CAR, looked_s: float = 1.0, looks: int = 9) -> Tracklet:
    """Return a track seen often; named unless its class is OTHER."""
    track = Tracklet(1, hits=9, sure_s=1.0, looked_s=looked_s, looks=looks)
    if class_index != OTHER:
        track.votes[class_index] = 5.0
        track.vote_count = 9
    return track


def looked_at(track: Tracklet, box: np.ndarray, now_s: float, blobs: np.ndarray | None = None) -> bool:
    shown, _ = cadence().due([track], box, STILL, box if blobs is None else blobs, now_s)
    return bool(shown[0])


def test_what_stands_alone_and_is_named_rests_for_a_while() -> None:
    assert not looked_at(known(), MIDDLE, 1.2)
    assert looked_at(known(), MIDDLE, 1.6)


def test_what_no_longer_fits_its_motion_is_looked_at() -> None:
    assert looked_at(known(), MIDDLE, 1.2, blobs=np.array([[800.0, 400, 1500, 900]]))
    assert looked_at(known(), MIDDLE, 1.2, blobs=np.zeros((0, 4)))


def test_what_comes_in_over_the_edge_is_looked_at() -> None:
    assert looked_at(known(), np.array([[0.0, 400, 150, 500]]), 1.2)


def test_what_is_new_is_looked_at_and_what_is_never_named_less_and_less() -> None:
    assert looked_at(known(OTHER, looks=1), MIDDLE, 1.1)
    assert not looked_at(known(OTHER, looks=3), MIDDLE, 1.2)
    assert looked_at(known(OTHER, looks=3), MIDDLE, 1.4)
    assert not looked_at(known(OTHER, looks=8), MIDDLE, 1.4)
    assert looked_at(known(OTHER, looks=8), MIDDLE, 1.9)


def test_what_is_too_small_to_be_named_is_not_looked_at() -> None:
    speck = np.array([[800.0, 400, 812, 410]])
    assert not looked_at(known(OTHER, looks=0), speck, 9.0)
    _, blobs = cadence().due([], np.zeros((0, 4)), np.zeros((0, 2)), np.concatenate([speck, MIDDLE]), 1.0)
    assert blobs.tolist() == [False, True]


def test_between_two_common_looks_only_what_is_urgent_is_looked_at() -> None:
    pace, box = cadence(), MIDDLE
    lone = known(looked_s=-10.0)
    assert pace.due([lone], box, STILL, np.zeros((0, 4)), 1.0)[0].all()
    assert not pace.due([lone], box, STILL, np.zeros((0, 4)), 1.2)[0].any()
    assert pace.due([lone], box, STILL, np.zeros((0, 4)), 1.4)[0].all()
    assert lone.looks == 11


def test_what_moves_under_a_resting_track_is_not_looked_at_either() -> None:
    _, blobs = cadence().due([known()], MIDDLE, STILL, MIDDLE, 1.2)
    assert not blobs.any()


def test_nothing_known_is_watched_at_the_usual_pace() -> None:
    assert cadence().step_s([], np.zeros((0, 4)), np.zeros((0, 2))) == pytest.approx(0.2)
    assert cadence(most=3.0).step_s([], np.zeros((0, 4)), np.zeros((0, 2))) == pytest.approx(1 / 3)


@given(st.floats(0, 5000), st.floats(1.0, 30.0))
def test_the_pace_keeps_between_its_bounds_and_the_faster_needs_the_more(speed: float, most: float) -> None:
    pace = cadence(most)
    slow = pace.step_s([known()], MIDDLE, np.array([[speed, 0.0]]))
    fast = pace.step_s([known()], MIDDLE, np.array([[speed * 2, 0.0]]))
    assert 1 / most <= fast <= slow <= pace.longest_s


def test_two_that_pass_close_to_each_other_are_watched_faster_than_one() -> None:
    boxes = np.array([[800.0, 400, 840, 500], [841.0, 400, 881, 500]])
    walking, meeting = np.array([[60.0, 0], [60, 0]]), np.array([[60.0, 0], [-60, 0]])
    pair = [known(CLASSES.index("person")), known(CLASSES.index("person"))]
    assert cadence().step_s(pair, boxes, walking) == pytest.approx(0.2)
    assert cadence().step_s(pair, boxes, meeting) == pytest.approx(0.1)

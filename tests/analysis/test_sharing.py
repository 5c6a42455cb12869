"""Blobs that one track holds: pieces of one thing, or two things that part."""

from __future__ import annotations

import numpy as np

from apercu.analysis.detections import CLASSES
from apercu.analysis.sharing import gathered
from apercu.analysis.tracklets import Tracklet

APART = np.array([[0, 0, 20, 40], [90, 0, 120, 40]], float)
CLOSE = np.array([[0, 0, 20, 40], [22, 0, 50, 40]], float)


def test_two_that_came_in_as_one_part_after_some_pictures() -> None:
    track = Tracklet(1)
    told = [gathered(track, APART, 3.0, 0.15) for _ in range(3)]

    assert [parted for _, parted in told] == [False, False, True]
    assert told[0][0] is not None and told[0][0].tolist() == [0, 0, 120, 40]
    assert told[-1][0] is not None and told[-1][0].tolist() == APART[1].tolist()


def test_pieces_close_together_are_one_thing() -> None:
    track = Tracklet(1)
    for _ in range(10):
        box, parted = gathered(track, CLOSE, 3.0, 0.15)
        assert box is not None and box.tolist() == [0, 0, 50, 40]
        assert not parted


def test_a_speck_beside_a_thing_does_not_part_it() -> None:
    blobs = np.array([[0, 0, 50, 40], [90, 0, 94, 4]], float)
    track = Tracklet(1)

    assert not any(gathered(track, blobs, 3.0, 0.15)[1] for _ in range(10))


def test_what_has_a_name_is_whole() -> None:
    track = Tracklet(1, vote_count=1)
    track.votes[CLASSES.index("car")] = 1

    assert not any(gathered(track, APART, 3.0, 0.15)[1] for _ in range(10))


def test_without_blobs_there_is_no_box() -> None:
    assert gathered(Tracklet(1), np.zeros((0, 4)), 3.0, 0.15) == (None, False)

"""Blobs that one track holds: pieces of one thing, or two things that part."""

from __future__ import annotations

import numpy as np

from apercu.analysis.detections import CLASSES
from apercu.analysis.sharing import companions, gathered
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


def test_a_speck_that_goes_along_with_someone_is_no_thing_of_its_own() -> None:
    live = [Tracklet(1), Tracklet(2), Tracklet(3)]
    live[0].votes[CLASSES.index("person")], live[0].vote_count = 2.0, 3
    boxes = np.array([[100, 100, 130, 180], [140, 170, 150, 178], [140, 100, 170, 170]], float)
    scale = np.sqrt(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1))
    along, apart = np.full((3, 2), [60.0, 0.0]), np.array([[60.0, 0.0], [-60.0, 0.0], [60.0, 0.0]])

    found = companions(live, boxes, along, scale, 4.0)
    assert found[1].tolist() == [True, False, False]
    assert not found[2].any()
    assert not companions(live, boxes, apart, scale, 4.0)[1].any()
    boxes[1] += 300
    assert not companions(live, boxes, along, scale, 4.0)[1].any()

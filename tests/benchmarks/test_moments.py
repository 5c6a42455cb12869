from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from moments import Followed, Recall, recall_of_paths, recall_of_spans


def path(number: int, begin: float, end: float, *, x: float = 0.0, speed: float = 0.0) -> Followed:
    """Return a box of 60 x 80 pixels (100 across) that goes right at ``speed`` px/s, ten times a second."""
    times = np.arange(begin, end + 1e-9, 0.1)
    left = x + speed * (times - begin)
    boxes = np.column_stack([left, np.full_like(left, 40), left + 60, np.full_like(left, 120)])
    return Followed(np.full(len(times), number), times, boxes)


def together(*paths: Followed) -> Followed:
    columns = [(each.ids, each.times, each.boxes) for each in paths]
    ids, times, boxes = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    return Followed(ids, times, boxes)


NOTHING = Followed(np.zeros(0, np.int64), np.zeros(0), np.zeros((0, 4)))


def test_a_moment_is_found_when_a_track_lies_in_it() -> None:
    seen = together(path(1, 10.5, 14.0), path(2, 19.0, 20.0))
    assert recall_of_spans([(10, 15), (30, 35)], seen) == Recall(2, 1, outside=1)


def test_a_ghost_that_is_always_there_finds_nothing() -> None:
    assert recall_of_spans([(10, 15), (30, 35)], path(1, 0, 60)) == Recall(2, 0, outside=1)


def test_nothing_seen_finds_nothing() -> None:
    assert recall_of_spans([(10, 15)], NOTHING) == Recall(1, 0, outside=0)
    assert recall_of_paths(path(1, 0, 4, speed=50), NOTHING) == Recall(1, 0)


def test_what_the_reference_followed_is_found_at_the_same_place_and_time() -> None:
    reference = path(1, 0, 4, speed=50)
    assert recall_of_paths(reference, path(7, 0, 4, x=5, speed=50)).found == 1
    assert recall_of_paths(reference, path(7, 0, 4, x=90, speed=50)).found == 0
    assert recall_of_paths(reference, path(7, 4.2, 8, speed=50)).found == 0
    assert recall_of_paths(reference, path(7, 0, 1.5, speed=50)).found == 0, "for less than half of it"


def test_several_tracks_together_find_it_and_boxes_between_observations_count() -> None:
    reference = path(1, 0, 4, speed=50)
    first, rest = path(3, 0, 1.5, speed=50), path(4, 1.6, 4, x=80, speed=50)
    seldom = Followed(rest.ids[::8], rest.times[::8], rest.boxes[::8])
    assert recall_of_paths(reference, together(first, seldom)) == Recall(1, 1)


@pytest.mark.parametrize(
    "still",
    [
        path(1, 0, 30),
        path(1, 0, 30, speed=10),
        path(1, 0, 1.2, speed=200),
        together(path(1, 0, 9.9), path(1, 10, 30, x=300)),
    ],
    ids=["parked", "drifting", "for a moment only", "exchanged with another parked one"],
)
def test_what_hardly_moves_is_no_moment(still: Followed) -> None:
    assert recall_of_paths(still, NOTHING) == Recall(0, 0)


def test_it_is_kept_in_a_file(tmp_path: Path) -> None:
    path(5, 0, 1).save(tmp_path / "followed.npz")
    again = Followed.load(tmp_path / "followed.npz")
    assert again.ids.tolist() == [5] * 11
    np.testing.assert_array_equal(again.boxes, path(5, 0, 1).boxes)

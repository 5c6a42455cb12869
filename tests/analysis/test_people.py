"""Where anyone may be: through gaps, around both ends of a track, with more room the less is known."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from apercu.analysis import CLASSES, Tracks
from apercu.analysis.attributes import to_tracks
from apercu.analysis.masks import CutMask
from apercu.analysis.people import People, steady_feet
from apercu.analysis.tracklets import Observation, Source, Tracklet

TICK = Fraction(1, 1000)


def tracklet(times: list[float], name: str = "person", *, score: float = 0.8, lost: tuple = ()) -> Tracklet:
    """Return one that walks 20 pixels a second to the right, 10 wide and 30 tall, from x = 100 at 0 s."""
    made = Tracklet(0, hits=len(times), vote_count=0 if name == "other" else len(times))
    made.votes[CLASSES.index(name)] = 0 if name == "other" else score * len(times)
    for time_s in times:
        left = 100 + 20 * time_s
        source = Source.PREDICTED if time_s in lost else Source.DETECTOR
        mask = CutMask(int(left), 50, np.ones((30, 10), np.bool_))
        made.observations.append(
            Observation(round(time_s / TICK), time_s, (left, 50, left + 10, 80), score, source, mask)
        )
    return made


def tracks(*tracklets: Tracklet) -> Tracks:
    return to_tracks(list(tracklets), recording_id="r", camera="c", first_id=1, start=None)


def seconds(begin: float, end: float) -> list[float]:
    return np.arange(begin, end + 1e-6, 0.125).tolist()


def test_a_region_follows_and_has_room() -> None:
    people = People(tracks(tracklet(seconds(1, 5))))
    (place,) = people.at("r", 2.06)
    x1, y1, x2, y2 = place.region
    left = 100 + 20 * 2.06
    assert left - 9 < x1 < left - 4 and left + 14 < x2 < left + 19
    assert 41 < y1 < 46 and 84 < y2 < 89
    assert (place.track_id, place.size_px) == (1, 30.0)
    assert place.anchor == pytest.approx((left + 5, 80), abs=1)


def test_a_gap_is_bridged_and_covered_more_widely() -> None:
    gap = People(tracks(tracklet(seconds(1, 3) + seconds(6, 8))))
    guessed = seconds(3.125, 5.875)
    filled = People(tracks(tracklet(seconds(1, 8), lost=tuple(guessed))))
    for people in (gap, filled):
        (seen,), (lost,) = people.at("r", 3.0), people.at("r", 4.5)
        assert (lost.region[0] + lost.region[2]) / 2 == pytest.approx(100 + 20 * 4.5 + 5, abs=1)
        assert lost.region[2] - lost.region[0] > 2 * (seen.region[2] - seen.region[0])


def test_someone_is_there_a_second_before_and_after_they_were_seen() -> None:
    people = People(tracks(tracklet(seconds(2, 4))))
    assert [len(people.at("r", second)) for second in (0.9, 1.1, 3, 4.9, 5.1)] == [0, 1, 1, 1, 0]
    ((last,), (after,)) = people.at("r", 4.0), people.at("r", 4.9)
    # In 0.9 s they walk 18 pixels on.
    assert after.region[0] < last.region[0] and after.region[2] > 100 + 20 * 4.9 + 10


@pytest.mark.parametrize("name", ["person", "bicycle", "motorcycle", "animal", "bag", "other"])
def test_whatever_is_no_vehicle_may_be_a_person(name: str) -> None:
    people = People(tracks(tracklet(seconds(0, 2), name)))
    assert people.may_be("r", 1) and len(people.at("r", 1)) == 1 and not people.vehicles_at("r", 1)


def test_only_what_is_clearly_a_vehicle_is_none() -> None:
    people = People(tracks(tracklet(seconds(0, 2), "car"), tracklet(seconds(0, 2), "truck", score=0.2)))
    assert [people.may_be("r", number) for number in (1, 2, 3)] == [False, True, True]
    assert [place.track_id for place in people.at("r", 1)] == [2]
    assert [place.track_id for place in people.vehicles_at("r", 1)] == [1]


def test_other_recordings_have_their_own_people() -> None:
    people = People(tracks(tracklet(seconds(0, 2), "car")))
    assert people.at("s", 1) == [] and people.vehicles_at("s", 1) == []
    assert people.may_be("s", 1)
    assert People(Tracks.empty()).at("r", 0) == []


def test_one_sighting_is_enough() -> None:
    (place,) = People(tracks(tracklet([1.0]))).at("r", 1.5)
    assert place.region[0] < 120 < 130 < place.region[2]


def test_feet_do_not_tremble_but_keep_up() -> None:
    way = np.linspace(0, 100, 80)
    boxes = np.column_stack([way, np.zeros(80), way + 10, np.full(80, 30.0)])
    trembling = boxes + np.random.default_rng(1).normal(0, 2, boxes.shape)
    feet = steady_feet(trembling.astype(np.float32), 8)
    assert np.abs(feet[:, 0] - way - 5).max() < 4
    assert np.diff(feet[:, 0]).std() < 0.3 * np.diff(trembling[:, [0, 2]].mean(axis=1)).std()


def test_around_a_part_of_someone_there_is_room_for_the_whole() -> None:
    walkers = [tracklet(seconds(1, 5)) for _ in range(2)]
    hidden, hardly = (
        tracklet(seconds(1, 5), name, score=score) for name, score in (("other", 0), ("person", 0.2))
    )
    for part, (y1, y2) in ((hidden, (50, 58)), (hardly, (72, 80))):  # a head above a sign, feet below it
        part.observations = [
            Observation(o.pts, o.time_s, (100, y1, 106, y2), 0.2, o.source, o.mask) for o in part.observations
        ]
    *whole, head, feet = People(tracks(*walkers, hidden, hardly)).at("r", 3.0)
    assert {place.region[3] - place.region[1] for place in whole} == {40}  # 30 and room
    for place in (head, feet):
        assert place.region[0] <= 98 and place.region[2] >= 108
        assert place.region[1] <= 50 and place.region[3] >= 80
    alone = People(tracks(hidden)).at("r", 3.0)[0].region  # nobody tells how large people are here
    assert alone[3] - alone[1] < 16


def test_nobody_vanishes_in_the_middle_of_a_picture() -> None:
    across = tracklet(seconds(0, 12))  # from the left to the right of all that is seen
    above, below = tracklet(seconds(0, 1)), tracklet(seconds(0, 1))
    for edge, top in ((above, 0), (below, 170)):
        edge.observations = [
            Observation(o.pts, o.time_s, (100, top, 110, top + 30), 0.8, o.source, o.mask)
            for o in edge.observations
        ]
    lost = tracklet(seconds(3, 5))
    people = People(tracks(across, above, below, lost))
    (gone,) = (place for place in people.at("r", 14.5) if place.track_id == 4)
    assert gone.region[0] <= 195 and gone.region[2] >= 215  # where it was last, at 5 s
    assert gone.region[1] <= 40 and gone.region[3] >= 90
    assert 4 not in [place.track_id for place in people.at("r", 15.5)]
    assert [place.track_id for place in people.at("r", 14.5)] == [4]  # who left at an edge has left

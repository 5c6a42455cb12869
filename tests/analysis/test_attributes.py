"""What is said about a track is true of motions made up for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apercu.analysis import CLASSES, OBSERVATION_SCHEMA, TRACK_SCHEMA
from apercu.analysis.attributes import going, simplified, to_tracks, votes
from apercu.analysis.masks import CutMask, unpack
from apercu.analysis.tracklets import Observation, Source, Tracklet

STEP = 0.125
SIZE = (30.0, 60.0)


def path(*legs: tuple[float, float, float], start: tuple[float, float] = (200, 200)) -> np.ndarray:
    """Return feet (n, 2) along legs of (vx, vy, seconds), a point every eighth of a second."""
    points = [np.array(start)]
    for vx, vy, seconds in legs:
        points += [points[-1] + np.array([vx, vy]) * STEP * i for i in range(1, round(seconds / STEP) + 1)]
    return np.array(points)


def boxes(feet: np.ndarray) -> np.ndarray:
    w, h = SIZE
    return np.column_stack([feet[:, 0] - w / 2, feet[:, 1] - h, feet[:, 0] + w / 2, feet[:, 1]])


def times(feet: np.ndarray) -> np.ndarray:
    return 10 + STEP * np.arange(len(feet))


def gone(*legs: tuple[float, float, float]):
    feet = path(*legs)
    return going(times(feet), boxes(feet))


@pytest.mark.parametrize(
    ("velocity", "heading"),
    [((0, -50), 0), ((50, 0), 90), ((0, 50), 180), ((-50, 0), 270), ((50, -50), 45)],
)
def test_heading_is_degrees_clockwise_from_up(velocity: tuple[float, float], heading: float) -> None:
    how = gone((*velocity, 4))

    assert how.heading is not None
    assert abs((how.heading - heading + 180) % 360 - 180) < 1


def test_speed_and_distance_of_an_even_walk() -> None:
    how = gone((60, 0, 6))

    assert how.mean == pytest.approx(60, rel=0.03)
    assert how.highest == pytest.approx(60, rel=0.03)
    assert how.distance == pytest.approx(360, rel=0.03)
    assert how.dwell_s == 0


def test_a_short_way_is_not_shortened() -> None:
    """Smoothing that repeats the last place would make everything that is seen briefly slow."""
    assert gone((90, 0, 1)).distance == pytest.approx(90, rel=0.02)


def test_mean_speed_is_of_moving_and_dwelling_is_counted() -> None:
    how = gone((60, 0, 3), (0, 0, 5), (120, 0, 2))

    assert how.dwell_s == pytest.approx(5, abs=1)
    assert how.mean == pytest.approx((180 + 240) / 5, rel=0.2)
    assert how.highest == pytest.approx(120, rel=0.05)


def test_a_trembling_box_stands_still() -> None:
    feet = path((0, 0, 10)) + np.random.default_rng(0).normal(0, 0.7, (81, 2))
    how = going(times(feet), boxes(feet))

    assert how.dwell_s > 9
    assert how.heading is None
    assert how.mean < 20


def test_a_stay_of_less_than_a_second_is_no_dwelling() -> None:
    assert gone((80, 0, 3), (0, 0, 0.5), (80, 0, 3)).dwell_s == 0


def test_there_and_back_has_no_heading_but_a_way() -> None:
    how = gone((60, 0, 4), (-60, 0, 4))

    assert how.heading is None
    assert how.distance == pytest.approx(480, rel=0.1)
    assert how.dwell_s == 0


def test_one_sighting_went_nowhere() -> None:
    how = gone((60, 0, 0))

    assert (how.distance, how.mean, how.highest, how.heading, how.dwell_s) == (0, 0, 0, None, 0)


@given(st.integers(1, 300), st.integers(0, 5))
def test_a_simplified_path_keeps_its_ends(count: int, seed: int) -> None:
    walk = np.random.default_rng(seed).normal(0, 4, (count, 2)).cumsum(axis=0)
    chosen = simplified(walk)

    assert len(chosen) <= 32
    assert chosen[0] == 0
    assert chosen[-1] == count - 1
    assert np.all(np.diff(chosen) > 0)


def tracklet(
    feet: np.ndarray, sightings: Sequence[tuple[str, float]] = (), *, key: int = 1, first_pts: int = 0
) -> Tracklet:
    track = Tracklet(key, hits=len(feet))
    cells = np.array([[True, False, True], [True, True, True]])
    for i, (second, box) in enumerate(zip(times(feet).tolist(), boxes(feet).tolist(), strict=True)):
        source = Source.DETECTOR if i < len(sightings) else Source.MOTION
        score = sightings[i][1] if i < len(sightings) else None
        mask = CutMask(4 + i, 5, cells)
        track.observations.append(Observation(first_pts + 10 * i, second, tuple(box), score, source, mask))
    for name, score in sightings:
        track.votes[CLASSES.index(name)] += score
        track.vote_count += 1
    return track


def test_the_class_is_voted() -> None:
    feet = path((60, 0, 3))
    mixed = [("car", 0.6)] * 6 + [("truck", 0.5)] * 4
    index, score, margin = votes(tracklet(feet, mixed))

    assert CLASSES[index] == "car"
    assert score == pytest.approx(0.36)
    assert margin == pytest.approx((3.6 - 2.0) / 5.6)


@pytest.mark.parametrize(
    ("sightings", "name", "margin"),
    [
        ([("bus", 0.5)] * 6 + [("car", 0.5)] * 5, "car", 0.0),
        ([("bus", 0.5)] * 9 + [("car", 0.5)] * 3, "bus", 0.5),
        ([("truck", 0.5)] * 6 + [("bus", 0.5)] * 5, "truck", 1 / 11),
        ([("car", 0.5)] * 6 + [("bus", 0.5)] * 5, "car", 1 / 11),
    ],
)
def test_what_hardly_leads_a_car_is_one(sightings: list[tuple[str, float]], name: str, margin: float) -> None:
    index, _, lead = votes(tracklet(path((60, 0, 3)), sightings))

    assert CLASSES[index] == name
    assert lead == pytest.approx(margin)


def test_one_sighting_in_a_long_track_is_not_believed() -> None:
    index, score, margin = votes(tracklet(path((60, 0, 10)), [("person", 0.7)]))

    assert (CLASSES[index], score, margin) == ("other", 0, 0)


@pytest.mark.parametrize(
    "start",
    [
        datetime(2026, 5, 1, 12, tzinfo=UTC),
        datetime(2026, 10, 25, 2, 59, 48, tzinfo=ZoneInfo("Europe/Paris")),  # clocks are put back meanwhile
        datetime(2026, 3, 29, 1, 59, 48, tzinfo=ZoneInfo("Europe/Paris")),
    ],
)
def test_the_tables_say_what_happened(start: datetime) -> None:
    walker = tracklet(path((60, 0, 3)), [("person", 0.8)] * 20)
    unnamed = tracklet(path((0, -40, 2)), key=7, first_pts=500)

    tracks = to_tracks([walker, unnamed], recording_id="abc", camera="gate", first_id=5, start=start)

    assert tracks.table.schema.equals(TRACK_SCHEMA)
    assert tracks.observation_table.schema.equals(OBSERVATION_SCHEMA)
    first, second = tracks.table.to_pylist()
    assert [first["track_id"], second["track_id"]] == [5, 6]
    assert [first["class"], second["class"]] == ["person", "other"]
    assert (first["start_pts"], first["end_pts"]) == (0, 240)
    assert (first["start_s"], first["end_s"], first["duration_s"]) == (10, 13, 3)
    assert first["start_time"] - start.astimezone(UTC) == timedelta(seconds=10)
    assert first["end_time"] - start.astimezone(UTC) == timedelta(seconds=13)
    assert (first["observation_count"], first["detected_count"]) == (25, 20)
    assert (first["x1"], first["y1"], first["x2"], first["y2"]) == (185, 140, 395, 200)
    assert (first["width_px"], first["height_px"]) == (30, 60)
    assert second["heading_deg"] == pytest.approx(0, abs=1)


def test_a_path_is_of_feet_not_of_heads() -> None:
    feet = path((60, 10, 2))
    row = to_tracks([tracklet(feet)], recording_id="a", camera="b", first_id=1, start=None).table.to_pylist()[
        0
    ]

    assert np.allclose(np.column_stack([row["path_x"], row["path_y"]]), feet)
    assert row["start_time"] is None


def test_masks_and_gaps_are_kept() -> None:
    track = tracklet(path((60, 0, 1)), [("person", 0.8)] * 4)
    table = to_tracks([track], recording_id="a", camera="b", first_id=1, start=None).observation_table
    rows = table.to_pylist()

    assert [row["pts"] for row in rows] == [10 * i for i in range(9)]
    assert [row["source"] for row in rows] == ["detector"] * 4 + ["motion"] * 5
    assert [row["score"] is None for row in rows] == [False] * 4 + [True] * 5
    cells = unpack(rows[3]["mask"], rows[3]["mask_w"], rows[3]["mask_h"])
    assert np.array_equal(cells, track.observations[3].mask.cells)
    assert (rows[3]["mask_x"], rows[3]["mask_y"]) == (7, 5)


def test_a_name_is_believed_by_the_looks_that_gave_it() -> None:
    seen = tracklet(path((60, 0, 10)), [("car", 0.5)] * 3)
    assert CLASSES[votes(seen)[0]] == "car"
    seen.observations.extend(seen.observations * 3)
    assert CLASSES[votes(replace(seen, looks=8))[0]] == "car"
    assert CLASSES[votes(replace(seen, looks=40))[0]] == "other"


def test_a_bag_that_goes_by_itself_is_none() -> None:
    seen = [("bag", 0.8)] * 10
    assert CLASSES[votes(tracklet(path((0, 0, 10)), seen))[0]] == "bag"
    assert CLASSES[votes(tracklet(path((60, 0, 10)), seen))[0]] == "other"

"""Speed and size in metres, of things whose speed and size are known."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from apercu.analysis import MEASURE_SCHEMA, GroundPlane, Tracks, measure
from apercu.analysis.attributes import to_tracks
from apercu.analysis.masks import CutMask
from apercu.analysis.tracklets import Observation, Source, Tracklet

from .pinhole import MEASURED, Pinhole

CAMERA = Pinhole()
PLANE = GroundPlane.from_points(CAMERA.grounded(MEASURED), MEASURED, 1280, 720)
STEP = 1 / 7
CELLS = np.ones((2, 2), np.bool_)


def way(*legs: tuple[float, float, float], start: tuple[float, float] = (0.0, 15.0)) -> np.ndarray:
    """Return places (n, 2), metres, along legs of (vx, vy, seconds), seven a second."""
    places = [np.array(start)]
    for vx, vy, seconds in legs:
        count = round(seconds / STEP)
        places += [places[-1] + np.array([vx, vy]) * STEP * i for i in range(1, count + 1)]
    return np.array(places)


def tracks(*boxes: np.ndarray, source: Source = Source.DETECTOR) -> Tracks:
    found = []
    for key, of in enumerate(boxes, 1):
        track = Tracklet(key, hits=len(of))
        for i, box in enumerate(of.tolist()):
            mask = CutMask(0, 0, CELLS)
            track.observations.append(Observation(i, STEP * i, tuple(box), 0.9, source, mask))
        found.append(track)
    return to_tracks(found, recording_id="r", camera="c", first_id=1, start=None)


def told(*boxes: np.ndarray, plane: GroundPlane | None = PLANE) -> list[dict[str, float | None]]:
    table = measure(tracks(*boxes), plane)
    assert table.schema.equals(MEASURE_SCHEMA)
    assert table["track_id"].to_pylist() == list(range(1, len(boxes) + 1))
    return table.to_pylist()


@pytest.mark.parametrize("velocity", [(1.4, 0.0), (0.0, 1.4), (-1.0, -1.0), (4.0, 3.0)])
def test_speed_and_size_of_an_even_walk(velocity: tuple[float, float]) -> None:
    speed = float(np.hypot(*velocity))
    places = way((*velocity, 4 / speed), start=(0.0, 18.0))
    (row,) = told(CAMERA.boxes(places, 1.8, 0.6))

    assert row["speed_mean_m_s"] == pytest.approx(speed, rel=0.02)
    assert row["speed_max_m_s"] == pytest.approx(speed, rel=0.03)
    assert row["distance_m"] == pytest.approx(np.hypot(*(places[-1] - places[0])), rel=0.02)
    assert row["height_m"] == pytest.approx(1.8, rel=0.01)
    assert row["width_m"] == pytest.approx(0.6, rel=0.01)


def test_trembling_boxes_are_not_fast() -> None:
    boxes = CAMERA.boxes(way((1.2, 0.0, 6)), 1.8, 0.6)
    trembling = boxes + np.random.default_rng(0).normal(0, 2.0, boxes.shape)
    standing = CAMERA.boxes(way((0.0, 0.0, 6)), 1.8, 0.6)
    standing = standing + np.random.default_rng(1).normal(0, 1.0, standing.shape)
    walks, stands = told(trembling, standing)

    assert walks["speed_mean_m_s"] == pytest.approx(1.2, rel=0.05)
    assert walks["speed_max_m_s"] == pytest.approx(1.2, rel=0.15)
    assert stands["speed_mean_m_s"] == 0
    assert stands["distance_m"] == 0
    assert stands["speed_max_m_s"] is not None
    assert stands["speed_max_m_s"] < 0.3


def test_the_mean_is_of_moving() -> None:
    (row,) = told(CAMERA.boxes(way((1.5, 0, 4), (0, 0, 8), (-1.5, 0, 4)), 1.8, 0.6))

    assert row["speed_mean_m_s"] == pytest.approx(1.4, rel=0.1)
    assert row["distance_m"] == pytest.approx(12, rel=0.05)


def test_without_a_plane_or_ground_or_time_nothing_is_told() -> None:
    walk = CAMERA.boxes(way((1.4, 0, 3)), 1.8, 0.6)
    far = CAMERA.boxes(way((1.4, 0, 3), start=(0, 150)), 1.8, 0.6)
    nothing = dict.fromkeys(MEASURE_SCHEMA.names[2:])

    assert [{key: row[key] for key in nothing} for row in told(walk, plane=None)] == [nothing]
    assert [{key: row[key] for key in nothing} for row in told(far, walk[:2])] == [nothing, nothing]
    assert measure(Tracks.empty(), PLANE).num_rows == 0


def test_a_moment_has_a_size_and_no_speed() -> None:
    (row,) = told(CAMERA.boxes(way((1.4, 0, 3)), 1.8, 0.6)[:3])

    assert row["height_m"] == pytest.approx(1.8, rel=0.01)
    assert (row["speed_mean_m_s"], row["distance_m"]) == (None, None)


def test_what_the_edge_cuts_does_not_count() -> None:
    """A car that comes in shows its front first: its box grows, and its middle moves at half its speed."""
    boxes = CAMERA.boxes(way((8.0, 0, 4), start=(-16, 18)), 1.5, 4.5)
    cut = boxes.copy()
    cut[:, [0, 2]] = np.clip(cut[:, [0, 2]], 0, 1280)
    (row,) = told(cut[cut[:, 2] - cut[:, 0] > 10])

    assert row["speed_mean_m_s"] == pytest.approx(8.0, rel=0.02)
    assert row["width_m"] == pytest.approx(4.5, rel=0.02)


def test_what_was_only_guessed_does_not_count() -> None:
    boxes = CAMERA.boxes(way((1.4, 0, 3)), 1.8, 0.6)
    table = measure(tracks(boxes, source=Source.PREDICTED), PLANE)

    assert table["speed_mean_m_s"].to_pylist() == table["height_m"].to_pylist() == [None]


def test_rows_stand_as_in_the_tracks_table() -> None:
    found = tracks(*(CAMERA.boxes(way((v, 0, 3)), 1.8, 0.6) for v in (1.0, 2.0, 3.0)))
    order = pa.array([2, 0, 1])
    turned = Tracks(found.table.take(order), found.observation_table)
    table = measure(turned, PLANE)

    assert table["track_id"].to_pylist() == [3, 1, 2]
    assert [round(speed) for speed in table["speed_mean_m_s"].to_pylist()] == [3, 1, 2]

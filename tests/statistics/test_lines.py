"""Crossings: none twice, none forgotten, whatever boxes and tracks do near the line."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu.analysis import GroundPlane
from apercu.errors import UsageError
from apercu.statistics.paths import Paths
from apercu.statistics.scene import Scene

from .conftest import HEIGHT, WIDTH, Path, drawn, tracks_of, walk
from .tallying import LINE, cells_of, crossed

seeds = st.integers(0, 2**32 - 1)
SIZE = np.sqrt(200)  # of the boxes of Path


def wandering(rng: np.random.Generator, ends: int) -> np.ndarray:
    """Return feet that go to and fro over the middle of the picture, well beyond it at each turn."""
    sides = rng.permutation([-1, 1])[np.arange(ends) % 2]
    corners = [(160 + side * rng.uniform(115, 135), rng.uniform(60, 180)) for side in sides]
    return np.array(walk(*corners, seconds=4.0 * (ends - 1)).feet)


def truth(feet: np.ndarray) -> dict[str, float]:
    """Return how often feet change sides; from left to right of the picture is to the left of the line."""
    steps = np.diff(np.sign(feet[:, 0] - 160))
    found = {"left": float((steps > 0).sum()), "right": float((steps < 0).sum())}
    return {way: count for way, count in found.items() if count}


@settings(max_examples=25)
@given(seed=seeds, ends=st.integers(2, 5), jitter=st.floats(0, 0.08))
def test_each_way_over_the_line_counts_once_and_a_turn_counts_once_each_way(
    seed: int, ends: int, jitter: float
) -> None:
    rng = np.random.default_rng(seed)
    feet = wandering(rng, ends)
    shaken = feet + rng.uniform(-1, 1, feet.shape) * jitter * SIZE
    assert crossed([Path(shaken)]) == truth(feet)


@settings(max_examples=25)
@given(seed=seeds, y=st.floats(30, 200), count=st.integers(2, 60))
def test_what_trembles_on_the_line_does_not_cross_it(seed: int, y: float, count: int) -> None:
    rng = np.random.default_rng(seed)
    feet = np.array([160, y]) + rng.uniform(-1, 1, (count, 2)) * 0.19 * SIZE
    assert crossed([Path(feet)]) == {}


@settings(max_examples=40)
@given(seed=seeds, ends=st.integers(2, 4), lost=st.integers(0, 3), jitter=st.floats(0, 0.05))
def test_a_track_that_breaks_counts_as_if_it_had_not(seed: int, ends: int, lost: int, jitter: float) -> None:
    rng = np.random.default_rng(seed)
    feet = wandering(rng, ends)
    # Near the line, where a break may do harm. One that a turn follows within a second or so may be missed.
    near = np.flatnonzero(np.abs(feet[:, 0] - 160) < 15)
    near = near[(near > 6) & (near < len(feet) - 12)]
    if not len(near):
        return
    cut = int(rng.choice(near))
    shaken = feet + rng.uniform(-1, 1, feet.shape) * jitter * SIZE
    pieces = [Path(shaken[:cut]), Path(shaken[cut + lost :], start_s=0.2 * (cut + lost))]
    assert crossed(pieces) == truth(feet)


def test_a_second_box_that_begins_behind_where_the_first_ended_counts_once() -> None:
    large = (30.0, 60.0)
    first = Path(np.linspace([60, 120], [170, 120], 12), size=large)
    second = Path(np.linspace([150, 120], [260, 120], 12), start_s=2.4, size=large)
    assert crossed([first, second]) == {"left": 1}


@pytest.mark.parametrize("apart_s", [0.4, 8.0])
def test_two_that_follow_each_other_are_two(apart_s: float) -> None:
    assert crossed([walk((60, 120), (260, 120)), walk((60, 120), (260, 120), start_s=apart_s)]) == {"left": 2}


def test_one_that_stops_before_the_line_and_one_that_leaves_from_behind_it_are_not_one() -> None:
    first = walk((60, 60), (150, 60))
    later = walk((172, 200), (260, 200), start_s=4.5)
    assert crossed([first, later]) == {}


@pytest.mark.parametrize(("end_x", "found"), [(161.5, {"left": 1}), (158.0, {})])
def test_what_ends_on_the_line_counts_when_it_was_through(end_x: float, found: dict[str, float]) -> None:
    feet = np.linspace([60, 120], [end_x, 120], 12)
    assert crossed([Path(feet)]) == found
    assert crossed([Path(feet[::-1])]) == ({"right": 1} if found else {})


def test_what_comes_to_rest_on_the_line_does_not_cross() -> None:
    feet = np.concatenate([np.linspace([60, 120], [161, 120], 12), np.full((10, 2), [161, 120])])
    assert crossed([Path(feet)]) == {}


@settings(max_examples=10)
@given(seed=seeds)
def test_the_other_way_round_the_directions_change_places(seed: int) -> None:
    rng = np.random.default_rng(seed)
    paths = [Path(wandering(rng, 4), start_s=40.0 * k) for k in range(3)]
    turned = Scene.of({"door": replace(LINE, points=LINE.points[::-1])}, WIDTH, HEIGHT)
    back = [replace(path, feet=np.array(path.feet)[::-1]) for path in paths]
    there = crossed(paths)
    swapped = {{"left": "right", "right": "left"}[way]: count for way, count in there.items()}
    assert crossed(paths, turned) == swapped
    assert crossed(back) == swapped


def test_only_what_passes_between_the_ends_crosses() -> None:
    short = Scene.of({"door": drawn("door", (160, 100), (160, 140))}, WIDTH, HEIGHT)
    paths = [walk((60, y), (260, y), start_s=20.0 * k) for k, y in enumerate((60, 120, 180))]
    assert crossed(paths, short) == {"left": 1}


def test_who_leaves_the_picture_just_behind_a_line_has_crossed_it() -> None:
    low = Scene.of({"door": drawn("door", (0, 236), (320, 236))}, WIDTH, HEIGHT)
    feet = np.minimum(np.linspace([100, 120], [100, 260], 20), [1000, 240])
    assert crossed([replace(Path(feet), size=(40.0, 60.0))], low) == {"right": 1}


def test_headways_and_gaps_are_those_between_one_and_the_next_of_its_kind() -> None:
    starts = {"car": (0.0, 2.5, 40.0), "person": (1.0,)}
    paths = [
        walk((60, 120), (260, 120), start_s=start, name=name)
        for name, times in starts.items()
        for start in times
    ]
    cells = [row for row in cells_of(paths).to_pylist() if row["measure"] in ("headway", "gap")]
    told = {(row["measure"], row["low"], row["high"]): row["value"] for row in cells}
    assert told == {
        ("headway", 2.0, 3.0): 1,
        ("headway", 30.0, 60.0): 1,
        ("gap", 2.0, 3.0): 1,
        ("gap", 30.0, 60.0): 1,
    }
    assert {row["class"] for row in cells} == {"car"}


def test_speed_at_the_line_is_measured_on_the_ground() -> None:
    # Ten pixels are a metre: 50 px/s are 18 km/h.
    plane = GroundPlane(np.diag([0.1, 0.1, 1.0]), WIDTH, HEIGHT)
    scene = Scene.of({"door": LINE}, WIDTH, HEIGHT, plane)
    cells = [
        row for row in cells_of([walk((60, 120), (260, 120))], scene).to_pylist() if row["measure"] == "speed"
    ]
    assert [(row["low"], row["high"], row["value"]) for row in cells] == [(15.0, 20.0, 1.0)]
    assert not [
        row for row in cells_of([walk((60, 120), (260, 120))]).to_pylist() if row["measure"] == "speed"
    ]


def test_observations_of_no_track_are_refused() -> None:
    tracks = tracks_of([walk((60, 120), (260, 120))])
    at = tracks.observation_table.column_names.index("track_id")
    field = tracks.observation_table.schema.field(at)
    nobody = np.full(tracks.observation_table.num_rows, -1, np.int32)
    seen = tracks.observation_table.set_column(at, field, [nobody])
    with pytest.raises(UsageError, match="no track"):
        Paths.of(replace(tracks, observation_table=seen))

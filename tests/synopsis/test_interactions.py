from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu.synopsis import ArrangeOptions, MaskGrid, Tube, arrange
from apercu.synopsis.interactions import composites, interacting

RATE = Fraction(10)
Maker = Callable[..., Tube]


def groups(make_tube: Maker, seed: int, count: int = 40) -> tuple[list[Tube], set[tuple[int, int]]]:
    """Return walkers, half of them in pairs side by side, and who walks with whom, by track number."""
    rng = np.random.default_rng(seed)
    tubes: list[Tube] = []
    pairs = set()
    for i in range(count):
        line_s, y, speed = 12.0 * i + rng.uniform(0, 6), int(rng.integers(2, 30)), rng.uniform(0.6, 1.4)
        length = int(88 / speed)
        ways = ((-6, 82), (82, -6))[int(rng.integers(2))]
        number = len(tubes) + 1
        for k in range(2 if i % 2 else 1):
            shift, down = 6 * k, int(rng.integers(-1, 2)) * k
            late = rng.uniform(0, 0.5) * k
            tubes.append(
                make_tube(
                    line_s + late,
                    length,
                    begin=(ways[0] + shift, y + down),
                    end=(ways[1] + shift, y + down),
                    size=(5, 12),
                    track_id=number + k,
                )
            )
        if i % 2:
            pairs.add((number, number + 1))
    return sorted(tubes, key=lambda tube: (tube.line_s, tube.track_id)), pairs


@pytest.mark.parametrize("seed", range(3))
def test_who_walks_together_is_kept_together(make_tube: Maker, grid: MaskGrid, seed: int) -> None:
    tubes, pairs = groups(make_tube, seed)
    at = {tube.track_id: i for i, tube in enumerate(tubes)}
    starts = arrange(tubes, grid, RATE, ArrangeOptions(0.01)).starts
    kept = 0
    for one, other in pairs:
        i, j = at[one], at[other]
        filmed = (tubes[j].line_s - tubes[i].line_s) * float(RATE)
        kept += abs(starts[j] - starts[i] - filmed) <= 6
    assert kept / len(pairs) >= 0.95
    found = {
        tuple(sorted((tubes[i].track_id, tubes[j].track_id))) for i, j in interacting(tubes).tubes.tolist()
    }
    assert len(found - pairs) <= 0.1 * len(pairs)


def vehicle_and_rider(make_tube: Maker, *, stands: bool) -> list[Tube]:
    x = 30 if stands else 0
    car = make_tube(0.0, 100, begin=(x, 20), end=(30 if stands else 70, 20), size=(20, 10), track_id=1)
    object.__setattr__(car, "class_name", "car")
    return [car, make_tube(5.0, 60, begin=(48, 18), end=(48, 44), size=(4, 11), track_id=2)]


def test_who_steps_out_of_a_car_belongs_to_it(make_tube: Maker) -> None:
    assert interacting(vehicle_and_rider(make_tube, stands=True)).tubes.tolist() == [[0, 1]]
    assert interacting(vehicle_and_rider(make_tube, stands=False)).tubes.tolist() == []


def test_vehicles_in_a_lane_do_not_belong_together(make_tube: Maker) -> None:
    cars = [make_tube(1.0 * i, 60, end=(70, 10), size=(20, 10), track_id=i) for i in range(4)]
    for car in cars:
        object.__setattr__(car, "class_name", "car")
    assert len(interacting(cars).tubes) == 0


def test_a_crowd_does_not_become_one_piece(make_tube: Maker) -> None:
    walkers = [make_tube(2.0 * i, 60, end=(40, 10), size=(5, 12), track_id=i) for i in range(30)]
    parts, offsets = composites(walkers, interacting(walkers))
    for part in parts:
        assert max(offsets[i] + 60 for i in part) <= 1.5 * 60
    assert sorted(i for part in parts for i in part) == list(range(30))


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(0, 30), st.integers(1, 50), st.integers(0, 60)), max_size=8))
def test_what_is_together_moves_together(make_tube: Maker, grid: MaskGrid, given_tubes: list) -> None:
    tubes = sorted(
        (
            make_tube(round(at, 1), length, begin=(x, 10), size=(5, 12), track_id=i)
            for i, (at, length, x) in enumerate(given_tubes)
        ),
        key=lambda tube: tube.line_s,
    )
    parts, offsets = composites(tubes, interacting(tubes))
    starts = arrange(tubes, grid, RATE, ArrangeOptions(1.0)).starts
    assert sorted(i for part in parts for i in part) == list(range(len(tubes)))
    for part in parts:
        shifts = {int(starts[i] - offsets[i]) for i in part}
        assert len(shifts) == 1
        assert min(offsets[i] for i in part) == 0


def test_no_tubes_no_pairs() -> None:
    assert len(interacting([]).tubes) == 0
    assert composites([], interacting([]))[0] == []

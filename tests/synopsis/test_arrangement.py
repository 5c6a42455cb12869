from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu.synopsis import Arrangement, ArrangeOptions, MaskGrid, Tube, arrange, measure
from apercu.synopsis.occupancy import cover

Maker = Callable[..., Tube]

RATE = Fraction(10)
PLACES = st.tuples(st.integers(-8, 80), st.integers(-8, 45))
SIZES = st.tuples(st.integers(1, 60), st.integers(1, 40))
MOMENTS = st.floats(0, 600).map(lambda second: round(second, 3))
PATHS = st.lists(st.tuples(MOMENTS, st.integers(1, 60), PLACES, PLACES, SIZES), max_size=12)
OVERLAPS = st.sampled_from([0.0, 0.001, 0.01, 0.1, 1.0])


def tubes_along(make_tube: Maker, paths: list) -> list[Tube]:
    made = [
        make_tube(line_s, length, begin=begin, end=end, size=size, track_id=number)
        for number, (line_s, length, begin, end, size) in enumerate(paths, 1)
    ]
    return sorted(made, key=lambda tube: (tube.line_s, tube.track_id))


def check(arrangement: Arrangement, tubes: list[Tube], grid: MaskGrid, overlap: float) -> None:
    """Assert what must hold of every arrangement."""
    starts, count = arrangement.starts, arrangement.frame_count
    lengths = np.array([len(tube) for tube in tubes], int)
    assert list(arrangement.tubes) == tubes
    assert starts.shape == (len(tubes),) and starts.dtype == np.int64
    assert (starts >= 0).all() and count == int((starts + lengths).max(initial=0))
    if overlap == 0:
        assert cover(tubes, starts, grid)[1] == 0
    elif tubes:
        span_s = max(tube.line_s + len(tube) / RATE for tube in tubes) - tubes[0].line_s
        assert count <= span_s * RATE + 1  # rounding of moments to frames


@settings(max_examples=100, deadline=None)
@given(PATHS, OVERLAPS)
def test_every_arrangement_keeps_its_promises(
    make_tube: Maker, grid: MaskGrid, paths: list, overlap: float
) -> None:
    tubes = tubes_along(make_tube, paths)
    arrangement = arrange(tubes, grid, RATE, ArrangeOptions(overlap))
    check(arrangement, tubes, grid, overlap)
    assert arrange(tubes, grid, RATE, ArrangeOptions(overlap)).starts.tolist() == arrangement.starts.tolist()


@settings(max_examples=60, deadline=None)
@given(PATHS, st.sampled_from([0.001, 0.01, 0.1]))
def test_the_budget_is_kept_or_the_moments_are_as_filmed(
    make_tube: Maker, grid: MaskGrid, paths: list, overlap: float
) -> None:
    tubes = tubes_along(make_tube, paths)
    arrangement = arrange(tubes, grid, RATE, ArrangeOptions(overlap))
    moments = np.array([tube.line_s for tube in tubes])
    if measure(arrangement, 600.0, moments, len(tubes)).or_ > overlap:
        # Only pauses were taken out: the order is kept, and nothing is further apart than it was.
        moved = np.diff(arrangement.starts) - np.diff(moments) * float(RATE)
        assert (np.diff(arrangement.starts) >= 0).all() and (moved <= 1).all()


@settings(max_examples=20, deadline=None)
@given(PATHS.filter(bool), st.integers(7, 30), st.integers(5, 17))
def test_grids_of_any_size_do(make_tube: Maker, paths: list, width: int, height: int) -> None:
    grid = MaskGrid(width, height, 8 * width, 8 * height)
    tubes = tubes_along(make_tube, paths)
    check(arrange(tubes, grid, RATE, ArrangeOptions(0.0)), tubes, grid, 0.0)


def test_no_tubes(grid: MaskGrid) -> None:
    arrangement = arrange([], grid, RATE, ArrangeOptions(0.01))
    assert (arrangement.frame_count, len(arrangement.starts), arrangement.shown(0)) == (0, 0, [])


def test_one_tube_begins_at_once(make_tube: Maker, grid: MaskGrid) -> None:
    arrangement = arrange([make_tube(500.0, 31)], grid, RATE, ArrangeOptions(0.01))
    assert (arrangement.starts.tolist(), arrangement.frame_count) == ([0], 31)


def test_what_keeps_apart_is_shown_together(make_tube: Maker, grid: MaskGrid) -> None:
    tubes = [make_tube(100.0 * i, 30, begin=(20 * i, 5)) for i in range(4)]
    arrangement = arrange(tubes, grid, RATE, ArrangeOptions(0.0))
    assert arrangement.frame_count == 30
    assert arrangement.shown(29) == [(i, 29) for i in range(4)]
    assert arrangement.shown(30) == []


@pytest.mark.parametrize("overlap", [0.0, 0.01])
def test_tubes_larger_than_half_of_the_picture_follow_each_other(
    make_tube: Maker, grid: MaskGrid, overlap: float
) -> None:
    tubes = [make_tube(100.0 * i, 30, begin=(2, 2), size=(70, 40)) for i in range(5)]
    arrangement = arrange(tubes, grid, RATE, ArrangeOptions(overlap))
    check(arrangement, tubes, grid, overlap)
    assert 150 - 4 <= arrangement.frame_count <= 150 + 4  # whole ticks
    assert (np.diff(arrangement.starts) > 0).all()


def test_an_endless_tube_takes_the_others_in(make_tube: Maker, grid: MaskGrid) -> None:
    endless = make_tube(0.0, 9_000, begin=(0, 0), size=(10, 45))
    others = [make_tube(20.0 * i, 50, begin=(12, 20), end=(70, 20), track_id=2 + i) for i in range(40)]
    tubes = [endless, *others]
    arrangement = arrange(tubes, grid, RATE, ArrangeOptions(0.001))
    check(arrangement, tubes, grid, 0.001)
    assert arrangement.frame_count == 9_000


def test_three_hundred_tubes_are_arranged(make_tube: Maker, grid: MaskGrid) -> None:
    rng = np.random.default_rng(0)
    tubes = [
        make_tube(
            5.0 * i,
            int(rng.integers(30, 80)),
            begin=(-6, int(rng.integers(0, 35))),
            end=(80, int(rng.integers(0, 35))),
            size=(6, 10),
            track_id=i,
        )
        for i in range(300)
    ]
    arrangement = arrange(tubes, grid, RATE, ArrangeOptions(0.003))
    check(arrangement, tubes, grid, 0.003)
    assert arrangement.frame_count < 0.25 * 1500 * RATE


def test_order_is_kept_where_room_allows(make_tube: Maker, grid: MaskGrid) -> None:
    tubes = [make_tube(60.0 * i, 20, begin=(20, 10), track_id=i) for i in range(8)]
    arrangement = arrange(tubes, grid, RATE, ArrangeOptions(0.0))
    assert (np.diff(arrangement.starts) >= 20).all()


def test_a_queue_stays_as_it_was_filmed(make_tube: Maker, grid: MaskGrid) -> None:
    # Each overlaps the next, all day long: no order is shorter than the day's own.
    tubes = [make_tube(2.0 * i, 30, size=(70, 40), track_id=i) for i in range(10)]
    arrangement = arrange(tubes, grid, RATE, ArrangeOptions(0.001))
    assert arrangement.starts.tolist() == [20 * i for i in range(10)]
    assert cover(tubes, arrange(tubes, grid, RATE, ArrangeOptions(0.0)).starts, grid)[1] == 0


def test_progress_rises_to_the_whole(make_tube: Maker, grid: MaskGrid) -> None:
    shares: list[float] = []
    arrange([make_tube(10.0 * i) for i in range(3)], grid, RATE, ArrangeOptions(0.01), shares.append)
    assert shares == sorted(shares) and shares[-1] == 1.0

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu.errors import UsageError
from apercu.synopsis import (
    Arrangement,
    ArrangeOptions,
    Arranger,
    MaskGrid,
    Tube,
    arrange,
    measure,
    sequence,
)
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


@settings(max_examples=100)
@given(PATHS, OVERLAPS)
def test_every_arrangement_keeps_its_promises(
    make_tube: Maker, grid: MaskGrid, paths: list, overlap: float
) -> None:
    tubes = tubes_along(make_tube, paths)
    arrangement = arrange(tubes, grid, RATE, ArrangeOptions(overlap))
    check(arrangement, tubes, grid, overlap)
    assert arrange(tubes, grid, RATE, ArrangeOptions(overlap)).starts.tolist() == arrangement.starts.tolist()


@settings(max_examples=60)
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


@settings(max_examples=20)
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


GROUPED = st.lists(st.integers(0, 3), min_size=12, max_size=12)


@settings(max_examples=30)
@given(PATHS.filter(bool), GROUPED)
def test_groups_are_shown_one_after_the_other(
    make_tube: Maker, grid: MaskGrid, paths: list, labels: list[int]
) -> None:
    tubes = tubes_along(make_tube, paths)
    groups = np.array(labels[: len(tubes)])
    starts = arrange(tubes, grid, RATE, ArrangeOptions(0.01), groups=groups).starts
    ends = starts + np.array([len(tube) for tube in tubes])
    for label in np.unique(groups)[:-1].tolist():
        assert ends[groups == label].max() <= starts[groups > label].min()


@settings(max_examples=40)
@given(PATHS, st.sampled_from([0.1, 3.0, 8.0, 30.0, 300.0]))
def test_a_length_is_kept_or_as_short_as_its_longest_tube(
    make_tube: Maker, grid: MaskGrid, paths: list, length_s: float
) -> None:
    tubes = tubes_along(make_tube, paths)
    arrangement = arrange(tubes, grid, RATE, ArrangeOptions(length_s=length_s))
    longest = max(map(len, tubes), default=0)
    assert arrangement.frame_count <= max(length_s * RATE, longest)
    assert arrangement.length_kept == (longest <= length_s * RATE)


@settings(max_examples=40)
@given(PATHS.filter(bool), GROUPED, st.floats(0.1, 40.0))
def test_groups_keep_a_length_that_the_longest_tubes_of_each_allow(
    make_tube: Maker, grid: MaskGrid, paths: list, labels: list[int], length_s: float
) -> None:
    tubes = tubes_along(make_tube, paths)
    groups = np.array(labels[: len(tubes)])
    arrangement = arrange(tubes, grid, RATE, ArrangeOptions(length_s=length_s, effort=0.3), groups=groups)
    lengths = np.array([len(tube) for tube in tubes])
    least = sum(int(lengths[groups == label].max()) for label in np.unique(groups))
    assert arrangement.frame_count <= max(length_s * RATE, least)
    assert arrangement.length_kept == (least <= length_s * RATE)


def test_more_length_means_less_overlap(make_tube: Maker, grid: MaskGrid) -> None:
    tubes = [make_tube(60.0 * i, 30, begin=(20, 10), size=(20, 20), track_id=i) for i in range(6)]
    shared = [
        cover(tubes, arrange(tubes, grid, RATE, ArrangeOptions(length_s=length_s)).starts, grid)[1]
        for length_s in (3, 6, 12, 20)
    ]
    assert shared == sorted(shared, reverse=True) and shared[0] > 0 and shared[-1] == 0


@pytest.mark.parametrize("effort", [1.0, 0.2])
@pytest.mark.parametrize("density", [1, 3])
def test_density_is_kept(make_tube: Maker, grid: MaskGrid, density: int, effort: float) -> None:
    tubes = [make_tube(9.0 * i, 20, begin=(2 * i, 5), size=(6, 6), track_id=i) for i in range(30)]
    options = ArrangeOptions(0.1, density=density, together=None, effort=effort)
    arrangement = arrange(tubes, grid, RATE, options)
    shown = [len(arrangement.shown(frame)) for frame in range(arrangement.frame_count)]
    assert max(shown) == density
    assert np.mean(shown) > 0.9 * density


def most_at_once(arrangement: Arrangement) -> int:
    return max((len(arrangement.shown(frame)) for frame in range(arrangement.frame_count)), default=0)


@settings(max_examples=60)
@given(PATHS, st.integers(1, 4), st.one_of(st.none(), st.floats(0.5, 60.0)), OVERLAPS)
def test_no_more_are_on_screen_than_may_be_whatever_else_is_asked(
    make_tube: Maker, grid: MaskGrid, paths: list, density: int, length_s: float | None, overlap: float
) -> None:
    tubes = tubes_along(make_tube, paths)
    options = ArrangeOptions(overlap, length_s, density, effort=0.3)
    assert most_at_once(arrange(tubes, grid, RATE, options)) <= density


def test_more_time_than_all_need_one_after_the_other_is_not_used(make_tube: Maker, grid: MaskGrid) -> None:
    tubes = [make_tube(100.0 * i, 30, begin=(20, 5), track_id=i) for i in range(4)]
    arrangement = arrange(tubes, grid, RATE, ArrangeOptions(length_s=10_000.0))
    assert arrangement.frame_count == 120 and arrangement.length_kept
    assert arrangement.length_asked == 100_000
    groups = np.array([0, 1, 0, 1])
    assert arrange(tubes, grid, RATE, ArrangeOptions(length_s=10_000.0), groups=groups).frame_count == 120


@pytest.mark.parametrize(
    "wrong",
    [
        {"overlap": -0.1},
        {"overlap": float("nan")},
        {"length_s": 0.0},
        {"length_s": float("inf")},
        {"length_s": 1e9},
        {"density": 0},
        {"density": 2.5},
        {"density": True},
        {"seed": -1},
        {"effort": -1.0},
        {"chronology": float("inf")},
        {"together": 2.0},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict) -> None:
    with pytest.raises(UsageError, match="makes no sense"):
        ArrangeOptions(**wrong)


def test_the_seed_decides(make_tube: Maker, grid: MaskGrid) -> None:
    rng = np.random.default_rng(3)
    tubes = [
        make_tube(5.0 * i, 30, begin=(-6, int(rng.integers(30))), end=(80, 20), size=(9, 9), track_id=i)
        for i in range(40)
    ]
    for overlap in (0.0, 0.01):
        first, again = (arrange(tubes, grid, RATE, ArrangeOptions(overlap, seed=7)) for _ in range(2))
        assert first.starts.tobytes() == again.starts.tobytes()


def test_a_long_day_is_packed_part_by_part(
    make_tube: Maker, grid: MaskGrid, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequence, "_UNITS_AT_ONCE", 20)
    rng = np.random.default_rng(4)
    tubes = [
        make_tube(5.0 * i, 30, begin=(-6, int(rng.integers(30))), end=(80, 20), size=(9, 9), track_id=i)
        for i in range(70)
    ]
    for overlap in (0.0, 0.01):
        arrangement = arrange(tubes, grid, RATE, ArrangeOptions(overlap))
        check(arrangement, tubes, grid, overlap)
        volume = grid.width * grid.height * arrangement.frame_count
        assert cover(tubes, arrangement.starts, grid)[1] <= overlap * volume
        assert arrangement.frame_count < 70 * 30 / 2


@settings(max_examples=25)
@given(
    PATHS,
    st.lists(
        st.tuples(OVERLAPS, st.sampled_from([None, 1, 4]), st.sampled_from([None, 0.2]), st.booleans()),
        max_size=4,
    ),
)
def test_what_was_arranged_before_changes_nothing(
    make_tube: Maker, grid: MaskGrid, paths: list, asked: list
) -> None:
    tubes = tubes_along(make_tube, paths)
    arranger = Arranger(tubes, grid, RATE)
    wanted = [
        (
            ArrangeOptions(overlap, density=density, together=together, effort=0.3),
            np.arange(len(tubes)) % 2 if grouped else None,
        )
        for overlap, density, together, grouped in asked
    ]
    alone = [arrange(tubes, grid, RATE, options, groups=groups) for options, groups in wanted]
    for (options, groups), expected in zip([*wanted, *wanted], [*alone, *alone], strict=True):
        again = arranger.arrange(options, groups=groups)
        assert again.starts.tolist() == expected.starts.tolist()
        assert again.frame_count == expected.frame_count


def crossing(make_tube: Maker, count: int) -> list[Tube]:
    """Return tubes that all go the same few ways."""
    ways = [((-8, 4), (80, 4)), ((80, 24), (-8, 24)), ((30, -8), (30, 45))]
    return [
        make_tube(20.0 * i, 20 + i % 7, begin=ways[i % 3][0], end=ways[i % 3][1], track_id=i)
        for i in range(count)
    ]


@pytest.mark.parametrize(("overlap", "whole"), [(0.1, True), (0.05, True), (0.01, False), (0.0, False)])
def test_a_heap_is_made_only_where_it_is_shorter_and_much_may_be_shared(
    make_tube: Maker, grid: MaskGrid, monkeypatch: pytest.MonkeyPatch, overlap: float, whole: bool
) -> None:
    tubes, options = crossing(make_tube, 300), ArrangeOptions(overlap, together=None, effort=0.0)
    monkeypatch.setattr(sequence, "_UNITS_AT_ONCE", 15)
    found = arrange(tubes, grid, RATE, options)
    check(found, tubes, grid, overlap)
    volume = grid.width * grid.height * found.frame_count
    assert cover(tubes, found.starts, grid)[1] <= overlap * volume
    monkeypatch.setattr(sequence, "_GENEROUS", 2.0)
    parts = arrange(tubes, grid, RATE, options)
    assert (found.frame_count < parts.frame_count) is whole


@pytest.mark.slow
def test_ten_thousand_tubes_are_arranged(make_tube: Maker, grid: MaskGrid) -> None:
    rng = np.random.default_rng(5)
    tubes = [
        make_tube(5.0 * i, 40, begin=(-6, int(rng.integers(38))), end=(80, int(rng.integers(38))), track_id=i)
        for i in range(10_000)
    ]
    arrangement = arrange(tubes, grid, RATE, ArrangeOptions(0.01))
    assert (
        cover(tubes, arrangement.starts, grid)[1] <= 0.01 * grid.width * grid.height * arrangement.frame_count
    )

"""Timestamps: sound ones pass, broken ones are repaired, and the result always goes forward."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from apercu.footage.timeline import LONGEST_PAUSE_S, Timeline, is_sound

MS = Fraction(1, 1000)
RATE = Fraction(25)
stamps = st.lists(st.one_of(st.none(), st.integers(-(10**9), 10**9), st.integers(0, 200)), max_size=60)


def placed(times: list[int | None], rate: Fraction = RATE) -> tuple[list[int], int]:
    timeline = Timeline(MS, rate)
    return [timeline.place(pts) for pts in times], timeline.repaired


@given(stamps)
def test_time_goes_forward_from_zero_without_leaps(times: list[int | None]) -> None:
    places, repaired = placed(times)
    assert places[:1] in ([], [0])
    assert all(0 < b - a <= LONGEST_PAUSE_S * 1000 for a, b in pairwise(places))
    assert 0 <= repaired <= len(times)


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(1, LONGEST_PAUSE_S * 1000), max_size=60))
def test_sound_times_pass_exactly(start: int, steps: list[int]) -> None:
    times = [start]
    for step in steps:
        times.append(times[-1] + step)
    assert is_sound(times, MS)
    assert placed([*times]) == ([t - start for t in times], 0)
    middle = len(times) // 2
    later = Timeline(MS, RATE, origin=start)
    assert [later.place(t) for t in times[middle:]] == [t - start for t in times[middle:]]


@given(stamps)
def test_what_is_called_sound_needs_no_repair(times: list[int | None]) -> None:
    known = sorted(t for t in times if t is not None)
    assert is_sound(times, MS) == (len(known) == len(times) and placed([*known])[1] == 0)


@given(st.lists(st.integers(1, 500), min_size=1, max_size=60), st.randoms())
def test_decoding_order_is_no_fault(steps: list[int], random: object) -> None:
    times = [sum(steps[:i]) for i in range(len(steps))]
    shuffled = [t for i in range(0, len(times), 8) for t in reversed(times[i : i + 8])]
    assert is_sound(shuffled, MS)


def test_no_times_at_all_count_frames_without_drift() -> None:
    places, repaired = placed([None] * 3001, Fraction(30000, 1001))
    assert places == [round(Fraction(i * 1001, 30)) for i in range(3001)]
    assert repaired == 3001


def test_a_gap_in_the_times_is_filled_and_the_rest_stays_true() -> None:
    assert placed([7, 47, None, None, 167]) == ([0, 40, 80, 120, 160], 2)
    assert placed([None, None, 500, 540]) == ([0, 40, 80, 120], 2)


def test_a_repeated_time_is_put_between_its_neighbours() -> None:
    assert placed([0, 40, 40, 120]) == ([0, 40, 60, 120], 1)
    assert placed([0, 40, 39, 80]) == ([0, 40, 60, 80], 1)


def test_a_clock_set_back_or_far_ahead_shifts_all_that_follows() -> None:
    assert placed([0, 40, 80, 120, 0, 40, 90]) == ([0, 40, 80, 120, 160, 200, 250], 1)
    day = 86_400_000
    assert placed([0, 40, day, day + 40, 80, 120]) == ([0, 40, 80, 120, 160, 200], 2)


def test_a_pause_of_an_hour_is_believed() -> None:
    assert placed([0, 3_600_000]) == ([0, 3_600_000], 0)
    assert placed([0, 3_600_001]) == ([0, 40], 1)

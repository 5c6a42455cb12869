"""Exact media time."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apercu.errors import UsageError
from apercu.timecode import Timecode, format_clock, parse_clock

bases = st.builds(Fraction, st.integers(1, 1001), st.integers(1, 1_000_000))
codes = st.builds(Timecode, st.integers(-(10**12), 10**12), bases)


@given(codes, codes)
def test_order_and_difference_are_exact_across_time_bases(a: Timecode, b: Timecode) -> None:
    assert (a < b) == (a.seconds < b.seconds)
    assert (a == b) == (a.seconds == b.seconds)
    assert a - b == a.seconds - b.seconds
    if a == b:
        assert hash(a) == hash(b)
    assert sorted([a, b])[0] - sorted([a, b])[1] <= 0


@given(codes, bases)
def test_rebasing_moves_by_at_most_half_a_tick(code: Timecode, base: Fraction) -> None:
    assert abs(code.rebase(base) - code) <= base / 2
    assert code.rebase(code.time_base) == code


@given(st.integers(0, 10**9))
def test_a_printed_clock_is_read_back(millis: int) -> None:
    seconds = Fraction(millis, 1000)
    assert parse_clock(format_clock(seconds)) == seconds
    assert Timecode.from_seconds(format_clock(seconds), Fraction(1, 1000)).pts == millis


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("90.5", Fraction(181, 2)),
        ("1:30", 90),
        ("01:00:00", 3600),
        (" 100:00:00.001 ", Fraction(360000001, 1000)),
    ],
)
def test_times_as_people_write_them(text: str, seconds: Fraction) -> None:
    assert parse_clock(text) == seconds


@pytest.mark.parametrize("text", ["", "-5", "1:2:3:4", "noon", "1:", "1.5:30", "5s", "1e3"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a time"):
        parse_clock(text)


@pytest.mark.parametrize("text", ["1:75", "1:99:00", "00:61:00"])
def test_minutes_and_seconds_beyond_59_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a time"):
        parse_clock(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "00:00:00.000"),
        (Fraction(3599999, 1000), "00:59:59.999"),
        (Fraction(35999999, 10000), "01:00:00.000"),
        (360000, "100:00:00.000"),
        (Fraction(-1, 2), "-00:00:00.500"),
        (Fraction(-1, 10000), "00:00:00.000"),
    ],
)
def test_clocks_as_people_read_them(seconds: Fraction, text: str) -> None:
    assert format_clock(seconds) == text
    assert str(Timecode.from_seconds(seconds, Fraction(1, 10000))) == text


def test_a_clock_without_thousandths_shows_the_second_that_runs() -> None:
    assert format_clock(59.999, millis=False) == "00:00:59"
    assert format_clock(-0.4, millis=False) == "00:00:00"


def test_a_timecode_moves_by_seconds_and_is_never_another_type() -> None:
    code = Timecode(10, Fraction(1, 30)) + Fraction(1, 3)
    assert code == Timecode(20, Fraction(1, 30))
    assert float(code) == pytest.approx(2 / 3)
    assert code != 20
    assert len({Timecode(1, Fraction(1, 2)), Timecode(2, Fraction(1, 4))}) == 1

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apercu.errors import UsageError
from apercu.events.schedule import DAYS, Hours, is_open

from .drawn import Thing, events, moments, rules

PARIS = ZoneInfo("Europe/Paris")


def hours(begin: str, until: str, *days: str) -> Hours:
    told = {"from": time.fromisoformat(begin), "until": time.fromisoformat(until)}
    return Hours.model_validate(told | ({"days": days} if days else {}))


TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
NIGHTS = st.builds(
    lambda begin, until, days: Hours.model_validate({"from": begin, "until": until, "days": tuple(days)}),
    TIMES,
    TIMES,
    st.lists(st.sampled_from(DAYS), min_size=1, unique=True),
)
WALLS = st.datetimes(datetime(2024, 1, 1), datetime(2025, 1, 1))


@given(NIGHTS, WALLS)
def test_a_span_over_midnight_is_an_evening_and_a_morning(span: Hours, at: datetime) -> None:
    if span.begin >= span.until:
        tomorrow = tuple(DAYS[(DAYS.index(day) + 1) % 7] for day in span.days)
        evening = at.time() >= span.begin and DAYS[at.weekday()] in span.days
        morning = at.time() < span.until and DAYS[at.weekday()] in tomorrow
        assert span.holds(at) == (evening or morning)
    else:
        assert span.holds(at) == (span.begin <= at.time() < span.until and DAYS[at.weekday()] in span.days)


@given(TIMES, TIMES, WALLS)
def test_two_spans_that_meet_are_a_whole_day(begin: time, until: time, at: datetime) -> None:
    one, other = (hours(a.isoformat(), b.isoformat()) for a, b in ((begin, until), (until, begin)))
    assert one.holds(at) or other.holds(at)
    assert begin == until or one.holds(at) != other.holds(at)


@given(NIGHTS, st.integers(0, 365 * 24 * 60))
def test_what_counts_is_what_clocks_on_the_wall_show(span: Hours, minutes: int) -> None:
    at = (datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)).astimezone(PARIS)
    assert is_open([span], at) == span.holds(at.replace(tzinfo=None))


def test_clocks_that_change() -> None:
    night = [hours("02:15", "02:45")]
    minutes = [timedelta(minutes=n) for n in range(24 * 60)]
    for day, open_minutes in ((datetime(2024, 3, 31), 0), (datetime(2024, 10, 27), 60)):
        begin = day.replace(tzinfo=PARIS).astimezone(UTC)
        assert sum(is_open(night, (begin + after).astimezone(PARIS)) for after in minutes) == open_minutes


def test_a_schedule_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    friday_night = [hours("22:00", "06:00", "fri")]
    assert is_open(friday_night, datetime(2024, 5, 31, 23, 0))  # a Friday
    assert is_open(friday_night, datetime(2024, 6, 1, 5, 59))
    assert not is_open(friday_night, datetime(2024, 6, 1, 6, 0))
    assert not is_open(friday_night, datetime(2024, 6, 1, 23, 0))
    assert not is_open(friday_night, datetime(2024, 5, 31, 5, 0))


def test_without_hours_a_rule_always_looks() -> None:
    assert is_open((), None)
    with pytest.raises(ValueError, match="clock"):
        is_open([hours("08:00", "09:00")], None)


RULE = """
[[rule]]
name = "closed"
kind = "zone"
zone = "yard"
schedule = [{ from = 14:00:10, until = 14:00:20 }]
"""


def test_what_began_before_counts_from_when_the_rule_looks() -> None:
    shown = moments([Thing(1, [0, 40], [(300, 200), (300, 200)])], 40)
    found = events(RULE, shown, zone=PARIS)
    assert [(event.began_s, event.met_s) for event in found] == [(10.0, 11.0)]
    assert not events(RULE, shown, zone=UTC)


CLOSED = "schedule = [{ until = 12:00:04 }, { from = 12:00:10 }]\n"


def test_what_happened_while_it_was_closed_is_not_told_when_it_opens() -> None:
    line = f'[[rule]]\nname = "over"\nkind = "line"\nline = "gate"\n{CLOSED}'
    crosses = Thing(1, [0, 4.5, 8, 20], [(200, 200), (250, 200), (400, 200), (410, 200)])
    assert events(line.replace(CLOSED, ""), moments([crosses], 20))
    assert not events(line, moments([crosses], 20))
    back = Thing(1, [0, 5, 8, 12, 16], [(200, 200), (250, 200), (400, 200), (400, 200), (200, 200)])
    assert len(events(line, moments([back], 20))) == 1


def test_what_counted_before_it_closed_does_not_count_when_it_opens() -> None:
    many = '[[rule]]\nname = "many"\nkind = "density"\nzone = "yard"\nabove = 9\nfor_s = 6\n'
    # Ten until it opens again, then nine, which is the limit, and ten for less long than the rule says.
    leaves = [*([60.0] * 9), 24.0]
    there = [Thing(n, [0, end], [(210 + 18 * n, 200), (211 + 18 * n, 200)]) for n, end in enumerate(leaves)]
    comes = Thing(50, [30, 35], [(390, 200), (391, 200)])
    shown = moments([*there, comes], 60)
    assert len(events(many, shown)) == 1
    for hours in ("{ until = 12:00:05 }, { from = 12:00:20 }", "{ from = 12:00:20 }"):
        assert not events(f"{many}schedule = [{hours}]\n", shown)


def test_a_schedule_without_a_clock_is_refused() -> None:
    with pytest.raises(UsageError, match="nobody knows at what time"):
        events(RULE, [], start=None)


@pytest.mark.parametrize("wrong", ["{ from = 25 }", '{ days = ["monday"] }', '{ until = "24:00" }'])
def test_wrong_hours_are_refused(wrong: str) -> None:
    with pytest.raises(UsageError, match=r"line 6: 'rule\[1\].schedule\[1\]"):
        rules(RULE.replace("{ from = 14:00:10, until = 14:00:20 }", wrong))

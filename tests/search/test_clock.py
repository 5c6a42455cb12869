"""Times of day by the clock of a zone, also where clocks are changed: against every second of it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apercu.search import DaySpan
from apercu.search.clock import at_time_of_day, local_us

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CHANGES = [
    ("Europe/Paris", datetime(2026, 3, 29, 1, tzinfo=UTC)),  # 2:00 becomes 3:00
    ("Europe/Paris", datetime(2026, 10, 25, 1, tzinfo=UTC)),  # 3:00 becomes 2:00
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),  # half an hour
    ("Asia/Kathmandu", datetime(2026, 6, 1, tzinfo=UTC)),  # never, and 5:45 ahead
]


def micros(*moments: datetime) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([(moment - EPOCH) // timedelta(microseconds=1) for moment in moments], np.int64)


def there(first: datetime, last: datetime, span: DaySpan, zone: ZoneInfo) -> bool:
    """Look at the clock every second."""
    shown = ((first + n * SECOND).astimezone(zone).time() for n in range((last - first) // SECOND + 1))
    begin, end = span.begin, span.end
    return any(begin <= t < end if begin < end else t >= begin or t < end for t in shown)


@given(
    st.sampled_from(CHANGES),
    st.integers(-5400, 3600),
    st.integers(0, 5400),
    st.integers(0, 47),
    st.integers(0, 47),
)
def test_each_second_of_the_clock_counts(
    change: tuple[str, datetime], begins: int, length: int, begin: int, end: int
) -> None:
    name, moment = change
    zone, first = ZoneInfo(name), moment + begins * SECOND
    last = first + length * SECOND
    span = DaySpan(begin=time(begin // 2, begin % 2 * 30), end=time(end // 2, end % 2 * 30))
    # Beside it another, months away: then clocks were changed in between.
    other = first - timedelta(days=200), last - timedelta(days=200)
    found = at_time_of_day(micros(first, other[0]), micros(last, other[1]), span, zone)
    assert found.tolist() == [there(first, last, span, zone), there(*other, span, zone)]


def test_the_end_belongs_to_no_span_and_a_last_moment_to_its_track() -> None:
    noon = datetime(2026, 6, 1, 10, tzinfo=UTC)  # 12:00 in Paris
    hair = timedelta(microseconds=1)
    span = DaySpan(begin=time(12), end=time(13))
    starts, ends = (
        [noon - SECOND, noon - SECOND, noon + 3600 * SECOND - hair, noon + 3600 * SECOND],
        [noon, noon - hair, noon + 3600 * SECOND, noon + 3601 * SECOND],
    )
    found = at_time_of_day(micros(*starts), micros(*ends), span, ZoneInfo("Europe/Paris"))
    assert found.tolist() == [True, False, True, False]
    none = micros()
    assert at_time_of_day(none, none, span, ZoneInfo("Europe/Paris")).tolist() == []
    assert local_us(none, ZoneInfo("Europe/Paris")).tolist() == []


@pytest.mark.parametrize(("name", "moment"), CHANGES)
def test_what_clocks_show(name: str, moment: datetime) -> None:
    zone = ZoneInfo(name)
    moments = [moment + n * timedelta(minutes=7) - SECOND for n in range(-700, 700)]
    shown = [when.astimezone(zone).replace(tzinfo=UTC) for when in moments]
    assert local_us(micros(*moments), zone).tolist() == micros(*shown).tolist()

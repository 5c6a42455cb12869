"""Which tracks are there at a time of day, by the clock of a zone: in whole microseconds, never rounded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from apercu.search.parts import DaySpan

_SECOND_US = 1_000_000
_DAY_S = 86_400
_DAY_US = _DAY_S * _SECOND_US

Moments = NDArray[np.int64]


def at_time_of_day(start_us: Moments, end_us: Moments, span: DaySpan, zone: tzinfo) -> NDArray[np.bool_]:
    """Return which tracks are there within a time of day: bool (n,).

    Where clocks are changed meanwhile, a track is there at the times that they show before and after.

    Args:
        start_us, end_us: int64 (n,), from when to when they are there, microseconds since 1970 in UTC.
        span: the time of day.
        zone: whose clock.
    """
    found = np.zeros(len(start_us), np.bool_)
    if not len(start_us):
        return found
    begin = _microseconds(span.begin)
    length = (_microseconds(span.end) - begin) % _DAY_US or _DAY_US
    for since, until, offset in _stretches(zone, int(start_us.min()), int(end_us.max())):
        first, last = np.maximum(start_us, since), np.minimum(end_us, until - 1)
        into = (first + (offset - begin)) % _DAY_US
        # It is there within the span at first, or it is still there when the span begins the next time.
        found |= (first <= last) & ((into < length) | (last - first >= _DAY_US - into))
    return found


def local_us(moments_us: Moments, zone: tzinfo) -> Moments:
    """Return what the clocks of a zone show: int64 (n,), microseconds since 1970 began there.

    Args:
        moments_us: int64 (n,), microseconds since 1970 in UTC.
        zone: whose clock.
    """
    if not len(moments_us):
        return moments_us
    stretches = list(_stretches(zone, int(moments_us.min()), int(moments_us.max())))
    since, _, offsets = (np.array(column) for column in zip(*stretches, strict=True))
    return np.asarray(moments_us + offsets[np.searchsorted(since, moments_us, "right") - 1])


def _stretches(zone: tzinfo, first_us: int, last_us: int) -> Iterator[tuple[int, int, int]]:
    """Yield since when and until when a clock is how far ahead of UTC, all in microseconds.

    Together they hold every moment from the first to the last.
    """
    first, last = first_us // _DAY_US, last_us // _DAY_US + 1
    changes = [first * _DAY_S, *_changes(zone, first, last), last * _DAY_S]
    for since, until in pairwise(changes):
        yield since * _SECOND_US, until * _SECOND_US, _offset_us(zone, since)


@lru_cache
def _changes(zone: tzinfo, first_day: int, last_day: int) -> tuple[int, ...]:
    """Return when clocks are changed between two days: seconds since 1970 in UTC."""
    found = []
    for day in range(first_day, last_day):
        low, high = day * _DAY_S, (day + 1) * _DAY_S
        before = _offset_us(zone, low)
        if _offset_us(zone, high) == before:
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _offset_us(zone, middle) == before else (low, middle)
        found.append(high)
    return tuple(found)


def _offset_us(zone: tzinfo, moment_s: int) -> int:
    offset = datetime.fromtimestamp(moment_s, UTC).astimezone(zone).utcoffset()
    return 0 if offset is None else offset // timedelta(microseconds=1)


def _microseconds(moment: time) -> int:
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    return seconds * _SECOND_US + moment.microsecond

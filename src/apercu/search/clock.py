"""Which tracks are there at a time of day, by the clock of a zone."""

from __future__ import annotations

from datetime import UTC, datetime, time, tzinfo
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from apercu.search.parts import DaySpan

_DAY_S = 86_400
_HOUR_US = 3_600_000_000


def at_time_of_day(
    start_us: NDArray[np.int64], duration_s: NDArray[np.float64], span: DaySpan, zone: tzinfo
) -> NDArray[np.bool_]:
    """Return which tracks are there within a time of day: bool (n,).

    Args:
        start_us: int64 (n,), when they begin, microseconds since 1970 in UTC.
        duration_s: float64 (n,), for how long, seconds.
        span: the time of day.
        zone: whose clock.
    """
    local_s = local_us(start_us, zone) / 1e6 % _DAY_S
    begin, end = _seconds(span.begin), _seconds(span.end)
    length = (end - begin) % _DAY_S or _DAY_S
    into = (local_s - begin) % _DAY_S
    # It began within the span, or it is still there when the span begins the next time.
    return np.asarray((into < length) | (into + duration_s >= _DAY_S))


def local_us(moments_us: NDArray[np.int64], zone: tzinfo) -> NDArray[np.int64]:
    """Return what the clocks of a zone show: int64 (n,), microseconds since 1970 began there.

    Args:
        moments_us: int64 (n,), microseconds since 1970 in UTC.
        zone: whose clock.
    """
    # A zone's distance from UTC changes on the hour, a few times a year: asked once for each hour.
    hours: Any = pa.array(moments_us // _HOUR_US).dictionary_encode()
    told = [round(_offset_s(hour, zone) * 1e6) for hour in hours.dictionary.to_pylist()]
    return np.asarray(moments_us + np.array(told, np.int64)[hours.indices.to_numpy()])


def _offset_s(hour: int, zone: tzinfo) -> float:
    offset = datetime.fromtimestamp(hour * 3600, UTC).astimezone(zone).utcoffset()
    return 0.0 if offset is None else offset.total_seconds()


def _seconds(moment: time) -> float:
    return moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1e6

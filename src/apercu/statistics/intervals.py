"""Intervals of time that numbers are told by: they begin at midnight by the archive's clock.

Times are whole microseconds, so that a sum does not depend on the order in which it was made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

import numpy as np
from numpy.typing import NDArray

from apercu.errors import UsageError

SECOND_US = 1_000_000
HOUR_S, _DAY_S = 3600, 86_400
_SHORTEST_S = 60
_LENGTH = re.compile(r"(\d{1,6}) ?(s|min|h|d|day)")
_UNITS_S = {"s": 1, "m": 60, "h": HOUR_S, "d": _DAY_S}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Micros = NDArray[np.int64]


def check_interval(interval_s: float) -> int:
    """Return an interval as whole seconds.

    Raises:
        UsageError: it is not from a minute to a day, or a day is not a whole number of it.
    """
    whole = round(interval_s)
    if whole != interval_s or not _SHORTEST_S <= whole <= _DAY_S or _DAY_S % whole:
        raise UsageError(
            f"numbers cannot be told by {interval_s:g} s",
            next_step="Choose 1 min to 1 day, of which a day is a whole number: 1min, 5min, 15min, 1h, 1day.",
        )
    return whole


def read_interval(text: str) -> int:
    """Read the length of intervals, such as ``15min``, ``1h`` or ``1day``: seconds.

    Raises:
        UsageError: it is none, or none that is possible.
    """
    return check_interval(read_length(text))


def read_length(text: str) -> int:
    """Read a length of time, such as ``90s``, ``15min``, ``1h`` or ``1day``: whole seconds.

    Raises:
        UsageError: it is none.
    """
    found = _LENGTH.fullmatch(text.strip().lower())
    if found is None:
        raise UsageError(f"{text!r} is no length of time", next_step="Write it like 90s, 15min, 1h or 1day.")
    return int(found[1]) * _UNITS_S[found[2][0]]


def micros(moment: datetime) -> int:
    """Return an aware moment as microseconds since 1970 UTC."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Intervals:
    """The intervals of one run.

    Up to an hour, an interval has its length on every day: a day on which clocks change has 23 or 25 hours of
    four quarters each. Longer ones begin when the clock shows a multiple of them.

    Attributes:
        length_s: seconds, as ``check_interval`` allows.
        zone: the archive's time zone.
        start_us: true time of the run's start, microseconds since 1970 UTC; None when nobody knows: then
            intervals count from the run's start.
    """

    length_s: int
    zone: tzinfo
    start_us: int | None

    @property
    def clocked(self) -> bool:
        """Whether the run has a clock."""
        return self.start_us is not None

    def absolute(self, at_us: Micros) -> Micros:
        """Return times of the run, int64 (n,) microseconds since its start, by the clock where it has one."""
        return np.asarray(at_us, np.int64) + (self.start_us or 0)

    def edges(self, first_us: int, last_us: int) -> Micros:
        """Return the edges of the intervals that hold two moments and all between: int64 (m,), rising.

        Moments and edges are microseconds, absolute (see ``absolute``).
        """
        step = self.length_s * SECOND_US
        if not self.clocked:
            return np.arange(first_us // step, last_us // step + 2, dtype=np.int64) * step
        day = (_EPOCH + timedelta(microseconds=first_us)).astimezone(self.zone).date()
        found: list[Micros] = []
        midnight = self._clock(datetime(day.year, day.month, day.day))
        while midnight <= last_us:
            begin = datetime(day.year, day.month, day.day)
            day += timedelta(days=1)
            following = self._clock(datetime(day.year, day.month, day.day))
            if self.length_s <= HOUR_S:
                found.append(np.arange(midnight, following, step, dtype=np.int64))
            else:
                hands = range(0, _DAY_S, self.length_s)
                told = [self._clock(begin + timedelta(seconds=second)) for second in hands]
                found.append(np.unique(np.array(told, np.int64)))
            midnight = following
        every = np.concatenate([*found, [midnight]])
        low = int(np.searchsorted(every, first_us, "right")) - 1
        high = int(np.searchsorted(every, last_us, "right")) + 1
        return np.asarray(every[low:high], np.int64)

    def _clock(self, hands: datetime) -> int:
        return micros(hands.replace(tzinfo=self.zone).astimezone(UTC))

    def around(self, at_us: Micros) -> tuple[Micros, Micros]:
        """Return begin and end of the interval of each moment of the run: int64 (n,) each, absolute."""
        return self.holding(self.absolute(at_us))

    def holding(self, at: Micros) -> tuple[Micros, Micros]:
        """Return begin and end of the interval of each absolute moment, int64 (n,) each, absolute."""
        if not len(at):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        edges = self.edges(int(at.min()), int(at.max()))
        place = np.searchsorted(edges, at, "right") - 1
        return edges[place], edges[place + 1]

    def split(self, from_us: Micros, to_us: Micros) -> tuple[NDArray[np.int64], Micros, Micros, Micros]:
        """Cut spans of the run where intervals meet.

        Args:
            from_us, to_us: int64 (n,), begin and end of each, microseconds of the run.

        Returns:
            For each piece: the span it is of, begin and end of its interval (absolute), and its length, all
            int64 (m,); an empty span has one piece.
        """
        if not len(from_us):
            empty = np.zeros(0, np.int64)
            return empty, empty, empty, empty
        begin, end = self.absolute(from_us), self.absolute(to_us)
        edges = self.edges(int(begin.min()), int(max(end.max(), begin.max())))
        low = np.searchsorted(edges, begin, "right") - 1
        high = np.maximum(np.searchsorted(edges, end, "left") - 1, low)
        counts = high - low + 1
        of = np.repeat(np.arange(len(begin)), counts)
        place = low[of] + np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts)
        inside = np.minimum(end[of], edges[place + 1]) - np.maximum(begin[of], edges[place])
        return of, edges[place], edges[place + 1], np.asarray(inside.clip(0), np.int64)

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from apercu.web.pages.telling import Numbers

EN, FR = Numbers("en", UTC), Numbers("fr", ZoneInfo("Europe/Paris"))


def test_numbers_are_written_as_the_language_does() -> None:
    assert EN.count(1234567) == "1,234,567"
    assert FR.count(1234567) == "1\u202f234\u202f567"
    assert EN.decimal(-1234.56) == "−1,234.6"
    assert FR.decimal(1234.56, 2) == "1\u202f234,56"
    assert EN.share(0.125, 1) == "12.5%"
    assert FR.share(0.5) == "50\u202f%"


def test_days_and_times_are_those_of_the_archives_clocks() -> None:
    moment = datetime(2026, 4, 30, 22, 30, 5, tzinfo=UTC)
    assert EN.moment(moment).replace("\u00a0", " ") == "Thu 30 Apr 2026, 22:30:05"
    assert FR.moment(moment).replace("\u00a0", " ") == "ven. 1er mai 2026, 00:30:05"
    assert FR.day(date(2026, 8, 4)).replace("\u00a0", " ") == "mar. 4 août 2026"
    assert EN.clock(moment, seconds=False) == "22:30"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0.0 s"),
        (4.25, "4.2 s"),
        (65, "1 min 5 s"),
        (3600, "1 h"),
        (4805, "1 h 20 min"),
        (90061, "25 h 1 min"),
    ],
)
def test_lengths_are_told_in_two_units_at_most(seconds: float, told: str) -> None:
    assert EN.length(seconds).replace("\u00a0", " ") == told


def test_positions_are_written_as_players_do() -> None:
    assert EN.position(65.9) == "1:05"
    assert EN.position(3661) == "1:01:01"

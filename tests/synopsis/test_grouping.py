from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apercu.synopsis import Tube
from apercu.synopsis.grouping import group

Make = Callable[..., Tube]


def test_directions_are_those_of_the_picture(make_tube: Make) -> None:
    ends = [(10, 10), (60, 12), (12, 40), (40, 10)]
    begins = [(40, 10), (10, 10), (10, 10), (41, 10)]
    tubes = [make_tube(begin=a, end=b) for a, b in zip(begins, ends, strict=True)]
    groups = group(tubes, "direction", lambda _: None)
    assert groups.names == ("right", "down", "left", "stays")
    assert groups.of.tolist() == [2, 0, 1, 3]


def test_hours_follow_the_clock(make_tube: Make) -> None:
    tubes = [make_tube(line_s=s) for s in (0.0, 1800.0, 7200.0)]
    start = datetime(2026, 3, 1, 9, 45)
    groups = group(tubes, "hour", lambda tube: start + timedelta(seconds=tube.start_s))
    assert groups.names == ("2026-03-01 09:00", "2026-03-01 10:00", "2026-03-01 11:00")
    assert groups.of.tolist() == [0, 1, 2]
    assert group(tubes, "hour", lambda _: None).names == ("hour 1", "hour 3")
    before = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)  # 2:45, and half an hour later 2:15 again
    at = [before, before + timedelta(minutes=30), before + timedelta(hours=2)]
    local = iter([moment.astimezone(ZoneInfo("Europe/Paris")) for moment in at])
    told = group(tubes, "hour", lambda _: next(local)).names
    assert told == ("2026-10-25 02:00", "2026-10-25 02:00 again", "2026-10-25 03:00")


def test_hours_of_a_recording_without_a_clock_are_in_order(make_tube: Make) -> None:
    tubes = [make_tube(line_s=3600.0 * hour) for hour in range(12)]
    groups = group(tubes, "hour", lambda _: None)
    assert groups.names == tuple(f"hour {n}" for n in range(1, 13)) and groups.of.tolist() == [*range(12)]


def test_classes_keep_their_order(make_tube: Make) -> None:
    groups = group([make_tube(), make_tube()], "class", lambda _: None)
    assert (groups.names, groups.of.tolist()) == (("person",), [0, 0])

"""Counts made by hand, and what they tell of the engine's."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apercu.archive import Archive
from apercu.archive.zones import add_zone, read_zones
from apercu.errors import ArchiveDamagedError, NothingToShowError, UnknownNameError, UsageError
from apercu.statistics.checks import checks, known_errors
from apercu.statistics.release import release
from apercu.statistics.samples import add_sample, read_samples, remove_sample

from .cell_maker import DAY_S, cell, observed, table
from .conftest import put, walk

NOON = datetime(2024, 5, 31, 12, tzinfo=UTC)
WHO = {"who": "M. Roux", "how": "from the footage"}
Maker = Callable[[str], Archive]


def day(minute: float) -> datetime:
    return datetime.fromtimestamp(DAY_S, UTC) + timedelta(minutes=minute)


def released(archive: Archive, counts: list[int]) -> None:
    series = read_zones(archive)["gate"]["line"].series
    crossed = [
        cell(
            measure="crossings",
            value=n,
            begin_s=DAY_S + i * 900,
            place="line",
            series=series,
            direction="left",
            **{"class": "car"},
        )
        for i, n in enumerate(counts)
        if n
    ]
    release(archive, table([*observed("gate", len(counts)), *crossed]))


def test_samples_are_kept_listed_and_forgotten(archive_of: Maker) -> None:
    archive = archive_of("statistics")
    made = add_sample(archive, "gate", "line", 12, day(0), day(15), direction="left", note="rain", **WHO)
    other = add_sample(archive, "gate", "a", 3, 0, 600, recording="ab" * 8, **WHO)
    assert read_samples(archive) == [made, other]
    assert made.series == read_zones(archive)["gate"]["line"].series and made.kind == "line"
    *_, entry = archive.gate.ledger.entries()
    assert entry.capability == "manage" and entry.note == f"added {other.key}, series {other.series}"
    with pytest.raises(UsageError, match="stored already"):
        add_sample(archive, "gate", "a", 3, 0, 600, recording="ab" * 8, **WHO)
    assert remove_sample(archive, made.key) == made
    assert read_samples(archive) == [other]
    with pytest.raises(NothingToShowError):
        remove_sample(archive, made.key)


def test_a_sample_told_again_on_another_day_is_not_counted_twice(archive_of: Maker) -> None:
    archive = archive_of("statistics")
    add_sample(archive, "gate", "line", 12, day(0), day(15), **WHO)
    stored = archive.path / "checks.toml"
    stored.write_text(re.sub("(?m)^recorded = .*", "recorded = 2020-01-01T00:00:00Z", stored.read_text()))
    with pytest.raises(UsageError, match="stored already"):
        add_sample(archive, "gate", "line", 12, day(0), day(15), **WHO)
    add_sample(archive, "gate", "line", 12, day(0), day(15), note="counted a second time", **WHO)
    assert [sample.recorded.year == 2020 for sample in read_samples(archive)] == [True, False]


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ({"place": "nowhere"}, UnknownNameError),
        ({"camera": "roof"}, UnknownNameError),
        ({"direction": "up"}, UnknownNameError),
        ({"class_name": "tram"}, UnknownNameError),
        ({"end": day(0)}, UsageError),
        ({"end": day(0.5)}, UsageError),
        ({"end": 900.0}, UsageError),
        ({"end": day(15).replace(tzinfo=None)}, UsageError),
        ({"by_hand": -1}, UsageError),
        ({"who": " "}, UsageError),
        ({"recording": "ab" * 8}, UsageError),
    ],
)
def test_what_is_no_sample(archive_of: Maker, told: dict[str, Any], error: type[Exception]) -> None:
    archive = archive_of("statistics")
    given: dict[str, Any] = {"camera": "gate", "place": "line", "by_hand": 9, "begin": day(0), "end": day(15)}
    with pytest.raises(error):
        add_sample(archive, **{**given, **WHO, **told})
    assert not (archive.path / "checks.toml").exists()


@pytest.mark.parametrize("text", ["[[gate]]\nplace = 'line'", "gate = 1", "[gate"])
def test_a_file_that_is_not_as_it_should_be(archive_of: Maker, text: str) -> None:
    archive = archive_of("statistics")
    (archive.path / "checks.toml").write_text(text)
    with pytest.raises(ArchiveDamagedError, match=r"checks\.toml"):
        read_samples(archive)


def test_under_a_minimum_only_what_was_released_is_compared(archive_of: Maker) -> None:
    archive = archive_of("statistics")
    add_sample(archive, "gate", "line", 20, day(0), day(30), direction="left", class_name="car", **WHO)
    assert [check.outcome for check in checks(archive)] == ["not released yet"]
    released(archive, [12, 10, 3, 8])
    (check,) = checks(archive)
    assert (check.outcome, check.counted, check.error) == ("compared", 22, pytest.approx(0.1))
    (known,) = known_errors(archive)
    assert (known.samples, known.hours, known.by_hand, known.counted) == (1, 0.5, 20, 22)


def test_where_a_number_is_withheld_nothing_is_told(archive_of: Maker) -> None:
    archive = archive_of("statistics")
    released(archive, [12, 10, 3, 8])
    add_sample(archive, "gate", "line", 14, day(30), day(60), direction="left", **WHO)
    add_sample(archive, "gate", "line", 4, day(45), day(60), direction="left", **WHO)
    add_sample(archive, "gate", "line", 9, day(40), day(60), direction="left", **WHO)
    add_sample(archive, "gate", "line", 9, day(600), day(660), direction="left", **WHO)
    assert [check.outcome for check in checks(archive)] == [
        "too few to say",
        "too few to say",
        "not covered throughout",
        "not released yet",
    ]
    assert known_errors(archive) == []


def test_where_all_may_leave_samples_are_compared_with_counts(archive_of: Maker) -> None:
    archive = archive_of("research")
    down = [walk((100, 60), (100, 180), start_s=10.0 + 30 * k) for k in range(6)]
    up = [walk((200, 180), (200, 60), start_s=20.0 + 30 * k) for k in range(3)]
    put(archive, *down, *up, start=NOON, duration_s=600.0)
    span = (NOON, NOON + timedelta(minutes=10))
    add_sample(archive, "gate", "line", 5, *span, direction="right", **WHO)
    add_sample(archive, "gate", "line", 4, *span, direction="left", class_name="person", **WHO)
    add_sample(archive, "gate", "line", 9, *span, **WHO)
    add_sample(archive, "gate", "line", 0, NOON, NOON + timedelta(minutes=20), **WHO)
    assert [(check.outcome, check.counted) for check in checks(archive)] == [
        ("compared", 6),
        ("compared", 3),
        ("compared", 9),
        ("not covered throughout", None),
    ]
    found = {(known.direction, known.class_name): known for known in known_errors(archive)}
    assert found["right", ""].signed == pytest.approx(0.2)
    assert found["left", "person"].signed == pytest.approx(-0.25)
    assert found["left", "person"].absolute == pytest.approx(0.25)


def test_a_line_that_is_drawn_anew_has_no_samples_yet(archive_of: Maker) -> None:
    archive = archive_of("statistics")
    released(archive, [12])
    add_sample(archive, "gate", "line", 12, day(0), day(15), **WHO)
    before = known_errors(archive)[0].series
    add_zone(archive, "gate", "line", "line", ((0.0, 0.6), (1.0, 0.6)))
    assert {known.series for known in known_errors(archive)} == {before}
    assert read_zones(archive)["gate"]["line"].series != before


def test_samples_of_a_recording_without_a_clock(archive_of: Maker) -> None:
    archive = archive_of("research")
    name = put(archive, walk((100, 60), (100, 180), start_s=10.0), duration_s=60.0)
    add_sample(archive, "gate", "line", 1, 0, 60, recording=name, **WHO)
    (check,) = checks(archive)
    assert (check.outcome, check.counted, check.error) == ("compared", 1, 0.0)

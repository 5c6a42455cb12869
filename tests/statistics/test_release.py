from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apercu.archive import Archive
from apercu.archive.zones import read_zones
from apercu.errors import NothingToShowError, RefusedError, UsageError
from apercu.purposes import Outcome
from apercu.statistics import release as door
from apercu.statistics.book import Book
from apercu.statistics.joining import joined
from apercu.statistics.margins import solved
from apercu.statistics.release import ReleaseOptions, release
from apercu.statistics.released import RELEASED_SCHEMA

from .cell_maker import DAY_S, cell, observed, table

K = 5
Maker = Callable[[str], Archive]


def crossings(counts: list[int], length_s: float = 900.0, **more: Any) -> list[dict[str, Any]]:
    told = {"place": "line", "series": "s", "class": "car", "direction": "left"} | more
    return [
        cell(measure="crossings", value=n, begin_s=DAY_S + i * length_s, length_s=length_s, **told)
        for i, n in enumerate(counts)
        if n
    ]


def day(counts: list[int], length_s: float = 900.0, **more: Any) -> pa.Table:
    return table([*observed("gate", len(counts), length_s), *crossings(counts, length_s, **more)])


def told(released: Any, measure: str = "crossings") -> list[tuple[float, float | None, str]]:
    rows = [row for row in released.table.to_pylist() if row["measure"] == measure]
    return [((row["begin_s"] - DAY_S) / 60, row["value"], row["status"]) for row in rows]


def test_small_numbers_stay_inside_and_the_method_is_said(archive_of: Maker) -> None:
    archive = archive_of("statistics")
    released = release(archive, day([12, 3, 0, 7]))
    assert told(released) == [
        (0.0, 12.0, "published"),
        (15.0, None, "withheld"),
        (45.0, 7.0, "published"),
    ]
    assert released.table.schema.equals(RELEASED_SCHEMA)
    facts = released.facts.as_dict()
    assert (facts["method"], facts["minimum"], facts["withheld"]) == ("threshold", 5, 1)
    assert (facts["controller"], facts["site"], facts["observed_share"]) == ("City of Lyon", "Rue Haute", 1.0)
    assert facts["begin"] == datetime.fromtimestamp(DAY_S, UTC).isoformat()
    entries = list(archive.gate.ledger.entries())
    assert (entries[-1].capability, entries[-1].outcome) == ("release-statistics", Outcome.DONE)
    assert "threshold: 7 numbers, 1 withheld" in entries[-1].note


def test_a_purpose_without_minimum_tells_all_and_keeps_nothing(archive_of: Maker) -> None:
    archive = archive_of("research")
    assert told(release(archive, day([12, 3]))) == [(0.0, 12.0, "published"), (15.0, 3.0, "published")]
    assert told(release(archive, day([15], 1800.0))) == [(0.0, 15.0, "published")]
    assert not (archive.path / "released").exists()


def test_shorter_intervals_than_the_purpose_allows_are_refused(archive_of: Maker) -> None:
    with pytest.raises(RefusedError, match=r"about 300 s or more, and these about 60 s.*--by"):
        release(archive_of("statistics"), day([12], 60.0))
    with pytest.raises(NothingToShowError):
        release(archive_of("research"), table([]))


def test_the_same_question_has_the_same_answer_whatever_came_in_since(archive_of: Maker) -> None:
    archive = archive_of("statistics")
    first = release(archive, day([12, 3, 8]))
    again = release(archive, day([14, 9, 8, 20]))
    assert told(again)[:3] == told(first)
    assert told(again)[3] == (45.0, 20.0, "published")
    more = table(
        [
            *observed("gate", 3),
            *observed("gate", 1, share=0.5),
            *crossings([14]),
        ]
    )
    grown = table([{**row, "value": row["value"] * 2} for row in more.to_pylist()])
    assert "first released" in release(archive, grown).facts.remarks[0].en


def test_other_intervals_over_the_same_time_are_refused_with_the_way_out(archive_of: Maker) -> None:
    archive = archive_of("statistics")
    release(archive, day([60, 70], 3600.0))
    with pytest.raises(UsageError, match=r"by intervals of 60 min.*--by 60min.*--noise"):
        release(archive, day([12, 3, 20, 25, 70]))
    with pytest.raises(UsageError, match="cut the same time otherwise"):  # an hour more than was released
        release(archive, day([200], 14400.0))
    later = [{**row, "begin_s": row["begin_s"] + 7200} for row in day([12, 3]).to_pylist()]
    assert len(told(release(archive, table(later)))) == 2  # another time, another grid
    other = [{**row, "camera": "yard"} for row in day([12, 3]).to_pylist()]
    assert len(told(release(archive, table(other)))) == 2


def test_longer_intervals_are_summed_up_from_what_was_published(archive_of: Maker) -> None:
    archive = archive_of("statistics")
    release(archive, day([12, 3, 20, 25, 6, 6, 6, 6, 2, 1]))
    hours = day([60, 24, 3], 3600.0).to_pylist()
    hours[2]["value"] = 1800.0  # of the third, half was observed
    longer = release(archive, table(hours))
    assert told(longer) == [
        (0.0, 57.0, "at least"),
        (60.0, 24.0, "published"),
        (120.0, None, "withheld"),
    ]
    first = next(row for row in longer.table.to_pylist() if row["measure"] == "crossings")
    assert first["end"] - first["begin"] == timedelta(hours=1)
    assert (first["observed_s"], first["complete"]) == (3600.0, True)
    last = [row for row in longer.table.to_pylist() if row["measure"] == "observed"][-1]
    assert (last["value"], last["complete"]) == (1800.0, False)


def test_what_is_asked_for_does_not_change_what_is_withheld(archive_of: Maker) -> None:
    archive = archive_of("statistics")
    cells = table(
        [
            *observed("gate", 1),
            *crossings([12]),
            *crossings([9], **{"class": "bus"}),
            *crossings([7], place="other"),
        ]
    )
    part = release(archive, cells, ReleaseOptions(places=("line",), classes=("bus",)))
    assert told(part) == [(0.0, 9.0, "published")]
    assert len(told(release(archive, cells))) == 3


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.integers(0, 12), min_size=8, max_size=8),
    st.lists(
        st.tuples(st.sampled_from([1, 2, 4, 8]), st.integers(0, 7), st.integers(1, 8)),
        min_size=1,
        max_size=6,
    ),
)
def test_no_sequence_of_releases_gives_a_small_number_away(
    tmp_path_factory: pytest.TempPathFactory, counts: list[int], asked: list[tuple[int, int, int]]
) -> None:
    path = tmp_path_factory.mktemp("sequence")
    fields = {"place": "a", "information": "b"}
    archive = Archive.create(path, name="a", purpose="statistics", purpose_fields=fields, timezone="UTC")
    seen, zero = [], np.array(counts) == 0
    for factor, first, many in asked:
        low, high = first // factor * factor, min(8, -(-(first + many) // factor) * factor)
        length = 900.0 * factor
        sums = [sum(counts[i : i + factor]) for i in range(low, high, factor)]
        cells = [{**row, "begin_s": row["begin_s"] + 900.0 * low} for row in day(sums, length).to_pylist()]
        try:
            rows = release(archive, table(cells)).table.to_pylist()
        except UsageError:
            continue
        for row in rows:
            if row["measure"] != "crossings" or row["value"] is None:
                continue
            at = int((row["begin_s"] - DAY_S) / 900)
            part = np.zeros(8)
            part[at : at + factor] = 1.0
            if row["status"] == "published":
                assert row["value"] == part @ counts
                seen.append(part)
            else:  # of numbers that were published before
                assert row["value"] in [float(n) for n in _sums_of(counts, at, factor)]
    known = [*seen, *(np.eye(8)[i] for i in np.flatnonzero(zero))]
    exact = solved(np.array(known).reshape(-1, 8))
    assert not [n for n, is_exact in zip(counts, exact, strict=True) if is_exact and 0 < n < K]
    for i in np.flatnonzero(~exact & ~zero):  # and what is not negative does not pin it down either
        assert _widest(np.array(seen).reshape(-1, 8), counts, int(i)) >= K - 2


def _sums_of(counts: list[int], at: int, factor: int) -> set[int]:
    sums = {0}
    for n in counts[at : at + factor]:
        sums |= {n + s for s in sums}
    return sums


def _widest(seen: np.ndarray, counts: list[int], i: int) -> float:
    """Return how far apart the smallest and largest number are that fit all that was seen."""
    from scipy.optimize import linprog

    aim = np.eye(8)[i]
    equal = {"A_eq": seen, "b_eq": seen @ counts} if len(seen) else {}
    ends = []
    for sign in (1, -1):
        found = linprog(sign * aim, bounds=[(0, 100)] * 8, **equal)
        ends.append(sign * found.fun)
    return float(ends[1] - ends[0])


def noisy(epsilon: float = 0.5, **more: Any) -> ReleaseOptions:
    return ReleaseOptions(epsilon=epsilon, **more)


def with_series(archive: Archive, counts: list[int]) -> pa.Table:
    return day(counts, series=read_zones(archive)["gate"]["line"].series)


def test_noise_covers_every_number_that_there_could_be(archive_of: Maker) -> None:
    archive = archive_of("statistics")
    released = release(archive, with_series(archive, [12, 3]), noisy(places=("line",)))
    rows = [row for row in released.table.to_pylist() if row["measure"] == "crossings"]
    assert len(rows) == 2 * 7 * 2  # directions, classes, intervals
    assert {row["status"] for row in rows} == {"noised"}
    assert all(float(row["value"]).is_integer() for row in rows)
    assert (released.facts.epsilon, released.facts.scale) == (0.5, 4.0)
    assert "One track is not one person" in released.facts.statement.en


def test_noise_is_drawn_once_and_spent_by_the_filmed_day(archive_of: Maker) -> None:
    archive = archive_of("statistics")
    cells = with_series(archive, [12, 3])
    first = release(archive, cells, noisy())
    assert release(archive, cells, noisy()).table.equals(first.table)
    assert release(archive, cells, noisy(0.25)).table.equals(first.table)
    book = Book(archive.path, UTC)
    name = datetime.fromtimestamp(DAY_S, UTC).date().isoformat()
    assert book.spent([name]) == {name: 0.5}
    release(archive, cells, noisy(1.0))
    with pytest.raises(RefusedError, match=rf"of the epsilon 2 for {name}, 1.5 is spent, and 0.6 more"):
        release(archive, with_series(archive, [1, 1, 1, 1]), noisy(0.6))
    with pytest.raises(RefusedError, match=r"one release may spend epsilon 1, and 1\.1"):
        release(archive, with_series(archive, [1, 1, 1, 1]), noisy(1.1))
    assert book.spent([name]) == {name: 1.5}
    assert archive.gate.ledger.folder.exists()


def test_who_dies_between_spending_and_drawing_has_spent(
    archive_of: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = archive_of("statistics")
    cells = with_series(archive, [12, 3])

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(door, "noised", die)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            release(archive, cells, noisy(1.0))
    monkeypatch.undo()
    with pytest.raises(RefusedError, match="2 is spent"):
        release(archive, cells, noisy(0.1))


@settings(max_examples=15)
@given(st.lists(st.floats(0.05, 1.2), min_size=1, max_size=6))
def test_no_day_costs_more_than_its_budget(
    tmp_path_factory: pytest.TempPathFactory, asked: list[float]
) -> None:
    path = tmp_path_factory.mktemp("budget")
    fields = {"place": "a", "information": "b"}
    archive = Archive.create(path, name="a", purpose="statistics", purpose_fields=fields, timezone="UTC")
    from apercu.archive.zones import add_zone

    add_zone(archive, "gate", "line", "line", ((0.0, 0.5), (1.0, 0.5)))
    granted = 0.0
    for number, epsilon in enumerate(asked, 1):
        try:
            release(archive, with_series(archive, [3] * number), noisy(epsilon))
        except RefusedError:
            assert epsilon > 1.0 or granted + epsilon > 2.0
        else:
            granted += epsilon
    assert granted <= 2.0 + 1e-9
    spent = Book(path, UTC).spendings()
    assert sum(one.epsilon for one in spent) == pytest.approx(granted)


def test_noise_needs_a_place_and_a_clock(archive_of: Maker) -> None:
    archive = archive_of("statistics")
    without = table([{**row, "clocked": False, "begin_s": 0.0} for row in day([12]).to_pylist()])
    with pytest.raises(UsageError, match="recordings with a clock"):
        release(archive, without, noisy())
    with pytest.raises(UsageError, match="0 is no epsilon"):
        release(archive, day([12]), noisy(0.0))


def test_maps_leave_in_blocks_with_what_was_observed(archive_of: Maker) -> None:
    archive = archive_of("statistics")
    at = {"length_s": 3600.0, "class": "car"}
    cells = table(
        [
            *observed("gate", 4),
            cell(measure="movement", column=4, row=6, value=30, **at),
            cell(measure="movement", column=5, row=6, value=3, **at),
        ]
    )
    (row,) = [r for r in release(archive, cells).table.to_pylist() if r["measure"] == "movement"]
    assert (row["value"], row["span"], row["observed_s"], row["complete"]) == (30.0, 1, 3600.0, True)
    assert release(archive, cells).table.num_rows == 5
    assert joined(cells).num_rows == 6

"""What a tally says does not depend on how it is told, and follows the clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from apercu.analysis import Tracks
from apercu.errors import UsageError
from apercu.statistics.cells import KEY
from apercu.statistics.coarser import coarser
from apercu.statistics.intervals import SECOND_US, Intervals, check_interval, micros, read_interval
from apercu.statistics.rows import added

from .conftest import Path, tracks_of, walk
from .tallying import PARIS, cells_of, tally_of

seeds = st.integers(0, 2**32 - 1)
START_US = micros(datetime(2024, 5, 31, 9, 59, 30, tzinfo=UTC))


def strollers(seed: int, count: int = 12) -> list[Path]:
    """Return paths that wander over all of the picture within two minutes."""
    rng = np.random.default_rng(seed)
    names = ("person", "car", "bicycle")
    paths = []
    for _ in range(count):
        corners = rng.uniform([5, 25], [315, 235], (rng.integers(2, 5), 2))
        at = float(np.round(rng.uniform(0, 120), 1))
        seconds = float(rng.integers(2, 30))
        paths.append(walk(*corners, start_s=at, name=str(rng.choice(names)), seconds=seconds))
    return paths


def batches(paths: list[Path], seed: int) -> list[Tracks]:
    """Return the tracks of paths in batches, in any order."""
    order = np.random.default_rng(seed).permutation(len(paths))
    return [tracks_of([paths[k] for k in part]) for part in np.array_split(order, 4)]


@settings(max_examples=12)
@given(seed=seeds)
def test_batches_of_tracks_give_the_cells_of_all_at_once(seed: int) -> None:
    paths = strollers(seed)
    tally = tally_of(start_us=START_US)
    for tracks in batches(paths, seed):
        tally.add(tracks)
    assert tally.cells().equals(cells_of(paths, start_us=START_US))


@settings(max_examples=12)
@given(seed=seeds)
@example(seed=19)
def test_cells_taken_as_their_intervals_end_are_those_of_all_at_once(seed: int) -> None:
    paths = strollers(seed)
    watched = [(0.0, 200.0)]
    whole = tally_of(start_us=START_US)
    whole.add(tracks_of(paths))
    tally, taken = tally_of(start_us=START_US), []
    for path in sorted(paths, key=lambda path: path.start_s):
        # Nothing that begins earlier will come, and an end may be gone on from for a while.
        taken.append(tally.settle(path.start_s - 10, [(0.0, path.start_s)]))
        tally.add(tracks_of([path]))
    taken.append(tally.cells(watched))
    assert added(taken).equals(whole.cells(watched))
    keys = added(taken).group_by(["run", *KEY]).aggregate([([], "count_all")])
    assert pc.max(keys["count_all"]).as_py() == 1
    assert sum(part.num_rows for part in taken) == keys.num_rows


@settings(max_examples=12)
@given(seed=seeds, by=st.integers(1, 30))
def test_what_happens_some_intervals_later_is_counted_as_much_later(seed: int, by: int) -> None:
    paths = strollers(seed)
    earlier = cells_of(paths, start_us=START_US)
    later = cells_of(paths, start_us=START_US + by * 3600 * SECOND_US)
    at = earlier.column_names.index("begin_s")
    shifted = pc.add(earlier["begin_s"], pa.scalar(by * 3600.0))
    moved = earlier.set_column(at, earlier.schema.field(at), shifted)
    assert moved.cast(later.schema).equals(later)


def test_tracks_still_in_view_are_counted_for_now_and_not_for_good() -> None:
    gone, there = walk((60, 120), (260, 120)), walk((60, 60), (250, 60), start_s=2.0)
    tally = tally_of()
    tally.add(tracks_of([gone]))
    before = tally.cells()
    seen = tally.so_far(tracks_of([there]))
    assert tally.cells().equals(before)
    told = {(row["measure"], row["place"]): row["value"] for row in seen.to_pylist()}
    assert told["crossings", "door"] == 2
    # One of them has left the zone, the other is still in it.
    assert told["entries", "yard"] == 2 and told["exits", "yard"] == 1


@settings(max_examples=10)
@given(seed=seeds)
@example(seed=7)
def test_longer_intervals_are_those_counted_at_once_and_count_no_track_twice(seed: int) -> None:
    paths = strollers(seed)
    minutes, hours = (cells_of(paths, start_us=START_US, length_s=s) for s in (60, 3600))
    joined = added([coarser(minutes, 60, Intervals(3600, PARIS, START_US))])
    exact = [name for name in joined.column_names if name not in ("tracks", "new_tracks")]
    assert joined.select(exact).equals(hours.select(exact))
    assert (joined["tracks"].to_numpy() <= hours["tracks"].to_numpy()).all()
    with pytest.raises(UsageError, match="60 s"):
        coarser(minutes, 60, Intervals(90, PARIS, START_US))


@pytest.mark.parametrize(("day", "hours"), [("2024-03-31", 23), ("2024-10-27", 25), ("2024-06-01", 24)])
def test_days_on_which_clocks_change_have_fewer_or_more_hours(day: str, hours: int) -> None:
    midnight = micros(datetime.fromisoformat(day).replace(tzinfo=PARIS))
    last = midnight + hours * 3600 * SECOND_US - 1
    for length_s, count in ((900, 4 * hours), (3600, hours), (86_400, 1)):
        edges = Intervals(length_s, PARIS, 0).edges(midnight, last)
        assert edges[0] == midnight and edges[-1] == last + 1 and len(edges) == count + 1
    six = Intervals(21_600, PARIS, 0).edges(midnight, last)
    shown = [datetime.fromtimestamp(edge / SECOND_US, PARIS).hour for edge in six.tolist()]
    assert shown == [0, 6, 12, 18, 0]


@settings(max_examples=50)
@given(
    seed=seeds,
    start=st.one_of(st.none(), st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1))),
    length_s=st.sampled_from([60, 900, 3600, 7200, 86_400]),
)
def test_a_span_is_cut_into_pieces_of_its_own_length(seed: int, start: Any, length_s: int) -> None:
    rng = np.random.default_rng(seed)
    intervals = Intervals(length_s, PARIS, None if start is None else micros(start.replace(tzinfo=UTC)))
    begin = rng.integers(0, 10**12, 5)
    end = begin + rng.integers(0, 10**11, 5)
    of, first, last, inside = intervals.split(begin, end)
    assert (np.bincount(of, inside, 5) == end - begin).all()
    assert (last > first).all() and set(of.tolist()) == set(range(5))


def test_intervals_are_read_as_people_write_them() -> None:
    assert [read_interval(text) for text in ("1min", "15 min", "1h", "1day", "90s")] == [
        60,
        900,
        3600,
        86_400,
        90,
    ]
    for wrong in ("7min", "2day", "10s", "soon"):
        with pytest.raises(UsageError):
            read_interval(wrong)
    with pytest.raises(UsageError):
        check_interval(60.5)

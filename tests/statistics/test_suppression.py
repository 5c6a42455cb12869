from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu.statistics.blocks import coarsened
from apercu.statistics.joining import joined
from apercu.statistics.margins import solved
from apercu.statistics.suppression import PARENTS, withheld

from .cell_maker import DAY_S, DWELL, SPEED, Trip, cell, counted, table

K = 5


def trips(count: int = 60) -> st.SearchStrategy[list[Trip]]:
    zones = ["a", "b", "c"]
    at = st.integers(0, 2)
    one = st.builds(
        Trip,
        kind=st.sampled_from(["car", "person"]),
        zone=st.sampled_from(zones),
        enters=at,
        stays=st.integers(0, 1),
        dwell_s=st.sampled_from([5.0, 20.0, 100.0, 400.0]),
        to=st.sampled_from([*zones, None]),
        direction=st.sampled_from(["left", "right"]),
        speed=st.sampled_from([5.0, 15.0, 25.0, 60.0]),
    )
    few = st.lists(st.tuples(one, st.integers(1, 9)), min_size=1, max_size=14)
    return few.map(lambda parts: [trip for trip, times in parts for _ in range(times)][:count])


def key(row: dict[str, Any], *more: str) -> tuple[Any, ...]:
    names = ("measure", "place", "direction", "class", "begin_s", *more)
    return tuple(row[name] for name in names)


class Observer:
    """What someone can work out who knows all that was published, and how the numbers hang together."""

    def __init__(self, cells: pa.Table, told: pa.Table) -> None:
        self.rows = [row for row in cells.to_pylist() if row["measure"] != "observed"]
        known = {key(row) for row in self.rows}
        # Zeros are known where nothing is withheld; those that are withheld are unknowns like others.
        self.rows += [row for row in told.to_pylist() if row["value"] == 0.0 and key(row) not in known]
        self.at = {key(row, "low", "high"): i for i, row in enumerate(self.rows)}
        self.truth = np.array([row["value"] for row in self.rows])
        self.equations: list[np.ndarray] = []
        self._know_how_they_hang_together()

    def _add(self, plus: list[int], minus: list[int]) -> None:
        row = np.zeros(len(self.rows))
        row[plus] += 1.0
        row[minus] -= 1.0
        if row.any() and abs(row @ self.truth) < 1e-9:  # only what holds is known
            self.equations.append(row)

    def _know_how_they_hang_together(self) -> None:
        def those(**wanted: Any) -> list[int]:
            return [i for i, row in enumerate(self.rows) if all(row[name] == v for name, v in wanted.items())]

        for row in self.rows:
            place, kind, begin = row["place"], row["class"], row["begin_s"]
            here = {"place": place, "class": kind}
            self._add(those(measure="entries", **here), those(measure="exits", **here))
            for child, parent in PARENTS.items():
                if row["measure"] == parent:
                    same = {**here, "begin_s": begin, "direction": row["direction"]}
                    if children := those(measure=child, **same):
                        self._add(children, those(measure=parent, **same))
            if row["measure"] == "flow":
                turned = {"measure": "turning", "place": place, "class": kind, "begin_s": begin}
                self._add(those(**turned), [self.at[key(row, "low", "high")]])
                start, _, end = place.partition(">")
                for name, side, measure in ((start, 0, "exits"), (end, 1, "entries")):
                    now = {"class": kind, "begin_s": begin}
                    sums = those(measure=measure, place=name, **now)
                    flows = [i for i in those(measure="flow", **now) if self._end(i, side) == name]
                    self._add(flows, sums)

    def _end(self, i: int, side: int) -> str:
        return str(self.rows[i]["place"].partition(">")[::2][side])

    def sees(self, told: pa.Table) -> list[np.ndarray]:
        """Return the published numbers, each as the sum of cells that it is."""
        found = []
        for row in told.to_pylist():
            if row["status"] != "published" or row["measure"] == "observed":
                continue
            parts = np.zeros(len(self.rows))
            for i, mine in enumerate(self.rows):
                if key(mine) == key(row) and self._inside(mine, row):
                    parts[i] = 1.0
            assert parts @ self.truth == row["value"]
            found.append(parts)
        return found

    @staticmethod
    def _inside(mine: dict[str, Any], row: dict[str, Any]) -> bool:
        if row["low"] is None:
            return True
        return bool(mine["low"] >= row["low"] and (row["high"] is None or mine["low"] < row["high"]))

    def solves(self, seen: list[np.ndarray]) -> list[dict[str, Any]]:
        """Return the small cells that follow exactly."""
        if not seen and not self.equations:
            return []
        exact = solved(np.array([*seen, *self.equations]))
        return [self.rows[i] for i in np.flatnonzero(exact) if 0 < self.rows[i]["tracks"] < K]


@settings(max_examples=25)
@given(trips())
def test_no_small_number_follows_from_what_is_published(made: list[Trip]) -> None:
    cells = joined(counted(made))
    told = withheld(cells, K)
    observer = Observer(cells, told)
    assert observer.solves(observer.sees(told)) == []


@settings(max_examples=15)
@given(trips())
def test_what_is_published_is_never_of_few_and_never_wrong(made: list[Trip]) -> None:
    cells = joined(counted(made))
    told = withheld(cells, K).to_pylist()
    for row in told:
        if row["status"] == "published" and row["measure"] != "observed":
            assert row["tracks"] >= K
    for row in cells.to_pylist():
        if row["measure"] in ("entries", "exits", "crossings") and row["tracks"] < K:
            same = [r for r in told if key(r) == key(row) and r["place"] == row["place"]]
            assert [r["status"] for r in same] in (["withheld"], ["published"]) or row[
                "measure"
            ] == "observed"


def test_a_small_entry_hides_exits_their_zeros_and_stays() -> None:
    at = {"place": "a", "class": "person"}
    later = DAY_S + 900
    cells = table(
        [
            cell(measure="entries", value=3, **at),
            cell(measure="entries", value=20, begin_s=later, **at),
            cell(measure="exits", value=23, begin_s=later, **at),
            cell(measure="dwell", value=23, low=0.0, high=60.0, begin_s=later, **at),
        ]
    )
    told = {key(row): row["status"] for row in withheld(joined(cells), K).to_pylist()}
    assert told["entries", "a", "", "person", DAY_S] == "withheld"
    assert told["exits", "a", "", "person", DAY_S] == "withheld"  # it is 0, and would tell the 3
    assert told["entries", "a", "", "person", later] == "published"
    assert told["dwell", "a", "", "person", later] == "published"


def test_bins_are_merged_until_each_is_of_enough_objects() -> None:
    at = {"place": "line", "class": "car", "direction": "left"}
    speeds = [2, 4, 9, 1]
    cells = [cell(measure="crossings", value=16, **at)]
    cells += [
        cell(measure="speed", value=n, low=low, high=low + 10, **at)
        for n, low in zip(speeds, (0.0, 10.0, 20.0, 30.0), strict=True)
    ]
    rows = [r for r in withheld(joined(table(cells)), K).to_pylist() if r["measure"] == "speed"]
    assert [(r["low"], r["high"], r["value"]) for r in rows] == [(0.0, 20.0, 6.0), (20.0, 40.0, 10.0)]
    # One track that went to and fro may stand in several bins: then their tracks are not those of as many.
    again = [cell(measure="crossings", value=16, tracks=9, **at), *cells[1:]]
    rows = [r for r in withheld(joined(table(again)), K).to_pylist() if r["measure"] == "speed"]
    assert [(r["low"], r["high"], r["value"]) for r in rows] == [(0.0, 40.0, 16.0)]
    few = [cell(measure="crossings", value=4, **at), cell(measure="speed", value=4, low=0.0, high=9.0, **at)]
    rows = withheld(joined(table(few)), K).to_pylist()
    assert [(r["measure"], r["status"]) for r in rows] == [("crossings", "withheld")]


def test_with_a_minimum_of_one_all_numbers_leave_as_they_are() -> None:
    cells = joined(counted([Trip("car", "a", 0, 0, 5.0, "b", "left", 5.0)]))
    told = withheld(cells, 1)
    assert told.num_rows == cells.num_rows
    assert {row["status"] for row in told.to_pylist()} == {"published"}


def test_runs_with_a_clock_are_added_up_and_others_stay_alone() -> None:
    at = {"measure": "crossings", "place": "line", "class": "car", "direction": "left"}
    cells = [cell(value=3, **at), cell(value=4, run="b" * 16, **at), cell(value=2, clocked=False, **at)]
    cells.append(cell(value=2, clocked=False, run="b" * 16, **at))
    high = {"measure": "occupancy", "place": "a", "class": "car"}
    cells += [cell(value=3, **high), cell(value=2, run="b" * 16, **high)]
    rows = joined(table(cells)).to_pylist()
    assert sorted((r["measure"], r["value"], r["tracks"], r["run"][:1]) for r in rows) == [
        ("crossings", 2.0, 2, "a"),
        ("crossings", 2.0, 2, "b"),
        ("crossings", 7.0, 7, ""),
        ("occupancy", 3.0, 5, ""),
    ]


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_heat_maps_show_no_block_of_few(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    spots = np.unique(rng.integers(0, (32, 18), (count, 2)), axis=0)
    cells = [
        cell(measure=measure, direction=way, column=int(x), row=int(y), value=int(n), length_s=3600.0)
        for (x, y), n in zip(spots, rng.integers(1, 15, len(spots)), strict=True)
        for measure, way, n in (("movement", "", n), ("heading", "n", n // 2), ("heading", "s", n - n // 2))
        if n
    ]
    made = coarsened(joined(table(cells)), K).to_pylist()
    assert all(row["tracks"] >= K and row["value"] >= K for row in made)
    assert len({row["span"] for row in made}) <= 1
    blocks = {(r["column"], r["row"]): r["value"] for r in made if r["measure"] == "movement"}
    for place in {(r["column"], r["row"]) for r in made if r["measure"] == "heading"}:
        turned = [r for r in made if r["measure"] == "heading" and (r["column"], r["row"]) == place]
        assert sum(r["value"] for r in turned) == blocks[place]


def test_the_edges_of_generated_bins_are_in_order() -> None:
    assert list(DWELL) == sorted(DWELL) and list(SPEED) == sorted(SPEED)

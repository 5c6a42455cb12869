"""Releases one after the other: no two may be subtracted.

For each camera, the first release of a span of time decides by which intervals its numbers are told. The same
intervals are told again as they were; longer ones that they fill are summed up from what was published; any
other would cut time differently, and a difference could be about few: it is refused.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from apercu.errors import UsageError
from apercu.statistics.cells import MEASURES
from apercu.statistics.joining import chosen, group_ids, numbers, texts
from apercu.statistics.released import MAP_MEASURES, RELEASED_SCHEMA

_SLACK_S = 1.0
_GROUP = ("camera", "run")
_WHAT = (
    *("camera", "run", "place", "series", "measure", "unit", "direction", "class"),
    *("low", "high", "column", "row", "span"),
)

Span = tuple[float, float]
Spans = dict[tuple[str, str, bool], list[Span]]


def is_map(table: pa.Table) -> NDArray[np.bool_]:
    """Return which rows are of maps: bool (n,)."""
    return np.asarray(np.isin(texts(table, "measure"), MAP_MEASURES))


def settled(fresh: pa.Table, kept: pa.Table) -> tuple[pa.Table, pa.Table, int]:
    """Return what is told now, given what was told before.

    Args:
        fresh: numbers as they would be told now: ``RELEASED_SCHEMA``.
        kept: those that were told before, of all days concerned; same columns.

    Returns:
        The numbers to be told; those among them that are new, to be kept; and how many intervals are told as
        they were although more of them has been observed since.

    Raises:
        UsageError: intervals cut time otherwise than those that were told.
    """
    before, now = _spans(kept), _spans(fresh)
    seen_before, seen = _observed_s(kept), _observed_s(fresh)
    sums: dict[tuple[str, str, bool, Span], Span] = {}
    same: set[tuple[str, str, bool, Span]] = set()
    for group, spans in now.items():
        known = before.get(group, [])
        for span in spans:
            inside = _overlapping(known, span)
            if inside == [span]:
                same.add((*group, span))
            elif inside:
                missing_s = seen[(*group, span)] - sum(seen_before[(*group, one)] for one in inside)
                _check_filled(group[0], span, inside, missing_s)
                sums.update({(*group, one): span for one in inside})
    told_before = _which(kept, same)
    places = {place for place, there in zip(_places(kept), told_before, strict=True) if there}
    again = _which(fresh, same) & np.array([place in places for place in _places(fresh)], np.bool_)
    summed_up = {(*key[:3], span) for key, span in sums.items()}
    new = chosen(fresh, ~again & ~_which(fresh, summed_up))
    old = chosen(kept, told_before)
    told = pa.concat_tables([new, old, _summed(kept, sums)])
    grown = sum(seen[key] > seen_before[key] + _SLACK_S for key in same)
    return told, new, grown


def _spans(table: pa.Table) -> Spans:
    found: dict[tuple[str, str, bool], set[Span]] = defaultdict(set)
    for key in _keys(table):
        found[key[:3]].add(key[3])
    return {group: sorted(spans) for group, spans in found.items()}


def _keys(table: pa.Table) -> Iterable[tuple[str, str, bool, Span]]:
    columns = [table[name].to_pylist() for name in (*_GROUP, "begin_s", "length_s")]
    for (camera, run, begin, length), of_map in zip(
        zip(*columns, strict=True), is_map(table).tolist(), strict=True
    ):
        yield camera, run, of_map, (begin, begin + length)


def _places(table: pa.Table) -> list[tuple[object, ...]]:
    places = zip(table["place"].to_pylist(), table["series"].to_pylist(), strict=True)
    return [(*key, *place) for key, place in zip(_keys(table), places, strict=True)]


def _which(table: pa.Table, wanted: Iterable[tuple[str, str, bool, Span]]) -> NDArray[np.bool_]:
    known = set(wanted)
    return np.array([key in known for key in _keys(table)], np.bool_)


def _overlapping(old: list[Span], span: Span) -> list[Span]:
    """Return those of ``old``, sorted and apart from each other, that share time with ``span``."""
    at = bisect_left(old, (span[0], -np.inf))
    first = at - 1 if at and old[at - 1][1] > span[0] else at
    found = []
    for one in old[first:]:
        if one[0] >= span[1]:
            break
        found.append(one)
    return found


def _check_filled(camera: str, span: Span, inside: list[Span], missing_s: float) -> None:
    """Refuse an interval that those told before do not fill: what is left would be a difference."""
    if inside[0][0] >= span[0] and inside[-1][1] <= span[1] and missing_s <= _SLACK_S:
        return
    shortest = min(end - begin for begin, end in inside) / 60
    raise UsageError(
        f"numbers of camera {camera} were released by intervals of {shortest:g} min, and these by "
        f"{(span[1] - span[0]) / 60:g} min cut the same time otherwise: a difference could be about few",
        next_step=f"Ask for the same intervals (--by {shortest:g}min); when all of the time is released by "
        "them, for multiples of them too; or for numbers with noise (--noise).",
    )


def _summed(kept: pa.Table, sums: dict[tuple[str, str, bool, Span], Span]) -> pa.Table:
    """Return longer intervals, summed up from what was published of the shorter ones in them."""
    parts = chosen(kept, _which(kept, sums))
    if not len(parts):
        return parts
    spans = np.array([sums[key] for key in _keys(parts)], np.float64)
    length = pa.array(spans[:, 1] - spans[:, 0])
    parts = parts.set_column(
        parts.column_names.index("begin_s"), RELEASED_SCHEMA.field("begin_s"), pa.array(spans[:, 0])
    )
    parts = parts.set_column(parts.column_names.index("length_s"), RELEASED_SCHEMA.field("length_s"), length)
    ids = group_ids(parts, (*_WHAT, "begin_s", "length_s"))
    first = np.unique(ids, return_index=True)[1]
    made = parts.take(first)
    value, measure = numbers(parts, "value"), texts(parts, "measure")
    is_kept = ~np.isnan(value)
    total = np.bincount(ids[is_kept], value[is_kept], len(first))
    most = np.zeros(len(first))
    np.maximum.at(most, ids[is_kept], value[is_kept])
    has = np.bincount(ids[is_kept], minlength=len(first)) > 0
    greatest = np.isin(measure[first], [name for name, told in MEASURES.items() if told.join == "max"])
    lacking_group = group_ids(parts, ("camera", "run", "begin_s", "length_s", "place", "series", "class"))
    lacking = np.isin(lacking_group, lacking_group[texts(parts, "status") != "published"])[first]
    status = np.where(~has, "withheld", np.where(lacking, "at least", "published"))
    values = pa.array(np.where(greatest, most, total), mask=~has)
    made = made.set_column(made.column_names.index("value"), RELEASED_SCHEMA.field("value"), values)
    made = made.set_column(
        made.column_names.index("status"), RELEASED_SCHEMA.field("status"), pa.array(status, pa.string())
    )
    return _timed(made, parts)


def _timed(made: pa.Table, parts: pa.Table) -> pa.Table:
    """Fill in the times of summed intervals, and how much of them was observed."""
    keys = ("camera", "run", "begin_s", "length_s")
    observed = chosen(parts, texts(parts, "measure") == "observed")
    both = pa.concat_tables([made.select(keys), observed.select(keys)])
    ids = group_ids(both, keys)
    seconds = np.bincount(ids[len(made) :], numbers(observed, "value"), int(ids.max()) + 1)[ids[: len(made)]]
    # Maps have other intervals than the rest; what was observed of them stands in their rows.
    own = np.zeros(int(ids.max()) + 1)
    np.maximum.at(own, ids[: len(made)], numbers(made, "observed_s"))
    seconds = np.maximum(seconds, own[ids[: len(made)]])
    clocked = made["begin"].is_valid().to_numpy(zero_copy_only=False)
    begin, length = numbers(made, "begin_s"), numbers(made, "length_s")
    for name, column in (
        ("begin", moments(begin, clocked)),
        ("end", moments(begin + length, clocked)),
        ("observed_s", pa.array(seconds)),
        ("complete", pa.array(seconds >= length - _SLACK_S)),
    ):
        made = made.set_column(made.column_names.index(name), RELEASED_SCHEMA.field(name), column)
    return made


def moments(seconds: NDArray[np.float64], clocked: NDArray[np.bool_]) -> Any:
    """Return true times, of seconds since 1970 UTC; null where there is no clock."""
    micros = np.round(seconds * 1e6).astype(np.int64)
    return pa.array(micros, mask=~clocked).cast(pa.timestamp("us", "UTC"))


def _observed_s(table: pa.Table) -> dict[tuple[str, str, bool, Span], float]:
    """Return how much of each interval was observed, seconds."""
    return dict(zip(_keys(table), numbers(table, "observed_s").tolist(), strict=True))

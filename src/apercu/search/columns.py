"""What the columns of the tracks decide alone, as SQL with ``?`` and the values for those.

The values of a query travel as parameters; nothing of it ever becomes a part of the SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from apercu.analysis.detections import CLASSES, VEHICLES
from apercu.search.parts import Span
from apercu.search.query import Query


@dataclass(frozen=True, slots=True)
class Condition:
    """A part of SQL that is true or false of a track.

    Attributes:
        field: the field of the query that it decides; of some, only coarsely: geometry tells the rest.
        sql: with ``?`` for each of ``values``.
    """

    field: str
    sql: str
    values: Sequence[Any]


def conditions(query: Query, zone: tzinfo) -> Iterator[Condition]:
    """Yield what the columns decide of a query, without what is nested in it."""
    begin, end = query.span(zone)
    if begin is not None:
        yield Condition("from_time", "epoch_us(end_time) >= ?", [_microseconds(begin)])
    if end is not None:
        yield Condition("to_time", "epoch_us(start_time) < ?", [_microseconds(end)])
    # Recordings that cannot hold anything are not read at all; nested queries need it said.
    if query.recordings:
        yield Condition("recordings", "list_contains(?, recording_id)", [list(query.recordings)])
    if query.cameras:
        yield Condition("cameras", "list_contains(?, camera)", [list(query.cameras)])
    if query.classes:
        yield Condition("classes", "list_contains(?, class)", [list(query.classes)])
    if query.colours:
        colours = list(query.colours)
        names = ("colours", "colours_upper", "colours_lower")
        sql = f"({' or '.join(f'list_has_any({name}, ?)' for name in names)})"
        yield Condition("colours", sql, [colours] * 3)
    if query.upper_colours:
        yield Condition("upper_colours", "list_has_any(colours_upper, ?)", [list(query.upper_colours)])
    if query.lower_colours:
        yield Condition("lower_colours", "list_has_any(colours_lower, ?)", [list(query.lower_colours)])
    yield from _within("duration_s", "duration_s", query.duration_s)
    yield from _within("size_px", "greatest(width_px, height_px)", query.size_px)
    yield from _within("speed_px_s", "speed_mean_px_s", query.speed_px_s)
    yield from _within("dwell_s", "dwell_s", query.dwell_s)
    if query.heading is not None:
        # How far round to either side: 0 to 180.
        sql = "180 - abs(abs(heading_deg - ?) % 360 - 180) <= ?"
        yield Condition("heading", sql, [query.heading.degrees, query.heading.tolerance])
    if query.tracks:
        sql = "list_contains(?, recording_id || '/' || track_id::varchar)"
        yield Condition("tracks", sql, [[str(track) for track in query.tracks]])
    if query.stopped is not None:
        yield Condition("stopped", "duration_s >= ?", [query.stopped.least_s])
    if query.parked is not None:
        vehicles = [CLASSES[number] for number in sorted(VEHICLES)]
        sql = "(list_contains(?, class) and duration_s >= ?)"
        yield Condition("parked", sql, [vehicles, query.parked.least_s])


More = Callable[[Query], Iterable[Condition]]
"""What else the columns decide of a query: conditions that take more than the query itself to write."""


def _no_more(_: Query) -> Iterable[Condition]:
    return ()


def own(query: Query, zone: tzinfo, more: More = _no_more) -> tuple[str, list[Any]]:
    """Return the conditions of a query itself in one, never null."""
    parts = [*conditions(query, zone), *more(query)]
    sql = " and ".join(part.sql for part in parts) or "true"
    return f"coalesce({sql}, false)", [value for part in parts for value in part.values]


def necessary(query: Query, zone: tzinfo, more: More = _no_more) -> tuple[str, list[Any]]:
    """Return what must hold of every track that a query finds, nested queries included."""
    # As the whole condition, and not a part of one that nothing looks into, DuckDB reads less by it.
    parts = [*conditions(query, zone), *more(query)]
    told = [part.sql for part in parts]
    values = [value for part in parts for value in part.values]
    for inner in query.all_of:
        sql, given = necessary(inner, zone, more)
        told.append(sql)
        values.extend(given)
    if query.any_of:
        either = [necessary(inner, zone, more) for inner in query.any_of]
        told.append(f"({' or '.join(f'({sql})' for sql, _ in either)})")
        values.extend(value for _, given in either for value in given)
    return " and ".join(told) or "true", values


def _within(field: str, column: str, span: Span | None) -> Iterator[Condition]:
    if span is None:
        return
    bounds = [("<=", span.most), (">=", span.least)]
    given = [(sign, bound) for sign, bound in reversed(bounds) if bound is not None]
    yield Condition(field, " and ".join(f"{column} {sign} ?" for sign, _ in given), [b for _, b in given])


def _microseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)

"""Cells from arrays, and cells added up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from apercu.statistics.cells import CELL_SCHEMA, KEY, MEASURES
from apercu.statistics.intervals import SECOND_US, Micros

Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]

_SECONDS = tuple(name for name, measure in MEASURES.items() if measure.unit in ("s", "object-seconds"))
MOST = tuple(name for name, measure in MEASURES.items() if measure.join == "max")
"""Measures of which the most counts over a longer time."""

OF_PASSAGES = ("speed", "headway", "gap")
"""Measures of crossings in bins: a track counts where it crossed first that way, in whichever bin."""

HEAT = ("movement", "standing", "heading")
"""Measures of heat maps."""


@dataclass(frozen=True, slots=True)
class Marked:
    """What many tracks did, one row each: to be added up.

    Attributes:
        codes: int64 (n,), what tells kinds of cells apart; the caller knows what a code means.
        begin_us, end_us: int64 (n,), the interval, absolute.
        values: int64 (n,): a count, or microseconds.
        tracks: bool (n,), whether the row is the first of its track for this code and interval.
        new: bool (n,), whether it is the first of its track for this code in any interval.
    """

    codes: Indices
    begin_us: Micros
    end_us: Micros
    values: Indices
    tracks: Flags
    new: Flags

    @classmethod
    def by_owner(
        cls, owners: Indices, codes: Indices, begin_us: Micros, end_us: Micros, values: Indices
    ) -> Marked:
        """Return rows, marked by whose they are: ``owners`` (n,) are tracks."""
        order = np.lexsort((begin_us, codes, owners))
        other = np.ones(len(order), np.bool_)
        if len(order):
            other[1:] = (np.diff(owners[order]) != 0) | (np.diff(codes[order]) != 0)
        later = other.copy()
        later[1:] |= np.diff(begin_us[order]) != 0
        tracks, new = np.empty_like(later), np.empty_like(other)
        tracks[order], new[order] = later, other
        return cls(codes, begin_us, end_us, values, tracks, new)


def summed(marked: Marked) -> tuple[Indices, dict[str, Any]]:
    """Return the codes of cells, int64 (m,), and of each its interval, value and tracks as columns."""
    order = np.lexsort((marked.begin_us, marked.codes))
    codes, begin, end = marked.codes[order], marked.begin_us[order], marked.end_us[order]
    first = np.ones(len(order), np.bool_)
    first[1:] = (np.diff(codes) != 0) | (np.diff(begin) != 0)
    at = np.flatnonzero(first)

    def total(values: NDArray[Any]) -> Indices:
        return np.add.reduceat(values[order].astype(np.int64), at) if len(at) else np.zeros(0, np.int64)

    return codes[at], {
        "begin_us": begin[at],
        "end_us": end[at],
        "values": total(marked.values),
        "tracks": total(marked.tracks),
        "new_tracks": total(marked.new),
    }


@dataclass(frozen=True, slots=True)
class Run:
    """What all cells of one run have in common; see ``CELL_SCHEMA``."""

    camera: str
    name: str
    clocked: bool

    def cells(
        self,
        measure: str,
        sums: dict[str, Any],
        *,
        place: Sequence[str] | NDArray[Any] | str = "",
        series: Sequence[str] | NDArray[Any] | str = "",
        direction: Sequence[str] | NDArray[Any] | str = "",
        named: Sequence[str] | NDArray[Any] | str = "",
        low: NDArray[Any] | None = None,
        high: NDArray[Any] | None = None,
        column: NDArray[Any] | None = None,
        row: NDArray[Any] | None = None,
    ) -> pa.Table:
        """Return cells of one measure: a table of ``CELL_SCHEMA`` with m rows.

        Args:
            measure: a name of ``MEASURES``.
            sums: as ``summed`` returns them.
            place, series, direction, named, low, high, column, row: of each cell; one text stands for all.
                ``named`` is the class, NaN in ``low`` and ``high`` an open end.
        """
        count = len(sums["values"])

        def texts(told: Sequence[str] | NDArray[Any] | str) -> Any:
            return pa.array([told] * count if isinstance(told, str) else list(told), pa.string())

        def numbers(told: NDArray[Any] | None, kind: Any) -> Any:
            if told is None:
                return pa.nulls(count, kind)
            return pa.array(told, kind, from_pandas=True)

        scale = SECOND_US if measure in _SECONDS else 1
        columns = {
            "camera": texts(self.camera),
            "run": texts(self.name),
            "place": texts(place),
            "series": texts(series),
            "measure": texts(measure),
            "direction": texts(direction),
            "class": texts(named),
            "low": numbers(low, pa.float64()),
            "high": numbers(high, pa.float64()),
            "column": numbers(column, pa.int16()),
            "row": numbers(row, pa.int16()),
            "clocked": pa.array(np.full(count, self.clocked)),
            "begin_s": pa.array(sums["begin_us"] / SECOND_US, pa.float64()),
            "length_s": pa.array((sums["end_us"] - sums["begin_us"]) / SECOND_US, pa.float64()),
            "value": pa.array(np.round(sums["values"] / scale, 6), pa.float64()),
            "tracks": pa.array(sums["tracks"], pa.int32()),
            "new_tracks": pa.array(sums["new_tracks"], pa.int32()),
        }
        return pa.table(columns, schema=CELL_SCHEMA)


def bins(values: NDArray[np.float64], edges: Sequence[float]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return lower and upper edge of the bin of each value: float64 (n,) each, NaN where it is open."""
    place = (np.searchsorted(edges, values, "right") - 1).clip(0)
    return np.array(edges)[place], np.array([*edges[1:], np.nan])[place]


def added(tables: Sequence[pa.Table]) -> pa.Table:
    """Return the cells of several tables as one per key and run, in the order of both.

    The order of the tables makes no difference, to the last digit.
    """
    everything = pa.concat_tables([CELL_SCHEMA.empty_table(), *tables])
    keys = ["run", *KEY]
    most = pc.is_in(everything["measure"], value_set=pa.array(MOST))
    parts = []
    ways: Any = ((pc.invert(most), "sum"), (most, "max"))
    for rows, how in ways:
        group = everything.filter(rows).group_by(keys)
        told = group.aggregate([("value", how), ("tracks", "sum"), ("new_tracks", "sum")])
        parts.append(told.rename_columns([*keys, "value", "tracks", "new_tracks"]))
    joined = pa.concat_tables(parts).sort_by([(name, "ascending") for name in keys])
    values = pa.array(np.round(joined["value"].to_numpy(), 6), pa.float64())
    joined = joined.set_column(joined.column_names.index("value"), "value", values)
    return joined.select(CELL_SCHEMA.names).cast(CELL_SCHEMA)

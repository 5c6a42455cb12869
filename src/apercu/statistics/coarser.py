"""Cells of short intervals as cells of longer ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from apercu.errors import UsageError
from apercu.statistics.cells import CELL_SCHEMA, KEY
from apercu.statistics.intervals import HOUR_S, SECOND_US, Intervals
from apercu.statistics.rows import HEAT, MOST, OF_PASSAGES


def coarser(cells: pa.Table, length_s: int, intervals: Intervals) -> pa.Table:
    """Return the cells of one run by longer intervals; see ``Measure.join``.

    How many tracks a longer interval had follows from those that were new in it. Where one came back after an
    interval without it, it may be left out: never is one counted twice.

    Args:
        cells: of ``CELL_SCHEMA``.
        length_s: of their intervals; those of heat maps are an hour at least.
        intervals: wanted, each of which holds a whole number of these.

    Raises:
        UsageError: they are shorter, or do not fit.
    """
    if intervals.length_s == length_s:
        return cells
    if intervals.length_s % length_s:
        raise UsageError(
            f"what was counted by {length_s} s cannot be told by {intervals.length_s} s",
            next_step=f"Ask for a multiple of {length_s} s, or count the footage again by what is wanted.",
        )
    heat = pc.is_in(cells["measure"], value_set=pa.array(HEAT))
    if intervals.length_s <= HOUR_S and length_s <= HOUR_S:
        # An hour was the least, and still is.
        return pa.concat_tables([_joined(cells.filter(pc.invert(heat)), intervals), cells.filter(heat)])
    return _joined(cells, intervals)


def _joined(cells: pa.Table, intervals: Intervals) -> pa.Table:
    at = np.rint(cells["begin_s"].to_numpy() * SECOND_US).astype(np.int64)
    begin, end = intervals.holding(at)
    placed = cells.append_column("at", cells["begin_s"])
    for name, edges in (("begin_s", begin / SECOND_US), ("length_s", (end - begin) / SECOND_US)):
        column = placed.column_names.index(name)
        placed = placed.set_column(column, CELL_SCHEMA.field(name), pa.array(edges, pa.float64()))
    placed = placed.sort_by("at")
    most = pc.is_in(placed["measure"], value_set=pa.array(MOST))
    keys, parts = ["run", *KEY], []
    ways: Any = ((pc.invert(most), "sum"), (most, "max"))
    for rows, how in ways:
        group = placed.filter(rows).group_by(keys, use_threads=False)
        told = group.aggregate(
            [
                ("value", how),
                ("tracks", "first"),
                ("tracks", "max"),
                ("new_tracks", "first"),
                ("new_tracks", "sum"),
            ]
        )
        parts.append(told.rename_columns([*keys, "value", "first", "most", "first_new", "new_tracks"]))
    joined = pa.concat_tables(parts)
    later = pc.subtract(joined["new_tracks"], joined["first_new"])
    tracks = pc.max_element_wise(joined["most"], pc.add(joined["first"], later))
    # Who comes by twice speaks once of how fast and how far behind, in one bin or another.
    of_passages = pc.is_in(joined["measure"], value_set=pa.array(OF_PASSAGES))
    tracks = pc.if_else(of_passages, joined["new_tracks"], tracks)
    values = pa.array(np.round(joined["value"].to_numpy(), 6), pa.float64())
    joined = joined.append_column("tracks", tracks)
    joined = joined.set_column(joined.column_names.index("value"), "value", values)
    return joined.select(CELL_SCHEMA.names).cast(CELL_SCHEMA)

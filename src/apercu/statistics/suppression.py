"""Which numbers few objects made, and which others would give those away: both stay inside.

What an observer of everything published knows besides, and what is done about it:

- Stays: over time, entries, exits and the sum of dwell times' distribution are the same number. In an
  interval where one of them is withheld the others are too, and so are their zeros.
- Distributions (speed, headway, gap, dwell) add up to a number of crossings or exits. Neighbouring bins are
  merged until each stands for enough objects, so that no bin is missing from the sum; a distribution leaves
  only together with what it adds up to.
- Flows may add up to what left one zone and what came into another. More of them are withheld until no small
  one can be solved from these sums, and what is missing from each sum is not small either.
- Turnings add up to their flow: all of them leave, or none.

Totals are made later, of published numbers only. Which numbers are withheld depends on all cells of a camera
and interval, never on what was asked for: so two questions cannot be subtracted.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from apercu.statistics.cells import CELL_SCHEMA
from apercu.statistics.joining import INTERVAL, chosen, group_ids, numbers, texts
from apercu.statistics.margins import withhold_flows

PARENTS = {"speed": "crossings", "headway": "crossings", "gap": "crossings", "dwell": "exits"}
"""What each distribution adds up to."""

STATUS = pa.field("status", pa.string(), nullable=False)
_PLACE = (*INTERVAL, "place", "series", "class")

Mask = NDArray[np.bool_]


def withheld(cells: pa.Table, minimum: int) -> pa.Table:
    """Return the cells of lines and zones with a column ``status``: ``published`` or ``withheld``.

    Args:
        cells: joined, without those of heat maps.
        minimum: numbers that fewer tracks made are withheld.

    Returns:
        ``CELL_SCHEMA`` and ``status``. Bins may be merged. Distributions and turnings that are withheld are
        left out, since their being there would tell that what they add up to is not 0. Zeros that must not
        be known are rows, too.
    """
    if minimum <= 1:
        return _with_status(cells, np.ones(len(cells), np.bool_))
    measure = texts(cells, "measure")
    keep = (numbers(cells, "tracks") >= minimum) | (measure == "observed")
    keep = _with_presence(cells, measure, keep)
    keep &= ~_of_bad_stays(cells, measure, keep)
    is_bin = np.isin(measure, list(PARENTS))
    keep[is_bin] = True  # decided below, when bins are merged
    keep = withhold_flows(cells, keep, minimum)
    keep &= ~_of_bad_stays(cells, measure, keep) | is_bin
    keep &= ~_of_bad_turnings(cells, measure, keep)
    told_of = ~is_bin & (keep | (measure != "turning"))
    bins, others, kept = chosen(cells, is_bin), chosen(cells, told_of), keep[told_of]
    zeros = _zeros(others, kept)
    told = pa.concat_tables(
        [
            _with_status(others, kept),
            _with_status(zeros, np.zeros(len(zeros), np.bool_)),
            _merged(bins, others, kept, minimum),
        ]
    )
    return _of_all_classes(told)


def _with_status(cells: pa.Table, keep: Mask) -> pa.Table:
    return cells.append_column(STATUS, pa.array(np.where(keep, "published", "withheld"), pa.string()))


def _with_presence(cells: pa.Table, measure: NDArray[np.str_], keep: Mask) -> Mask:
    """Publish how many were there at the same time where the time they spent there is published.

    It is made of all who were there in the interval, although few of them may have been there together.
    """
    ids = group_ids(cells, _PLACE)
    there = np.isin(ids, ids[(measure == "presence") & keep])
    return np.where(measure == "occupancy", there, keep)


def _zeros(cells: pa.Table, keep: Mask) -> pa.Table:
    """Return entries and exits of 0 where the other one is withheld: that they are 0 would tell the other."""
    ids, measure = group_ids(cells, _PLACE), texts(cells, "measure")
    made = [cells.slice(0, 0)]
    for there, missing in (("entries", "exits"), ("exits", "entries")):
        has = np.isin(ids, ids[measure == missing])
        wanted = chosen(cells, (measure == there) & ~keep & ~has)
        for name, value in (("measure", missing), ("value", 0.0), ("tracks", 0), ("new_tracks", 0)):
            field = CELL_SCHEMA.field(name)
            filled = pa.array([value] * len(wanted), field.type)
            wanted = wanted.set_column(CELL_SCHEMA.get_field_index(name), field, filled)
        made.append(wanted)
    return pa.concat_tables(made)


def _of_bad_stays(cells: pa.Table, measure: NDArray[np.str_], keep: Mask) -> Mask:
    ids = group_ids(cells, _PLACE)
    bad = np.zeros(int(ids.max(initial=-1)) + 1, np.bool_)
    bad[ids[np.isin(measure, ["entries", "exits"]) & ~keep]] = True
    return np.asarray(np.isin(measure, ["entries", "exits", "dwell"]) & bad[ids])


def _of_bad_turnings(cells: pa.Table, measure: NDArray[np.str_], keep: Mask) -> Mask:
    """Return the turnings of a flow of which one is small, or that is withheld itself."""
    ids = group_ids(cells, _PLACE)
    bad = np.zeros(int(ids.max(initial=-1)) + 1, np.bool_)
    bad[ids[np.isin(measure, ["flow", "turning"]) & ~keep]] = True
    return np.asarray((measure == "turning") & bad[ids])


def _of_all_classes(told: pa.Table) -> pa.Table:
    """Withhold what is told of all classes together where one class at that place is withheld."""
    keep = texts(told, "status") == "published"
    ids = group_ids(told, (*INTERVAL, "place"))
    bad = np.zeros(int(ids.max(initial=-1)) + 1, np.bool_)
    bad[ids[~keep]] = True
    together = (texts(told, "class") == "") & (texts(told, "measure") != "observed")
    return _with_status(told.drop_columns(["status"]), keep & ~(together & bad[ids]))


def _merged(bins: pa.Table, others: pa.Table, kept: Mask, minimum: int) -> pa.Table:
    """Merge neighbouring bins until each stands for enough tracks; see the module.

    A track that crossed several times may stand in several bins: the sum of their tracks is lowered by how
    often that can have happened.
    """
    if not len(bins):
        return _with_status(bins, np.ones(0, np.bool_))
    measure = texts(bins, "measure")
    parent = bins.set_column(
        bins.column_names.index("measure"),
        CELL_SCHEMA.field("measure"),
        pa.array([PARENTS[name] for name in measure], pa.string()),
    )
    keys = (*_PLACE, "measure", "direction")
    both = pa.concat_tables([parent, others])
    ids = group_ids(both, keys)
    count = int(ids.max(initial=-1)) + 1
    of_others = ids[len(bins) :]
    is_published, excess = np.zeros(count, np.bool_), np.zeros(count)
    is_published[of_others[kept]] = True
    np.add.at(excess, of_others, numbers(others, "value") - numbers(others, "tracks"))
    order = np.lexsort([numbers(bins, "low"), group_ids(bins, keys)])
    bins, of_bins = bins.take(order), ids[: len(bins)][order]
    own = group_ids(bins, keys)
    value, tracks = numbers(bins, "value"), numbers(bins, "tracks")
    distinct = np.minimum(value, tracks)  # pairs are told by the one that follows: as many tracks as pairs
    groups, public = np.full(len(bins), -1, np.int64), np.zeros(len(bins), np.bool_)
    starts = np.flatnonzero(np.r_[True, own[1:] != own[:-1]])
    number = 0
    for start, end in zip(starts, np.r_[starts[1:], len(bins)], strict=True):
        spare = max(0.0, excess[of_bins[start]])
        parts = _parts(distinct[start:end], spare, minimum) if is_published[of_bins[start]] else None
        groups[start:end] = number + (0 if parts is None else parts)
        public[start:end] = parts is not None
        number = int(groups[end - 1]) + 1
    return _of_groups(bins, groups, public)


def _parts(distinct: NDArray[np.float64], spare: float, minimum: int) -> NDArray[np.int64] | None:
    """Return to which merged bin each bin goes, rising from 0; None when all together are too few."""
    parts, number, since = np.zeros(len(distinct), np.int64), 0, 0
    for at in range(len(distinct)):
        parts[at] = number
        of = distinct[since : at + 1]
        if max(of.max(), of.sum() - spare) >= minimum:
            number, since = number + 1, at + 1
    if number == 0:
        return None
    parts[since:] = number - 1  # what is left over joins the last
    return parts


def _of_groups(bins: pa.Table, groups: NDArray[np.int64], public: Mask) -> pa.Table:
    """Return the merged bins that are published; ``groups`` says which bins go together, rising."""
    bins, groups = chosen(bins, public), groups[public]
    first = np.flatnonzero(np.r_[True, groups[1:] != groups[:-1]]) if len(groups) else groups
    last = np.r_[first[1:], len(bins)] - 1 if len(groups) else groups
    made = bins.take(first)
    of = np.repeat(np.arange(len(first)), np.diff(np.r_[first, len(bins)]))
    for name, column in (
        ("high", bins["high"].take(last).combine_chunks()),
        ("value", pa.array(np.bincount(of, numbers(bins, "value"), len(first)))),
        ("tracks", pa.array(np.bincount(of, numbers(bins, "tracks"), len(first)))),
    ):
        field = CELL_SCHEMA.field(name)
        made = made.set_column(made.column_names.index(name), field, column.cast(field.type, safe=False))
    return _with_status(made, np.ones(len(made), np.bool_))

"""Flows between places, and the sums of them that stand beside: what left one place, what came to another.

Where all that left a zone went to another that has a name, its flows add up to its exits. Whoever knows the
exits and all flows but one solves that one. So more flows are withheld until linear algebra says that no
small one follows from the sums, and until what is missing from each sum is enough objects.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from apercu.statistics.joining import INTERVAL, group_ids, numbers, texts

SUMS = ("exits", "entries", "crossings")
"""What the flows from a zone, those to a zone, and those from or to a line may add up to."""

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]


def solved(equations: Floats) -> Mask:
    """Return which unknowns follow from linear equations whose right sides are known: bool (n,).

    Args:
        equations: float64 (m, n), one row each.
    """
    rows, unknowns = equations.shape
    if not rows or not unknowns:
        return np.zeros(unknowns, np.bool_)
    # An unknown is free when moving it can be made up for by others: its part of the null space is not 0.
    _, sizes, across = np.linalg.svd(equations, full_matrices=True)
    rank = int((sizes > 1e-9 * max(1.0, sizes.max(initial=0.0))).sum())
    free = across[rank:]
    return np.asarray((free**2).sum(axis=0) < 1e-9)


@dataclass(frozen=True, eq=False)
class _Sum:
    """A number that flows add up to.

    Attributes:
        rows: its cells, int64.
        part: bool (n,), which flows it is of.
        total: its value.
        closed: whether these flows are all of it.
    """

    rows: NDArray[np.int64]
    part: Mask
    total: float
    closed: bool


def withhold_flows(cells: pa.Table, keep: Mask, minimum: int) -> Mask:
    """Return which cells stay published, bool (n,), when those are withheld that give small flows away.

    Flows go first; where all of them are withheld and a small one still follows, the smallest sum goes.

    Args:
        cells: joined, of lines and zones.
        keep: bool (n,), those published so far.
        minimum: tracks that a number takes.
    """
    measure = texts(cells, "measure")
    is_flow = measure == "flow"
    hidden = ~keep & (is_flow | np.isin(measure, SUMS))
    ids = group_ids(cells, (*INTERVAL, "class"))
    concerned = np.intersect1d(ids[hidden], ids[is_flow])
    if not len(concerned):
        return keep
    keep = keep.copy()
    place, value = texts(cells, "place"), numbers(cells, "value")
    order = np.argsort(ids, kind="stable")
    begins = np.searchsorted(ids[order], concerned)
    ends = np.searchsorted(ids[order], concerned, "right")
    for begin, end in zip(begins, ends, strict=True):
        members = order[begin:end]
        flows = members[is_flow[members]]
        sums = _sums(flows, members, measure, place, value)
        keep[flows] = _balanced(sums, value[flows], keep[flows], keep, minimum)
    return keep


def _sums(
    flows: NDArray[np.int64],
    members: NDArray[np.int64],
    measure: NDArray[np.str_],
    place: NDArray[np.str_],
    value: Floats,
) -> list[_Sum]:
    """Return what left each place and what came to it: the sums of flows."""
    ends = np.array([name.partition(">")[::2] for name in place[flows]], np.str_).reshape(-1, 2)
    sums = []
    for side, of_zones in enumerate(SUMS[:2]):
        for name in np.unique(ends[:, side]):
            there = members[(place[members] == name) & np.isin(measure[members], [of_zones, SUMS[2]])]
            if not len(there):
                continue
            part = ends[:, side] == name
            total = float(value[there].sum())
            closed = abs(total - float(value[flows][part].sum())) < 0.5
            sums.append(_Sum(there, part, total, closed))
    return sums


def _balanced(sums: list[_Sum], value: Floats, keep: Mask, everywhere: Mask, minimum: int) -> Mask:
    """Return which flows stay: none that is withheld follows, and no sum misses a small rest.

    Flows of a sum that is withheld go, too. Sums that go are marked in ``everywhere``, bool of all cells.
    """
    keep = keep.copy()
    while True:
        public = [one for one in sums if everywhere[one.rows].all()]
        for one in sums:
            keep &= everywhere[one.rows].all() | ~one.part
        hidden = ~keep
        if not hidden.any():
            return keep
        closed = [one.part[hidden] for one in public if one.closed]
        follows = np.zeros(len(keep), np.bool_)
        follows[hidden] = solved(np.array(closed, np.float64).reshape(len(closed), int(hidden.sum())))
        wrong = [
            one
            for one in public
            if (one.part & hidden).any()
            and (one.total - float(value[one.part & keep].sum()) < minimum or (one.part & follows).any())
        ]
        if not wrong:
            return keep
        candidates = np.flatnonzero(np.any([one.part & keep for one in wrong], axis=0))
        if len(candidates):
            keep[candidates[np.argmin(value[candidates])]] = False
        else:
            everywhere[min(wrong, key=lambda one: one.total).rows] = False

"""Flows between places, and the sums of them that stand beside: what left one place, what came to another.

Where all that left a zone went to another that has a name, its flows add up to its exits. Whoever knows the
exits and all flows but one solves that one. So more flows are withheld until linear algebra says that no
small one follows from the sums, and until what is missing from each sum is enough objects.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from apercu.statistics.joining import INTERVAL, group_ids, numbers, texts

SUMS = (("exits", "crossings"), ("entries", "crossings"))
"""What the flows from a place, and those to a place, add up to: of zones, and of lines."""

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


def withhold_flows(cells: pa.Table, keep: Mask, minimum: int) -> Mask:
    """Return which cells stay published, bool (n,), when flows are withheld that would give small ones away.

    Args:
        cells: joined, of lines and zones.
        keep: bool (n,), those published so far.
        minimum: tracks that a number takes.
    """
    measure = texts(cells, "measure")
    is_flow = measure == "flow"
    if not (is_flow & ~keep).any():
        return keep
    keep = keep.copy()
    ids = group_ids(cells, (*INTERVAL, "class"))
    place, value = texts(cells, "place"), numbers(cells, "value")
    order = np.argsort(ids, kind="stable")
    edges = np.searchsorted(ids[order], np.unique(ids[is_flow & ~keep]))
    for begin, one in zip(edges, np.unique(ids[is_flow & ~keep]), strict=True):
        end = np.searchsorted(ids[order], one, "right")
        members = order[begin:end]
        flows = members[is_flow[members]]
        sums = _sums(flows, members, measure, place, value, keep)
        keep[flows] = _balanced(sums, value[flows], keep[flows], minimum)
    return keep


def _sums(
    flows: NDArray[np.int64],
    members: NDArray[np.int64],
    measure: NDArray[np.str_],
    place: NDArray[np.str_],
    value: Floats,
    keep: Mask,
) -> list[tuple[Mask, float, bool]]:
    """Return the published sums: which flows each is of, its value, and whether they are all of it."""
    ends = np.array([name.partition(">")[::2] for name in place[flows]], np.str_).reshape(-1, 2)
    sums = []
    for side, (zones, lines) in enumerate(SUMS):
        for name in np.unique(ends[:, side]):
            there = members[(place[members] == name) & np.isin(measure[members], [zones, lines])]
            if not len(there) or not keep[there].all():
                continue
            part = ends[:, side] == name
            total = float(value[there].sum())
            sums.append((part, total, abs(total - float(value[flows][part].sum())) < 0.5))
    return sums


def _balanced(sums: list[tuple[Mask, float, bool]], value: Floats, keep: Mask, minimum: int) -> Mask:
    """Withhold more flows, the smallest first, until none follows and no sum misses a small rest."""
    keep = keep.copy()
    while not keep.all():
        hidden = ~keep
        closed = np.array([part[hidden] for part, _, whole in sums if whole], np.float64)
        follows = np.zeros(len(keep), np.bool_)
        follows[hidden] = solved(closed.reshape(-1, int(hidden.sum())))
        wrong = np.zeros(len(keep), np.bool_)
        for part, total, _ in sums:
            rest = total - float(value[part & keep].sum())
            if (part & hidden).any() and (rest < minimum or (part & follows).any()):
                wrong |= part & keep
        if not wrong.any():
            break
        candidates = np.flatnonzero(wrong)
        keep[candidates[np.argmin(value[candidates])]] = False
    return keep

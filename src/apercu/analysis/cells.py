"""Where in the picture a track was, coarsely: the cells of an 8 x 8 grid that its feet touched, as 64 bits.

A question about a place leaves out what never touched the place's cells, before anything else is read.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from apercu.analysis.tracks import CELLS, Tracks

SIDE = 8
"""Cells across, and cells down."""

_MARGIN = 1e-9
"""Cells: more than rounding moves a point by."""

Floats = NDArray[np.float64]
Bits = NDArray[np.uint64]


def _spans() -> Bits:
    """Return the first column's cells from one row to another, [from, to]: uint64 (8, 8), 0 where none."""
    rows = np.arange(SIDE)
    within = (rows >= rows[:, None, None]) & (rows <= rows[None, :, None])
    bits = np.uint64(1) << (SIDE * rows).astype(np.uint64)
    return np.asarray(np.where(within, bits, np.uint64(0)).sum(axis=2, dtype=np.uint64))


_SPANS = _spans()


def cells_of_points(points: Floats) -> Bits:
    """Return the cell of each point as one bit, ``8 * row + column``: uint64 (n,).

    Args:
        points: float64 (n, 2), x and y in cells; those outside of the picture count to its nearest cell.
    """
    column, row = np.floor(points.clip(0, SIDE - 0.5)).astype(np.uint64).T
    return np.asarray(np.uint64(1) << (np.uint64(SIDE) * row + column))


def cells_of_steps(begins: Floats, ends: Floats) -> Bits:
    """Return the cells that straight steps touch, those of both ends included: uint64 (n,).

    Args:
        begins, ends: float64 (n, 2), as ``cells_of_points``.
    """
    edges = np.arange(SIDE + 1, dtype=np.float64)
    edges[[0, -1]] = -np.inf, np.inf
    (x, y), (way_x, way_y) = begins.T, (ends - begins).T
    upright = np.abs(way_x) < _MARGIN
    found = np.zeros(len(begins), np.uint64)
    for column in range(SIDE):
        left, right = edges[column] - _MARGIN, edges[column + 1] + _MARGIN
        # The part of the step, from 0 to 1, that lies between the column's two sides.
        parts = (np.array([[left], [right]]) - x) / np.where(upright, 1.0, way_x)
        first, last = np.where(upright, [[0.0], [1.0]], np.sort(parts, axis=0))
        there = np.where(upright, (x >= left) & (x <= right), (last >= 0) & (first <= 1))
        heights = y + np.stack([first, last]).clip(0, 1) * way_y
        top = np.floor(heights.min(axis=0) - _MARGIN).clip(0, SIDE - 1)
        bottom = np.floor(heights.max(axis=0) + _MARGIN).clip(0, SIDE - 1)
        spans = _SPANS[top.astype(np.int64), bottom.astype(np.int64)] << np.uint64(column)
        found |= np.where(there, spans, np.uint64(0))
    return found


def cells_of_paths(owners: NDArray[np.int64], points: Floats, count: int) -> Bits:
    """Return the cells that paths touch, straight from point to point: uint64 (count,).

    Args:
        owners: int64 (n,), to which path each point belongs, 0 to ``count`` - 1, together and in order.
        points: float64 (n, 2), as ``cells_of_points``.
        count: paths in all.
    """
    cells = cells_of_points(points)
    steps = np.flatnonzero((owners[1:] == owners[:-1]) & (cells[1:] != cells[:-1]))
    cells[steps] |= cells_of_steps(points[steps], points[steps + 1])
    found = np.zeros(count, np.uint64)
    if len(owners):
        begins = np.flatnonzero(np.concatenate([[True], owners[1:] != owners[:-1]]))
        found[owners[begins]] = np.bitwise_or.reduceat(cells, begins)
    return found


def cells_of(tracks: Tracks, width: int, height: int) -> Any:
    """Return the column ``cells`` of tracks in a picture ``width`` x ``height``: Arrow array, uint64 (n,)."""
    seen = tracks.observation_table
    owners = pc.index_in(seen["track_id"], tracks.table["track_id"].combine_chunks())
    which = owners.to_numpy(zero_copy_only=False).astype(np.int64)
    order = np.lexsort([seen["pts"].to_numpy(), which])
    x1, y2, x2 = (seen[name].to_numpy().astype(np.float64)[order] for name in ("x1", "y2", "x2"))
    points = np.column_stack([(x1 + x2) / 2, y2]) * (SIDE / np.array([width, height]))
    return pa.array(cells_of_paths(which[order], points, len(tracks)), CELLS.type)

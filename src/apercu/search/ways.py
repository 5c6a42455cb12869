"""How tracks go on the whole: along a way drawn by hand, or against the way that others usually take."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_PIECES = 16
_CELLS_X, _CELLS_Y = 16, 9
_OTHERS = 5
_AGREE = 0.7
_AGAINST = -0.5
_MOST = 0.5

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def cut_evenly(owners: Ints, points: Floats, count: int, pieces: int = _PIECES) -> Floats:
    """Return paths cut into pieces of equal length: float64 (count, pieces + 1, 2).

    A path that goes nowhere stays where it begins.

    Args:
        owners: int64 (n,), to which path each point belongs, 0 to ``count`` - 1, together; each has a point.
        points: float64 (n, 2), in order.
        count: paths in all.
        pieces: how many.
    """
    steps = np.hypot(*np.diff(points, axis=0, prepend=points[:1]).T)
    begins = np.searchsorted(owners, np.arange(count))
    steps[begins] = 0.0
    along = np.cumsum(steps)
    along -= along[begins][owners]
    ends = np.searchsorted(owners, np.arange(count), "right") - 1
    whole = np.where(along[ends] > 0, along[ends], 1.0)
    # Path after path on one line, each one long and one apart.
    line = 2.0 * owners + (along / whole[owners]).clip(0, 1)
    wanted = 2.0 * np.arange(count)[:, None] + np.linspace(0, 1, pieces + 1)[None]
    wanted = np.minimum(wanted, line[ends][:, None])
    return np.stack([np.interp(wanted, line, points[:, axis]) for axis in (0, 1)], axis=-1)


def misses(owners: Ints, points: Floats, drawn: Floats, count: int) -> Floats:
    """Return how far paths are from a drawn one on average, in units of the points: float64 (count,).

    Args:
        owners, points, count: as ``cut_evenly``.
        drawn: float64 (m, 2), the way to compare with, in its direction.
    """
    paths = cut_evenly(owners, points, count)
    way = cut_evenly(np.zeros(len(drawn), np.int64), drawn, 1)
    return np.asarray(np.hypot(*np.moveaxis(paths - way, -1, 0)).mean(axis=1))


def against_the_flow(owners: Ints, points: Floats, count: int) -> NDArray[np.bool_]:
    """Return which paths go most of their way against that of the others: bool (count,).

    The picture is cut into 16 x 9 cells. In each, the usual direction is the mean of those of the other
    paths, where there are five and they mostly agree (their mean is 0.7 long or more). A path goes against it
    where the two differ by more than 120 degrees.

    Args:
        owners, count: as ``cut_evenly``.
        points: float64 (n, 2), shares of the picture, 0 to 1.
    """
    if len(points) < 2:
        return np.zeros(count, np.bool_)
    together = owners[1:] == owners[:-1]
    steps = np.diff(points, axis=0)[together]
    middles = ((points[1:] + points[:-1]) / 2)[together]
    column, row = np.floor(middles.clip(0, 0.999999) * [_CELLS_X, _CELLS_Y]).astype(np.int64).T
    cells = _CELLS_X * _CELLS_Y
    visits, which = np.unique(owners[:-1][together] * cells + row * _CELLS_X + column, return_inverse=True)
    ways = np.column_stack([np.bincount(which, steps[:, axis], len(visits)) for axis in (0, 1)])
    lengths = np.hypot(*ways.T)
    heading = ways / np.where(lengths > 0, lengths, 1.0)[:, None]
    cell, owner = visits % cells, visits // cells
    moving = (lengths > 0).astype(float)
    others = np.bincount(cell, moving, cells)[cell] - moving
    usual = np.column_stack([np.bincount(cell, heading[:, axis], cells)[cell] for axis in (0, 1)]) - heading
    agreed = np.hypot(*usual.T)
    known = (others >= _OTHERS) & (agreed >= _AGREE * others)
    cosine = (usual * heading).sum(axis=1) / np.where(agreed > 0, agreed, 1.0)
    wrong = np.bincount(owner, lengths * (known & (cosine < _AGAINST)), count)
    total = np.bincount(owner, lengths, count)
    return np.asarray((total > 0) & (wrong > _MOST * total))

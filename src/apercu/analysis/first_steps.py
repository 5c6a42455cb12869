"""Where a thing went that was seen once: its way is not known yet, so the nearest blob like it is taken."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.cover import Boxes
from apercu.geometry import area, centres

_REACH = 1.5
"""Farthest step, in sizes: at the slowest cadence, seven sizes a second."""
_ALIKE = 0.5
"""Least ratio of the areas of two pictures of one thing."""


def first_steps(boxes: Boxes, blobs: Boxes) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return pairs of a thing seen once and the blob it went to: those that are each other's nearest.

    A narrow thing moves more than its own width from one picture to the next, so that box and blob need not
    touch at all.

    Args:
        boxes: float (n, 4), where such things were. blobs: float (m, 4), those that nothing else explains.

    Returns:
        Rows of ``boxes`` (k,) and of ``blobs`` (k,).
    """
    none = np.zeros(0, np.intp)
    if len(boxes) == 0 or len(blobs) == 0:
        return none, none
    before, now = area(boxes), area(blobs)
    small, large = np.minimum(before[:, None], now[None, :]), np.maximum(before[:, None], now[None, :])
    apart = np.hypot(*np.moveaxis(centres(boxes)[:, None] - centres(blobs)[None, :], -1, 0))
    possible = (small > _ALIKE * large) & (apart < _REACH * np.sqrt(before)[:, None])
    apart = np.where(possible, apart, np.inf)
    nearest = apart.argmin(axis=1)
    rows = np.flatnonzero(possible.any(axis=1) & (apart.argmin(axis=0)[nearest] == np.arange(len(boxes))))
    return rows, nearest[rows]

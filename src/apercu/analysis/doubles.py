"""Pieces of a track that a second box on one object made, beside another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.tracklet_ends import Piece
from apercu.analysis.tracklets import kin
from apercu.geometry import intersection, median, paired_iou

_LONGEST_S, _LIFE, _IOU = 3.0, 0.7, 0.25


def doubles(pieces: list[Piece], others: list[Piece]) -> NDArray[np.bool_]:
    """Return which of ``pieces`` lie for most of their life where one of ``others`` does: bool (n, m).

    The other one is longer and of a kindred class. Two boxes on one object begin two tracks, of which one
    soon ends; it must not take the other's successor.
    """
    double = np.zeros((len(pieces), len(others)), np.bool_)
    if not pieces or not others:
        return double
    (begin, end, count, key), (from_, to, length, number) = (
        np.array([(p.times[0], p.times[-1], len(p.times), p.tracklet.key) for p in side]).T
        for side in (pieces, others)
    )
    mine, theirs = (np.array([p.tracklet.class_index for p in side]) for side in (pieces, others))
    longer = (length > count[:, None]) | (length == count[:, None]) & (number > key[:, None])
    possible = longer & (end - begin <= _LONGEST_S)[:, None] & kin(mine[:, None], theirs[None, :])
    # What goes on as another piece was there before what came.
    gone_on = np.array([p.tracklet.follows > 0 for p in pieces], np.bool_)
    possible &= ~gone_on[:, None] | (from_ <= begin[:, None])
    possible &= (from_ <= end[:, None]) & (to >= begin[:, None])
    possible &= intersection(np.array([p.hull for p in pieces]), np.array([p.hull for p in others])) > 0
    for i, j in np.argwhere(possible).tolist():
        piece, other = pieces[i], others[j]
        its = np.searchsorted(other.times, piece.times).clip(max=len(other.times) - 1)
        own = np.flatnonzero(other.times[its] == piece.times)
        if len(own) >= _LIFE * len(piece.times):
            double[i, j] = median(paired_iou(piece.boxes[own], other.boxes[its[own]])) > _IOU
    return double

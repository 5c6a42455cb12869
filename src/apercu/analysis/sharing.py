"""Blobs that several tracks hold: pieces of one thing, or things that pass each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.cover import Boxes, joined
from apercu.analysis.detections import OTHER, VEHICLES
from apercu.analysis.tracklets import Tracklet
from apercu.geometry import area, gaps, sides, spanned

_OWN = 4
"""Seen so often by itself, a thing is known to be one of its own."""
_PART, _PARTED = 0.2, 3
"""A piece is a thing of its own when it is that share of the largest one, so many times on end."""
_NEAR = 0.3
"""An edge further from where it should be, in sizes, is another one's."""
_SPECK = 0.1
"""Less than this share of what it goes along with is no thing of its own."""
_SURE, _UNKNOWN = 0.2, 50.0
"""Noise of an edge that is seen, and of one that is not, in sizes."""


def give_way(live: Sequence[Tracklet], holders: NDArray[np.bool_], boxes: Boxes) -> NDArray[np.bool_]:
    """Return tracks (n,) that are pieces of another: a blob that several hold goes to one of them.

    What comes into the picture in pieces begins several tracks; they are one as soon as the pieces meet. Two
    that are each known to be a thing of their own share the blob.

    Args:
        live: tracks, n of them.
        holders: bool (n, m), which tracks lie in which blobs.
        boxes: float (n, 4), where the tracks are.
    """
    pieces = np.zeros(len(live), np.bool_)
    known = np.array([t.class_index != OTHER or t.alone >= _OWN for t in live], np.bool_)
    for blob in np.flatnonzero(holders.sum(axis=0) > 1):
        together = np.flatnonzero(holders[:, blob])
        settled = together[known[together]]
        if len(settled) <= 1:
            keeper = settled[0] if len(settled) else together[area(boxes[together]).argmax()]
            pieces[together[together != keeper]] = True
    return pieces


def by_outer_edges(
    live: Sequence[Tracklet],
    rows: NDArray[np.intp],
    holders: NDArray[np.bool_],
    boxes: Boxes,
    blobs: Boxes,
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """Return where unnamed tracks are that share a blob, by its outer edges: each belongs to the outermost.

    Where two shapes pass each other, their common blob still shows where the one's front is and the other's
    back.

    Args:
        live: tracks, n of them.
        rows: those that are asked about.
        holders: bool (n, m), which tracks lie in which blobs.
        boxes: float (n, 4), where the tracks should be. blobs: float (m, 4).

    Returns:
        The rows (k,) that an edge tells about, their boxes (k, 4), and the noise (k, 4) of centre and size in
        shares of their size, as ``KalmanBoxes.correct`` takes them.
    """
    told: dict[int, tuple[Boxes, Boxes]] = {}
    for blob in np.flatnonzero(holders.sum(axis=0) > 1):
        together = np.flatnonzero(holders[:, blob])
        for row in np.intersect1d(together, rows).tolist():
            if live[row].class_index != OTHER or row in told:
                continue
            near = _NEAR * (boxes[row, 2:] - boxes[row, :2])
            off = (blobs[blob] - boxes[row]).reshape(2, 2)
            first = (boxes[row, :2] <= boxes[together, :2].min(axis=0)) & (np.abs(off[0]) < near)
            last = (boxes[row, 2:] >= boxes[together, 2:].max(axis=0)) & (np.abs(off[1]) < near)
            seen = np.stack([first, last])
            if seen.any():
                shift = (off * seen).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
                noise = np.where(seen.any(axis=0), _SURE, _UNKNOWN)
                told[row] = boxes[row] + np.tile(shift, 2), np.concatenate([noise, [_UNKNOWN, _UNKNOWN]])
    places = np.array([place for place, _ in told.values()]).reshape(-1, 4)
    noises = np.array([noise for _, noise in told.values()]).reshape(-1, 4)
    return np.array([*told], np.intp), places, noises


def gathered(track: Tracklet, blobs: Boxes, gap: float, share: float) -> tuple[Boxes | None, bool]:
    """Return the box (4,) around a track's own blobs, and whether it left some of them to another track.

    One unnamed thing often moves in pieces. Two that came in side by side, as one blob, part for good: then
    the track goes on with the larger one.

    Args:
        track: whose they are; how often they lay apart is counted in it.
        blobs: float (m, 4), pixels.
        gap: pixels between two pieces that are close. share: the same as a share of the larger one's size.
    """
    if len(blobs) < 2 or track.class_index != OTHER:
        track.parted = 0
        return (spanned(blobs) if len(blobs) else None), False
    groups = joined(blobs, gap, share)
    sizes = area(groups)
    track.parted = track.parted + 1 if (sizes > _PART * sizes.max()).sum() > 1 else 0
    if track.parted < _PARTED:
        return spanned(blobs), False
    track.parted = 0
    return groups[sizes.argmax()], True


def companions(
    live: Sequence[Tracklet], boxes: Boxes, velocity: Boxes, scale: NDArray[np.float64], touching_px: float
) -> NDArray[np.bool_]:
    """Return (n, n) which tracks go along with another just as it goes: light and shadow that it throws.

    What touches a vehicle, and what is small and close to anything that has a name.

    Args:
        live: tracks, n of them.
        boxes: float (n, 4), where they are.
        velocity: float (n, 2), pixels per second.
        scale: float (n,), size of each, pixels.
        touching_px: closer than this is touching, pixels.
    """
    vehicle = np.array([track.class_index in VEHICLES for track in live], np.bool_)
    named = np.array([track.class_index != OTHER for track in live], np.bool_)
    far = gaps(boxes[:, None], boxes[None]).max(axis=2)
    longer = sides(boxes).max(axis=1)
    speed = np.hypot(*velocity.T)
    apart = np.hypot(*np.moveaxis(velocity[:, None] - velocity[None, :], -1, 0))
    together = (apart < 0.3 * speed[None, :]) & (speed > 0.3 * scale)[None, :]
    speck = area(boxes)[:, None] < _SPECK * area(boxes)[None, :]
    beside = (far < touching_px) & vehicle | speck & (far < longer / 2) & named
    return np.asarray(together & beside)

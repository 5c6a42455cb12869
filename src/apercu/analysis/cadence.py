"""How often to look: at the next picture at all, and with the detector at each thing in it.

What is slow for its size needs few pictures; what is fast, or passes close to another, needs more, or two
pictures of it cannot be told to be the same thing. What was just named and moves as expected needs no
detector to be found again, its own motion shows where it is: such places are looked at together, now and
then, because things near each other share one piece of the detector's canvas. What is new or doubtful is
looked at at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.cover import Boxes, buffered
from apercu.analysis.detections import OTHER, VEHICLES
from apercu.analysis.options import CadenceOptions
from apercu.analysis.tracklets import Tracklet
from apercu.geometry import area, coverage, iou, near_edges, sides

Flags = NDArray[np.bool_]
Floats = NDArray[np.floating]

_UNFREE = {OTHER, *VEHICLES}
_NEAR = 0.15
_SURE_VOTES = 3
_FIRST_LOOKS, _MANY_LOOKS = 2, 5
_EDGE = 0.01
_EARLY_S = 0.01


class Cadence:
    """Decides when to look; one per recording.

    Args:
        options: how often.
        most: pictures per second that must not be exceeded.
        size: width and height of the picture, pixels.
        scale: largest number of canvas pixels per picture pixel.
    """

    def __init__(self, options: CadenceOptions, most: float, size: tuple[int, int], scale: float) -> None:
        self.options = options
        self.longest_s = 1 / min(options.rate, most)
        self._shortest_s = 1 / most
        self._size, self._scale = size, scale
        self._looked_s = -np.inf

    def step_s(self, live: list[Tracklet], boxes: Boxes, velocity: Floats) -> float:
        """Return how long to wait before the next picture, seconds.

        Args:
            live: tracks, n of them.
            boxes: float (n, 4), where they are, pixels.
            velocity: float (n, 2), pixels per second.
        """
        known = np.array([track.confirmed for track in live], np.bool_)
        if not known.any():
            return self.longest_s
        size = np.sqrt(area(boxes[known]))
        waits = self.options.stride * size / _speed(velocity[known])
        apart = self._until_apart(boxes[known], velocity[known], _on_foot(live)[known])
        wait = max(min(waits.min(), apart.min()), self._shortest_s)
        # Halved until it is short enough: steps that nest keep to one grid of time.
        halvings = np.ceil(np.log2(max(self.longest_s / wait, 1.0)) - 1e-9)
        return float(max(self.longest_s / 2**halvings, self._shortest_s))

    def due(
        self, live: list[Tracklet], boxes: Boxes, velocity: Floats, blobs: Boxes, now_s: float
    ) -> tuple[Flags, Flags]:
        """Return which tracks (n,) and which blobs (m,) the detector should be shown now, and note it.

        Args:
            live: tracks, n of them.
            boxes: float (n, 4), where they should be, pixels.
            velocity: float (n, 2), pixels per second.
            blobs: float (m, 4), what moves, pixels.
            now_s: the picture's second.
        """
        large = _longer(blobs) * self._scale >= self.options.least_px
        if not live:
            return np.zeros(0, np.bool_), large
        common = now_s - self._looked_s > self.options.look_s - _EARLY_S
        if common:
            self._looked_s = now_s
        looked = ~self._resting(live, boxes, blobs, now_s)
        if not common:
            looked &= self._urgent(live, boxes, velocity)
        for row in np.flatnonzero(looked):
            live[row].looked_s = now_s
            live[row].looks += 1
        covered = coverage(blobs, boxes)
        return looked, large & ~(covered[:, ~looked].max(axis=1, initial=0) > 0.6)

    def _resting(self, live: list[Tracklet], boxes: Boxes, blobs: Boxes, now_s: float) -> Flags:
        """Return the tracks (n,) that were looked at so lately that they need not be."""
        options, named = self.options, _named(live)
        since = now_s - np.array([track.looked_s for track in live]) + _EARLY_S
        settled = named & np.array([track.vote_count >= _SURE_VOTES for track in live], np.bool_)
        inside = ~_at_edge(boxes, self._size)
        resting = settled & inside & (since < options.rest_s) & _alone(boxes, blobs, named)
        looks = np.array([track.looks for track in live])
        early, late = options.unnamed_s
        patience = np.select([looks < _FIRST_LOOKS, looks < _MANY_LOOKS], [0.0, early], late)
        small = _longer(boxes) * self._scale < options.least_px
        return np.asarray(resting | ~named & ((since < patience) | small))

    def _urgent(self, live: list[Tracklet], boxes: Boxes, velocity: Floats) -> Flags:
        """Return the tracks (n,) that are new, in doubt, coming in, or passing close to another."""
        named = _named(live)
        young = np.array([track.looks < _FIRST_LOOKS for track in live], np.bool_)
        seen = np.array([track.sure_s for track in live])
        doubtful = seen < seen.max()
        passing = self._until_apart(boxes, velocity, _on_foot(live)) < self.longest_s
        return np.asarray(young | named & (doubtful | passing | _at_edge(boxes, self._size)))

    def _until_apart(self, boxes: Boxes, velocity: Floats, free: Flags) -> Floats:
        """Return how long each (n,) may go unseen before it could be taken for one close to it, seconds.

        ``free`` (n,) are those that turn as they like.
        """
        close = _close(boxes) & free[:, None] & free[None, :]
        size = np.sqrt(area(boxes))
        smaller = np.minimum(size[:, None], size[None, :])
        against = _speed(velocity[:, None] - velocity[None, :])
        return np.asarray(np.where(close, self.options.close_stride * smaller / against, np.inf).min(axis=1))


def _named(live: list[Tracklet]) -> Flags:
    return np.array([track.class_index != OTHER for track in live], np.bool_)


def _on_foot(live: list[Tracklet]) -> Flags:
    """Return the named tracks (n,) that are no vehicles: those keep to lanes, and do not change places."""
    return np.array([track.class_index not in _UNFREE for track in live], np.bool_)


def _speed(velocity: Floats) -> Floats:
    """Return the length of velocities (..., 2), never quite zero."""
    return np.asarray(np.maximum(np.hypot(velocity[..., 0], velocity[..., 1]), 1e-3))


def _longer(boxes: Boxes) -> Floats:
    return np.asarray(sides(boxes).max(axis=1))


def _alone(boxes: Boxes, blobs: Boxes, named: Flags) -> Flags:
    """Return the tracks (n,) that explain one blob, of about their size, and are close to no named one."""
    if len(blobs) == 0:
        return np.zeros(len(boxes), np.bool_)
    touches = (coverage(blobs, boxes) > 0.1) | (coverage(boxes, blobs).T > 0.1)
    single = touches.sum(axis=0) == 1
    blob = touches.argmax(axis=0)
    ratio = area(blobs[blob]) / np.maximum(area(boxes), 1)
    shared = touches.sum(axis=1)[blob] > 1
    return np.asarray(single & ~shared & (ratio > 0.4) & (ratio < 2.2) & ~(_close(boxes) & named).any(axis=1))


def _close(boxes: Boxes) -> Flags:
    """Return (n, n) which boxes all but touch."""
    wide = buffered(boxes, _NEAR)
    near = iou(wide, wide) > 0.02
    np.fill_diagonal(near, False)
    return np.asarray(near)


def _at_edge(boxes: Boxes, size: tuple[int, int]) -> Flags:
    """Return the boxes (n,) that reach the edge of the picture."""
    return np.asarray(near_edges(boxes, size, _EDGE * max(size)).any(axis=1))

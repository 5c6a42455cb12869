"""From the tracker's pieces to whole tracks: link, reject what never went anywhere, smooth.

A recording is read after the fact, so a track that was lost behind a pole may be joined to the one that came
out on the other side: one object, one tube.
"""

from __future__ import annotations

from copy import copy
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, minimum_filter1d
from scipy.optimize import linear_sum_assignment
from scipy.sparse.csgraph import connected_components

from apercu.analysis.detections import CLASSES, OTHER
from apercu.analysis.doubles import doubles
from apercu.analysis.options import LinkingOptions
from apercu.analysis.palette import likeness
from apercu.analysis.smoothing import smoothed
from apercu.analysis.tracklet_ends import Floats, Piece
from apercu.analysis.tracklets import Observation, Tracklet, kin
from apercu.geometry import area, centres, median, near_edges, sides

_NEVER = 1e6
_AWAY_SIGHTINGS = 4
LEAST_HITS = 4
"""What was seen less often went nowhere."""


class Linker:
    """Takes in tracklets as they end and gives out whole tracks as soon as nothing can join them any more.

    What is held is bounded by what moves at one time, not by the length of the recording.

    Args:
        options: what to link and what to keep.
        width, height: size of the picture: what left through its edge is not linked.
    """

    def __init__(self, options: LinkingOptions, width: int, height: int) -> None:
        self.options = options
        self._size = (width, height)
        self._waiting: list[Piece] = []
        self._double = np.zeros((0, 0), np.bool_)
        self._open: NDArray[np.bool_] | None = None

    def add(self, ended: list[Tracklet], live: list[Tracklet], now_s: float) -> list[Tracklet]:
        """Take in tracklets that ended and return the tracks that are whole, in order of start.

        Args:
            ended: from the tracker.
            live: tracklets that go on, as far as they have come.
            now_s: the present, seconds.
        """
        self._await(ended)
        last = np.array([piece.times[-1] for piece in self._waiting])
        born = np.array([tracklet.observations[0].time_s for tracklet in live])
        since = born[None, :] - last[:, None]
        reachable = (since > -self.options.overlap_s) & (since <= self.options.gap_s)
        unsettled = (now_s <= last + self.options.gap_s) | reachable.any(axis=1)
        if unsettled.all() or (self._open is not None and np.array_equal(unsettled, self._open)):
            return []  # nothing new, and nothing was ready the last time
        cost = self.costs(self._waiting)
        # A double waits for the one it lies on: alone, nobody could tell that it is one.
        _, group = connected_components((cost < 1) | self._double, directed=False)
        still_open = np.isin(group, group[unsettled])
        self._open = unsettled[still_open]
        return self._release(cost, np.flatnonzero(~still_open), live)

    def finish(self, ended: list[Tracklet]) -> list[Tracklet]:
        """Take in the last tracklets and return all tracks that are left, in order of start."""
        self._await(ended)
        return self._release(self.costs(self._waiting), np.arange(len(self._waiting)), [])

    def so_far(self, live: list[Tracklet]) -> list[Tracklet]:
        """Return the tracks that ``finish`` would return if all ended now; everything stays as it is."""
        return copy(self).finish([_copied(tracklet).trimmed() for tracklet in live])

    def begun_s(self, live: list[Tracklet]) -> float:
        """Return when the earliest begins of what is not whole yet, seconds; infinite when all is."""
        begun = [tracklet.observations[0].time_s for tracklet in live if tracklet.observations]
        return min([*begun, *(float(piece.times[0]) for piece in self._waiting)], default=np.inf)

    def _await(self, ended: list[Tracklet]) -> None:
        """Take in tracklets that ended."""
        fresh = [Piece.of(tracklet) for tracklet in ended if tracklet.hits >= 2 and tracklet.observations]
        if fresh:
            known, self._open = self._waiting, None
            self._waiting = known + fresh
            right = doubles(known, fresh)
            self._double = np.block([[self._double, right], [doubles(fresh, self._waiting)]])

    def costs(self, pieces: list[Piece]) -> Floats:
        """Return for each pair (n, n) how unlike it is that the second goes on where the first ended.

        Below 1 is a link.
        """
        options = self.options
        if not pieces:
            return np.zeros((0, 0))
        begin, end, size = np.array([(p.times[0], p.times[-1], p.size) for p in pieces]).T
        first, last = np.array([(p.first, p.last) for p in pieces]).swapaxes(0, 1)
        into, out = np.array([(p.velocity_in, p.velocity_out) for p in pieces]).swapaxes(0, 1)
        classes = np.array([piece.tracklet.class_index for piece in pieces])
        gap = begin[None, :] - end[:, None]
        ratio = area(last)[:, None] / np.maximum(area(first), 1)[None, :]
        beyond = near_edges(last, self._size, 0.01 * max(self._size))
        # One that leaves over an edge is not the one that comes in over it just then.
        leaves = beyond & (np.concatenate([-out, out], axis=1) > 0)
        enters = np.concatenate([-into, into], axis=1) < 0
        named = (classes != OTHER) & (np.array([piece.tracklet.look_count for piece in pieces]) >= 2)
        longest = np.where(named[:, None] & named[None, :], options.gap_s, options.gap_unnamed_s)
        later = (begin[None, :] > begin[:, None]) & (end[None, :] > end[:, None])
        possible = later & (gap > -options.overlap_s) & (gap <= longest) & (ratio > 0.33) & (ratio < 3.0)
        possible &= kin(classes[:, None], classes[None, :])
        possible &= ~beyond.any(axis=1, keepdims=True) | (gap <= 0.6)
        possible &= ~(leaves[:, None] & enters[None, :]).any(axis=2)
        # Half of the gap each way; a hidden thing may also have slowed down, so its last place counts too.
        velocity = out[:, None] + into[None, :]
        apart = centres(last)[:, None] - centres(first)[None, :]
        straight = np.hypot(*np.moveaxis(apart + velocity / 2 * gap[..., None], -1, 0))
        stopped = np.hypot(*np.moveaxis(apart, -1, 0))
        scale = (size[:, None] + size[None, :]) / 2
        distance = np.minimum(straight, stopped + 0.3 * scale)
        # How far off a prediction may be grows with the way gone unseen: what stood still is where it was.
        speed = np.maximum(np.hypot(*out.T), np.hypot(*into.T))
        fastest = np.maximum(speed[:, None], speed[None, :])
        allowed = options.reach * (scale * (1 + 0.1 * gap.clip(0)) + 0.5 * fastest * gap.clip(0))
        cost = distance / allowed + options.absence * np.abs(gap)
        # Added, not multiplied: where two met, both places fit and only the colours tell who came out.
        cost += options.colour * np.maximum(0.0, 0.85 - self._colours(pieces))
        return np.where(possible, cost, _NEVER)

    @staticmethod
    def _colours(pieces: list[Piece]) -> Floats:
        """Return how alike the palettes of each pair (n, n) are, 0.85 where one is not known."""
        alike = np.full((len(pieces), len(pieces)), 0.85)
        looks = [
            (i, p.tracklet.look / p.tracklet.look_count)
            for i, p in enumerate(pieces)
            if p.tracklet.look is not None
        ]
        known = [i for i, _ in looks]
        if known:
            stack = np.array([look for _, look in looks])
            alike[np.ix_(known, known)] = likeness(stack, stack)
        return alike

    def _release(self, cost: Floats, chosen: NDArray[np.intp], live: list[Tracklet]) -> list[Tracklet]:
        """Join the chosen pieces end to start, each used once per side; return what is worth keeping."""
        if len(chosen) == 0:
            return []
        ready = [self._waiting[i] for i in chosen]
        going_on = [Piece.of(tracklet) for tracklet in live if tracklet.hits >= 2]
        double = self._double[np.ix_(chosen, chosen)].any(axis=1) | doubles(ready, going_on).any(axis=1)
        stays = np.setdiff1d(np.arange(len(self._waiting)), chosen)
        self._waiting = [self._waiting[i] for i in stays]
        self._double = self._double[np.ix_(stays, stays)]
        chosen = chosen[~double]
        pieces = [ready[k] for k in np.flatnonzero(~double)]
        # Staying apart costs 1 as well: or a bad link would be made to spare another piece from it.
        part = np.minimum(cost[np.ix_(chosen, chosen)], 1.0)
        following = {
            int(i): int(j) for i, j in zip(*linear_sum_assignment(part), strict=True) if part[i, j] < 1
        }
        joined = []
        for head in sorted(set(range(len(pieces))) - set(following.values())):
            chain = [head]
            while chain[-1] in following:
                chain.append(following[chain[-1]])
            joined.append(_chained([pieces[i] for i in chain]))
        kept = [piece for piece in joined if goes_somewhere(piece, self.options)]
        kept.sort(key=lambda piece: (piece.times[0], piece.tracklet.key))
        return [_smooth(piece) for piece in kept]


def _copied(tracklet: Tracklet) -> Tracklet:
    """Return a tracklet that may be cut without another losing anything."""
    return replace(tracklet, observations=list(tracklet.observations))


def _chained(parts: list[Piece]) -> Piece:
    """Return the pieces as one, without the guesses at its end."""
    first = parts[0].tracklet
    if len(parts) == 1:
        return parts[0] if parts[0].seen[-1] else Piece.of(_copied(first).trimmed())
    whole = Tracklet(
        first.key,
        votes=sum((part.tracklet.votes for part in parts), np.zeros(len(CLASSES))),
        vote_count=sum(part.tracklet.vote_count for part in parts),
        hits=sum(part.tracklet.hits for part in parts),
        looks=sum(part.tracklet.looks for part in parts),
        beside=sum(part.tracklet.beside for part in parts),
    )
    for part in parts:
        whole.colours.merge(part.tracklet.colours)
    previous: Observation | None = None
    for part in parts:
        for row in part.tracklet.observations:
            if previous is None or row.pts > previous.pts:
                whole.observations.append(row)
                previous = row
    return Piece.of(whole.trimmed())


def goes_somewhere(piece: Piece, options: LinkingOptions) -> bool:
    """Return whether a track is an object and not a waving branch, a flicker or a reflection."""
    track = piece.tracklet
    # Where the scene shows, nothing is before it: a shadow on a parked car is no car, whatever it was called.
    shown = piece.boxes[piece.shown]
    called = any(row.score is not None and not row.scene for row in track.observations)
    if len(shown) <= 0.5 * np.count_nonzero(piece.seen) or (track.vote_count > 0 and not called):
        return False
    if track.hits < LEAST_HITS or piece.times[-1] - piece.times[0] < options.least_s:
        return False
    edges = gaussian_filter1d(shown, 1.0, axis=0, mode="nearest")
    way = centres(edges)
    # Far from where it mostly is, and for a while: a parked car whose box jumps once has not moved, a car
    # that comes and then parks for an hour has. What grows towards the camera moves all its edges.
    away = np.hypot(*(way - median(way)).T)
    shift = np.abs(edges - median(edges))
    grown = np.hypot(*np.minimum(shift[:, :2], shift[:, 2:]).T)
    reached = minimum_filter1d(np.maximum(away, grown), _AWAY_SIGHTINGS, mode="nearest")
    travel = 2 * float(reached.max()) / max(piece.size, 1)
    path = float(np.hypot(*np.diff(way, axis=0).T).sum()) if len(way) > 1 else 0.0
    extent = float(np.hypot(*np.ptp(way, axis=0)))
    named = track.class_index != OTHER and track.votes.sum() >= 0.9 and track.vote_count >= 3
    if named:
        return travel >= options.travel
    alone = track.beside < 0.5 * track.hits
    return alone and travel >= options.travel_unnamed and track.hits >= 6 and extent >= 0.25 * path


def _smooth(piece: Piece) -> Tracklet:
    """Return the track with boxes smoothed over about a third of a second, without lag."""
    track = piece.tracklet
    boxes = piece.boxes
    if len(boxes) >= 5:
        step = float(median(np.diff(piece.times)))
        # The ends keep their measured centre: a smoothed end lags behind a fast object.
        centre = smoothed(centres(boxes), max(0.2 / step, 0.3))
        size = gaussian_filter1d(sides(boxes), max(0.8 / step, 0.3), axis=0, mode="nearest")
        boxes = np.concatenate([centre - size / 2, centre + size / 2], axis=1)
    rows = [
        Observation(row.pts, row.time_s, tuple(box), row.score, row.source, row.mask, row.scene)
        for row, box in zip(track.observations, boxes.tolist(), strict=True)
    ]
    return replace(track, observations=rows)

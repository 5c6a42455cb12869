"""Segments' tracks to a recording's: one object one track, however often the recording was cut.

Tables in, tables out, segment by segment in order of time; what is held is what may still go on.

Around a cut, both segments saw the same footage for a few seconds:

* tracks with the same boxes at the same moments are one (``crossing``); up to the middle of the overlap the
  earlier segment's observations count, which knows the past, then the later one's, which knows what follows;
* of what only one segment saw, each answers for its own half: what begins in the other's half and ends within
  the overlap is a beginner's error or a torn end, and is left out. Nothing outside overlaps is ever left out;
* what stands still when its segment ends, and is not seen by the next, has become part of the scene there.
  It waits: a track that begins in the same place, of a kindred class and colour, is that object going on,
  however long that took (a car parked from before the cut until after it: one track, one stay).

Tolerance: a stay that begins before a cut and is never seen to end is told until the end of that overlap. An
object that moves away while nobody's track sees it, and another of its class and colour that comes to stand
in exactly its place, would be taken for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.crossing import Crossing
from apercu.analysis.pieces import Piece, joined, pieces_of, to_tables
from apercu.analysis.tracklets import kin
from apercu.analysis.tracks import Tracks
from apercu.geometry import centres, iou, sides
from apercu.timecode import Timecode

_LEAST_LEFT = 4
_ALIVE_S = 1.0
_STILL_S, _STILL_SIZES = 2.0, 0.2
_SAME_PLACE, _SAME_COLOURS = 0.5, 0.3
_FIRST_BOXES = 3

Overlap = tuple[Timecode, Timecode]
"""What two segments both read: from the begin of the later to the end of the earlier one, exclusive."""


class Stitcher:
    """Takes in the tracks of segments in order, and gives out the recording's as soon as they are whole.

    Tracks are numbered from 1 in the order in which they are given out.
    """

    def __init__(self) -> None:
        self._count = 0
        self._open: list[Piece] = []
        self._standing: list[Piece] = []
        self._overlap: Overlap | None = None

    def add(self, tracks: Tracks, overlap: Overlap | None) -> Tracks:
        """Take in all tracks of the next segment and return those that are whole now.

        Args:
            tracks: of the segment, with all that it read.
            overlap: what it and the next one both read; None for the last segment.
        """
        pieces = list(pieces_of(tracks))
        if self._overlap is not None:
            pieces = self._going_on(self._across(pieces, *self._overlap))
        self._open = [] if overlap is None else [p for p in pieces if p.pts[-1] >= overlap[0].pts]
        still_open = {id(piece) for piece in self._open}
        whole = [piece for piece in pieces if id(piece) not in still_open]
        if overlap is None:
            whole, self._standing = self._standing + whole, []
        self._overlap = overlap
        given = to_tables(whole, self._count + 1)
        self._count += len(whole)
        return given

    def so_far(self, tracks: Tracks) -> Tracks:
        """Return all tracks not given out yet if these were the last; everything stays as it is.

        Args:
            tracks: of the segment that goes on, as far as it has come.
        """
        other = copy(self)
        other._standing = list(self._standing)
        return other.add(tracks, None)

    @property
    def begun_s(self) -> float:
        """When the earliest begins of what may still go on, seconds; infinite when nothing may."""
        return min((float(piece.times[0]) for piece in (*self._open, *self._standing)), default=np.inf)

    def _across(self, pieces: Sequence[Piece], begin: Timecode, end: Timecode) -> list[Piece]:
        """Return what was open and the next segment's tracks put together, without what one saw wrongly."""
        before, middle = self._open, (begin.pts + end.pts) // 2
        after = [piece for piece in pieces if piece.pts[0] < end.pts]
        crossing = Crossing(before, after, begin.pts, end.pts)
        groups = crossing.groups()
        found = [
            _across_the_middle([before[row] for row in rows], [after[row] for row in columns], middle)
            for rows, columns in groups
        ]
        for row in sorted(set(range(len(before))).difference(*(rows for rows, _ in groups))):
            piece = before[row]
            if crossing.doubled(0, row):
                found += _left(piece.only(piece.pts < middle), begin, end)
            elif _stands(piece, float(end)):
                self._standing.append(piece)
            elif piece.pts[0] < middle:
                found.append(piece)
        for column in sorted(set(range(len(after))).difference(*(columns for _, columns in groups))):
            piece = after[column]
            if crossing.doubled(1, column):
                found += _left(piece.only(piece.pts >= middle), begin, end)
            elif piece.pts[-1] >= middle:
                found.append(piece)
        return found + [piece for piece in pieces if piece.pts[0] >= end.pts]

    def _going_on(self, pieces: list[Piece]) -> list[Piece]:
        """Return the pieces, those that begin where something stood joined to it; the earliest first."""
        for k in sorted(range(len(pieces)), key=lambda k: int(pieces[k].pts[0])):
            likely = [(_likeness(stood, pieces[k]), i) for i, stood in enumerate(self._standing)]
            best, i = max(likely, default=(0.0, 0))
            if best > 0:
                both = [self._standing.pop(i), pieces[k]]
                pieces[k] = joined(both, [np.ones(len(piece.pts), np.bool_) for piece in both])
        return pieces


def _across_the_middle(before: Sequence[Piece], after: Sequence[Piece], middle: int) -> Piece:
    """Return one object's track: up to the middle as the earlier segment saw it, then as the later one did.

    Where one of them did not see it, the other's observations fill in.
    """
    kept = [
        (piece.pts < middle) == is_earlier
        for side, is_earlier in ((before, True), (after, False))
        for piece in side
    ]
    for side, others, own in ((before, after, kept[: len(before)]), (after, before, kept[len(before) :])):
        for piece, keep in zip(side, own, strict=True):
            keep |= ~_covered(piece.pts, others)
    return joined([*before, *after], kept)


def _covered(pts: NDArray[np.int64], pieces: Sequence[Piece]) -> NDArray[np.bool_]:
    """Return which timecodes (n,) lie between begin and end of one of the pieces."""
    inside = [(pts >= piece.pts[0]) & (pts <= piece.pts[-1]) for piece in pieces]
    return np.asarray(np.any(inside, axis=0))


def _left(piece: Piece | None, begin: Timecode, end: Timecode) -> list[Piece]:
    """Return what is left of a track, unless that is too little and lies all within the overlap."""
    if piece is None:
        return []
    beyond = piece.pts[0] < begin.pts or piece.pts[-1] >= end.pts
    return [piece] if beyond or len(piece.pts) >= _LEAST_LEFT else []


def _stands(piece: Piece, end_s: float) -> bool:
    """Return whether a track was there when its segment ended, and did not move any more."""
    last_s = float(piece.times[-1])
    if last_s < end_s - _ALIVE_S or piece.times[0] > last_s - _STILL_S:
        return False
    lately = piece.boxes[piece.times >= last_s - _STILL_S]
    size = float(np.sqrt(np.prod(np.median(sides(lately), axis=0).clip(1))))
    return bool(np.ptp(centres(lately), axis=0).max() < _STILL_SIZES * size)


def _likeness(stood: Piece, piece: Piece) -> float:
    """Return how well a track begins where another stood (IoU), 0 where it cannot be the same object."""
    if piece.pts[0] <= stood.pts[-1] or not kin(np.array(stood.class_index), np.array(piece.class_index)):
        return 0.0
    if _alike(stood, piece) < _SAME_COLOURS:
        return 0.0
    first = np.median(piece.boxes[:_FIRST_BOXES], axis=0)
    last = np.median(stood.boxes[-_FIRST_BOXES:], axis=0)
    overlap = float(iou(first[None], last[None])[0, 0])
    return overlap if overlap >= _SAME_PLACE else 0.0


def _alike(a: Piece, b: Piece) -> float:
    """Return the share of colours that two tracks have in common, 1 where one's are not known."""
    shares = [dict(zip(p.row["colours"], p.row["colour_shares"], strict=True)) for p in (a, b)]
    if not all(shares):
        return 1.0
    return float(sum(min(share, shares[1].get(name, 0.0)) for name, share in shares[0].items()))

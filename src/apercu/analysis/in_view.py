"""Objects while they are in view: one number each, kept when one track ends and another goes on with it.

Whole tracks are known only when all is over. What watches a camera must know at once, with what is known
then: a track that goes on where another ended is the same object as soon as the linker would say so, and
something is an object from when it has gone as far as the linker wants of a track.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from apercu.analysis.detections import CLASSES
from apercu.analysis.linking import LEAST_HITS, Linker, goes_somewhere
from apercu.analysis.moment import Moment, Sight
from apercu.analysis.tracklet_ends import Piece
from apercu.analysis.tracklets import Source, Tracklet

_LINKED_S = 1.5
"""For so long after it began a piece may yet prove to go on with an earlier object: that may still fade."""
_LEAST_HITS, _LEAST_SEEN = 3, 2
_SOUGHT_S = 0.3
"""What is not seen for so long, though it should be in view, may be what was found next to there."""
_SELDOM = 10
"""What has not gone anywhere is looked at again when it was seen by a tenth more often."""


@dataclass(slots=True, eq=False)
class _Object:
    """What is known of one object.

    Attributes:
        number: from 1.
        begun_s: when it was first seen.
        piece: as it is tracked now, or was last.
        alone: whether this piece is all that is known of it, so that it may yet prove to be another.
        votes: of the pieces before.
        proven: whether it went somewhere.
        due: hits of its piece at which that is looked at again.
        gone: its piece when it was lost.
        shown: whether it was in a moment before this one.
        came: where it was before, in the moment that shows it first; see ``Moment``.
    """

    number: int
    begun_s: float
    piece: Tracklet
    alone: bool = True
    votes: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(CLASSES)))
    proven: bool = False
    due: int = LEAST_HITS
    gone: Piece | None = None
    shown: bool = False
    came: NDArray[np.float64] | None = None

    @property
    def class_index(self) -> int:
        votes = self.votes + self.piece.votes
        return int(votes.argmax()) if votes.any() else self.piece.class_index

    def show(self) -> None:
        """Take note that it is shown, the first time with where it was before."""
        before = [] if self.shown else self.piece.observations[:-1]
        self.came = np.array([(row.time_s, *row.box) for row in before]) if before else None
        self.shown = True

    def go_on(self, piece: Tracklet) -> None:
        """Go on as another piece."""
        self.votes = self.votes + self.piece.votes
        self.piece, self.alone, self.due, self.gone = piece, False, LEAST_HITS, None


class InView:
    """Numbers what a tracker has in view; memory does not grow with time.

    Args:
        linker: says which pieces are one track.
    """

    def __init__(self, linker: Linker) -> None:
        self._linker = linker
        self._next = 1
        self._of: dict[int, _Object] = {}
        self._lost: list[_Object] = []
        # Pieces that are still looked for, while what they were goes on as another.
        self._left: set[int] = set()

    def forget(self) -> None:
        """Forget everything: the camera moved."""
        self._of, self._lost, self._left = {}, [], set()

    def moment(
        self, live: Sequence[Tracklet], boxes: NDArray[np.float64], now_s: float, sight: Sight | None = None
    ) -> Moment:
        """Return what is in view now; called once for each picture, in order of time.

        Args:
            live: tracklets that go on.
            boxes: float64 (n, 4), where each is now.
            now_s: the present, seconds.
            sight: passed on.
        """
        self._lose(live, now_s)
        for piece in live:
            if piece.key in self._left and _is_seen(piece, now_s):
                self._begin_again(piece, now_s)
            elif piece.key not in self._of and piece.key not in self._left:
                self._begin(piece)
        self._link(live, now_s)
        rows = [row for row, piece in enumerate(live) if self._is_object(piece)]
        shown = [self._of[live[row].key] for row in rows]
        for each in shown:
            each.show()
        return Moment(
            now_s,
            True,
            np.array([each.number for each in shown], np.int64),
            np.array([each.class_index for each in shown], np.int64),
            np.asarray(boxes[rows], np.float64).reshape(-1, 4),
            np.array([each.begun_s for each in shown], np.float64),
            np.array([_is_seen(each.piece, now_s) for each in shown], np.bool_),
            {each.number: each.came for each in shown if each.came is not None},
            sight,
        )

    def _lose(self, live: Sequence[Tracklet], now_s: float) -> None:
        """Take note of what is not tracked any more, and forget what is gone for good."""
        kept = {key for piece in live for key in (piece.key, piece.follows)}
        self._left &= kept
        for key in [key for key in self._of if key not in kept]:
            lost = self._of.pop(key)
            if lost.piece.hits >= _LEAST_SEEN and lost.piece.observations:
                lost.gone = Piece.of(lost.piece)
                self._lost.append(lost)
        longest_s = self._linker.options.gap_s
        self._lost = [each for each in self._lost if now_s - _ended_s(each) <= longest_s]

    def _begin(self, piece: Tracklet) -> None:
        """Number a piece: as the one that it was cut from, or anew."""
        before = self._of.pop(piece.follows, None)
        if before is not None:
            before.go_on(piece)
            self._of[piece.key] = before
        else:
            self._of[piece.key] = _Object(self._next, piece.observations[0].time_s, piece)
            self._next += 1

    def _begin_again(self, piece: Tracklet, now_s: float) -> None:
        """Number a piece anew that is seen again, after what it was went on as another."""
        self._left.discard(piece.key)
        self._of[piece.key] = _Object(self._next, now_s, piece, shown=True)
        self._next += 1

    def _link(self, live: Sequence[Tracklet], now_s: float) -> None:
        """Let what began lately go on with what was lost, where the linker would."""
        fresh = [
            piece
            for piece in live
            if piece.hits >= _LEAST_HITS
            and piece.key in self._of
            and self._of[piece.key].alone
            and now_s - piece.observations[0].time_s <= _LINKED_S
        ]
        if not fresh:
            return
        # What is looked for in vain where it should be may have stopped or turned.
        begun = {piece.key for piece in fresh}
        sought = [
            piece
            for piece in live
            if piece.hits >= _LEAST_SEEN
            and piece.key in self._of.keys() - begun
            and now_s - _seen_s(piece) >= _SOUGHT_S
        ]
        candidates = [*self._lost, *(self._of[piece.key] for piece in sought)]
        lost = [each.gone for each in self._lost if each.gone is not None]
        lost += [Piece.of(replace(piece, observations=[*piece.observations]).trimmed()) for piece in sought]
        if not lost:
            return
        costs = self._linker.costs([*lost, *(Piece.of(piece) for piece in fresh)])[: len(lost), len(lost) :]
        taken = []
        for old, new in zip(*linear_sum_assignment(np.minimum(costs, 1.0)), strict=True):
            if costs[old, new] < 1:
                one, piece = candidates[old], fresh[new]
                if one.gone is None:
                    self._left.add(one.piece.key)
                    del self._of[one.piece.key]
                one.proven |= self._of[piece.key].proven
                one.go_on(piece)
                self._of[piece.key] = one
                taken.append(one)
        self._lost = [each for each in self._lost if each not in taken]

    def _is_object(self, piece: Tracklet) -> bool:
        """Return whether a piece has proven to be an object, and not a waving branch or a flicker."""
        one = self._of.get(piece.key)
        if one is None:
            return False
        if not one.proven and piece.hits >= one.due:
            one.due = piece.hits + 1 + piece.hits // _SELDOM
            one.proven = goes_somewhere(Piece.of(piece), self._linker.options)
        return one.proven


def _is_seen(piece: Tracklet, now_s: float) -> bool:
    last = piece.observations[-1]
    return last.time_s == now_s and last.source is not Source.PREDICTED


def _seen_s(piece: Tracklet) -> float:
    """Return when a piece was seen last."""
    return next((o.time_s for o in reversed(piece.observations) if o.source is not Source.PREDICTED), -np.inf)


def _ended_s(lost: _Object) -> float:
    return lost.piece.observations[-1].time_s

"""Which tracks of two segments are one object, told by what both saw while they overlapped.

Both saw the same footage there, so one object has nearly the same boxes in both at every moment. They need
not have looked at the same pictures: between two of them, boxes are interpolated.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.pieces import Piece
from apercu.analysis.tracklets import kin
from apercu.geometry import paired_iou

_SAME = 0.5
_LEAST_SHARED = 2
_DOUBLED = 0.5

Floats = NDArray[np.float64]
Group = tuple[list[int], list[int]]


class Crossing:
    """The tracks of two segments in the stretch of time that both saw.

    Args:
        before: tracks of the earlier segment that reach into the stretch.
        after: tracks of the later one that do.
        begin, end: the stretch in ticks, ``end`` exclusive.
    """

    def __init__(self, before: Sequence[Piece], after: Sequence[Piece], begin: int, end: int) -> None:
        self._sides = (before, after)
        seen = [piece.pts for side in self._sides for piece in side]
        moments = np.unique(np.concatenate([np.zeros(0, np.int64), *seen]))
        moments = moments[(moments >= begin) & (moments < end)]
        self._boxes = tuple(
            np.array([_at(piece, moments) for piece in side]).reshape(len(side), len(moments), 4)
            for side in self._sides
        )
        self._overlaps = self._overlap()

    def groups(self) -> list[Group]:
        """Return which tracks are one object: rows of ``before`` and rows of ``after``, at least one of each.

        The best pairs are joined first. An object may be in several pieces on either side, one after the
        other; two tracks that one segment saw at the same time are never one.
        """
        mean, shared = self._overlaps
        classes = [np.array([piece.class_index for piece in side], np.intp) for side in self._sides]
        possible = (mean >= _SAME) & (shared >= _LEAST_SHARED) & kin(classes[0][:, None], classes[1][None, :])
        rows, columns = np.nonzero(possible)
        group_of: dict[tuple[int, int], int] = {}
        groups: list[Group] = []
        for k in np.argsort(-mean[rows, columns], kind="stable"):
            pair = ((0, int(rows[k])), (1, int(columns[k])))
            numbers = [group_of.get(member) for member in pair]
            if numbers[0] is not None and numbers[0] == numbers[1]:
                continue
            whole: Group = ([], [])
            for member, number in zip(pair, numbers, strict=True):
                part: Group = groups[number] if number is not None else ([], [])
                if number is None:
                    part[member[0]].append(member[1])
                for side in (0, 1):
                    whole[side].extend(part[side])
            if not all(self._one_after_the_other(side, whole[side]) for side in (0, 1)):
                continue
            for side in (0, 1):
                for row in whole[side]:
                    group_of[side, row] = len(groups)
            groups.append(whole)
        return [groups[number] for number in sorted(set(group_of.values()))]

    def doubled(self, side: int, row: int) -> bool:
        """Return whether half of what one side (0 before, 1 after) saw of a track is in the other side's."""
        mine, others = self._boxes[side][row], self._boxes[1 - side]
        there = ~np.isnan(mine[:, 0])
        if not there.any() or not len(others):
            return False
        best = np.nanmax(np.nan_to_num(paired_iou(others[:, there], mine[None, there])), axis=0)
        return bool((best >= _SAME).mean() >= _DOUBLED)

    def _overlap(self) -> tuple[Floats, NDArray[np.intp]]:
        """Return for each pair (n, m) the mean IoU at the moments where both were seen, and their count."""
        before, after = self._boxes
        mean = np.zeros((len(before), len(after)))
        shared = np.zeros((len(before), len(after)), np.intp)
        for i, boxes in enumerate(before):
            overlaps = paired_iou(after, boxes[None])
            seen = ~np.isnan(overlaps)
            shared[i] = seen.sum(axis=1)
            mean[i] = np.where(seen, overlaps, 0).sum(axis=1) / np.maximum(shared[i], 1)
        return mean, shared

    def _one_after_the_other(self, side: int, rows: Sequence[int]) -> bool:
        spans = sorted(
            (int(piece.pts[0]), int(piece.pts[-1])) for piece in (self._sides[side][row] for row in rows)
        )
        return all(first[1] < second[0] for first, second in pairwise(spans))


def _at(piece: Piece, moments: NDArray[np.int64]) -> Floats:
    """Return where a track is at rising moments, float64 (t, 4); nan before it begins and after it ends."""
    boxes = np.stack([np.interp(moments, piece.pts, column) for column in piece.boxes.T], axis=1)
    boxes[(moments < piece.pts[0]) | (moments > piece.pts[-1])] = np.nan
    return boxes

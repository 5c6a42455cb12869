"""What a tracking or a mask is worth against the truth: TrackEval's metrics, fragments, precision and recall.

TrackEval is not a dependency of Aperçu; ``pip install trackeval`` brings it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rows import Mask, Rows

from apercu import geometry

try:
    from trackeval.metrics import CLEAR, HOTA, Identity
except ImportError as error:
    raise SystemExit(
        "TrackEval is missing, the benchmarks measure with it. Run: pip install trackeval"
    ) from error

_COVERED = 0.5
"""IoU from which a track covers an object."""
_LEAST_FRAMES = 3
"""A track that covers an object for fewer frames is no fragment of it."""


@dataclass(frozen=True, slots=True)
class TrackingScore:
    """How well tracks follow the true objects; definitions in TrackEval, fragments as below.

    Attributes:
        hota, det_a, ass_a: higher order tracking accuracy and its two parts, mean over IoU 0.05 to 0.95.
        mota, idf1: at IoU 0.5. idsw: identity switches.
        fragments: mean number of tracks that cover a true object (IoU 0.5 or more, best of the frame) for at
            least three frames; 1 is perfect.
        objects: true ones. found: those covered in any frame. tracks: given.
    """

    hota: float
    det_a: float
    ass_a: float
    mota: float
    idf1: float
    idsw: int
    fragments: float
    objects: int
    found: int
    tracks: int


def score_tracking(truth: Rows, tracked: Rows, frames: Sequence[int]) -> TrackingScore:
    """Compare tracks with the truth in the frames given; rows of other frames do not count."""
    truth, tracked = (rows[np.isin(rows.frames, frames)] for rows in (truth, tracked))
    true_ids, true_index = np.unique(truth.ids, return_inverse=True)
    found_ids, found_index = np.unique(tracked.ids, return_inverse=True)
    covered: defaultdict[int, Counter[int]] = defaultdict(Counter)
    columns: dict[str, list[NDArray[np.generic]]] = {"gt_ids": [], "tracker_ids": [], "similarity_scores": []}
    for frame in frames:
        mine, theirs = truth.frames == frame, tracked.frames == frame
        alike = geometry.iou(truth.boxes[mine], tracked.boxes[theirs])
        columns["gt_ids"].append(true_index[mine])
        columns["tracker_ids"].append(found_index[theirs])
        columns["similarity_scores"].append(alike)
        if alike.size:
            best = alike.argmax(axis=1)
            for row in np.flatnonzero(alike.max(axis=1) >= _COVERED):
                covered[int(true_index[mine][row])][int(found_index[theirs][best[row]])] += 1
    data = {
        **columns,
        "num_gt_ids": len(true_ids),
        "num_tracker_ids": len(found_ids),
        "num_timesteps": len(frames),
        "num_gt_dets": len(truth),
        "num_tracker_dets": len(tracked),
    }
    hota = HOTA().eval_sequence(data)
    clear = CLEAR({"PRINT_CONFIG": False}).eval_sequence(data)
    identity = Identity({"PRINT_CONFIG": False}).eval_sequence(data)
    pieces = [sum(n >= _LEAST_FRAMES for n in covered[k].values()) for k in range(len(true_ids))]
    return TrackingScore(
        hota=float(np.mean(hota["HOTA"])),
        det_a=float(np.mean(hota["DetA"])),
        ass_a=float(np.mean(hota["AssA"])),
        mota=float(clear["MOTA"]),
        idf1=float(identity["IDF1"]),
        idsw=int(clear["IDSW"]),
        fragments=float(np.mean(pieces)) if pieces else 0.0,
        objects=len(true_ids),
        found=sum(bool(covered[k]) for k in range(len(true_ids))),
        tracks=len(found_ids),
    )


def without_unclear(truth: Rows, clear: NDArray[np.bool_], tracked: Rows) -> tuple[Rows, Rows]:
    """Return the clear rows of the truth, and the tracked rows without those that follow an unclear one.

    An object that is hidden, or of which only a sliver is in the picture, may be tracked or not: a row whose
    best true box (IoU 0.3 or more) is not clear counts neither way.
    """
    counted = np.ones(len(tracked), np.bool_)
    for frame in np.unique(truth.frames[~clear]):
        mine, theirs = np.flatnonzero(truth.frames == frame), np.flatnonzero(tracked.frames == frame)
        alike = geometry.iou(tracked.boxes[theirs], truth.boxes[mine])
        if alike.size:
            counted[theirs] = (alike.max(axis=1) < 0.3) | clear[mine][alike.argmax(axis=1)]
    return truth[clear], tracked[counted]


@dataclass(slots=True)
class MaskScore:
    """Pixels of moving objects told right and wrong, summed over pictures."""

    hit: int = 0
    extra: int = 0
    missed: int = 0

    def add(self, truth: Mask, seen: Mask, counted: Mask | None = None) -> None:
        """Compare one picture (h, w); only ``counted`` pixels count, all when None."""
        if counted is not None:
            truth, seen = truth & counted, seen & counted
        hit = int(np.count_nonzero(truth & seen))
        self.hit += hit
        self.extra += int(np.count_nonzero(seen)) - hit
        self.missed += int(np.count_nonzero(truth)) - hit

    @property
    def precision(self) -> float:
        """Share of the pixels called moving that are; 1 when none are called so."""
        return self.hit / (self.hit + self.extra) if self.hit + self.extra else 1.0

    @property
    def recall(self) -> float:
        """Share of the moving pixels that are called so; 1 when there are none."""
        return self.hit / (self.hit + self.missed) if self.hit + self.missed else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 1 when there is nothing to find and nothing was found."""
        total = 2 * self.hit + self.extra + self.missed
        return 2 * self.hit / total if total else 1.0

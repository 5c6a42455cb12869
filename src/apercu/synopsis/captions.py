"""Where the labels stand: planned once for a tube and all its time on screen, so that none jumps or flickers.

A tube's label is planned when the tube comes on screen, around the labels that are planned already, which
keep their places. It rides along with its object in one of a few slots around it, glides to another slot
where that avoids a collision, and fades out for as long as there is no room for it at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_closing, binary_dilation, uniform_filter1d

from apercu.analysis.smoothing import smoothed

Boxes = NDArray[np.int32]

_SLOTS = np.array(
    # Of the object's and of the label's width and height, from the object's top centre: x, y, x, y.
    [
        (0.0, 0.0, -0.5, -1.0),
        (0.0, 1.0, -0.5, 0.0),
        (0.5, 0.0, 0.0, 0.0),
        (-0.5, 0.0, -1.0, 0.0),
        (0.0, 0.0, -0.5, -2.1),
        (0.5, 0.0, -0.1, -1.0),
        (-0.5, 0.0, -0.9, -1.0),
        (0.0, 0.0, -0.5, -3.2),
        (0.0, 1.0, -0.5, 1.1),
    ]
)
_PREFERENCE = np.array([0.0, 0.8, 1.0, 1.0, 0.9, 0.7, 0.7, 1.4, 1.5])
_COLLIDES, _HIDDEN, _MOVES = 8.0, 5.0, 3.0
_KEY_S = 0.25
_STEADY_S = 0.3
_FADE_S = 0.2
_LEAST_S = 0.8
_GAP = 2


@dataclass(frozen=True, slots=True)
class Caption:
    """Where one label stands.

    Attributes:
        start: output frame of the first row.
        corners: int32 (n, 2), left top corner at each frame, pixels.
        strength: float32 (n,), how opaque, 0 to 1.
        size: width and height, pixels.
    """

    start: int
    corners: Boxes
    strength: NDArray[np.float32]
    size: tuple[int, int]

    @property
    def end(self) -> int:
        """The first output frame without it."""
        return self.start + len(self.corners)

    def at(self, frame: int) -> tuple[int, int, float]:
        """Return x, y and strength at an output frame within."""
        x, y = self.corners[frame - self.start].tolist()
        return x, y, float(self.strength[frame - self.start])


class Captions:
    """The labels on screen.

    Args:
        width, height: of the output, pixels.
        rate: output frames per second.
        taken: boxes x1 y1 x2 y2 that are never written on: the notice, the bar.
    """

    def __init__(self, width: int, height: int, rate: float, taken: list[tuple[int, int, int, int]]) -> None:
        self._width, self._height, self._rate = width, height, rate
        self._taken = np.array(taken, np.int32).reshape(-1, 4)
        self._planned: list[Caption] = []

    def plan(self, start: int, boxes: NDArray[np.float32], size: tuple[int, int]) -> Caption:
        """Return where a tube's label stands from now on.

        Args:
            start: output frame at which the tube begins; never before that of the last one planned.
            boxes: float32 (n, 4), the tube's boxes in pixels.
            size: width and height of the label, pixels.
        """
        self._planned = [caption for caption in self._planned if caption.end > start]
        steady = smoothed(boxes.astype(float), _STEADY_S * self._rate)
        slots = self._slots(steady, size)
        step = max(1, round(_KEY_S * self._rate))
        keys = np.unique(np.append(np.arange(0, len(boxes), step), len(boxes) - 1))
        chosen = self._chosen(start, slots, keys, size)
        offsets = np.where(chosen < len(_SLOTS), chosen, -1)
        for i in range(1, len(offsets)):  # while it is hidden it stays where it was
            if offsets[i] < 0:
                offsets[i] = offsets[i - 1]
        offsets[offsets < 0] = next((o for o in offsets.tolist() if o >= 0), 0)
        anchors = slots[keys, offsets] - steady[keys, :2]
        way = np.column_stack([np.interp(np.arange(len(boxes)), keys, anchors[:, i]) for i in (0, 1)])
        corners = steady[:, :2] + uniform_filter1d(way, step, axis=0, mode="nearest")
        room = np.maximum([self._width - size[0], self._height - size[1]], 0)
        placed = np.clip(np.round(corners), 0, room).astype(np.int32)
        caption = Caption(start, placed, self._strength(start, placed, size), size)
        self._planned.append(caption)
        return caption

    def _slots(self, boxes: NDArray[np.floating], size: tuple[int, int]) -> NDArray[np.float64]:
        """Return the label's left top corner (n, slots, 2) in every slot, moved into the picture."""
        spans = (boxes[:, 2:] - boxes[:, :2])[:, None]
        top = np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 1]])[:, None]
        corners = top + _SLOTS[:, :2] * spans + _SLOTS[:, 2:] * np.array(size) + _GAP * np.sign(_SLOTS[:, 2:])
        room = np.maximum([self._width - size[0], self._height - size[1]], 0)
        return np.asarray(np.clip(corners, 0, room))

    def _chosen(
        self, start: int, slots: NDArray[np.float64], keys: NDArray[np.int_], size: tuple[int, int]
    ) -> NDArray[np.int_]:
        """Return the cheapest slot (k,) at each key frame; one beyond the last means hidden (Viterbi)."""
        at = slots[keys]
        cost = np.tile(_PREFERENCE, (len(keys), 1))
        for box in self._taken:
            cost += _COLLIDES * _touch(at, size, np.broadcast_to(box, (len(keys), 1, 4)))
        for other in self._planned:
            rows = keys + start - other.start
            there = rows < len(other.corners)
            rows = np.minimum(rows, len(other.corners) - 1)
            seen = there & (other.strength[rows] > 0)
            if seen.any():
                corner = other.corners[rows]
                box = np.concatenate([corner, corner + np.array(other.size)], axis=1)[:, None]
                cost += _COLLIDES * (_touch(at, size, box) & seen[:, None])
        cost = np.column_stack([cost, np.full(len(keys), _HIDDEN)])
        count = cost.shape[1]
        move = _MOVES * (1 - np.eye(count))
        best, came = cost[0], np.zeros((len(keys), count), np.int_)
        for k in range(1, len(keys)):
            ways = best[:, None] + move
            came[k] = ways.argmin(axis=0)
            best = ways.min(axis=0) + cost[k]
        chosen = np.zeros(len(keys), np.int_)
        chosen[-1] = int(best.argmin())
        for k in range(len(keys) - 1, 0, -1):
            chosen[k - 1] = came[k, chosen[k]]
        return chosen

    def _strength(self, start: int, corners: Boxes, size: tuple[int, int]) -> NDArray[np.float32]:
        """Return how opaque the label is (n,): gone where it would touch anything, fading around that."""
        count = len(corners)
        own = corners[:, None].astype(float)
        hidden = np.zeros(count, np.bool_)
        for box in self._taken:
            hidden |= _touch(own, size, np.broadcast_to(box, (count, 1, 4)))[:, 0]
        for other in self._planned:
            begin = start - other.start
            part = other.corners[begin : begin + count]
            seen = other.strength[begin : begin + count] > 0
            box = np.concatenate([part, part + np.array(other.size)], axis=1)[:, None]
            hidden[: len(part)] |= _touch(own[: len(part)], size, box)[:, 0] & seen
        if not hidden.any():
            return np.ones(count, np.float32)
        fade = max(1, round(_FADE_S * self._rate))
        least = max(1, round(_LEAST_S * self._rate))
        # Gone or shown for too short a time it would only flicker.
        wide = binary_dilation(hidden, np.ones(2 * fade + 1, np.bool_))
        longer = np.pad(wide, least, constant_values=True)
        kept = binary_closing(longer, np.ones(least, np.bool_))[least:-least]
        apart = binary_dilation(kept, np.ones(2 * fade + 1, np.bool_))
        shown = uniform_filter1d((~apart).astype(np.float32), 2 * fade + 1, mode="nearest")
        return np.where(kept, np.float32(0), shown)


def _touch(
    corners: NDArray[np.floating], size: tuple[int, int], boxes: NDArray[np.integer]
) -> NDArray[np.bool_]:
    """Return whether labels at corners (n, k, 2) touch boxes (n, 1, 4), with a gap: bool (n, k)."""
    x, y = corners[..., 0], corners[..., 1]
    return np.asarray(
        (x < boxes[..., 2] + _GAP)
        & (boxes[..., 0] < x + size[0] + _GAP)
        & (y < boxes[..., 3] + _GAP)
        & (boxes[..., 1] < y + size[1] + _GAP)
    )

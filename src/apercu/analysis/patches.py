"""Patches of the scene that changed and stay so: something was put there, or is not there any more.

Two pictures are kept of every cell: how the scene looks, learned slowly where nobody is, and how it looks
lately. Where the second keeps still and differs from the first, the scene changed (Porikli, Ivanov, Haga,
"Robust abandoned object detection using dual foregrounds", EURASIP Journal on Advances in Signal Processing
2008). What sort of change it is, the outline tells: drawn in the picture, something came; drawn in the scene,
something went. Texture that shows through is light, and what is found again close by was only moved.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.analysis.moment import Sight
from apercu.analysis.shadows import only_light
from apercu.analysis.what_changed import drawn, is_light, is_piece_of_light, is_shifted

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Rows = tuple[slice, slice]

_ACROSS = 400
"""Cells across that the picture is brought near to."""
_EVERY_S = 0.38
_TILES = (8, 5)
_LEAST_GAIN, _MOST_GAIN = 0.6, 1.6
_DIFFERS, _SAME = 12.0, 9.0
"""Levels of brightness or colour: from the scene, and of what keeps still."""
_LATELY = 0.25
_AROUND = 0.1
"""A box may be so much too small on each side, as a share of it."""
_LEARN_S = 40.0
_STILL_S, _KNOWN_S = 2.0, 8.0
_LEAST_CELLS, _LEAST_SIDE, _MOST_SHARE = 12, 3, 0.04
_SAME_PATCH, _WHOLE, _PART = 0.3, 0.7, 0.5
_DRAWN = 0.15
"""What is drawn to a smaller share, in the picture or the scene, is drawn in neither."""
_BESIDE = 24
"""Cells around a patch that tell what it is."""
_ALIKE, _WITHIN_SIZES, _EMPTY_THERE = 0.8, 1.5, 0.3
_FORGET_S, _ACCEPT_S, _SETTLE_S = 60.0, 60.0, 1.0
_NEWS_S = 10.0
"""What has kept still in full view for longer and is no patch yet is what is left of a larger change."""
_MOST_PATCHES = 64
_VOTES = 25
"""What a patch is, its first ten seconds tell: after that it is the light around it that changes."""

LASTS_S = 900.0
"""After so long a change is part of the scene, seconds."""


class Change(Enum):
    """What happened to a patch of the scene."""

    CAME = "came"
    """Something is there that was not."""
    WENT = "went"
    """Something is not there that was."""
    MOVED = "moved"
    """Something was moved a little: it is still there, close by."""
    LIGHT = "light"
    """It only got lighter or darker."""
    UNCLEAR = "unclear"
    """None of these can be told."""


@dataclass(slots=True)
class Patch:
    """A patch that changed and stays so.

    Attributes:
        number: from 1.
        box: x1 y1 x2 y2 in pixels.
        change: what happened.
        free_s: second at which the scene was last seen there as it was.
        still_s: second since which it is as it is now.
        seen_s: second at which it was last seen.
    """

    number: int
    box: tuple[float, float, float, float]
    change: Change
    free_s: float
    still_s: float
    seen_s: float
    rows: Rows
    cells: int = 0
    back_s: float | None = None
    votes: dict[Change, int] = field(default_factory=dict)

    @property
    def sure(self) -> bool:
        """Whether enough pictures have said what happened."""
        return sum(self.votes.values()) >= _VOTES

    def take(self, change: Change) -> None:
        """Take what one picture says happened; what most of them say is what did."""
        self.votes[change] = self.votes.get(change, 0) + 1
        self.change = max(self.votes, key=self.votes.__getitem__)


class Patches:
    """Finds patches of a steady camera's scene that changed; memory does not grow with time."""

    def __init__(self) -> None:
        self._next = 1
        self._found: list[Patch] = []
        self._last_s = -np.inf
        self._scene: Floats | None = None

    def forget(self) -> None:
        """Forget everything: the camera moved."""
        self._found, self._scene, self._last_s = [], None, -np.inf

    def see(self, sight: Sight, time_s: float, taken: NDArray[np.float64]) -> list[Patch]:
        """Take in one picture, later than those before, and return the patches there are.

        Five pictures in two seconds are looked at; for the others the answer is that of the one before.

        Args:
            sight: the picture.
            time_s: its second.
            taken: float64 (n, 4), boxes of objects in view, pixels: what is there is not the scene.
        """
        if time_s - self._last_s < _EVERY_S:
            return self._found
        step_s = min(time_s - self._last_s, 2.0)
        self._last_s = time_s
        height, width = sight.luma.shape
        factor = max(1, round(width / _ACROSS))
        size = width // factor, height // factor
        picture = np.zeros((*size[::-1], 3), np.float32)
        picture[..., 0] = cv2.resize(sight.luma, size, interpolation=cv2.INTER_AREA)
        if sight.frame is not None:
            coloured = cv2.cvtColor(sight.frame.bgr(size=size), cv2.COLOR_BGR2YCrCb)
            np.subtract(coloured[..., 1:], np.float32(128), out=picture[..., 1:])
        if self._scene is None or self._scene.shape != picture.shape:
            self._begin(picture, time_s)
            return self._found
        self._cell_px = sight.reduction * factor
        held = np.zeros(picture.shape[:2], np.bool_)
        sides = np.tile(taken[:, 2:] - taken[:, :2], 2) * (-_AROUND, -_AROUND, _AROUND, _AROUND)
        for x1, y1, x2, y2 in np.round((taken + sides) / self._cell_px).astype(int).clip(0).tolist():
            held[y1:y2, x1:x2] = True
        self._update(picture, held, time_s, step_s)
        return self._found

    def _begin(self, picture: Floats, time_s: float) -> None:
        self._found = []
        self._scene, self._now = picture.copy(), picture.copy()
        shape = picture.shape[:2]
        self._still_s, self._known_s = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        self._free_s = np.full(shape, time_s, np.float32)
        # How a cell looked when something hid it, and for how long it had been seen so.
        self._hidden, self._before_s = picture.copy(), np.zeros(shape, np.float32)

    def _update(self, picture: Floats, held: Mask, time_s: float, step_s: float) -> None:
        scene = self._scene
        assert scene is not None, "begun"
        lit = picture / _light(picture[..., 0], scene[..., 0])[..., None]
        same = _apart(lit, self._now) <= _SAME
        hides = (held | ~same) & (self._still_s >= _STILL_S)
        self._before_s[hides] = self._seen_so(hides)
        self._hidden[hides] = self._now[hides]
        kept = np.where(same, np.float32(1 - _LATELY), np.float32(0))[..., None]
        self._now = lit + kept * (self._now - lit)
        self._still_s = np.where(same & ~held, self._still_s + np.float32(step_s), np.float32(0))
        differs = _apart(lit, scene) > _DIFFERS
        free = ~differs & ~held
        # What is hardly known yet is the mean of what was seen.
        weight = np.maximum(step_s / _LEARN_S, step_s / (self._known_s + step_s))
        scene += np.where(free, weight, np.float32(0))[..., None] * (lit - scene)
        self._known_s = np.where(free, self._known_s + np.float32(step_s), self._known_s)
        self._free_s[free] = time_s
        self._before_s[free] = 0
        still = differs & ~held & (self._still_s >= _STILL_S)
        self._accept(still & (self._known_s < _KNOWN_S))
        seen_s = np.zeros(held.shape, np.float32)
        seen_s[still] = self._seen_so(still)
        # A piece that the scene takes up before the rest would look like another change.
        old = seen_s >= _ACCEPT_S
        for patch in self._found:
            old[patch.rows] = False
        self._accept(old)
        self._match(still & (self._known_s >= _KNOWN_S), seen_s, differs, held, time_s)
        self._end(differs, held, time_s)

    def _seen_so(self, cells: Mask) -> Floats:
        """Return for how long cells, n of (h, w), have been seen as they are in all: float32 (n,), seconds.

        What somebody hid and left as it was is no news.
        """
        again = _apart(self._now[cells], self._hidden[cells]) <= _SAME
        return np.asarray(self._still_s[cells] + again * self._before_s[cells], np.float32)

    def _accept(self, cells: Mask) -> None:
        """Take what is there now for the scene."""
        assert self._scene is not None, "begun"
        if cells.any():
            self._scene[cells] = self._now[cells]
            self._known_s[cells] = 0

    def _match(self, still: Mask, seen_s: Floats, differs: Mask, held: Mask, time_s: float) -> None:
        """Find patches, those known and new ones."""
        assert self._scene is not None, "begun"
        if not still.any():
            return
        solid = cv2.medianBlur(still.view(np.uint8), 3) * ~only_light(self._now[..., 0], self._scene[..., 0])
        image = cv2.morphologyEx(solid.view(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
        count, labels, stats, _ = cv2.connectedComponentsWithStats(image, connectivity=8)
        for label in range(1, count):
            x, y, w, h, cells = (int(value) for value in stats[label])
            if cells < _LEAST_CELLS or min(w, h) < _LEAST_SIDE or w * h > _MOST_SHARE * still.size:
                continue
            rows = np.s_[y : y + h, x : x + w]
            own = labels[rows] == label
            same = [patch for patch in self._found if _overlap(patch.rows, rows) > _SAME_PATCH]
            # Pieces that have grown together are one; what is left when most of one is gone is another.
            rest = [patch for patch in same if not _has_shrunk(patch, differs, held)]
            known = rest[0] if rest else None
            self._found = [patch for patch in self._found if patch is known or patch not in same]
            box = tuple(float(side * self._cell_px) for side in (x, y, x + w, y + h))
            if known is None:
                if len(self._found) >= _MOST_PATCHES:
                    continue
                free_s = float(np.median(self._free_s[rows][own]))
                began_s = time_s - float(np.median(seen_s[rows][own]))
                if time_s - began_s > _NEWS_S:
                    self._scene[rows][own] = self._now[rows][own]
                    continue
                known = Patch(self._next, (0, 0, 0, 0), Change.UNCLEAR, free_s, began_s, time_s, rows)
                self._next += 1
                self._found.append(known)
            if not known.sure:
                known.take(self._what(rows, own, differs))
            known.seen_s, known.back_s = time_s, None
            # Who stands before it hides some of it; who stood there and is away was no part of it.
            if cells >= min(known.cells, _WHOLE * _visible(known, differs, held)):
                known.cells, known.rows, known.box = cells, rows, (box[0], box[1], box[2], box[3])

    def _end(self, differs: Mask, held: Mask, time_s: float) -> None:
        """Forget patches that are as they were, and take for the scene those that have long been there."""
        left = []
        for patch in self._found:
            seen = ~held[patch.rows]
            back = seen.mean() > 0.5 and differs[patch.rows][seen].mean() < 0.25
            patch.back_s = None if not back else time_s if patch.back_s is None else patch.back_s
            if patch.back_s is not None and time_s - patch.back_s >= _SETTLE_S:
                continue
            lasts_s = _ACCEPT_S if patch.change in (Change.LIGHT, Change.MOVED) else LASTS_S
            if time_s - patch.seen_s > _FORGET_S or time_s - patch.still_s > lasts_s:
                mask = np.zeros(held.shape, np.bool_)
                mask[patch.rows] = ~held[patch.rows]
                self._accept(mask & differs)
                continue
            left.append(patch)
        self._found = left

    def _what(self, rows: Rows, own: Mask, differs: Mask) -> Change:
        """Return what happened to cells ``own`` of a box."""
        assert self._scene is not None, "begun"
        part = _grown(rows, _BESIDE, differs.shape)
        now, before = self._now[part], self._scene[part]
        mask = np.zeros(now.shape[:2], np.bool_)
        y, x = rows[0].start - part[0].start, rows[1].start - part[1].start
        mask[y : y + own.shape[0], x : x + own.shape[1]] = own
        if is_shifted(self._now[rows], self._scene[rows], own):
            return Change.MOVED
        if is_light(now, before, mask) or is_piece_of_light(now, before, mask, differs[part]):
            return Change.LIGHT
        share = drawn(now, before, mask)
        if share > _DRAWN:
            return Change.MOVED if self._is_near(rows, self._now, self._scene, differs) else Change.CAME
        if share < -_DRAWN:
            return Change.MOVED if self._is_near(rows, self._scene, self._now, differs) else Change.WENT
        return Change.UNCLEAR

    @staticmethod
    def _is_near(rows: Rows, there: Floats, other: Floats, differs: Mask) -> bool:
        """Return whether what is at a place in one picture is close by in the other, where more changed."""
        tight = _grown(rows, 1, differs.shape)
        template = there[tight]
        reach = round(_WITHIN_SIZES * max(template.shape[:2]))
        around = _grown(tight, reach, differs.shape)
        beside = np.count_nonzero(differs[around]) - np.count_nonzero(differs[tight])
        if beside < _EMPTY_THERE * np.count_nonzero(differs[rows]):
            return False
        scores = cv2.matchTemplate(other[around], template, cv2.TM_CCOEFF_NORMED)
        return bool(scores.max() > _ALIKE)


def _has_shrunk(patch: Patch, differs: Mask, held: Mask) -> bool:
    """Return whether much of a patch is as it was, and nobody hides any of it."""
    return _visible(patch, differs, held) < _PART * patch.cells


def _visible(patch: Patch, differs: Mask, held: Mask) -> float:
    """Return how many cells of a patch's box are changed; inf while somebody may hide some."""
    return np.inf if held[patch.rows].any() else float(np.count_nonzero(differs[patch.rows]))


def _apart(one: Floats, other: Floats) -> Floats:
    """Return how far cells (..., 3) are apart in what they differ most in, brightness or colour: (...)."""
    ways = np.abs(one - other)
    # Far quicker than the maximum over an axis of three.
    return np.asarray(np.maximum(np.maximum(ways[..., 0], ways[..., 1]), ways[..., 2]), np.float32)


def _light(picture: Floats, scene: Floats) -> Floats:
    """Return how bright the picture is against the scene, (h, w): smooth, and blind to what is small."""
    width, height = _TILES
    ratio = (picture + np.float32(4)) / (scene + np.float32(4))
    even = cv2.resize(ratio, (width * 24, height * 24), interpolation=cv2.INTER_NEAREST)
    tiles = np.median(even.reshape(height, 24, width, 24), axis=(1, 3)).astype(np.float32)
    tiles = cv2.medianBlur(tiles, 3).clip(_LEAST_GAIN, _MOST_GAIN)
    return np.asarray(cv2.resize(tiles, picture.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def _grown(rows: Rows, cells: int, shape: tuple[int, ...]) -> Rows:
    """Return a part of a picture (h, w) with so many cells more on every side."""
    y, x = rows
    return (
        slice(max(y.start - cells, 0), min(y.stop + cells, shape[0])),
        slice(max(x.start - cells, 0), min(x.stop + cells, shape[1])),
    )


def _overlap(one: Rows, other: Rows) -> float:
    """Return the share that two parts have in common, of the smaller one."""
    sides = [max(0, min(a.stop, b.stop) - max(a.start, b.start)) for a, b in zip(one, other, strict=True)]
    areas = [(part[0].stop - part[0].start) * (part[1].stop - part[1].start) for part in (one, other)]
    return float(sides[0] * sides[1] / min(areas))

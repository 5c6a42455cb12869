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
_ACROSS_RIM, _DRAWN = 1.5, 0.15
"""So many cells inside of what is around a patch; what is drawn to a smaller share, in the picture or the
scene, is drawn in neither."""
_TEXTURE, _SHOWS_THROUGH, _OWN_TEXTURE = 1.0, 0.5, 2.0
_CLEAR, _CLEARLY_OTHER, _CLEARLY_SAME = 2.0, 0.3, 0.7
"""Texture well above noise, and how it agrees with that of before when it is another, or the same."""
_DARKEST, _BRIGHTEST = 0.5, 1.8
"""What shade leaves of the light, and what sun adds to it."""
_PALER, _SHADED, _OTHER_COLOUR = 0.4, 0.7, 8.0
"""Light may wash out all but so much of a colour, shade hardly any beyond what it takes of the brightness;
both shift it so far at most, levels of colour difference."""
_BESIDE = 3
_BOTH, _EXPLAINED, _ABOUT, _SAMPLE = 0.25, 0.7, 0.4, 100
_ALIKE, _WITHIN_SIZES, _EMPTY_THERE = 0.8, 1.5, 0.3
_FORGET_S, _ACCEPT_S, _SETTLE_S = 60.0, 60.0, 1.0
_NEWS_S = 10.0
"""What has kept still in full view for longer and is no patch yet is what is left of a larger change."""
_MOST_PATCHES = 64
_VOTES = 25
"""What a patch is, its first ten seconds tell: after that it is the light around it that changes."""
_CROSS = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))

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
        clear = {each: count for each, count in self.votes.items() if each is not Change.UNCLEAR}
        self.change = max(clear, key=clear.__getitem__, default=Change.UNCLEAR)


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

    def _update(self, picture: Floats, held: Mask, time_s: float, step_s: float) -> None:
        scene = self._scene
        assert scene is not None, "begun"
        lit = picture / _light(picture[..., 0], scene[..., 0])[..., None]
        same = np.abs(lit - self._now).max(axis=2) <= _SAME
        kept = np.where(same, np.float32(1 - _LATELY), np.float32(0))[..., None]
        self._now = lit + kept * (self._now - lit)
        self._still_s = np.where(same & ~held, self._still_s + np.float32(step_s), np.float32(0))
        differs = np.abs(lit - scene).max(axis=2) > _DIFFERS
        free = ~differs & ~held
        # What is hardly known yet is the mean of what was seen.
        weight = np.maximum(step_s / _LEARN_S, step_s / (self._known_s + step_s))
        scene += np.where(free, weight, np.float32(0))[..., None] * (lit - scene)
        self._known_s = np.where(free, self._known_s + np.float32(step_s), self._known_s)
        self._free_s[free] = time_s
        still = differs & ~held & (self._still_s >= _STILL_S)
        self._accept(still & (self._known_s < _KNOWN_S))
        self._match(still & (self._known_s >= _KNOWN_S), differs, held, time_s)
        self._end(differs, held, time_s)
        # A piece that the scene takes up before the rest would look like another change.
        watched = np.zeros(held.shape, np.bool_)
        for patch in self._found:
            watched[patch.rows] = True
        self._accept(still & ~watched & (self._still_s >= _ACCEPT_S))

    def _accept(self, cells: Mask) -> None:
        """Take what is there now for the scene."""
        assert self._scene is not None, "begun"
        if cells.any():
            self._scene[cells] = self._now[cells]
            self._known_s[cells] = 0

    def _match(self, still: Mask, differs: Mask, held: Mask, time_s: float) -> None:
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
                began_s = time_s - float(np.median(self._still_s[rows][own]))
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
        mask = np.zeros(now.shape[:2], np.uint8)
        y, x = rows[0].start - part[0].start, rows[1].start - part[1].start
        mask[y : y + own.shape[0], x : x + own.shape[1]] = own
        if _is_shifted(self._now[rows], self._scene[rows], own):
            return Change.MOVED
        if _is_light(now, before, mask > 0):
            return Change.LIGHT
        drawn = _drawn(now, before, mask)
        if drawn > _DRAWN:
            return Change.MOVED if self._is_near(rows, self._now, self._scene, differs) else Change.CAME
        if drawn < -_DRAWN:
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


def _light(picture: Floats, scene: Floats) -> Floats:
    """Return how bright the picture is against the scene, (h, w): smooth, and blind to what is small."""
    width, height = _TILES
    ratio = (picture + np.float32(4)) / (scene + np.float32(4))
    even = cv2.resize(ratio, (width * 24, height * 24), interpolation=cv2.INTER_NEAREST)
    tiles = np.median(even.reshape(height, 24, width, 24), axis=(1, 3)).astype(np.float32)
    tiles = cv2.medianBlur(tiles, 3).clip(_LEAST_GAIN, _MOST_GAIN)
    return np.asarray(cv2.resize(tiles, picture.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def _drawn(now: Floats, before: Floats, own: NDArray[np.uint8]) -> float:
    """Return how far a patch is drawn in the picture, 1, or in the scene, -1.

    What is around it goes on into the empty scene, lines and all, and stops at a thing: cells just inside its
    outline are compared with those just outside, as a share of what changed there.
    """
    border = 3
    padded = cv2.copyMakeBorder(own, border, border, border, border, cv2.BORDER_CONSTANT)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, 5) - cv2.distanceTransform(1 - padded, cv2.DIST_L2, 5)
    depth = cv2.GaussianBlur(depth, (0, 0), 1.0)
    inwards = np.stack([cv2.Sobel(depth, cv2.CV_32F, 1, 0), cv2.Sobel(depth, cv2.CV_32F, 0, 1)])
    y, x = np.nonzero((cv2.dilate(padded, _CROSS) > 0) & (padded == 0))
    way = inwards[:, y, x] / np.maximum(np.hypot(*inwards[:, y, x]), np.float32(1e-3))
    at_x, at_y = (x + _ACROSS_RIM * way[0]).astype(np.float32), (y + _ACROSS_RIM * way[1]).astype(np.float32)
    inside, was_inside, outside, was_outside = (
        cv2.remap(image, at[0] - border, at[1] - border, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for at in ((at_x, at_y), (x.astype(np.float32), y.astype(np.float32)))
        for image in (now, before)
    )
    around = (outside + was_outside) / 2
    apart, was_apart = float(np.abs(inside - around).sum()), float(np.abs(was_inside - around).sum())
    return (apart - was_apart) / max(float(np.abs(inside - was_inside).sum()), 1.0)


def _is_shifted(now: Floats, before: Floats, own: Mask) -> bool:
    """Return whether what changed in a box (h, w, 3) is one thing, before and after it was moved a little.

    Then one shift explains it: what is seen now was seen before, so far away, or the other way round.
    """
    height, width = own.shape
    y, x = np.nonzero(own)
    few = np.linspace(0, len(y) - 1, min(len(y), _SAMPLE)).astype(int)
    y, x = y[few, None, None], x[few, None, None]
    # Not by whole cells: its own pattern is found again only about.
    about = max(_SAME, _ABOUT * float(np.median(np.abs(now - before)[..., 0][own])))
    down, right = np.mgrid[-height + 1 : height, -width + 1 : width]
    explained = []
    for here, there, way in ((now, before, -1), (before, now, 1)):
        at_y, at_x = y + way * down, x + way * right
        inside = (at_y >= 0) & (at_y < height) & (at_x >= 0) & (at_x < width)
        found = there[at_y.clip(0, height - 1), at_x.clip(0, width - 1)]
        explained.append(inside & (np.abs(found - here[y, x]) <= about).all(axis=3))
    cells = len(few)
    least = np.minimum(*(each.sum(axis=0) for each in explained)) > _BOTH * cells
    return bool((least & ((explained[0] | explained[1]).sum(axis=0) > _EXPLAINED * cells)).any())


def _is_light(now: Floats, before: Floats, own: Mask) -> bool:
    """Return whether only the light changed in a patch: its texture shows through, or it has none as before.

    What took more than half of the light away, or has a texture or a colour of its own, is no light.
    """
    inside = cv2.erode(own.view(np.uint8), _CROSS) > 0
    inside = inside if np.count_nonzero(inside) >= _LEAST_CELLS else own
    hue, hue_before = (np.median(image[inside][:, 1:], axis=0) for image in (now, before))
    now, before = now[..., 0], before[..., 0]
    fine = [(image - cv2.GaussianBlur(image, (0, 0), 1.5))[inside] for image in (now, before)]
    texture = min(float(each.std()) for each in fine)
    alike = float(np.corrcoef(fine[0], fine[1])[0, 1]) if texture >= _TEXTURE else 0.0
    if texture >= _CLEAR and alike < _CLEARLY_OTHER:
        return False
    ratio = float(np.median(now[inside]) + 2) / float(np.median(before[inside]) + 2)
    clearly = texture >= _CLEAR and alike > _CLEARLY_SAME
    if not (clearly or _DARKEST < ratio < _BRIGHTEST):
        return False
    share = float(hue @ hue_before) / max(float(hue_before @ hue_before), 1.0)
    share = min(max(share, (_SHADED if ratio < 1 else _PALER) * ratio), ratio)
    if np.hypot(*(hue - share * hue_before)) > _OTHER_COLOUR:
        return False
    if alike > _SHOWS_THROUGH:
        return True
    # Its rim is soft: the middle half of its cells is what counts.
    spread, spread_before = (
        float(np.median(np.abs(i - np.median(i)))) for i in (now[inside], before[inside])
    )
    even = spread < max(ratio, 1.0) * spread_before + _OWN_TEXTURE
    return even and spread_before < max(1 / ratio, 1.0) * spread + _OWN_TEXTURE


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

"""What changed in the scene, and who was there: a patch by itself says nothing, who brought it says all."""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.detections import CLASSES
from apercu.analysis.patches import Change, Patch, Patches
from apercu.events.event import Box
from apercu.events.view import AGAIN_S, View
from apercu.geometry import area, gaps, shared

Floats = NDArray[np.float64]

_EVERY_S, _REMEMBERED_S = 0.38, 120.0
_BEFORE_S, _AFTER_S, _HIDDEN_S = 5.0, 1.0, 30.0
"""Who was there: from when the place was last free, but so long before at most and at least, until so long
after."""
_REACH = 0.3
"""How far beside a box something may be put down, as a share of the box's height."""
_ITSELF, _ITSELF_HIGH = 0.5, 0.6
"""A patch with a larger share of an object's box, and of its height, is that object: it stands, or left."""
_FEET, _SWOLLEN = 0.25, 1.25
"""What was put down stands no higher above the feet of who was lost there, as a share of their height; a box
so much higher than they are has others or a shadow in it."""
_LATE_S, _PACE = 3.0, 0.8
"""Who is first seen so long after came from as near as one walks since: heights per second."""
_BEGAN_HERE, _HOLE = 0.3, 0.5
"""What was taken for scene and drives off begins where the scene changes, and leaves a hole as large as it
was: such a share. Who is followed only from where they take a thing leaves a small one."""
_PIECE, _FADES = 0.5, 0.998
"""A box so much lower than its object was is not that object: its track went on with what it left."""
_SAME = 0.4
"""A patch whose box has less of what it was in common with it, as a share of both, is another."""
_MOST_OWNERS = 256
_PERSON = CLASSES.index("person")
_RATHER = _PERSON, CLASSES.index("other")
"""A person who touched it, or who has no name yet, rather than a car that drove past."""
_THINGS = tuple(CLASSES.index(name) for name in ("bag", "other"))
"""What stands under one of these names may be what was put down: it hides nothing, and brought nothing."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where everything was at one moment."""

    time_s: float
    owners: NDArray[np.int64]
    classes: NDArray[np.int64]
    boxes: Floats


@dataclass(slots=True)
class Changed:
    """A patch of the scene that changed while somebody was there.

    Attributes:
        patch: what changed.
        by: number of who was there last when it did; None when nobody was, or nobody who came and went.
        by_class: index into ``CLASSES`` of that.
        by_height: pixels of its box, mostly.
        away: how far it was from the patch when it was last seen, in its own heights; inf when that was long
            ago.
        last_s, last: second and box at which it was last seen.
        judged: its box when it was found out who was there; None while it was not.
    """

    patch: Patch
    by: int | None = None
    by_class: int = -1
    by_height: float = 1.0
    away: float = 0.0
    last_s: float = -np.inf
    last: Floats = field(default_factory=lambda: np.zeros(4))
    judged: Box | None = None

    @property
    def box(self) -> Box:
        """Where, x1 y1 x2 y2 in pixels."""
        return self.patch.box

    @property
    def height(self) -> float:
        """Of the patch, pixels."""
        return self.patch.box[3] - self.patch.box[1]


@dataclass(slots=True)
class Changes:
    """What changed in a camera's scene, and who was there; it learns only when a rule wants it.

    Attributes:
        wanted: whether a rule does.
        now: changes there are, by number of the patch.
    """

    wanted: bool = False
    now: dict[int, Changed] = field(default_factory=dict)
    _patches: Patches = field(default_factory=Patches)
    _lately: deque[Sighting] = field(default_factory=deque)
    _began: dict[int, tuple[float, Floats]] = field(default_factory=dict)
    _high: dict[int, float] = field(default_factory=dict)

    def see(self, view: View, earlier: Sequence[View] = ()) -> None:
        """Take in one moment with everything in view, and what was seen earlier of who is known only now."""
        sight = view.sight
        if not self.wanted or sight is None:
            return
        if not view.steady:
            self._patches.forget()
            self._lately.clear()
            self.now, self._began, self._high = {}, {}, {}
            return
        for late in earlier:
            self._begin(late)
            self._remember(late)
        self._begin(view)
        view = view.of(self._whole(view))
        if not self._lately or view.time_s - self._lately[-1].time_s >= _EVERY_S:
            self._remember(view)
            while view.time_s - self._lately[0].time_s > _REMEMBERED_S:
                self._lately.popleft()
            self._forget_owners()
        hides = ~np.isin(view.classes, _THINGS) & ~self._named(view)
        found = self._patches.see(sight, view.time_s, view.boxes[hides])
        self.now = {patch.number: self.now.get(patch.number, Changed(patch)) for patch in found}
        for each in self.now.values():
            news = each.by is None and len(earlier) > 0
            if news or each.judged is None or _is_other(each.judged, each.box):
                self._decide(each)
            if each.by is not None:
                _look_for(each, view)
        here = {each.by for each in self.now.values() if each.by is not None and _is_part(each)}
        for each in self.now.values():
            lost = each.by is not None and view.time_s - each.last_s > AGAIN_S
            # While a piece of them is there, they are, whatever else there is of them: their shadow, say.
            if lost and each.by not in here:
                each.away = np.inf

    def _remember(self, view: View) -> None:
        """Remember where everything was, in order of time."""
        sighting = Sighting(view.time_s, view.owners, view.classes, view.boxes)
        insort(self._lately, sighting, key=attrgetter("time_s"))

    def _begin(self, view: View) -> None:
        """Remember where everything was first seen."""
        for owner, box in zip(view.owners.tolist(), view.boxes, strict=True):
            self._began.setdefault(owner, (view.time_s, box))

    def _whole(self, view: View) -> NDArray[np.bool_]:
        """Return which boxes are those of whole objects: bool (n,)."""
        heights = view.boxes[:, 3] - view.boxes[:, 1]
        for owner, height in zip(view.owners.tolist(), heights.tolist(), strict=True):
            self._high[owner] = max(height, _FADES * self._high.get(owner, 0.0))
        return np.asarray(heights > _PIECE * np.array([self._high[owner] for owner in view.owners.tolist()]))

    def _named(self, view: View) -> NDArray[np.bool_]:
        """Return which objects are a patch under another name: first seen as it, bool (n,).

        Nobody comes from within a thing that lies there, but a detector may call it a person after a while.
        """
        began = np.array([self._began[owner][1] for owner in view.owners.tolist()]).reshape(-1, 1, 4)
        patches = np.array([each.box for each in self.now.values()]).reshape(1, -1, 4)
        larger = np.maximum(area(began), area(patches))
        return np.asarray((shared(began, patches) > _ITSELF * larger).any(axis=1), np.bool_)

    def _forget_owners(self) -> None:
        if len(self._began) > _MOST_OWNERS:
            known = {int(owner) for sighting in self._lately for owner in sighting.owners}
            self._began = {owner: box for owner, box in self._began.items() if owner in known}
            self._high = {owner: area for owner, area in self._high.items() if owner in known}

    def _decide(self, each: Changed) -> None:
        """Find out who was there when the patch became as it is."""
        each.judged, each.by = each.box, None
        patch = np.array(each.box)
        large_px = area(patch)
        end_s = each.patch.still_s + _AFTER_S
        begin_s = min(max(each.patch.free_s, end_s - _HIDDEN_S), each.patch.still_s - _BEFORE_S)
        nearest = (len(_RATHER), np.inf)
        for sighting in self._lately:
            late_s = sighting.time_s - each.patch.still_s
            if sighting.time_s < begin_s or late_s > _LATE_S:
                continue
            for owner, kind, box in zip(
                sighting.owners.tolist(), sighting.classes.tolist(), sighting.boxes, strict=True
            ):
                began_s, began = self._began[owner]
                first = sighting.time_s - began_s < _EVERY_S
                if late_s > _AFTER_S and not first:
                    continue
                height = float(box[3] - box[1])
                apart = _apart(box, patch)
                if apart > (_REACH + (_PACE * max(late_s, 0.0) if first else 0.0)) * height:
                    continue
                common = shared(box, patch)
                low = each.height > _ITSELF_HIGH * height
                if low and kind in _THINGS and shared(began, patch) > _BEGAN_HERE * large_px:
                    continue
                large = large_px > _ITSELF * area(box) or kind != _PERSON
                itself = large and low and common > 0.5 * large_px
                if itself or (shared(began, patch) > _BEGAN_HERE * large_px and self._left_hole(each, began)):
                    each.by = None
                    return
                rank = _RATHER.index(kind) if kind in _RATHER else len(_RATHER)
                if (rank, apart) <= nearest:
                    nearest = rank, apart
                    each.by, each.by_class = owner, kind
                    each.last_s, each.last = sighting.time_s, box
                    each.by_height = self._usual_height(owner)
                    each.away = apart / each.by_height

    def _usual_height(self, owner: int) -> float:
        """Return how high an object's box mostly was: it swells where others or its shadow are in it."""
        boxes = np.concatenate([sighting.boxes[sighting.owners == owner] for sighting in self._lately])
        return float(np.median(boxes[:, 3] - boxes[:, 1]))

    def _left_hole(self, each: Changed, began: Floats) -> bool:
        """Return whether a patch is part of the hole that an object left which was taken for scene before."""
        if each.patch.change is not Change.WENT:
            return False
        hole = sum(float(shared(began, np.array(other.box))) for other in self.now.values())
        return hole > _HOLE * float(area(began))


def _look_for(each: Changed, view: View) -> None:
    """Find out how far away is who was there; who stands there may not be seen for a while."""
    rows = np.flatnonzero(view.owners == each.by)
    if len(rows):
        each.away = _apart(view.boxes[rows[0]], np.array(each.box)) / each.by_height
        each.last_s, each.last = view.time_s, view.boxes[rows[0]]


def _is_part(each: Changed) -> bool:
    """Return whether a patch is part of who was lost where they stood: above their feet.

    Where their feet are, a box that has swollen does not say.
    """
    patch = np.array(each.box)
    above, height = each.last[3] - patch[3], each.last[3] - each.last[1]
    told = height < _SWOLLEN * each.by_height and above > _FEET * height
    return bool(told and shared(each.last, patch) > 0.5 * area(patch))


def _is_other(judged: Box, box: Box) -> bool:
    """Return whether a patch is by now another than was judged: who stood there went, and a hole is left."""
    one, other = np.array(judged), np.array(box)
    common = shared(one, other)
    return bool(common < _SAME * (area(one) + area(other) - common))


def _apart(one: Floats, other: Floats) -> float:
    """Return the distance between two boxes, pixels; 0 where they touch."""
    return float(np.hypot(*np.maximum(gaps(one, other), 0)))

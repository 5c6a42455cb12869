"""Something that was left behind, and something that was taken away."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
import shapely
from pydantic import Field

from apercu.analysis.detections import CLASSES
from apercu.analysis.patches import LASTS_S, Change
from apercu.events.changes import Changed, Changes
from apercu.events.rule import AreaRule, ClassName
from apercu.events.site import Site, Watch
from apercu.events.situations import NO, PERHAPS, YES, Claims
from apercu.events.view import View
from apercu.statistics.scene import Area

_FIRST_NUMBER = -(1 << 40)
"""Patches are no objects: their numbers must not be those of any."""
_SEEN_S, _BACK_S = 1.0, 5.0


class _PatchRule(AreaRule):
    """A patch of the scene changed while somebody was there, and they left.

    Attributes:
        classes: who; also those that have no name yet, unless it says otherwise.
        zone: only within this zone.
        for_s: how long they must be away and the patch as it is, seconds.
        away: how far away is away, in their own heights. Who comes back for five seconds has not left.
        least: a patch whose size (square root of its area) is a smaller share of their own height is none.
        most: a patch that is higher than this share of their own height is none.
    """

    needs_picture: ClassVar[bool] = True

    classes: Annotated[tuple[ClassName, ...], Field(min_length=1)] = ("person", "other")
    for_s: Annotated[float, Field(ge=1, le=LASTS_S / 2)] = 20.0
    away: Annotated[float, Field(ge=0.2, le=10)] = 1.0
    least: Annotated[float, Field(ge=0, lt=1)] = 0.16
    most: Annotated[float, Field(gt=0, le=1)] = 0.6


class AbandonedObjectRule(_PatchRule):
    """Something stays where it was not before, and who was there when it came has left.

    It is told by how the scene looks: something of the size of a bag is there that was not, its outline is
    new, and it keeps still. A vehicle that parks, who stands still, light, and what was moved a little are
    none. Who is a person, or somebody without a name yet, unless ``classes`` says others. From pictures only:
    stored tracks do not tell.
    """

    kind: Literal["abandoned-object"]

    def watch(self, site: Site) -> Watch:
        """Return it at work."""
        return _Left(self, Change.CAME, site)


class RemovedObjectRule(_PatchRule):
    """Something that belonged to the scene is not there any more, and who was there when it went has left.

    The scene must have been seen with it for ten seconds or more. From pictures only: stored tracks do not
    tell.
    """

    kind: Literal["removed-object"]
    for_s: Annotated[float, Field(ge=1, le=LASTS_S / 2)] = 5.0

    def watch(self, site: Site) -> Watch:
        """Return it at work."""
        return _Left(self, Change.WENT, site)


class _Left:
    unit, of_objects, even_unsteady = "s", False, False

    def __init__(self, rule: _PatchRule, change: Change, site: Site) -> None:
        site.changes.wanted = True
        self.place, self.threshold = rule.zone, rule.for_s
        self._rule, self._change = rule, change
        self._changes: Changes = site.changes
        self._area: Area | None = rule.area(site)
        self._classes = tuple(CLASSES.index(name) for name in rule.classes)
        self._left_s: dict[int, float] = {}
        self._back_s: dict[int, float] = {}
        """When who was there left, and came back, by number of the patch."""

    def look(self, view: View) -> Claims:
        self._forget()
        found = [each for each in self._changes.now.values() if self._is_meant(each)]
        return Claims(
            np.array([_FIRST_NUMBER - each.patch.number for each in found], np.int64),
            np.array([self._verdict(each, view.time_s) for each in found], np.int8),
            boxes=np.array([each.box for each in found], np.float64).reshape(-1, 4),
            objects=tuple((each.by,) if each.by is not None else () for each in found),
        )

    def _is_meant(self, each: Changed) -> bool:
        x1, y1, x2, y2 = each.box
        if each.by is None or each.by_class not in self._classes:
            return False
        if each.height > self._rule.most * each.by_height:
            return False
        size = ((x2 - x1) * (y2 - y1)) ** 0.5
        if size < max(self._rule.least_px, self._rule.least * each.by_height):
            return False
        inside = self._area is None or shapely.intersects_xy(self._area.shape, (x1 + x2) / 2, y2)
        return bool(inside)

    def _verdict(self, each: Changed, now_s: float) -> int:
        number = each.patch.number
        if each.patch.change is not self._change:
            return NO
        if each.away >= self._rule.away:
            self._left_s.setdefault(number, now_s)
            self._back_s.pop(number, None)
            # Who stands before it may hide a thing that is taken up again; what went stays away.
            seen = now_s - each.patch.seen_s < _SEEN_S
            return YES if seen or self._change is Change.WENT else PERHAPS
        if number not in self._left_s:
            return NO
        # Who comes by again, or is taken for who left it, takes nothing back; who stays there does.
        back_s = self._back_s.setdefault(number, now_s)
        if now_s - back_s < _BACK_S or now_s - self._left_s[number] >= self.threshold + _BACK_S:
            return PERHAPS
        self._left_s.pop(number)
        self._back_s.pop(number)
        return NO

    def _forget(self) -> None:
        """Forget patches that are not there any more."""
        for of_patches in (self._left_s, self._back_s):
            for number in of_patches.keys() - self._changes.now.keys():
                del of_patches[number]

"""Movement against a direction: one that is given, that of a line, or the one that others usually take."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from apercu.events.flow import UsualFlow, headings
from apercu.events.rule import AreaRule, Place
from apercu.events.site import Problem, Site, Watch
from apercu.events.situations import NO, PERHAPS, YES, Claims
from apercu.events.view import View
from apercu.statistics.scene import Area
from apercu.statistics.stays import insides

Floats = NDArray[np.float64]


class WrongWayRule(AreaRule):
    """An object goes against a direction.

    It is said when its heading differs from the allowed one by ``angle`` or more and it has gone ``way``
    against it; it is over when the difference is 30 degrees less. While it stands, nothing changes.

    Attributes:
        direction: the allowed one in the picture, degrees clockwise from up: 90 is to the right.
        line: a line; to cross it towards ``to`` is allowed.
        to: which side, as one looks along the line from its first end to its second.
        usual: where things usually go is allowed. It is learned from what passes, in each part of the picture
            from eight objects on that mostly agree; where they do not, nothing is against it.
        zone: only within this zone.
        angle: how far from the allowed direction is against it, degrees.
        way: how far it must have gone against it, in its own sizes.
        for_s: how long it must go on after that, seconds.
    """

    kind: Literal["wrong-way"]
    direction: Annotated[float, Field(ge=0, le=360)] | None = None
    line: Place = Field("", min_length=0)
    to: Literal["right", "left"] = "right"
    usual: bool = False
    angle: Annotated[float, Field(ge=60, le=180)] = 120.0
    way: Annotated[float, Field(ge=0.5, le=20)] = 1.5
    for_s: Annotated[float, Field(ge=0)] = 0.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.direction is not None) + bool(self.line) + self.usual != 1:
            raise ValueError("takes one of: direction, line, usual = true")
        return self

    def problems(self, site: Site) -> Iterator[Problem]:
        """Yield why it cannot look at a site."""
        yield from site.missing("line", self.line)
        yield from super().problems(site)

    def watch(self, site: Site) -> Watch:
        """Return it at work."""
        allowed: Floats | UsualFlow = site.flow
        if self.direction is not None:
            angle = math.radians(self.direction)
            allowed = np.array([math.sin(angle), -math.cos(angle)])
        elif self.line:
            x, y = np.subtract(*site.line(self.line).ends[::-1])
            allowed = np.array([-y, x]) / math.hypot(x, y) * (1 if self.to == "right" else -1)
        return _Against(self, allowed, site)


class _Against:
    unit, of_objects, even_unsteady = "deg", True, False
    _OVER_DEG = 30.0

    def __init__(self, rule: WrongWayRule, allowed: Floats | UsualFlow, site: Site) -> None:
        self.place, self.threshold = rule.zone or rule.line, rule.angle
        self._way, self._allowed = rule.way, allowed
        self._area: Area | None = rule.area(site)
        self._size = site.scene.width, site.scene.height
        self._from: dict[int, Floats] = {}
        """Where each began to go against it."""

    def look(self, view: View) -> Claims:
        ways = headings(view)
        if isinstance(self._allowed, UsualFlow):
            allowed = self._allowed.see(view, *self._size)
        else:
            allowed = np.broadcast_to(self._allowed, ways.shape)
        apart = np.degrees(np.arccos((ways * allowed).sum(axis=1).clip(-1, 1)))
        against = apart >= self.threshold
        over = apart <= self.threshold - self._OVER_DEG
        if self._area is not None:
            inside, _, clear = insides(view.feet, view.sizes, self._area)
            against &= inside
            over |= ~inside & clear
        found = np.full(len(apart), PERHAPS, np.int8)
        for row, owner in enumerate(view.owners.tolist()):
            if over[row]:
                self._from.pop(owner, None)
                found[row] = NO
            elif against[row]:
                start = self._from.setdefault(owner, view.feet[row])
                gone = float((start - view.feet[row]) @ allowed[row])
                found[row] = YES if gone >= self._way * view.sizes[row] else PERHAPS
        for owner in view.gone:
            self._from.pop(owner, None)
        return Claims(view.owners, found, apart)

"""Something that came and stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from apercu.events.kinds.zone import verdicts
from apercu.events.rule import Place, Rule
from apercu.events.site import Problem, Site, Watch
from apercu.events.situations import NO, PERHAPS, YES, Claims
from apercu.events.view import View
from apercu.statistics.scene import Area

_SETTLED_S = 2.0


class StationaryRule(Rule):
    """An object that came stands: its feet stay about where they are.

    What stood there before anybody looked, as a parked car does, is part of the scene and no object.

    Attributes:
        for_s: how long it must stand, seconds.
        zone: only within this zone.
        within: how far its feet may move in the first two seconds, in sizes of the object; after that, twice
            as far.
    """

    kind: Literal["stationary"]
    for_s: Annotated[float, Field(ge=1)]
    zone: Place = Field("", min_length=0)
    within: Annotated[float, Field(gt=0, le=5)] = 0.4

    @property
    def lasts_s(self) -> float:
        """How long its condition must hold before it is met, seconds."""
        return self.for_s

    def problems(self, site: Site) -> Iterator[Problem]:
        """Yield why it cannot look at a site."""
        yield from site.missing("zone", self.zone)

    def watch(self, site: Site) -> Watch:
        """Return it at work."""
        return _Standing(self, site.zone(self.zone) if self.zone else None)


class _Standing:
    unit, of_objects, even_unsteady = "s", True, False

    def __init__(self, rule: StationaryRule, area: Area | None) -> None:
        self.place, self.threshold = rule.zone, rule.for_s
        self._within, self._area = rule.within, area
        self._where: dict[int, tuple[float, float, float]] = {}
        """Where each stands, if it does, and since which second."""

    def look(self, view: View) -> Claims:
        found = np.full(len(view.owners), PERHAPS, np.int8)
        for row, owner in enumerate(view.owners.tolist()):
            x, y = view.feet[row].tolist()
            there = self._where.setdefault(owner, (x, y, view.time_s))
            away = np.hypot(x - there[0], y - there[1]) / view.sizes[row]
            settled = view.time_s - there[2] >= _SETTLED_S
            if away > (2 if settled else 1) * self._within:
                self._where[owner] = (x, y, view.time_s)
                found[row] = NO
            else:
                found[row] = YES
        if self._area is not None:
            where = verdicts(view, self._area)
            # It may stand on the edge as well as it stands in it.
            found[where == NO] = NO
            found[(where == PERHAPS) & (found == YES)] = PERHAPS
        for owner in view.gone:
            self._where.pop(owner, None)
        return Claims(view.owners, found)

"""Something that came and stands."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from apercu.events.rule import AreaRule
from apercu.events.site import Site, Watch
from apercu.events.situations import NO, PERHAPS, YES, Claims
from apercu.events.view import View
from apercu.statistics.scene import Area
from apercu.statistics.stays import insides

_SETTLED_S, _GLITCH_S = 2.0, 1.0


class StationaryRule(AreaRule):
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
    within: Annotated[float, Field(gt=0, le=5)] = 0.4

    def watch(self, site: Site) -> Watch:
        """Return it at work."""
        return _Standing(self, self.area(site))


class _Standing:
    unit, of_objects, even_unsteady = "s", True, False

    def __init__(self, rule: StationaryRule, area: Area | None) -> None:
        self.place, self.threshold = rule.zone, rule.for_s
        self._within, self._area = rule.within, area
        self._where: dict[int, tuple[float, float, float]] = {}
        """Where each stands, if it does, and since which second."""
        self._away_s: dict[int, float] = {}
        """Since when it seems to be away from there."""

    def look(self, view: View) -> Claims:
        found = np.full(len(view.owners), PERHAPS, np.int8)
        for row, owner in enumerate(view.owners.tolist()):
            x, y = view.feet[row].tolist()
            there = self._where.setdefault(owner, (x, y, view.time_s))
            away = np.hypot(x - there[0], y - there[1]) / view.sizes[row]
            settled = view.time_s - there[2] >= _SETTLED_S
            if away <= (2 if settled else 1) * self._within:
                self._away_s.pop(owner, None)
                found[row] = YES
            # A box may be cut for a moment, where somebody passes in front.
            elif not settled or view.time_s - self._away_s.setdefault(owner, view.time_s) >= _GLITCH_S:
                self._away_s.pop(owner, None)
                self._where[owner] = (x, y, view.time_s)
                found[row] = NO
        if self._area is not None:
            # What stands does not come and go: just inside of the zone is inside.
            inside, _, clear = insides(view.feet, view.sizes, self._area)
            found[~inside & (found == YES)] = PERHAPS
            found[~inside & clear] = NO
        for owner in view.gone:
            self._where.pop(owner, None)
            self._away_s.pop(owner, None)
        return Claims(view.owners, found)

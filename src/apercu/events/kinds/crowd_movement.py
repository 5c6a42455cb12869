"""Many who change how they move at once."""

from __future__ import annotations

from collections import deque
from typing import Annotated, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from apercu.events.rule import AreaRule, ClassName
from apercu.events.site import Site, Watch
from apercu.events.situations import NO, PERHAPS, YES, Claims
from apercu.events.view import View
from apercu.statistics.scene import Area

_AGO_S = 1.2
"""A velocity is that of a second: what it was before does not share that second."""
_OVER = 0.5
_BROKEN_S = 2.0
_REACH = 6.0
"""Nobody runs farther in a second, in sizes of the object: 5 m/s, where a person is 0.8 m."""


class CrowdMovementRule(AreaRule):
    """Many change their speed or heading together: they run apart, or all turn round.

    Somebody has changed whose velocity differs by ``change`` from what it was a second before. Where all
    run at once, few are followed through it: whoever appears where somebody was lost just then, and is not
    taken for a known one, counts as that one. It is over when half of the share or less has.

    Attributes:
        classes: who.
        above: the share of those in view that must have changed.
        least: as many must have been in view together, for two seconds, within ``within_s``; fewer are no
            crowd.
        change: how much a velocity must differ, in sizes of the object per second: walking is about 1.3.
        within_s: changes that lie so far apart are still together, seconds.
        zone: only within this zone.
        for_s: how long the share must hold, seconds.
    """

    kind: Literal["crowd-movement"]
    classes: Annotated[tuple[ClassName, ...], Field(min_length=1)] = ("person",)
    above: Annotated[float, Field(gt=0, lt=1)] = 0.5
    least: Annotated[int, Field(ge=3)] = 6
    change: Annotated[float, Field(gt=0)] = 1.6
    within_s: Annotated[float, Field(ge=0.5, le=10)] = 2.0
    for_s: Annotated[float, Field(ge=0)] = 0.4

    def watch(self, site: Site) -> Watch:
        """Return it at work."""
        return _Together(self, self.area(site))


class _Seen(NamedTuple):
    """How somebody moved, in sizes per second, and where the feet were, in pixels, at a second."""

    time_s: float
    speed_x: float
    speed_y: float
    x: float
    y: float


class _Together:
    unit, of_objects, even_unsteady = "share", False, False

    def __init__(self, rule: CrowdMovementRule, area: Area | None) -> None:
        self.place, self.threshold = rule.zone, rule.above
        self._rule, self._area = rule, area
        self._before: dict[int, deque[_Seen]] = {}
        self._changed: dict[int, float] = {}
        self._crowd_s = -np.inf

    def look(self, view: View) -> Claims:
        view = view.within(self._area)
        known = self._learn(view)
        for owner in view.gone:
            self._before.pop(owner, None)
            self._changed.pop(owner, None)
        since_s = view.time_s - self._rule.within_s
        changed = {owner for owner, time_s in self._changed.items() if time_s >= since_s}
        lately = np.isin(view.owners, list(changed))
        count = int(known.sum())
        if count >= self._rule.least:
            self._crowd_s = view.time_s
        share = float(lately[known].mean()) if count else 0.0
        # Who runs is not seen in every picture: those of the last seconds must be as many of a crowd.
        weight = min(share, len(changed) / self._rule.least)
        if self._crowd_s < since_s or weight <= _OVER * self.threshold:
            verdict = NO
        else:
            verdict = YES if weight > self.threshold else PERHAPS
        rows = known & lately
        return Claims.of_scene(verdict, share, view.of(rows))

    def _learn(self, view: View) -> NDArray[np.bool_]:
        """Find out who changed, and return of whom it is known: bool (n,)."""
        known = np.zeros(len(view.owners), np.bool_)
        speeds = view.velocities / view.sizes[:, None]
        for row, owner in enumerate(view.owners.tolist()):
            x, y = speeds[row].tolist()
            if np.isnan(x):
                continue
            if owner not in self._before:
                self._before[owner] = self._lost_by(view, row)
            before = self._before[owner]
            before.append(_Seen(view.time_s, x, y, *view.feet[row].tolist()))
            while len(before) > 1 and view.time_s - before[1].time_s >= _AGO_S:
                before.popleft()
            was = before[0]
            if view.time_s - was.time_s >= _AGO_S - 1e-6:
                known[row] = True
                if np.hypot(x - was.speed_x, y - was.speed_y) >= self._rule.change:
                    self._changed[owner] = view.time_s
        return known

    def _lost_by(self, view: View, row: int) -> deque[_Seen]:
        """Take over what is known of the nearest who was lost lately within reach of a new one, if any."""
        here, (x, y), within = set(view.owners.tolist()), view.feet[row], {}
        for owner in self._before.keys() - here:
            last = self._before[owner][-1]
            since_s = view.time_s - last.time_s
            away = np.hypot(x - last.x, y - last.y) / view.sizes[row]
            if since_s <= _BROKEN_S and away <= 1 + _REACH * since_s:
                within[owner] = away
        return self._before.pop(min(within, key=lambda owner: (within[owner], owner))) if within else deque()

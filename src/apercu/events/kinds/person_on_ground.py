"""Somebody on the ground."""

from __future__ import annotations

from collections import deque
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from apercu.events.kinds.zone import verdicts
from apercu.events.rule import AreaRule, ClassName
from apercu.events.site import Site, Watch
from apercu.events.situations import NO, PERHAPS, YES, Claims
from apercu.events.view import View
from apercu.geometry import near_edges, sides
from apercu.statistics.scene import Area

_UPRIGHT, _WIDER = 1.5, 1.0
"""Height to width from which somebody stands, and below which not any more."""
_OVER = 0.15
_LEARN = 0.2
_EDGE_PX = 3.0
_OTHERS, _KEPT, _EVERY_S = 12, 240, 1.0


class PersonOnGroundRule(AreaRule):
    """A person's box is wider than high, and low against how high that person was upright.

    Who was not seen upright is held against the others: how high people are at that place of the picture is
    learned from those who walk through it, twelve sightings at least. It is over when the box is higher than
    wide again, or clearly higher than it was.

    Attributes:
        classes: who.
        low: share of the upright height below which it is low.
        for_s: how long it must last, seconds: who ties a shoe does not take so long.
        zone: only within this zone.
    """

    kind: Literal["person-on-ground"]
    classes: Annotated[tuple[ClassName, ...], Field(min_length=1)] = ("person",)
    low: Annotated[float, Field(gt=0, lt=1)] = 0.6
    for_s: Annotated[float, Field(ge=1)] = 5.0

    def watch(self, site: Site) -> Watch:
        """Return it at work."""
        area = self.area(site)
        return _Lying(self, area, (site.scene.width, site.scene.height))


class _Lying:
    unit, of_objects, even_unsteady = "share", True, False

    def __init__(self, rule: PersonOnGroundRule, area: Area | None, size: tuple[int, int]) -> None:
        self.place, self.threshold = rule.zone, rule.low
        self._area, self._size = area, size
        self._upright: dict[int, float] = {}
        """How high each is when it stands, pixels."""
        self._learned_s: dict[int, float] = {}
        self._others: deque[tuple[float, float]] = deque(maxlen=_KEPT)
        """Where feet were, and how high whose they are: of who walked."""

    def look(self, view: View) -> Claims:
        widths, heights = sides(view.boxes).T
        shapes = heights / widths.clip(1.0)
        cut = np.asarray(near_edges(view.boxes, self._size, _EDGE_PX).any(axis=1))
        speeds = np.asarray(np.hypot(*view.velocities.T) / view.sizes)
        found = np.full(len(view.owners), PERHAPS, np.int8)
        shares = np.ones(len(view.owners))
        for row, owner in enumerate(view.owners.tolist()):
            if cut[row]:
                continue
            high = float(heights[row])
            if shapes[row] >= _UPRIGHT:
                self._learn(owner, high, float(view.feet[row, 1]), float(speeds[row]), view.time_s)
            usual = self._upright.get(owner) or self._usual(float(view.feet[row, 1]))
            if usual is None:
                continue
            shares[row] = high / usual
            if shapes[row] > 1.2 * _WIDER or shares[row] > self.threshold + _OVER:
                found[row] = NO
            elif shapes[row] < _WIDER and shares[row] < self.threshold:
                found[row] = YES
        if self._area is not None:
            where = verdicts(view, self._area)
            found[where == NO] = NO
            found[(where == PERHAPS) & (found == YES)] = PERHAPS
        for owner in view.gone:
            self._upright.pop(owner, None)
            self._learned_s.pop(owner, None)
        return Claims(view.owners, found, shares)

    def _learn(self, owner: int, high: float, foot: float, speed: float, now_s: float) -> None:
        before = self._upright.get(owner, high)
        # Who gets up slowly is not that high, who is partly hidden neither.
        self._upright[owner] = before + _LEARN * (high - before) if high > 0.8 * before else before
        walks = speed > 0.3  # of NaN this is not true
        if walks and now_s - self._learned_s.get(owner, -np.inf) >= _EVERY_S:
            self._learned_s[owner] = now_s
            self._others.append((foot, high))

    def _usual(self, foot: float) -> float | None:
        """Return how high people are whose feet are in a row of the picture; None where nobody knows."""
        if len(self._others) < _OTHERS:
            return None
        feet, heights = np.array(self._others).T
        near = np.argsort(np.abs(feet - foot), kind="stable")[:_OTHERS]
        return _median(heights[near]) if np.ptp(feet[near]) <= 3 * _median(heights[near]) else None


def _median(values: NDArray[np.float64]) -> float:
    return float(np.median(values))

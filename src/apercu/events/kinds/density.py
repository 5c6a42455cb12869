"""Too many at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Annotated, Literal, Self

import numpy as np
import shapely
from pydantic import Field, model_validator

from apercu.analysis.ground import GroundPlane
from apercu.events.rule import AreaRule
from apercu.events.site import Problem, Site, Watch
from apercu.events.situations import NO, PERHAPS, YES, Claims
from apercu.events.view import View
from apercu.statistics.scene import Area

_MEDIAN_S = 2.0


class DensityRule(AreaRule):
    """There are more objects than a limit, all the time for its duration.

    Then it lasts until there are ``over`` of the limit or less.

    The number is the median over the last two seconds. Only what is told apart is counted: in a dense crowd
    the true number is higher.

    Attributes:
        above: the limit, objects.
        above_m2: the limit, objects per square metre of the zone; takes a calibrated camera and a zone.
        zone: within this zone; without, in the whole picture.
        over: share of the limit at which it is over.
        for_s: how long there must be so many, seconds.
    """

    kind: Literal["density"]
    above: Annotated[int, Field(ge=1)] | None = None
    above_m2: Annotated[float, Field(gt=0)] | None = None
    over: Annotated[float, Field(gt=0, le=1)] = 0.8
    for_s: Annotated[float, Field(ge=0)] = 3.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.above is None) == (self.above_m2 is None):
            raise ValueError("takes one of: above, above_m2")
        if self.above_m2 is not None and not self.zone:
            raise ValueError("takes a zone where it is about square metres")
        return self

    def problems(self, site: Site) -> Iterator[Problem]:
        """Yield why it cannot look at a site."""
        missing = [*super().problems(site)]
        yield from missing
        if self.above_m2 is None or missing:
            return
        uncalibrated = [*site.uncalibrated("above_m2")]
        yield from uncalibrated
        if not uncalibrated and not _square_metres(site.zone(self.zone), site.scene.plane) > 0:
            yield Problem(
                "zone",
                "lies where the ground cannot be measured, at least in part",
                "Draw it nearer to the camera.",
            )

    def watch(self, site: Site) -> Watch:
        """Return it at work."""
        area = self.area(site)
        if self.above is not None:
            return _Many(self, float(self.above), "objects", area, 1.0)
        assert area is not None and self.above_m2 is not None, "checked"
        metres = _square_metres(area, site.scene.plane)
        return _Many(self, self.above_m2, "objects/m2", area, metres)


class _Many:
    of_objects, even_unsteady = False, False

    def __init__(
        self, rule: DensityRule, threshold: float, unit: str, area: Area | None, share: float
    ) -> None:
        self.place, self.threshold, self.unit = rule.zone, threshold, unit
        self._rule, self._area, self._share = rule, area, share
        self._lately: deque[tuple[float, int]] = deque()
        self._since_s: float | None = None
        self._met = False

    def look(self, view: View) -> Claims:
        view = view.within(self._area)
        self._lately.append((view.time_s, len(view.owners)))
        while view.time_s - self._lately[0][0] > _MEDIAN_S:
            self._lately.popleft()
        # Where people pass behind one another, one is lost for a moment, and one found twice.
        there = _median(self._lately) / self._share
        known = view.time_s - self._lately[0][0] >= _MEDIAN_S / 2
        verdict = self._verdict(there, view.time_s) if known else PERHAPS
        return Claims.of_scene(verdict, there, view)

    def _verdict(self, there: float, now_s: float) -> int:
        """Return whether there are too many; a few less change nothing once there were for long enough."""
        if there > self.threshold:
            self._since_s = now_s if self._since_s is None else self._since_s
            self._met |= now_s - self._since_s >= self._rule.for_s
            return YES
        self._met &= there > self._rule.over * self.threshold
        if self._met:
            return PERHAPS
        self._since_s = None
        return NO


def _median(counts: Iterable[tuple[float, int]]) -> float:
    """Return the median over time of what was counted at some seconds: pictures come now fast, now slowly."""
    times, numbers = np.array([*counts], np.float64).T
    lasted = np.diff(times, prepend=times[0])
    order = np.argsort(numbers, kind="stable")
    shares = np.cumsum(lasted[order])
    return float(numbers[order][np.searchsorted(shares, shares[-1] / 2)])


def _square_metres(area: Area, plane: GroundPlane | None) -> float:
    """Return how much ground a zone covers; NaN where some of it cannot be measured."""
    assert plane is not None, "checked"
    corners = shapely.get_coordinates(shapely.segmentize(area.shape, max(area.depth / 4, 1.0)))
    metres = plane.to_metres(corners)
    if np.isnan(metres).any():
        return float("nan")
    if area.shape.geom_type == "Polygon":
        return float(shapely.area(shapely.make_valid(shapely.polygons(metres))))
    return float(shapely.area(shapely.transform(area.shape, plane.to_metres)))

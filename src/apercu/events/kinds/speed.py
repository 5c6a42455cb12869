"""Too fast."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from apercu.analysis.ground import GroundPlane
from apercu.events.rule import AreaRule
from apercu.events.site import Problem, Site, Watch
from apercu.events.situations import NO, PERHAPS, YES, Claims
from apercu.events.view import View
from apercu.geometry import near_edges
from apercu.statistics.lines import KMH
from apercu.statistics.scene import Area
from apercu.statistics.stays import insides

_EDGE = 0.01
Limit = Annotated[float, Field(gt=0)]


class SpeedRule(AreaRule):
    """An object is faster than a limit, over a second; it is over at nine tenths of the limit.

    What an edge of the picture cuts is not measured: its box grows, and that is no movement. Speeds are told
    in the unit of the limit.

    Attributes:
        above_px_s: the limit, pixels of the run per second.
        above_m_s: the same in metres per second on the ground; takes a calibrated camera.
        above_km_h: the same in kilometres per hour.
        zone: only within this zone.
        for_s: how long it must be so fast, seconds.
    """

    kind: Literal["speed"]
    above_px_s: Limit | None = None
    above_m_s: Limit | None = None
    above_km_h: Limit | None = None
    for_s: Annotated[float, Field(ge=0)] = 0.5

    @model_validator(mode="after")
    def _check(self) -> Self:
        if sum(limit is not None for limit in (self.above_px_s, self.above_m_s, self.above_km_h)) != 1:
            raise ValueError("takes one of: above_px_s, above_m_s, above_km_h")
        return self

    def problems(self, site: Site) -> Iterator[Problem]:
        """Yield why it cannot look at a site."""
        yield from super().problems(site)
        if self.above_px_s is None:
            yield from site.uncalibrated("above_m_s" if self.above_km_h is None else "above_km_h")

    def watch(self, site: Site) -> Watch:
        """Return it at work."""
        area = self.area(site)
        size = site.scene.width, site.scene.height
        if self.above_px_s is not None:
            return _Speeding(self.zone, self.above_px_s, "px/s", None, area, size)
        if self.above_km_h is not None:
            return _Speeding(self.zone, self.above_km_h, "km/h", site.scene.plane, area, size)
        return _Speeding(self.zone, self.above_m_s or 0.0, "m/s", site.scene.plane, area, size)


class _Speeding:
    of_objects, even_unsteady = True, False
    _OVER = 0.9

    def __init__(
        self,
        place: str,
        threshold: float,
        unit: str,
        plane: GroundPlane | None,
        area: Area | None,
        size: tuple[int, int],
    ) -> None:
        self.place, self.threshold, self.unit = place, threshold, unit
        self._plane, self._area, self._size = plane, area, size

    def look(self, view: View) -> Claims:
        speeds = self._speeds(view)
        found = np.where(speeds > self.threshold, YES, np.where(speeds < self._OVER * self.threshold, NO, 0))
        cut = near_edges(view.boxes, self._size, _EDGE * max(self._size)).any(axis=1)
        found = np.where(cut, PERHAPS, found)
        if self._area is not None:
            inside, _, clear = insides(view.feet, view.sizes, self._area)
            found = np.where(inside, found, np.where(clear, NO, PERHAPS))
        return Claims(view.owners, found.astype(np.int8), speeds)

    def _speeds(self, view: View) -> NDArray[np.float64]:
        if self._plane is None:
            return np.asarray(np.hypot(*view.velocities.T))
        # Half a second back and on: the middle of what the velocity was measured over.
        before = self._plane.to_metres(view.feet - view.velocities)
        now = self._plane.to_metres(view.feet)
        speeds = np.asarray(np.hypot(*(now - before).T))
        return KMH * speeds if self.unit == "km/h" else speeds

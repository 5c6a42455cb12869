"""Presence in a zone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from apercu.events.rule import AreaRule, Place
from apercu.events.site import Site, Watch
from apercu.events.situations import NO, PERHAPS, YES, Claims
from apercu.events.view import View
from apercu.search.places import CLEAR_SIZES
from apercu.statistics.scene import Area
from apercu.statistics.stays import insides


class ZoneRule(AreaRule):
    """An object is in a zone: its feet are.

    They are clearly in or out where they are ``margin`` away from the zone's edge (in a small zone, half as
    deep as one can be in it): one that trembles on the edge does not come and go.

    Attributes:
        zone: name of the zone.
        for_s: how long it must be there, seconds.
        margin: what is clear, in sizes of the object.
    """

    kind: Literal["zone"]
    zone: Place
    for_s: Annotated[float, Field(ge=0)] = 1.0
    margin: Annotated[float, Field(ge=0, le=2)] = CLEAR_SIZES

    def watch(self, site: Site) -> Watch:
        """Return it at work."""
        return _Presence(self.zone, self.for_s, site.zone(self.zone), self.margin)


@dataclass(frozen=True, slots=True)
class _Presence:
    place: str
    threshold: float
    area: Area
    margin: float
    unit: str = "s"
    of_objects: bool = True
    even_unsteady: bool = False

    def look(self, view: View) -> Claims:
        return Claims(view.owners, verdicts(view, self.area, self.margin))


def verdicts(view: View, area: Area, margin: float = CLEAR_SIZES) -> NDArray[np.int8]:
    """Return whether objects are clearly in an area, or clearly out of it: int8 (n,)."""
    inside, _, clear = insides(view.feet, view.sizes, area, margin)
    return np.where(clear, np.where(inside, YES, NO), PERHAPS).astype(np.int8)

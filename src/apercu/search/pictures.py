"""Places as they lie in the pictures of a camera, and the cells that whoever was there has touched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from apercu.analysis.cells import SIDE
from apercu.archive import RecordingRow
from apercu.archive.zones import Zones
from apercu.search.columns import Condition
from apercu.search.parts import Crossing, Place, Points
from apercu.search.places import in_pixels, polygon
from apercu.search.query import Query

_FAR = 1e9
_MARGIN = 1e-6

Area = Any
"""A prepared geometry in pixels."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a size, and what is named in it. Those of cameras with the same zones are the same.

    Attributes:
        width, height: pixels.
        zones: name, kind and points of each, see ``Zone``.
    """

    width: int
    height: int
    zones: tuple[tuple[str, str, Points], ...] = ()

    @classmethod
    def of(cls, zones: Zones, row: RecordingRow) -> Picture:
        """Return that of a recording."""
        named = zones.get(row.camera, {})
        told = tuple((name, zone.kind, tuple(zone.points)) for name, zone in sorted(named.items()))
        return cls(row.facts.width, row.facts.height, told)

    def area(self, place: Place) -> Area | None:
        """Return a place; None when the camera has no zone of this name."""
        if place.zone is None:
            return polygon(place.corners or (), place.unit, self.width, self.height)
        points = self._named(place.zone, "zone")
        return None if points is None else polygon(points, "normalised", self.width, self.height)

    def line(self, crossing: Crossing) -> NDArray[np.float64] | None:
        """Return a line in pixels, (2, 2); None when the camera has no line of this name."""
        if crossing.line is None:
            return in_pixels(crossing.points or (), crossing.unit, self.width, self.height)
        points = self._named(crossing.line, "line")
        return None if points is None else in_pixels(points, "normalised", self.width, self.height)

    def _named(self, name: str, kind: str) -> Points | None:
        return next((points for own, of, points in self.zones if (own, of) == (name, kind)), None)

    def cells(self, place: Place | Crossing) -> int:
        """Return the cells that a place touches, as the column ``cells`` tells them; 0 where it has none."""
        found: Area | None
        if isinstance(place, Crossing):
            line = self.line(place)
            found = None if line is None else shapely.linestrings(line)
        else:
            found = self.area(place)
        if found is None:
            return 0
        # Cells on the border hold what is outside of the picture, too.
        steps = np.arange(SIDE + 1) / SIDE
        x, y = steps * self.width, steps * self.height
        for sides in (x, y):
            sides[[0, -1]] = -_FAR, _FAR
        row, column = np.divmod(np.arange(SIDE * SIDE), SIDE)
        boxes = shapely.box(
            x[column] - _MARGIN, y[row] - _MARGIN, x[column + 1] + _MARGIN, y[row + 1] + _MARGIN
        )
        touched = np.flatnonzero(shapely.intersects(found, boxes))
        return sum(1 << bit for bit in touched.tolist())


def places_of(query: Query) -> Iterator[tuple[str, Place | Crossing]]:
    """Yield every place that feet must have touched, with its field; not those of nested queries."""
    yield from (("regions", region) for region in query.regions)
    yield from (("crossed", crossing) for crossing in query.crossed)
    yield from (("routes", place) for route in query.routes for place in (route.start, route.end))
    for field, stop in (("stopped", query.stopped), ("parked", query.parked)):
        if stop is not None and stop.place is not None:
            yield field, stop.place


def touching(query: Query, pictures: Sequence[Picture]) -> Iterator[Condition]:
    """Yield what must hold of the cells of every track that a query finds, nested queries left out.

    Args:
        query: what is asked.
        pictures: of each file that is read, in their order.
    """
    for field, place in places_of(query):
        bits = {picture: picture.cells(place) for picture in set(pictures)}
        if len(set(bits.values())) == 1:
            yield Condition(field, "cells & ?::ubigint <> 0", [bits[pictures[0]]])
        else:
            sql = "cells & list_extract(?::ubigint[], file_index::bigint + 1) <> 0"
            yield Condition(field, sql, [[bits[picture] for picture in pictures]])

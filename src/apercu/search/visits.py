"""Filters on places: where feet were, stood and went, by every observation of those that may be found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from apercu.archive import RecordingRow
from apercu.archive.zones import Zone, Zones
from apercu.errors import UnknownNameError
from apercu.search.candidates import Bools, Candidates, Floats, Indices
from apercu.search.parts import Crossing, Place, Side, Way
from apercu.search.places import (
    in_pixels,
    longest_stays_s,
    polygon,
    those_across,
    those_back,
    those_from_to,
    those_there,
)
from apercu.search.query import Query

FIELDS = ("regions", "crossed", "routes", "stopped", "parked", "turned_back")
"""The filters that are decided here, in this order."""

Area = Any
"""A prepared geometry, or None for everywhere."""

_Test = Callable[[Indices, Floats, Floats, Floats], Bools]
"""Of owners, feet, times and sizes: which tracks pass."""


def check_zones(query: Query, zones: Zones) -> None:
    """Say which zone or line no camera has.

    Raises:
        UnknownNameError: it lists those there are.
    """
    for part in query.walk():
        routes = [place for route in part.routes for place in (route.start, route.end)]
        stops = [stop.place for stop in (part.stopped, part.parked) if stop is not None and stop.place]
        named = [("zone", place.zone) for place in (*part.regions, *routes, *stops)]
        named += [("line", crossing.line) for crossing in part.crossed]
        for kind, name in named:
            known = sorted({z.name for of in zones.values() for z in of.values() if z.kind == kind})
            if name is not None and name not in known:
                raise UnknownNameError(kind, name, known or ["(none is named: apercu zone add)"])


def visiting(scene: Candidates, query: Query, among: Indices) -> tuple[Indices, dict[str, int]]:
    """Return those that were, stood and went where a query asks; and how many each filter left."""
    left = {name: 0 for name in FIELDS if getattr(query, name) != type(query).model_fields[name].default}
    if not left:
        return among, {}
    kept = [among[:0]]
    for row, mine in scene.views(among):
        picture = _Picture.of(scene.zones, row)
        tests, bounds = picture.tests(query)
        if tests is None:
            continue
        for x1, y1, x2, y2 in bounds:
            edges = (scene.column(name)[mine] for name in ("x1", "y1", "x2", "y2"))
            low_x, low_y, high_x, high_y = edges
            mine = mine[(low_x <= x2) & (high_x >= x1) & (low_y <= y2) & (high_y >= y1)]
        for part in scene.batches(mine):
            owners, feet, times = scene.seen(part)
            passed = np.ones(len(part), np.bool_)
            for name, test in tests:
                passed &= test(owners, feet, times, scene.sizes[part])
                left[name] += int(passed.sum())
            kept.append(part[passed])
    return np.sort(np.concatenate(kept)), left


class _Picture:
    """Places as they lie in the pictures of one camera and size."""

    def __init__(self, named: dict[str, Zone], width: int, height: int) -> None:
        self._named, self._width, self._height = named, width, height

    @classmethod
    def of(cls, zones: Zones, row: RecordingRow) -> _Picture:
        """Return that of a recording."""
        return cls(dict(zones.get(row.camera, {})), row.facts.width, row.facts.height)

    def area(self, place: Place) -> shapely.Geometry | None:
        """Return a place in pixels; None when the camera has no zone of this name."""
        if place.zone is None:
            return polygon(place.corners or (), place.unit, self._width, self._height)
        zone = self._named.get(place.zone)
        if zone is None or zone.kind != "zone":
            return None
        return polygon(zone.points, "normalised", self._width, self._height)

    def line(self, crossing: Crossing) -> NDArray[np.float64] | None:
        """Return a line in pixels, (2, 2); None when the camera has no line of this name."""
        if crossing.line is None:
            return in_pixels(crossing.points or (), crossing.unit, self._width, self._height)
        zone = self._named.get(crossing.line)
        if zone is None or zone.kind != "line":
            return None
        return in_pixels(zone.points, "normalised", self._width, self._height)

    def tests(
        self, query: Query
    ) -> tuple[list[tuple[str, _Test]] | None, list[tuple[float, float, float, float]]]:
        """Return the tests of a query by filter, and what the bounds of a track must meet for each.

        None instead of tests when the camera lacks a place: then nothing of it is found.
        """
        made: list[tuple[str, _Test]] = []
        bounds: list[tuple[float, float, float, float]] = []
        for name, test, areas in self._each(query):
            if any(area is None for area in areas):
                return None, []
            bounds += [tuple(shapely.bounds(area).tolist()) for area in areas]
            made.append((name, test))
        # Of several tests of one filter, the count after the last is that of the filter.
        joined = {name: [test for other, test in made if other == name] for name, _ in made}
        return [(name, _all(tests)) for name, tests in joined.items()], bounds

    def _each(self, query: Query) -> Iterator[tuple[str, _Test, list[shapely.Geometry | None]]]:
        for region in query.regions:
            area = self.area(region)
            yield "regions", partial(_there, area, region.way), [area]
        for crossing in query.crossed:
            line: Any = self.line(crossing)
            drawn = None if line is None else shapely.linestrings(line)
            yield "crossed", partial(_across, line, crossing.to), [drawn]
        for route in query.routes:
            first, last = self.area(route.start), self.area(route.end)
            yield "routes", partial(_from_to, first, last), [first, last]
        for name, stop in (("stopped", query.stopped), ("parked", query.parked)):
            if stop is not None:
                area = None if stop.place is None else self.area(stop.place)
                yield name, partial(_stays, area, stop.least_s), [] if stop.place is None else [area]
        if query.turned_back:
            yield "turned_back", _back, []


def _there(area: Area, way: Way, owners: Indices, feet: Floats, _: Floats, sizes: Floats) -> Bools:
    return those_there(owners, feet, area, way, len(sizes))


def _across(line: Floats, to: Side, owners: Indices, feet: Floats, _: Floats, sizes: Floats) -> Bools:
    return those_across(owners, feet, sizes, line, to)


def _from_to(a: Area, b: Area, owners: Indices, feet: Floats, _: Floats, sizes: Floats) -> Bools:
    return those_from_to(owners, feet, a, b, len(sizes))


def _stays(area: Area, least_s: float, owners: Indices, feet: Floats, times: Floats, sizes: Floats) -> Bools:
    # Times are fractions: a stay of ten seconds may be a hair shorter.
    return np.asarray(longest_stays_s(owners, feet, times, sizes, area) >= least_s - 1e-6)


def _back(owners: Indices, feet: Floats, _: Floats, sizes: Floats) -> Bools:
    return those_back(owners, feet, sizes)


def _all(tests: list[_Test]) -> _Test:
    def test(owners: Indices, feet: Floats, times: Floats, sizes: Floats) -> Bools:
        passed = np.stack([each(owners, feet, times, sizes) for each in tests])
        return np.asarray(passed.all(axis=0))

    return test

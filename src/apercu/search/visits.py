"""Filters on places: where feet were, stood and went, by every observation of those that may be found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from apercu.archive.zones import Zones
from apercu.errors import UnknownNameError
from apercu.search.candidates import Bools, Candidates, Floats, Indices
from apercu.search.parts import Crossing, Place, Side, Way
from apercu.search.pictures import Area, Picture, places_of
from apercu.search.places import (
    check_crossings,
    longest_stays_s,
    those_across,
    those_back,
    those_from_to,
    those_there,
)
from apercu.search.query import Query

FIELDS = ("regions", "crossed", "routes", "stopped", "parked", "turned_back")
"""The filters that are decided here, in this order."""

_Test = Callable[[Indices, Floats, Floats, Floats], Bools]
"""Of owners, feet, times and sizes: which tracks pass."""


def check_zones(query: Query, zones: Zones) -> None:
    """Say which zone or line no camera has, and which place cannot be asked for.

    Raises:
        UnknownNameError: it lists those there are.
        UsageError: a polygon crosses itself too often.
    """
    for part in query.walk():
        for _, place in places_of(part):
            if isinstance(place, Place) and place.corners is not None:
                check_crossings(place.corners)
            elif isinstance(place, Place):
                for named in zones.values():
                    if (zone := named.get(place.zone or "")) is not None and zone.kind == "zone":
                        check_crossings(zone.points)
    for kind, name in _names(query):
        known = sorted({z.name for of in zones.values() for z in of.values() if z.kind == kind})
        if name not in known:
            raise UnknownNameError(kind, name, known or ["(none is named: apercu zone add)"])


def names_places(query: Query) -> bool:
    """Return whether a query names any zone or line."""
    return any(True for _ in _names(query))


def _names(query: Query) -> Iterator[tuple[str, str]]:
    """Yield kind and name of the zones and lines that a query names, nested queries included."""
    for part in query.walk():
        for _, place in places_of(part):
            name = place.line if isinstance(place, Crossing) else place.zone
            if name is not None:
                yield "line" if isinstance(place, Crossing) else "zone", name


def visiting(scene: Candidates, query: Query, among: Indices) -> tuple[Indices, dict[str, int]]:
    """Return those that were, stood and went where a query asks; and how many each filter left."""
    left = {name: 0 for name in FIELDS if getattr(query, name) != type(query).model_fields[name].default}
    if not left:
        return among, {}
    told = ((_tests(picture, query), mine) for picture, mine in scene.views(among))
    views = [(tests, mine) for tests, mine in told if tests is not None]
    kept = [among[:0]]
    times = bool(left.keys() & {"stopped", "parked"})
    sizes = scene.sizes if left.keys() - {"regions", "routes"} else np.zeros(len(scene))
    for part in scene.batches(np.sort(np.concatenate([among[:0], *(mine for _, mine in views)]))):
        owners, feet, when = scene.seen(part, times=times)
        for tests, mine in views:
            own = np.isin(part, mine, assume_unique=True)
            number = np.cumsum(own) - 1
            at = own[owners]
            passed = np.ones(int(own.sum()), np.bool_)
            seen = number[owners[at]], feet[at], when[at], sizes[part[own]]
            for name, test in tests:
                passed &= test(*seen)
                left[name] += int(passed.sum())
            kept.append(part[own][passed])
    return np.sort(np.concatenate(kept)), left


def _tests(picture: Picture, query: Query) -> list[tuple[str, _Test]] | None:
    """Return the tests of a query by filter; None when a place is lacking: then nothing is found there."""
    made = list(_each(picture, query))
    if any(test is None for _, test in made):
        return None
    # Of several tests of one filter, the count after the last is that of the filter.
    joined = {name: [test for other, test in made if other == name and test] for name, _ in made}
    return [(name, _all(tests)) for name, tests in joined.items()]


def _each(picture: Picture, query: Query) -> Iterator[tuple[str, _Test | None]]:
    for region in query.regions:
        area = picture.area(region)
        yield "regions", None if area is None else partial(_there, area, region.way)
    for crossing in query.crossed:
        line = picture.line(crossing)
        yield "crossed", None if line is None else partial(_across, line, crossing.to)
    for route in query.routes:
        first, last = picture.area(route.start), picture.area(route.end)
        yield "routes", None if first is None or last is None else partial(_from_to, first, last)
    for name, stop in (("stopped", query.stopped), ("parked", query.parked)):
        if stop is not None:
            area = None if stop.place is None else picture.area(stop.place)
            lacking = stop.place is not None and area is None
            yield name, None if lacking else partial(_stays, area, stop.least_s)
    if query.turned_back:
        yield "turned_back", _back


def _there(area: Area, way: Way, owners: Indices, feet: Floats, _: Floats, sizes: Floats) -> Bools:
    return those_there(owners, feet, area, way, len(sizes))


def _across(line: Floats, to: Side, owners: Indices, feet: Floats, _: Floats, sizes: Floats) -> Bools:
    return those_across(owners, feet, sizes, line, to)


def _from_to(a: Area, b: Area, owners: Indices, feet: Floats, _: Floats, sizes: Floats) -> Bools:
    return those_from_to(owners, feet, a, b, len(sizes))


def _stays(
    area: Area | None, least_s: float, owners: Indices, feet: Floats, times: Floats, sizes: Floats
) -> Bools:
    # Times are fractions: a stay of ten seconds may be a hair shorter.
    return np.asarray(longest_stays_s(owners, feet, times, sizes, area) >= least_s - 1e-6)


def _back(owners: Indices, feet: Floats, _: Floats, sizes: Floats) -> Bools:
    return those_back(owners, feet, sizes)


def _all(tests: list[_Test]) -> _Test:
    def test(owners: Indices, feet: Floats, times: Floats, sizes: Floats) -> Bools:
        passed = np.stack([each(owners, feet, times, sizes) for each in tests])
        return np.asarray(passed.all(axis=0))

    return test

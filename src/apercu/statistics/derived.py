"""What engineers read out of counts: totals, shares, peaks, percentiles. Made of released numbers only."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import pairwise
from typing import Any

from apercu.statistics.released import Released

SUMMED = ("crossings", "entries", "exits", "flow", "turning")
"""Measures that totals are made of."""

PERCENTILES = (0.15, 0.5, 0.85)
"""Of speeds and headways: the 85th is what traffic engineers design by."""


@dataclass(frozen=True, slots=True)
class Total:
    """A sum over time: of published numbers only.

    Attributes:
        camera, place, series, measure, direction, named: of what; ``named`` is the class.
        value: the sum; None when all of it is withheld.
        status: ``published``, ``at least``, ``withheld`` or ``noised``.
    """

    camera: str
    place: str
    series: str
    measure: str
    direction: str
    named: str
    value: float | None
    status: str


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Where the 15th, 50th and 85th of a hundred stand, put in order; see ``percentiles``."""

    camera: str
    place: str
    direction: str
    measure: str
    unit: str
    count: float
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Stay:
    """How full a zone was: mean number of objects, per m2 too where the zone's area is known."""

    camera: str
    place: str
    named: str
    mean: float
    per_m2: float | None


Rows = list[dict[str, Any]]


def totals(released: Released, measures: Iterable[str] = SUMMED) -> list[Total]:
    """Return sums over all intervals, by place, measure, direction and class, in the table's order."""
    groups: dict[tuple[str, str, str, str, str, str], Rows] = defaultdict(list)
    wanted = set(measures)
    for row in released.table.to_pylist():
        if row["measure"] in wanted:
            camera, place, series = row["camera"], row["place"], row["series"]
            groups[camera, place, series, row["measure"], row["direction"], row["class"]].append(row)
    return [Total(*key, *_sum(rows)) for key, rows in groups.items()]


def _sum(rows: Rows) -> tuple[float | None, str]:
    known = [row["value"] for row in rows if row["value"] is not None]
    statuses = {row["status"] for row in rows}
    if statuses == {"noised"}:
        return math.fsum(known), "noised"
    if not known:
        return None, "withheld"
    return math.fsum(known), "published" if statuses == {"published"} else "at least"


def summed(parts: Iterable[Total]) -> tuple[float | None, str]:
    """Return the sum of totals, and its status."""
    return _sum([{"value": part.value, "status": part.status} for part in parts])


def shares(released: Released) -> dict[tuple[str, str], dict[str, float]]:
    """Return the share of each class in what is published of a line's crossings: by camera and place."""
    sums: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for total in totals(released, ("crossings",)):
        if total.value:
            sums[total.camera, total.place][total.named] += max(0.0, total.value)
    return {
        place: {name: value / math.fsum(of.values()) for name, value in of.items()}
        for place, of in sums.items()
        if math.fsum(of.values())
    }


def usual_directions(released: Released) -> dict[tuple[str, str], tuple[str, float]]:
    """Return where most went over each line, and which share of all: by camera and place."""
    sums: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for total in totals(released, ("crossings",)):
        sums[total.camera, total.place][total.direction] += max(0.0, total.value or 0.0)
    found = {}
    for place, of in sums.items():
        if whole := math.fsum(of.values()):
            direction = max(sorted(of), key=lambda name: of[name])
            found[place] = direction, of[direction] / whole
    return found


def by_hour(released: Released, zone: tzinfo, measure: str = "crossings") -> dict[datetime, float]:
    """Return what was published by hour of the archive's clock: how busiest hours are found."""
    hours: dict[datetime, float] = defaultdict(float)
    for row in released.table.to_pylist():
        if row["measure"] == measure and row["value"] is not None and row["begin"] is not None:
            if row["length_s"] > 3600.0:
                continue
            begin = row["begin"].astimezone(zone)
            hours[begin.replace(minute=0, second=0, microsecond=0)] += row["value"]
    return dict(sorted(hours.items()))


def busiest(released: Released, zone: tzinfo, count: int = 3) -> list[tuple[datetime, float]]:
    """Return the hours in which most crossed lines (or came into zones, where no line is), most first."""
    hours = by_hour(released, zone) or by_hour(released, zone, "entries")
    return sorted(hours.items(), key=lambda hour: (-hour[1], hour[0]))[:count]


def percentiles(released: Released, measure: str) -> list[Percentiles]:
    """Return percentiles of a distribution (speed, headway, gap, dwell) by place and direction.

    All classes together. Within a bin, values are taken to be spread evenly; a percentile in a bin that is
    open at its end is told as that bin's lower edge.
    """
    groups: dict[tuple[str, str, str], Rows] = defaultdict(list)
    for row in released.table.to_pylist():
        if row["measure"] == measure and row["value"]:
            groups[row["camera"], row["place"], row["direction"]].append(row)
    units = {"speed": "km/h", "headway": "s", "gap": "s", "dwell": "s"}
    return [
        Percentiles(
            *place,
            measure,
            units[measure],
            math.fsum(row["value"] for row in rows),
            tuple(_percentile(rows, share) for share in PERCENTILES),
        )
        for place, rows in sorted(groups.items())
    ]


def _percentile(rows: Rows, share: float) -> float:
    """Return the value below which a share of objects lies; bins may overlap, as those of several classes."""
    edges = sorted({row["low"] for row in rows} | {row["high"] for row in rows if row["high"] is not None})
    wanted = share * math.fsum(row["value"] for row in rows)

    def below(at: float) -> float:
        return math.fsum(row["value"] * _part(row, at) for row in rows)

    for low, high in pairwise(edges):
        before, after = below(low), below(high)
        if after >= wanted:
            return float(low + (high - low) * (wanted - before) / (after - before) if after > before else low)
    return float(edges[-1])


def _part(row: dict[str, Any], at: float) -> float:
    """Return which share of a bin lies below a value."""
    if row["high"] is None:
        return 0.0
    return float(min(1.0, max(0.0, (at - row["low"]) / (row["high"] - row["low"]))))


def stays(released: Released) -> list[Stay]:
    """Return how full each zone was on average: the time spent there over the time it was observed.

    Intervals in which the time spent is withheld are left out of both.
    """
    observed: dict[str, float] = defaultdict(float)
    left_out: dict[tuple[str, str, str], float] = defaultdict(float)
    spent: dict[tuple[str, str, str], float] = defaultdict(float)
    for row in released.table.to_pylist():
        key = row["camera"], row["place"], row["class"]
        if row["measure"] == "observed":
            observed[row["camera"]] += row["value"]
        elif row["measure"] == "presence" and row["value"] is None:
            left_out[key] += row["observed_s"]
        elif row["measure"] == "presence":
            spent[key] += row["value"]
    areas = {(place.camera, place.name): place.area_m2 for place in released.facts.places}
    found = []
    for (camera, place, named), value in sorted(spent.items()):
        mean = value / (observed[camera] - left_out[camera, place, named])
        area = areas.get((camera, place))
        found.append(Stay(camera, place, named, mean, mean / area if area else None))
    return found

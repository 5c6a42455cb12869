"""Cells as counting makes them, generated: every number from stays, crossings and trips of single tracks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from apercu.statistics.cells import CELL_SCHEMA

DAY_S = 1_780_000_000 // 86_400 * 86_400.0
"""A midnight, UTC."""


def cell(**values: Any) -> dict[str, Any]:
    told = {
        "camera": "gate",
        "run": "a" * 16,
        "place": "",
        "series": "",
        "direction": "",
        "class": "",
        "clocked": True,
        "begin_s": DAY_S,
        "length_s": 900.0,
        "tracks": int(values.get("value", 0)),
    }
    told |= values
    return {"low": None, "high": None, "column": None, "row": None, "new_tracks": told["tracks"]} | told


def table(cells: Iterable[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(list(cells), schema=CELL_SCHEMA)


def observed(camera: str, count: int, length_s: float = 900.0, share: float = 1.0) -> list[dict[str, Any]]:
    return [
        cell(
            camera=camera,
            measure="observed",
            value=length_s * share,
            tracks=0,
            begin_s=DAY_S + i * length_s,
            length_s=length_s,
        )
        for i in range(count)
    ]


@dataclass(frozen=True)
class Trip:
    """One track: into a zone in one interval, out of it in another, perhaps to a second zone, over a line."""

    kind: str
    zone: str
    enters: int
    stays: int
    dwell_s: float
    to: str | None
    direction: str
    speed: float

    @property
    def leaves(self) -> int:
        """The interval in which it leaves."""
        return self.enters + self.stays


DWELL = (0.0, 10.0, 30.0, 60.0, 300.0)
SPEED = (0.0, 10.0, 20.0, 30.0, 50.0)


def counted(trips: Iterable[Trip], length_s: float = 900.0, intervals: int = 4) -> pa.Table:
    """Return the cells of trips: stays in zones, flows between them, crossings of a line with speeds."""
    sums: dict[tuple[Any, ...], float] = defaultdict(float)

    def add(measure: str, place: str, kind: str, at: int, direction: str = "", edges: Any = None) -> None:
        sums[measure, place, kind, at, direction, *(edges or (None, None))] += 1

    for trip in trips:
        add("entries", trip.zone, trip.kind, trip.enters)
        add("exits", trip.zone, trip.kind, trip.leaves)
        add("dwell", trip.zone, trip.kind, trip.leaves, "", _edges(DWELL, trip.dwell_s))
        if trip.to is not None:
            add("flow", f"{trip.zone}>{trip.to}", trip.kind, trip.leaves)
            add("turning", f"{trip.zone}>{trip.to}", trip.kind, trip.leaves, trip.direction)
            add("entries", trip.to, trip.kind, trip.leaves)
            add("exits", trip.to, trip.kind, trip.leaves)
            add("dwell", trip.to, trip.kind, trip.leaves, "", DWELL[:2])
        add("crossings", "line", trip.kind, trip.enters, trip.direction)
        add("speed", "line", trip.kind, trip.enters, trip.direction, _edges(SPEED, trip.speed))
    made = [
        cell(
            measure=measure,
            place=place,
            series="s",
            direction=direction,
            low=low,
            high=high,
            begin_s=DAY_S + at * length_s,
            length_s=length_s,
            value=value,
            **{"class": kind},
        )
        for (measure, place, kind, at, direction, low, high), value in sums.items()
    ]
    return table([*made, *observed("gate", intervals, length_s)])


def _edges(edges: tuple[float, ...], value: float) -> tuple[float, float | None]:
    at = int(np.searchsorted(edges, value, "right")) - 1
    return edges[at], edges[at + 1] if at + 1 < len(edges) else None

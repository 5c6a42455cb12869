"""The typed currency of statistics: cells, each one number about a place, a class and an interval of time.

Cells of the same key may be added up: those of several recordings, and of several intervals. They are raw
numbers, small ones among them, and stay inside: only ``release`` lets them out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import pyarrow as pa

SCHEMA_VERSION = 1
"""Raised when a column or a measure changes its meaning."""

Join = Literal["sum", "max"]
"""How values of one key become one value over a longer time."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What one kind of cell says.

    Attributes:
        unit: of ``value``.
        join: how it is put together over time.
        about: what is counted, in one sentence.
    """

    unit: str
    join: Join
    about: str


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "observed": Measure("s", "sum", "seconds of the interval that were filmed and analysed"),
        "crossings": Measure("objects", "sum", "objects that crossed a line, by the side they went to"),
        "headway": Measure(
            "pairs", "sum", "pairs that crossed a line one after the other, by the seconds between them"
        ),
        "gap": Measure(
            "pairs", "sum", "the same pairs, by the seconds between the end of the first and the next one"
        ),
        "speed": Measure("objects", "sum", "objects that crossed a line, by their speed there in km/h"),
        "entries": Measure("objects", "sum", "objects that came into a zone, or were first seen in it"),
        "exits": Measure("objects", "sum", "objects that left a zone, or were last seen in it"),
        "presence": Measure("object-seconds", "sum", "time spent in a zone, all objects together"),
        "occupancy": Measure("objects", "max", "most objects that were in a zone at the same time"),
        "dwell": Measure("objects", "sum", "stays in a zone that ended, by their length in seconds"),
        "flow": Measure("objects", "sum", "objects that went from one zone or line to another"),
        "turning": Measure("objects", "sum", "the same, by how they turned: straight, left, right or back"),
        "movement": Measure("objects", "sum", "objects that moved through a cell of the picture"),
        "standing": Measure("object-seconds", "sum", "time spent standing in a cell of the picture"),
        "heading": Measure("objects", "sum", "objects that moved through a cell, by direction"),
    }
)
"""Every measure by its name."""

HEAT_COLUMNS, HEAT_ROWS = 32, 18
"""Cells of the picture that heat maps have, across and down."""


def _field(name: str, kind: pa.DataType, about: str, nullable: bool = False) -> pa.Field[pa.DataType]:
    return pa.field(name, kind, nullable=nullable, metadata={"about": about})


CELL_SCHEMA = pa.schema(
    [
        _field("camera", pa.string(), "name of the camera"),
        _field("run", pa.string(), "what was counted: a recording's id, or that of a live session"),
        _field("place", pa.string(), "line or zone; of flows and turnings 'from>to'; empty: whole picture"),
        _field(
            "series",
            pa.string(),
            "digest of the place as it was drawn: a changed line starts a new series; empty as place is",
        ),
        _field("measure", pa.string(), "a name of MEASURES"),
        _field(
            "direction",
            pa.string(),
            "of lines, the side an object went to: right or left, as one looks from the line's first end to "
            "its second; of turnings straight, left, right or back; else empty",
        ),
        _field("class", pa.string(), "as in the tracks file; empty for observed"),
        _field("low", pa.float64(), "of distributions: lower edge, inclusive, in the measure's unit", True),
        _field("high", pa.float64(), "of distributions: upper edge, exclusive; null when open", True),
        _field("column", pa.int16(), "of heat maps: cell from the left, 0 to 31", True),
        _field("row", pa.int16(), "of heat maps: cell from the top, 0 to 17", True),
        _field("clocked", pa.bool_(), "whether begin_s is a true time; else it counts from the run's start"),
        _field("begin_s", pa.float64(), "start of the interval: seconds since 1970 UTC, or since run began"),
        _field("length_s", pa.float64(), "length of the interval, seconds"),
        _field("value", pa.float64(), "the number, in the measure's unit"),
        _field("tracks", pa.int32(), "how many tracks it comes from"),
        _field("new_tracks", pa.int32(), "how many of them this key had in no earlier interval of the run"),
    ],
    metadata={"about": "one row per number; those that are 0 are left out", "version": str(SCHEMA_VERSION)},
)
"""The columns of raw counts, inside. What is not there is 0 where ``observed`` says that it was watched."""

KEY = (
    "camera",
    "place",
    "series",
    "measure",
    "direction",
    "class",
    "low",
    "high",
    "column",
    "row",
    "clocked",
    "begin_s",
    "length_s",
)
"""The columns that tell cells of different things apart; runs are added up when they have a clock."""

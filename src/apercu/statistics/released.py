"""What leaves: a table of numbers, and the facts that must stand beside them wherever they go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa

from apercu.purposes import Wording

SCHEMA_NAME = "apercu-counts"
SCHEMA_VERSION = 1
"""Raised when a column or key changes its meaning."""

STATUSES: Mapping[str, str] = {
    "published": "the number as it was counted",
    "withheld": "few objects made it, or it would give away a number that few made: no value",
    "at least": "a sum that lacks numbers which are withheld",
    "noised": "the number with noise; it may be negative",
}


def _field(name: str, kind: pa.DataType, about: str, nullable: bool = False) -> pa.Field[pa.DataType]:
    return pa.field(name, kind, nullable=nullable, metadata={"about": about})


RELEASED_SCHEMA = pa.schema(
    [
        _field("camera", pa.string(), "name of the camera"),
        _field("place", pa.string(), "line or zone; of flows and turnings 'from>to'; empty: whole picture"),
        _field(
            "series", pa.string(), "digest of the place as it was drawn; compare numbers of one series only"
        ),
        _field("measure", pa.string(), "what is counted, see measures"),
        _field("unit", pa.string(), "of value"),
        _field(
            "direction", pa.string(), "of lines the side gone to, right or left; of turnings the way turned"
        ),
        _field(
            "class",
            pa.string(),
            "person, bicycle, motorcycle, car, bus, truck, or other (moved, not named); empty for observed",
        ),
        _field("low", pa.float64(), "of distributions: lower edge, inclusive", True),
        _field("high", pa.float64(), "of distributions: upper edge, exclusive; null when open", True),
        _field("column", pa.int16(), "of heat maps: first of 32 cells across that the block covers", True),
        _field("row", pa.int16(), "of heat maps: first of 18 cells down that the block covers", True),
        _field("span", pa.int16(), "of heat maps: cells across and down of the block", True),
        _field("run", pa.string(), "of recordings without a clock: which; else empty"),
        _field("begin", pa.timestamp("us", "UTC"), "start of the interval; null without a clock", True),
        _field("end", pa.timestamp("us", "UTC"), "end of the interval; null without a clock", True),
        _field("begin_s", pa.float64(), "start: seconds since 1970 UTC, or since the run began"),
        _field("length_s", pa.float64(), "length of the interval, seconds"),
        _field("observed_s", pa.float64(), "seconds of it that were filmed and analysed"),
        _field("complete", pa.bool_(), "whether all of the interval was observed"),
        _field("status", pa.string(), "published, withheld, at least, or noised"),
        _field("value", pa.float64(), "the number, in unit; null when withheld", True),
    ]
)
"""The columns of released numbers. What is not there is 0 where ``observed`` says that it was watched."""

FACTS: Mapping[str, str] = {
    "schema": "apercu-counts",
    "schema_version": "raised when a column or key changes its meaning",
    "method": "threshold, noise or exact",
    "statement": "the method in a few sentences",
    "minimum": "objects that a number takes; 1 with noise and when exact",
    "epsilon": "what the noise of this release cost at most; null without",
    "noise_scale": "scale of the discrete Laplace noise; null without",
    "archive": "name of the archive",
    "controller": "who answers for the data",
    "site": "what the purpose states as place",
    "purpose": "the archive's purpose",
    "cameras": "names of the cameras",
    "places": "lines and zones: camera, name, kind, series, points in shares of the picture, area_m2",
    "interval_s": "length of the intervals, seconds",
    "timezone": "IANA name of the clock",
    "begin": "start of the first interval; null without a clock",
    "end": "end of the last interval; null without a clock",
    "observed_share": "share of the intervals' time that was filmed and analysed",
    "withheld": "how many of the numbers are withheld",
    "known_errors": "what samples counted by hand found, by camera, place, direction and class",
    "remarks": "what else must be known",
    "made": "when it was released",
    "software": "what made it",
}
"""What ``Facts.as_dict`` says, key by key."""

MAP_MEASURES = ("movement", "standing", "heading")
"""Those told of the whole picture, cell by cell."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line or zone as numbers name it.

    Attributes:
        camera, name, kind, series: which.
        points: shares of the picture's width and height.
        longitude_latitude: of each point, degrees (WGS 84); None when the camera is on no map.
        area_m2: of a zone, on the ground; None when the camera is not calibrated.
    """

    camera: str
    name: str
    kind: str
    series: str
    points: tuple[tuple[float, float], ...]
    longitude_latitude: tuple[tuple[float, float], ...] | None = None
    area_m2: float | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What must be known to read released numbers.

    Attributes:
        method: ``threshold``, ``noise`` or ``exact``.
        statement: the method in a few sentences.
        minimum: objects that a number takes; 1 with noise and when exact.
        epsilon: of this release; None without noise.
        scale: of the discrete Laplace noise; None without noise.
        archive, controller, site: name, who answers for the data, what the purpose states as place.
        purpose: its name.
        purpose_title: a few words.
        cameras: those that numbers are about.
        places: lines and zones.
        interval_s: seconds.
        timezone: IANA name.
        begin, end: of the first and last interval; None without clocks.
        observed_share: of all intervals' time, 0 to 1.
        withheld: how many numbers are.
        known_errors: what checks by eye found, as plain values.
        remarks: what else must be known.
        made: when, aware.
        version: of the software.
    """

    method: str
    statement: Wording
    minimum: int
    epsilon: float | None
    scale: float | None
    archive: str
    controller: str
    site: str
    purpose: str
    purpose_title: Wording
    cameras: tuple[str, ...]
    places: tuple[Place, ...]
    interval_s: float
    timezone: str
    begin: datetime | None
    end: datetime | None
    observed_share: float
    withheld: int
    made: datetime
    version: str
    known_errors: tuple[dict[str, Any], ...] = ()
    remarks: tuple[Wording, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values: what stands in every file."""
        return {
            "schema": SCHEMA_NAME,
            "schema_version": SCHEMA_VERSION,
            "method": self.method,
            "statement": self.statement.en,
            "minimum": self.minimum,
            "epsilon": self.epsilon,
            "noise_scale": self.scale,
            "archive": self.archive,
            "controller": self.controller,
            "site": self.site,
            "purpose": self.purpose,
            "cameras": list(self.cameras),
            "places": [
                {
                    "camera": place.camera,
                    "name": place.name,
                    "kind": place.kind,
                    "series": place.series,
                    "points": [list(point) for point in place.points],
                    "area_m2": place.area_m2,
                }
                for place in self.places
            ],
            "interval_s": self.interval_s,
            "timezone": self.timezone,
            "begin": None if self.begin is None else self.begin.isoformat(),
            "end": None if self.end is None else self.end.isoformat(),
            "observed_share": round(self.observed_share, 4),
            "withheld": self.withheld,
            "known_errors": [dict(error) for error in self.known_errors],
            "remarks": [remark.en for remark in self.remarks],
            "made": self.made.isoformat(timespec="seconds"),
            "software": f"apercu {self.version}",
        }


@dataclass(frozen=True, slots=True)
class Released:
    """Numbers that have left: the table of ``RELEASED_SCHEMA``, and its facts."""

    table: pa.Table
    facts: Facts

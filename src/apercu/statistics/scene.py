"""The named lines and zones of one camera, in the pixels of one recording."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from apercu.analysis.ground import GroundPlane
from apercu.archive.zones import Zone
from apercu.search.places import polygon


@dataclass(frozen=True, slots=True)
class Line:
    """A line, from its first end to its second.

    Attributes:
        name, series: as in cells.
        ends: float64 (2, 2), pixels.
    """

    name: str
    series: str
    ends: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Area:
    """A zone.

    Attributes:
        name, series: as in cells.
        shape: polygon in pixels, prepared.
        depth: how far from its edge one can be inside of it, pixels.
    """

    name: str
    series: str
    shape: shapely.Geometry
    depth: float


@dataclass(frozen=True, slots=True)
class Scene:
    """What a camera's picture is divided into.

    Attributes:
        width, height: of the picture, pixels.
        lines, zones: in order of name.
        plane: the ground that the camera sees; None when it is not calibrated.
    """

    width: int
    height: int
    lines: tuple[Line, ...] = ()
    zones: tuple[Area, ...] = ()
    plane: GroundPlane | None = None

    @classmethod
    def of(
        cls,
        zones: Mapping[str, Zone],
        width: int,
        height: int,
        plane: GroundPlane | None = None,
        places: Iterable[str] = (),
    ) -> Scene:
        """Return a camera's lines and zones in a picture of ``width`` x ``height`` pixels.

        ``places`` are the names wanted; empty means all.
        """
        wanted = set(places) or set(zones)
        chosen = [zones[name] for name in sorted(zones) if name in wanted]
        size = np.array([width, height], np.float64)
        lines = (
            Line(zone.name, zone.series, np.array(zone.points, np.float64) * size)
            for zone in chosen
            if zone.kind == "line"
        )
        areas = (_area(zone, width, height) for zone in chosen if zone.kind == "zone")
        return cls(width, height, tuple(lines), tuple(areas), plane)

    @property
    def digest(self) -> str:
        """Digest of all that counting depends on here: 16 digits."""
        told = [self.width, self.height, [(line.name, line.series) for line in self.lines]]
        told.append([(zone.name, zone.series) for zone in self.zones])
        if self.plane is not None:
            told.append(np.asarray(self.plane.homography, np.float64).tobytes().hex())
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def _area(zone: Zone, width: int, height: int) -> Area:
    shape = polygon(zone.points, "normalised", width, height)
    return Area(zone.name, zone.series, shape, float(shapely.maximum_inscribed_circle(shape).length))

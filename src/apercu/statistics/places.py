"""Lines and zones as released numbers name them: with their area on the ground, and their place on a map."""

from __future__ import annotations

import numpy as np
import shapely

from apercu.archive import Archive
from apercu.archive.cameras import read_calibrations
from apercu.archive.placements import read_placements, to_map
from apercu.archive.zones import Zone, read_zones
from apercu.statistics.released import Place


def places_of(archive: Archive) -> tuple[Place, ...]:
    """Return the lines and zones of an archive as they hold now, by camera and name.

    Raises:
        ArchiveDamagedError: a file is not as it should be.
    """
    placements = read_placements(archive)
    return tuple(
        Place(
            camera=zone.camera,
            name=zone.name,
            kind=zone.kind,
            series=zone.series,
            points=zone.points,
            longitude_latitude=to_map(placements, zone),
            area_m2=_area_m2(archive, zone),
        )
        for _, listed in sorted(read_zones(archive).items())
        for _, zone in sorted(listed.items())
    )


def _area_m2(archive: Archive, zone: Zone) -> float | None:
    """Return the ground that a zone covers; None when the newest calibration does not tell all of it."""
    calibrations = read_calibrations(archive).get(zone.camera)
    if zone.kind != "zone" or not calibrations:
        return None
    plane = calibrations[-1].plane
    corners = plane.to_metres(np.array(zone.points, np.float64) * [plane.width, plane.height])
    if np.isnan(corners).any():
        return None
    return round(float(shapely.area(shapely.make_valid(shapely.polygons(corners)))), 2)

"""Where on earth each camera's pictures are: ``placements.toml``, made to be read by people.

Points that were found both in the picture and on a map give a homography from pixels to a plane that touches
the earth among them, in metres east and north; from there to latitude and longitude (WGS 84) it takes the
two radii of curvature of the ellipsoid at that latitude. That is exact to a centimetre within 200 metres, to
some decimetres within a kilometre: points are rarely found as well.

Every placement of a camera stays listed, as calibrations do; the newest one holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.ground import GroundPlane
from apercu.archive.archive import Archive
from apercu.archive.cameras import calibrate, read_calibrations
from apercu.archive.records import check_camera
from apercu.archive.shelf import PLACEMENTS
from apercu.archive.toml_files import moment_of, read_tables, write_tables
from apercu.archive.zones import Zone
from apercu.errors import UsageError
from apercu.geometry import project
from apercu.purposes import Capability

_HEADER = "# Where cameras' pictures are on the map. Changed with: apercu camera place.\n\n"
_RADIUS_M, _ECCENTRICITY_2 = 6_378_137.0, 6.694_379_990_14e-3
"""Of the WGS 84 ellipsoid: equatorial radius in metres, and first eccentricity squared (NIMA TR8350.2)."""
_FARTHEST_M = 5_000.0
_MOST_NORTH = 85.0
_DECIMALS = 7
"""Of degrees: a centimetre."""

Floats = NDArray[np.float64]
Point = tuple[float, float, float, float]
"""A measured point: x and y in pixels, latitude and longitude in degrees."""


@dataclass(frozen=True)
class Placement:
    """Where one camera's pictures are.

    Attributes:
        camera: whose.
        number: of this camera's placements, from 1.
        width, height: size of the picture that the pixels are of.
        points: found both in the picture and on the map, four or more.
        recorded: when it was stored, aware.
        actor: who stored it.
        reason: why, as stated; may be empty.

    Raises:
        UsageError: the points are no places on earth, lie too far apart, or leave the ground open.
    """

    camera: str
    number: int
    width: int
    height: int
    points: tuple[Point, ...]
    recorded: datetime
    actor: str
    reason: str

    def __post_init__(self) -> None:
        where = np.array(self.points, np.float64).reshape(-1, 4)[:, 2:]
        if not (np.isfinite(where).all() and (np.abs(where) <= [_MOST_NORTH, 180.0]).all()):
            raise UsageError(
                "a point is no place on the map",
                next_step="Write --points as x,y=latitude,longitude in degrees, like 212,540=45.7578,4.8320.",
            )
        if np.abs(self._metres(where)).max(initial=0.0) > _FARTHEST_M:
            raise UsageError(
                f"the points lie more than {_FARTHEST_M / 1000:g} km apart",
                next_step="Check that each is latitude first, then longitude.",
            )
        _ = self.plane

    @cached_property
    def _origin(self) -> Floats:
        """Latitude and longitude (2,) in the middle of the points."""
        return np.asarray(np.array(self.points, np.float64).reshape(-1, 4)[:, 2:].mean(axis=0))

    @cached_property
    def _degree_m(self) -> Floats:
        """Metres in a degree of longitude and of latitude there (2,)."""
        latitude = np.radians(self._origin[0])
        bent = 1 - _ECCENTRICITY_2 * np.sin(latitude) ** 2
        east = _RADIUS_M / np.sqrt(bent) * np.cos(latitude)
        north = _RADIUS_M * (1 - _ECCENTRICITY_2) / bent**1.5
        return np.asarray(np.radians([east, north]), np.float64)

    def _metres(self, where: Floats) -> Floats:
        """Return metres east and north (n, 2) of latitudes and longitudes (n, 2)."""
        return np.asarray((where - self._origin)[:, ::-1] * self._degree_m)

    @cached_property
    def plane(self) -> GroundPlane:
        """The ground in metres east and north of the middle of the points."""
        table = np.array(self.points, np.float64)
        return GroundPlane.from_points(table[:, :2], self._metres(table[:, 2:]), self.width, self.height)

    @property
    def measured_m(self) -> tuple[Point, ...]:
        """The points as a calibration has them: pixels, and metres east and north."""
        table = np.array(self.points, np.float64)
        rows = np.column_stack([table[:, :2], self._metres(table[:, 2:])])
        return tuple((x, y, east, north) for x, y, east, north in rows.tolist())

    @property
    def misses_m(self) -> Floats:
        """How far from where it is on the map the plane puts each point, float64 (n,), metres."""
        table = np.array(self.points, np.float64)
        away = project(table[:, :2], self.plane.homography) - self._metres(table[:, 2:])
        return np.asarray(np.hypot(*away.T))

    def to_degrees(self, shares: Floats) -> Floats:
        """Return longitude and latitude (n, 2) of points (n, 2) given as shares of the picture.

        NaN above the horizon.
        """
        places = project(np.asarray(shares, np.float64) * [self.width, self.height], self.plane.homography)
        return np.asarray(places / self._degree_m + self._origin[::-1])


Placements = Mapping[str, Sequence[Placement]]
"""All placements in order of number, by camera."""


def read_placements(archive: Archive) -> Placements:
    """Return the placements of an archive's cameras.

    Raises:
        ArchiveDamagedError: ``placements.toml`` is not as it should be.
    """
    return read_tables(
        archive.path / PLACEMENTS,
        lambda camera, listed: [_read(camera, number, told) for number, told in enumerate(listed, 1)],
    )


def to_map(placements: Placements, zone: Zone) -> tuple[tuple[float, float], ...] | None:
    """Return longitude and latitude of each point of a zone or line, degrees, to a centimetre.

    None when its camera is on no map, or a point of it is above the horizon.
    """
    placed = placements.get(zone.camera)
    if not placed:
        return None
    degrees = placed[-1].to_degrees(np.array(zone.points, np.float64))
    if np.isnan(degrees).any():
        return None
    return tuple((lon, lat) for lon, lat in np.round(degrees, _DECIMALS).tolist())


def place(
    archive: Archive, camera: str, points: Sequence[Point], width: int, height: int, *, reason: str = ""
) -> tuple[Placement, bool]:
    """Say where on earth a camera's pictures are; what is stored already stays listed.

    A camera that was never calibrated, or only by being placed, is calibrated too: metres east and north are
    metres. One with a calibration of its own keeps it.

    Args:
        archive: where it is stored.
        camera: its name; recordings of it need not be there yet.
        points: four or more, see ``Point``; on the ground, none three of them on one line.
        width, height: size of the picture that the pixels are of.
        reason: why; recorded here and in the ledger.

    Returns:
        The placement, and whether the camera was calibrated with it.

    Raises:
        RefusedError: the purpose has no ``manage``, or not now, or not without a reason.
        UsageError: as ``Placement``, or the name cannot be a camera's.
        OutputError: the archive cannot be written.
    """
    check_camera(camera)
    given = tuple((float(x), float(y), float(lat), float(lon)) for x, y, lat, lon in points)
    with archive.changes(Capability.MANAGE, subject=f"place of camera {camera}", reason=reason) as door:
        known = read_placements(archive)
        before = known.get(camera, ())
        now = datetime.now(UTC).replace(microsecond=0)
        made = Placement(
            camera, len(before) + 1, width, height, given, now, archive.gate.actor, reason.strip()
        )
        door.note = f"placement {made.number}"
        told = {of: [_told(each) for each in listed] for of, listed in known.items()}
        told.setdefault(camera, []).append(_told(made))
        write_tables(archive.path / PLACEMENTS, _HEADER, dict(sorted(told.items())))
    calibrated = _has_none_of_its_own(archive, camera, before)
    if calibrated:
        calibrate(archive, camera, made.plane, points=made.measured_m, reason=reason or "placed on the map")
    return made, calibrated


def _has_none_of_its_own(archive: Archive, camera: str, before: Sequence[Placement]) -> bool:
    """Return whether a camera's last calibration, if there is one, came with a placement."""
    calibrations = read_calibrations(archive).get(camera, ())
    if not calibrations:
        return True
    last = calibrations[-1].plane.homography
    return any(np.allclose(last, each.plane.homography, rtol=1e-9, atol=0) for each in before)


def _told(placement: Placement) -> dict[str, Any]:
    return {
        "recorded": placement.recorded,
        "actor": placement.actor,
        "reason": placement.reason,
        "picture": [placement.width, placement.height],
        "points": [list(point) for point in placement.points],
    }


def _read(camera: str, number: int, told: Mapping[str, Any]) -> Placement:
    width, height = (int(side) for side in told["picture"])
    points = tuple((float(x), float(y), float(lat), float(lon)) for x, y, lat, lon in told["points"])
    recorded = moment_of(told, "recorded")
    return Placement(camera, number, width, height, points, recorded, str(told["actor"]), str(told["reason"]))

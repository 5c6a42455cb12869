"""How the pixels of each camera become metres: ``cameras.toml``, made to be read by people.

Every calibration of a camera stays listed. A recording is measured with the newest one that was valid when it
was filmed; so a camera that was moved gets another, and what it filmed before keeps its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from apercu.analysis.ground import GroundPlane
from apercu.analysis.measures import measure
from apercu.analysis.tracks import Tracks
from apercu.archive.archive import Archive
from apercu.archive.records import RecordingRow, check_camera
from apercu.archive.shelf import CAMERAS
from apercu.archive.toml_files import moment_of, read_tables, write_tables
from apercu.geometry import project
from apercu.purposes import Capability

_HEADER = "# How pixels become metres, by camera. Changed with: apercu camera calibrate.\n\n"

Point = tuple[float, float, float, float]
"""A measured point: x and y in pixels, X and Y in metres on the ground."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What one calibration of a camera says.

    Attributes:
        number: of this camera's calibrations, from 1.
        plane: where on the ground each pixel stands.
        points: the measured points it was made of; none when a homography was given.
        since: recordings that began earlier are not measured with it, aware; None means that all are.
        recorded: when it was stored, aware.
        actor: who stored it.
        reason: why, as stated; may be empty.
    """

    number: int
    plane: GroundPlane
    points: tuple[Point, ...]
    since: datetime | None
    recorded: datetime
    actor: str
    reason: str

    @property
    def misses_m(self) -> NDArray[np.float64]:
        """How far from where it was measured the plane puts each point, float64 (n,), metres."""
        points = np.array(self.points, np.float64).reshape(-1, 4)
        away = project(points[:, :2], self.plane.homography) - points[:, 2:]
        return np.asarray(np.hypot(away[:, 0], away[:, 1]))


Calibrations = Mapping[str, Sequence[Calibration]]
"""All calibrations in order of number, by camera."""


def read_calibrations(archive: Archive) -> Calibrations:
    """Return the calibrations of an archive's cameras.

    Raises:
        ArchiveDamagedError: ``cameras.toml`` is not as it should be.
    """
    return read_tables(
        archive.path / CAMERAS,
        lambda _, listed: [_read(number, told) for number, told in enumerate(listed, 1)],
    )


def calibrate(
    archive: Archive,
    camera: str,
    plane: GroundPlane,
    *,
    points: Sequence[Point] = (),
    since: datetime | None = None,
    reason: str = "",
) -> Calibration:
    """Store how a camera sees the ground; what is stored already stays listed.

    Args:
        archive: where to.
        camera: its name; recordings of it need not be there yet.
        plane: the ground as it sees it.
        points: the measured points the plane was made of.
        since: recordings that began earlier keep an older calibration, or none; aware. None means all.
        reason: why; recorded here and in the ledger.

    Raises:
        RefusedError: the purpose has no ``manage``, or not now, or not without a reason.
        UsageError: the name cannot be a camera's.
        OutputError: the archive cannot be written.
    """
    check_camera(camera)
    with archive.changes(Capability.MANAGE, subject=f"camera {camera}", reason=reason) as door:
        known = read_calibrations(archive)
        made = Calibration(
            number=len(known.get(camera, ())) + 1,
            plane=plane,
            points=tuple(points),
            since=since,
            recorded=datetime.now(UTC).replace(microsecond=0),
            actor=archive.gate.actor,
            reason=reason.strip(),
        )
        listed = {name: [_told(c) for c in of] for name, of in known.items()}
        listed.setdefault(camera, []).append(_told(made))
        digest = hashlib.sha256(np.ascontiguousarray(plane.homography).tobytes()).hexdigest()[:16]
        door.note = f"calibration {made.number}, homography {digest}"
        write_tables(archive.path / CAMERAS, _HEADER, dict(sorted(listed.items())))
    return made


def calibration_of(calibrations: Calibrations, row: RecordingRow) -> Calibration | None:
    """Return the calibration that a recording is measured with: the newest that was valid when it was filmed.

    For a recording without a clock that is the newest of all. None when there is none, or when its pictures
    have another shape than those of the calibration.
    """
    return calibration_at(calibrations, row.camera, row.start_time, row.facts.width, row.facts.height)


def calibration_at(
    calibrations: Calibrations, camera: str, began: datetime | None, width: int, height: int
) -> Calibration | None:
    """Return the calibration for a camera's pictures of a size from a time on; see ``calibration_of``."""
    for calibration in reversed(calibrations.get(camera, ())):
        since = calibration.since
        if since is None or began is None or began >= since:
            fits = calibration.plane.for_size(width, height) is not None
            return calibration if fits else None
    return None


def measures(calibrations: Calibrations, row: RecordingRow, tracks: Tracks) -> pa.Table:
    """Return speed and size in metres of the tracks of one recording, row by row: see ``measure``."""
    found = calibration_of(calibrations, row)
    plane = None if found is None else found.plane.for_size(row.facts.width, row.facts.height)
    return measure(tracks, plane)


def _told(calibration: Calibration) -> dict[str, Any]:
    plane = calibration.plane
    values: dict[str, Any] = {
        "recorded": calibration.recorded,
        "actor": calibration.actor,
        "reason": calibration.reason,
        "picture": [plane.width, plane.height],
        "homography": plane.homography.tolist(),
    }
    if calibration.points:
        values["points"] = [list(point) for point in calibration.points]
    if calibration.since is not None:
        values["since"] = calibration.since
    return values


def _read(number: int, told: dict[str, Any]) -> Calibration:
    width, height = (int(side) for side in told["picture"])
    plane = GroundPlane(np.array(told["homography"], np.float64), width, height)
    points = tuple((float(x), float(y), float(u), float(v)) for x, y, u, v in told.get("points", ()))
    since = moment_of(told, "since") if "since" in told else None
    return Calibration(
        number, plane, points, since, moment_of(told, "recorded"), str(told["actor"]), str(told["reason"])
    )

"""Parts of each camera's picture that have a name: ``zones.toml``, made to be read by people.

A zone is a polygon, a line has two ends. Their points are shares of the picture's width and height, so that
they hold for every recording of the camera whatever its size in pixels.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

import numpy as np
import tomli_w

from apercu.archive.archive import LOCK, Archive
from apercu.archive.records import check_camera
from apercu.archive.shelf import ZONES
from apercu.archive.toml_files import read_tables
from apercu.disk import locked, replace_file, writing
from apercu.errors import NothingToShowError, UsageError
from apercu.purposes import Capability

_HEADER = "# Named parts of each camera's picture. Changed with: apercu zone add, apercu zone remove.\n\n"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")
_MOST_POINTS = 1_000

Kind = Literal["zone", "line"]
Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Zone:
    """A named part of a camera's picture.

    Attributes:
        camera: whose picture.
        name: what people call it.
        kind: ``zone``, a polygon, or ``line``, from its first point to its second.
        points: x and y of each, shares of the picture's width and height from its upper left corner.
        recorded: when it was stored, aware.
        actor: who stored it.
        reason: why, as stated; may be empty.
    """

    camera: str
    name: str
    kind: Kind
    points: tuple[tuple[float, float], ...]
    recorded: datetime
    actor: str
    reason: str


Zones = Mapping[str, Mapping[str, Zone]]
"""Zones by camera and name."""


def read_zones(archive: Archive) -> Zones:
    """Return the zones and lines of an archive's cameras.

    Raises:
        ArchiveDamagedError: ``zones.toml`` is not as it should be.
    """
    return read_tables(
        archive.path / ZONES,
        lambda camera, listed: {name: _read(camera, name, told) for name, told in listed.items()},
    )


def add_zone(
    archive: Archive, camera: str, name: str, kind: Kind, points: Points, *, reason: str = ""
) -> Zone:
    """Name a part of a camera's picture; one of the same name is replaced.

    Args:
        archive: where it is stored.
        camera: its name; recordings of it need not be there yet.
        name: a letter, then up to 63 letters, digits, ``-``, ``_`` or ``.``; not ``px``.
        kind: ``zone`` takes three corners or more, ``line`` two ends.
        points: see ``Zone``.
        reason: why; recorded here and in the ledger.

    Raises:
        RefusedError: the purpose has no ``manage``, or not now, or not without a reason.
        UsageError: a name cannot be one, or the points enclose nothing.
        OutputError: the archive cannot be written.
    """
    check_camera(camera)
    given = tuple((float(x), float(y)) for x, y in points)
    _check(name, kind, given)
    with (
        archive.gate.opens(Capability.MANAGE, subject=f"{kind} {name} of {camera}", reason=reason) as door,
        writing(archive.path),
        locked(archive.path / LOCK),
    ):
        known = {of: dict(listed) for of, listed in read_zones(archive).items()}
        now = datetime.now(UTC).replace(microsecond=0)
        made = Zone(camera, name, kind, given, now, archive.gate.actor, reason.strip())
        door.note = "replaced" if name in known.get(camera, {}) else "added"
        known.setdefault(camera, {})[name] = made
        _write(archive, known)
    return made


def remove_zone(archive: Archive, camera: str, name: str, *, reason: str = "") -> None:
    """Forget a zone or line.

    Raises:
        RefusedError: as ``add_zone``.
        NothingToShowError: there is none of this name.
        OutputError: the archive cannot be written.
    """
    with (
        archive.gate.opens(Capability.MANAGE, subject=f"zone {name} of {camera}", reason=reason) as door,
        writing(archive.path),
        locked(archive.path / LOCK),
    ):
        known = {of: dict(listed) for of, listed in read_zones(archive).items()}
        if known.get(camera, {}).pop(name, None) is None:
            raise NothingToShowError(
                f"camera {camera} has no zone {name!r}",
                where=archive.path,
                next_step="See: apercu zone list ARCHIVE.",
            )
        door.note = "removed"
        _write(archive, {of: listed for of, listed in known.items() if listed})


def _write(archive: Archive, zones: Zones) -> None:
    told = {of: {name: _told(zone) for name, zone in sorted(zones[of].items())} for of in sorted(zones)}
    replace_file(archive.path / ZONES, (_HEADER + tomli_w.dumps(told)).encode())


def _check(name: str, kind: str, points: Points) -> None:
    if _NAME.fullmatch(name) is None or name == "px":
        raise UsageError(
            f"{name!r} cannot name a zone",
            next_step="Use a letter, then up to 63 letters, digits, '-', '_' or '.'.",
        )
    if kind not in get_args(Kind):
        raise UsageError(f"{kind!r} is no zone", next_step="Choose zone or line.")
    places = np.array(points, np.float64).reshape(-1, 2)
    if not (np.isfinite(places).all() and (places >= 0).all() and (places <= 1).all()):
        raise UsageError(
            "a point lies outside the picture", next_step="Points are shares of the picture, 0 to 1."
        )
    wanted = len(places) == 2 if kind == "line" else 3 <= len(places) <= _MOST_POINTS
    if not wanted:
        takes = "two ends" if kind == "line" else f"3 to {_MOST_POINTS} corners"
        raise UsageError(f"a {kind} takes {takes}, and {len(places)} are given", next_step="Draw it anew.")
    x, y = places.T
    enclosed = abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))))
    if (enclosed if kind == "zone" else np.ptp(places, axis=0).max()) < 1e-9:
        raise UsageError("these points enclose nothing, or go nowhere", next_step="Draw it anew.")


def _told(zone: Zone) -> dict[str, Any]:
    return {
        "kind": zone.kind,
        "points": [list(point) for point in zone.points],
        "recorded": zone.recorded,
        "actor": zone.actor,
        "reason": zone.reason,
    }


def _read(camera: str, name: str, told: Mapping[str, Any]) -> Zone:
    points = tuple((float(x), float(y)) for x, y in told["points"])
    _check(name, told["kind"], points)
    if not isinstance(told["recorded"], datetime) or told["recorded"].tzinfo is None:
        raise ValueError(f"{told['recorded']} is no time with its zone")
    return Zone(camera, name, told["kind"], points, told["recorded"], str(told["actor"]), str(told["reason"]))

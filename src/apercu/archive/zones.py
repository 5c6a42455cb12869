"""Parts of each camera's picture that have a name: ``zones.toml``, made to be read by people.

A zone is a polygon, a line has two ends. Their points are shares of the picture's width and height, so that
they hold for every recording of the camera whatever its size in pixels.

What was drawn stays listed: numbers that were counted at an earlier drawing belong to another series.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, get_args

import numpy as np

from apercu.archive.archive import Archive
from apercu.archive.records import check_camera
from apercu.archive.shelf import ZONES
from apercu.archive.toml_files import moment_of, read_tables, write_tables
from apercu.errors import NothingToShowError, UsageError
from apercu.purposes import Capability

_HEADER = "# Named parts of each camera's picture. Changed with: apercu zone add, apercu zone remove.\n\n"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")
_MOST_POINTS = 1_000
_SERIES_DIGITS, _POINT_DECIMALS = 8, 5

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
        recorded: when it was stored, aware; it holds since then.
        actor: who stored it.
        reason: why, as stated; may be empty.
        until: when another drawing took its name, or it was removed, aware; None while it holds.
    """

    camera: str
    name: str
    kind: Kind
    points: tuple[tuple[float, float], ...]
    recorded: datetime
    actor: str
    reason: str
    until: datetime | None = None

    @property
    def series(self) -> str:
        """What tells this drawing from others, 8 hexadecimal digits: numbers of one series can be compared.

        The beginning of a SHA-256 over kind and points, these to five decimals, which is less than a pixel.
        """
        places = ";".join(
            ",".join(f"{side + 0.0:.{_POINT_DECIMALS}f}" for side in point) for point in self.points
        )
        return hashlib.sha256(f"{self.kind} {places}".encode()).hexdigest()[:_SERIES_DIGITS]


Zones = Mapping[str, Mapping[str, Zone]]
"""Zones by camera and name."""

Drawings = Mapping[str, Mapping[str, Sequence[Zone]]]
"""All that was ever drawn, by camera and name, in order of time; what holds is last."""


def read_zones(archive: Archive) -> Zones:
    """Return the zones and lines of an archive's cameras, as they hold now.

    Raises:
        ArchiveDamagedError: ``zones.toml`` is not as it should be.
    """
    holding = {
        camera: {name: drawn[-1] for name, drawn in listed.items() if drawn[-1].until is None}
        for camera, listed in read_drawings(archive).items()
    }
    return {camera: listed for camera, listed in holding.items() if listed}


def read_drawings(archive: Archive) -> Drawings:
    """Return the zones and lines of an archive's cameras with their earlier drawings, and those removed.

    Raises:
        ArchiveDamagedError: ``zones.toml`` is not as it should be.
    """
    return read_tables(
        archive.path / ZONES,
        lambda camera, listed: {name: _read_all(camera, name, told) for name, told in listed.items()},
    )


def add_zone(
    archive: Archive, camera: str, name: str, kind: Kind, points: Points, *, reason: str = ""
) -> Zone:
    """Name a part of a camera's picture; one of the same name is replaced and stays among its drawings.

    Drawing what is drawn already changes nothing.

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
    with archive.changes(Capability.MANAGE, subject=f"{kind} {name} of {camera}", reason=reason) as door:
        now = datetime.now(UTC).replace(microsecond=0)
        made = Zone(camera, name, kind, given, now, archive.gate.actor, reason.strip())
        known = read_drawings(archive)
        drawn = known.get(camera, {}).get(name, ())
        holding = drawn[-1] if drawn and drawn[-1].until is None else None
        door.note = f"{'added' if holding is None else 'replaced'}, series {made.series}"
        if holding is not None and holding.series == made.series:
            door.note = f"as it was, series {made.series}"
            return holding
        _write(archive, known, camera, name, [*_ended(drawn, now), made])
    return made


def remove_zone(archive: Archive, camera: str, name: str, *, reason: str = "") -> None:
    """Remove a zone or line; how it was drawn stays listed among the drawings.

    Raises:
        RefusedError: as ``add_zone``.
        NothingToShowError: there is none of this name.
        OutputError: the archive cannot be written.
    """
    with archive.changes(Capability.MANAGE, subject=f"zone {name} of {camera}", reason=reason) as door:
        known = read_drawings(archive)
        drawn = known.get(camera, {}).get(name, ())
        if not drawn or drawn[-1].until is not None:
            raise NothingToShowError(
                f"camera {camera} has no zone {name!r}",
                where=archive.path,
                next_step="See: apercu zone list ARCHIVE.",
            )
        door.note = f"removed, series {drawn[-1].series}"
        _write(archive, known, camera, name, _ended(drawn, datetime.now(UTC).replace(microsecond=0)))


def _ended(drawn: Sequence[Zone], now: datetime) -> list[Zone]:
    """Return drawings none of which holds any more."""
    return [zone if zone.until is not None else replace(zone, until=now) for zone in drawn]


def _write(archive: Archive, known: Drawings, camera: str, name: str, drawn: Sequence[Zone]) -> None:
    """Write all drawings, with those of one name as they are now."""
    everything = {**known, camera: {**known.get(camera, {}), name: drawn}}
    told = {
        of: {each: _told_all(listed[each]) for each in sorted(listed)}
        for of, listed in sorted(everything.items())
    }
    write_tables(archive.path / ZONES, _HEADER, told)


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


def _told_all(drawn: Sequence[Zone]) -> dict[str, Any]:
    """Return what is written under a name: the drawing that holds, and those that did."""
    holding = {} if drawn[-1].until is not None else _told(drawn[-1])
    earlier = [_told(zone) for zone in drawn if zone.until is not None]
    return {**holding, **({"earlier": earlier} if earlier else {})}


def _told(zone: Zone) -> dict[str, Any]:
    told = {
        "kind": zone.kind,
        "points": [list(point) for point in zone.points],
        "recorded": zone.recorded,
        "actor": zone.actor,
        "reason": zone.reason,
    }
    return told if zone.until is None else {**told, "until": zone.until}


def _read_all(camera: str, name: str, told: Mapping[str, Any]) -> list[Zone]:
    drawn = [_read(camera, name, each, moment_of(each, "until")) for each in told.get("earlier", ())]
    if not drawn or told.keys() > {"earlier"}:
        drawn.append(_read(camera, name, told, None))
    return drawn


def _read(camera: str, name: str, told: Mapping[str, Any], until: datetime | None) -> Zone:
    points = tuple((float(x), float(y)) for x, y in told["points"])
    _check(name, told["kind"], points)
    return Zone(
        camera,
        name,
        told["kind"],
        points,
        moment_of(told, "recorded"),
        str(told["actor"]),
        str(told["reason"]),
        until,
    )

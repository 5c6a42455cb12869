"""Counts made by hand, to know how wrong the engine is: ``checks.toml``, made to be read by people.

Somebody counts at one line or zone for a while, standing there or watching the footage, and writes the number
down. It belongs to the place as it was drawn then: a line that is drawn anew has no samples yet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from apercu.analysis.detections import CLASSES
from apercu.archive import Archive
from apercu.archive.shelf import CHECKS
from apercu.archive.toml_files import moment_of, read_tables, write_tables
from apercu.archive.zones import Zone, read_zones
from apercu.errors import NothingToShowError, UnknownNameError, UsageError
from apercu.purposes import Capability

_HEADER = "# Counts made by hand, by camera. Changed with: apercu count check.\n\n"
_SIDES = {"line": ("right", "left"), "zone": ("entered", "left")}
_KEY_DIGITS = 8
_MINUTE_S = 60
_MOST = 10_000_000


@dataclass(frozen=True, slots=True)
class Sample:
    """What one person counted at one place.

    Attributes:
        camera: whose picture.
        place: name of a line or zone.
        series: of the place as it was drawn: see ``Zone.series``.
        kind: ``line`` or ``zone``.
        direction: of lines the side they went to, ``right`` or ``left``; of zones ``entered`` or ``left``;
            empty means both sides of a line, and those that entered a zone.
        class_name: what was counted; empty means all classes that are counted.
        recording: id of a recording without a clock, which the seconds are of; empty where there is a clock.
        begin_s, end_s: of the span, whole minutes: seconds since 1970 UTC, or since the recording began.
        by_hand: how many there were.
        who: who counted.
        how: on the spot, from the footage, with a counter: as they say.
        note: what else is to be known; may be empty.
        recorded: when it was stored, aware.
        actor: who stored it.
    """

    camera: str
    place: str
    series: str
    kind: str
    direction: str
    class_name: str
    recording: str
    begin_s: float
    end_s: float
    by_hand: int
    who: str
    how: str
    note: str
    recorded: datetime
    actor: str

    @property
    def key(self) -> str:
        """What names it, 8 hexadecimal digits."""
        told = (
            self.camera,
            self.place,
            self.series,
            self.direction,
            self.class_name,
            self.recording,
            self.begin_s,
            self.end_s,
            self.by_hand,
            self.who,
            self.recorded.isoformat(),
        )
        return hashlib.sha256(repr(told).encode()).hexdigest()[:_KEY_DIGITS]

    def tells_as(self, other: Sample) -> bool:
        """Whether both tell the same count, whenever and by whomever they were stored."""
        return self == replace(other, recorded=self.recorded, actor=self.actor)


def read_samples(archive: Archive) -> list[Sample]:
    """Return the samples of an archive, by camera and in the order in which they were stored.

    Raises:
        ArchiveDamagedError: ``checks.toml`` is not as it should be.
    """
    return [sample for listed in _read_all(archive).values() for sample in listed]


def add_sample(
    archive: Archive,
    camera: str,
    place: str,
    by_hand: int,
    begin: datetime | float,
    end: datetime | float,
    *,
    who: str,
    how: str,
    direction: str = "",
    class_name: str = "",
    recording: str = "",
    note: str = "",
    reason: str = "",
) -> Sample:
    """Store a count made by hand.

    Args:
        archive: where to.
        camera, place: where it was counted.
        by_hand: how many there were.
        begin, end: whole minutes: aware times, or seconds of ``recording``.
        who, how, direction, class_name, recording, note: see ``Sample``.
        reason: why it is stored; recorded in the ledger.

    Raises:
        RefusedError: the purpose has no ``manage``, or not now, or not without a reason.
        UnknownNameError: the camera has no such place, or there is no such class or direction.
        UsageError: the span or the number cannot be, or it is not said who counted and how, or the same was
            stored before.
        OutputError: the archive cannot be written.
    """
    zone = _place(archive, camera, place)
    for kind, given, known in (
        ("direction", direction, _SIDES[zone.kind]),
        ("class", class_name, CLASSES),
    ):
        if given and given not in known:
            raise UnknownNameError(kind, given, known)
    begin_s, end_s = (_seconds(moment, recording) for moment in (begin, end))
    if begin_s % _MINUTE_S or end_s % _MINUTE_S or not 0 <= begin_s < end_s:
        raise UsageError(
            "a sample lasts from one whole minute to a later one",
            next_step='Count for whole minutes, and write them like "2024-05-31 14:00".',
        )
    if not 0 <= by_hand <= _MOST:
        raise UsageError(f"{by_hand} is no count", next_step="Give the number of objects that passed.")
    if not who.strip() or not how.strip():
        raise UsageError(
            "a count by hand needs to say who counted, and how",
            next_step='Say it with --who NAME and --how "from the footage" or "at the roadside".',
        )
    with archive.changes(Capability.MANAGE, subject=f"sample at {place} of {camera}", reason=reason) as door:
        made = Sample(
            camera=camera,
            place=place,
            series=zone.series,
            kind=zone.kind,
            direction=direction,
            class_name=class_name,
            recording=recording,
            begin_s=begin_s,
            end_s=end_s,
            by_hand=by_hand,
            who=who.strip(),
            how=how.strip(),
            note=note.strip(),
            recorded=datetime.now(UTC).replace(microsecond=0),
            actor=archive.gate.actor,
        )
        known_samples = _read_all(archive)
        if any(made.tells_as(sample) for sample in known_samples.get(camera, ())):
            raise UsageError("this sample is stored already", next_step="See: apercu count check ARCHIVE.")
        door.note = f"added {made.key}, series {made.series}"
        _write(archive, {**known_samples, camera: [*known_samples.get(camera, ()), made]})
    return made


def remove_sample(archive: Archive, key: str, *, reason: str = "") -> Sample:
    """Forget a sample.

    Raises:
        RefusedError: as ``add_sample``.
        NothingToShowError: there is none of this key.
        OutputError: the archive cannot be written.
    """
    with archive.changes(Capability.MANAGE, subject=f"sample {key}", reason=reason) as door:
        known = _read_all(archive)
        found = [sample for listed in known.values() for sample in listed if sample.key == key]
        if not found:
            raise NothingToShowError(
                f"no sample {key!r}", where=archive.path, next_step="See: apercu count check ARCHIVE."
            )
        door.note = f"removed, of {found[0].place} of {found[0].camera}"
        _write(archive, {of: [s for s in listed if s.key != key] for of, listed in known.items()})
    return found[0]


def _place(archive: Archive, camera: str, place: str) -> Zone:
    zones = read_zones(archive)
    if camera not in zones:
        raise UnknownNameError("camera with lines or zones", camera, sorted(zones) or ["(none)"])
    if place not in zones[camera]:
        raise UnknownNameError("line or zone", place, sorted(zones[camera]))
    return zones[camera][place]


def _seconds(moment: datetime | float, recording: str) -> float:
    if isinstance(moment, datetime) == bool(recording):
        raise UsageError(
            "a span is of a recording without a clock, in seconds, or it has times with a zone",
            next_step="Give one or the other.",
        )
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            raise UsageError(f"{moment} has no time zone", next_step="Give aware times.")
        return moment.timestamp()
    return float(moment)


def _read_all(archive: Archive) -> Mapping[str, Sequence[Sample]]:
    return read_tables(archive.path / CHECKS, lambda camera, listed: [_read(camera, told) for told in listed])


def _write(archive: Archive, samples: Mapping[str, Sequence[Sample]]) -> None:
    told = {of: [_told(sample) for sample in samples[of]] for of in sorted(samples) if samples[of]}
    write_tables(archive.path / CHECKS, _HEADER, told)


def _told(sample: Sample) -> dict[str, Any]:
    clock = not sample.recording
    span: dict[str, Any] = {
        "begin": datetime.fromtimestamp(sample.begin_s, UTC) if clock else sample.begin_s,
        "end": datetime.fromtimestamp(sample.end_s, UTC) if clock else sample.end_s,
    }
    return {
        "place": sample.place,
        "series": sample.series,
        "kind": sample.kind,
        "direction": sample.direction,
        "class": sample.class_name,
        **({} if clock else {"recording": sample.recording}),
        **span,
        "by_hand": sample.by_hand,
        "who": sample.who,
        "how": sample.how,
        "note": sample.note,
        "recorded": sample.recorded,
        "actor": sample.actor,
    }


def _read(camera: str, told: Mapping[str, Any]) -> Sample:
    recording, by_hand = str(told.get("recording", "")), int(told["by_hand"])
    if told["kind"] not in _SIDES or by_hand < 0:
        raise ValueError(f"a {told['kind']} with {by_hand} is no sample")
    sample = Sample(
        camera=camera,
        place=str(told["place"]),
        series=str(told["series"]),
        kind=str(told["kind"]),
        direction=str(told["direction"]),
        class_name=str(told["class"]),
        recording=recording,
        begin_s=_seconds(told["begin"], recording),
        end_s=_seconds(told["end"], recording),
        by_hand=by_hand,
        who=str(told["who"]),
        how=str(told["how"]),
        note=str(told["note"]),
        recorded=moment_of(told, "recorded"),
        actor=str(told["actor"]),
    )
    if sample.end_s <= sample.begin_s:
        raise ValueError("a sample ends before it begins")
    return sample

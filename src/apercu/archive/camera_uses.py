"""What each camera is for, and where it stands: ``uses.toml``, made to be read by people.

It is said by whoever answers for the archive, in words that everybody may read: the oversight page shows
them, and the public one where there is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from apercu.archive.archive import Archive
from apercu.archive.records import check_camera
from apercu.archive.shelf import USES
from apercu.archive.toml_files import moment_of, read_tables, write_tables
from apercu.errors import UsageError
from apercu.purposes import Capability

LONGEST = 500
"""Characters of each text."""
_HEADER = "# What each camera is for, and where it stands. Changed with: apercu camera describe.\n\n"


@dataclass(frozen=True, slots=True)
class CameraUse:
    """What one camera is for.

    Attributes:
        camera: its name.
        use: what it is for; may be empty.
        place: where it stands; may be empty.
        recorded: when that was said, aware.
        actor: who said it.
        reason: why, as stated; may be empty.
    """

    camera: str
    use: str
    place: str
    recorded: datetime
    actor: str
    reason: str


def read_uses(archive: Archive) -> Mapping[str, CameraUse]:
    """Return what the cameras of an archive are for, by camera; those of which nothing is said are left out.

    Raises:
        ArchiveDamagedError: ``uses.toml`` is not as it should be.
    """
    return read_tables(
        archive.path / USES,
        lambda camera, told: CameraUse(
            camera,
            str(told["use"]),
            str(told["place"]),
            moment_of(told, "recorded"),
            str(told["actor"]),
            str(told["reason"]),
        ),
    )


def describe_camera(archive: Archive, camera: str, use: str, place: str, *, reason: str = "") -> CameraUse:
    """Say what a camera is for and where it stands; what was said before is replaced.

    Args:
        archive: where to.
        camera: its name; recordings of it need not be there yet.
        use: what it is for.
        place: where it stands.
        reason: why it is said anew; recorded here and in the ledger.

    Raises:
        RefusedError: the purpose has no ``manage``, or not now, or not without a reason.
        UsageError: the name cannot be a camera's, or a text is too long or not on one line.
        OutputError: the archive cannot be written.
    """
    check_camera(camera)
    use, place = _one_line(use), _one_line(place)
    with archive.changes(Capability.MANAGE, subject=f"camera {camera}", reason=reason) as door:
        known = dict(read_uses(archive))
        now = datetime.now(UTC).replace(microsecond=0)
        made = known[camera] = CameraUse(camera, use, place, now, archive.gate.actor, reason.strip())
        door.note = f"for: {use or 'not said'}; at: {place or 'not said'}"
        told = {
            name: {
                "use": each.use,
                "place": each.place,
                "recorded": each.recorded,
                "actor": each.actor,
                "reason": each.reason,
            }
            for name, each in sorted(known.items())
        }
        write_tables(archive.path / USES, _HEADER, told)
    return made


def _one_line(text: str) -> str:
    told = text.strip()
    if len(told) > LONGEST or not told.isprintable():
        raise UsageError(
            "what is said of a camera is a line that can be read",
            next_step=f"Write {LONGEST} characters or fewer, without line breaks.",
        )
    return told

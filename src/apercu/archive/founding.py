"""The beginning of an archive: its folder, why it may exist, and its ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from apercu.archive.settings import ArchiveSettings, find_zone, machine_timezone
from apercu.archive.shelf import lay_out
from apercu.disk import write_file, writing
from apercu.purposes import USER_PURPOSE, Declaration, Ledger


def found(
    folder: Path,
    name: str,
    declaration: Declaration,
    controller: str,
    timezone: str | None,
    catalog_url: str | None,
) -> ArchiveSettings:
    """Make all of an archive but its catalog; it becomes one when the settings returned are written.

    The arguments are those of ``Archive.create``.

    Raises:
        UsageError: the folder is in use, or there is no such time zone.
        OutputError: the folder cannot be written.
    """
    zone = timezone or machine_timezone()
    find_zone(zone)
    with writing(folder):
        lay_out(folder)
        if declaration.purpose.extends is not None:
            write_file(folder / USER_PURPOSE, declaration.purpose.text.encode())
    return ArchiveSettings(
        name=name,
        declaration=declaration,
        controller=controller,
        timezone=zone,
        created=datetime.now(UTC).replace(microsecond=0),
        ledger=Ledger.create(folder).fingerprint,
        catalog_url=catalog_url,
    )

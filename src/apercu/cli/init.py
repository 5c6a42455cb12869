"""``apercu init``: make an archive."""

from __future__ import annotations

from typing import Annotated

import typer

from apercu.cli import console
from apercu.cli.parameters import ArchiveFolder, Fields, Json, Purpose, required_purpose


def command(
    archive: ArchiveFolder,
    purpose: Purpose = None,
    field: Fields = None,
    name: Annotated[
        str | None, typer.Option("--name", help="What people call the archive; the folder's name by default.")
    ] = None,
    controller: Annotated[
        str, typer.Option("--controller", help="Who answers for the data: a person, company or authority.")
    ] = "",
    timezone: Annotated[
        str | None,
        typer.Option("--timezone", metavar="ZONE", help="Like Europe/Paris; this machine's by default."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make an archive, for a purpose.

    An archive is a folder for what analysis finds: boxes, outlines and empty backgrounds, and no pictures of
    people but those of signals, where they are pixelated. Its archive.toml says what it is for. Each purpose
    requires some things to be stated; init names those that are missing and makes nothing until they are
    given. It tells when data must go: nothing is erased by
    surprise.

    \b
    Examples:
      apercu init yard --purpose private-premises --field place="yard, closed" --field information="signs"
      apercu init study --purpose research --field licence="CC BY 4.0" --timezone Europe/Paris
    """
    declared = required_purpose(purpose, field)
    from apercu.archive import Archive
    from apercu.purposes import Capability

    made = Archive.create(
        archive,
        name=name or archive.absolute().name,
        purpose=declared.purpose,
        purpose_fields=declared.values,
        controller=controller,
        timezone=timezone,
    )
    settings = made.settings
    if as_json:
        console.say_json(
            {
                "archive": made.path,
                "name": settings.name,
                "purpose": settings.purpose,
                "purpose_fields": dict(settings.declaration.values),
                "max_days": declared.purpose.retention.max_days,
                "counted_from": declared.purpose.retention.counted_from,
                "ledger": settings.ledger,
            }
        )
        return
    console.say(f"{archive}: archive {settings.name!r} for {settings.purpose}, times in {settings.timezone}")
    console.say(f"Retention: {declared.purpose.retention.rule.en} {declared.purpose.retention.basis.en}")
    if declared.days is not None:
        console.say(f"It may be used from {declared.days[0]} to {declared.days[1]}; after that, all goes.")
    reasons = sorted(declared.purpose.reasons)
    if reasons:
        console.say(f"Only with a reason: {', '.join(reasons)}.")
    console.say(f"What is done is recorded in its ledger {settings.ledger[:16]}; note this number.")
    console.say(f"All of it in one page: apercu purpose show {archive}")
    if Capability.KEEP_TRACKS in declared.purpose.allows:
        console.say(f"Add recordings with: apercu analyze {archive} VIDEO... --camera NAME")
    elif Capability.COUNT in declared.purpose.allows:
        console.say(f"Name what to count at: apercu zone add {archive} CAMERA NAME X,Y;... --line")
        console.say(f"Then count with: apercu count footage {archive} VIDEO... --camera CAMERA")
    else:
        console.say("It takes no recordings: this purpose neither keeps tracks nor counts.")

"""``apercu init``: make an archive."""

from __future__ import annotations

from typing import Annotated

import typer

from apercu.cli import console
from apercu.cli.parameters import ArchiveFolder, Json, Purpose, required_purpose


def command(
    archive: ArchiveFolder,
    purpose: Purpose = None,
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

    An archive is a folder for what analysis finds: boxes, outlines and empty backgrounds, never pictures of
    people.
    Its archive.toml says what it is for.

    \b
    Examples:
      apercu init gate --purpose private-premises --controller "Maison Dubois"
      apercu init crossing --purpose statistics --timezone Europe/Paris
    """
    chosen = required_purpose(purpose)
    from apercu.archive import Archive

    made = Archive.create(
        archive,
        name=name or archive.absolute().name,
        purpose=chosen,
        controller=controller,
        timezone=timezone,
    )
    settings = made.settings
    if as_json:
        console.say_json({"archive": made.path, "name": settings.name, "purpose": settings.purpose})
        return
    console.say(f"{archive}: archive {settings.name!r} for {settings.purpose}, times in {settings.timezone}")
    console.say(f"Add recordings with: apercu analyze {archive} VIDEO... --camera NAME")

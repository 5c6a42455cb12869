"""``apercu purpose``: what an archive is for, and which purposes there are."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from apercu.cli import console
from apercu.cli.parameters import ArchiveFolder, Json
from apercu.errors import UnknownNameError, UsageError

HELP = "What archives may exist for, and what follows from it."


def show(
    archive: ArchiveFolder,
    language: Annotated[str, typer.Option("--lang", metavar="en|fr", help="Language of the page.")] = "en",
    as_json: Json = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the page as HTML into a new file.")
    ] = None,
) -> None:
    """Show in one page what an archive is for, what it can and cannot do, until when, on which authority.

    It is made to be handed out, and says nothing about anyone who was filmed.

    \b
    Examples:
      apercu purpose show gate
      apercu purpose show gate --lang fr --html gate.html
    """
    from apercu.archive.settings import read_settings
    from apercu.disk import write_file, writing
    from apercu.purposes import LANGUAGES
    from apercu.purposes.page import Page

    if language not in LANGUAGES:
        raise UnknownNameError("language", language, LANGUAGES)
    if html is not None and html.exists():
        raise UsageError("exists already", where=html, next_step="Choose another name with --html.")
    settings = read_settings(archive.absolute())
    today = datetime.now(UTC).astimezone(settings.zone).date()
    page = Page(settings.name, settings.controller, settings.declaration, settings.ledger, today)
    chosen: Any = language
    if html is not None:
        with writing(html):
            write_file(html, page.html(chosen).encode())
    if as_json:
        console.say_json(page.as_dict(chosen))
    elif html is not None:
        console.say(f"{html}: the archive's page")
    else:
        console.say(page.text(chosen).rstrip("\n"))


def list_all(as_json: Json = False) -> None:
    """List the purposes that an archive may have, and what each requires to be stated.

    \b
    Examples:
      apercu purpose list
    """
    from apercu.purposes import built_in

    known = built_in().values()
    if as_json:
        values = [
            {
                "purpose": purpose.name,
                "summary": purpose.summary.en,
                "requires": {field.name: field.kind for field in purpose.requires.values()},
                "max_days": purpose.retention.max_days,
                "counted_from": purpose.retention.counted_from,
            }
            for purpose in known
        ]
        console.say_json(values)
        return
    for purpose in known:
        console.say(f"{purpose.name}: {purpose.summary.en}")
        for field in purpose.requires.values():
            console.say(f'  --field {field.name}="..."  {field.meaning.en}')
        console.say(f"  {purpose.retention.rule.en}")
        console.say()

"""``apercu sheet``: every object in its best moment."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from apercu.cli import console
from apercu.cli.filters import Filters, filtered
from apercu.cli.parameters import ArchiveFolder, Camera, Force, Json, Reason, Unredacted, check_output


@filtered
def command(
    archive: ArchiveFolder,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="PNG or HTML to write; NAME-sheet.png here by default. Further pages are NAME-2, NAME-3 ...",
        ),
    ] = None,
    camera: Camera = None,
    filters: Filters = Filters(),  # noqa: B008 - frozen, and ``filtered`` puts its options here
    unredacted: Unredacted = False,
    reason: Reason = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Show every object in its best moment, with its class, its time and how it is named.

    Objects are laid over the empty scene, in order of time, 36 to a page. Whoever may be a person is
    pixelated. The name below each picture is what apercu clip --track and apercu strobe --track take.

    \b
    Examples:
      apercu sheet gate -o gate.png
      apercu sheet gate -o cars.html --class car --longer-than 5s
    """
    from apercu.archive import Archive
    from apercu.cli.progress import Stages, bars
    from apercu.synopsis.options import SheetOptions
    from apercu.synopsis.sheet import SUFFIXES, make_sheet

    store = Archive.open(archive)
    target = output or Path(f"{store.path.name}-sheet.png")
    rows = store.recordings()
    check_output(target, [row.absolute_path for row in rows], force, suffixes=SUFFIXES)
    options = SheetOptions(filters.query(store, camera), not unredacted, reason, force)
    footage_s = sum(row.facts.duration_s for row in rows)
    with bars(as_json=as_json) as shown:
        stages = Stages(shown, footage_s, {"check": "checking the footage", "show": "reading"})
        sheet = make_sheet(store, target, options, stages)
    if as_json:
        console.say_json({"pages": sheet.pages, "objects": [asdict(best) for best in sheet.shown]})
        return
    count = len(sheet.pages)
    pages = str(sheet.pages[0]) if count == 1 else f"{sheet.pages[0]} to {sheet.pages[-1]}"
    console.say(f"{pages}: {len(sheet.shown)} objects on {count} page{'' if count == 1 else 's'}")

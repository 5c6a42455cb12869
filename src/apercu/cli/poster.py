"""``apercu poster``: where everything went, in one picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from apercu.cli import console
from apercu.cli.filters import Filters, filtered
from apercu.cli.parameters import ArchiveFolder, Camera, Force, Json, Reason, check_output


@filtered
def command(
    archive: ArchiveFolder,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="PNG to write; NAME-poster.png in this folder by default."),
    ] = None,
    camera: Camera = None,
    filters: Filters = Filters(),  # noqa: B008 - frozen, and ``filtered`` puts its options here
    reason: Reason = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Draw the paths of everything that moved over the empty scene, coloured by time.

    A path begins with a dot and ends with a point; the strip below tells which colour is which time, with
    what lies between recordings left out. The poster holds no picture of anyone, and the footage is not
    needed.

    \b
    Examples:
      apercu poster gate -o monday.png --from 2024-05-31 --to 2024-05-31
      apercu poster gate --class person --between 22:00-6:00
    """
    from apercu.archive import Archive
    from apercu.cli.progress import Stages, bars
    from apercu.synopsis.options import PosterOptions
    from apercu.synopsis.poster import make_poster

    store = Archive.open(archive)
    target = output or Path(f"{store.path.name}-poster.png")
    originals = [row.absolute_path for row in store.recordings()]
    check_output(target, originals, force, suffixes=(".png",))
    options = PosterOptions(filters.query(store, camera), reason)
    with bars(as_json=as_json) as shown:
        stages = Stages(shown, None, {"draw": "drawing"})
        poster = make_poster(store, target, options, lambda share: stages("draw", share))
    if as_json:
        facts = {"tracks": poster.tracks, "first": poster.first, "last": poster.last}
        console.say_json({"picture": poster.picture, **facts})
    else:
        paths = console.some(poster.tracks, "path")
        console.say(f"{poster.picture}: {paths}, {poster.first} to {poster.last}")

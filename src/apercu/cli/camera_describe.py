"""``apercu camera describe``: what a camera is for, and where it stands."""

from __future__ import annotations

from typing import Annotated

import typer

from apercu.cli import console
from apercu.cli.parameters import ArchiveFolder, Json, Reason
from apercu.errors import UsageError


def command(
    archive: ArchiveFolder,
    camera: Annotated[str, typer.Argument(metavar="CAMERA", help="Name of the camera.")],
    use: Annotated[str | None, typer.Option("--for", metavar="TEXT", help="What it is for.")] = None,
    place: Annotated[str | None, typer.Option("--at", metavar="TEXT", help="Where it stands.")] = None,
    reason: Reason = None,
    as_json: Json = False,
) -> None:
    """Say what a camera is for and where it stands, for everybody to read.

    The oversight page shows it, and the public one. What is left out stays as it was; an empty text takes it
    away.

    \b
    Examples:
      apercu camera describe gate entrance --for "Who comes in by lorry" --at "South gate, on the lamp post"
    """
    from apercu.archive import Archive
    from apercu.archive.camera_uses import describe_camera, read_uses

    if use is None and place is None:
        raise UsageError("nothing is said of the camera", next_step="Give --for, --at or both.")
    store = Archive.open(archive)
    before = read_uses(store).get(camera)
    made = describe_camera(
        store,
        camera,
        (before.use if before else "") if use is None else use,
        (before.place if before else "") if place is None else place,
        reason=reason or "",
    )
    if as_json:
        console.say_json({"camera": camera, "use": made.use, "place": made.place})
        return
    console.say(f"{camera}: for: {made.use or 'not said'}; at: {made.place or 'not said'}")
    if not any(row.camera == camera for row in store.recordings()):
        console.tell(f"warning: the archive has no recording of {camera} yet")

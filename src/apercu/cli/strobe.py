"""``apercu strobe``: one object at several moments of its way, in one picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from apercu.cli import console
from apercu.cli.late import of_strobe
from apercu.cli.objects import IndexFile, Track, TubeNumber, object_of
from apercu.cli.parameters import ArchiveFolder, Force, Json, Reason, Unredacted, check_output


def command(
    archive: ArchiveFolder,
    track: Track = None,
    index: IndexFile = None,
    tube: TubeNumber = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="PNG to write; CAMERA-TRACK.png in this folder by default."),
    ] = None,
    poses: Annotated[
        int, typer.Option("--poses", metavar="N", min=2, max=200, help="Moments shown, at most.")
    ] = of_strobe("poses"),
    unredacted: Unredacted = False,
    reason: Reason = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Show one object at several moments of its way in one picture, each with its true time.

    The object is named as apercu tracks lists it, or by its number in the index of a synopsis.
    Moments are so far apart that the object hardly covers itself; where it stood it is shown once. Whoever
    may be a person is pixelated. Such a picture is not evidence: it shows at once what was not at once.

    \b
    Examples:
      apercu strobe gate --track gate_20240531_140327.mp4/17 -o van.png
      apercu strobe gate --index gate-synopsis.json --tube 3 --poses 6
    """
    from apercu.archive import Archive
    from apercu.cli.intakes import span
    from apercu.cli.progress import Stages, bars
    from apercu.synopsis.options import StroboscopeOptions
    from apercu.synopsis.stroboscope import make_stroboscope

    store = Archive.open(archive)
    named = object_of(store, track, index, tube)
    row = store.recording(named.recording_id)
    target = output or Path(f"{row.camera}-{named.track_id}.png")
    check_output(target, [row.absolute_path for row in store.recordings()], force, suffixes=(".png",))
    options = StroboscopeOptions(poses, not unredacted, reason)
    with bars(as_json=as_json) as shown:
        stages = Stages(shown, None, {"show": "reading"})
        still = make_stroboscope(store, named, target, options, lambda share: stages("show", share))
    if as_json:
        facts = {"recording_id": named.recording_id, "track_id": named.track_id}
        console.say_json({"picture": still.picture, **facts, "seconds": still.seconds})
    else:
        when = span(store, row, still.seconds[0], still.seconds[-1])
        console.say(f"{still.picture}: {len(still.seconds)} moments from {when}")

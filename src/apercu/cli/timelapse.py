"""``apercu timelapse``: the footage itself, played fast, to compare a synopsis with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from apercu.cli import console
from apercu.cli.late import of_timelapse
from apercu.cli.parameters import (
    ArchiveFolder,
    Camera,
    Crf,
    Force,
    FromTime,
    Json,
    Reason,
    ToTime,
    Unredacted,
    check_output,
)
from apercu.errors import UsageError


def command(
    archive: ArchiveFolder,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Video to write; NAME-timelapse.mp4 in this folder by default."),
    ] = None,
    camera: Camera = None,
    from_time: FromTime = None,
    to_time: ToTime = None,
    length: Annotated[
        str | None,
        typer.Option("--length", metavar="TIME", help="How long it plays: 60s, 1:30; goes before --factor."),
    ] = None,
    like: Annotated[
        Path | None,
        typer.Option(
            "--like", metavar="JSON", help="As long as the synopsis of this index, to be put beside it."
        ),
    ] = None,
    factor: Annotated[
        float, typer.Option("--factor", metavar="N", min=1.0, help="How many times faster than the footage.")
    ] = of_timelapse("factor"),
    frames_per_second: Annotated[
        int, typer.Option("--fps", metavar="N", min=1, max=60, help="Pictures per second of the video.")
    ] = of_timelapse("rate"),
    crf: Crf = of_timelapse("crf"),
    unredacted: Unredacted = False,
    reason: Reason = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Play the footage of a camera fast, to compare a synopsis with.

    Pictures are taken evenly over the span; time without recordings is left out. Every person is pixelated,
    which takes a detector's look at every picture that is shown.

    \b
    Examples:
      apercu timelapse gate -o monday.mp4 --from 2024-05-31 --to 2024-05-31 --factor 120
      apercu timelapse gate --like gate-synopsis.json
    """
    from apercu.archive import Archive
    from apercu.cli.filters import seconds_of
    from apercu.cli.progress import Stages, bars
    from apercu.disclosure.options import TimelapseOptions
    from apercu.disclosure.timelapse import make_timelapse
    from apercu.search import Query

    if length is not None and like is not None:
        raise UsageError("--length and --like exclude each other", next_step="Choose one.")
    store = Archive.open(archive)
    target = output or Path(f"{store.path.name}-timelapse.mp4")
    rows = store.recordings()
    check_output(target, [row.absolute_path for row in rows], force)
    asked = {"from_time": from_time, "to_time": to_time, "cameras": None if camera is None else [camera]}
    options = TimelapseOptions(
        seconds_of(length) if like is None else _length_of(like),
        factor,
        frames_per_second,
        crf,
        Query.of(**{name: value for name, value in asked.items() if value}),
        not unredacted,
        reason,
    )
    footage_s = sum(row.facts.duration_s for row in rows)
    with bars(as_json=as_json) as shown:
        stages = Stages(shown, footage_s, {"check": "checking the footage", "render": "rendering"})
        made = make_timelapse(store, target, options, stages)
    if as_json:
        facts = {"length_s": round(made.length_s, 3), "footage_s": round(made.footage_s, 3)}
        console.say_json({"video": made.video, **facts})
    else:
        told = f"{console.length(made.length_s)} from {console.length(made.footage_s)} of footage"
        factor = made.footage_s / made.length_s
        pace = f"{factor:.1f} times faster" if factor >= 1 else f"{1 / factor:.1f} times slower"
        console.say(f"{made.video}: {told}, {pace}")


def _length_of(index: Path) -> float:
    from apercu.synopsis.index import Index

    return Index.read(index).metrics.output_s

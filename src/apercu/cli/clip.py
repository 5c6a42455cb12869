"""``apercu clip``: the original moment of one object."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from apercu.cli import console
from apercu.cli.late import of_clip
from apercu.cli.objects import IndexFile, Track, TubeNumber, object_of
from apercu.cli.parameters import (
    ArchiveFolder,
    Crf,
    Force,
    Json,
    Reason,
    Unredacted,
    check_output,
    refuse_given,
)


def command(
    archive: ArchiveFolder,
    track: Track = None,
    index: IndexFile = None,
    tube: TubeNumber = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Video to write; CAMERA-TRACK.mp4 in this folder by default."),
    ] = None,
    around: Annotated[
        float,
        typer.Option("--around", metavar="SECONDS", min=0.0, help="Seconds shown before and after it."),
    ] = of_clip("around_s"),
    exact: Annotated[
        bool,
        typer.Option(
            "--exact",
            help="With --unredacted: begin on the very picture, encoded anew, rather than on the key frame "
            "before it with the pictures as they are.",
        ),
    ] = False,
    crf: Crf = of_clip("crf"),
    unredacted: Unredacted = False,
    reason: Reason = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Cut the original moment of an object out of its recording.

    The object is named as apercu tracks lists it, or by its number in the index of a synopsis. Everyone is
    pixelated, which takes a detector's look at every picture. Unredacted, the recording's own pictures are
    copied, from the key frame before the moment on, and nothing is encoded anew. A recording that is gone or
    has changed since it was analysed is refused.

    \b
    Examples:
      apercu clip gate --track gate_20240531_140327.mp4/17 -o white-van.mp4
      apercu clip gate --index gate-synopsis.json --tube 3 -o third.mp4
      apercu clip gate --track 3f9a/17 --unredacted --reason "order: case 2024/117" -o case.mp4
    """
    from apercu.archive import Archive
    from apercu.cli.intakes import span
    from apercu.cli.progress import Stages, bars
    from apercu.disclosure.cutting import ClipOptions, cut_clip

    if not unredacted:
        why = "means nothing where people are pixelated: that is exact, and encoded anew"
        refuse_given({"--exact": exact}, why, "Leave it out, or add --unredacted.")
    store = Archive.open(archive)
    recording_id, track_id = object_of(store, track, index, tube)
    row = store.recording(recording_id)
    target = output or Path(f"{row.camera}-{track_id}.mp4")
    check_output(target, [row.absolute_path for row in store.recordings()], force)
    options = ClipOptions(around, exact, crf, redact=not unredacted, reason=reason)
    with bars(as_json=as_json) as shown:
        stages = Stages(shown, None, {"cut": "cutting"})
        clip = cut_clip(store, recording_id, track_id, target, options, lambda share: stages("cut", share))
    if as_json:
        console.say_json(
            {
                "video": clip.video,
                "recording_id": clip.recording_id,
                "track_id": clip.track_id,
                "begin_s": round(clip.begin_s, 3),
                "end_s": round(clip.end_s, 3),
                "copied": clip.copied,
                "redacted": clip.redacted,
            }
        )
        return
    how = "its own pictures" if clip.copied else "people pixelated" if clip.redacted else "encoded anew"
    when = span(store, row, clip.begin_s, clip.end_s)
    console.say(f"{clip.video}: {row.facts.file_name}, {when}, {how}")

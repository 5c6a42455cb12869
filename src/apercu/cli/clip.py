"""``apercu clip``: the original moments of objects."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apercu.cli import console
from apercu.cli.late import of_clip
from apercu.cli.objects import IndexFile, TrackNames, TubeNumbers, objects_of
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

if TYPE_CHECKING:
    from apercu.disclosure.cutting import Clip


def command(
    archive: ArchiveFolder,
    track: TrackNames = None,
    index: IndexFile = None,
    tube: TubeNumbers = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Video to write; CAMERA-TRACK.mp4 in this folder by default. Of several objects the folder "
            "of their videos, CAMERA-RECORDING-TRACK.mp4 each; this folder by default.",
        ),
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
    """Cut the original moments of objects out of their recordings.

    An object is named as apercu tracks lists it, or by its number in the index of a synopsis. Everyone is
    pixelated, which takes a detector's look at every picture. Unredacted, the recording's own pictures are
    copied, from the key frame before the moment on, and nothing is encoded anew. A recording that is gone or
    has changed since it was analysed is refused.

    \b
    Examples:
      apercu clip gate --track gate_20240531_140327.mp4/17 -o white-van.mp4
      apercu clip gate --index gate-synopsis.json --tube 3 -o third.mp4
      apercu clip gate --index gate-synopsis.json --tube 3 --tube 8 -o clips
      apercu clip gate --track 3f9a/17 --unredacted --reason "order: case 2024/117" -o case.mp4
    """
    from apercu.archive import Archive
    from apercu.cli.intakes import span
    from apercu.cli.progress import Stages, bars
    from apercu.disclosure.cutting import cut_clip, cut_clips
    from apercu.disclosure.options import ClipOptions

    if not unredacted:
        why = "means nothing where people are pixelated: that is exact, and encoded anew"
        refuse_given({"--exact": exact}, why, "Leave it out, or add --unredacted.")
    store = Archive.open(archive)
    named = objects_of(store, track or [], index, tube or [])
    options = ClipOptions(around, exact, crf, redact=not unredacted, reason=reason)
    with bars(as_json=as_json) as shown:
        stages = Stages(shown, None, {"cut": "cutting"})
        report = partial(stages, "cut")
        if len(named) == 1:
            (one,) = named
            target = output or Path(f"{store.recording(one.recording_id).camera}-{one.track_id}.mp4")
            check_output(target, [row.absolute_path for row in store.recordings()], force)
            clips = [cut_clip(store, one.recording_id, one.track_id, target, options, report)]
        else:
            clips = cut_clips(store, named, output or Path(), options, report, replace=force)
    if as_json:
        told = [_as_dict(clip) for clip in clips]
        console.say_json(told[0] if len(told) == 1 else {"clips": told})
        return
    for clip in clips:
        row = store.recording(clip.recording_id)
        how = "its own pictures" if clip.copied else "people pixelated" if clip.redacted else "encoded anew"
        when = span(store, row, clip.begin_s, clip.end_s)
        console.say(f"{clip.video}: {row.facts.file_name}, {when}, {how}")


def _as_dict(clip: Clip) -> dict[str, Any]:
    return {
        "video": clip.video,
        "recording_id": clip.recording_id,
        "track_id": clip.track_id,
        "begin_s": round(clip.begin_s, 3),
        "end_s": round(clip.end_s, 3),
        "copied": clip.copied,
        "redacted": clip.redacted,
    }

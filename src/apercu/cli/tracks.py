"""``apercu tracks``: what an archive holds, track by track."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apercu.cli import console
from apercu.cli.parameters import ArchiveFolder, Json, Reason
from apercu.errors import NothingToShowError, UnknownNameError, UsageError

if TYPE_CHECKING:
    from apercu.archive import Archive, RecordingRow


def command(
    archive: ArchiveFolder,
    classes: Annotated[
        list[str] | None,
        typer.Option(
            "--class", metavar="NAME", help="Only tracks of this class; may be given several times."
        ),
    ] = None,
    recording: Annotated[
        str | None,
        typer.Option(
            "--recording",
            metavar="ID|FILE",
            help="Only this recording: its id, how that begins, or its file name.",
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, metavar="N", help="Only the first N.")
    ] = None,
    as_json: Json = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Write comma-separated values, for spreadsheets.")
    ] = False,
    reason: Reason = None,
) -> None:
    """List the tracks of an archive.

    A track is one object's path through one recording. The table shows the most useful columns; --json and
    --csv have all of them, as docs/archive-format.md says; they count as an export, since they leave the
    archive.

    \b
    Examples:
      apercu tracks gate --class car --class truck
      apercu tracks gate --recording gate_20240531_140327.mp4 --csv > tracks.csv
    """
    from apercu.analysis import CLASSES, TRACK_SCHEMA
    from apercu.archive import Archive
    from apercu.cli.intakes import find_recording
    from apercu.purposes import Capability

    if as_json and as_csv:
        raise UsageError("--json and --csv exclude each other", next_step="Choose one.")
    for name in classes or ():
        if name not in CLASSES:
            raise UnknownNameError("class", name, CLASSES)
    store = Archive.open(archive)
    if as_json or as_csv:
        capability = Capability.EXPORT_TRACKS
    else:
        capability = Capability.SEARCH if classes else Capability.READ_TRACKS
    chosen = None if recording is None else find_recording(store, recording)
    subject = "archive" if chosen is None else f"recording {chosen}"
    asked = f"{subject} class:{','.join(classes)}" if classes else subject
    with store.opens(capability, subject=asked, reason=reason) as inside:
        rows = list(islice(_tracks(inside, classes, chosen), limit))
    if as_json:
        console.say_json([values for _, values in rows])
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(TRACK_SCHEMA.names)
        writer.writerows([_cell(values[name]) for name in TRACK_SCHEMA.names] for _, values in rows)
    elif rows:
        heads = ("recording", "track", "class", "camera", "start", "length", "stood", "speed px/s", "colours")
        lines = (_line(store, row, values) for row, values in rows)
        console.say_table(heads, lines, right=("track", "length", "stood", "speed px/s"))
        _say_what_goes_first(store, {row.recording_id for row, _ in rows})
    if not rows:
        raise NothingToShowError(
            "there are no such tracks", where=archive, next_step="See: apercu info ARCHIVE."
        )


def _tracks(
    archive: Archive, classes: list[str] | None, recording_id: str | None
) -> Iterator[tuple[RecordingRow, dict[str, Any]]]:
    """Yield the tracks asked for, one recording in memory at a time."""
    for row, tracks in archive.iter_tracks(None if recording_id is None else [recording_id]):
        for values in tracks.table.to_pylist():
            if not classes or values["class"] in classes:
                yield row, values


def _say_what_goes_first(archive: Archive, recording_ids: set[str]) -> None:
    from apercu.archive.retention import stays
    from apercu.cli.retention import told

    shown = [stay for stay in stays(archive) if stay.row.recording_id in recording_ids]
    first = min(shown, key=lambda stay: (stay.hold is not None, stay.expires))
    what = f"{first.row.facts.file_name} {told(archive, first)}"
    console.say(f"goes first: {what}; see: apercu retention show {archive.path}")


def _line(archive: Archive, row: RecordingRow, values: dict[str, Any]) -> tuple[str, ...]:
    from apercu.cli.intakes import local

    start = values["start_time"]
    return (
        row.facts.file_name,
        str(values["track_id"]),
        values["class"],
        row.camera,
        console.length(values["start_s"]) if start is None else local(archive, start),
        f"{values['duration_s']:.1f} s",
        f"{values['dwell_s']:.1f} s",
        f"{values['speed_mean_px_s']:.0f}",
        ", ".join(values["colours"]),
    )


def _cell(value: Any) -> Any:
    """Return what a spreadsheet can hold: lists become words with semicolons between them."""
    if isinstance(value, list):
        return ";".join(f"{v:g}" if isinstance(v, float) else str(v) for v in value)
    return value.isoformat() if hasattr(value, "isoformat") else value

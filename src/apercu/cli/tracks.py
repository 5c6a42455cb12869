"""``apercu tracks``: what an archive holds, track by track."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apercu.cli import console
from apercu.cli.parameters import ArchiveFolder, Json, Reason
from apercu.errors import NothingToShowError, UnknownNameError, UsageError
from apercu.spreadsheet import write_csv

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
    archive. Speed and size are in metres where the camera is calibrated (apercu camera calibrate), and in
    pixels of the recording elsewhere; --json and --csv have both.

    \b
    Examples:
      apercu tracks gate --class car --class truck
      apercu tracks gate --recording gate_20240531_140327.mp4 --csv > tracks.csv
    """
    from apercu.analysis import CLASSES, MEASURE_SCHEMA, TRACK_SCHEMA
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
        names = [*TRACK_SCHEMA.names, *MEASURE_SCHEMA.names[2:]]
        write_csv(sys.stdout, names, ([values[name] for name in names] for _, values in rows))
    elif rows:
        _say(store, rows)
        _say_what_goes_first(store, {row.recording_id for row, _ in rows})
    if not rows:
        raise NothingToShowError(
            "there are no such tracks", where=archive, next_step="See: apercu info ARCHIVE."
        )


def _tracks(
    archive: Archive, classes: list[str] | None, recording_id: str | None
) -> Iterator[tuple[RecordingRow, dict[str, Any]]]:
    """Yield the tracks asked for with their measures, one recording in memory at a time."""
    from apercu.archive.cameras import measures, read_calibrations

    calibrations = read_calibrations(archive)
    for row, tracks in archive.iter_tracks(None if recording_id is None else [recording_id]):
        measured = measures(calibrations, row, tracks)
        for values, metres in zip(tracks.table.to_pylist(), measured.to_pylist(), strict=True):
            if not classes or values["class"] in classes:
                yield row, values | metres


def _say(archive: Archive, rows: list[tuple[RecordingRow, dict[str, Any]]]) -> None:
    """Write the table: metres where something was measured in metres, pixels where something was not."""
    in_metres = [values["speed_mean_m_s"] is not None for _, values in rows]
    units = [*(["m"] if any(in_metres) else []), *(["px"] if not all(in_metres) else [])]
    numbers = [name for unit in units for name in (f"speed {unit}/s", f"height {unit}")]
    heads = (
        *("recording", "track", "class", "margin", "camera", "start", "length", "stood"),
        *numbers,
        "colours",
    )
    lines = (_line(archive, row, values, units) for row, values in rows)
    console.say_table(heads, lines, right=("track", "margin", "length", "stood", *numbers))


def _say_what_goes_first(archive: Archive, recording_ids: set[str]) -> None:
    from apercu.archive.retention import stays
    from apercu.cli.retention import told

    shown = [stay for stay in stays(archive) if stay.row.recording_id in recording_ids]
    first = min(shown, key=lambda stay: (stay.hold is not None, stay.expires))
    what = f"{first.row.facts.file_name} {told(archive, first)}"
    console.say(f"goes first: {what}; see: apercu retention show {archive.path}")


def _line(archive: Archive, row: RecordingRow, values: dict[str, Any], units: list[str]) -> tuple[str, ...]:
    from apercu.cli.intakes import local

    start = values["start_time"]
    numbers = {
        "m": (_number(values["speed_mean_m_s"], ".1f"), _number(values["height_m"], ".1f")),
        "px": (_number(values["speed_mean_px_s"], ".0f"), _number(values["height_px"], ".0f")),
    }
    return (
        row.facts.file_name,
        str(values["track_id"]),
        values["class"],
        f"{values['class_margin']:.2f}",
        row.camera,
        console.length(values["start_s"]) if start is None else local(archive, start),
        f"{values['duration_s']:.1f} s",
        f"{values['dwell_s']:.1f} s",
        *(number for unit in units for number in numbers[unit]),
        ", ".join(values["colours"]),
    )


def _number(value: float | None, form: str) -> str:
    """Return a number as the table shows it; of what is not known, nothing."""
    return "" if value is None else f"{value:{form}}"

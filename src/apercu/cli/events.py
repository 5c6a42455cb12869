"""``apercu events``: rules over what was recorded, so that they can be tuned before they watch."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apercu.analysis.options import LIVE_RATE
from apercu.cli import console
from apercu.cli.late import of_analysis
from apercu.cli.parameters import ArchiveFolder, DetectorSize, Json, Model, Rate, Reason, refuse_given
from apercu.errors import NothingToShowError, UsageError
from apercu.spreadsheet import write_csv

if TYPE_CHECKING:
    from apercu.archive import Archive, RecordingRow
    from apercu.cli.progress import Bar
    from apercu.events.event import Event


def command(
    archive: ArchiveFolder,
    rules: Annotated[
        Path, typer.Option("--rules", metavar="FILE", help="The rules (TOML): see docs/events.md.")
    ],
    camera: Annotated[
        list[str] | None,
        typer.Option(
            "--camera", metavar="NAME", help="Only recordings of this camera; may be given several times."
        ),
    ] = None,
    recording: Annotated[
        list[str] | None,
        typer.Option(
            "--recording",
            metavar="ID|FILE",
            help="Only this recording: its id, how that begins, or its file name; may be repeated.",
        ),
    ] = None,
    again: Annotated[
        bool,
        typer.Option(
            "--replay",
            help="From the footage as if it came from the camera now, not from stored tracks: slower, and "
            "exactly what watching it live would have given.",
        ),
    ] = False,
    model: Model = None,
    rate: Rate = LIVE_RATE,
    detector_size: DetectorSize = of_analysis("detector_px"),
    as_json: Json = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Write comma-separated values, for spreadsheets.")
    ] = False,
    reason: Reason = None,
) -> None:
    """Find what meets rules in the recordings of an archive.

    Rules are the same here and when a camera is watched live: tune them on last week before they watch
    tomorrow. From stored tracks this takes seconds; some moments differ a little from what is known live,
    where a track is told before its end is seen. Rules about how the scene looks (abandoned-object,
    removed-object, view-lost) cannot be judged from tracks, which is said. --replay reads the footage again
    and leaves no difference: as many pictures a second as of a camera that is watched, unless --rate says
    otherwise, which is for --replay only, as are --model and --detector-size.

    An event says which rule was met, where and when, and what was measured against which threshold. Each
    situation gives one event, however long it lasts. Nothing is stored, and nobody is told: that is
    for a camera that is watched. --json and --csv count as an export of tracks, since paths leave the
    archive.

    \b
    Examples:
      apercu events town --rules gate.toml
      apercu events town --rules gate.toml --camera gate --replay --json > events.json
    """
    from apercu.analysis import AnalysisOptions, load_detector
    from apercu.archive import Archive
    from apercu.cli.intakes import find_recording
    from apercu.cli.progress import bars
    from apercu.events.recorded import Choice, events_of, unjudged
    from apercu.events.rules import read_rules
    from apercu.events.watching.settings import CameraSettings
    from apercu.purposes import Capability

    if as_json and as_csv:
        raise UsageError("--json and --csv exclude each other", next_step="Choose one.")
    options = AnalysisOptions(rate=rate, detector_px=detector_size)
    if not again:
        usual = AnalysisOptions(rate=CameraSettings.model_fields["rate"].default)
        refuse_given(
            {
                "--model": model,
                "--rate": options.rate != usual.rate,
                "--detector-size": options.detector_px != usual.detector_px,
            },
            "means nothing for stored tracks",
            "Leave it out, or add --replay.",
        )
    file = read_rules(rules)
    store = Archive.open(archive)
    chosen = Choice(tuple(camera or ()), tuple(find_recording(store, text) for text in recording or ()))
    if as_json or as_csv:
        store.gate.require(Capability.EXPORT_TRACKS, subject=f"events of {rules.name}", reason=reason)
    detector = load_detector(model) if again else None
    for line in unjudged(file.settings.rule, replayed=again):
        console.tell(line)
    found: list[tuple[RecordingRow, Event]] = []
    with bars(as_json=as_json or as_csv) as shown:
        bar: dict[str, Bar] = {}

        def progress(row: RecordingRow, second: float) -> None:
            name = row.recording_id
            if name not in bar:
                bar[name] = shown.add(row.facts.file_name, row.facts.duration_s)
            bar[name].move(second)

        for row, events in events_of(
            store,
            file,
            chosen,
            detector=detector,
            options=options,
            reason=reason,
            progress=progress,
        ):
            found += [(row, event) for event in events]
            if row.recording_id in bar:
                bar.pop(row.recording_id).end()
    if as_json:
        console.say_json([_as_dict(row, event) for row, event in found])
    elif as_csv:
        _say_csv(found)
    elif found:
        _say(store, found)
    if not found:
        raise NothingToShowError(
            "no rule was met", where=archive, next_step="Look at zones and durations, or use --replay."
        )


def _as_dict(row: RecordingRow, event: Event) -> dict[str, Any]:
    """Return an event as plain values."""
    return {"key": event.key, "file": row.facts.file_name, **asdict(event)}


def _say_csv(found: list[tuple[RecordingRow, Event]]) -> None:
    from apercu.events.event import Event

    names = ["key", "file", *(field.name for field in fields(Event) if field.name != "path")]
    told = (_as_dict(row, event) for row, event in found)
    write_csv(sys.stdout, names, ([values[name] for name in names] for values in told))


def _say(archive: Archive, found: list[tuple[RecordingRow, Event]]) -> None:
    from apercu.cli.intakes import local
    from apercu.events.telling import told

    heads = ("time", "camera", "recording", "at", "rule", "severity", "what", "tracks")
    lines = (
        (
            "" if event.met_at is None else local(archive, event.met_at),
            event.camera,
            row.facts.file_name,
            console.length(event.met_s),
            event.rule,
            event.severity,
            told(event),
            ", ".join(str(number) for number in event.track_ids),
        )
        for row, event in found
    )
    console.say_table(heads, lines, right=("at",))
    times = Counter(event.rule for _, event in found)
    console.say(", ".join(f"{rule}: {count}" for rule, count in sorted(times.items())))

"""``apercu info``: what a recording or an archive is."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apercu.cli import console
from apercu.cli.parameters import Json

if TYPE_CHECKING:
    from apercu.archive import Archive
    from apercu.archive.signal_records import State


def command(
    what: Annotated[
        Path, typer.Argument(metavar="VIDEO|ARCHIVE", help="A recording, or the folder of an archive.")
    ],
    as_json: Json = False,
) -> None:
    """Show what a recording or an archive is.

    \b
    Examples:
      apercu info yard.mp4
      apercu info gate --json
    """
    if what.is_dir():
        _archive(what, as_json)
    else:
        _recording(what, as_json)


def _recording(path: Path, as_json: bool) -> None:
    from apercu.footage import FootageReader

    with FootageReader(path) as reader:
        info = reader.info
        damage = reader.damage
    length = None if info.duration is None else float(info.duration)
    if as_json:
        values: dict[str, Any] = {
            "path": info.path,
            "container": info.container,
            "codec": info.codec,
            "width": info.width,
            "height": info.height,
            "pixel_aspect": float(info.pixel_aspect),
            "rotation": info.rotation,
            "rate": None if info.average_rate is None else float(info.average_rate),
            "duration_s": length,
            "frames": info.frame_count,
            "size_bytes": info.size_bytes,
            "has_audio": info.has_audio,
            "start_time": info.start.time,
            "start_source": info.start.source,
            "warnings": damage,
        }
        console.say_json(values)
        return
    rate = "unknown rate" if info.average_rate is None else f"{float(info.average_rate):.4g} frames/s"
    aspect = info.pixel_aspect
    stored = "" if aspect == 1 else f", stretched from pixels of {aspect.numerator}:{aspect.denominator}"
    turned = f", turned by {info.rotation}°" if info.rotation else ""
    console.say_facts(
        {
            "recording": str(info.path),
            "format": f"{info.codec} in {info.container}, {info.size_bytes / 1e6:.1f} MB",
            "picture": f"{info.width}x{info.height}{stored}{turned}, {rate}",
            "length": "unknown" if length is None else console.length(length),
            "start": str(info.start),
            "sound": "yes, it is never read" if info.has_audio else "no",
        }
    )
    for line in damage:
        console.tell(f"warning: {path}: {line}")


def _archive(path: Path, as_json: bool) -> None:
    from apercu.archive import Archive
    from apercu.archive.retention import stays
    from apercu.archive.unfinished import begun
    from apercu.cli.intakes import local, row_as_dict, say_warnings
    from apercu.cli.retention import stay_as_dict, told

    archive = Archive.open(path)
    settings, found = archive.settings, stays(archive)
    rows = [stay.row for stay in found]
    signals = _signals(archive)
    footage_s = sum(row.facts.duration_s for row in rows)
    if as_json:
        values = {
            "archive": archive.path,
            "name": settings.name,
            "purpose": settings.purpose,
            "purpose_fields": dict(settings.declaration.values),
            "ledger": settings.ledger,
            "controller": settings.controller,
            "timezone": settings.timezone,
            "created": settings.created,
            "footage_s": round(footage_s, 3),
            "unfinished": [one.path for one in begun(archive.path)],
            "recordings": [row_as_dict(stay.row) | stay_as_dict(stay) for stay in found],
            "signals": {state.value: count for state, count in signals.items()},
        }
        console.say_json(values)
        return
    tracks = sum(row.analysis.track_count for row in rows)
    held = f"{len(rows)} recording{'' if len(rows) == 1 else 's'}"
    console.say_facts(
        {
            "archive": f"{settings.name} ({path})",
            "purpose": f"{settings.purpose}: {settings.declaration.purpose.summary}",
            "controller": settings.controller or "not stated",
            "time zone": settings.timezone,
            "created": settings.created.isoformat(sep=" "),
            "retention": settings.declaration.purpose.retention.rule.en,
            "holds": f"{held}, {console.length(footage_s)} of footage, {tracks} tracks",
        }
    )
    if signals:
        told_states = ", ".join(f"{count} {state}" for state, count in signals.items())
        console.say(f"signals     {sum(signals.values())}: {told_states}")
    for one in begun(archive.path):
        told_so_far = f"{one.segments} piece{'' if one.segments == 1 else 's'} finished"
        console.say(f"unfinished  {one.path or one.recording_id}: {told_so_far}; apercu analyze goes on")
    if not rows:
        return
    console.say()
    console.say_table(
        ("id", "file", "camera", "start", "length", "tracks", "goes"),
        (
            (
                row.recording_id,
                row.facts.file_name,
                row.camera,
                "unknown" if row.start_time is None else local(archive, row.start_time),
                console.length(row.facts.duration_s),
                str(row.analysis.track_count),
                told(archive, stay),
            )
            for row, stay in zip(rows, found, strict=True)
        ),
        right=("length", "tracks"),
    )
    for row in rows:
        say_warnings(row)


def _signals(archive: Archive) -> dict[State, int]:
    """Return how many signals are in each state; states without any are left out."""
    counts: Counter[State] = Counter()
    for tally in archive.signals.catalog.tallies():
        counts[tally.state] += tally.count
    return dict(sorted(counts.items(), reverse=True))

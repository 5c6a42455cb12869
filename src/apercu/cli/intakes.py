"""What became of recordings, told to people and to programs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apercu.archive import Archive, RecordingRow
from apercu.cli import console
from apercu.errors import UsageError

if TYPE_CHECKING:
    from apercu.cli.taking import Taken

_ORIGINS = {"option": "as given", "container": "from the file's metadata", "file name": "from file name"}


def say_taken(archive: Archive, taken: Taken) -> None:
    """Tell one recording in a few lines; an error in one, on stderr."""
    if taken.error is not None:
        console.complain(taken.error)
    if taken.intake is None:
        return
    row = taken.intake.row
    found = console.counted(taken.intake.classes)
    duration = console.length(row.facts.duration_s)
    if taken.intake.repeated:
        console.say(f"{taken.path}: already analysed, {found} in {duration}, camera {row.camera}")
        return
    rate = console.times((row.facts.duration_s - taken.intake.resumed_s) / max(taken.seconds, 1e-3))
    console.say(f"{taken.path}: {found} in {duration}, analysed at {rate}")
    if taken.intake.resumed_s:
        told = console.length(taken.intake.resumed_s)
        console.say(f"  {told} of it had been analysed before the run was cut short")
    for replaced in taken.intake.replaced:
        console.say(f"  takes the place of {replaced}: the same file, before it grew")
    console.say(f"  camera {row.camera}, {start_of(archive, row)}")
    if effort := effort_of(row):
        console.say(f"  {effort}")
    say_warnings(row)


def say_warnings(row: RecordingRow) -> None:
    """Tell what was odd about a recording."""
    for warning in row.analysis.warnings:
        console.tell(f"warning: {row.facts.path}: {warning}")


def effort_of(row: RecordingRow) -> str:
    """Return how much of a recording was looked at, and why not less; empty when it does not say."""
    effort = row.analysis.effort
    if not effort:
        return ""
    decoded, detected, quiet_s = (
        float(effort[name]) for name in ("decoded_share", "detected_share", "quiet_s")
    )
    told = f"decoded {decoded:.0%}, detector on {detected:.1%} of pictures, {console.length(quiet_s)} quiet"
    return f"{told} ({why})" if (why := effort["why_all"]) else told


def start_of(archive: Archive, row: RecordingRow) -> str:
    """Return when a recording began and how that is known."""
    if row.start_time is None:
        return "start unknown: times are counted from the beginning"
    origin = _ORIGINS.get(row.facts.start_source, row.facts.start_source)
    return f"start {local(archive, row.start_time)} {origin}"


def local(archive: Archive, moment: datetime) -> str:
    """Return a moment by the clock of the archive's time zone."""
    return moment.astimezone(archive.settings.zone).strftime("%Y-%m-%d %H:%M:%S")


def span(archive: Archive, row: RecordingRow, begin_s: float, end_s: float) -> str:
    """Return from when to when a part of a recording is: true times, or from its start without a clock."""
    if row.start_time is None:
        return f"{console.length(begin_s)} to {console.length(end_s)}"
    first, last = (local(archive, row.start_time + timedelta(seconds=each)) for each in (begin_s, end_s))
    day = first[: len("2024-05-31 ")]
    return f"{first} to {last.removeprefix(day)}"


def taken_as_dict(taken: Taken) -> dict[str, Any]:
    """Return what became of one recording as plain values."""
    if taken.intake is None:
        error = None if taken.error is None else console.describe(taken.error)
        return {"path": taken.path, "error": error}
    row = taken.intake.row
    return {
        "path": taken.path,
        **row_as_dict(row),
        "already_analysed": taken.intake.repeated,
        "classes": dict(taken.intake.classes),
        "resumed_s": round(taken.intake.resumed_s, 3),
        "replaced": list(taken.intake.replaced),
        "runtime_s": round(taken.seconds, 3),
    }


def row_as_dict(row: RecordingRow) -> dict[str, Any]:
    """Return one recording of a catalog as plain values."""
    facts, analysis = row.facts, row.analysis
    stages: Mapping[str, float] = analysis.stage_seconds
    return {
        "recording_id": row.recording_id,
        "file": facts.path,
        "absolute_path": Path(row.absolute_path),
        "camera": row.camera,
        "start_time": row.start_time,
        "start_source": facts.start_source,
        "duration_s": round(facts.duration_s, 3),
        "width": facts.width,
        "height": facts.height,
        "rate": facts.rate,
        "tracks": analysis.track_count,
        "observations": analysis.observation_count,
        "detector": analysis.detector,
        "analysed_at": analysis.created_at,
        "stage_seconds": {name: round(seconds, 3) for name, seconds in stages.items()},
        "effort": dict(analysis.effort),
        "warnings": list(analysis.warnings),
        "camera_moved": [list(span) for span in analysis.camera_moved],
        "growing": analysis.growing,
    }


def find_recording(archive: Archive, text: str) -> str:
    """Return the id of the recording that a text means: an id, how that begins, or a file name.

    Raises:
        UsageError: it may mean several.
        NothingToShowError: there is none.
    """
    rows = archive.recordings()
    found = [r for r in rows if r.recording_id == text or r.facts.file_name == text] or [
        r for r in rows if r.recording_id.startswith(text)
    ]
    if len(found) > 1:
        names = ", ".join(f"{row.recording_id} ({row.facts.file_name})" for row in found)
        raise UsageError(f"{text!r} may mean {names}", next_step="Give the whole id.")
    if not found:
        return archive.recording(text).recording_id  # says that there is none
    return found[0].recording_id

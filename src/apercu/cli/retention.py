"""``apercu retention``: when analyses go, what keeps them, and erasing what is due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apercu.cli import console
from apercu.cli.parameters import ArchiveFolder, Json, Reason
from apercu.errors import UsageError

if TYPE_CHECKING:
    from apercu.archive import Archive
    from apercu.archive.retention import Stay

HELP = "See when analyses go, erase what is due, and hold what must stay."

Recording = Annotated[
    str, typer.Argument(metavar="ID|FILE", help="The recording: its id, how that begins, or its file name.")
]


def show(archive: ArchiveFolder, as_json: Json = False) -> None:
    """Show the rule of an archive, and when each recording's analysis goes.

    \b
    Examples:
      apercu retention show gate
    """
    from apercu.archive import Archive
    from apercu.archive.retention import stays

    store = Archive.open(archive)
    retention, found = store.settings.declaration.purpose.retention, stays(store)
    if as_json:
        values = {
            "archive": store.path,
            "max_days": retention.max_days,
            "counted_from": retention.counted_from,
            "recordings": [stay_as_dict(stay) for stay in found],
            "signals": sum(tally.count for tally in store.signals.catalog.tallies()),
        }
        console.say_json(values)
        return
    console.say(f"{store.settings.purpose}: {retention.rule.en} {retention.basis.en}")
    if found:
        console.say()
        _say(store, found)


def run(
    archive: ArchiveFolder,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be erased; erase nothing.")
    ] = False,
    closing: Annotated[
        bool,
        typer.Option(
            "--closing", help="Erase everything that nothing holds, whatever its time; takes --reason."
        ),
    ] = False,
    reason: Reason = None,
    as_json: Json = False,
) -> None:
    """Erase the analysis of every recording whose time has ended and that nothing holds.

    Nothing of it remains in the archive but an entry in the ledger, with the recording's id. The footage
    itself is not the archive's and is not touched. An analysis that was cut short and that nobody went on
    with for a week goes too. Let the system run this every night. --closing is for the end: of an inquiry, of
    a study.

    \b
    Examples:
      apercu retention run gate --dry-run
      apercu retention run gate
      apercu retention run inquiry --closing --reason "closed by order of 2026-05-31"
    """
    from apercu.archive import Archive
    from apercu.archive import retention as keeping
    from apercu.purposes.reasons import in_one_line

    why = in_one_line(reason)
    if closing != bool(why):
        raise UsageError(
            "--closing and --reason belong together", next_step="Say with --reason why everything goes."
        )
    store = Archive.open(archive)
    begun = keeping.due_unfinished(store, closing=why or None)
    signals = keeping.due_signals(store, closing=why or None)
    gone = keeping.run(store, dry_run=dry_run, closing=why or None)
    if as_json:
        values = {
            "archive": store.path,
            "dry_run": dry_run,
            "erased": [stay.row.recording_id for stay in gone],
            "unfinished": [one.recording_id for one in begun],
            "signals": [signal.key for signal in signals],
        }
        console.say_json(values)
        return
    count = f"{len(gone)} recording{'' if len(gone) == 1 else 's'}"
    console.say(f"{archive}: the analysis of {count} {'would be' if dry_run else 'is'} erased")
    if signals:
        many = f"{len(signals)} signal{'' if len(signals) == 1 else 's'}"
        console.say(f"  {many}, with pictures and answers")
    for one in begun:
        console.say(f"  {one.recording_id}, which was never finished")
    if gone and dry_run:
        _say(store, gone)
    elif gone:
        for stay in gone:
            console.say(f"  {stay.row.recording_id}")


def hold(archive: ArchiveFolder, recording: Recording, reason: Reason = None, as_json: Json = False) -> None:
    """Keep a recording's analysis beyond its time, for a reason that is recorded.

    \b
    Examples:
      apercu retention hold gate 3f9a0c27 --reason "insurance claim 2026/17"
    """
    from apercu.archive import retention as keeping

    found = _changed(archive, recording, reason, keeping.hold)
    if as_json:
        console.say_json({"recording_id": found, "held": reason})
    else:
        console.say(f"{found} is held until: apercu retention release {archive} {found} --reason ...")


def release(
    archive: ArchiveFolder, recording: Recording, reason: Reason = None, as_json: Json = False
) -> None:
    """End a hold; what is over its time goes with the next apercu retention run.

    \b
    Examples:
      apercu retention release gate 3f9a0c27 --reason "claim settled"
    """
    from apercu.archive import retention as keeping

    found = _changed(archive, recording, reason, keeping.release)
    if as_json:
        console.say_json({"recording_id": found, "held": None})
    else:
        console.say(f"{found} is no longer held")


def _changed(
    folder: Path, recording: str, reason: str | None, change: Callable[[Archive, str, str], object]
) -> str:
    """Hold or release the recording that a text means; return its id."""
    from apercu.archive import Archive
    from apercu.cli.intakes import find_recording

    store = Archive.open(folder)
    found = find_recording(store, recording)
    change(store, found, reason or "")
    return found


def stay_as_dict(stay: Stay) -> dict[str, Any]:
    """Return how long one recording's analysis stays, as plain values."""
    return {
        "recording_id": stay.row.recording_id,
        "file": stay.row.facts.path,
        "expires": stay.expires,
        "held": None if stay.hold is None else stay.hold.reason,
    }


def told(archive: Archive, stay: Stay) -> str:
    """Return when it goes, in a few words."""
    if stay.hold is not None:
        return f"held: {stay.hold.reason}"
    day = f"{stay.expires.astimezone(archive.settings.zone):%Y-%m-%d %H:%M}"
    return f"{day}, due" if stay.is_due(datetime.now(UTC)) else day


def _say(archive: Archive, found: list[Stay]) -> None:
    rows = ((s.row.recording_id, s.row.facts.file_name, s.row.camera, told(archive, s)) for s in found)
    console.say_table(("id", "file", "camera", "goes"), rows)

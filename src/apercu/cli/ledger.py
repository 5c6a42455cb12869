"""``apercu ledger``: what was done in an archive, and whether that record is whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from apercu.cli import console
from apercu.cli.parameters import ArchiveFolder, Json
from apercu.errors import LedgerDamagedError, UsageError

HELP = "Read, verify and export the record of what was done in an archive."


def show(
    archive: ArchiveFolder,
    last: Annotated[
        int | None, typer.Option("--last", min=1, metavar="N", help="Only the last N entries.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show who did what in an archive, when and why.

    Reading the ledger is itself recorded, as its last entry.

    \b
    Examples:
      apercu ledger show gate --last 20
      apercu ledger show gate --json
    """
    from collections import deque

    from apercu.archive import Archive
    from apercu.purposes import Capability

    gate = Archive.open(archive).gate
    gate.require(Capability.READ_LEDGER, subject="ledger")
    entries = deque(gate.ledger.entries(), maxlen=last)
    if as_json:
        console.say_json([entry.as_dict() for entry in entries])
        return
    heads = ("number", "time", "who", "what", "on", "outcome", "why", "note")
    rows = (
        (
            str(e.number),
            e.time[:19].replace("T", " "),
            e.actor,
            e.capability,
            e.subject,
            e.outcome,
            e.reason,
            e.note,
        )
        for e in entries
    )
    console.say_table(heads, rows, right=("number",))


def verify(
    archive: ArchiveFolder,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(
            "--checkpoint",
            metavar="FILE",
            help="Checkpoint that was kept outside the archive; may be given several times.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say whether the ledger is as it was written, or else what was altered and where.

    Entries cut off the end are found for certain only with a checkpoint that was kept outside. Changes
    nothing and leaves no entry; the exit code is 5 when something was altered.

    \b
    Examples:
      apercu ledger verify gate
      apercu ledger verify gate --checkpoint 2026-05-31.json
    """
    from apercu.archive.settings import read_settings
    from apercu.purposes import Ledger
    from apercu.purposes import verify as check

    settings = read_settings(archive.absolute())
    exported = [_read_checkpoint(path) for path in checkpoint or ()]
    found = check(Ledger(archive), exported, fingerprint=settings.ledger)
    if as_json:
        values: dict[str, Any] = {
            "intact": found.is_intact,
            "entries": found.entries,
            "checkpoints": found.checkpoints,
            "ledger": settings.ledger,
            "last_hash": found.last_hash,
            "findings": [
                {
                    "problem": finding.problem.value,
                    "first": finding.first,
                    "last": finding.last,
                    "line": finding.line,
                    "detail": finding.detail,
                }
                for finding in found.findings
            ],
        }
        console.say_json(values)
    else:
        state = "intact" if found.is_intact else "NOT as it was written"
        console.say(
            f"{archive}: {found.entries} entries, {found.checkpoints} checkpoints agree; ledger "
            f"{settings.ledger[:16]}, last hash {found.last_hash[:16]}: {state}"
        )
        for finding in found.findings:
            console.say(f"  {finding}")
    if not found.is_intact:
        raise typer.Exit(LedgerDamagedError.exit_code)


def export(
    archive: ArchiveFolder,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="File to write; shown without it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Sign a checkpoint, for someone outside to keep.

    It is one line that says nothing about anyone: what the last entry of the ledger is now. As long as
    someone keeps it, nothing before that entry can be altered in silence: see apercu ledger verify.

    \b
    Examples:
      apercu ledger export gate -o 2026-05-31.json
    """
    from apercu.archive import Archive
    from apercu.disk import write_file, writing
    from apercu.purposes import Capability

    if output is not None and output.exists():
        raise UsageError("exists already", where=output, next_step="Choose another name with -o.")
    gate = Archive.open(archive).gate
    gate.require(Capability.READ_LEDGER, subject="ledger checkpoint")
    line = gate.ledger.export_checkpoint()
    if output is not None:
        with writing(output):
            write_file(output, line.encode())
    if as_json:
        console.say_json({"checkpoint": json.loads(line), "file": output})
    elif output is None:
        console.say(line.rstrip("\n"))
    else:
        console.say(f"{output}: checkpoint; give it to somebody outside")


def _read_checkpoint(path: Path) -> Any:
    from apercu.purposes.signing import Checkpoint

    try:
        found = Checkpoint.read(path.read_bytes())
    except OSError as error:
        raise UsageError(
            f"the checkpoint cannot be read ({error.strerror})",
            where=path,
            next_step="Check its path and permissions.",
        ) from error
    if found is None:
        raise UsageError(
            "is no checkpoint", where=path, next_step="Give the line that apercu ledger export wrote."
        )
    return found

"""``apercu search``: the tracks that a question finds, as a table, a file, a sheet, a synopsis or clips."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apercu.cli import console
from apercu.cli.filters import Filters, filtered
from apercu.cli.parameters import ArchiveFolder, Camera, Force, Json, Reason, Unredacted
from apercu.errors import UsageError

if TYPE_CHECKING:
    from apercu.archive import Archive
    from apercu.search import Query

_SHOWN = 100
"""Rows of a table that a person looks at, unless more are asked for."""


@filtered
def command(
    archive: ArchiveFolder,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[WORD...]", help="What is asked, in words: class:car stopped in:gate after:12:30."
        ),
    ] = None,
    camera: Camera = None,
    filters: Filters = Filters(),  # noqa: B008 - frozen, and ``filtered`` puts its options here
    sort: Annotated[
        str | None,
        typer.Option(
            "--sort", metavar="time|duration|size|speed|dwell", help="What comes first; time by default."
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, metavar="N", help=f"Only the first N; {_SHOWN} in the table."),
    ] = None,
    cursor: Annotated[
        str | None,
        typer.Option("--cursor", metavar="RECORDING/ID", help="Go on behind the last track of an answer."),
    ] = None,
    saved: Annotated[
        str | None, typer.Option("--saved", metavar="NAME", help="Ask what was saved under this name, too.")
    ] = None,
    save: Annotated[
        str | None, typer.Option("--save", metavar="NAME", help="Save the question in the archive.")
    ] = None,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Say in a sentence what is asked, and how many each filter left."),
    ] = False,
    as_json: Json = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Write comma-separated values, for spreadsheets.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Write the tracks as .parquet, .arrow, .csv or .json instead of a table."
        ),
    ] = None,
    sheet: Annotated[
        Path | None,
        typer.Option("--sheet", metavar="FILE", help="Show each track in its best moment: .png or .html."),
    ] = None,
    synopsis: Annotated[
        Path | None,
        typer.Option(
            "--synopsis",
            metavar="FILE",
            help="Make a synopsis of the tracks: .mp4; of several cameras, one each (NAME-CAMERA.mp4).",
        ),
    ] = None,
    clip: Annotated[
        Path | None,
        typer.Option(
            "--clip",
            metavar="FOLDER|FILE",
            help="Cut the original moment of each track out of its recording into a folder; of one: .mp4.",
        ),
    ] = None,
    unredacted: Unredacted = False,
    reason: Reason = None,
    force: Force = False,
) -> None:
    """Find tracks by what they were and did.

    All filters that are given must hold, as options or as words (docs/search.md); the ledger keeps every
    question. The name in the first two columns is what apercu clip --track takes. Speeds are in metres where
    the camera is calibrated, and in pixels elsewhere. What leaves the archive (--json, --csv, -o) counts as
    an export. In sheets, synopses and clips people are pixelated.

    \b
    Examples:
      apercu search gate --class car --colour white --stopped --in entrance --after 12:30
      apercu search gate class:car colour:white stopped:10s@entrance after:12:30 --explain
      apercu search gate "(class:bus or class:truck) not in:yard" --sort dwell --sheet heavy.html
      apercu search gate class:truck --sort duration --limit 5 --clip trucks
    """
    from apercu.archive import Archive
    from apercu.archive.searches import save_search
    from apercu.cli import findings
    from apercu.cli.exports import say_csv, say_json, write_tables
    from apercu.purposes import Capability
    from apercu.search import searching
    from apercu.search.nothing import nothing_found

    if as_json + as_csv + (output is not None) > 1:
        raise UsageError("--json, --csv and --output exclude each other", next_step="Choose one.")
    store = Archive.open(archive)
    query = _asked(store, filters, camera, saved, words or (), sort, limit, cursor)
    files = findings.Files(output, sheet, synopsis, clip)
    files.check(store, force)
    if save is not None:
        save_search(store, save, query.text(), reason=reason or "")
    leaves = as_json or as_csv or output is not None
    shown = query
    in_table = not leaves and (explain or not files.of_pictures)
    if query.limit is None and not leaves and not files.of_pictures:
        shown = query.model_copy(update={"limit": _SHOWN})
    with ExitStack() as doors:
        if leaves:
            subject = f"query {query}"
            doors.enter_context(store.gate.opens(Capability.EXPORT_TRACKS, subject=subject, reason=reason))
        found = doors.enter_context(searching(store, shown, reason=reason, explain=explain))
        if explain:
            findings.explain(store, query, found, console.tell if leaves else console.say)
        tables = findings.tables(store, found)
        if output is not None:
            write_tables(findings.schema(), tables, output)
            console.say(f"{output}: {len(found)} tracks")
        elif as_json:
            say_json(tables)
        elif as_csv:
            say_csv(findings.schema(), tables)
        elif in_table and len(found):
            findings.say_table(store, found, next(tables).slice(0, _SHOWN if query.limit is None else None))
    if not len(found):
        raise nothing_found(store, query)
    if files.of_pictures:
        findings.show(store, found, files, unredacted=unredacted, reason=reason, force=force, as_json=as_json)


def _asked(
    archive: Archive,
    filters: Filters,
    camera: str | None,
    saved: str | None,
    words: Sequence[str],
    sort: str | None,
    limit: int | None,
    cursor: str | None,
) -> Query:
    """Return what options, words and a saved question ask together."""
    from apercu.archive.searches import saved_search
    from apercu.search import Query, TrackId, read_query

    query = filters.query(archive, camera)
    if saved is not None:
        query = query.and_also(read_query(saved_search(archive, saved).text))
    if words:
        query = query.and_also(read_query(" ".join(words)))
    paging: dict[str, Any] = {"sort": sort, "limit": limit}
    paging["cursor"] = None if cursor is None else TrackId.read(cursor)
    return query.and_also(Query.of(**{name: value for name, value in paging.items() if value is not None}))

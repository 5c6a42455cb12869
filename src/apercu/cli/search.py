"""``apercu search``: the tracks that a question finds, as a table, a file, a sheet or a synopsis."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apercu.cli import console
from apercu.cli.filters import Filters, filtered
from apercu.cli.parameters import ArchiveFolder, Camera, Force, Json, Reason, Unredacted, check_output
from apercu.errors import NothingToShowError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from apercu.archive import Archive
    from apercu.search import Found, Query

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
        typer.Option("--synopsis", metavar="FILE", help="Make a synopsis of the tracks: .mp4."),
    ] = None,
    unredacted: Unredacted = False,
    reason: Reason = None,
    force: Force = False,
) -> None:
    """Find tracks by what they were and did.

    All filters that are given must hold, as options or as words (docs/search.md); the ledger keeps every
    question. The name in the first two columns is what apercu clip --track takes. What leaves the archive
    (--json, --csv, -o) counts as an export. In sheets and synopses people are pixelated.

    \b
    Examples:
      apercu search gate --class car --colour white --stopped --in entrance --after 12:30
      apercu search gate class:car colour:white stopped:10s@entrance after:12:30 --explain
      apercu search gate "(class:bus or class:truck) not in:yard" --sort dwell --sheet heavy.html
    """
    from apercu.archive import Archive
    from apercu.archive.searches import save_search, saved_search
    from apercu.search import Query, TrackId, read_query, searching, sentence

    if as_json + as_csv + (output is not None) > 1:
        raise UsageError("--json, --csv and --output exclude each other", next_step="Choose one.")
    store = Archive.open(archive)
    query = filters.query(store, camera)
    if saved is not None:
        query = query.and_also(read_query(saved_search(store, saved).text))
    if words:
        query = query.and_also(read_query(" ".join(words)))
    paging: dict[str, Any] = {"sort": sort, "limit": limit}
    paging["cursor"] = None if cursor is None else TrackId.read(cursor)
    query = query.and_also(Query.of(**{name: value for name, value in paging.items() if value is not None}))
    _check_files(store, output, sheet, synopsis, force)
    if save is not None:
        save_search(store, save, query.text(), reason=reason or "")
    if sheet is not None:
        _make_sheet(store, sheet, query, unredacted, reason, as_json)
    if synopsis is not None:
        _make_synopsis(store, synopsis, query, unredacted, reason, as_json)
    if (sheet or synopsis) and not (as_json or as_csv or output or explain):
        return
    if as_json or as_csv or output is not None:
        _export(store, query, output, as_json, explain, reason)
        return
    shown = query if query.limit is not None else query.model_copy(update={"limit": _SHOWN})
    with searching(store, shown, reason=reason, explain=explain) as found:
        table = found.table(store)
    if explain:
        console.say(sentence(query))
        _say_steps(found)
    if not len(found):
        raise NothingToShowError(
            f"no track is like that ({query})",
            where=archive,
            next_step="Ask for less; --explain tells what each filter left.",
        )
    _say(store, found, table)


def _check_files(
    archive: Archive, output: Path | None, sheet: Path | None, synopsis: Path | None, force: bool
) -> None:
    originals = [row.absolute_path for row in archive.recordings()]
    if output is not None:
        from apercu.cli.exports import SUFFIXES

        check_output(output, originals, force, suffixes=SUFFIXES)
    if sheet is not None:
        from apercu.synopsis.sheet import SUFFIXES as SHEETS

        check_output(sheet, originals, force, suffixes=SHEETS)
    if synopsis is not None:
        check_output(synopsis, originals, force, (".json", ".vtt"))


def _make_sheet(
    archive: Archive, path: Path, query: Query, unredacted: bool, reason: str | None, as_json: bool
) -> None:
    from apercu.cli.progress import Stages, bars
    from apercu.synopsis.sheet import SheetOptions, make_sheet

    with bars(as_json=as_json) as shown:
        stages = Stages(shown, 1.0, {"check": "checking the footage", "show": "reading"})
        made = make_sheet(archive, path, SheetOptions(query, not unredacted, reason), stages)
    console.tell(f"{path}: {len(made.shown)} tracks on {len(made.pages)} pages")


def _make_synopsis(
    archive: Archive, path: Path, query: Query, unredacted: bool, reason: str | None, as_json: bool
) -> None:
    from apercu.cli.synopses import make
    from apercu.synopsis import SynopsisOptions

    options = SynopsisOptions(query=query, redact=not unredacted, reason=reason)
    made = make(archive, path, options, as_json=as_json)
    console.tell(f"{made.video}: {made.metrics.tubes} of {made.metrics.tubes_given} tracks shown")


def _export(
    archive: Archive, query: Query, output: Path | None, as_json: bool, explain: bool, reason: str | None
) -> None:
    from apercu.analysis.tracks import TRACK_SCHEMA
    from apercu.cli.exports import say_csv, say_json, write_tables
    from apercu.purposes import Capability
    from apercu.search import searching, sentence

    with (
        archive.gate.opens(Capability.EXPORT_TRACKS, subject=f"query {query}", reason=reason),
        searching(archive, query, reason=reason, explain=explain) as found,
    ):
        tables = found.tables(archive)
        if explain:
            console.tell(sentence(query))
        if output is not None:
            write_tables(TRACK_SCHEMA, tables, output)
            console.say(f"{output}: {len(found)} tracks")
        elif as_json:
            say_json(tables)
        else:
            say_csv(TRACK_SCHEMA, tables)
    if not len(found):
        raise NothingToShowError(
            "no track is like that", where=archive.path, next_step="Ask for less; see --explain."
        )


def _say_steps(found: Found) -> None:
    console.say(f"{found.looked_through:>9} tracks in the recordings that may hold any")
    for step in found.steps:
        console.say(f"{step.left:>9} left by {step.field}")
    console.say()


def _say(archive: Archive, found: Found, table: pa.Table) -> None:
    from apercu.cli.intakes import local

    files = {row.recording_id: row.facts.file_name for row in found.rows}
    heads = ("recording", "track", "class", "camera", "start", "length", "stood", "speed px/s", "colours")
    columns = (
        "recording_id",
        "track_id",
        "class",
        "camera",
        "start_time",
        "start_s",
        "duration_s",
        "dwell_s",
    )
    shown = table.select([*columns, "speed_mean_px_s", "colours"])
    console.say_table(
        heads,
        (
            (
                files[values["recording_id"]],
                str(values["track_id"]),
                values["class"],
                values["camera"],
                console.length(values["start_s"])
                if values["start_time"] is None
                else local(archive, values["start_time"]),
                f"{values['duration_s']:.1f} s",
                f"{values['dwell_s']:.1f} s",
                f"{values['speed_mean_px_s']:.0f}",
                ", ".join(values["colours"]),
            )
            for values in shown.to_pylist()
        ),
        right=("track", "length", "stood", "speed px/s"),
    )
    last = shown.slice(len(found) - 1, 1).to_pylist()[0]
    more = found.total - len(found)
    told = f"{len(found)} of {found.total} tracks"
    go_on = f"; go on with --cursor {last['recording_id']}/{last['track_id']}" if more > 0 else ""
    console.say(told + go_on)

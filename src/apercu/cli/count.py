"""``apercu count``: numbers about places, as the purpose lets them leave."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apercu.cli import console
from apercu.cli.parameters import (
    ArchiveFolder,
    CountBy,
    Force,
    Json,
    Reason,
    check_output,
    one_of,
    read_start,
)

if TYPE_CHECKING:
    from apercu.archive import Archive
    from apercu.purposes import Language
    from apercu.statistics.released import Released

HELP = "Count what passes lines and zones, and let the numbers leave as the purpose allows."

SUFFIXES = (".csv", ".parquet", ".json", ".geojson", ".html", ".pdf", ".png")
_FORMATS = ("apercu", "otanalytics")
_SHOWN = ("crossings", "entries", "exits")
_Names = list[str] | None


def command(
    archive: ArchiveFolder,
    lines: Annotated[
        _Names, typer.Option("--line", metavar="NAME", help="Only this line; several can be given.")
    ] = None,
    zones: Annotated[
        _Names, typer.Option("--zone", metavar="NAME", help="Only this zone; several can be given.")
    ] = None,
    cameras: Annotated[
        _Names, typer.Option("--camera", metavar="NAME", help="Only this camera; several can be given.")
    ] = None,
    classes: Annotated[
        _Names, typer.Option("--class", metavar="NAME", help="Only this class; several can be given.")
    ] = None,
    by: CountBy = "15min",
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="TIME",
            help='Only intervals that begin at or after this time: 2024-05-31, "2024-05-31 14:00".',
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="TIME", help="Only intervals that begin before this time."),
    ] = None,
    heat: Annotated[
        bool, typer.Option("--heat", help="Maps of movement and of standing as well, by the hour at least.")
    ] = False,
    noise: Annotated[
        bool,
        typer.Option("--noise", help="Add noise instead of withholding small numbers; it costs epsilon."),
    ] = False,
    epsilon: Annotated[
        float, typer.Option("--epsilon", metavar="N", help="What --noise may cost: less is noisier.")
    ] = 0.5,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help=f"File to write instead; its ending says what: {', '.join(SUFFIXES)} (a map).",
        ),
    ] = None,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="|".join(_FORMATS),
            help="Columns of a CSV file: our own, or those of OTAnalytics.",
        ),
    ] = _FORMATS[0],
    language: Annotated[
        str, typer.Option("--language", metavar="en|fr", help="Language of a report (.html, .pdf, .png).")
    ] = "en",
    reason: Reason = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Count what passes an archive's lines and zones, by class and interval.

    Under a purpose with a minimum, numbers that few objects made are withheld (shown as -), and so is what
    would give them away; sums are of what is published. What was released once is told again as it was, and
    other intervals over the same time are refused unless they are multiples. With --noise every number has
    noise instead, and each filmed day has a budget for it. See docs/statistics.md.

    \b
    Examples:
      apercu count crossing --by 15min
      apercu count crossing --line north --class bicycle --by 1h -o bicycles.csv
      apercu count crossing --since 2026-05-31 --until 2026-06-01 -o sunday.pdf --language fr
      apercu count crossing --noise --epsilon 0.5 -o open-data.parquet
      apercu count crossing --heat -o map.png
    """
    from apercu.archive import Archive
    from apercu.purposes import LANGUAGES
    from apercu.statistics.counting import COUNTED, CountOptions, count
    from apercu.statistics.intervals import read_interval
    from apercu.statistics.release import ReleaseOptions, release

    speech = one_of(LANGUAGES, "language", language)
    one_of(_FORMATS, "format", form)
    store = Archive.open(archive)
    if output is not None:
        originals = [row.absolute_path for row in store.recordings()]
        suffixes = (".csv",) if form != _FORMATS[0] else SUFFIXES
        check_output(output, originals, force, suffixes=suffixes)
    places = _places(store, lines or [], zones or [])
    more = tuple(name for name in classes or () if name not in COUNTED)
    zone = store.settings.zone
    moments = [read_start(text, option) for text, option in ((since, "--since"), (until, "--until"))]
    options = CountOptions(
        interval_s=read_interval(by),
        cameras=tuple(cameras or ()),
        classes=(*COUNTED, *more),
        since=None if moments[0] is None else moments[0].replace(tzinfo=moments[0].tzinfo or zone),
        until=None if moments[1] is None else moments[1].replace(tzinfo=moments[1].tzinfo or zone),
        heat=heat or (output is not None and output.suffix.lower() == ".png"),
    )
    chosen = ReleaseOptions(places, tuple(classes or ()), epsilon if noise else None, reason)
    released = release(store, count(store, options), chosen)
    if output is not None:
        _write(store, released, output, form, speech, reason)
    _tell(released, output, as_json)


def budget(archive: ArchiveFolder, as_json: Json = False) -> None:
    """Show what was released about each filmed day, and what of its budget for noise is spent.

    \b
    Examples:
      apercu count budget crossing
    """
    from dataclasses import asdict

    from apercu.archive.settings import read_settings
    from apercu.statistics.book import Book

    settings = read_settings(archive.absolute())
    book, rules = Book(archive.absolute(), settings.zone), settings.declaration.purpose.release
    spendings = book.spendings()
    days = sorted({*book.days(), *(day for one in spendings for day in one.days)})
    spent = book.spent(days)
    told = [{"day": day, **_released_about(book, day), "epsilon_spent": round(spent[day], 6)} for day in days]
    a_day = None if rules is None else rules.epsilon_per_day
    if as_json:
        console.say_json(
            {"epsilon_per_day": a_day, "days": told, "releases": [asdict(one) for one in spendings]}
        )
        return
    if rules is None:
        console.say(f"Nothing can be released: this archive is for {settings.purpose}.")
        return
    for rule in rules.rules:
        console.say(rule.en)
    if not told:
        console.say("Nothing was kept of a release yet.")
        return
    console.say_table(
        ("filmed day", "numbers", "withheld", "intervals", "epsilon spent", "left"),
        (
            (
                one["day"],
                str(one["numbers"]),
                str(one["withheld"]),
                ", ".join(f"{length / 60:g} min" for length in one["intervals_s"]),
                f"{one['epsilon_spent']:g}",
                f"{max(0.0, rules.epsilon_per_day - one['epsilon_spent']):g}",
            )
            for one in told
        ),
        right=("numbers", "withheld", "epsilon spent", "left"),
    )


def _places(archive: Archive, lines: list[str], zones: list[str]) -> tuple[str, ...]:
    """Return the names asked for when they are there, each of its kind."""
    from apercu.archive.zones import read_zones

    known = [zone for listed in read_zones(archive).values() for zone in listed.values()]
    for kind, names in (("line", lines), ("zone", zones)):
        for name in names:
            one_of(tuple(zone.name for zone in known if zone.kind == kind), kind, name)
    return (*lines, *zones)


def _write(
    archive: Archive, released: Released, output: Path, form: str, language: Language, reason: str | None
) -> None:
    from apercu.disk import replace_file, writing
    from apercu.statistics.formats import WRITERS, as_otanalytics

    suffix = output.suffix.lower()
    if form != _FORMATS[0]:
        content = as_otanalytics(released)
    elif suffix in WRITERS:
        content = WRITERS[suffix](released)
    else:
        from apercu.statistics import report

        content = report.write(archive, released, suffix, language, reason)
    with writing(output):
        replace_file(output, content)


def _tell(released: Released, output: Path | None, as_json: bool) -> None:
    from apercu.statistics.formats import as_values

    facts = released.facts
    if as_json:
        console.say_json(as_values(released) if output is None else {"file": output, **facts.as_dict()})
        return
    if facts.method == "threshold":
        by = f"{facts.interval_s / 60:g} min"
        console.tell(
            f"note: from now on this time is told by {by} or multiples of it, see docs/statistics.md"
        )
    for remark in facts.remarks:
        console.tell(f"warning: {remark.en}")
    if output is not None:
        console.say(f"{output}: {released.table.num_rows} numbers, {facts.withheld} withheld")
        if output.suffix.lower() == ".geojson" and any(p.longitude_latitude is None for p in facts.places):
            console.tell("warning: a camera is on no map, so its lines and zones have no coordinates")
        return
    _say_numbers(released)
    console.say(facts.statement.en)
    if facts.observed_share < 0.999:
        console.say(
            f"Of the time shown, {facts.observed_share:.0%} was observed; * marks what is incomplete."
        )


def _say_numbers(released: Released) -> None:
    """Write the table of crossings, entries and exits: an interval, a place and a direction a line."""
    from apercu.archive.settings import find_zone
    from apercu.statistics.formats import with_zeros

    zone = find_zone(released.facts.timezone)
    rows = [row for row in with_zeros(released).to_pylist() if row["measure"] in _SHOWN]
    if not rows:
        console.say("No line or zone counted anything; name them with: apercu zone add, apercu zone list.")
        return
    names = list(dict.fromkeys(row["class"] for row in rows))
    lines: dict[tuple[Any, ...], dict[str, str]] = {}
    for row in sorted(rows, key=lambda row: (row["camera"], row["run"], row["begin_s"], row["place"])):
        begin = (
            f"{row['begin_s']:.0f} s"
            if row["begin"] is None
            else f"{row['begin'].astimezone(zone):%Y-%m-%d %H:%M}"
        )
        what = row["direction"] or row["measure"]
        key = (row["camera"], f"{begin}{'' if row['complete'] else '*'}", row["place"], what)
        lines.setdefault(key, {})[row["class"]] = _number(row)
    console.say_table(
        ("camera", "from", "place", "to", *names),
        ((*key, *(values.get(name, "") for name in names)) for key, values in lines.items()),
        right=names,
    )


def _number(row: dict[str, Any]) -> str:
    if row["value"] is None:
        return "-"
    return f"{'≥' if row['status'] == 'at least' else ''}{row['value']:g}"


def _released_about(book: Any, day: str) -> dict[str, Any]:
    table = book.numbers([day])
    known = table.filter(table["epsilon"].is_null())
    return {
        "numbers": known["value"].drop_null().length() if len(known) else 0,
        "withheld": known["value"].null_count,
        "intervals_s": sorted(set(known["length_s"].to_pylist())),
    }

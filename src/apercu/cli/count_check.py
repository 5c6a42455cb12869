"""``apercu count check``: counts made by hand, and how wrong that shows the engine to be."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apercu.cli import console
from apercu.cli.parameters import ArchiveFolder, Json, Reason, read_start
from apercu.errors import NothingToShowError, UsageError

if TYPE_CHECKING:
    from apercu.archive import Archive
    from apercu.statistics.checks import Check


def command(
    archive: ArchiveFolder,
    camera: Annotated[
        str | None, typer.Argument(metavar="CAMERA", help="Whose picture; without it, samples are listed.")
    ] = None,
    place: Annotated[
        str | None, typer.Argument(metavar="PLACE", help="Line or zone where it was counted.")
    ] = None,
    counted: Annotated[
        int | None, typer.Argument(metavar="N", min=0, help="How many were counted by hand.")
    ] = None,
    begin: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="TIME",
            help='When counting began, a whole minute: "2024-05-31 14:00"; with --recording a number of '
            "minutes.",
        ),
    ] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="TIME", help="When it ended, likewise.")] = None,
    recording: Annotated[
        str,
        typer.Option("--recording", metavar="ID", help="Recording without a clock; --from, --to are of it."),
    ] = "",
    direction: Annotated[
        str,
        typer.Option(
            "--direction",
            metavar="right|left|entered",
            help="Only those that went to this side of the line, or that entered or left the zone.",
        ),
    ] = "",
    class_name: Annotated[
        str, typer.Option("--class", metavar="NAME", help="Only this class; all that are counted without it.")
    ] = "",
    who: Annotated[str, typer.Option("--who", metavar="TEXT", help="Who counted.")] = "",
    how: Annotated[
        str, typer.Option("--how", metavar="TEXT", help="How: at the roadside, from the footage.")
    ] = "",
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="What else is to be known.")] = "",
    remove: Annotated[
        str | None, typer.Option("--remove", metavar="KEY", help="Forget the sample of this key.")
    ] = None,
    reason: Reason = None,
    as_json: Json = False,
) -> None:
    """Enter a count made by hand, and see how wrong the counts are.

    Count at a line or zone for some whole minutes, more than a few objects. Reports then tell the error
    beside the numbers. Under a purpose with a minimum, a sample is compared with what was released for its
    span: begin and end it where those intervals do.

    \b
    Examples:
      apercu count check crossing north kerb 112 --from "2024-05-31 14:00" --to "2024-05-31 15:00" --class car
      apercu count check crossing
    """
    from apercu.archive import Archive
    from apercu.statistics.samples import add_sample, remove_sample

    store = Archive.open(archive)
    if remove is not None:
        if camera is not None:
            raise UsageError("--remove takes nothing else", next_step="Leave out camera, place and number.")
        gone = remove_sample(store, remove, reason=reason or "")
        told = f"{gone.camera}: the sample {remove} at {gone.place} is forgotten"
        console.say_json({"forgotten": remove}) if as_json else console.say(told)
        return
    if camera is not None:
        if place is None or counted is None or begin is None or end is None:
            raise UsageError(
                "a sample takes camera, place, number, --from and --to",
                next_step="See: apercu count check --help.",
            )
        made = add_sample(
            store,
            camera,
            place,
            counted,
            _moment(store, begin, "--from", recording),
            _moment(store, end, "--to", recording),
            who=who,
            how=how,
            direction=direction,
            class_name=class_name,
            recording=recording,
            note=note,
            reason=reason or "",
        )
        console.say_json({"key": made.key, "series": made.series}) if as_json else console.say(
            f"{camera}: sample {made.key} at {place} is kept"
        )
        return
    _list(store, reason, as_json)


def _moment(archive: Archive, text: str, option: str, recording: str) -> datetime | float:
    if recording:
        try:
            return float(text) * 60
        except ValueError as error:
            raise UsageError(
                f"{option} {text!r} is no number of minutes", next_step="Write it like 15."
            ) from error
    moment = read_start(text, option)
    assert moment is not None
    return moment if moment.tzinfo else moment.replace(tzinfo=archive.settings.zone)


def _list(archive: Archive, reason: str | None, as_json: bool) -> None:
    """Write the samples and what is known from them."""
    from apercu.purposes import Capability
    from apercu.statistics.checks import checks, known_errors
    from apercu.statistics.samples import read_samples

    samples = read_samples(archive)
    if not samples:
        raise NothingToShowError(
            "nothing was counted by hand yet",
            where=archive.path,
            next_step="Enter a sample with: apercu count check ARCHIVE CAMERA PLACE N --from ... --to ...",
        )
    subject = f"known errors, {len(samples)} samples"
    with archive.gate.opens(Capability.RELEASE_STATISTICS, subject=subject, reason=reason):
        found, known = checks(archive), known_errors(archive)
    if as_json:
        console.say_json(
            {"samples": [_as_dict(check) for check in found], "known_errors": [e.as_dict() for e in known]}
        )
        return
    console.say_table(
        ("key", "camera", "place", "direction", "class", "from", "minutes", "by hand", "counted", "error"),
        (_cells(archive, check) for check in found),
        right=("minutes", "by hand", "counted", "error"),
    )
    for error in known:
        what = " ".join(part for part in (error.direction, error.class_name or "all classes") if part)
        told = (
            "nothing passed"
            if error.signed is None or error.absolute is None
            else f"{error.signed:+.1%} in sum, {error.absolute:.1%} in absolute terms"
        )
        count = f"{error.samples} sample{'' if error.samples == 1 else 's'}, {error.hours:g} h"
        console.say(f"{error.camera}, {error.place}, {what}: {told} ({count})")


def _cells(archive: Archive, check: Check) -> tuple[str, ...]:
    sample = check.sample
    begin = f"{sample.begin_s / 60:g} min"
    if not sample.recording:
        local = datetime.fromtimestamp(sample.begin_s, UTC).astimezone(archive.settings.zone)
        begin = f"{local:%Y-%m-%d %H:%M}"
    compared = check.counted is not None
    return (
        sample.key,
        sample.camera,
        sample.place,
        sample.direction,
        sample.class_name,
        begin,
        f"{(sample.end_s - sample.begin_s) / 60:g}",
        str(sample.by_hand) if compared else "–",
        str(check.counted) if compared else "–",
        f"{check.error:+.1%}" if check.error is not None else check.outcome,
    )


def _as_dict(check: Check) -> dict[str, Any]:
    sample = check.sample
    compared = check.counted is not None
    return {
        "key": sample.key,
        "camera": sample.camera,
        "place": sample.place,
        "series": sample.series,
        "direction": sample.direction,
        "class": sample.class_name,
        "recording": sample.recording,
        "begin_s": sample.begin_s,
        "end_s": sample.end_s,
        "who": sample.who,
        "how": sample.how,
        "note": sample.note,
        "outcome": check.outcome,
        "by_hand": sample.by_hand if compared else None,
        "counted": check.counted,
        "error": check.error,
    }

"""Parameters that several commands share, each declared once. Defaults come from the options' own classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from apercu.disk import is_utf8, writing
from apercu.errors import RefusedError, UnknownNameError, UsageError
from apercu.purposes import PURPOSES, Capability, Declaration, find_purpose, purposes_with, read_user_purpose

Name = TypeVar("Name", bound=str)

Json = Annotated[bool, typer.Option("--json", help="Write the result as JSON, for programs.")]
Purpose = Annotated[
    str | None,
    typer.Option(
        "--purpose",
        metavar="NAME|FILE",
        help=f"Why the archive may exist: {', '.join(PURPOSES)}, or the TOML file of a stricter one.",
    ),
]
Fields = Annotated[
    list[str] | None,
    typer.Option(
        "--field",
        metavar="NAME=VALUE",
        help="Something that the purpose requires to be stated; see: apercu purpose list.",
    ),
]
Reason = Annotated[
    str | None,
    typer.Option("--reason", metavar="TEXT", help="Why it is done; recorded in the archive's ledger."),
]
Camera = Annotated[
    str | None,
    typer.Option("--camera", metavar="NAME", help="Name of the camera; 'camera' when nothing is given."),
]
Start = Annotated[
    str | None,
    typer.Option(
        "--start",
        metavar="TIME",
        help='True time of the first picture, like "2024-05-31 14:03:27". Without it, the time is taken from '
        "the file's metadata or its name.",
    ),
]
Model = Annotated[
    Path | None,
    typer.Option("--model", metavar="CARD", help="Card (TOML) of another detector than the one inside."),
]
Rate = Annotated[
    float,
    typer.Option("--rate", metavar="N", min=0.5, help="Pictures analysed per second of footage, at most."),
]
Thorough = Annotated[
    bool,
    typer.Option("--thorough", help="Decode every picture, also where nothing seems to happen; much slower."),
]
DetectorSize = Annotated[
    int,
    typer.Option(
        "--detector-size", metavar="PX", min=64, max=4096, help="Longer side of the picture for the detector."
    ),
]
Workers = Annotated[
    int | None,
    typer.Option("--workers", metavar="N", min=1, help="Processor cores to use; all of them by default."),
]
Segment = Annotated[
    float,
    typer.Option(
        "--segment",
        metavar="SECONDS",
        min=0.0,
        help="Length of the pieces in which a long recording is analysed, side by side, each kept when it is "
        "finished; 0 means in one piece.",
    ),
]
CountBy = Annotated[
    str,
    typer.Option("--by", metavar="TIME", help="Length of the intervals: 1min, 5min, 15min, 1h, 1day."),
]
Overlap = Annotated[
    float,
    typer.Option(
        "--overlap",
        min=0.0,
        max=1.0,
        help="Largest share of the pictures under two objects at once; 0 means none. --length goes before.",
    ),
]
Length = Annotated[
    str | None,
    typer.Option(
        "--length",
        metavar="TIME",
        help="How long the video is to be: 60s, 1:30; then as little as possible overlaps. As short as the "
        "overlap allows when not given.",
    ),
]
Density = Annotated[
    int | None, typer.Option("--density", metavar="N", min=1, help="Most objects on screen at once.")
]
Effort = Annotated[
    float,
    typer.Option(
        "--effort",
        metavar="N",
        min=0.0,
        help="How long to look for a shorter one: 0 hardly, 10 tenfold.",
    ),
]
Crf = Annotated[
    int, typer.Option("--crf", min=0, max=51, help="Quality of the video: lower is better and larger.")
]
Boxes = Annotated[bool, typer.Option("--boxes/--no-boxes", help="Draw a thin box around every object.")]
Trails = Annotated[bool, typer.Option("--trails/--no-trails", help="Draw the way that every object came.")]
Bar = Annotated[
    bool,
    typer.Option("--bar/--no-bar", help="Draw the bar below, which maps the video's time to the original."),
]
ColourBy = Annotated[
    str | None,
    typer.Option(
        "--colour-by",
        metavar="class|time",
        help="What the colour of boxes, trails and labels tells; without, they are white.",
    ),
]
CodecName = Annotated[
    str,
    typer.Option(
        "--codec",
        metavar="h264|av1|vp9",
        help="How the video is coded: h264 plays everywhere, av1 and vp9 are free of royalties.",
    ),
]
Stay = Annotated[
    float,
    typer.Option(
        "--stay",
        metavar="SECONDS",
        min=0.0,
        help="How much is shown of a long stay; it is said how long it was. 0 shows it whole.",
    ),
]
Times = Annotated[bool, typer.Option("--times/--no-times", help="Write its true time above every object.")]
FromTime = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="TIME",
        help='Only what is there at or after this day or moment: 2024-05-31, "2024-05-31 14:03".',
    ),
]
ToTime = Annotated[
    str | None,
    typer.Option(
        "--to", metavar="TIME", help="Only what is there before this moment or the end of this day."
    ),
]
GroupBy = Annotated[
    str | None,
    typer.Option(
        "--group-by", metavar="class|direction|hour", help="Show like with like, one group after the other."
    ),
]
Unredacted = Annotated[
    bool,
    typer.Option(
        "--unredacted",
        help='Show people as they were filmed; takes --reason "KIND: why" (docs/purposes.md), is recorded.',
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Replace an output that exists.")]
ArchiveFolder = Annotated[Path, typer.Argument(metavar="ARCHIVE", help="Folder of the archive.")]

_FITS = {
    "private-premises": "your own shop, warehouse, yard or home, not open to the public",
    "research": "footage that is your own, consented to or licensed for study",
    "judicial-inquiry": "police or court, recorded footage, with an authorisation",
    "statistics": "counting what passes, nothing about any one person",
    "event-safety": "one authorised event, where a person decides on every signal",
}
"""Whom each purpose suits, the likeliest first."""


def required_purpose(
    name: str | None, fields: Sequence[str] | None, needed: Capability | None = None
) -> Declaration:
    """Return what a new archive declares.

    Args:
        name: of the purpose, or its file; None when none was given.
        fields: what was stated, each as NAME=VALUE.
        needed: what it is wanted for: purposes without it are named as such when none was given.

    Raises:
        UsageError: no purpose is given (the message helps to choose one), the purpose cannot be read, or a
            field is missing, unknown or no value of its kind.
        UnknownNameError: there is no such purpose.
        RefusedError: it does not have what is needed.
    """
    if name is None:
        have = list(_FITS) if needed is None else purposes_with(needed)
        lines = [f"  {n:17} {suits}" for n, suits in _FITS.items() if n in have]
        without = ", ".join(n for n in _FITS if n not in have)
        if without:
            lines.append(f"  {without}: {needed} does not exist in them")
        first = "Say why this footage may be analysed. If the camera is your own, the first probably fits:"
        raise UsageError("--purpose is missing", next_step="\n".join([first, *lines]))
    purpose = read_user_purpose(name) if name.endswith(".toml") else find_purpose(name)
    because = None if needed is None else purpose.why_not(needed)
    if needed is not None and because is not None:
        raise RefusedError(
            f"the purpose {purpose.name} has no {needed}: {because.en.rstrip('.')}",
            capability=needed,
            purpose=purpose.name,
            next_step=f"Purposes that have it: {', '.join(purposes_with(needed))}.",
        )
    stated = {}
    for text in fields or ():
        field, equals, value = text.partition("=")
        if not equals:
            raise UsageError(
                f"--field {text!r} has no value", next_step=f'Write it like --field {field}="...".'
            )
        stated[field.strip()] = value.strip()
    declaration = Declaration.parse(purpose, stated)
    if declaration.missing:
        names = ", ".join(field.name for field in declaration.missing)
        told = [f'  --field {f.name}="..."  {f.meaning.en}' for f in declaration.missing]
        raise UsageError(
            f"{purpose.name} requires to be stated: {names}", next_step="\n".join(["Add:", *told])
        )
    return declaration


def read_start(text: str | None, option: str = "--start") -> datetime | None:
    """Read a time that an option says, ``--start`` mostly.

    Raises:
        UsageError: it is no time.
    """
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise UsageError(
            f"{option} {text!r} is not a date with a time", next_step='Write it like "2024-05-31 14:03:27".'
        ) from error


def refuse_given(options: Mapping[str, object], why: str, next_step: str) -> None:
    """Refuse options that mean nothing with what else is asked: who gives them takes them for heard.

    Args:
        options: by name, what was given; false where nothing was.
        why: what follows the name: ``has no meaning for an archive``.
        next_step: what to do about it.

    Raises:
        UsageError: one is given.
    """
    for name, given in options.items():
        if given:
            raise UsageError(f"{name} {why}", next_step=next_step)


def one_of(known: tuple[Name, ...], kind: str, name: str) -> Name:
    """Return ``name`` when it is among the ``known`` ones.

    Raises:
        UnknownNameError: it is none; the message lists them all.
    """
    for one in known:
        if one == name:
            return one
    raise UnknownNameError(kind, name, known)


def check_output(
    output: Path,
    originals: Sequence[Path],
    force: bool,
    beside: Sequence[str] = (),
    *,
    suffixes: Sequence[str] = (".mp4",),
) -> None:
    """Refuse, before any work, to write where it cannot be done or would destroy something.

    Args:
        output: what is to be written.
        originals: recordings, which are never overwritten.
        force: whether other files may be replaced.
        beside: suffixes of what is written beside it.
        suffixes: what its name may end in.

    Raises:
        UsageError: it ends in something else, is a recording, or exists and is not to be replaced.
        OutputError: it cannot be written there.
    """
    from apercu.footage import check_writable

    if output.suffix.lower() not in suffixes:
        raise UsageError(
            f"{output.name} does not end in {' or '.join(suffixes)}", next_step="Choose another name."
        )
    if not is_utf8(output):
        raise UsageError("has a name that is not UTF-8", where=output, next_step="Choose another.")
    for written in (output, *(output.with_suffix(suffix) for suffix in beside)):
        with writing(written):  # its name may be too long
            there = written.exists()
        if not there:
            continue
        if any(original.exists() and written.samefile(original) for original in originals):
            raise UsageError(
                "is the recording itself, which is never overwritten",
                where=written,
                next_step="Choose another name.",
            )
        if not force and not written.is_dir():
            raise UsageError(
                "exists already",
                where=written,
                next_step="Choose another name, or replace it with --force.",
            )
    check_writable(output)

"""The filters that commands over tracks share, each declared once; ``filtered`` gives them to a command."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from apercu.cli.parameters import FromTime, ToTime
from apercu.errors import UsageError

if TYPE_CHECKING:
    from apercu.archive import Archive
    from apercu.search import Query

_Amount = float | None


def _least(flag: str, metavar: str, about: str) -> Any:
    return typer.Option(flag, metavar=metavar, min=0.0, help=about)


_Words = list[str] | None


def _word(flag: str, metavar: str, about: str) -> Any:
    return typer.Option(flag, metavar=metavar, help=f"{about[:-1]}; may be repeated.")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a command line asks for; every filter narrows, and one that is not given asks for nothing."""

    classes: Annotated[
        list[str] | None,
        typer.Option("--class", metavar="NAME", help="Only objects of this class; may be repeated."),
    ] = None
    colours: Annotated[
        list[str] | None,
        typer.Option(
            "--colour",
            metavar="NAME",
            help="Only objects of this colour, of clothes or paint; may be repeated.",
        ),
    ] = None
    from_time: FromTime = None
    to_time: ToTime = None
    between: Annotated[
        str | None,
        typer.Option("--between", metavar="TIME-TIME", help='Only at this time of every day: "22:00-6:30".'),
    ] = None
    regions: Annotated[
        list[str] | None,
        typer.Option(
            "--region",
            metavar="X,Y,X,Y,...",
            help="Only what was in this polygon: its corners in shares of the picture's width and height, 0 "
            'to 1. "entered:X,Y,..." and "left:X,Y,..." ask for what came in or went out.',
        ),
    ] = None
    regions_px: Annotated[
        list[str] | None,
        typer.Option("--region-px", metavar="X,Y,X,Y,...", help="The same in pixels of the recording."),
    ] = None
    longer_than: Annotated[
        str | None,
        typer.Option("--longer-than", metavar="TIME", help="Only what is there as long: 5s, 1:30."),
    ] = None
    shorter_than: Annotated[
        str | None, typer.Option("--shorter-than", metavar="TIME", help="Only what is there no longer.")
    ] = None
    stood: Annotated[
        str | None, typer.Option("--stood", metavar="TIME", help="Only what stood still as long, in all.")
    ] = None
    larger_than: Annotated[
        _Amount, _least("--larger-than", "PX", "Only what is as large: longer side of its usual box, pixels.")
    ] = None
    smaller_than: Annotated[_Amount, _least("--smaller-than", "PX", "Only what is no larger.")] = None
    faster_than: Annotated[
        _Amount,
        _least("--faster-than", "PX/S", "Only what moves as fast on average, pixels a second."),
    ] = None
    slower_than: Annotated[_Amount, _least("--slower-than", "PX/S", "Only what is no faster.")] = None
    heading: Annotated[
        str | None,
        typer.Option(
            "--heading",
            metavar="DEGREES[+-N]",
            help='Only what went this way in the picture, clockwise from up, give or take 45 degrees: "90", '
            '"270+-20"; or up, right, down, left.',
        ),
    ] = None
    recordings: Annotated[
        list[str] | None,
        typer.Option(
            "--recording",
            metavar="ID|FILE",
            help="Only of this recording: its id, how that begins, or its file name; may be repeated.",
        ),
    ] = None
    tracks: Annotated[
        list[str] | None,
        typer.Option("--track", metavar="RECORDING/ID", help="Only this track; may be repeated."),
    ] = None

    upper: Annotated[_Words, _word("--upper", "COLOUR", "Only persons whose upper part has this colour.")] = (
        None
    )
    lower: Annotated[_Words, _word("--lower", "COLOUR", "Only persons whose lower part has this colour.")] = (
        None
    )
    inside: Annotated[_Words, _word("--in", "ZONE", "Only what was in this zone; see: apercu zone.")] = None
    entered: Annotated[_Words, _word("--entered", "ZONE", "Only what came into this zone from outside.")] = (
        None
    )
    left: Annotated[_Words, _word("--left", "ZONE", "Only what went out of this zone.")] = None
    crossed: Annotated[
        _Words, _word("--crossed", "LINE", "Only what went over this line; --where has words for its sides.")
    ] = None
    went: Annotated[
        _Words, _word("--went", "ZONE>ZONE", "Only what was in the first zone and later in the second.")
    ] = None
    stopped: Annotated[
        bool, typer.Option("--stopped", help="Only what stood still for a second or more, in one go.")
    ] = False
    stopped_for: Annotated[
        str | None, typer.Option("--stopped-for", metavar="TIME", help="Only what stood still as long: 10s.")
    ] = None
    stopped_in: Annotated[
        str | None, typer.Option("--stopped-in", metavar="ZONE", help="Only what stood still in this zone.")
    ] = None
    parked: Annotated[
        bool, typer.Option("--parked", help="Only vehicles that stood still for a minute or more, in one go.")
    ] = False
    parked_for: Annotated[
        str | None, typer.Option("--parked-for", metavar="TIME", help="Only vehicles that stood as long: 5m.")
    ] = None
    turned_back: Annotated[bool, typer.Option("--turned-back", help="Only what went away and came back.")] = (
        False
    )
    against_flow: Annotated[
        bool, typer.Option("--against-flow", help="Only what went against the usual way of its camera.")
    ] = False
    near: Annotated[
        str | None,
        typer.Option(
            "--near",
            metavar="DISTANCE[,TIME][,CLASS...]",
            help="Only what came close to another track: 50px; 0.1 of the picture's diagonal; 3m,1s,person "
            "where the camera is calibrated.",
        ),
    ] = None
    path: Annotated[
        str | None,
        typer.Option(
            "--path",
            metavar="X,Y;X,Y;...[+-N]",
            help="Only what went along this way, in shares of the picture's width and height (or px:X,Y;... "
            "in pixels), off by a tenth of its diagonal at most on average.",
        ),
    ] = None
    on_screen: Annotated[
        str | None,
        typer.Option(
            "--on-screen", metavar="N..N", help="Only what was there with so many at once: 3.., ..1."
        ),
    ] = None
    metres: Annotated[
        str | None,
        typer.Option("--size-m", metavar="N..N", help="Only what is so large, metres; calibrated only."),
    ] = None
    metres_per_s: Annotated[
        str | None,
        typer.Option(
            "--speed-m",
            metavar="N..N",
            help="Only what moves so fast, metres a second: 1..3; calibrated only.",
        ),
    ] = None
    after: Annotated[
        str | None,
        typer.Option("--after", metavar="TIME", help="Only after this time of every day: 12:30."),
    ] = None
    before: Annotated[
        str | None, typer.Option("--before", metavar="TIME", help="Only before this time of every day.")
    ] = None
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--where",
            metavar="WORDS",
            help='Only what these words ask for, see docs/search.md: "class:car (in:gate or in:yard)".',
        ),
    ] = None

    def query(self, archive: Archive, camera: str | None = None) -> Query:
        """Return what is asked of an archive.

        Raises:
            UsageError: a value makes no sense; the message names it.
        """
        from apercu.search import Query, query_of, read_query

        values: dict[str, Any] = {
            "cameras": None if camera is None else [camera],
            "classes": self.classes,
            "colours": self.colours,
            "from_time": self.from_time,
            "to_time": self.to_time,
            "duration_s": _span(seconds_of(self.longer_than), seconds_of(self.shorter_than)),
            "size_px": _span(self.larger_than, self.smaller_than),
            "speed_px_s": _span(self.faster_than, self.slower_than),
            "dwell_s": _span(seconds_of(self.stood), None),
            "regions": [
                *(_region(text, "normalised") for text in self.regions or ()),
                *(_region(text, "pixels") for text in self.regions_px or ()),
            ],
            "recordings": self._recordings(archive),
            "tracks": [track_of(archive, text) for text in self.tracks or ()],
        }
        query = Query.of(**{name: value for name, value in values.items() if value})
        query = query.and_also(query_of(self._words()))
        for text in self.where or ():
            query = query.and_also(read_query(text))
        return query

    def _words(self) -> Iterator[tuple[str, str]]:
        """Yield the options that are words of the text form, each with its value."""
        many = {"upper": self.upper, "lower": self.lower, "in": self.inside, "entered": self.entered}
        many |= {"left": self.left, "crossed": self.crossed, "went": self.went}
        for key, values in many.items():
            yield from ((key, value) for value in values or ())
        for key, flag in (("turned-back", self.turned_back), ("against-flow", self.against_flow)):
            if flag:
                yield key, ""
        for key, flag, length, place in (
            ("stopped", self.stopped, self.stopped_for, self.stopped_in),
            ("parked", self.parked, self.parked_for, None),
        ):
            if flag or length is not None or place is not None:
                yield key, (length or "") + ("" if place is None else f"@{place}")
        for key, value in (
            ("between", self.between),
            ("heading", self.heading),
            ("size-m", self.metres),
            ("near", self.near),
            ("path", self.path),
            ("on-screen", self.on_screen),
            ("speed-m", self.metres_per_s),
            ("after", self.after),
            ("before", self.before),
        ):
            if value is not None:
                yield key, value

    def _recordings(self, archive: Archive) -> list[str]:
        if not self.recordings:
            return []
        from apercu.cli.intakes import find_recording

        return [find_recording(archive, text) for text in self.recordings]


def filtered(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of ``Filters`` in the place of its parameter ``filters``."""
    signature = inspect.signature(command)
    hints = get_type_hints(Filters, localns={"_Amount": _Amount, "_Words": _Words}, include_extras=True)
    own = get_type_hints(command, include_extras=True)
    parameters, annotations = [], {}
    for name, parameter in signature.parameters.items():
        if name != "filters":
            parameters.append(parameter.replace(annotation=own[name]))
            annotations[name] = own[name]
            continue
        for field in fields(Filters):
            annotations[field.name] = hints[field.name]
            parameters.append(
                inspect.Parameter(
                    field.name, parameter.kind, default=field.default, annotation=hints[field.name]
                )
            )

    @wraps(command)
    def call(**values: Any) -> None:
        taken = {field.name: values.pop(field.name) for field in fields(Filters)}
        command(**values, filters=Filters(**taken))

    call.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {**annotations, "return": None}
    return call


def track_of(archive: Archive, text: str) -> dict[str, Any]:
    """Read ``RECORDING/ID``, where the recording is named by its id, how that begins, or its file name.

    Raises:
        UsageError: it is not written like that, or names several recordings.
        NothingToShowError: there is no such recording.
    """
    from apercu.cli.intakes import find_recording

    recording, slash, number = text.strip().rpartition("/")
    if not slash or not recording or not re.fullmatch(r"[1-9]\d{0,8}", number):
        raise UsageError(f"{text!r} names no track", next_step="Write it like 3f9a0c12d4e5b678/17.")
    return {"recording_id": find_recording(archive, recording), "track_id": int(number)}


def seconds_of(text: str | None) -> float | None:
    """Read a length of time: ``5``, ``5s``, ``2m``, ``1h``, ``1:30``.

    Raises:
        UsageError: it is none.
    """
    from apercu.timecode import parse_clock

    if text is None:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh])", text.strip())
    if match is not None:
        return float(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2]]
    return float(parse_clock(text))


def _span(least: float | None, most: float | None) -> dict[str, float | None] | None:
    return None if least is None and most is None else {"least": least, "most": most}


_CORNERS = "Write its corners like 0.1,0.2,0.5,0.2,0.5,0.9."


def _region(text: str, unit: str) -> dict[str, Any]:
    way, colon, corners = text.strip().rpartition(":")
    numbers = re.split(r"[\s,;]+", corners.strip())
    flag = "--region" if unit == "normalised" else "--region-px"
    try:
        values = [float(number) for number in numbers]
    except ValueError as error:
        raise UsageError(
            f"{flag} {text[:200]!r} is no polygon",
            next_step=_CORNERS,
        ) from error
    if len(values) % 2 or len(values) < 6:
        raise UsageError(
            f"{flag} has {len(values)} numbers: a polygon has three corners or more, of two numbers each",
            next_step=_CORNERS,
        )
    if unit == "normalised" and max(values) > 1:
        raise UsageError(
            f"--region has a corner at {max(values):g}, and shares of the picture go from 0 to 1",
            next_step="Use --region-px for corners in pixels.",
        )
    pairs = list(zip(values[::2], values[1::2], strict=True))
    return {"corners": pairs, "unit": unit, **({"way": way} if colon else {})}

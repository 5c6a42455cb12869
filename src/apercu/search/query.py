"""What is asked for: typed filters over tracks, one object for Python, the command line and saved searches.

Every filter narrows: a track is found when all of them hold. A filter that is not given asks for nothing, so
a query without any finds every track.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from apercu.analysis.colour import COLOURS
from apercu.analysis.detections import CLASSES
from apercu.errors import UnknownNameError, UsageError

_MOST_NAMES, _MOST_TRACKS, _MOST_CORNERS, _MOST_REGIONS = 1_000, 100_000, 1_000, 20
_TOLD = 40
"""Values of one filter that the text of a query writes out."""

Unit = Literal["normalised", "pixels"]
Way = Literal["in", "entered", "left"]


def _one_of(kind: str, known: tuple[str, ...]) -> Callable[[str], str]:
    def check(name: str) -> str:
        if name not in known:
            raise ValueError(UnknownNameError(kind, name, known).what + f"; one of {', '.join(known)}")
        return name

    return check


def _read_moment(value: Any) -> Any:
    """Read a text as a day when it is one, else as a moment."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    return (
        date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else datetime.fromisoformat(text)
    )


ClassName = Annotated[str, AfterValidator(_one_of("class", CLASSES))]
ColourName = Annotated[str, AfterValidator(_one_of("colour", COLOURS))]
Name = Annotated[str, Field(min_length=1, max_length=200)]
RecordingId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
Moment = Annotated[datetime | date, BeforeValidator(_read_moment)]
Coordinate = Annotated[float, Field(allow_inf_nan=False, ge=-1e6, le=1e6)]
Amount = Annotated[float, Field(allow_inf_nan=False, ge=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Span(_Strict):
    """An amount between two bounds, both inclusive; a bound that is None does not bind.

    Attributes:
        least, most: the bounds, in the unit that the field's name tells.
    """

    least: Amount | None = None
    most: Amount | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.least is None and self.most is None:
            raise ValueError("a span needs a least or a most amount")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError(f"no amount is at least {self.least:g} and at most {self.most:g}")
        return self

    def __str__(self) -> str:
        low, high = ("" if side is None else f"{side:g}" for side in (self.least, self.most))
        return f"{low}..{high}"


class DaySpan(_Strict):
    """A time of day, every day, by the clock of the archive's time zone; it may go past midnight.

    Attributes:
        begin: when it begins.
        end: when it ends (exclusive); the same as ``begin`` means around the clock.
    """

    begin: time = time(0)
    end: time = time(0)

    @model_validator(mode="after")
    def _plain(self) -> Self:
        if self.begin.tzinfo is not None or self.end.tzinfo is not None:
            raise ValueError("a time of day has no zone: it is read in the archive's")
        return self

    def __str__(self) -> str:
        return f"{self.begin:%H:%M:%S}..{self.end:%H:%M:%S}"


class Heading(_Strict):
    """A direction in the picture from where a track began to where it ended.

    Attributes:
        degrees: clockwise from up: 0 goes up in the picture, 90 to the right, 180 down, 270 to the left.
        tolerance: degrees to either side, at most 180.
    """

    degrees: Annotated[float, Field(allow_inf_nan=False, ge=0, le=360)]
    tolerance: Annotated[float, Field(allow_inf_nan=False, ge=0, le=180)] = 45.0

    def __str__(self) -> str:
        return f"{self.degrees:g}+-{self.tolerance:g}"


class Region(_Strict):
    """A part of the picture, as a polygon. A track is where the bottom centre of its box is: its feet.

    Attributes:
        corners: x, y of each, at least three; x to the right and y down from the upper left corner.
        unit: ``normalised`` (shares of the picture's width and height, 0 to 1) or ``pixels`` of the
            recording.
        way: ``in`` (was there at any time), ``entered`` (came in from outside) or ``left`` (went out).
    """

    corners: Annotated[
        tuple[tuple[Coordinate, Coordinate], ...], Field(min_length=3, max_length=_MOST_CORNERS)
    ]
    unit: Unit = "normalised"
    way: Way = "in"

    @model_validator(mode="after")
    def _flat(self) -> Self:
        x, y = zip(*self.corners, strict=True)
        if self.unit == "normalised" and not all(0 <= side <= 1 for side in (*x, *y)):
            raise ValueError("normalised corners lie between 0 and 1; say so if these are pixels")
        shifted = zip(x, y, (*x[1:], x[0]), (*y[1:], y[0]), strict=True)
        if math.isclose(sum(a * d - c * b for a, b, c, d in shifted), 0.0, abs_tol=1e-12):
            raise ValueError("the corners of a region lie on one line")
        return self

    def __str__(self) -> str:
        told = " ".join(f"{x:g},{y:g}" for x, y in self.corners[:_TOLD])
        more = "" if len(self.corners) <= _TOLD else f" and {len(self.corners) - _TOLD} more"
        return f"{self.way}({self.unit} {told}{more})"


class TrackId(_Strict):
    """One track.

    Attributes:
        recording_id: of its recording, 16 hexadecimal digits.
        track_id: its number there, from 1.
    """

    recording_id: RecordingId
    track_id: Annotated[int, Field(ge=1, lt=2**31)]

    @classmethod
    def read(cls, text: str) -> TrackId:
        """Read ``RECORDING/NUMBER``.

        Raises:
            UsageError: it is not written like that.
        """
        recording, slash, number = text.strip().partition("/")
        if (
            not slash
            or not re.fullmatch(r"[0-9a-f]{16}", recording)
            or not re.fullmatch(r"[1-9]\d{0,8}", number)
        ):
            raise UsageError(
                f"{text!r} names no track", next_step="Write it like 3f9a0c12d4e5b678/17: recording, number."
            )
        return cls(recording_id=recording, track_id=int(number))

    def __str__(self) -> str:
        return f"{self.recording_id}/{self.track_id}"


class Query(_Strict):
    """Filters over tracks; all that are given must hold.

    Within one filter of several values any of them is enough (a car or a truck), but for ``regions``, which
    must all hold. ``Query.model_validate_json`` reads what ``query.model_dump_json()`` wrote.

    Attributes:
        recordings: ids of recordings, 16 hexadecimal digits each.
        cameras: names of cameras.
        from_time: a track is there at or after this: a moment, or a day from its beginning. Without zone it
            is read in the archive's. Recordings without a clock have no true times: nothing of them is found.
        to_time: a track is there before this moment, or before the end of this day.
        time_of_day: a track is there within this time of day.
        classes: what it is, see ``CLASSES``.
        colours: one of its named colours, of clothes both parts; takes the capability ``search-by-colour``.
        duration_s: how long it is there, seconds.
        size_px: longer side of its usual (median) box, pixels of the recording.
        speed_px_s: its mean speed while moving, pixels per second.
        heading: the direction in which it went; tracks that end where they began have none.
        dwell_s: how long it stood still, seconds.
        regions: where it was.
        tracks: these tracks and no others.
    """

    recordings: Annotated[tuple[RecordingId, ...], Field(max_length=_MOST_NAMES)] = ()
    cameras: Annotated[tuple[Name, ...], Field(max_length=_MOST_NAMES)] = ()
    from_time: Moment | None = None
    to_time: Moment | None = None
    time_of_day: DaySpan | None = None
    classes: Annotated[tuple[ClassName, ...], Field(max_length=len(CLASSES))] = ()
    colours: Annotated[tuple[ColourName, ...], Field(max_length=len(COLOURS))] = ()
    duration_s: Span | None = None
    size_px: Span | None = None
    speed_px_s: Span | None = None
    heading: Heading | None = None
    dwell_s: Span | None = None
    regions: Annotated[tuple[Region, ...], Field(max_length=_MOST_REGIONS)] = ()
    tracks: Annotated[tuple[TrackId, ...], Field(max_length=_MOST_TRACKS)] = ()

    @classmethod
    def of(cls, **values: Any) -> Query:
        """Return a query of these fields; parts may be plain values (``duration_s={"least": 5}``).

        Raises:
            UsageError: a field is unknown or its value makes no sense; the message names the field.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            field = ".".join(str(part) for part in first["loc"] if isinstance(part, str)) or "query"
            raise UsageError(
                f"{field}: {first['msg'].removeprefix('Value error, ')}", where="query"
            ) from error

    @property
    def narrows(self) -> bool:
        """Whether any filter but recordings and cameras is given: picking tracks out is a search."""
        return self.model_copy(update={"recordings": (), "cameras": ()}) != Query()

    def span(self, zone: tzinfo) -> tuple[datetime | None, datetime | None]:
        """Return the moments from and before which tracks are wanted, aware.

        Args:
            zone: where days and moments without a zone are read.

        Raises:
            UsageError: the first is not before the second.
        """
        begin = None if self.from_time is None else _moment(self.from_time, zone, last=False)
        end = None if self.to_time is None else _moment(self.to_time, zone, last=True)
        if begin is not None and end is not None and begin >= end:
            raise UsageError(
                f"nothing is from {begin.isoformat()} and before {end.isoformat()}",
                next_step="Exchange the two, or leave one out.",
            )
        return begin, end

    def __str__(self) -> str:
        """Return the query in one line, as it stands in the ledger."""
        told = []
        for name, value in self:
            if value is None or value == ():
                continue
            shown = value if isinstance(value, tuple) else (value,)
            words = ",".join(str(part) for part in shown[:_TOLD])
            more = "" if len(shown) <= _TOLD else f" and {len(shown) - _TOLD} more"
            told.append(f"{_WORDS.get(name, name)}:{words}{more}")
        return " ".join(told) or "everything"


_WORDS = {
    "recordings": "recording",
    "cameras": "camera",
    "from_time": "from",
    "to_time": "to",
    "classes": "class",
    "colours": "colour",
    "regions": "region",
    "tracks": "track",
}


def _moment(value: datetime | date, zone: tzinfo, *, last: bool) -> datetime:
    """Return a moment, aware; of a day its beginning, or with ``last`` its end."""
    if isinstance(value, datetime):
        return value if value.tzinfo is not None else value.replace(tzinfo=zone)
    return datetime.combine(value + timedelta(days=1) if last else value, time(0), zone)

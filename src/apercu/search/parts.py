"""What filters are made of: amounts, times, directions, places, lines and ways, each with its own bounds."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from apercu.analysis.colour import COLOURS
from apercu.analysis.detections import CLASSES
from apercu.errors import UnknownNameError, UsageError

MOST_CORNERS = 1_000
_SHOWN = 40
"""Characters of a name that cannot be one which its error repeats."""

Unit = Literal["normalised", "pixels"]
Way = Literal["in", "entered", "left"]
Side = Literal["either", "right", "left"]


def _one_of(kind: str, known: tuple[str, ...]) -> Callable[[str], str]:
    def check(name: str) -> str:
        if name not in known:
            raise ValueError(UnknownNameError(kind, name, known).what + f"; one of {', '.join(known)}")
        return name

    return check


def _written(pattern: str, rule: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"{rule}; this is {text[:_SHOWN]!r}")
        return text

    return check


def _read_moment(value: Any) -> Any:
    """Read a text as a day when it is one, else as a moment."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    return (
        date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else datetime.fromisoformat(text)
    )


def _in_our_time(value: datetime | date) -> datetime | date:
    if not 1900 <= value.year < 3000:  # beyond, adding a day or a zone leads out of the calendar
        raise ValueError("a moment lies in the years 1900 to 2999")
    return value


ClassName = Annotated[str, AfterValidator(_one_of("class", CLASSES))]
ColourName = Annotated[str, AfterValidator(_one_of("colour", COLOURS))]
Name = Annotated[str, Field(min_length=1, max_length=200)]
_ID, _ZONE = r"^[0-9a-f]{16}$", r"^[A-Za-z][A-Za-z0-9._-]{0,63}$"
RecordingId = Annotated[
    str,
    AfterValidator(_written(_ID, "a recording's id has 16 hexadecimal digits, 0 to 9 and a to f")),
    Field(json_schema_extra={"pattern": _ID}),
]
ZoneName = Annotated[
    str,
    AfterValidator(_written(_ZONE, "a zone's name is of 64 letters, digits, . _ - at most, a letter first")),
    Field(json_schema_extra={"pattern": _ZONE}),
]
Moment = Annotated[datetime | date, BeforeValidator(_read_moment), AfterValidator(_in_our_time)]
Coordinate = Annotated[float, Field(allow_inf_nan=False, ge=-1e6, le=1e6)]
Amount = Annotated[float, Field(allow_inf_nan=False, ge=0)]
Corner = tuple[Coordinate, Coordinate]
Points = tuple[Corner, ...]


def check_polygon(corners: Points, unit: Unit) -> None:
    """Raise ValueError unless corners enclose something."""
    x, y = zip(*corners, strict=True)
    if unit == "normalised" and not all(0 <= side <= 1 for side in (*x, *y)):
        raise ValueError("normalised corners lie between 0 and 1; say so if these are pixels")
    shifted = zip(x, y, (*x[1:], x[0]), (*y[1:], y[0]), strict=True)
    if math.isclose(sum(a * d - c * b for a, b, c, d in shifted), 0.0, abs_tol=1e-12):
        raise ValueError("the corners of a region lie on one line")


def check_line(points: Points, unit: Unit) -> None:
    """Raise ValueError unless points go somewhere."""
    if unit == "normalised" and not all(0 <= side <= 1 for point in points for side in point):
        raise ValueError("normalised points lie between 0 and 1; say so if these are pixels")
    if len(set(points)) == 1:
        raise ValueError("the points of a line are all the same")


def number(value: float) -> str:
    """Return a number as short as it can be read back."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def points_text(points: Points, unit: Unit) -> str:
    """Return points as they stand in the text of a query."""
    told = ";".join(f"{number(x)},{number(y)}" for x, y in points)
    return f"px:{told}" if unit == "pixels" else told


class Strict(BaseModel):
    """A part of a query: it never changes and has no fields but its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _clock(moment: time) -> str:
    """Return a time of day without seconds that are nought."""
    return moment.isoformat("auto" if moment.second or moment.microsecond else "minutes")


class Span(Strict):
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
        low, high = ("" if side is None else number(side) for side in (self.least, self.most))
        return f"{low}..{high}"


class DaySpan(Strict):
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
        return f"{_clock(self.begin)}-{_clock(self.end)}"


class Heading(Strict):
    """A direction in the picture from where a track began to where it ended.

    Attributes:
        degrees: clockwise from up: 0 goes up in the picture, 90 to the right, 180 down, 270 to the left.
        tolerance: degrees to either side, at most 180.
    """

    degrees: Annotated[float, Field(allow_inf_nan=False, ge=0, le=360)]
    tolerance: Annotated[float, Field(allow_inf_nan=False, ge=0, le=180)] = 45.0

    def __str__(self) -> str:
        return f"{number(self.degrees)}+-{number(self.tolerance)}"


class Place(Strict):
    """A part of the picture: a polygon, or a zone that the archive knows by name for each camera.

    A track is where the bottom centre of its box is: its feet. Between two observations it goes straight.

    Attributes:
        corners: x, y of each, at least three; x to the right and y down from the upper left corner.
        unit: ``normalised`` (shares of the picture's width and height, 0 to 1) or ``pixels`` of the
            recording.
        zone: name of a zone instead of corners; a camera without a zone of this name has no such place.
    """

    corners: Annotated[Points, Field(min_length=3, max_length=MOST_CORNERS)] | None = None
    unit: Unit = "normalised"
    zone: ZoneName | None = None

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.corners is None) == (self.zone is None):
            raise ValueError("a place takes corners or the name of a zone, and not both")
        if self.corners is not None:
            check_polygon(self.corners, self.unit)
        return self

    def __str__(self) -> str:
        return self.zone if self.zone is not None else points_text(self.corners or (), self.unit)


class Region(Place):
    """A part of the picture and what a track did there: see ``Place``.

    Attributes:
        way: ``in`` (was there at any time), ``entered`` (came in from outside) or ``left`` (went out).
    """

    way: Way = "in"


class Crossing(Strict):
    """A line in the picture that feet went over.

    Attributes:
        points: x, y of both ends.
        unit: of the points, see ``Place``.
        line: name of a line that the archive knows, instead of points.
        to: the side that they went to, as one looks from the first point to the second in the picture:
            ``right``, ``left``, or ``either``.
    """

    points: tuple[Corner, Corner] | None = None
    unit: Unit = "normalised"
    line: ZoneName | None = None
    to: Side = "either"

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.points is None) == (self.line is None):
            raise ValueError("a crossing takes two points or the name of a line, and not both")
        if self.points is not None:
            check_line(self.points, self.unit)
        return self

    def __str__(self) -> str:
        return self.line if self.line is not None else points_text(self.points or (), self.unit)


class Route(Strict):
    """From one place to another: feet were in the first, and later in the second.

    Attributes:
        start, end: the places.
    """

    start: Place
    end: Place

    def __str__(self) -> str:
        return f"{self.start}>{self.end}"


class Stop(Strict):
    """A stay: feet that hardly moved for a while, in one go.

    Hardly means by less than a fifth of the object's own size in a second.

    Attributes:
        least_s: for how long, seconds.
        place: where; None means anywhere.
    """

    least_s: Annotated[float, Field(allow_inf_nan=False, ge=1)] = 1.0
    place: Place | None = None

    def __str__(self) -> str:
        return f"{number(self.least_s)}s" + ("" if self.place is None else f"@{self.place}")


class Parking(Stop):
    """A stay of a vehicle: see ``Stop``.

    Attributes:
        least_s: for how long, seconds.
    """

    least_s: Annotated[float, Field(allow_inf_nan=False, ge=1)] = 60.0


class Near(Strict):
    """Another track of the same recording close by, at the same time: feet to feet.

    Attributes:
        distance: at most, in ``unit``.
        unit: ``pixels`` of the recording; ``normalised``, shares of the picture's diagonal; or ``metres`` on
            the ground: then only calibrated cameras count.
        within_s: how far apart in time the two may have been at their places, seconds.
        classes: what the other is; anything when empty.
    """

    distance: Annotated[float, Field(allow_inf_nan=False, gt=0, le=1e5)]
    unit: Literal["pixels", "normalised", "metres"] = "pixels"
    within_s: Annotated[float, Field(allow_inf_nan=False, ge=0, le=3600)] = 0.5
    classes: Annotated[tuple[ClassName, ...], Field(max_length=len(CLASSES))] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.unit == "normalised" and self.distance > 1:
            raise ValueError("a share of the picture's diagonal is 1 at most; say so if these are pixels")
        return self

    def __str__(self) -> str:
        unit = {"pixels": "px", "normalised": "", "metres": "m"}[self.unit]
        told = [f"{number(self.distance)}{unit}", f"{number(self.within_s)}s", *self.classes]
        return ",".join(told)


class PathLike(Strict):
    """A way drawn by hand that tracks went along, in its direction, from near its beginning to near its end.

    Attributes:
        points: x, y of each, at least two, in order.
        unit: of the points, see ``Place``.
        tolerance: how far off the track may be on average, share of the picture's diagonal, both cut into
            pieces of equal length.
    """

    points: Annotated[Points, Field(min_length=2, max_length=MOST_CORNERS)]
    unit: Unit = "normalised"
    tolerance: Annotated[float, Field(allow_inf_nan=False, gt=0, le=1)] = 0.1

    @model_validator(mode="after")
    def _goes(self) -> Self:
        check_line(self.points, self.unit)
        return self

    def __str__(self) -> str:
        return f"{points_text(self.points, self.unit)}+-{number(self.tolerance)}"


class TrackId(Strict):
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

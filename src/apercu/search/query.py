"""What is asked for: typed filters over tracks, one object for Python, the command line and saved searches.

Every filter narrows: a track is found when all of them hold. A filter that is not given asks for nothing, so
a query without any finds every track.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from apercu.analysis.colour import COLOURS
from apercu.analysis.detections import CLASSES
from apercu.errors import UsageError
from apercu.search.parts import (
    ClassName,
    ColourName,
    Crossing,
    DaySpan,
    Heading,
    Moment,
    Name,
    Near,
    Parking,
    PathLike,
    RecordingId,
    Region,
    Route,
    Span,
    Stop,
    Strict,
    TrackId,
)
from apercu.search.writing import text_of

_MOST_NAMES, _MOST_TRACKS, _MOST_PLACES = 1_000, 100_000, 20
_MOST_DEEP, _MOST_NESTED = 8, 100
_TOLD = 40
"""Values of one filter that stand in the ledger."""

_PAGING = frozenset({"sort", "limit", "cursor"})


def _plainly(value: Any) -> Any:
    """Read ``true`` as a filter with nothing more said, and ``false`` as none."""
    return {} if value is True else None if value is False else value


Order = Literal["time", "duration", "size", "speed", "dwell"]
Colours = Annotated[tuple[ColourName, ...], Field(max_length=len(COLOURS))]
Nested = Annotated[tuple["Query", ...], Field(max_length=_MOST_PLACES)]


class Query(Strict):
    """Filters over tracks; all that are given must hold.

    Within one filter of several values any of them is enough (a car or a truck), but for ``regions``,
    ``crossed`` and ``routes``, which must all hold. ``Query.model_validate_json`` reads what
    ``query.model_dump_json()`` wrote, and ``read_query`` what ``query.text()`` wrote.

    Attributes:
        recordings: ids of recordings, 16 hexadecimal digits each.
        cameras: names of cameras.
        from_time: a track is there at or after this: a moment, or a day from its beginning. Without zone it
            is read in the archive's. Recordings without a clock have no true times: nothing of them is found.
        to_time: a track is there before this moment, or before the end of this day.
        time_of_day: a track is there within this time of day.
        classes: what it is, see ``CLASSES``.
        colours: one of its named colours, of clothes both parts; takes the capability ``search-by-colour``.
        upper_colours: of a person's upper part only; takes ``search-by-colour``.
        lower_colours: of a person's lower part only; takes ``search-by-colour``.
        duration_s: how long it is there, seconds.
        size_px: longer side of its usual (median) box, pixels of the recording.
        size_m: the larger of its width and height, metres; only where the camera is calibrated. Of long
            things seen from above the height is too much.
        speed_px_s: its mean speed while moving, pixels per second.
        speed_m_s: the same on the ground, metres per second; only where the camera is calibrated.
        heading: the direction in which it went; tracks that end where they began have none.
        dwell_s: how long it stood still, seconds in all, as ``stopped`` counts it.
        regions: where it was, came into, or went out of.
        crossed: lines that it went over: from clearly on one side to clearly on the other, by a fifth of its
            own size, so that a box that trembles on the line does not count.
        routes: from where to where it went.
        stopped: it stood still for so long in one go, anywhere or in a place. Still is a second in which its
            feet move by less than a fifth of its own size.
        parked: the same of a vehicle; with true, for a minute or more.
        turned_back: with true, it went away from where it began by twice its size or more, and came back at
            least half of that.
        against_flow: with true, it went most of its way against the direction that others of its camera
            usually take there. The usual way is known where five others passed and mostly agree.
        near: another track was close to it.
        path: it went along this way.
        on_screen: how many tracks of its recording were there at once while it was, itself included, at most.
        all_of: queries that must all hold, too.
        any_of: queries of which at least one must hold; two or more.
        none_of: queries of which none may hold.
        tracks: these tracks and no others.
        sort: what comes first: ``time`` (of its recording, then its own start), or the longest, largest,
            fastest or stillest: ``duration``, ``size``, ``speed``, ``dwell``.
        limit: how many tracks at most.
        cursor: go on behind this track, which the last answer ended with, in the same order.
    """

    recordings: Annotated[tuple[RecordingId, ...], Field(max_length=_MOST_NAMES)] = ()
    cameras: Annotated[tuple[Name, ...], Field(max_length=_MOST_NAMES)] = ()
    from_time: Moment | None = None
    to_time: Moment | None = None
    time_of_day: DaySpan | None = None
    classes: Annotated[tuple[ClassName, ...], Field(max_length=len(CLASSES))] = ()
    colours: Colours = ()
    upper_colours: Colours = ()
    lower_colours: Colours = ()
    duration_s: Span | None = None
    size_px: Span | None = None
    size_m: Span | None = None
    speed_px_s: Span | None = None
    speed_m_s: Span | None = None
    heading: Heading | None = None
    dwell_s: Span | None = None
    regions: Annotated[tuple[Region, ...], Field(max_length=_MOST_PLACES)] = ()
    crossed: Annotated[tuple[Crossing, ...], Field(max_length=_MOST_PLACES)] = ()
    routes: Annotated[tuple[Route, ...], Field(max_length=_MOST_PLACES)] = ()
    stopped: Stop | None = None
    parked: Annotated[Parking | None, BeforeValidator(_plainly)] = None
    turned_back: bool = False
    against_flow: bool = False
    near: Near | None = None
    path: PathLike | None = None
    on_screen: Span | None = None
    all_of: Nested = ()
    any_of: Nested = ()
    none_of: Nested = ()
    tracks: Annotated[tuple[TrackId, ...], Field(max_length=_MOST_TRACKS)] = ()
    sort: Order = "time"
    limit: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    cursor: TrackId | None = None

    @model_validator(mode="after")
    def _nests(self) -> Self:
        if len(self.any_of) == 1:
            raise ValueError("any_of takes two queries or more; one alone belongs into all_of")
        if any((q.sort, q.limit, q.cursor) != ("time", None, None) for q in self.nested):
            raise ValueError("sort, limit and cursor are those of the whole query, not of a part")
        if _depth(self) > _MOST_DEEP or sum(1 for _ in self.walk()) > _MOST_NESTED:
            raise ValueError(f"queries nest {_MOST_DEEP} deep and {_MOST_NESTED} in number at most")
        return self

    @property
    def nested(self) -> tuple[Query, ...]:
        """The queries that stand right inside this one."""
        return (*self.all_of, *self.any_of, *self.none_of)

    def walk(self) -> Iterator[Query]:
        """Yield this query and all inside it, each before what stands inside it."""
        yield self
        for query in self.nested:
            yield from query.walk()

    @property
    def asks_colour(self) -> bool:
        """Whether it asks for a colour anywhere."""
        return any(q.colours or q.upper_colours or q.lower_colours for q in self.walk())

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

    def and_also(self, other: Query) -> Query:
        """Return a query that finds what both find; where both sort or limit, ``other`` decides."""
        paging = {name: getattr(other, name) for name in _PAGING & other.model_fields_set}
        plain = other.model_copy(update={name: Query.model_fields[name].default for name in _PAGING})
        given = {name: value for name, value in plain if value != Query.model_fields[name].default}
        if any(getattr(self, name) != Query.model_fields[name].default for name in given):
            given = {"all_of": (*self.all_of, plain)}
        return Query.of(**{**dict(self), **given, **paging})

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

    @property
    def subject(self) -> str:
        """How the ledger, and so an approval, names what is made of what it finds."""
        return "archive" if self == Query() else f"query {self}"

    def text(self) -> str:
        """Return the query in the compact form that ``read_query`` reads: ``class:car colour:white``."""
        return text_of(self)

    def __str__(self) -> str:
        """Return the same, with long lists cut short: as it stands in the ledger."""
        return text_of(self, _TOLD)


def _depth(query: Query) -> int:
    return 1 + max((_depth(inner) for inner in query.nested), default=0)


def _moment(value: datetime | date, zone: tzinfo, *, last: bool) -> datetime:
    """Return a moment, aware; of a day its beginning, or with ``last`` its end.

    What clocks show twice in the night in which they are put back is the first as a beginning, the second as
    an end.
    """
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            return value
        both = [value.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
        return (max(both) if last else min(both)).astimezone(zone)
    return datetime.combine(value + timedelta(days=1) if last else value, time(0), zone)

"""A query in, the tracks that it asks for out."""

from apercu.search.parts import (
    Crossing,
    DaySpan,
    Heading,
    Near,
    PathLike,
    Place,
    Region,
    Route,
    Span,
    Stop,
    TrackId,
)
from apercu.search.query import Query
from apercu.search.reading import read_query
from apercu.search.running import Found, find

__all__ = [
    "Crossing",
    "DaySpan",
    "Found",
    "Heading",
    "Near",
    "PathLike",
    "Place",
    "Query",
    "Region",
    "Route",
    "Span",
    "Stop",
    "TrackId",
    "find",
    "read_query",
]

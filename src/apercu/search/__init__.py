"""A query in, the tracks that it asks for out."""

from apercu.search.found import Found
from apercu.search.parts import (
    Crossing,
    DaySpan,
    Heading,
    Near,
    Parking,
    PathLike,
    Place,
    Region,
    Route,
    Span,
    Stop,
    TrackId,
)
from apercu.search.query import Query
from apercu.search.reading import query_of, read_query
from apercu.search.running import find, searching
from apercu.search.sentence import sentence
from apercu.search.steps import Step

__all__ = [
    "Crossing",
    "DaySpan",
    "Found",
    "Heading",
    "Near",
    "Parking",
    "PathLike",
    "Place",
    "Query",
    "Region",
    "Route",
    "Span",
    "Step",
    "Stop",
    "TrackId",
    "find",
    "query_of",
    "read_query",
    "searching",
    "sentence",
]

"""A query in, the tracks that it asks for out.

What finds them is imported when it is first used: who only reads or writes queries does not wait for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from apercu.once import imported_once
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
from apercu.search.sentence import sentence
from apercu.search.steps import Step

if TYPE_CHECKING:
    from apercu.search.found import Found
    from apercu.search.running import find, searching

_HOMES = {"Found": "found", "find": "running", "searching": "running"}

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

__getattr__ = imported_once(__name__, _HOMES)

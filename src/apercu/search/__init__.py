"""A query in, the tracks that it asks for out.

What finds them is imported when it is first used: who only reads or writes queries does not wait for it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

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


def __getattr__(name: str) -> Any:
    """Import what is asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

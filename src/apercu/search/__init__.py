"""A query in, the tracks that it asks for out."""

from apercu.search.query import DaySpan, Heading, Query, Region, Span, TrackId
from apercu.search.running import Found, find

__all__ = ["DaySpan", "Found", "Heading", "Query", "Region", "Span", "TrackId", "find"]

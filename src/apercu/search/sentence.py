"""A query said in a sentence, so that a person sees what is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from apercu.search.parts import Crossing, Place, Region, Span, number
from apercu.search.query import Query

_MOST = 10
_WAYS = {"in": "were in", "entered": "came into", "left": "went out of"}
_SIDES = {"either": "crossed {}", "right": "crossed {} to its right", "left": "crossed {} to its left"}
_ORDERS = {
    "time": "",
    "duration": ", those first that are there longest",
    "size": ", the largest first",
    "speed": ", the fastest first",
    "dwell": ", those first that stood still longest",
}


def sentence(query: Query) -> str:
    """Return what a query asks, as one English sentence."""
    told = _told(query)
    limit = "" if query.limit is None else f", {query.limit} at most"
    behind = "" if query.cursor is None else f", those behind track {query.cursor}"
    return f"Tracks{' ' + told if told else ''}{_ORDERS[query.sort]}{behind}{limit}."


def _told(query: Query) -> str:
    """Return what must hold, as it goes on after ``tracks``."""
    held = _joined(list(_clauses(query)), "and")
    never = _joined([f"({_told(inner) or 'any'})" for inner in query.none_of], "or")
    return held + (f"{', ' if held else ''}but not those {never}" if never else "")


def _clauses(query: Query) -> Iterator[str]:
    if query.classes:
        yield f"that are of the class {_joined(query.classes, 'or')}"
    if query.recordings:
        yield f"in the recording {_joined(query.recordings, 'or')}"
    if query.cameras:
        yield f"of the camera {_joined(query.cameras, 'or')}"
    if query.from_time is not None:
        yield f"there at or after {query.from_time}"
    if query.to_time is not None:
        yield f"there before {'the end of ' if len(str(query.to_time)) == 10 else ''}{query.to_time}"
    if query.time_of_day is not None:
        begin, end = str(query.time_of_day).split("-")
        yield f"there between {begin} and {end} o'clock of any day"
    if query.colours:
        yield f"that are {_joined(query.colours, 'or')}"
    if query.upper_colours:
        yield f"whose upper part is {_joined(query.upper_colours, 'or')}"
    if query.lower_colours:
        yield f"whose lower part is {_joined(query.lower_colours, 'or')}"
    for span, before, unit in (
        (query.duration_s, "there for", "s"),
        (query.size_px, "of a size of", "px"),
        (query.size_m, "of a size of", "m"),
        (query.speed_px_s, "of a speed of", "px/s"),
        (query.speed_m_s, "of a speed of", "m/s"),
        (query.dwell_s, "that stood still for", "s in all"),
        (query.on_screen, "seen with others on screen,", "at once"),
    ):
        if span is not None:
            yield f"{before} {_amount(span)} {unit}"
    if query.heading is not None:
        degrees, tolerance = number(query.heading.degrees), number(query.heading.tolerance)
        yield f"that went {degrees} degrees clockwise from up, give or take {tolerance}"
    yield from (f"that {_region(region)}" for region in query.regions)
    yield from (f"that {_crossing(crossing)}" for crossing in query.crossed)
    for route in query.routes:
        yield f"that went from {_place(route.start)} to {_place(route.end)}"
    for stop, what in ((query.stopped, "stopped"), (query.parked, "are vehicles and stopped")):
        if stop is not None:
            where = "" if stop.place is None else f" in {_place(stop.place)}"
            yield f"that {what}{where} for {number(stop.least_s)} s or more"
    if query.turned_back:
        yield "that turned back"
    if query.against_flow:
        yield "that went against the usual way"
    if query.near is not None:
        unit = {"pixels": " px", "normalised": " of the picture's diagonal", "metres": " m"}[query.near.unit]
        what = _joined(query.near.classes, "or") or "track"
        yield (
            f"that were within {number(query.near.distance)}{unit} of another {what}, "
            f"{number(query.near.within_s)} s apart at most"
        )
    if query.path is not None:
        yield f"that went along a drawn way of {len(query.path.points)} points"
    if query.tracks:
        yield f"that are {_joined([str(track) for track in query.tracks], 'or')}"
    yield from (f"({_told(inner) or 'any'})" for inner in query.all_of)
    if query.any_of:
        either = [f"({_told(inner) or 'any'})" for inner in query.any_of]
        yield f"either {_joined(either, 'or')}"


def _joined(words: Sequence[str], last: str) -> str:
    shown = list(words[:_MOST])
    if len(words) > _MOST:
        shown.append(f"{len(words) - _MOST} more")
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} {last} {shown[-1]}"


def _amount(span: Span) -> str:
    if span.least is None:
        return f"at most {number(span.most or 0.0)}"
    if span.most is None:
        return f"at least {number(span.least)}"
    return f"{number(span.least)} to {number(span.most)}"


def _place(place: Place) -> str:
    return place.zone if place.zone is not None else f"a drawn zone of {len(place.corners or ())} corners"


def _region(region: Region) -> str:
    return f"{_WAYS[region.way]} {_place(region)}"


def _crossing(crossing: Crossing) -> str:
    return _SIDES[crossing.to].format(crossing.line or "a drawn line")

"""The words of a question: what reads the value of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from apercu.errors import UnknownNameError, UsageError
from apercu.search.parts import TrackId
from apercu.search.writing import WORDS
from apercu.timecode import parse_clock

_PIECE = re.compile(r'"((?:[^"\\]|\\.)*)"|,|[^,"]+', re.DOTALL)


def read_word(key: str, text: str) -> dict[str, Any]:
    """Return the fields of ``Query`` that one word asks for, such as ``in`` and ``gate``.

    Raises:
        UsageError: there is no such word, or its value makes no sense.
    """
    read = _READERS.get(key)
    if read is None:
        raise UnknownNameError("filter", key[:60], _READERS)
    return read(text)


def _pieces(text: str) -> list[str]:
    """Return what stands between commas, without quotation marks."""
    made = [""]
    for match in _PIECE.finditer(text):
        if match[0] == ",":
            made.append("")
        else:
            made[-1] += match[0] if match[1] is None else re.sub(r"\\(.)", r"\1", match[1], flags=re.DOTALL)
    return made


def _unquoted(text: str) -> str:
    return ",".join(_pieces(text))


def _listed(field: str) -> Callable[[str], dict[str, Any]]:
    return lambda text: {field: _pieces(text)}


def _one(field: str) -> Callable[[str], dict[str, Any]]:
    return lambda text: {field: _unquoted(text)}


def _flag(field: str) -> Callable[[str], dict[str, Any]]:
    def read(text: str) -> dict[str, Any]:
        if text:
            raise UsageError(f"{WORDS[field]} takes no value")
        return {field: True}

    return read


def _span(field: str, unit: Callable[[str], float]) -> Callable[[str], dict[str, Any]]:
    def read(text: str) -> dict[str, Any]:
        low, dots, high = _unquoted(text).partition("..")
        if not low and not high:
            raise UsageError(f"{WORDS[field]} takes an amount: 5, 5..10 or ..10")
        sides = {"least": low, "most": high if dots else ""}
        return {field: {name: unit(side) for name, side in sides.items() if side}}

    return read


def read_number(text: str) -> float:
    """Read a number.

    Raises:
        UsageError: it is none.
    """
    try:
        return float(text)
    except ValueError as error:
        raise UsageError(f"{text[:60]!r} is no number") from error


def read_seconds(text: str) -> float:
    """Read a length of time: ``5``, ``5s``, ``2m``, ``1h``, ``1:30``.

    Raises:
        UsageError: it is none.
    """
    if ":" in text:
        return float(parse_clock(text))
    scale = {"s": 1.0, "m": 60.0, "h": 3600.0}.get(text[-1:])
    return read_number(text) if scale is None else read_number(text[:-1]) * scale


def _read_points(text: str) -> dict[str, Any]:
    unit, _, told = text.rpartition(":")
    if unit not in ("", "px"):
        raise UsageError(f"{unit[:20]!r} is no unit of points: write px: or nothing")
    points = [[read_number(side) for side in point.split(",")] for point in told.split(";")]
    if any(len(point) != 2 for point in points):
        raise UsageError("points are written like 0.1,0.2;0.5,0.2;0.5,0.9")
    return {"points": points, "unit": "pixels" if unit else "normalised"}


def _read_place(text: str) -> dict[str, Any]:
    if text[:1].isalpha() and not text.startswith("px:"):
        return {"zone": text}
    made = _read_points(text)
    return {"corners": made["points"], "unit": made["unit"]}


def _region(way: str) -> Callable[[str], dict[str, Any]]:
    return lambda text: {"regions": [{**_read_place(_unquoted(text)), "way": way}]}


def _crossing(side: str) -> Callable[[str], dict[str, Any]]:
    def read(text: str) -> dict[str, Any]:
        plain = _unquoted(text)
        named = plain[:1].isalpha() and not plain.startswith("px:")
        return {"crossed": [{**({"line": plain} if named else _read_points(plain)), "to": side}]}

    return read


def _route(text: str) -> dict[str, Any]:
    start, arrow, end = _unquoted(text).partition(">")
    if not arrow:
        raise UsageError("went takes two places: went:gate>yard")
    return {"routes": [{"start": _read_place(start), "end": _read_place(end)}]}


def _stop(field: str) -> Callable[[str], dict[str, Any]]:
    def read(text: str) -> dict[str, Any]:
        length, at, place = _unquoted(text).partition("@")
        return {
            field: {
                **({"least_s": read_seconds(length)} if length else {}),
                **({"place": _read_place(place)} if at else {}),
            }
        }

    return read


def _near(text: str) -> dict[str, Any]:
    distance, *rest = _pieces(text)
    match = re.fullmatch(r"(.+?)(px|m|)", distance)
    if match is None:
        raise UsageError(
            "near takes a distance: near:50px, near:0.1 of the picture's diagonal, or near:3m where the "
            "camera is calibrated"
        )
    timed = rest[:1] if rest and re.match(r"[\d.]", rest[0]) else []
    made: dict[str, Any] = {
        "distance": read_number(match[1]),
        "unit": {"px": "pixels", "": "normalised", "m": "metres"}[match[2]],
        "classes": rest[len(timed) :],
    }
    return {"near": made | ({"within_s": read_seconds(timed[0])} if timed else {})}


def _path(text: str) -> dict[str, Any]:
    points, _, tolerance = _unquoted(text).partition("+-")
    return {"path": {**_read_points(points), **({"tolerance": read_number(tolerance)} if tolerance else {})}}


_UP = {"up": 0.0, "right": 90.0, "down": 180.0, "left": 270.0}


def _heading(text: str) -> dict[str, Any]:
    degrees, _, tolerance = (part.strip() for part in _unquoted(text).replace("±", "+-").partition("+-"))
    try:
        way = _UP[degrees] if degrees in _UP else read_number(degrees)
        return {"heading": {"degrees": way, **({"tolerance": read_number(tolerance)} if tolerance else {})}}
    except UsageError as error:
        raise UsageError(f"{text[:60]!r} is no direction: write it like 90, 270+-20, up or left") from error


def _clock(text: str) -> str:
    match = re.fullmatch(r"(\d{1,2}):(\d\d(?::\d\d(?:\.\d{1,6})?)?)", text.strip())
    if match is None or int(match[1]) > 24:
        raise UsageError(f"{text[:60]!r} is no time of day: write it like 12:30")
    return f"{int(match[1]) % 24:02d}:{match[2]}"


def _between(text: str) -> dict[str, Any]:
    begin, dash, end = _unquoted(text).partition("-")
    if not dash:
        raise UsageError(f"{text[:60]!r} is no time of day with its end: write it like 22:00-6:30")
    return {"time_of_day": {"begin": _clock(begin), "end": _clock(end)}}


_READERS: Mapping[str, Callable[[str], dict[str, Any]]] = MappingProxyType(
    {
        "class": _listed("classes"),
        "colour": _listed("colours"),
        "upper": _listed("upper_colours"),
        "lower": _listed("lower_colours"),
        "camera": _listed("cameras"),
        "recording": _listed("recordings"),
        "track": lambda text: {"tracks": [TrackId.read(piece) for piece in _pieces(text)]},
        "from": _one("from_time"),
        "to": _one("to_time"),
        "between": _between,
        "after": lambda text: {"time_of_day": {"begin": _clock(text)}},
        "before": lambda text: {"time_of_day": {"end": _clock(text)}},
        "duration": _span("duration_s", read_seconds),
        "stood": _span("dwell_s", read_seconds),
        "size": _span("size_px", read_number),
        "size-m": _span("size_m", read_number),
        "speed": _span("speed_px_s", read_number),
        "speed-m": _span("speed_m_s", read_number),
        "on-screen": _span("on_screen", read_number),
        "heading": _heading,
        "in": _region("in"),
        "entered": _region("entered"),
        "left": _region("left"),
        "crossed": _crossing("either"),
        "crossed-right": _crossing("right"),
        "crossed-left": _crossing("left"),
        "went": _route,
        "stopped": _stop("stopped"),
        "parked": _stop("parked"),
        "turned-back": _flag("turned_back"),
        "against-flow": _flag("against_flow"),
        "near": _near,
        "path": _path,
        "sort": _one("sort"),
        "limit": _one("limit"),
        "cursor": lambda text: {"cursor": TrackId.read(_unquoted(text))},
    }
)
"""What reads the value of each word."""

FILTERS: Sequence[str] = tuple(_READERS)
"""The words there are."""

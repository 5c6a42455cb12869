"""The text of a query: the compact form that people write, and that the ledger keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from apercu.search.query import Query

EVERYTHING = "everything"
QUOTED = frozenset(' \t\n\r()"\\')
"""What a word can only hold between quotation marks."""

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "recordings": "recording",
        "cameras": "camera",
        "from_time": "from",
        "to_time": "to",
        "time_of_day": "between",
        "classes": "class",
        "colours": "colour",
        "upper_colours": "upper",
        "lower_colours": "lower",
        "duration_s": "duration",
        "size_px": "size",
        "size_m": "size-m",
        "speed_px_s": "speed",
        "speed_m_s": "speed-m",
        "heading": "heading",
        "dwell_s": "stood",
        "stopped": "stopped",
        "parked": "parked",
        "turned_back": "turned-back",
        "against_flow": "against-flow",
        "near": "near",
        "path": "path",
        "on_screen": "on-screen",
        "tracks": "track",
        "sort": "sort",
        "limit": "limit",
        "cursor": "cursor",
    }
)
"""How each field is called in a text; those of places have a word of their own for each way."""


def text_of(query: Query, most: int | None = None) -> str:
    """Return a query as text.

    Args:
        query: what is asked.
        most: values of one filter, and characters in tens, that are written out; None writes everything, and
            only then the text can be read back.
    """
    return " ".join(_words(query, most)) or EVERYTHING


def _words(query: Query, most: int | None) -> Iterator[str]:
    """Yield the words of a query in the order of its fields."""
    for name, value in query:
        if value == type(query).model_fields[name].default:
            continue
        if name == "regions":
            yield from (_word(region.way, [region], most) for region in value)
        elif name == "crossed":
            words = {"either": "crossed", "right": "crossed-right", "left": "crossed-left"}
            yield from (_word(words[crossing.to], [crossing], most) for crossing in value)
        elif name == "routes":
            yield from (_word("went", [route], most) for route in value)
        elif name == "any_of":
            yield f"({' or '.join(text_of(inner, most) for inner in value)})"
        elif name == "all_of":
            yield from (f"({text_of(inner, most)})" for inner in value)
        elif name == "none_of":
            yield from (f"not ({text_of(inner, most)})" for inner in value)
        elif value is True:
            yield WORDS[name]
        else:
            yield _word(WORDS[name], value if isinstance(value, tuple) else [value], most)


def _word(key: str, values: Sequence[Any], most: int | None) -> str:
    # A comma stands between values: within a name it is quoted, within a place it means something else.
    shown = ",".join(_quoted(_plain(value, most), comma=isinstance(value, str)) for value in values[:most])
    more = "" if most is None or len(values) <= most else f" and {len(values) - most} more"
    return f"{key}:{shown}{more}"


def _plain(value: Any, most: int | None) -> str:
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    if most is None or len(text) <= 10 * most:
        return text
    return f"{text[: 10 * most]}... ({len(text)} characters)"


def _quoted(text: str, *, comma: bool) -> str:
    """Return a text so that it is one value of a word."""
    if text and not QUOTED & set(text) and not (comma and "," in text) and not any(map(str.isspace, text)):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

"""Events in words: what was measured, against what, where."""

from __future__ import annotations

from collections.abc import Mapping

from apercu.events.event import Event

_WHOLE = 100.0
"""From here on no decimals are told."""
_PHRASES: Mapping[str, str] = {
    "zone": "in zone {place} for {measured}; the rule says {threshold}",
    "line": "crossed line {place}",
    "wrong-way": "went {measured} off the allowed direction{at}; the rule says {threshold}",
    "stationary": "stood for {measured}{at}; the rule says {threshold}",
    "speed": "went at {measured}{at}; the rule says {threshold}",
    "density": "{measured} at once{at}; the rule says {threshold}",
    "abandoned-object": "left behind{at} {measured} ago; the rule says {threshold}",
    "removed-object": "taken away{at} {measured} ago; the rule says {threshold}",
    "crowd-movement": "{measured} of those there changed how they move{at}; the rule says {threshold}",
    "person-on-ground": "lies{at}: {measured} of the height upright; the rule says {threshold}",
    "view-lost": "the view is lost: {measured}; the rule says {threshold}",
}


def told(event: Event) -> str:
    """Return an event as one sentence, without its rule's name, camera and time."""
    phrase = _PHRASES.get(event.kind, "{measured}{at}; the rule says {threshold}")
    at = f" at {event.place}" if event.place else ""
    text = phrase.format(
        place=event.place, at=at, measured=amount(event.measured, event.unit), threshold=_against(event)
    )
    return f"{event.subject} {text}" if event.subject else text


def amount(value: float, unit: str) -> str:
    """Return a measured value with its unit, as a person reads it."""
    if unit == "deg":
        return f"{value:.0f}°"
    if unit == "share":
        return f"{value:.0%}"
    if unit == "s":
        return f"{value:.1f} s"
    return (f"{value:.0f}" if value >= _WHOLE else f"{value:.3g}") + f" {unit}".rstrip()


def _against(event: Event) -> str:
    limit = amount(event.threshold, event.unit)
    if event.kind in ("density", "speed", "crowd-movement"):
        return f"more than {limit}"
    below = event.kind == "person-on-ground" or (event.kind == "view-lost" and event.unit == "share")
    return f"less than {limit}" if below else limit

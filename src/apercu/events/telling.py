"""Events in words: what was measured, against what, where."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from apercu.events.event import Event, Severity
from apercu.purposes import Language, Wording

CLASSES: Mapping[str, Wording] = MappingProxyType(
    {
        "person": Wording("person", "personne"),
        "bicycle": Wording("bicycle", "vélo"),
        "motorcycle": Wording("motorcycle", "moto"),
        "car": Wording("car", "voiture"),
        "bus": Wording("bus", "bus"),
        "truck": Wording("truck", "camion"),
        "animal": Wording("animal", "animal"),
        "bag": Wording("bag", "sac"),
        "other": Wording("other", "autre"),
    }
)
"""What one object of each class is called."""

SEVERITIES: Mapping[Severity, Wording] = MappingProxyType(
    {
        "low": Wording("low", "faible"),
        "medium": Wording("medium", "moyenne"),
        "high": Wording("high", "élevée"),
    }
)
"""What severities are called; in French as of *gravité*."""

_WHOLE = 100.0
"""From here on no decimals are told."""
_SAYS = Wording("; the rule says {threshold}", " ; la règle dit {threshold}")
_PHRASES: Mapping[str, Wording] = {
    "zone": Wording("in zone {place} for {measured}", "dans la zone {place} pendant {measured}"),
    "line": Wording("crossed line {place}", "a franchi la ligne {place}"),
    "wrong-way": Wording(
        "went {measured} off the allowed direction{at}", "s'écarte de {measured} du sens autorisé{at}"
    ),
    "stationary": Wording("stood for {measured}{at}", "à l'arrêt pendant {measured}{at}"),
    "speed": Wording("went at {measured}{at}", "à {measured}{at}"),
    "density": Wording("{measured} at once{at}", "{measured} à la fois{at}"),
    "abandoned-object": Wording("left behind{at} {measured} ago", "objet laissé{at} il y a {measured}"),
    "removed-object": Wording("taken away{at} {measured} ago", "objet emporté{at} il y a {measured}"),
    "crowd-movement": Wording(
        "{measured} of those there changed how they move{at}",
        "{measured} des présents ont changé d'allure ou de direction{at}",
    ),
    "person-on-ground": Wording(
        "lies{at}: {measured} of the height upright", "au sol{at} : {measured} de la hauteur debout"
    ),
    "view-lost": Wording("the view is lost: {measured}", "la vue est perdue : {measured}"),
}
_OTHERS = Wording("{measured}{at}", "{measured}{at}")
_WITHOUT_LIMIT = ("line",)
_AT = Wording(" at {place}", " à {place}")
_MORE, _LESS = (
    Wording("more than {limit}", "plus de {limit}"),
    Wording("less than {limit}", "moins de {limit}"),
)
_UNITS_FR: Mapping[str, str] = {"objects": "objets", "objects/m2": "objets/m²"}


def told(event: Event, language: Language = "en") -> str:
    """Return an event as one sentence, without its rule's name, camera and time."""
    phrase = _PHRASES.get(event.kind, _OTHERS).in_language(language)
    if event.kind not in _WITHOUT_LIMIT:
        phrase += _SAYS.in_language(language)
    text = phrase.format(
        place=event.place,
        at=_AT.in_language(language).format(place=event.place) if event.place else "",
        measured=amount(event.measured, event.unit, language),
        threshold=_against(event, language),
    )
    return f"{class_told(event.subject, language)} {text}" if event.subject else text


def class_told(name: str, language: Language = "en") -> str:
    """Return what an object of a class is called."""
    return CLASSES[name].in_language(language) if name in CLASSES else name


def amount(value: float, unit: str, language: Language = "en") -> str:
    """Return a measured value with its unit, as a person reads it."""
    french = language == "fr"
    if unit == "deg":
        text = f"{value:.0f}°"
    elif unit == "share":
        text = f"{100 * value:.0f}" + ("\u202f%" if french else "%")
    elif unit == "s":
        text = f"{value:.1f} s"
    else:
        number = f"{value:.0f}" if value >= _WHOLE else f"{value:.3g}"
        text = f"{number} {_UNITS_FR.get(unit, unit) if french else unit}".rstrip()
    return text.replace(".", ",") if french else text


def _against(event: Event, language: Language) -> str:
    limit = amount(event.threshold, event.unit, language)
    if event.kind in ("density", "speed", "crowd-movement"):
        return _MORE.in_language(language).format(limit=limit)
    below = event.kind == "person-on-ground" or (event.kind == "view-lost" and event.unit == "share")
    return _LESS.in_language(language).format(limit=limit) if below else limit

"""The words, dates and numbers of reports, in English and French."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from apercu.purposes import Language, Wording

CLASS_NAMES: Mapping[str, Wording] = MappingProxyType(
    {
        "person": Wording("Pedestrians", "Piétons"),
        "bicycle": Wording("Bicycles", "Vélos"),
        "motorcycle": Wording("Motorcycles", "Motos"),
        "car": Wording("Cars", "Voitures"),
        "bus": Wording("Buses", "Bus"),
        "truck": Wording("Lorries", "Poids lourds"),
        "other": Wording("Not recognised", "Non reconnus"),
    }
)
"""What each class is called; others keep their name."""

DIRECTIONS: Mapping[str, Wording] = MappingProxyType(
    {
        "right": Wording("to the right", "vers la droite"),
        "left": Wording("to the left", "vers la gauche"),
        "entries": Wording("entries", "entrées"),
        "exits": Wording("exits", "sorties"),
    }
)
"""Sides of a line, as one looks from its first end to its second; and ways over a zone's edge."""

WORDS: Mapping[str, Wording] = MappingProxyType(
    {
        "title": Wording("Traffic count: {site}", "Comptage de trafic\u202f: {site}"),
        "site": Wording("Place", "Lieu"),
        "controller": Wording("Responsible", "Responsable"),
        "period": Wording("Period", "Période"),
        "observed": Wording("Observed", "Observé"),
        "of_time": Wording("of the time", "du temps"),
        "interval": Wording("Interval", "Intervalle"),
        "cameras": Wording("Cameras", "Caméras"),
        "purpose": Wording("Purpose", "Finalité"),
        "method": Wording("Method", "Méthode"),
        "accuracy": Wording("Known error", "Erreur connue"),
        "unchecked": Wording(
            "Not checked by eye: see apercu count check.", "Non vérifié à l'œil : voir apercu count check."
        ),
        "passing": Wording("Crossings: {place}", "Passages\u202f: {place}"),
        "visiting": Wording("Entries: {place}", "Entrées\u202f: {place}"),
        "per_interval": Wording("objects per {interval}", "objets par {interval}"),
        "shares": Wording("Shares of classes: {place}", "Part des catégories\u202f: {place}"),
        "speeds": Wording("Speeds: {place}", "Vitesses\u202f: {place}"),
        "speed_axis": Wording("km/h", "km/h"),
        "per_cent": Wording("% of objects", "% des objets"),
        "totals": Wording("Totals", "Totaux"),
        "place": Wording("Line or zone", "Ligne ou zone"),
        "direction": Wording("Direction", "Sens"),
        "all": Wording("All", "Total"),
        "peak": Wording("Busiest hours", "Heures de pointe"),
        "usual": Wording("Usual direction", "Sens dominant"),
        "stay": Wording("On average in {place}", "En moyenne dans {place}"),
        "per_m2": Wording("{value} per m²", "{value} par m²"),
        "headways": Wording("Time between two", "Temps entre deux"),
        "withheld": Wording("– withheld", "– retenu"),
        "at_least": Wording(
            "≥ at least, some intervals are withheld", "≥ au moins, certains intervalles sont retenus"
        ),
        "incomplete": Wording("shaded: not wholly observed", "grisé : pas entièrement observé"),
        "tick": Wording(
            "tick on the zero line: all of the interval is withheld",
            "trait sur l'axe : tout l'intervalle est retenu",
        ),
        "arrow": Wording("◂ usual direction", "◂ sens dominant"),
        "error": Wording(
            "{what}: {signed} (by hand {by_hand}, counted {counted}, {hours} h)",
            "{what} : {signed} (à la main {by_hand}, compté {counted}, {hours} h)",
        ),
        "nothing": Wording("Nothing was published.", "Rien n'a été publié."),
        "flows": Wording("From – to", "Origine – destination"),
        "from": Wording("From", "De"),
        "to": Wording("To", "Vers"),
        "made": Wording("Made with {software} on {date}", "Fait avec {software} le {date}"),
        "more": Wording("{count} more in the other formats.", "{count} de plus dans les autres formats."),
        "map": Wording(
            "{camera}: objects through each part of the picture",
            "{camera}\u202f: objets passés par chaque partie de l'image",
        ),
        "blank": Wording("Blank where few went.", "En blanc là où peu sont passés."),
        "objects": Wording("objects", "objets"),
    }
)
"""Everything else that reports say."""

_MONTHS = {
    "en": (
        *("January", "February", "March", "April", "May", "June", "July", "August"),
        *("September", "October", "November", "December"),
    ),
    "fr": (
        *("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août"),
        *("septembre", "octobre", "novembre", "décembre"),
    ),
}


class Speech:
    """Says things in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def say(self, word: str, **values: str) -> str:
        """Return a phrase of ``WORDS`` with its places filled in."""
        return WORDS[word].in_language(self.language).format(**values)

    def kind(self, name: str) -> str:
        """Return what a class is called."""
        return CLASS_NAMES[name].in_language(self.language) if name in CLASS_NAMES else name

    def way(self, name: str) -> str:
        """Return what a direction is called."""
        return DIRECTIONS[name].in_language(self.language) if name in DIRECTIONS else name

    def number(self, value: float, digits: int = 0) -> str:
        """Return a number as it is written: ``1,234.5`` or ``1 234,5``."""
        told = f"{value:,.{digits}f}"
        if self.language == "fr":
            # A narrow space that does not break stands between thousands.
            told = told.replace(",", "\u202f").replace(".", ",")
        return told.replace("-", "\u2212")

    def percent(self, share: float, *, signed: bool = False, least: bool = False) -> str:
        """Return a share, 0 to 1: ``45 %``, without the space in English.

        ``signed`` puts a plus before what is more; ``least`` says ``<1`` of what is not quite nothing.
        """
        told = f"{share * 100:{'+' if signed else ''}.0f}".replace("-", "\u2212")
        if least and 0.0 < share < 0.005:
            told = "<1"
        return f"{told}\u202f%" if self.language == "fr" else f"{told}%"

    def day(self, moment: datetime) -> str:
        """Return a day: ``31 May 2026``, ``1er juin 2026``."""
        first = "1er" if self.language == "fr" and moment.day == 1 else str(moment.day)
        return f"{first} {_MONTHS[self.language][moment.month - 1]} {moment.year}"

    def short_day(self, moment: datetime) -> str:
        """Return a day in short: ``12 May``, ``12 mai``."""
        month = _MONTHS[self.language][moment.month - 1]
        return f"{moment.day} {month if len(month) <= 4 else month[:3] + '.' * (self.language == 'fr')}"

    def clock(self, moment: datetime) -> str:
        """Return a time of day: ``08:15``, ``8 h 15``."""
        if self.language == "en":
            return f"{moment:%H:%M}"
        return f"{moment.hour}\u202fh" + (f"\u202f{moment:%M}" if moment.minute else "")

    def interval(self, seconds: float) -> str:
        """Return a length of time: ``15 min``, ``1 h``, ``1 day``."""
        if seconds >= 82_000:
            days = round(seconds / 86_400)
            name = ("day", "jour")[self.language == "fr"] + ("s" if days > 1 else "")
            return f"{days} {name}"
        if seconds % 3600 == 0:
            return f"{seconds / 3600:.0f} h"
        return f"{seconds / 60:g} min"

    def span(self, begin: datetime | None, end: datetime | None) -> str:
        """Return from when to when; a day once where it is the same."""
        if begin is None or end is None:
            return "–"
        midnight = end.hour == end.minute == 0 and (end - begin).days < 2
        if begin.date() == end.date() or (midnight and (end - begin).total_seconds() <= 90_000):
            until = (
                "24:00"
                if midnight and self.language == "en"
                else "24\u202fh"
                if midnight
                else self.clock(end)
            )
            return f"{self.day(begin)}, {self.clock(begin)} – {until}"
        return f"{self.day(begin)}, {self.clock(begin)} – {self.day(end)}, {self.clock(end)}"

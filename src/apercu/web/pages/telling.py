"""Numbers, dates and lengths of time as English and French write them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from apercu.purposes import Language

_DAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "fr": ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."),
}
_MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "fr": ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."),
}
_THIN, _FIXED = "\u202f", "\u00a0"
"""Spaces that no line is broken at: French puts the thin one between thousands and before percent signs."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """How a language writes numbers and times.

    Attributes:
        language: which.
        zone: whose clocks and days are meant.
    """

    language: Language
    zone: tzinfo

    def count(self, value: int) -> str:
        """Return a whole number: ``12,345`` or ``12 345``."""
        return f"{value:,}".replace(",", _THIN if self.language == "fr" else ",")

    def decimal(self, value: float, digits: int = 1) -> str:
        """Return a number with so many decimals: ``1,234.5`` or ``1 234,5``."""
        whole, _, rest = f"{abs(value):.{digits}f}".partition(".")
        told = self.count(int(whole)) + (("," if self.language == "fr" else ".") + rest if rest else "")
        return f"−{told}" if value < 0 else told

    def share(self, value: float, digits: int = 0) -> str:
        """Return a share, 0 to 1, in percent."""
        return self.decimal(100 * value, digits) + (f"{_THIN}%" if self.language == "fr" else "%")

    def day(self, value: date | datetime) -> str:
        """Return a day: ``Mon 4 May 2026`` or ``lun. 4 mai 2026``."""
        shown = value.astimezone(self.zone).date() if isinstance(value, datetime) else value
        month = _MONTHS[self.language][shown.month - 1]
        number = "1er" if self.language == "fr" and shown.day == 1 else str(shown.day)
        return f"{_DAYS[self.language][shown.weekday()]} {number} {month} {shown.year}".replace(" ", _FIXED)

    def clock(self, value: datetime, *, seconds: bool = True) -> str:
        """Return the time of day by the zone's clocks: ``14:05:09``."""
        return f"{value.astimezone(self.zone):{'%H:%M:%S' if seconds else '%H:%M'}}"

    def moment(self, value: datetime) -> str:
        """Return day and time of day."""
        return f"{self.day(value)}, {self.clock(value)}"

    def length(self, seconds: float) -> str:
        """Return a length of time in at most two units: ``1 h 20 min``, ``2 min 5 s``, ``4.2 s``."""
        if seconds < 10:
            return f"{self.decimal(seconds)}{_FIXED}s"
        hours, rest = divmod(round(seconds), 3600)
        minutes, left = divmod(rest, 60)
        units = ((hours, "h"), (minutes, "min"), (left, "s"))
        first = next(i for i, (n, _) in enumerate(units) if n)
        return " ".join(f"{self.count(n)}{_FIXED}{unit}" for n, unit in units[first : first + 2] if n)

    def position(self, seconds: float) -> str:
        """Return a position in a video: ``1:02:03`` or ``2:03``."""
        minutes, left = divmod(int(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"

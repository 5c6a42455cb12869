"""A short account of what could not be read, whatever the amount of it."""

from __future__ import annotations

from dataclasses import dataclass

from apercu.timecode import Timecode

_MOST_PLACES = 100
"""Places listed one by one; damage after that adds to the last, so that the account stays short."""

_SAME_PLACE_S = 2


@dataclass(slots=True)
class _Place:
    what: str
    begin: Timecode
    end: Timecode
    count: int

    def __str__(self) -> str:
        times = f" ({self.count} times, until {self.end})" if self.count > 1 else ""
        return f"{self.begin}: {self.what}{times}"


class DamageReport:
    """Collects damage in order of time; the same trouble within two seconds is one place."""

    def __init__(self) -> None:
        self._places: list[_Place] = []

    def note(self, what: str, at: Timecode) -> None:
        """Add that ``what`` happened at or shortly after ``at``."""
        last = self._places[-1] if self._places else None
        close = last is not None and last.what == what and at - last.end <= _SAME_PLACE_S
        if last is not None and (close or len(self._places) >= _MOST_PLACES):
            last.end = max(last.end, at)
            last.count += 1
        else:
            self._places.append(_Place(what, at, at, 1))

    def clear(self) -> None:
        """Forget everything: reading begins anew."""
        self._places.clear()

    def lines(self) -> list[str]:
        """Return one line per place."""
        return [str(place) for place in self._places]

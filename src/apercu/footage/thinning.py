"""Leaving out pictures evenly where there are more than can be looked at."""

from __future__ import annotations

_CALM_S = 3.0
_MOST_APART = 8


class Thinner:
    """One of so many pictures is taken, as many as there is time for: what moves is still seen to move."""

    def __init__(self) -> None:
        self._apart = 1
        self._full_s = 0.0

    def takes(self, number: int) -> bool:
        """Return whether the picture of this number is taken."""
        return number % self._apart == 0

    def note(self, *, full: bool, now_s: float) -> None:
        """Take note of whether there was no room for a picture."""
        if full:
            self._apart, self._full_s = min(2 * self._apart, _MOST_APART), now_s
        elif self._apart > 1 and now_s - self._full_s > _CALM_S:
            self._apart, self._full_s = self._apart // 2, now_s

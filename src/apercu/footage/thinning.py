"""Leaving out pictures evenly where there are more than can be looked at."""

from __future__ import annotations

_MOST_APART = 8


class Thinner:
    """One of so many pictures is taken, as many as there is time for: what moves is still seen to move.

    Once there was no room for one, they are twice as far apart until those that wait have been taken.
    """

    def __init__(self) -> None:
        self._apart = 1
        self._full = False

    def takes(self, number: int) -> bool:
        """Return whether the picture of this number is taken."""
        return number % self._apart == 0

    def note(self, *, full: bool, caught_up: bool) -> None:
        """Take note of a picture that was to be taken.

        Args:
            full: whether there was no room for it.
            caught_up: whether none waited before it.
        """
        # While nobody takes any, there is no room whatever is left out: that tells nothing.
        if full and not self._full:
            self._apart = min(2 * self._apart, _MOST_APART)
        elif caught_up:
            self._apart = max(self._apart // 2, 1)
        self._full = full

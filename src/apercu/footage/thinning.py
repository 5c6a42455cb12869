"""Leaving out pictures evenly where there are more than can be looked at."""

from __future__ import annotations

_MOST_APART = 8


class Thinner:
    """One of so many pictures is taken, as many as there is time for: what moves is still seen to move.

    Once there was no room for one, they are twice as far apart until what waits has been caught up with.

    Args:
        room: how many may wait.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._apart, self._enough = 1, 0
        self._full = False

    def takes(self, number: int) -> bool:
        """Return whether the picture of this number is taken."""
        return number % self._apart == 0

    def note(self, *, full: bool, waiting: int) -> None:
        """Take note of a picture that was to be taken.

        Args:
            full: whether there was no room for it.
            waiting: how many were before it, be it elsewhere, and not looked at yet.
        """
        if not full:
            if waiting <= self._enough:
                self._apart = max(self._apart // 2, 1)
        # While nobody takes any, there is no room whatever is left out: that tells nothing.
        elif not self._full:
            self._apart = min(2 * self._apart, _MOST_APART)
            # Where many more wait than there is room for, some of them less is a good sign, too.
            self._enough = max(waiting - 2 * self._room, 0)
        self._full = full

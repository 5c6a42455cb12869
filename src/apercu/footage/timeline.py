"""Timestamps that can be trusted: strictly increasing, from zero, whatever the recorder wrote."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from fractions import Fraction

LONGEST_PAUSE_S = 3600
"""A longer step between two frames is a clock that jumped, not a camera that paused. (A 32-bit RTP clock of
90 kHz that wraps jumps by 13 hours, a camera that finds its time server by years.)"""

_REORDER = 17
"""H.264 and H.265 may hold back 16 pictures; presentation order is certain one later."""


class Timeline:
    """Puts frames, given in presentation order, at strictly increasing ticks; the first one at 0.

    Sound timestamps pass through exactly, shifted to the first frame. Others are repaired and counted:

    - missing: one frame interval after the frame before;
    - repeated or jittering back by up to two frames: half an interval after it, so later ones stay true;
    - jumping back further, or ahead by more than an hour: one interval after it, and later ones shift along.
    """

    def __init__(self, time_base: Fraction, rate: Fraction, origin: int | None = None) -> None:
        """Begin a timeline.

        Args:
            time_base: seconds per tick.
            rate: usual frames per second.
            origin: timestamp of the recording's first frame, when reading begins at a later one.
        """
        self.repaired = 0
        self._step = 1 / (rate * time_base)
        self._longest = LONGEST_PAUSE_S / time_base
        self._shift = None if origin is None else -origin
        self._last: int | None = None
        self._exact = -self._step  # unrounded position of the last frame, so that repairs do not drift

    def fits(self, pts: int | None) -> bool:
        """Tell whether the next frame's timestamp needs no repair."""
        if pts is None:
            return False
        if self._last is None or self._shift is None:
            return True
        return 0 < pts + self._shift - self._last <= self._longest

    def place(self, pts: int | None) -> int:
        """Return the position in ticks of the next frame, whose container timestamp is ``pts``."""
        due = self._exact + self._step
        if pts is None:
            exact = due
        else:
            if self._shift is None:
                self._shift = round(due) - pts
            exact = Fraction(pts + self._shift)
        if not self.fits(pts):
            self.repaired += 1
            if self._last is not None and -2 * self._step <= exact - self._last <= 0:
                exact = self._exact + self._step / 2
            elif pts is not None and self._shift is not None:
                self._shift += round(due) - int(exact)
                exact = due
        earliest = 0 if self._last is None else self._last + 1
        self._last = max(round(exact), earliest)
        self._exact = max(exact, Fraction(self._last) - Fraction(1, 2))
        return self._last


def is_sound(timestamps: Iterable[int | None], time_base: Fraction) -> bool:
    """Tell whether no timestamp would need repair, so that frames can be found by seeking.

    Args:
        timestamps: of all frames in decoding order, which may differ from presentation order by 16 places.
        time_base: seconds per tick.
    """
    waiting: list[int] = []
    longest = LONGEST_PAUSE_S / time_base
    last: int | None = None

    def follows(pts: int) -> bool:
        return last is None or 0 < pts - last <= longest

    for pts in timestamps:
        if pts is None:
            return False
        heapq.heappush(waiting, pts)
        if len(waiting) > _REORDER:
            earliest = heapq.heappop(waiting)
            if not follows(earliest):
                return False
            last = earliest
    while waiting:
        earliest = heapq.heappop(waiting)
        if not follows(earliest):
            return False
        last = earliest
    return True

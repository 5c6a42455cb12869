"""When the pictures of a stream were taken, whatever the clock of its camera does, and how late they come."""

from __future__ import annotations

from fractions import Fraction

_JUMP_BACK_S, _JUMP_AHEAD_S = 0.5, 2.0
_LEAK = 0.002
_WRONG_S = 0.5
_SETTLED_S = 10.0


class LiveClock:
    """Follows the clock of one connection against this machine's.

    Networks only ever delay, so the pictures that came fastest tell how the two clocks lie. A camera's clock
    that drifts is followed slowly (two seconds in a thousand); one that jumps is not followed at all.

    Attributes:
        jumps: how often the camera's clock jumped, or was put right because it had drifted.
        late_s: how much later than the fastest the latest picture came, seconds.
        ahead_s: how far the times of pictures are ahead of those of their arrival since the first, seconds: a
            server may send at first what it has kept.
    """

    def __init__(self) -> None:
        self.jumps = 0
        self.late_s = 0.0
        self._first: Fraction | None = None
        self._shift = Fraction(0)
        self._last: tuple[Fraction, float] | None = None
        self._least_s: float | None = None
        self._usual_s: float | None = None
        self._noted_s = 0.0

    @property
    def ahead_s(self) -> float:
        """As above."""
        return -min(self._least_s or 0.0, 0.0)

    def place(self, told: Fraction, arrived_s: float) -> Fraction:
        """Return the time of a picture, seconds since the first one; give pictures in order of arrival.

        It is exact while nothing is odd. A picture that is not later than the one before is not to be used.

        Args:
            told: its time as the stream tells it, seconds.
            arrived_s: when it came, seconds since any moment.
        """
        if self._first is None:
            self._first = told
        at = told - self._first + self._shift
        if self._last is not None:
            last, last_arrived_s = self._last
            passed_s = arrived_s - last_arrived_s
            if not -_JUMP_BACK_S <= at - last <= passed_s + _JUMP_AHEAD_S:
                should_be = last + Fraction(max(passed_s, 0.001)).limit_denominator(90_000)
                self._shift += should_be - at
                self.jumps += 1
                at = should_be
        self._last = at, arrived_s
        return at

    def note(self, at: Fraction, arrived_s: float) -> None:
        """Take note of when a picture was there, ``arrived_s`` seconds after the first one."""
        behind_s = arrived_s - float(at)
        if self._least_s is None:
            self._least_s, self._noted_s = behind_s, arrived_s
        leaked_s = self._least_s + _LEAK * max(arrived_s - self._noted_s, 0.0)
        self._least_s, self._noted_s = min(leaked_s, behind_s), arrived_s
        self.late_s = behind_s - self._least_s
        if arrived_s < _SETTLED_S:
            return
        if self._usual_s is None:
            self._usual_s = self._least_s
        wrong_s = self._least_s - self._usual_s
        if abs(wrong_s) > _WRONG_S:
            self._shift += Fraction(wrong_s).limit_denominator(1000)
            self._least_s -= wrong_s
            self.jumps += 1

"""Exact media time.

A position in a recording is a whole number of ticks of its stream's time base, never a frame number: frame
rates vary, frames get dropped, and cameras restart their clocks.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from fractions import Fraction

from apercu.errors import UsageError

_CLOCK = re.compile(r"(?:(?:(\d+):)?(\d{1,2}):)?(\d+(?:\.\d+)?)")


@functools.total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Timecode:
    """A position in a recording: ``pts * time_base`` seconds after the recording's first frame.

    Timecodes of different time bases compare and subtract exactly (as rationals).
    """

    pts: int
    time_base: Fraction

    @property
    def seconds(self) -> Fraction:
        """Seconds since the start of the recording, exact."""
        return self.pts * self.time_base

    @classmethod
    def from_seconds(cls, seconds: Fraction | float | str, time_base: Fraction) -> Timecode:
        """Return the tick nearest to ``seconds`` (a str may be ``"90.5"`` or ``"00:01:30.5"``)."""
        exact = parse_clock(seconds) if isinstance(seconds, str) else Fraction(seconds)
        return cls(round(exact / time_base), time_base)

    def rebase(self, time_base: Fraction) -> Timecode:
        """Return the nearest position in ticks of another time base."""
        return Timecode.from_seconds(self.seconds, time_base)

    def __add__(self, seconds: Fraction | int) -> Timecode:
        return Timecode.from_seconds(self.seconds + seconds, self.time_base)

    def __sub__(self, other: Timecode) -> Fraction:
        """Return the exact number of seconds from ``other`` to here."""
        return self.seconds - other.seconds

    def __eq__(self, other: object) -> bool:
        return self.seconds == other.seconds if isinstance(other, Timecode) else NotImplemented

    def __lt__(self, other: Timecode) -> bool:
        return self.seconds < other.seconds

    def __hash__(self) -> int:
        return hash(self.seconds)

    def __float__(self) -> float:
        return float(self.seconds)

    def __str__(self) -> str:
        return format_clock(self.seconds)


def format_clock(seconds: Fraction | float, *, millis: bool = True) -> str:
    """Return ``HH:MM:SS.mmm`` (or ``HH:MM:SS``) as a person reads it; negative times get a minus sign."""
    size = abs(Fraction(seconds))
    total = round(size * 1000) if millis else int(size) * 1000
    sign = "-" if seconds < 0 and total else ""
    whole, rest = divmod(total, 1000)
    clock = f"{sign}{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"{clock}.{rest:03d}" if millis else clock


def parse_clock(text: str) -> Fraction:
    """Read ``SS``, ``MM:SS`` or ``HH:MM:SS``, each with an optional fraction, as exact seconds.

    Only the first number may exceed 59, so that a slip of the finger is not taken for another time.

    Raises:
        UsageError: the text is none of these.
    """
    match = _CLOCK.fullmatch(text.strip())
    parts = [] if match is None else [Fraction(part) for part in match.groups() if part is not None]
    if not parts or any(part >= 60 for part in parts[1:]):
        raise UsageError(f"{text!r} is not a time", next_step="Write it like 90, 1:30 or 00:01:30.5.")
    return sum((part * 60**power for power, part in enumerate(reversed(parts))), Fraction(0))

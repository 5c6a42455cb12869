"""How often a rule is right, from what people said to its signals, and how sure that is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

from apercu.archive import Archive
from apercu.archive.signal_catalog import Tally
from apercu.archive.signal_records import State
from apercu.purposes import Capability

_Z = 1.959963984540054
"""Standard deviations within which 95 % of a normal distribution lie."""


@dataclass(frozen=True, slots=True)
class Precision:
    """How often a rule of a camera was right.

    Attributes:
        camera, rule, kind: which rule.
        confirmed, dismissed, unanswered: how many of its signals.
    """

    camera: str
    rule: str
    kind: str
    confirmed: int
    dismissed: int
    unanswered: int

    @property
    def share(self) -> float | None:
        """Confirmed of those answered, 0 to 1; None while none is. Unanswered ones count for neither."""
        answered = self.confirmed + self.dismissed
        return self.confirmed / answered if answered else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Between which shares the true one lies with 95 % confidence (Wilson); None while none is answered.

        The answers stand for the signals that are still to come only as far as those answered were not
        picked: many unanswered ones say that they may have been.
        """
        answered = self.confirmed + self.dismissed
        return wilson(self.confirmed, answered) if answered else None


def wilson(hits: int, count: int) -> tuple[float, float]:
    """Return the score interval of a share at 95 %, 0 to 1; ``count`` is at least 1.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927. Unlike the
    usual interval it holds for few answers, and for none or all of them the same.
    """
    share, spread = hits / count, _Z * _Z / count
    middle = (share + spread / 2) / (1 + spread)
    half = _Z * sqrt(share * (1 - share) / count + spread / (4 * count)) / (1 + spread)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def precisions(archive: Archive) -> list[Precision]:
    """Return the precision of each rule of each camera that has signals, by camera and rule.

    Raises:
        RefusedError: the purpose has no ``signal-events``, or not now.
    """
    archive.ask(Capability.SIGNAL_EVENTS, "precision of rules")
    return precisions_of(archive.signals.catalog.tallies())


def precisions_of(tallies: Iterable[Tally]) -> list[Precision]:
    """Return the precision of each rule of each camera from its counts, by camera and rule."""
    counts: defaultdict[tuple[str, str, str], dict[State, int]] = defaultdict(dict)
    for tally in tallies:
        counts[tally.camera, tally.rule, tally.kind][tally.state] = tally.count
    return [
        Precision(
            *which,
            confirmed=each.get(State.CONFIRMED, 0),
            dismissed=each.get(State.DISMISSED, 0),
            unanswered=each.get(State.OPEN, 0),
        )
        for which, each in sorted(counts.items())
    ]

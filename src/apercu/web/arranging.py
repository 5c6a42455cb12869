"""How long a synopsis would be: its tubes are held while somebody shapes it, and arranged anew each time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from threading import Lock

from apercu.purposes import Capability
from apercu.synopsis import Arrangement, ArrangeOptions, Arranger, MaskGrid, SynopsisOptions, Tube, tubes_of
from apercu.synopsis.choosing import choose
from apercu.synopsis.originals import Originals
from apercu.web.making import synopsis_subject
from apercu.web.visit import Visit

_MANY = 300
"""Tubes up to which an arrangement is looked for at full effort; more take proportionally less for each."""

_HELD = 3
"""Choices of classes for which what stays the same between arrangements is kept."""


@dataclass(frozen=True, slots=True)
class Tubes:
    """The tubes of a question, without their pictures.

    Attributes:
        tubes: in the order of their original start.
        grid: their mask grid.
        rate: output frames per second.
        duration_s: length of the recordings that were looked through, seconds.
    """

    tubes: Sequence[Tube]
    grid: MaskGrid
    rate: Fraction
    duration_s: float
    _arrangers: dict[frozenset[str], Arranger] = field(default_factory=dict, init=False, repr=False)
    _one: Lock = field(default_factory=Lock, init=False, repr=False)

    def of(self, classes: Collection[str]) -> Arranger:
        """Return what arranges those of some classes, all of them when none is named; the last are kept."""
        key = frozenset(classes)
        arranger = self._arrangers.pop(key, None)
        if arranger is None:
            chosen = [tube for tube in self.tubes if not key or tube.class_name in key]
            arranger = Arranger(chosen, self.grid, self.rate)
        while len(self._arrangers) >= _HELD:
            self._arrangers.pop(next(iter(self._arrangers)), None)
        self._arrangers[key] = arranger
        return arranger


def hold_tubes(visit: Visit, options: SynopsisOptions) -> Tubes:
    """Read the tubes that a synopsis would show.

    Raises:
        RefusedError, RightError, ApprovalError: as ``make_synopsis``.
        UsageError: the recordings differ in size.
        NothingToShowError: nothing is like that.
    """
    opened = visit.archive.opens(
        Capability.MAKE_SYNOPSIS, subject=synopsis_subject(options), reason=options.reason
    )
    with opened as inside:
        choice = choose(inside, options.asked, reason=options.reason)
        originals = Originals.of(inside, choice.rows)
        stay_s = options.stay_s or None
        found = tubes_of(choice.chosen, originals.grid, originals.rate, originals.line, stay_s)
        tubes = sorted(found, key=lambda tube: (tube.line_s, tube.track_id))
    return Tubes(tubes, originals.grid, originals.rate, originals.duration_s)


def arrange_tubes(held: Tubes, classes: Collection[str], options: ArrangeOptions) -> Arrangement:
    """Arrange those of some classes, all of them when none is named; as the synopsis will be."""
    # A slider moves faster than answers come, and what arranges keeps things between two answers.
    with held._one:
        arranger = held.of(classes)
        return arranger.arrange(with_effort(options, len(arranger.tubes)))


def with_effort(options: ArrangeOptions, tubes: int) -> ArrangeOptions:
    """Return options whose arrangement of so many tubes answers within about a second."""
    return replace(options, effort=min(options.effort, _MANY / max(1, tubes)))

"""How long a synopsis would be: its tubes are held while somebody shapes it, and arranged anew each time.

What is held is of the questions asked last, and goes when the recordings are no longer those it was read of.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from threading import Lock

from apercu.archive import Archive
from apercu.purposes import Capability
from apercu.synopsis import Arrangement, ArrangeOptions, Arranger, MaskGrid, SynopsisOptions, Tube, tubes_of
from apercu.synopsis.choosing import choose
from apercu.synopsis.grouping import group
from apercu.synopsis.options import GroupBy
from apercu.synopsis.originals import Originals
from apercu.web.making import synopsis_takes
from apercu.web.visit import Visit

_MANY = 200
"""Tubes up to which an arrangement is looked for at full effort; more take proportionally less for each."""

_QUESTIONS = 4
"""Questions whose tubes are held."""

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
        began: the true time, local, at which each tube begins; None where nobody knows.
    """

    tubes: Sequence[Tube]
    grid: MaskGrid
    rate: Fraction
    duration_s: float
    began: Mapping[tuple[str, int], datetime | None] = field(default_factory=dict)
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


@dataclass(frozen=True, slots=True)
class Shape:
    """How a synopsis would be.

    Attributes:
        objects: how many it would show.
        length_s: how long it would be, seconds.
        recorded_s: length of the recordings that were looked through, seconds.
    """

    objects: int
    length_s: float
    recorded_s: float


@dataclass(frozen=True, slots=True)
class _Held:
    """Tubes, whose question they answer, and the analyses that they were read of."""

    archive_id: str
    person_id: int
    options: SynopsisOptions
    analyses: frozenset[str]
    tubes: Tubes


class LastTubes:
    """The tubes of the questions that were asked last, each held for the person who asked."""

    def __init__(self) -> None:
        self._held: list[_Held] = []
        self._lock = Lock()

    def of(self, visit: Visit, options: SynopsisOptions) -> Tubes:
        """Return the tubes of all classes; what is held already is not read again, and asked for again.

        Raises: as ``hold_tubes``.
        """
        query = options.query.model_copy(update={"classes": ()})
        wide = SynopsisOptions(
            query=query, camera=options.camera, stay_s=options.stay_s, reason=options.reason
        )
        for capability in synopsis_takes(wide):
            if capability is not Capability.SHOW_IMAGES:  # no picture is looked at
                visit.gate.expect(capability, subject=wide.asked.subject, reason=wide.reason)
        analyses = visit.archive.analysis_ids(wide.asked.cameras)
        key = visit.archive_id, visit.visitor.person.person_id, wide, analyses
        for held in self._held:
            if (held.archive_id, held.person_id, held.options, held.analyses) == key:
                return held.tubes
        tubes = hold_tubes(visit, wide)
        with self._lock:
            self._held = [*self._held[1 - _QUESTIONS :], _Held(*key, tubes)]
        return tubes

    def sweep(self, archive_of: Callable[[str], Archive]) -> None:
        """Let go of what was read of recordings that are no longer there, or were analysed anew."""
        now = {
            id(held): archive_of(held.archive_id).analysis_ids(held.options.asked.cameras)
            for held in self._held
        }
        with self._lock:
            self._held = [held for held in self._held if now.get(id(held), held.analyses) == held.analyses]


def shape(visit: Visit, options: SynopsisOptions) -> Shape:
    """Return how a synopsis would be, without making it.

    Raises: as ``hold_tubes``.
    """
    held = visit.service.tubes.of(visit, options)
    made = arrange_tubes(held, options.query.classes, options.arrange, options.group_by)
    return Shape(len(made.tubes), float(made.frame_count / made.rate), held.duration_s)


def hold_tubes(visit: Visit, options: SynopsisOptions) -> Tubes:
    """Read the tubes that a synopsis would show.

    Raises:
        RefusedError, RightError, ApprovalError: as ``make_synopsis``.
        UsageError: the recordings differ in size.
        NothingToShowError: nothing is like that.
    """
    opened = visit.archive.opens(
        Capability.MAKE_SYNOPSIS, subject=options.asked.subject, reason=options.reason
    )
    with opened as inside:
        choice = choose(inside, options.asked, reason=options.reason)
        originals = Originals.of(inside, choice.rows)
        stay_s = options.stay_s or None
        found = tubes_of(choice.chosen, originals.grid, originals.rate, originals.line, stay_s)
        tubes = sorted(found, key=lambda tube: (tube.line_s, tube.track_id))
    began = {_key(tube): originals.moment(tube.recording_id, tube.start_s) for tube in tubes}
    return Tubes(tubes, originals.grid, originals.rate, originals.duration_s, began)


def _key(tube: Tube) -> tuple[str, int]:
    return tube.recording_id, tube.track_id


def arrange_tubes(
    held: Tubes, classes: Collection[str], options: ArrangeOptions, group_by: GroupBy | None = None
) -> Arrangement:
    """Arrange those of some classes, all of them when none is named; as the synopsis will be."""
    # A slider moves faster than answers come, and what arranges keeps things between two answers.
    with held._one:
        arranger = held.of(classes)
        groups = None
        if group_by is not None:
            groups = group(arranger.tubes, group_by, lambda tube: held.began[_key(tube)]).of
        return arranger.arrange(with_effort(options, len(arranger.tubes)), groups=groups)


def with_effort(options: ArrangeOptions, tubes: int) -> ArrangeOptions:
    """Return options whose arrangement of so many tubes answers within about a second."""
    return replace(options, effort=min(options.effort, _MANY / max(1, tubes)))

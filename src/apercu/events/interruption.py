"""Interruptions: what was told before one, and goes on over it, is not told again.

A process is killed and started again, or a camera comes back with other pictures: the objects in view get new
numbers, and rules begin anew. What they told is in the register, what still went on in the status.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from apercu.analysis.detections import CLASSES
from apercu.analysis.tracklets import kin
from apercu.events.event import Box, Event

FORGOTTEN_S = 60.0
_AT_FIRST_S = 10.0
_WALKS_SIZES_S = 1.5


@dataclass(frozen=True, slots=True)
class GoingOn:
    """A situation that was told and is not over.

    Attributes:
        rule: name of the rule that was met.
        subject: class of the object; empty where it is about the scene.
        box: where it was seen last, x1 y1 x2 y2 in pixels of the camera; None where it is the whole picture.
        seen_at: when that was, ISO 8601 with time zone.
    """

    rule: str
    subject: str
    box: Box | None
    seen_at: str

    @classmethod
    def of(cls, event: Event) -> GoingOn:
        """Return the situation of an event, which has a true time, as it was when it was told."""
        assert event.met_at is not None, "a camera's time is always known"
        return cls(event.rule, event.subject, event.box, event.met_at.isoformat())


class Before:
    """What was told of one camera before a run of it.

    Args:
        start: true time of the run's start, aware.
        met_at: when each rule was last met, by its name, aware.
        going_on: what was told and not over; older than a minute, it is forgotten.

    What was told at a later time than the start counts as told then: a clock that was ahead was put right.
    """

    def __init__(
        self, start: datetime, met_at: Mapping[str, datetime], going_on: Iterable[GoingOn] = ()
    ) -> None:
        self._start = start
        self._met_s = {rule: min((at - start).total_seconds(), 0.0) for rule, at in met_at.items()}
        self._left = [each for each in going_on if -self._seen_s(each) <= FORGOTTEN_S]

    def met_s(self, rule: str) -> float:
        """Return when a rule was last met, second of the run: not above zero; minus infinity for never."""
        return self._met_s.get(rule, -np.inf)

    def left(self, now_s: float) -> list[GoingOn]:
        """Return what was not found again yet, and may still be, at a second of the run."""
        return [each for each in self._left if now_s - self._seen_s(each) <= FORGOTTEN_S]

    def goes_on(self, rule: str, subject: str, box: Box | None, began_s: float) -> bool:
        """Return whether what meets a rule is what met it before; each situation goes on as one at most.

        It must have been there when the run began, and no farther from where it was than one walks meanwhile.

        Args:
            rule: its name.
            subject, box: as in ``GoingOn``.
            began_s: second of the run at which it began.
        """
        if began_s > _AT_FIRST_S:
            return False
        for each in self.left(began_s):
            away_s = began_s - self._seen_s(each)
            if each.rule == rule and _are_kin(each.subject, subject) and _is_near(each.box, box, away_s):
                self._left.remove(each)
                return True
        return False

    def _seen_s(self, each: GoingOn) -> float:
        return min((datetime.fromisoformat(each.seen_at) - self._start) / timedelta(seconds=1), 0.0)


def _are_kin(one: str, other: str) -> bool:
    if not one or not other:
        return one == other
    return bool(kin(np.array(CLASSES.index(one)), np.array(CLASSES.index(other))))


def _is_near(was: Box | None, now: Box | None, away_s: float) -> bool:
    """Return whether one may walk from one box to another in a time; the whole picture is everywhere."""
    if was is None or now is None:
        return True
    size = np.sqrt((was[2] - was[0]) * (was[3] - was[1]))
    way = np.hypot((was[0] + was[2] - now[0] - now[2]) / 2, was[3] - now[3])
    return bool(way <= size * (1.0 + _WALKS_SIZES_S * max(away_s, 0.0)))

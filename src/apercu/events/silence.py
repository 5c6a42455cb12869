"""Cameras that send nothing: no picture can tell, so the connection does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from apercu.events.event import Event
from apercu.events.interruption import FORGOTTEN_S, GoingOn
from apercu.events.kinds.view_lost import ViewLostRule
from apercu.events.rule import Rule
from apercu.events.schedule import is_open

NEVER: Mapping[str, datetime] = MappingProxyType({})


class Silence:
    """Tells when one camera has sent no picture for longer than its rules allow; once each time.

    Args:
        rules: of the camera; those of kind ``view-lost`` with ``what = "lost"`` are looked at.
        camera: its name.
        met_at: when rules were last met, by their names, aware.
        going_on: what was told before this began, and was not over; older than a minute, it is forgotten.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        camera: str,
        met_at: Mapping[str, datetime] = NEVER,
        going_on: Sequence[GoingOn] = (),
    ) -> None:
        self._rules = [rule for rule in rules if isinstance(rule, ViewLostRule) and rule.what == "lost"]
        self._camera = camera
        self._since: dict[str, datetime] = {}
        self._told = dict(met_at)
        self._open: set[str] = set()
        self._before = {each.rule: datetime.fromisoformat(each.seen_at) for each in going_on}

    def going_on(self, now: datetime) -> list[GoingOn]:
        """Return what was told and is not over."""
        names = (rule.name for rule in self._rules)
        return [GoingOn(name, "", None, now.isoformat()) for name in names if name in self._open]

    def see(self, now: datetime, *, connected: bool) -> list[Event]:
        """Take in how the connection is, now and then, and return the events that this makes.

        Args:
            now: aware, in the zone that schedules are read in.
            connected: whether pictures come.
        """
        lately = [name for name, at in self._before.items() if abs((now - at).total_seconds()) <= FORGOTTEN_S]
        self._open.update(lately)
        self._before = {}
        if connected:
            self._since, self._open = {}, set()
            return []
        events = []
        for rule in self._rules:
            if not is_open(rule.schedule, now):  # all situations end, and count anew from when it opens
                self._open.discard(rule.name)
                self._since.pop(rule.name, None)
                continue
            since = self._since.setdefault(rule.name, now)
            lost_s = (now - since).total_seconds()
            if rule.name in self._open or lost_s < rule.for_s:
                continue
            told = self._told.get(rule.name)
            # What was told in the future was told by a clock that has been put right.
            if told is not None and 0 <= (now - told).total_seconds() < rule.cooldown_s:
                continue
            self._open.add(rule.name)
            self._told[rule.name] = now
            events.append(
                Event(
                    camera=self._camera,
                    run=f"lost {since.isoformat(timespec='milliseconds')}",
                    rule=rule.name,
                    kind=rule.kind,
                    place="",
                    began_s=0.0,
                    met_s=round(lost_s, 3),
                    met_at=now,
                    measured=round(lost_s, 3),
                    threshold=rule.for_s,
                    unit="s",
                    severity=rule.severity,
                )
            )
        return events

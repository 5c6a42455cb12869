"""The engine: shown what is in view, moment by moment, it says which rules were met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.detections import CLASSES
from apercu.analysis.moment import Moment
from apercu.errors import UsageError
from apercu.events.event import Box, Event
from apercu.events.flow import UsualFlow
from apercu.events.interruption import Before, GoingOn
from apercu.events.kinds import AnyRule
from apercu.events.rules import check_site
from apercu.events.schedule import is_open
from apercu.events.site import Site, Watch
from apercu.events.situations import Claims, Met, Situations
from apercu.events.view import AGAIN_S, Floats, Trails, View
from apercu.footage.clock import fixed
from apercu.statistics.scene import Scene


@dataclass(slots=True)
class _Post:
    """A rule at work: what it looks at, and the situations it is in."""

    rule: AnyRule
    watch: Watch
    situations: Situations
    classes: tuple[int, ...]
    shown: dict[int, tuple[str, Box | None]] = field(default_factory=dict)
    """What was told of whose situation: its class, and where it was."""
    fresh: bool = True
    """Whether it has seen nothing yet."""

    def close(self, site: Site) -> None:
        """End what goes on, and forget what led to it: when its schedule opens again it counts from then."""
        self.situations.stop()
        if not self.fresh:
            self.watch, self.fresh = self.rule.watch(site), True


class Engine:
    """The rules of one camera over one run: a recording, or one connection.

    The same moments give the same events. What is remembered does not grow with time.
    """

    def __init__(
        self,
        rules: Sequence[AnyRule],
        scene: Scene,
        camera: str,
        run: str,
        start: datetime | None,
        *,
        zone: tzinfo = UTC,
        flow: UsualFlow | None = None,
        before: Before | None = None,
    ) -> None:
        """Put rules to work.

        Args:
            rules: of the camera.
            scene: its lines, zones and ground, in pixels of the run.
            camera: its name.
            run: the recording's id, or the name of the connection.
            start: true time of the run's start, aware; None when unknown.
            zone: in which schedules are read, the archive's.
            flow: where things usually go, learned in earlier runs of the camera; it learns on.
            before: what was told in earlier runs, and is not told again; None where runs are told apart.

        Raises:
            UsageError: a rule cannot look at this picture, or has a schedule and the run no clock.
        """
        flow = flow or UsualFlow()
        flow.begin()
        self._site = site = Site(camera, scene, flow)
        check_site(rules, site)
        for rule in rules:
            if rule.schedule and start is None:
                raise UsageError(
                    "has a schedule, and nobody knows at what time this was filmed",
                    where=f"rule {rule.name!r}, run {run}",
                    next_step="Tell when the recording began (--start), or leave the schedule out.",
                )
        self._camera, self._run, self._zone = camera, run, zone
        self._start = None if start is None else fixed(start)
        self._trails, self._changes = Trails(), site.changes
        self._before, self._now_s = before, 0.0
        self._posts = [
            _Post(
                rule,
                rule.watch(site),
                Situations(
                    rule.lasts_s,
                    AGAIN_S,
                    rule.cooldown_s,
                    -np.inf if before is None else before.met_s(rule.name),
                ),
                tuple(CLASSES.index(name) for name in rule.classes),
            )
            for rule in rules
        ]

    def see(self, moment: Moment) -> list[Event]:
        """Take in one moment, later than those before, and return the events that it makes, in rule order."""
        self._now_s = moment.time_s
        *earlier, now = self._trails.see(moment)
        self._changes.see(now, earlier)
        # To the millisecond: a camera and its recording tell times to different fractions.
        since = timedelta(milliseconds=round(1000 * moment.time_s))
        at = None if self._start is None else self._start + since
        wall = None if at is None else at.astimezone(self._zone)
        events: list[Event] = []
        for post in self._posts:
            if not is_open(post.rule.schedule, wall):
                if post.watch.even_unsteady:  # how the scene usually looks it must know when it opens
                    post.situations.stop()
                    post.watch.look(now.of(self._wanted(post, now)))
                else:
                    post.close(self._site)
            elif moment.steady or post.watch.even_unsteady:
                post.fresh = False
                views = [*(earlier if post.watch.of_objects else []), now]
                for view in views:
                    claims = post.watch.look(view.of(self._wanted(post, view)))
                    met = post.situations.update(
                        view.time_s, claims, now.time_s, partial(self._is_known, post, claims)
                    )
                    events += [self._event(post, each, claims, now, at) for each in met]
        return events

    def going_on(self) -> list[GoingOn]:
        """Return what was told and is not over; the run's start is known."""
        assert self._start is not None, "only a camera is watched again"
        found = [] if self._before is None else self._before.left(self._now_s)
        for post in self._posts:
            for owner, seen_s in post.situations.told.items():
                subject, box = post.shown[owner]
                if subject and owner in self._trails:
                    box = _box(self._trails.last(owner)[1])
                seen_at = (self._start + timedelta(seconds=seen_s)).isoformat()
                found.append(GoingOn(post.rule.name, subject, box, seen_at))
        return found

    def _is_known(self, post: _Post, claims: Claims, met: Met) -> bool:
        """Return whether a situation that is due was told in an earlier run; take note of what is shown."""
        for owner in post.shown.keys() - post.situations.told.keys():
            del post.shown[owner]
        # An object that is only known from before may not be seen in this very picture.
        subject, sides = (
            ("", claims.boxes[met.row]) if claims.boxes is not None else self._trails.last(met.owner)
        )
        box = _box(sides)
        post.shown[met.owner] = subject, box
        return self._before is not None and self._before.goes_on(post.rule.name, subject, box, met.began_s)

    def _wanted(self, post: _Post, view: View) -> NDArray[np.bool_]:
        """Return which objects a rule looks at: bool (n,)."""
        return np.isin(view.classes, post.classes) & (view.sizes >= post.rule.least_px)

    def _event(self, post: _Post, met: Met, claims: Claims, view: View, at: datetime | None) -> Event:
        subject, box = post.shown[met.owner]
        objects = (met.owner,) if claims.objects is None else claims.objects[met.row]
        lasted_s = view.time_s - met.began_s
        measured = lasted_s if claims.measured is None else float(claims.measured[met.row])
        return Event(
            camera=self._camera,
            run=self._run,
            rule=post.rule.name,
            kind=post.rule.kind,
            place=post.watch.place,
            began_s=round(met.began_s, 3),
            met_s=round(view.time_s, 3),
            met_at=at,
            measured=round(measured, 4),
            threshold=post.watch.threshold,
            unit=post.watch.unit,
            subject=subject,
            track_ids=objects,
            box=box,
            path=self._trails.path(met.owner) if subject else (),
            severity=post.rule.severity,
        )


def _box(box: Floats) -> Box | None:
    """Return a box as an event has it; None for an empty one."""
    x1, y1, x2, y2 = (round(float(side), 1) for side in box)
    return (x1, y1, x2, y2) if x2 > x1 and y2 > y1 else None

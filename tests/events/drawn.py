"""Moments, drawn by hand: objects that go along paths, and a picture with lines and zones in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

import numpy as np

from apercu.analysis.detections import CLASSES
from apercu.analysis.ground import GroundPlane
from apercu.analysis.moment import Moment
from apercu.archive.zones import Kind, Zone
from apercu.events.engine import Engine
from apercu.events.event import Event
from apercu.events.kinds import AnyRule
from apercu.events.rules import RulesFile
from apercu.events.settings import parse_settings
from apercu.statistics.scene import Scene

WIDTH, HEIGHT = 640, 360
RATE = 5.0
START = datetime(2024, 5, 31, 12, 0, tzinfo=UTC)
Points = Sequence[tuple[float, float]]


def drawn(plane: GroundPlane | None = None, **places: tuple[Kind, Points]) -> Scene:
    """Return a picture with zones and lines, their points in pixels."""
    zones = {
        name: Zone("gate", name, kind, tuple((x / WIDTH, y / HEIGHT) for x, y in points), START, "", "")
        for name, (kind, points) in places.items()
    }
    return Scene.of(zones, WIDTH, HEIGHT, plane)


SQUARE = drawn(
    yard=("zone", [(200, 100), (400, 100), (400, 300), (200, 300)]),
    # Upright, upwards: right of it is right.
    gate=("line", [(320, 350), (320, 50)]),
)
FLAT = GroundPlane(np.diag([0.05, 0.05, 1.0]), WIDTH, HEIGHT)
"""Seen from straight above, five centimetres a pixel."""


@dataclass(frozen=True)
class Thing:
    """One object: where its feet are at which second; out of view before, after, and in ``unseen``."""

    number: int
    times: Sequence[float]
    points: Points
    name: str = "person"
    width: float = 20.0
    height: float = 40.0
    unseen: tuple[float, float] = (np.inf, np.inf)

    def box(self, at: float) -> list[float] | None:
        if not self.times[0] <= at <= self.times[-1] or self.unseen[0] <= at < self.unseen[1]:
            return None
        x, y = (float(np.interp(at, self.times, [point[axis] for point in self.points])) for axis in (0, 1))
        return [x - self.width / 2, y - self.height, x + self.width / 2, y]


def moments(
    things: Iterable[Thing], until_s: float, wobble: Callable[[int], float] | None = None
) -> list[Moment]:
    """Return what is in view five times a second."""
    things, made = list(things), []
    for n in range(int(until_s * RATE) + 1):
        at = n / RATE
        here = [(thing, box) for thing in things if (box := thing.box(at)) is not None]
        boxes = np.array([box for _, box in here], np.float64).reshape(-1, 4)
        if wobble is not None:
            boxes = boxes + wobble(n)
        made.append(
            Moment(
                at,
                True,
                np.array([thing.number for thing, _ in here], np.int64),
                np.array([CLASSES.index(thing.name) for thing, _ in here], np.int64),
                boxes,
                np.array([thing.times[0] for thing, _ in here], np.float64),
                np.ones(len(here), np.bool_),
            )
        )
    return made


def rules(text: str) -> tuple[AnyRule, ...]:
    return parse_settings(text, RulesFile, "rules.toml").settings.rule


def events(
    text: str,
    shown: Iterable[Moment],
    scene: Scene = SQUARE,
    *,
    start: datetime | None = START,
    zone: tzinfo = UTC,
) -> list[Event]:
    """Return the events of rules over moments."""
    engine = Engine(rules(text), scene, "gate", "run", start, zone=zone)
    found = [event for moment in shown for event in engine.see(moment)]
    for event in found:
        assert event.began_s <= event.met_s
        assert event.met_at == (None if start is None else start + timedelta(seconds=event.met_s))
    return found

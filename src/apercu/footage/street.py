"""The demo street: cars, a van that stops, a bus, cyclists and walkers on a quiet afternoon."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np

from apercu.footage.actors import Actor, eased, travel
from apercu.footage.backdrop import UNITS, street_backdrop, tree
from apercu.footage.figures import Outfit, cyclist, dog, walker
from apercu.footage.scene import Plant, SceneOptions, SyntheticScene
from apercu.footage.sprites import Colour, Look
from apercu.footage.vehicles import CARS, VAN, bus, car, lorry

_PAINTS: tuple[Colour, ...] = (
    (44, 40, 178),
    (150, 92, 36),
    (206, 206, 204),
    (62, 60, 60),
    (72, 118, 58),
    (52, 168, 214),
    (150, 148, 144),
)
_OUTFITS = (
    Outfit((52, 54, 176), (98, 66, 46), long_hair=True),
    Outfit((120, 84, 44), (60, 58, 58), bag=(52, 60, 128)),
    Outfit((66, 60, 56), (128, 98, 74), hair=(120, 150, 180)),
    Outfit((208, 208, 206), (96, 62, 42), hair=(30, 34, 40), skin=(90, 120, 165)),
    Outfit((176, 160, 70), (52, 50, 60), skirt=True, long_hair=True, hair=(60, 110, 160)),
    Outfit((64, 140, 78), (112, 120, 128), bag=(40, 40, 42), skin=(80, 105, 150), hair=(25, 25, 28)),
    Outfit((40, 168, 222), (80, 54, 40), hat=(44, 44, 48)),
)
_RIDERS = (
    (Outfit((70, 168, 60), (58, 50, 46), hat=(48, 60, 214), bag=(44, 44, 46)), (150, 60, 40)),
    (Outfit((60, 110, 226), (92, 72, 54), hat=(226, 226, 222)), (40, 40, 44)),
)


_SECONDS_EACH = 6.0
"""One passer-by in so many seconds on average."""
_GROUP = 5
"""So many come shortly after each other; then it is quiet for a while."""
_BACK_PATH, _BACK_LANE, _FRONT_LANE, _FRONT_PATH = 300.0, 372.0, 436.0, 494.0
"""Heights on the sheet where people and vehicles touch the ground."""


def demo_street(
    seconds: float = 90.0,
    seed: int = 7,
    *,
    width: int = 960,
    height: int = 540,
    rate: Fraction = Fraction(25),
) -> SyntheticScene:
    """Return a generated street with known truth: a passer-by in six seconds, in groups with quiet between.

    The same arguments always give the same pixels.
    """
    options = SceneOptions(
        width=width,
        height=height,
        rate=rate,
        seconds=seconds,
        seed=seed,
        noise_sigma=1.6,
        shadow=0.45,
        light_drift=0.015,
        light_period_s=47.0,
        warming=0.6,
        sway_px=1.5 * height / UNITS,
    )
    scale = height / UNITS
    trees = [
        Plant(tree(tall, scale, seed + i), share * width, 312 * scale, pace)
        for i, (share, tall, pace) in enumerate(((0.13, 212.0, 3.7), (0.56, 228.0, 4.3), (0.9, 206.0, 3.3)))
    ]
    actors = _Programme(width / scale, scale, seconds, seed).actors()
    return SyntheticScene(
        options, actors=actors, background=street_backdrop(width, height, seed), plants=trees
    )


class _Programme:
    """Decides who comes by when; keeps vehicles of one lane apart."""

    def __init__(self, across: float, scale: float, seconds: float, seed: int) -> None:
        self._across = across
        self._scale = scale
        self._seconds = seconds
        self._rng = np.random.default_rng([seed, 8])
        self._free_from = {_BACK_LANE: 0.0, _FRONT_LANE: 0.0}
        self._actors: list[Actor] = []
        self._painted = int(self._rng.integers(len(_PAINTS)))
        self._dressed = int(self._rng.integers(len(_OUTFITS)))
        self._bodied = 0

    def actors(self) -> list[Actor]:
        """Return everybody, small groups at a time with quiet between them."""
        cast: Sequence[Callable[[float], None]] = (
            lambda at: self._walk(at, _BACK_PATH, 1),
            lambda at: self._drive_car(at, _FRONT_LANE),
            lambda at: self._walk(at, _FRONT_PATH, -1),
            lambda at: self._drive_car(at, _BACK_LANE),
            lambda at: self._cycle(at, _FRONT_LANE + 4, 1),
            lambda at: self._walk_dog(at, _FRONT_PATH + 6, 1),
            lambda at: self._drive_car(at, _FRONT_LANE),
            lambda at: self._walk(at, _BACK_PATH, -1),
            lambda at: self._cycle(at, _BACK_LANE - 20, -1),
            self._deliver,
            lambda at: self._walk(at, _FRONT_PATH, 1),
            lambda at: self._drive_bus(at, _BACK_LANE),
            self._cross,
            lambda at: self._drive_car(at, _FRONT_LANE),
            lambda at: self._drive_lorry(at, _BACK_LANE),
            lambda at: self._walk(at, _BACK_PATH, 1, pause=3.0),
            lambda at: self._drive_car(at, _BACK_LANE),
            lambda at: self._walk(at, _FRONT_PATH, -1),
            lambda at: self._drive_car(at, _FRONT_LANE),
            lambda at: self._cycle(at, _FRONT_LANE + 4, 1),
        )
        count = max(1, round(self._seconds / _SECONDS_EACH))
        groups = -(-count // _GROUP)
        # Nobody comes in the first moments, and the last group leaves before the end, where there is time.
        usable = max(self._seconds - 27.0, 0.0)
        quiet = min(2.0, self._seconds / 10)
        for k in range(count):
            start = quiet + usable * (k // _GROUP) / max(groups - 1, 1)
            cast[k % len(cast)](start + (k % _GROUP) * float(self._rng.uniform(0.7, 1.5)))
        return self._actors

    def _walk(self, at: float, y: float, heading: int, *, pause: float = 0.0) -> None:
        look = walker(self._outfit(), self._metre(y), height=float(self._rng.uniform(1.62, 1.86)))
        lane = y + float(self._rng.uniform(-5, 5))
        self._pass("person", look, at, lane, heading, float(self._rng.uniform(1.5, 1.8)), 0.5, pause)

    def _walk_dog(self, at: float, y: float, heading: int) -> None:
        self._pass("person", walker(self._outfit(), self._metre(y)), at, y, heading, 1.45, 0.5)
        coat: Colour = (44, 46, 52)
        ahead = at - 1.0
        self._pass("animal", dog(coat, 1.2 * self._metre(y + 4)), max(ahead, 0.0), y + 4, heading, 1.45, 0.6)

    def _cycle(self, at: float, y: float, heading: int) -> None:
        outfit, frame = _RIDERS[int(self._rng.integers(len(_RIDERS)))]
        self._pass("bicycle", cyclist(outfit, frame, 1.08 * self._metre(y)), at, y, heading, 4.2, 0.9)

    def _drive_car(self, at: float, y: float) -> None:
        body = CARS[self._bodied % len(CARS)]
        self._bodied += 1
        self._drive("car", car(body, self._paint(), self._metre(y)), at, y, body.length)

    def _drive_bus(self, at: float, y: float) -> None:
        self._drive("bus", bus((52, 48, 176), self._metre(y)), at, y, 7.6)

    def _drive_lorry(self, at: float, y: float) -> None:
        self._drive("truck", lorry((226, 222, 216), self._metre(y)), at, y, 6.1)

    def _deliver(self, at: float) -> None:
        """Let a white van, which counts as a car, stop at the far kerb for a while."""
        y = _BACK_LANE - 14
        self._drive("car", car(VAN, (226, 226, 224), self._metre(y)), at, y, VAN.length, stop=6.0)

    def _cross(self, at: float) -> None:
        """Let somebody walk along the near pavement, over the road and on along the far one."""
        near, far = _FRONT_PATH - 12, _BACK_PATH + 8
        middle = self._across * float(self._rng.uniform(0.55, 0.65))
        route = [(-40.0, near), (middle - 150, near), (middle, far), (self._across + 60, far)]
        times, points = eased(*travel(np.asarray(route) * self._scale, 76 * self._scale, start=at), 1.0)
        scales = np.array([self._metre(y / self._scale) for y in points[:, 1]]) / self._metre(near)
        look = walker(self._outfit(), self._metre(near))
        self._actors.append(Actor("person", look, times, points, scales))

    def _drive(self, kind: str, look: Look, at: float, y: float, length: float, *, stop: float = 0.0) -> None:
        lane = _BACK_LANE if y < (_BACK_LANE + _FRONT_LANE) / 2 else _FRONT_LANE
        start = max(at, self._free_from[lane])
        # All keep to the same speed; a stop holds up the lane.
        self._free_from[lane] = start + 1.6 + length / 4 + 1.6 * stop
        self._pass(kind, look, start, y, -1 if lane == _BACK_LANE else 1, 7.5, length / 2, stop)

    def _pass(
        self,
        kind: str,
        look: Look,
        at: float,
        y: float,
        heading: int,
        speed: float,
        half: float,
        stop: float = 0.0,
    ) -> None:
        """Add somebody who goes straight through at ``speed`` m/s, ``half`` metres long either way."""
        metre = self._metre(y) / self._scale
        outside = half * metre + 70
        route = np.array([(-outside, y), (self._across * 0.34, y), (self._across + outside, y)])
        if heading < 0:
            route[:, 0] = self._across - route[:, 0]
        route[1, 0] += float(self._rng.uniform(-40, 40))
        times, points = travel(route * self._scale, speed * metre * self._scale, start=at, stops={1: stop})
        if stop:
            times, points = eased(times, points, 2.4 if speed > 3 else 0.8)
        self._actors.append(Actor(kind, look, times, points))

    def _metre(self, y: float) -> float:
        """Return pixels per metre on the ground at height ``y`` of the sheet: what is lower is nearer."""
        return 0.0825 * (y + 112) * self._scale

    def _paint(self) -> Colour:
        self._painted += 1
        return _PAINTS[self._painted % len(_PAINTS)]

    def _outfit(self) -> Outfit:
        self._dressed += 1
        return _OUTFITS[self._dressed % len(_OUTFITS)]

"""Generated scenes for rules: each has what meets every rule, and near misses of every rule.

What is true follows from the paths that were drawn, not from any box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

import cv2
import numpy as np
from counting_scenes import OUTFITS, PAINTS

from apercu.archive.zones import Kind, Zone
from apercu.footage.actors import Actor, eased, travel
from apercu.footage.backdrop import street_backdrop
from apercu.footage.figures import walker
from apercu.footage.scene import Plant, SceneOptions, SyntheticScene
from apercu.footage.scenery import bush
from apercu.footage.sprites import Sprite, Still, lay, place
from apercu.footage.vehicles import CARS, car
from apercu.statistics.scene import Scene

SIZE = (640, 360)
SECONDS = 44.0
_RATE = Fraction(10)
_METRE = 34.0
_PACE = 1.6
"""Metres per second of people."""
_YARD = (230.0, 268.0, 400.0, 350.0)
_SQUARE = (20.0, 262.0, 200.0, 356.0)
_LANE = (0.0, 180.0, 640.0, 226.0)
_GATE_X = 480.0
RULES = """
[[rule]]
name = "zone"
kind = "zone"
zone = "yard"
for_s = 1.5

[[rule]]
name = "line"
kind = "line"
line = "gate"
to = "right"

[[rule]]
name = "wrong-way"
kind = "wrong-way"
direction = 90
zone = "lane"

[[rule]]
name = "stationary"
kind = "stationary"
for_s = 6
classes = ["person"]
zone = "far"

[[rule]]
name = "speed"
kind = "speed"
above_px_s = 180
zone = "lane"

[[rule]]
name = "density"
kind = "density"
zone = "square"
above = 3
for_s = 3
"""
"""Rules for these scenes; density above three, speed above 180 pixels a second."""

Points = Sequence[tuple[float, float]]

LIGHT_S = 60.0
"""How long scenes of light last."""


@dataclass(frozen=True, slots=True)
class Expected:
    """An event that is true.

    Attributes:
        rule: its name.
        begin_s, end_s: between which it is to be told, seconds.
        x: where about, pixels.
    """

    rule: str
    begin_s: float
    end_s: float
    x: tuple[float, float]


def places() -> Scene:
    """Return the lines and zones of all scenes."""
    far = (410.0, 232.0, 640.0, 300.0)
    drawn: dict[str, tuple[Kind, Points]] = {
        "gate": ("line", [(_GATE_X, 358.0), (_GATE_X, 232.0)]),
        **{
            name: ("zone", _corners(box))
            for name, box in (("yard", _YARD), ("square", _SQUARE), ("lane", _LANE), ("far", far))
        },
    }
    now = datetime.now(UTC)
    zones = {
        name: Zone("camera", name, kind, tuple((x / SIZE[0], y / SIZE[1]) for x, y in points), now, "", "")
        for name, (kind, points) in drawn.items()
    }
    return Scene.of(zones, *SIZE)


def scene_of(seed: int) -> tuple[SyntheticScene, list[Expected]]:
    """Return one scene, and what is true of it."""
    rng = np.random.default_rng(seed)
    cast = _Cast(rng)
    front = float(rng.uniform(300, 330))
    # In and across: the yard for five seconds, then over the gate; at the same time a near miss of a car.
    cast.walk(1.0, [(-30, front), (670, front)])
    cast.expect("zone", 6.0, 11.0, _YARD[0::2])
    cast.expect("line", 9.0, 12.5, (430, 560))
    # Past the yard, a hand's breadth from it; up to the gate and back, or over it the other way.
    beside = _YARD[1] - float(rng.uniform(12, 18))
    if seed % 2:
        cast.walk(9.0, [(-30, beside), (_GATE_X - float(rng.uniform(22, 40)), beside), (-30, beside)])
    else:
        cast.walk(11.0, [(670, beside), (-30, beside)])
    # Into the yard for a second and out again.
    step = float(rng.uniform(8, 14))
    cast.walk(
        20.0, [(-30, 350), (_YARD[0] - 20, 345), (_YARD[0] + step, 330), (_YARD[0] - 25, 340), (-30, 345)]
    )
    # Stands for nine seconds, or for three and a half.
    spot = float(rng.uniform(545, 590))
    cast.walk(16.0, [(670, 290), (spot, 288), (670, 292)], {1: 9.5})
    cast.expect("stationary", 22.0, 27.5, (spot - 25, spot + 25))
    cast.walk(31.0, [(670, 290), (spot - 8, 288), (670, 292)], {1: float(rng.uniform(3.0, 4.0))})
    # Cars: with the direction and slow enough, against it, too fast, and one that backs a little.
    fast = float(rng.uniform(205, 240))
    cast.drive(2.0, [(-120, 212), (760, 212)], float(rng.uniform(120, 160)))
    cast.drive(11.0, [(760, 206), (-120, 206)], float(rng.uniform(90, 140)))
    cast.expect("wrong-way", 11.5, 19.0, (0, 640))
    cast.drive(21.0, [(-120, 212), (760, 212)], fast)
    cast.expect("speed", 21.0, 25.5, (0, 640))
    cast.drive(
        27.0,
        [(-120, 210), (330, 210), (330 - float(rng.uniform(20, 40)), 210), (760, 210)],
        120.0,
        {1: 1.0, 2: 1.0},
    )
    # Three meet in the square, or five of whom two soon go; later five, one after another.
    cast.meet(5.0, 15.0, 5 if seed % 2 else 3)
    cast.meet(22.0, 36.0, 5, all_stay=True)
    cast.expect("density", 30.0, 36.5, (0, 210))
    options = SceneOptions(
        *SIZE,
        _RATE,
        SECONDS,
        seed=seed,
        noise_sigma=1.8,
        shadow=0.35,
        light_drift=0.06 if seed % 4 == 1 else 0.0,
        cloud_at_s=14.0 if seed % 4 == 2 else None,
        sway_px=3.0 if seed % 4 == 3 else 0.0,
    )
    backdrop = cv2.GaussianBlur(street_backdrop(*SIZE, seed), (0, 0), 0.6)
    scene = SyntheticScene(options, actors=cast.actors, background=np.asarray(backdrop, np.uint8))
    return scene, cast.expected


def light_of(seed: int) -> SyntheticScene:
    """Return a scene without anybody: parked cars, and shadows, light and wind that go over all places.

    Shadows of what is out of view cross it as fast as people walk and as cars drive, and some stay a while.
    """
    rng = np.random.default_rng([seed, 1])
    backdrop = cv2.GaussianBlur(street_backdrop(*SIZE, seed), (0, 0), 0.6)
    picture = np.asarray(backdrop, np.uint8)
    for k, at in enumerate(((120.0, 300.0), (340.0, 208.0), (570.0, 284.0))):
        parked = place(
            car(CARS[(seed + k) % len(CARS)], PAINTS[k], _METRE).sprite(0.0, 1, False), *at, 1.0, SIZE
        )
        if parked is not None:
            lay(picture, parked, 0.35)
    shadows = []
    for start in np.arange(3.0, LIGHT_S - 8, 4.0).tolist():
        y, wide, high = rng.uniform(200, 350), rng.uniform(20, 110), rng.uniform(12, 45)
        ways = [(-60.0, float(y)), (float(rng.uniform(150, 500)), float(y)), (700.0, float(y))]
        speed, stay = float(rng.uniform(40, 220)), float(rng.choice([0.0, 0.0, 12.0]))
        times, way = travel(ways[:: int(rng.choice([-1, 1]))], speed, start=start, stops={1: stay})
        shadows.append(Actor("other", shadow_of_nothing(wide, high), times, way))
    options = SceneOptions(
        *SIZE,
        _RATE,
        LIGHT_S,
        seed=seed,
        noise_sigma=1.8,
        shadow=float(rng.uniform(0.25, 0.5)),
        light_drift=0.12,
        light_period_s=float(rng.uniform(15, 60)),
        cloud_at_s=float(rng.uniform(15, 45)),
        sway_px=3.0,
    )
    bushes = [Plant(bush(150, seed), 560.0, 250.0)]
    return SyntheticScene(options, actors=shadows, background=picture, plants=bushes)


def shadow_of_nothing(wide: float, high: float) -> Still:
    """Return a soft shadow of something that is out of view, of half that width and height, pixels."""
    room = 8
    shade = np.zeros((round(2 * high) + 2 * room, round(2 * wide) + 2 * room), np.uint8)
    middle = (shade.shape[1] // 2, shade.shape[0] // 2)
    cv2.ellipse(shade, middle, (round(wide), round(high)), 0, 0, 360, 255, -1)
    soft = np.asarray(cv2.GaussianBlur(shade, (0, 0), room / 3), np.uint8)
    sprite = Sprite(np.zeros((*shade.shape, 4), np.uint8), soft, (float(middle[0]), float(middle[1])))
    return Still(sprite, sprite)


class _Cast:
    """Actors of one scene, and what is true of them."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._first = int(rng.integers(0, 5))
        self.actors: list[Actor] = []
        self.expected: list[Expected] = []

    def walk(self, at_s: float, points: Points, stops: dict[int, float] | None = None) -> None:
        outfit = OUTFITS[(self._first + len(self.actors)) % len(OUTFITS)]
        times, way = travel(points, _PACE * _METRE, start=at_s, stops=stops)
        self.actors.append(Actor("person", walker(outfit, _METRE), *eased(times, way, 0.6)))

    def meet(self, at_s: float, until_s: float, count: int, *, all_stay: bool = False) -> None:
        """Let people meet in the square; three stay, or all do."""
        for k in range(count):
            x, y, begin = 178.0 - 34 * k, 346.0 if k % 2 else 304.0, at_s + 1.5 * k
            there = begin + (x + 30) / (_PACE * _METRE)
            stays = until_s - there if all_stay or k < 3 else 0.1
            self.walk(begin, [(-30.0, y), (x, y), (-30.0, y)], {1: stays})

    def drive(self, at_s: float, points: Points, speed: float, stops: dict[int, float] | None = None) -> None:
        number = self._first + len(self.actors)
        look = car(CARS[number % len(CARS)], PAINTS[number % len(PAINTS)], _METRE)
        self.actors.append(Actor("car", look, *travel(points, speed, start=at_s, stops=stops)))

    def expect(self, rule: str, begin_s: float, end_s: float, x: Sequence[float]) -> None:
        self.expected.append(Expected(rule, begin_s, end_s, (x[0], x[-1])))


def _corners(box: Sequence[float]) -> Points:
    x1, y1, x2, y2 = box
    return [(x1, y1), (x2, y1), (x2, y2), (x1, y2)]

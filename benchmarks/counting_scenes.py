"""Generated scenes to count in: who crosses a line, who turns back over it, who dawdles on it, who is hidden.

What is true follows from the paths that were drawn, not from any box.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import cv2
import numpy as np
from counting_truth import Crossing, TrueLine

from apercu.footage.actors import Actor, eased, travel
from apercu.footage.backdrop import street_backdrop
from apercu.footage.figures import Outfit, cyclist, walker
from apercu.footage.scene import Plant, SceneOptions, SyntheticScene
from apercu.footage.sprites import Sprite
from apercu.footage.street import demo_street
from apercu.footage.vehicles import CARS, bus, car, lorry

_SIZE = (960, 540)
_RATE = Fraction(15)
_METRE = 40.0
"""Pixels."""
_LINE = TrueLine("middle", ((0.5, 0.95), (0.5, 0.4)), ())
_PATHS, _LANES = (462.0, 500.0), (345.0, 405.0)
"""Heights in the picture where people walk and vehicles drive."""
PAINTS = ((44, 40, 178), (150, 92, 36), (206, 206, 204), (62, 60, 60), (72, 118, 58))
OUTFITS = (
    Outfit((52, 54, 176), (98, 66, 46), long_hair=True),
    Outfit((120, 84, 44), (60, 58, 58), bag=(52, 60, 128)),
    Outfit((208, 208, 206), (96, 62, 42), hair=(30, 34, 40)),
    Outfit((64, 140, 78), (112, 120, 128), bag=(40, 40, 42)),
    Outfit((40, 168, 222), (80, 54, 40), hat=(44, 44, 48)),
)
_PACE, _SPEED = 1.5, 7.0
"""Metres per second of people and of vehicles."""

Points = Sequence[tuple[float, float]]


def _walk(number: int, at_s: float, points: Points, stops: dict[int, float] | None = None) -> Actor:
    times, way = travel(points, _PACE * _METRE, start=at_s, stops=stops)
    return Actor("person", walker(OUTFITS[number % len(OUTFITS)], _METRE), *eased(times, way, 0.6))


def _through(number: int, at_s: float, y: float, to_right: bool) -> Actor:
    ends = [(-60.0, y), (_SIZE[0] + 60.0, y)]
    return _walk(number, at_s, ends if to_right else ends[::-1])


def _drive(number: int, at_s: float, y: float, to_right: bool) -> Actor:
    ends = [(-260.0, y), (_SIZE[0] + 260.0, y)]
    times, way = travel(ends if to_right else ends[::-1], _SPEED * _METRE, start=at_s)
    paint = PAINTS[number % len(PAINTS)]
    kind, look = (
        ("bus", bus(paint, _METRE))
        if number % 9 == 4
        else ("truck", lorry(paint, _METRE))
        if number % 9 == 7
        else ("car", car(CARS[number % len(CARS)], paint, _METRE))
    )
    return Actor(kind, look, times, way)


def _ride(at_s: float, y: float, to_right: bool) -> Actor:
    ends = [(-80.0, y), (_SIZE[0] + 80.0, y)]
    times, way = travel(ends if to_right else ends[::-1], 4.0 * _METRE, start=at_s)
    return Actor("bicycle", cyclist(OUTFITS[3], (40, 40, 44), _METRE), times, way)


def crossings() -> tuple[SyntheticScene, list[TrueLine]]:
    """The demo street: everybody crosses two lines, some in company, one over the road."""
    scene = demo_street(60.0, seed=11)
    lines = [TrueLine(f"at {x:g}", ((x, 0.98), (x, 0.42)), ()) for x in (0.35, 0.7)]
    return scene, [_told(scene, line) for line in lines]


def turning() -> tuple[SyntheticScene, list[TrueLine]]:
    """People who turn back: behind the line, and before they come to it."""
    rng = np.random.default_rng(3)
    actors = []
    for k in range(14):
        y, right = _PATHS[k % 2] + float(rng.uniform(-6, 6)), k % 4 < 2
        start = -50.0 if right else _SIZE[0] + 50.0
        beyond = float(rng.uniform(60, 130)) * (1 if k % 3 else -1)
        turn = _SIZE[0] / 2 + (beyond if right else -beyond)
        actors.append(_walk(k, 1.0 + 4.6 * k, [(start, y), (turn, y), (start, y + 5)], {1: 0.8}))
    return _scene(actors, 80.0, 3)


def dawdling() -> tuple[SyntheticScene, list[TrueLine]]:
    """People who stop on the line, sway on it, and go on or go back."""
    rng = np.random.default_rng(4)
    actors = []
    for k in range(12):
        y, right = _PATHS[k % 2] + float(rng.uniform(-6, 6)), k % 4 < 2
        start, end = (-50.0, _SIZE[0] + 50.0) if right else (_SIZE[0] + 50.0, -50.0)
        middle = _SIZE[0] / 2
        sway = [(middle + away, y) for away in (3, -5, 4, -3, 5, -4)]
        last = (end, y) if k % 3 else (start, y + 4)
        stops = dict.fromkeys(range(1, len(sway) + 1), 0.5)
        actors.append(_walk(k, 1.0 + 5.5 * k, [(start, y), *sway, last], stops))
    return _scene(actors, 82.0, 4)


def behind_a_wall() -> tuple[SyntheticScene, list[TrueLine]]:
    """A hoarding stands in front of the line: people are hidden for two seconds, vehicles for less."""
    rng = np.random.default_rng(5)
    actors = [
        _through(k, 1.0 + 4.0 * k, _PATHS[0] + float(rng.uniform(-8, 8)), k % 2 == 0) for k in range(14)
    ]
    actors += [_drive(k, 2.0 + 8.0 * k, _LANES[k % 2], k % 2 == 1) for k in range(6)]
    wall = np.full((250, 110, 4), 255, np.uint8)
    wall[:, :, :3] = (120, 132, 140)
    wall[::24, :, :3] = (84, 92, 100)
    plant = Plant(Sprite(wall, np.zeros(wall.shape[:2], np.uint8), (55.0, 249.0)), _SIZE[0] / 2, 520.0)
    return _scene(actors, 74.0, 5, plants=[plant])


def meeting() -> tuple[SyntheticScene, list[TrueLine]]:
    """Everybody meets somebody on the line, who walks or drives in front of them."""
    rng = np.random.default_rng(6)
    actors = []
    for k in range(9):
        at = 1.0 + 7.5 * k
        late = float(rng.uniform(-0.4, 0.4))
        actors += [_through(2 * k, at, _PATHS[0], True), _through(2 * k + 1, at + late, _PATHS[1], False)]
        actors += [_drive(k, at + 4.8, _LANES[0], False), _drive(k + 3, at + 4.8 + late, _LANES[1], True)]
        if k % 3 == 2:
            actors.append(_ride(at + 5.5, _PATHS[0] - 30, k % 2 == 0))
    return _scene(actors, 84.0, 6)


SCENES: dict[str, Callable[[], tuple[SyntheticScene, list[TrueLine]]]] = {
    "crossings": crossings,
    "U-turns": turning,
    "jitter": dawdling,
    "wall": behind_a_wall,
    "meeting": meeting,
}
"""Scenes by name, each with its lines and what truly crossed them."""


def _scene(
    actors: Sequence[Actor], seconds: float, seed: int, *, plants: Sequence[Plant] = ()
) -> tuple[SyntheticScene, list[TrueLine]]:
    options = SceneOptions(*_SIZE, _RATE, seconds, seed=seed, noise_sigma=1.6, shadow=0.4)
    backdrop = cv2.GaussianBlur(street_backdrop(*_SIZE, seed), (0, 0), 0.6)
    scene = SyntheticScene(options, actors=actors, background=np.asarray(backdrop, np.uint8), plants=plants)
    return scene, [_told(scene, _LINE)]


def _told(scene: SyntheticScene, line: TrueLine) -> TrueLine:
    """Return an upright line with what crossed it: from well on one side to well on the other.

    Who only sways on it crosses once when they go on, and not at all when they go back; well is half a metre.
    """
    width, height = scene.options.width, scene.options.height
    x = line.points[0][0] * width
    low, high = sorted(share * height for _, share in line.points)
    found = []
    for actor in scene.actors:
        times = np.arange(actor.times[0], min(actor.times[-1], scene.seconds(len(scene) - 1)), 0.02)
        way = np.column_stack([np.interp(times, actor.times, actor.points[:, i]) for i in (0, 1)])
        away = way[:, 0] - x
        clear = np.flatnonzero(np.abs(away) > _METRE / 2)
        sides = np.sign(away[clear])
        for k in np.flatnonzero(np.diff(sides)).tolist():
            between = np.sign(away[clear[k] : clear[k + 1] + 1])
            through = clear[k] + int(np.flatnonzero(between == sides[k])[-1])  # the last time it went through
            if low <= way[through, 1] <= high:
                side = "right" if sides[k + 1] > 0 else "left"
                found.append(Crossing(float(times[through]), side, actor.class_name))
    return TrueLine(line.name, line.points, tuple(found))

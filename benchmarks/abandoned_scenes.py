"""Scenes on real backgrounds: a bag that is left, a thing that is taken, and what looks like one of these.

The background is the empty scene of real footage; people, cars, bags and light on it are drawn, so that what
is true is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from counting_scenes import OUTFITS
from numpy.typing import NDArray

from apercu.footage import FootageReader
from apercu.footage.actors import Actor, eased, travel
from apercu.footage.figures import walker
from apercu.footage.moments import frames_at
from apercu.footage.scene import SceneOptions, SyntheticScene
from apercu.footage.sprites import Sprite, Still, shape
from apercu.footage.vehicles import CARS, car

WIDTH = 640
RATE = Fraction(5)
SECONDS = 66.0
_PICTURES = 15
_CAR_M, _THING_M, _STEP_M = (4.6, 1.6), 0.6, 0.6
"""How long and high the largest car is, how far things reach, and how far a chair is moved, metres."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A real place.

    Attributes:
        file: its recording.
        metre: pixels of a metre where people walk, in a picture 640 wide.
        top, bottom: rows between which they walk, as shares of the height.
    """

    file: str
    metre: float
    top: float
    bottom: float


GROUNDS = {
    "pets2009": Ground("pets2009/View_001_7fps.mp4", 44.0, 0.50, 0.92),
    "street": Ground("street/street.mp4", 36.0, 0.62, 0.95),
    "room": Ground("intel/one-by-one-person-detection.mp4", 52.0, 0.66, 0.96),
    "car park": Ground("intel/car-detection.mp4", 38.0, 0.45, 0.95),
    "pets2001": Ground("pets2001_d3c1/pets2001_d3c1.mp4", 34.0, 0.55, 0.95),
    "intersection": Ground("intersection/intersection.mp4", 30.0, 0.55, 0.95),
}
_COLOURS = ((30, 30, 34), (140, 60, 40), (40, 40, 150), (70, 110, 60), (190, 190, 186), (60, 90, 120))
DECOYS = ("light", "shade", "chair", "standing", "car", "passing")


@dataclass(frozen=True, slots=True)
class Expected:
    """What is to be told.

    Attributes:
        kind: of the rule.
        begin_s, end_s: between which.
        x, y: where its middle is about, pixels.
    """

    kind: str
    begin_s: float
    end_s: float
    x: float
    y: float


def backgrounds(folder: Path) -> dict[str, NDArray[np.uint8]]:
    """Return the empty scenes of the grounds whose footage is there, BGR uint8 (h, 640, 3)."""
    found = {}
    for name, ground in GROUNDS.items():
        if (folder / ground.file).exists():
            with FootageReader(folder / ground.file) as reader:
                moments = (np.arange(_PICTURES) + 0.5) / _PICTURES * float(reader.info.duration or 0)
                pictures = np.stack([frame.bgr() for frame in frames_at(reader, moments.tolist())])
            picture = np.median(pictures, axis=0).astype(np.uint8)
            height = round(picture.shape[0] * WIDTH / picture.shape[1] / 2) * 2
            found[name] = np.asarray(cv2.resize(picture, (WIDTH, height)), np.uint8)
    return found


class Play:
    """What goes on in one scene, and what is true of it."""

    def __init__(self, ground: Ground, background: NDArray[np.uint8], seed: int, seconds: float) -> None:
        self.rng = np.random.default_rng([seed, 11])
        self.actors: list[Actor] = []
        self.expected: list[Expected] = []
        self._ground, self._background, self._seed, self._seconds = ground, background, seed, seconds
        self._height = background.shape[0]
        self._pace = ground.metre * 1.4
        self._used: list[tuple[float, float]] = []
        self._stays: dict[str, list[tuple[float, float]]] = {"car": [], "chair": []}

    def scene(self) -> SyntheticScene:
        """Return it."""
        options = SceneOptions(
            WIDTH,
            self._height,
            RATE,
            self._seconds,
            seed=self._seed,
            noise_sigma=2.0,
            shadow=0.35,
            light_drift=0.05 if self._seed % 3 == 1 else 0.0,
        )
        return SyntheticScene(options, actors=self.actors, background=self._background)

    def spot(self, kind: str = "") -> tuple[float, float]:
        """Return a place where nothing else is, as far away from all others as is easily found.

        What is to be told must be there to be seen: who looks at a car that has parked where a thing was
        taken cannot tell any more that it was; and a chair that is moved behind a parked car is gone for
        whoever looks. So a car is put where it covers no such place, and a chair where no car covers it, if
        there is room.
        """
        ground, rng = self._ground, self.rng
        low, high = ground.top * self._height, ground.bottom * self._height
        found = [(float(rng.uniform(0.15, 0.85)) * WIDTH, float(rng.uniform(low, high))) for _ in range(24)]
        used = np.array(self._used).reshape(-1, 2)
        x, y = max(
            [at for at in found if self._is_free(kind, at)] or found,
            key=lambda at: np.hypot(*(used - at).T).min(initial=1e3),
        )
        self._used.append((x, y))
        if kind in self._stays:
            self._stays[kind].append((x, y))
        return x, y

    def _is_free(self, kind: str, at: tuple[float, float]) -> bool:
        """Return whether something may stay at a place: a car that hides nothing, a chair nothing hides."""
        if kind == "car":
            told = _apart([(each.x, each.y) for each in self.expected], at)
            reach, high = self._hides()
            covers = (np.abs(told) < (reach, high)).all(axis=1).any()
            return not (covers or self._is_hidden(-_apart(self._stays["chair"], at)))
        return kind != "chair" or not self._is_hidden(_apart(self._stays["car"], at))

    def _hides(self) -> tuple[float, float]:
        """Return how far from the middle of a parked car, and how high above its wheels, it hides things."""
        wide, high = _CAR_M
        return (wide / 2 + _THING_M) * self._ground.metre, (high + _THING_M) * self._ground.metre

    def _is_hidden(self, ways: NDArray[np.float64]) -> bool:
        """Return whether a car hides a chair, or where it is moved to: ways (n, 2) from chairs to cars."""
        (aside, nearer), (reach, high) = ways.T, self._hides()
        reach += _STEP_M * self._ground.metre
        return bool(((np.abs(aside) < reach) & (nearer > 0) & (nearer < high)).any())

    def walk(self, at_s: float, points: Sequence[tuple[float, float]], stops: dict[int, float]) -> Actor:
        """Let somebody walk."""
        look = walker(OUTFITS[int(self.rng.integers(len(OUTFITS)))], self._ground.metre)
        times, way = travel(points, self._pace, start=at_s, stops=stops)
        self.actors.append(Actor("person", look, *eased(times, way, 0.6)))
        return self.actors[-1]

    def pass_by(self, at_s: float, x: float, y: float, wait_s: float) -> float:
        """Let somebody come by at a place and wait there; return when they are there."""
        ends = [(-30.0, y + 2), (WIDTH + 30.0, y - 2)]
        ends = ends if self.rng.random() < 0.5 else ends[::-1]
        self.walk(at_s, [ends[0], (x, y), ends[1]], {1: wait_s})
        return at_s + abs(x - ends[0][0]) / self._pace

    def thing(self, x: float, y: float, size_m: float, begin_s: float, end_s: float) -> Actor:
        """Put something the size of a bag on the ground."""
        wide, high = size_m * self.rng.uniform(0.9, 1.2), size_m * self.rng.uniform(0.8, 1.1)
        size = (max(8, round(wide * self._ground.metre)), max(8, round(high * self._ground.metre)))
        cut = self._background[int(y) - size[1] : int(y), int(x) - size[0] // 2 : int(x) + size[0] // 2]
        ground = cut.reshape(-1, 3).mean(axis=0)
        far = [c for c in _COLOURS if abs(np.mean(c) - ground.mean()) > 25]
        colour = far[int(self.rng.integers(len(far)))]
        look = shape(size, colour, ellipse=bool(self.rng.random() < 0.3), seed=int(self.rng.integers(99)))
        self.actors.append(Actor("bag", look, np.array([begin_s, end_s]), np.array([[x, y], [x, y]])))
        return self.actors[-1]

    def leave(self, at_s: float, for_s: float) -> None:
        """Let somebody leave a bag: put down while they pass or stand there."""
        x, y = self.spot()
        wait_s = float(self.rng.choice([0.0, 1.5, 4.0]))
        there = self.pass_by(at_s, x, y + 1, wait_s)
        self.thing(x, y, float(self.rng.uniform(0.35, 0.6)), there + wait_s / 2, self._seconds + 1)
        begin = there + wait_s / 2 + for_s
        self.expected.append(Expected("abandoned-object", begin, begin + 16, x, y))

    def take(self, at_s: float, for_s: float) -> None:
        """Let somebody take a thing that was there."""
        x, y = self.spot()
        wait_s = float(self.rng.choice([1.0, 3.0]))
        there = self.pass_by(at_s, x, y + 1, wait_s)
        self.thing(x, y, float(self.rng.uniform(0.4, 0.6)), 0.0, there + wait_s / 2)
        begin = there + wait_s / 2 + for_s
        self.expected.append(Expected("removed-object", begin, begin + 16, x, y))

    def decoy(self, kind: str, at_s: float) -> None:
        """Add what looks like something left behind, and is not."""
        (x, y), metre = self.spot(kind), self._ground.metre
        if kind in ("light", "shade"):
            there = self.pass_by(at_s, x, y + 1, float(self.rng.uniform(0, 3)))
            look = _light(round(0.6 * metre), kind == "light", float(self.rng.uniform(0.22, 0.4)))
            self.actors.append(
                Actor("other", look, np.array([there, self._seconds + 1]), np.array([[x, y], [x, y]]))
            )
        elif kind == "chair":
            there = self.pass_by(at_s, x, y + 1, 2.0)
            prop = self.thing(x, y, 0.6, 0.0, self._seconds + 1)
            step = float(self.rng.choice([-1, 1]) * self.rng.uniform(0.15, _STEP_M) * metre)
            times = np.array([0.0, there + 0.8, there + 1.6, self._seconds + 1])
            points = np.array([[x, y], [x, y], [x + step, y + 2], [x + step, y + 2]])
            self.actors[-1] = Actor("bag", prop.look, times, points)
        elif kind == "standing":
            self.pass_by(at_s, x, y, 28.0)
        elif kind == "car":
            paint = ((44, 40, 178), (206, 206, 204), (62, 60, 60))[int(self.rng.integers(3))]
            vehicle = car(CARS[int(self.rng.integers(3))], paint, metre * 0.9)
            times, way = travel([(-130.0, y), (x, y)], 130.0, start=at_s)
            stay = np.concatenate([times, [self._seconds + 1]]), np.concatenate([way, way[-1:]])
            self.actors.append(Actor("car", vehicle, *eased(*stay, 0.8)))
            away = WIDTH + 30.0
            self.walk(float(times[-1]) + 3.0, [(x + 10, y + 4), (away, min(y + 14, self._height - 4.0))], {})
        else:
            self.pass_by(at_s, x, y, float(self.rng.uniform(0, 6)))


def _apart(places: Sequence[tuple[float, float]], at: tuple[float, float]) -> NDArray[np.float64]:
    """Return the ways from a place to others, float64 (n, 2)."""
    return np.array(places, np.float64).reshape(-1, 2) - at


def _light(size: int, lighter: bool, depth: float) -> Still:
    """Return a patch of light or shade with soft edges."""
    fine = np.zeros((size + 16, 2 * size + 16), np.uint8)
    cv2.ellipse(fine, (size + 8, size // 2 + 8), (size, size // 2), 0, 0, 360, 255, -1)
    soft = cv2.GaussianBlur(fine, (0, 0), 2.0).astype(np.float32) * depth
    image = np.zeros((*fine.shape, 4), np.uint8)
    shade = np.zeros(fine.shape, np.uint8)
    if lighter:
        image[...] = soft.astype(np.uint8)[..., None]
    else:
        shade[...] = np.clip(soft * 2.5, 0, 255).astype(np.uint8)
    sprite = Sprite(image, shade, (fine.shape[1] / 2, float(fine.shape[0])))
    return Still(sprite, sprite)


def play(ground: str, background: NDArray[np.uint8], seed: int, for_s: float) -> Play:
    """Return one scene with a bag that is left, a thing that is taken, and two decoys."""
    made = Play(GROUNDS[ground], background, seed, SECONDS)
    made.leave(12.0, for_s)
    made.take(26.0, 5.0)
    made.decoy(DECOYS[seed % len(DECOYS)], 20.0)
    made.decoy(DECOYS[(seed // 2) % len(DECOYS)], 30.0)
    return made


def decoys(ground: str, background: NDArray[np.uint8], seed: int, seconds: float, every_s: float) -> Play:
    """Return one scene with decoys only, one every so many seconds."""
    made = Play(GROUNDS[ground], background, seed, seconds)
    for number in range(decoy_count(seconds, every_s)):
        made.decoy(DECOYS[(seed + number) % len(DECOYS)], 12.0 + every_s * number)
    return made


def decoy_count(seconds: float, every_s: float) -> int:
    """Return how many there are in such a scene: the last has time to be told."""
    return int((seconds - 45) / every_s) + 1

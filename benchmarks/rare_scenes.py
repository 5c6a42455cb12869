"""Generated scenes for what is rare: a crowd that starts, somebody who falls, a camera that sees no more.

Each has what meets its rule once, and before that a near miss of it, which goes by the seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from counting_scenes import OUTFITS
from events_scenes import Expected
from numpy.typing import NDArray

from apercu.footage.actors import Actor, eased, travel
from apercu.footage.backdrop import street_backdrop
from apercu.footage.figures import Outfit, walker
from apercu.footage.scene import SceneOptions, SyntheticScene
from apercu.footage.sprites import Picture, Still, both_ways
from apercu.footage.writer import VideoWriter

SIZE = (640, 360)
_RATE = Fraction(5)
_METRE = 34.0
_PACE = 1.4 * _METRE
_ANYWHERE = (0.0, float(SIZE[0]))
Points = list[tuple[float, float]]
Shape = Callable[[Outfit], Still]
Change = Callable[[Picture, float, NDArray[np.float32]], Picture]
"""What becomes of a picture of a camera, at a second, with noise (h, w, 3) of its own."""

RULES = {
    "crowd movement": '[[rule]]\nname = "crowd movement"\nkind = "crowd-movement"\n',
    "person on the ground": '[[rule]]\nname = "person on the ground"\nkind = "person-on-ground"\nfor_s = 4\n',
    "view covered": '[[rule]]\nname = "view covered"\nkind = "view-lost"\nwhat = "covered"\nfor_s = 6\n',
    "view blank": '[[rule]]\nname = "view blank"\nkind = "view-lost"\nwhat = "covered"\nfor_s = 6\n',
    "view moved": '[[rule]]\nname = "view moved"\nkind = "view-lost"\nwhat = "moved"\nfor_s = 6\n',
}
"""Rules for these scenes, by what they are about."""


@dataclass(frozen=True, slots=True)
class Film:
    """A scene, and what becomes of its pictures.

    Attributes:
        scene: as it is.
        change: what the camera makes of it.
    """

    scene: SyntheticScene
    change: Change | None = None

    def write(self, path: Path, *, crf: int = 20, preset: str = "veryfast") -> None:
        """Write it as ``SyntheticScene.write`` does."""
        if self.change is None:
            self.scene.write(path, crf=crf, preset=preset)
            return
        rng = np.random.default_rng(self.scene.options.seed)
        noise = rng.normal(0, 2, (4, *SIZE[::-1], 3)).astype(np.float32)
        with VideoWriter(path, *SIZE, _RATE, crf=crf, preset=preset) as writer:
            for n, picture in enumerate(self.scene.frames()):
                writer.write(self.change(picture, n / float(_RATE), noise[n % 4]))


def crowd(seed: int) -> tuple[Film, list[Expected]]:
    """Return eight people who walk about and then run apart.

    Before that nothing, two or three of eight who run, four who all run, or eight who stop one by one.
    """
    rng = np.random.default_rng([seed, 21])
    actors: list[Actor] = []

    def group(count: int, begin_s: float, run_s: float, runs: int) -> None:
        for k in range(count):
            x, y = 150.0 + 100 * (k % 4) + float(rng.uniform(-15, 15)), 262.0 + 70 * (k // 4)
            way = 1 if k % 2 else -1
            begin = x - way * _PACE * (run_s - begin_s), y
            angle = float(rng.uniform(0, 2 * np.pi))
            pace = 3.2 * _METRE if k < runs else _PACE
            end = (x + way * 700.0, y) if k >= runs else (x - way * 700.0 * abs(np.cos(angle)) - way * 120, y)
            times = np.array([begin_s, run_s, run_s + abs(end[0] - x) / pace])
            look = walker(OUTFITS[(seed + len(actors)) % len(OUTFITS)], _METRE)
            actors.append(Actor("person", look, *eased(times, np.array([begin, (x, y), end]), 0.8)))

    near = seed % 4
    if near:
        group(4 if near == 2 else 8, 1.0, 6.0, {1: 2, 2: 4, 3: 0}[near])
    group(8, 16.0, 22.0, 8)
    expected = [Expected("crowd movement", 21.5, 25.5, _ANYWHERE)]
    return Film(_street(seed, 28.0, actors)), expected


def fall(seed: int) -> tuple[Film, list[Expected]]:
    """Return somebody who falls and stays on the ground.

    Before that somebody who falls and gets up at once, who crouches, or who stands for long.
    """
    rng = np.random.default_rng([seed, 22])
    actors: list[Actor] = []

    def comes(at_s: float, x: float, y: float, stay_s: float, shape: Shape, up: bool) -> float:
        outfit = OUTFITS[(seed + len(actors)) % len(OUTFITS)]
        times, way = travel([(-30.0, y), (x, y)], _PACE, start=at_s)
        there = float(times[-1])
        actors.append(Actor("person", walker(outfit, _METRE), *eased(times, way, 0.6)))
        actors.append(
            Actor("person", shape(outfit), np.array([there + 0.1, there + stay_s]), np.array([[x, y]] * 2))
        )
        if up:
            times, way = travel([(x, y), (670.0, y)], _PACE, start=there + stay_s + 0.1)
            actors.append(Actor("person", walker(outfit, _METRE), times, way))
        return there

    y = float(rng.uniform(250, 345))
    stay_s, shape = ((1.6, _lying), (7.0, _crouching), (7.0, _standing))[seed % 3]
    comes(1.0, float(rng.uniform(180, 420)), y, stay_s, shape, up=True)
    x, y = float(rng.uniform(200, 460)), float(rng.uniform(250, 345))
    there = comes(13.0, x, y, 60.0, _lying, up=False)
    expected = [Expected("person on the ground", there + 3, there + 9, (x - 50, x + 50))]
    return Film(_street(seed, there + 10, actors)), expected


def covered(seed: int) -> tuple[Film, list[Expected]]:
    """Return a camera that is covered, put out of focus or in the dark.

    Before that for three seconds only, or half of it, or dusk that comes within twelve seconds.
    """
    rng = np.random.default_rng([seed, 23])
    begin_s, kind, near = 21.0, seed % 3, seed // 3 % 3
    cloth = float(rng.uniform(15, 90))

    def hidden(picture: Picture, noise: NDArray[np.float32]) -> Picture:
        if kind == 1:
            blurred = cv2.GaussianBlur(picture, (0, 0), float(SIZE[0]) / 30)
            return np.asarray(np.clip(blurred + noise, 0, 255), np.uint8)
        shown = np.float32(cloth) if kind == 0 else picture * np.float32(0.06)
        return np.asarray(np.clip(shown + noise, 0, 255), np.uint8)

    def change(picture: Picture, at_s: float, noise: NDArray[np.float32]) -> Picture:
        if at_s >= begin_s:
            return hidden(picture, noise)
        if near == 0 and 8 <= at_s < 11:
            return hidden(picture, noise)
        if near == 1 and 8 <= at_s < 16:
            half = hidden(picture, noise)
            half[:, SIZE[0] // 2 :] = picture[:, SIZE[0] // 2 :]
            return half
        if near == 2:
            gain = 1 - 0.5 * float(np.clip((at_s - 6) / 12, 0, 1))
            return np.asarray(picture * np.float32(gain), np.uint8)
        return picture

    expected = [Expected("view covered", begin_s + 5, begin_s + 10, _ANYWHERE)]
    return Film(_street(seed, 32.0, _passers(seed)), change), expected


def blank(seed: int) -> tuple[Film, list[Expected]]:
    """Return a camera whose pictures go black, white, or all of the blue that says that there is no signal.

    Before that for three seconds only, or its picture freezes for eight, or all of it is at night.
    """
    begin_s, kind, near = 21.0, seed % 3, seed // 3 % 3
    colour = ((0, 0, 0), (252, 252, 252), (190, 30, 10))[kind]
    held: list[Picture] = []

    def change(picture: Picture, at_s: float, noise: NDArray[np.float32]) -> Picture:
        if at_s >= begin_s or (near == 0 and 8 <= at_s < 11):
            return np.full_like(picture, colour)
        if near == 1 and 8 <= at_s < 16:
            held.append(picture)
            return held[0]
        if near == 2:
            return np.asarray(np.clip(picture * np.float32(0.15) + noise, 0, 255), np.uint8)
        return picture

    expected = [Expected("view blank", begin_s + 5, begin_s + 10, _ANYWHERE)]
    return Film(_street(seed, 32.0, _passers(seed)), change), expected


def moved(seed: int) -> tuple[Film, list[Expected]]:
    """Return a camera that is turned or tilted.

    Before that it shakes for a second and a half, gives a little, or a lorry hides much of what it sees.
    """
    rng = np.random.default_rng([seed, 24])
    begin_s, near = 21.0, seed % 3
    angle = float(rng.uniform(0, 2 * np.pi))
    way = float(rng.uniform(50, 160)) * np.array([np.cos(angle), 0.6 * np.sin(angle)])
    turn = float(rng.uniform(-6, 6))

    def shifted(picture: Picture, dx: float, dy: float, degrees: float) -> Picture:
        middle = (SIZE[0] / 2, SIZE[1] / 2)
        matrix = cv2.getRotationMatrix2D(middle, degrees, 1.25)
        matrix[:, 2] += np.array([dx, dy])
        return np.asarray(cv2.warpAffine(picture, matrix, SIZE, borderMode=cv2.BORDER_REFLECT_101), np.uint8)

    def change(picture: Picture, at_s: float, noise: NDArray[np.float32]) -> Picture:
        share = float(np.clip((at_s - begin_s) / 0.8, 0, 1))
        dx, dy = share * way
        if near == 0 and 8 <= at_s < 9.5:
            dx, dy = 12 * np.sin(17 * at_s), 9 * np.cos(23 * at_s)
        if near == 1 and at_s >= 8:
            dx += 2.0
        shown = shifted(picture, float(dx), float(dy), share * turn)
        if near == 2 and 8 <= at_s < 12:
            at = int((at_s - 8) / 4 * (SIZE[0] + 400)) - 400
            cv2.rectangle(shown, (at, 60), (at + 400, 340), (90, 110, 150), -1)
        return shown

    expected = [Expected("view moved", begin_s + 5, begin_s + 12, _ANYWHERE)]
    return Film(_street(seed, 34.0, _passers(seed)), change), expected


MADE = {
    "crowd movement": crowd,
    "person on the ground": fall,
    "view covered": covered,
    "view blank": blank,
    "view moved": moved,
}
"""What makes a scene for each of ``RULES``, from a seed."""


def _street(seed: int, seconds: float, actors: list[Actor]) -> SyntheticScene:
    options = SceneOptions(*SIZE, _RATE, seconds, seed=seed, noise_sigma=1.8, shadow=0.35)
    backdrop = cv2.GaussianBlur(street_backdrop(*SIZE, seed), (0, 0), 0.6)
    return SyntheticScene(options, actors=actors, background=np.asarray(backdrop, np.uint8))


def _passers(seed: int) -> list[Actor]:
    """Return two people who walk by."""
    walks = ((2.0, 290.0, 1), (12.0, 320.0, -1))
    return [
        Actor(
            "person",
            walker(OUTFITS[(seed + k) % len(OUTFITS)], _METRE),
            *travel([(-30.0, y), (670.0, y)][::way], _PACE, start=at_s),
        )
        for k, (at_s, y, way) in enumerate(walks)
    ]


def _figure(outfit: Outfit) -> Picture:
    """Return somebody who stands, cut out: uint8 (h, w, 4)."""
    image, _ = walker(outfit, _METRE).draw(None)
    rows, columns = (np.flatnonzero(image[..., 3].any(axis=axis)) for axis in (1, 0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _standing(outfit: Outfit) -> Still:
    return _still(_figure(outfit))


def _lying(outfit: Outfit) -> Still:
    return _still(np.asarray(cv2.rotate(_figure(outfit), cv2.ROTATE_90_CLOCKWISE), np.uint8))


def _crouching(outfit: Outfit) -> Still:
    """Return somebody who crouches: two thirds as high, and somewhat wider."""
    figure = _figure(outfit)
    size = round(1.4 * figure.shape[1]), round(0.65 * figure.shape[0])
    return _still(np.asarray(cv2.resize(figure, size, interpolation=cv2.INTER_AREA), np.uint8))


def _still(image: Picture) -> Still:
    return Still(*both_ways(np.ascontiguousarray(image), (image.shape[1] / 2, float(image.shape[0]))))

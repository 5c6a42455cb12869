"""Generic content for generated scenes: a textured still place, and shapes that move through it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.footage.actors import Actor, travel
from apercu.footage.sprites import Colour, Picture, Sprite, shape

_SIZES = {"person": (0.055, 0.16), "car": (0.22, 0.11), "bicycle": (0.10, 0.13), "truck": (0.30, 0.18)}
"""Width and height of each kind, as shares of the picture's height and at its lower edge."""

_COLOURS: tuple[Colour, ...] = (
    (40, 40, 200),
    (200, 90, 30),
    (60, 170, 60),
    (30, 190, 220),
    (190, 60, 170),
    (230, 230, 230),
    (40, 40, 45),
    (30, 110, 230),
)


def smooth_noise(shape: tuple[int, int], cell: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return noise (h, w), float32 about -1 to 1, that changes over about ``cell`` pixels."""
    grid = (max(2, round(shape[0] / cell) + 1), max(2, round(shape[1] / cell) + 1))
    coarse = rng.uniform(-1, 1, grid).astype(np.float32)
    return np.asarray(cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32)


def textured_background(width: int, height: int, seed: int) -> Picture:
    """Return a still place, BGR uint8 (h, w, 3): blotchy ground, structures with hard edges, fine grain."""
    rng = np.random.default_rng([seed, 1])
    tone = np.full((height, width), 118, np.float32)
    for cell, strength in ((height / 2, 22), (height / 8, 12), (height / 40, 6), (1.5, 3)):
        tone += strength * smooth_noise((height, width), max(cell, 1.5), rng)
    picture = tone[..., None] * rng.uniform(0.93, 1.07, 3).astype(np.float32)
    for _ in range(9):
        w, h = (int(v) for v in rng.uniform(0.05, 0.25, 2) * (width, height))
        x, y = int(rng.uniform(0, width - w)), int(rng.uniform(0, height * 0.45))
        region = picture[y : y + max(h, 2), x : x + max(w, 2)]
        region *= rng.uniform(0.6, 1.35, 3).astype(np.float32)
        cv2.rectangle(picture, (x, y), (x + w, y + h), (60.0, 60.0, 60.0), 1)
    return np.clip(picture, 0, 255).astype(np.uint8)


def bush(height: int, seed: int) -> Sprite:
    """Return a leafy ball of ``height`` pixels on a short stem."""
    rng = np.random.default_rng([seed, 4])
    canvas = np.zeros((height, height, 4), np.float32)
    stem = max(2, height // 12)
    canvas[height // 2 :, (height - stem) // 2 : (height + stem) // 2] = (40, 60, 80, 255)
    for _ in range(60):
        x, y = rng.normal(0, 0.17, 2) * height + (height / 2, height * 0.4)
        tone = rng.uniform(0.5, 1.1)
        centre = (round(x), round(y))
        colour = (45 * tone, 105 * tone, 60 * tone, 255.0)
        cv2.circle(canvas, centre, max(2, height // 12), colour, -1, cv2.LINE_AA)
    image = np.clip(canvas, 0, 255).astype(np.uint8)
    return Sprite(image, np.zeros(image.shape[:2], np.uint8), (height / 2, float(height)))


def random_actors(
    size: tuple[int, int], count: int, dwellers: int, crossing: bool, seconds: float, seed: int
) -> Sequence[Actor]:
    """Return ``count`` shapes that enter at one side, cross the lower half of the picture and leave again.

    The first ``dwellers`` of them stop half-way for a fifth of ``seconds``. With ``crossing`` they go in
    pairs that pass each other in the middle of the picture; without, each has its own lane and moment.
    """
    width, height = size
    rng = np.random.default_rng([seed, 2])
    actors = []
    for k in range(count):
        kind = str(rng.choice(list(_SIZES)))
        lane = (k // 2 if crossing else k) + 0.5
        lanes = (count + 1) // 2 if crossing else count
        depth = 0.55 + 0.42 * lane / lanes + (0.03 if crossing and k % 2 else 0.0)
        box = np.asarray(_SIZES[kind]) * height * (0.45 + 0.55 * depth) * rng.uniform(0.85, 1.15, 2)
        w, h = max(4, round(box[0])), max(6, round(box[1]))
        rightwards = k % 2 == 0
        ends = np.array([-w - h, width + w], float)
        y_ends = height * np.clip(depth + rng.uniform(-0.02, 0.02, 2), 0.5, 0.99)
        points = np.column_stack([ends if rightwards else ends[::-1], y_ends])
        points = np.insert(points, 1, points.mean(axis=0), axis=0)
        stop = seconds / 5 if k < dwellers else 0.0
        crossing_time = min(rng.uniform(0.3, 0.5), 0.75 - 0.2 * (k < dwellers)) * seconds
        speed = (np.ptp(ends)) / crossing_time
        free = seconds - crossing_time - stop
        moment = (lane - 0.5) / max(lanes - 1, 1) if crossing else rng.uniform()
        colour = _COLOURS[k % len(_COLOURS)]
        look = shape((w, h), colour, ellipse=kind in ("person", "bicycle"), seed=seed * 1009 + k)
        times, points = travel(points, speed, start=free * moment, stops={1: stop})
        actors.append(Actor(kind, look, times, points))
    return actors

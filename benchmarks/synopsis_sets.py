"""Generated days for the synopsis benchmark: people and vehicles on paths, seen from above a street."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.masks import CutMask, silhouette
from apercu.synopsis import MaskGrid, Tube

GRID = MaskGrid(320, 180, 1280, 720)
RATE = Fraction(25)
_SEEN_EVERY = 5
"""Output frames between two observations: masks change as often."""


def day(count: int, seed: int = 0) -> list[Tube]:
    """Return tubes in the order of their original start: one every twelve seconds on average.

    Two lanes of vehicles in both directions, two pavements and a crossing; who walks sways, sometimes stands,
    and everything is larger the lower it is in the picture.
    """
    rng = np.random.default_rng(seed)
    starts = np.cumsum(rng.exponential(12.0, count))
    return [_tube(rng, number, float(start)) for number, start in enumerate(starts, 1)]


def _tube(rng: np.random.Generator, number: int, start_s: float) -> Tube:
    if rng.random() < 0.45:
        return _vehicle(rng, number, start_s)
    return _walker(rng, number, start_s)


def _vehicle(rng: np.random.Generator, number: int, start_s: float) -> Tube:
    lane = int(rng.integers(2))
    y = (88, 110)[lane] + rng.normal(0, 2)
    speed = rng.uniform(40, 110)
    width = int(rng.integers(28, 46) * (0.9, 1.15)[lane])
    height = int(width * rng.uniform(0.42, 0.55))
    seconds = (GRID.width + width) / speed
    if rng.random() < 0.1:  # held up for a while
        seconds += rng.uniform(2, 8)
    times = _times(seconds)
    pause = max(0.0, seconds - (GRID.width + width) / speed)
    held = rng.uniform(0.2, 0.8) * (GRID.width + width) / speed
    way = np.where(times < held, times, np.maximum(held, times - pause)) * speed
    x = way if lane else GRID.width + width - way
    return _made(number, "car", start_s, np.column_stack([x - width, np.full(len(x), y)]), width, height)


def _walker(rng: np.random.Generator, number: int, start_s: float) -> Tube:
    kind = rng.random()
    if kind < 0.4:
        begin, end, size = (-10.0, 78.0), (330.0, 78.0), 1.0
    elif kind < 0.8:
        begin, end, size = (-10.0, 165.0), (330.0, 165.0), 1.5
    else:
        begin, end, size = (140.0, 60.0), (190.0, 185.0), 1.2
    if rng.random() < 0.5:
        begin, end = end, begin
    lateral = rng.normal(0, 6, 2)
    width, height = int(9 * size * rng.uniform(0.9, 1.3)), int(24 * size * rng.uniform(0.9, 1.1))
    distance = float(np.hypot(end[0] - begin[0], end[1] - begin[1]))
    seconds = distance / rng.uniform(16, 30)
    times = _times(seconds)
    share = (times / seconds)[:, None]
    way = np.array(begin) + lateral + share * (np.array(end) - np.array(begin))
    sway = np.column_stack([np.zeros(len(times)), 3 * np.sin(times * rng.uniform(0.3, 1.0))])
    return _made(number, "person", start_s, way + sway, width, height)


def _times(seconds: float) -> NDArray[np.float64]:
    return np.arange(max(2, int(seconds * RATE))) / float(RATE)


def _made(number: int, name: str, start_s: float, feet: NDArray[np.float64], width: int, height: int) -> Tube:
    """Return the tube of something whose left lower corner is at ``feet``, cells (n, 2)."""
    count = len(feet)
    corners = np.round(feet - [0, height]).astype(np.int32)
    swing = np.clip([width - 1, width, width + 1, width], 1, None)
    sizes = np.array([(w, height) for w in swing], np.int32)
    masks = [CutMask(0, 0, silhouette(int(w), height)).packed() for w in swing]
    nearest = (np.arange(count) // _SEEN_EVERY % len(swing)).astype(np.int32)
    boxes = (np.column_stack([corners, corners + sizes[nearest]]) * GRID.cell_px).astype(np.float32)
    seconds = start_s + np.arange(count) / float(RATE)
    return Tube(
        "day",
        number,
        name,
        start_s,
        start_s,
        RATE,
        nearest,
        boxes,
        corners,
        masks,
        sizes,
        seconds,
        0 * seconds,
    )

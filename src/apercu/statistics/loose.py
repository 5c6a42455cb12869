"""Ends of tracks near a line: what may be one object, broken in two, must cross it once.

An end holds where and how a track ended or began, and no more of it: neither whose it was, nor its way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from apercu.geometry import near_edges
from apercu.statistics.intervals import SECOND_US, Micros
from apercu.statistics.lines import LEFT, RIGHT, Crossings, Passes, Sides
from apercu.statistics.paths import Floats, Indices, Paths, to_micros

BRIDGED_S = 3.0
"""Longest time between the end of one piece and the beginning of the other, seconds."""

NOTHING_US = -1
_NEAR_SIZES = 2.0
_EXTRAPOLATED_S = 0.5
_MOVING_SIZES_S = 0.4
_EDGE = 0.01
_BEFORE_S = 1.5
"""How far back one looks for how something went: while it vanishes behind a wall, its box seems to stop."""


@dataclass(frozen=True, slots=True)
class Loose:
    """Ends and beginnings of tracks near lines, one row each.

    Attributes:
        line: int64 (n,), index into the scene's lines.
        begins: bool (n,), whether a track begins here; else one ends.
        named: int64 (n,), index into ``CLASSES``.
        at_us: int64 (n,), when, microseconds of the run.
        place, velocity: float64 (n, 2), feet in pixels, and pixels per second.
        size: float64 (n,), pixels.
        at_edge: bool (n,), whether its box reaches the edge of the picture, where things come and go.
        side: int64 (n,), the side it was clearly on last, or first: ``RIGHT``, ``LEFT``, or 0 for none.
        clear: float64 (n, 2), where that was; clear_us: int64 (n,), when.
        crossed: int64 (n,), the way of its last crossing, or its first; 0 for none.
        crossed_us: int64 (n,), when that was.
        passed_us: int64 (n,), when it went through the line without being clearly beyond, though its velocity
            says that it was soon, or had been; ``NOTHING_US`` otherwise.
        serial: int64 (n,), number that both ends of a track near a line share, for as long as they wait.
    """

    line: Indices
    begins: NDArray[np.bool_]
    named: Indices
    at_us: Micros
    place: Floats
    velocity: Floats
    size: Floats
    at_edge: NDArray[np.bool_]
    side: Indices
    clear: Floats
    clear_us: Micros
    crossed: Indices
    crossed_us: Micros
    passed_us: Micros
    serial: Indices

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return several, one at least, as one."""
        return cls(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)))

    @classmethod
    def of(
        cls,
        paths: Paths,
        number: int,
        sides: Sides,
        passes: Passes,
        found: Crossings,
        picture: tuple[int, int],
        serial: int,
    ) -> tuple[Self, Indices]:
        """Return the ends near line ``number``, and for each crossing the serial of the beginning it follows.

        That is -1 for crossings that are not the first of a track which begins near the line. Numbers begin
        with ``serial``. Tracks that go on have no ends.
        """
        order = np.argsort(found.times, kind="stable")
        parts, opens = [], np.full(len(found.times), -1, np.int64)
        for begins in (True, False):
            if paths.going_on and not begins:
                continue
            at = paths.begins if begins else paths.ends
            clear = _first_clear(paths, sides) if begins else _last_clear(paths, sides)
            known = clear >= 0
            side = np.where(known, np.sign(sides.across[clear]), 0).astype(np.int64)
            crossed, crossed_at = np.zeros(paths.count, np.int64), np.full(paths.count, -1, np.int64)
            ranked = order[::-1] if begins else order
            crossed[found.owners[ranked]] = found.to[ranked]
            crossed_at[found.owners[ranked]] = ranked
            owners = np.arange(paths.count)
            velocity = np.nan_to_num(paths.velocities(owners, paths.times[at], paths.feet, _BEFORE_S))
            boxes = paths.boxes[at]
            margin = _EDGE * max(picture)
            numbers = serial + owners
            out = near_edges(boxes, picture, margin)
            crossed_us = np.full(paths.count, NOTHING_US)
            has = crossed_at >= 0
            crossed_us[has] = to_micros(found.times[crossed_at[has]])
            every = cls(
                np.full(paths.count, number, np.int64),
                np.full(paths.count, begins),
                paths.classes,
                to_micros(paths.times[at]),
                paths.feet[at],
                velocity,
                paths.sizes[at],
                np.asarray(np.any(out, axis=1)),
                side,
                paths.feet[clear],
                np.where(known, to_micros(paths.times[clear]), NOTHING_US),
                crossed,
                crossed_us,
                _passed(paths, sides, passes, at, clear, side, velocity, begins=begins),
                numbers,
            )
            reach = _NEAR_SIZES * every.size + BRIDGED_S * np.hypot(*velocity.T)
            near = np.abs(sides.across[at]) <= reach
            if begins:
                opens[crossed_at[has & near]] = numbers[has & near]
            parts.append(every._only(near))
        return cls.joined(parts), opens

    def _only(self, kept: NDArray[np.bool_]) -> Self:
        return type(self)(*(getattr(self, f.name)[kept] for f in fields(self)))

    def settled(self, before_us: int) -> Self:
        """Return what may still matter when all before a moment, microseconds of the run, is settled."""
        return self._only(self.at_us >= before_us - round(3 * BRIDGED_S * SECOND_US))

    def __len__(self) -> int:
        return len(self.at_us)


def _last_clear(paths: Paths, sides: Sides) -> Indices:
    """Return the last observation of each track that is clearly on a side, -1 for none: int64 (count,)."""
    last = np.maximum.accumulate(np.where(sides.clear, np.arange(len(sides.across)), -1))[paths.ends]
    return np.where(last >= paths.begins, last, -1)


def _first_clear(paths: Paths, sides: Sides) -> Indices:
    """Return the first observation of each track that is clearly on a side, -1 for none: int64 (count,)."""
    count = len(sides.across)
    backwards = np.where(sides.clear, np.arange(count), count)[::-1]
    first = np.minimum.accumulate(backwards)[::-1][paths.begins]
    return np.where(first <= paths.ends, first, -1)


def _passed(
    paths: Paths,
    sides: Sides,
    passes: Passes,
    at: Indices,
    clear: Indices,
    side: Indices,
    velocity: Floats,
    *,
    begins: bool,
) -> Micros:
    """Return ``Loose.passed_us`` of all tracks."""
    ends = clear if begins else at
    net = passes.sums[ends] - passes.sums[at if begins else clear]
    to = side if begins else -side
    way = np.where(begins, 1.0, -1.0) * side
    normal = np.array([-1.0, 1.0]) * (sides.way[::-1])
    onward = (velocity @ normal) * way
    beyond = np.abs(sides.across[at]) + _EXTRAPOLATED_S * onward
    moving = onward >= _MOVING_SIZES_S * paths.sizes[at]
    found = (clear >= 0) & (net * to > 0) & moving & (beyond >= sides.margin[at])
    times = np.full(paths.count, NOTHING_US, np.int64)
    for direction in (RIGHT, LEFT):
        chosen = np.flatnonzero(found & (to == direction))
        times[chosen] = to_micros(passes.last(direction, ends[chosen]))
    return times

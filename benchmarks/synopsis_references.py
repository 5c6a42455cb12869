"""What arrangements are compared with: earliest-free-start greedy, and annealing of the classical energy.

Both look at the same coarse cells as Aperçu, so that they differ in how they search and in nothing else.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apercu.synopsis import MaskGrid, Tube
from apercu.synopsis.compiled import compiled
from apercu.synopsis.footprints import Coarse, Footprints, Units
from apercu.synopsis.occupancy import cover_of
from apercu.synopsis.pricing import ANY_CROWD, AT_ONCE, PLANES, price_of
from apercu.synopsis.seating import Prints, Room, place, take
from apercu.synopsis.shapes import Shapes

_LOOK_BACK_S = 300.0
_TOLERANCES = 7
_LENGTHS = 8
_MOVES_AT_ONCE = 2000
_ORDER = 0.05
"""Weight of temporal consistency: of a tube's own cells, for each neighbour it has changed places with."""


@dataclass(frozen=True, slots=True)
class Found:
    """An arrangement: output frame of each start, int64 (n,), how many frames in all, and seconds spent."""

    starts: NDArray[np.int64]
    frames: int
    seconds: float


class References:
    """Both references on one set of tubes, in the order of their original start."""

    def __init__(self, tubes: list[Tube], grid: MaskGrid, rate: float) -> None:
        self._shapes = Shapes.of(tubes, grid)
        self._coarse = Coarse.fitting(self._shapes, rate)
        self._count = len(tubes)
        units = Units.of([[i] for i in range(len(tubes))], np.zeros(len(tubes), np.int64))
        self._prints = Footprints.of(units, self._shapes, self._coarse)
        self._lived = np.concatenate([[0], np.cumsum(self._prints.lengths)]).astype(np.int64)
        used, cells = np.unique(self._prints.cells, return_inverse=True)
        self._used = len(used)
        self._units = Prints(
            cells.astype(np.int32),
            self._prints.ticks,
            self._prints.bounds,
            self._prints.crowd,
            self._lived,
        )
        self._lengths = np.diff(self._shapes.bounds)
        self._back = int(_LOOK_BACK_S * rate / self._coarse.tick)

    def overlap(self, starts: NDArray[np.int64]) -> float:
        """Return the exact overlap ratio of starts in frames."""
        frames = int((starts + self._lengths).max(initial=1))
        return cover_of(self._shapes, starts)[1] / (self._shapes.width * self._shapes.height * frames)

    def greedy(self, budget: float) -> Found:
        """Place each tube, in order, at the earliest start where at most a share of it overlaps.

        That share is searched so that the overlap of the whole stays within the budget.
        """
        begin = time.perf_counter()
        best = self._greedy(0.0)
        low, high = 0.0, 1.0
        for _ in range(_TOLERANCES if budget > 0 else 0):
            middle = (low + high) / 2
            trial = self._greedy(middle)
            if self.overlap(trial) > budget:
                high = middle
            else:
                low = middle
                best = min(best, trial, key=self._frames)
        return Found(best, self._frames(best), time.perf_counter() - begin)

    def annealed(self, budget: float, seconds: float, guess: int, seed: int = 0) -> Found | None:
        """Anneal activity, collision and temporal consistency at one length after another, as long as
        allowed.

        The first length is ``guess`` frames; after a success it is shorter, after a failure longer. All
        tubes are shown, so the activity term is 0 throughout.

        Source: Pritch, Rav-Acha, Peleg, "Nonchronological Video Synopsis and Indexing", PAMI 30(11), 2008.

        Returns:
            The shortest within the budget; None where there was none in the time.
        """
        rng = np.random.default_rng(seed)
        begin = time.perf_counter()
        tick, least = self._coarse.tick, int(self._prints.lengths.max())
        best: Found | None = None
        length, below, above = guess / tick, float(least - 1), np.inf
        while time.perf_counter() - begin < seconds * (1 - 0.5 / _LENGTHS) and length < above:
            until = min(begin + seconds, time.perf_counter() + seconds / _LENGTHS)
            ticks = max(least, round(length))
            starts = self._anneal(ticks, until, rng) * tick
            if self.overlap(starts) <= budget:
                above = ticks
                best = Found(starts, self._frames(starts), 0.0)
            else:
                below = ticks
            length = (below + above) / 2 if np.isfinite(above) else 1.5 * ticks
            if above - below <= 1:
                break
        return None if best is None else Found(best.starts, best.frames, time.perf_counter() - begin)

    def _frames(self, starts: NDArray[np.int64]) -> int:
        return int((starts + self._lengths).max(initial=0))

    def _greedy(self, tolerance: float) -> NDArray[np.int64]:
        longest = int(self._prints.lengths.max(initial=1))
        ticks = 16 * longest + 512
        while True:
            starts = _earliest(Room.empty(self._used, ticks), self._units, tolerance, self._back)
            if starts[-1] >= 0:
                return np.asarray(starts * self._coarse.tick)
            ticks *= 2

    def _anneal(self, ticks: int, until: float, rng: np.random.Generator) -> NDArray[np.int64]:
        room = Room.empty(self._used, ticks)
        highs = ticks - self._prints.lengths
        starts = np.round(np.linspace(0, 1, self._count) * highs).astype(np.int64)
        for unit in range(self._count):
            place(room, self._units, unit, int(starts[unit]))
        heat = 0.2 * float(self._prints.volumes.mean())
        begin, now = time.perf_counter(), 0.0
        while now < until:
            now = time.perf_counter()
            share = min(1.0, (now - begin) / max(1e-9, until - begin))
            chosen = rng.integers(0, self._count, _MOVES_AT_ONCE)
            # Half of the moves go anywhere, half nearby.
            anywhere = rng.random(_MOVES_AT_ONCE) * (highs[chosen] + 1)
            away = rng.normal(0, 20, _MOVES_AT_ONCE)
            chance, local = rng.random(_MOVES_AT_ONCE), rng.random(_MOVES_AT_ONCE) < 0.5
            _anneal(
                room,
                self._units,
                starts,
                highs,
                chosen,
                anywhere.astype(np.int64),
                away.astype(np.int64),
                local,
                chance,
                max(1e-3, heat * 10.0 ** (-4 * share)),
            )
        return starts


@compiled
def _earliest(
    room: Room,
    prints: Prints,
    tolerance: float,
    back: int,
) -> NDArray[np.int64]:
    _, once, crowd = room
    cells, ticks, bounds, own, lived = prints
    starts = np.full(len(bounds) - 1, -1, np.int64)
    planes, out = np.empty(PLANES, np.uint64), np.empty(AT_ONCE, np.int64)
    latest = 0
    for unit in range(len(starts)):
        mine = slice(bounds[unit], bounds[unit + 1])
        length = lived[unit + 1] - lived[unit]
        first = max(0, latest - back)
        while starts[unit] < 0:
            if first + AT_ONCE + length > len(crowd):
                return np.full(len(starts), -1, np.int64)
            most = int(tolerance * (bounds[unit + 1] - bounds[unit]))
            price_of(
                once, crowd, cells[mine], ticks[mine], own[:0], ANY_CROWD, first, AT_ONCE, most, planes, out
            )
            for k in range(AT_ONCE):
                if out[k] <= most:
                    starts[unit] = first + k
                    break
            first += AT_ONCE
        latest = max(latest, starts[unit])
        place(room, prints, unit, starts[unit])
    return starts


@compiled
def _anneal(
    room: Room,
    prints: Prints,
    starts: NDArray[np.int64],
    highs: NDArray[np.int64],
    chosen: NDArray[np.int64],
    anywhere: NDArray[np.int64],
    away: NDArray[np.int64],
    local: NDArray[np.bool_],
    chance: NDArray[np.float64],
    heat: float,
) -> None:
    for k in range(len(chosen)):
        unit = chosen[k]
        was = starts[unit]
        to = min(max(was + away[k], 0), highs[unit]) if local[k] else min(anywhere[k], highs[unit])
        change = 0.0
        for other in range(max(0, unit - 4), min(len(starts), unit + 5)):
            if other != unit:
                before = (was > starts[other]) == (unit > other) or was == starts[other]
                after = (to > starts[other]) == (unit > other) or to == starts[other]
                change += (before - after) * _ORDER * (prints.bounds[unit + 1] - prints.bounds[unit])
        change -= take(room, prints, unit, was)
        change += place(room, prints, unit, to)
        if change > 0 and chance[k] >= np.exp(-change / heat):
            take(room, prints, unit, to)
            place(room, prints, unit, was)
        else:
            starts[unit] = to

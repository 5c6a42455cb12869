"""The shortest placing of some units under an overlap budget, or the one of a given length that shares least.

Units are served in the order in which there is room for them; then they are shaken: to the left, to the
right, and to the left again, each as far as it goes. What sharing a cell costs, in ticks, is one price for
all, so that the budget is spent where it buys most; the price is searched. What effort is left goes into
trying again from elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apercu.synopsis.stage import Indices, Stage

_CHEAPEST, _DEAREST = 2.0**-8, 2.0**4
_SEARCHES, _FEW = 5, 4
"""Prices tried, and where little effort is made."""
_NEAR = 1.05
"""What is so little longer than the least possible is short enough where little effort is made."""
_PATIENCE = 60
_LEAST_GAIN = 0.5
"""Ticks by which to lower the end at least."""
_AROUND = 160


@dataclass(frozen=True, slots=True)
class Task:
    """What is wanted of a placing.

    Attributes:
        units: int64 (k,), those to be placed, in the order of their original start.
        floor: first tick at which they may begin.
        rank: float64 (n,), chronological place of each unit of the stage, 0 to 1.
        chronology: ticks by which the last is taken to begin later than the first one could, as a share of
            the length: 0 for any order.
        budget: largest share of output space and time that may be shared.
        volume: of one tick, cells.
        lengths: float64 (n,), ticks that each unit of the stage lasts, to the frame.
        length: ticks wanted, to the frame; None for as few as possible.
        quick: whether fewer prices are tried, and what is nearly as short as can be is short enough.
        exact: tells the starts' overlap, exactly, as a share of output space and time.
    """

    units: Indices
    floor: int
    rank: NDArray[np.float64]
    chronology: float
    budget: float
    volume: float
    lengths: NDArray[np.float64]
    length: float | None
    quick: bool
    exact: Callable[[Indices], float]


@dataclass(frozen=True, slots=True)
class _Try:
    """One placing: the price it was made with, starts of all units on stage, its end, overlap, and crowds."""

    price: float
    starts: Indices
    end: float
    overlap: float
    crowded: bool


class Packer:
    """Looks for the best placing of a task on a stage; what is on stage already stays where it is.

    Args:
        stage: where to.
        task: what is wanted.
        rng: decides where trying again begins.
    """

    def __init__(self, stage: Stage, task: Task, rng: np.random.Generator) -> None:
        self._stage, self._task, self._rng = stage, task, rng
        self._span = max(task.floor + float(task.lengths[task.units].max(initial=0)), self._end())
        self._least = max(self._span, task.floor + stage.least(task.units))
        self._cost = 0
        self._overstated = 0.0

    def best(self, allowance: float) -> Indices:
        """Return starts (n,) of all units on stage, in ticks, found with about so many cells looked at."""
        best = self._search()
        until = self._stage.work + allowance
        best = self._fill(best, until) if self._task.length is not None else self._squeeze(best, until)
        best = self._again(best, until)
        self._stage.restore(best.starts)
        self._calm(best)
        calm = self._taken(best.price)
        # Where nothing fits it may be calm at least, but with no more on screen than may be.
        taken = self._fits(calm) or (not self._fits(best) and calm.crowded <= best.crowded)
        return calm.starts if taken else best.starts

    def _end(self) -> float:
        """Return when the last on stage ends, ticks, to the frame."""
        on = self._stage.starts >= 0
        return float((self._stage.starts + self._task.lengths)[on].max(initial=0))

    @property
    def _wanted(self) -> float:
        if self._task.length is not None:
            return max(self._least, self._task.length)
        return self._least * (_NEAR if self._task.quick else 1.0)

    def _fits(self, trial: _Try) -> bool:
        if self._task.length is not None:
            return trial.end <= self._wanted and not trial.crowded
        return trial.overlap <= self._task.budget and not trial.crowded

    def _search(self) -> _Try:
        """Return the best try over prices."""
        dear, cheap = np.log2(_DEAREST), np.log2(_CHEAPEST)
        if self._task.length is not None:  # the dearest that is short enough
            # Where sharing costs nothing, nobody looks how many are there already.
            best = self._try(_CHEAPEST if self._stage.capped else 0.0)
            fitting, failing = cheap, dear
        elif self._task.budget <= 0:
            return self._try(np.inf)
        else:  # the cheapest that shares little enough
            best = None
            fitting, failing = dear, cheap
        for _ in range(_FEW if self._task.quick else _SEARCHES):
            middle = (fitting + failing) / 2
            trial = self._try(2.0**middle)
            if self._fits(trial):
                fitting = middle
                if best is None or self._better(trial, best):
                    best = trial
                if self._task.length is None and best.end <= self._wanted:
                    break  # nothing that shares more is shorter
            else:
                failing = middle
        return best or self._try(np.inf)

    def _better(self, trial: _Try, best: _Try) -> bool:
        if self._task.length is not None:
            return trial.overlap < best.overlap
        return trial.end < best.end

    def _again(self, best: _Try, until: float) -> _Try:
        """Serve all again, others first, while there is effort left: without overlap nothing else helps."""
        task, stage = self._task, self._stage
        if task.budget > 0 or task.length is not None or len(task.units) < 2:
            return best
        kept = np.zeros(len(task.units))
        typical = float(stage.footprints.lengths[task.units].mean())
        idle = 0
        while stage.work + self._cost < until and best.end > self._wanted and idle < _PATIENCE:
            changed = self._rng.random(len(kept)) < self._rng.choice([0.1, 0.4, 1.0])
            spread = float(self._rng.choice([0.1, 0.4, 1.2])) * typical
            jitter = kept + changed * self._rng.normal(0, spread, len(kept))
            trial = self._try(best.price, jitter, shaken=True)
            if self._fits(trial) and trial.end < best.end:
                best, kept, idle = trial, jitter, 0
            idle += 1
        return best

    def _fill(self, best: _Try, until: float) -> _Try:
        """Move whatever shares to where it shares least within the length, or within what it takes."""
        stage, units = self._stage, self._task.units
        stage.restore(best.starts)
        highs = _whole(max(self._wanted, best.end) - self._task.lengths[units])
        while stage.shared and stage.work < until:
            before = stage.shared
            order = self._rng.permutation(len(units))
            self._least_shared(units[order], highs[order])
            if stage.shared >= before:
                break
        filled = self._taken(best.price)
        return best if filled.crowded and not best.crowded else filled

    def _squeeze(self, best: _Try, until: float) -> _Try:
        """Lower the end step by step while the budget holds; what shares moves to where it shares least."""
        task, stage = self._task, self._stage
        if task.budget <= 0:
            return best
        stage.restore(best.starts)
        units, lengths = task.units, task.lengths[task.units]
        less = (best.end - task.floor) / 16
        while less >= _LEAST_GAIN and best.end > self._wanted and stage.work < until:
            end = max(self._wanted, best.end - less)
            highs = _whole(end - lengths)
            late = np.flatnonzero(stage.starts[units] > highs)
            self._least_shared(units[late], highs[late])
            trial = None
            for _ in range(4):
                before = stage.shared
                order = self._rng.permutation(len(units))
                self._least_shared(units[order], highs[order])
                trial = self._taken(best.price)
                if self._fits(trial) or stage.shared > 0.97 * before:
                    break
            assert trial is not None
            if self._fits(trial):
                best, less = trial, less * 1.5
            else:
                stage.restore(best.starts)
                less /= 2
        return best

    def _least_shared(self, units: Indices, highs: Indices) -> None:
        there = np.clip(self._stage.starts[units], self._task.floor, highs)
        lows = np.maximum(self._task.floor, there - _AROUND)
        self._stage.seat(units, lows, np.minimum(highs, there + _AROUND), there, 1e3)

    def _taken(self, price: float) -> _Try:
        """Return what is on stage now.

        Its overlap is measured exactly where it decides; where it is far from the budget, by as much as
        coarse cells overstated it before.
        """
        stage, task = self._stage, self._task
        coarse = stage.shared / task.volume / max(1.0, self._end() - task.floor)
        overlap = coarse if task.length is not None or not task.budget else coarse * self._overstated
        # Coarse cells overstate: where they share nothing, nothing is shared, but within a unit.
        if task.length is None and task.budget > 0 and overlap <= task.budget:
            overlap = task.exact(stage.starts)
            self._overstated = overlap / coarse if coarse and overlap else self._overstated
        return _Try(price, stage.starts.copy(), self._end(), overlap, stage.crowded)

    def _try(self, price: float, jitter: NDArray[np.float64] | None = None, *, shaken: bool = False) -> _Try:
        """Place all units anew."""
        task, stage = self._task, self._stage
        before = stage.work
        stage.remove(task.units[stage.starts[task.units] >= 0])
        late = task.chronology * self._span * task.rank[task.units]
        stage.serve(task.units, task.floor, late if jitter is None else late + jitter, price)
        self._span = self._end()
        if shaken:
            self._shake(price)
        self._cost = stage.work - before
        return self._taken(price)

    def _shake(self, price: float) -> None:
        """Move units to the right as far as they go, the last first, and back to the left."""
        stage, units = self._stage, self._task.units
        lengths = self._task.lengths[units]
        reach = int(lengths.mean()) + 1
        starts = stage.starts[units]
        order = np.argsort(-(starts + lengths), kind="stable")
        highs = np.minimum(_whole(self._end() - lengths), starts + reach)[order]
        stage.seat(units[order], starts[order], highs, highs, price)
        starts = stage.starts[units]
        order = np.argsort(starts, kind="stable")
        lows = np.maximum(self._task.floor, starts - reach)[order]
        stage.seat(units[order], lows, starts[order], lows, price)

    def _calm(self, best: _Try) -> None:
        """Move units towards their chronological place, as far as nothing more is shared."""
        task, stage = self._task, self._stage
        units, lengths = task.units, task.lengths[task.units]
        room = _whole(max(best.end, self._wanted) - task.floor - lengths)
        wanted = (task.floor + task.rank[units] * room).astype(np.int64)
        for order in (units.argsort(), (-lengths).argsort(kind="stable")):
            there = stage.starts[units]
            reach = np.abs(wanted - there)
            lows, highs = (
                np.maximum(task.floor, wanted - reach),
                np.minimum(task.floor + room, wanted + reach),
            )
            stage.seat(units[order], lows[order], highs[order], wanted[order], 1.0, keep=True)


def _whole(ticks: NDArray[np.float64]) -> Indices:
    """Return the last whole ticks not after these."""
    return np.floor(ticks + 1e-9).astype(np.int64)

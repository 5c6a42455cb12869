"""Output time and space, filled unit by unit: what each would share with the others at every start.

Time runs along the rows, so that looking at one cell over many starts reads memory in order.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from apercu.synopsis import seating
from apercu.synopsis.footprints import Footprints
from apercu.synopsis.pricing import ANY_CROWD, AT_ONCE, words_for
from apercu.synopsis.seating import Prints, Room

Indices = NDArray[np.int64]
_POOL = 600
"""Units among which the next is chosen: more find a little more room, and take time."""
_MORE = 1.25
"""Times the least ticks possible for which there is room at first."""
_DEAREST = 1e9
"""Stands for an infinite price, with which nothing could be multiplied."""


class Stage:
    """Where some units are in output time and space.

    Args:
        footprints: of the units.
        cap: most tubes on screen at once; None for any number. One unit alone may have more.

    Attributes:
        footprints: as given.
        starts: int64 (n,), tick at which each unit begins; -1 where it is not on stage.
        shared: cells times ticks under two or more units.
        work: cells looked at so far, the measure of effort.
    """

    def __init__(self, footprints: Footprints, cap: int | None = None) -> None:
        self.footprints = footprints
        self.starts = np.full(len(footprints.lengths), -1, np.int64)
        self.shared = 0
        self.work = 0
        used = np.bincount(footprints.cells) > 0
        cells = (np.cumsum(used, dtype=np.int32) - 1)[footprints.cells]
        lived = np.concatenate([[0], np.cumsum(footprints.lengths)]).astype(np.int64)
        self._prints = Prints(cells, footprints.ticks, footprints.bounds, footprints.crowd, lived)
        self._cap = ANY_CROWD if cap is None else cap
        self._room = Room.empty(int(np.count_nonzero(used)))

    @property
    def end(self) -> int:
        """Tick after the last."""
        return int((self.starts + self.footprints.lengths)[self.starts >= 0].max(initial=0))

    @property
    def capped(self) -> bool:
        """Whether there is a most that may be on screen at once."""
        return self._cap < ANY_CROWD

    @property
    def crowded(self) -> bool:
        """Whether more tubes are on screen at once than the cap, or a unit alone, allows."""
        alone = int(self.footprints.crowd.max(initial=0))
        return int(self._room.crowd.max(initial=0)) > max(self._cap, alone)

    def least(self, units: Indices) -> float:
        """Return the ticks that units last at least, with no more tubes on screen at once than the cap."""
        mine = np.repeat(np.isin(np.arange(len(self.starts)), units), self.footprints.lengths)
        crowd = self.footprints.crowd[mine].astype(np.int64)
        return float(np.minimum(crowd, self._cap).sum()) / self._cap

    def put(self, units: Indices, starts: Indices) -> None:
        """Place units where they are told to be."""
        self.seat(units, starts, starts, starts, 0.0)

    def seat(
        self,
        units: Indices,
        lows: Indices,
        highs: Indices,
        wanted: Indices,
        price: float,
        *,
        keep: bool = False,
    ) -> None:
        """Move units, one after the other, each to the best start given where all others are.

        The best start has the least ``|start - wanted| + price * shared``; of equals, the earliest.

        Args:
            units: int64 (k,), those to move or to place.
            lows, highs, wanted: int64 (k,), from where to where each may begin and where best, ticks.
            price: ticks that one shared cell is worth; infinite: nothing is shared where that is possible.
            keep: units on stage may share no more than before, and stay where that leaves no choice.
        """
        self._reach(int((highs + self.footprints.lengths[units]).max(initial=0)))
        self._count(
            seating.seat(
                self._room,
                self._prints,
                self._cap,
                self.starts,
                units,
                lows,
                highs,
                wanted,
                min(price, _DEAREST),
                keep,
            )
        )

    def serve(self, units: Indices, floor: int, handicap: NDArray[np.float64], price: float) -> None:
        """Place units in the order in which there is room for them: next is always who may begin first.

        What goes the same way follows one another by itself, which no order given beforehand brings about.

        Args:
            units: int64 (k,), those to place, in the order in which they may be chosen.
            floor: first tick at which they may begin.
            handicap: float64 (k,), ticks by which each is taken to begin later than it could.
            price: as for ``seat``.
        """
        if not len(units):
            return
        reach = 2 * int(self.footprints.lengths[units].max(initial=0))
        end = max(floor, self.end)
        self._reach(end + reach + int(_MORE * self.least(units)))
        size = min(_POOL, len(units))
        pool, score, order = np.empty((3, size), np.int64), np.empty(size), np.empty(len(units), np.int64)
        now = np.array([0, 0, 0, end, floor], np.int64)
        while True:
            self._count(
                seating.serve(
                    self._room,
                    self._prints,
                    self._cap,
                    self.starts,
                    units,
                    floor,
                    reach,
                    handicap,
                    min(price, _DEAREST),
                    self.footprints.regions,
                    pool,
                    score,
                    order,
                    now,
                )
            )
            if now[2] == len(units):
                return
            self._reach(2 * len(self._room.crowd))

    def remove(self, units: Indices) -> None:
        """Take units off the stage."""
        self.shared -= seating.vacate(self._room, self._prints, self.starts, units)

    def restore(self, starts: Indices) -> None:
        """Place every unit where it was."""
        self.remove(np.flatnonzero((starts != self.starts) & (self.starts >= 0)))
        missing = np.flatnonzero(starts != self.starts)
        self.put(missing, starts[missing])

    def _count(self, found: tuple[int, int]) -> None:
        self.shared += int(found[0])
        self.work += int(found[1])

    def _reach(self, tick: int) -> None:
        """Make room up to a tick."""
        tick += AT_ONCE
        held = len(self._room.crowd)
        if tick > held:
            ticks = max(tick, held * 3 // 2)
            counts, once, crowd = self._room
            self._room = Room(
                _widened(counts, ticks), _widened(once, words_for(ticks)), _widened(crowd, ticks)
            )


def _widened(array: NDArray[Any], width: int) -> NDArray[Any]:
    """Return an array with zeros to the right of it; the system gives out memory for those that are used."""
    wide = np.zeros((*array.shape[:-1], width), array.dtype)
    wide[..., : array.shape[-1]] = array
    return wide

"""An endless synopsis: tubes arrive as time goes by, and each is told when it is shown.

Starts never go back, so that what is told can be shown at once; what is kept is what is still on screen, and
a few tubes among which the next is chosen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from apercu.synopsis.footprints import Coarse, Footprints, Units
from apercu.synopsis.options import ArrangeOptions
from apercu.synopsis.pricing import ANY_CROWD, AT_ONCE, CROWDED, PLANES, price_of, words_for
from apercu.synopsis.seating import Prints, Room, place
from apercu.synopsis.shapes import Shapes
from apercu.synopsis.tubes import MaskGrid, Tube

_Number = TypeVar("_Number", bound=np.generic)
_POOL = 16
_ALONE = Units(np.zeros(1, np.int64), np.array([0, 1], np.int64), np.zeros(1, np.int64))


@dataclass(frozen=True, slots=True)
class _Waiting:
    tube: Tube
    footprint: Footprints


class Stream:
    """Arranges tubes without end; ``length_s``, ``chronology``, ``together`` and ``effort`` play no part.

    Args:
        grid: the tubes' mask grid.
        rate: output frames per second.
        options: overlap budget and density.
        pool: tubes that wait, of which the one there is room for first is shown next; 1 keeps their order.
    """

    def __init__(
        self, grid: MaskGrid, rate: Fraction, options: ArrangeOptions | None = None, pool: int = _POOL
    ) -> None:
        options = options or ArrangeOptions()
        self._grid, self._rate, self._pool = grid, rate, max(1, pool)
        self._overlap = options.overlap
        self._cap = ANY_CROWD if options.density is None else options.density
        self._coarse: Coarse | None = None
        self._waiting: list[_Waiting] = []
        self._floor = self._held_from = self._end = self._shared = 0
        self._room = Room.empty(0)

    @property
    def held(self) -> int:
        """Ticks of output time that are kept."""
        return len(self._room.crowd)

    def add(self, tube: Tube) -> Iterator[tuple[Tube, int]]:
        """Take the next tube, in the order of their original start; yield those that are decided."""
        shapes = Shapes.of([tube], self._grid)
        if self._coarse is None:
            self._coarse = Coarse.fitting(shapes, float(self._rate))
            self._room = Room.empty(self._coarse.width * self._coarse.height)
        self._waiting.append(_Waiting(tube, Footprints.of(_ALONE, shapes, self._coarse)))
        while len(self._waiting) >= self._pool:
            yield self._next(self._coarse)

    def finish(self) -> Iterator[tuple[Tube, int]]:
        """Yield what still waits: no more will come."""
        while self._waiting and self._coarse is not None:
            yield self._next(self._coarse)

    def _next(self, coarse: Coarse) -> tuple[Tube, int]:
        """Place whoever may begin first, and forget what lies before."""
        firsts = [self._earliest(waiting.footprint, coarse) for waiting in self._waiting]
        chosen = int(np.argmin(firsts))
        waiting, start = self._waiting.pop(chosen), firsts[chosen]
        footprint = waiting.footprint
        length = int(footprint.lengths[0])
        self._move(start, max(self._end, start + length))
        lived = np.array([0, length], np.int64)
        prints = Prints(footprint.cells, footprint.ticks, footprint.bounds, footprint.crowd, lived)
        self._shared += place(self._room, prints, 0, start - self._held_from)
        self._end = max(self._end, start + length)
        return waiting.tube, start * coarse.tick

    def _earliest(self, footprint: Footprints, coarse: Coarse) -> int:
        length = int(footprint.lengths[0])
        self._move(self._floor, self._end + length + AT_ONCE)
        budget = self._overlap * coarse.area * self._end - self._shared
        planes, out = np.empty(PLANES, np.uint64), np.empty(AT_ONCE, np.int64)
        enough = min(int(max(0.0, budget)), CROWDED - 1)
        for first in range(self._floor, self._end, AT_ONCE):
            count = min(AT_ONCE, self._end - first)
            price_of(
                self._room.once,
                self._room.crowd,
                footprint.cells,
                footprint.ticks,
                footprint.crowd,
                self._cap,
                first - self._held_from,
                count,
                enough,
                planes,
                out,
            )
            fits = out[:count] <= enough
            if fits.any():
                return first + int(np.argmax(fits))
        return self._end

    def _move(self, floor: int, end: int) -> None:
        """Keep output time from one tick, or up to a word before it, to another."""
        gone = (floor - self._held_from) // AT_ONCE  # whole words
        self._held_from += gone * AT_ONCE
        length = words_for(max(end, self._end) - self._held_from)
        counts, once, crowd = self._room
        self._room = Room(
            _window(counts, gone * AT_ONCE, length * AT_ONCE),
            _window(once, gone, length),
            _window(crowd[None], gone * AT_ONCE, length * AT_ONCE)[0],
        )
        self._floor = floor


def _window(rows: NDArray[_Number], gone: int, length: int) -> NDArray[_Number]:
    """Return rows without their first columns, made as long as told."""
    if gone == 0 and rows.shape[1] >= length and rows.shape[1] <= 2 * length:
        return rows
    moved = np.zeros((len(rows), length), rows.dtype)
    kept = rows[:, gone : gone + length]
    moved[:, : kept.shape[1]] = kept
    return moved

"""Tubes made ready to be arranged: what does not depend on how they are arranged is worked out once.

Somebody who shapes a synopsis arranges the same tubes again and again, with another overlap or density each
time. Their silhouettes, who belonged with whom, and the cells they take stay the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from apercu.synopsis.footprints import Coarse, Footprints, Units
from apercu.synopsis.interactions import composites, interacting
from apercu.synopsis.occupancy import cover_of
from apercu.synopsis.shapes import Shapes
from apercu.synopsis.tubes import MaskGrid, Tube

_FULL = 0.15
"""Share of output space and time that a synopsis seldom fills."""
_KEPT, _KEPT_CELLS = 3, 8_000_000
"""Footprints kept at most, and cells times ticks of each: what takes longer to pack is traced anew."""
Parts = list[list[int]]


class Ready:
    """Some tubes, and what is known of them before they are arranged.

    Args:
        tubes: in the order of their original start, all on one time line.
        grid: their mask grid.
        rate: output frames per second.

    Attributes:
        tubes, grid, rate: as given.
        lengths: int64 (n,), frames that each lasts.
        shapes: their silhouettes.
    """

    def __init__(self, tubes: Sequence[Tube], grid: MaskGrid, rate: float) -> None:
        self.tubes, self.grid, self.rate = tubes, grid, rate
        self.lengths = np.array([len(tube) for tube in tubes], np.int64)
        self._together: dict[float, tuple[Parts, NDArray[np.int64], list[int]]] = {}
        self._traced: dict[tuple[Coarse, bytes], Footprints] = {}
        self._fitting: dict[tuple[bool, float], Coarse] = {}

    @cached_property
    def shapes(self) -> Shapes:
        """Their silhouettes."""
        return Shapes.of(self.tubes, self.grid)

    def coarse(self, *, close: bool, frames: float) -> Coarse:
        """Return how coarsely the room is looked at, see ``Coarse.fitting``."""
        key = close, frames
        if key not in self._fitting:
            self._fitting[key] = Coarse.fitting(self.shapes, self.rate, close=close, frames=frames)
        return self._fitting[key]

    def footprints(self, units: Units, coarse: Coarse) -> Footprints:
        """Return the footprints of units of these tubes; the last ones asked for are kept."""
        key = coarse, b"".join(part.tobytes() for part in (units.members, units.bounds, units.offsets))
        found = self._traced.pop(key, None) or Footprints.of(units, self.shapes, coarse)
        if len(found.cells) <= _KEPT_CELLS:
            kept = [*self._traced.items()][1 - _KEPT :]
            self._traced = dict([*kept, (key, found)])
        return found

    def parts(
        self, together: float | None, length: int | None, budget: float, density: int | None = None
    ) -> tuple[Parts, NDArray[np.int64]]:
        """Return which tubes move together, and when each begins among them, frames, int64 (n,).

        What overlapped when it was filmed overlaps in every arrangement that keeps it together: it is taken
        apart where that would use up the budget, the most costly first, where it would not fit into the
        length, or where more of it are on screen at once than may be.

        Args:
            together: see ``ArrangeOptions``.
            length: output frames wanted; None for as few as possible.
            budget: share of output space and time that those kept together may share.
            density: most tubes on screen at once; None for any number.
        """
        if together is None:
            return [[i] for i in range(len(self.tubes))], np.zeros(len(self.tubes), np.int64)
        parts, offsets, cost = self._composites(together)
        several = [part for part in parts if len(part) > 1]
        left = np.inf
        if length is None:
            area = self.grid.width * self.grid.height
            left = budget * area * max(float(self.lengths.max()), self._covered / area / _FULL)
        apart: set[int] = set()
        for k in np.argsort(cost, kind="stable").tolist():
            part = several[k]
            too_long = length is not None and int((offsets + self.lengths)[part].max()) > length
            too_many = density is not None and _most_at_once(offsets[part], self.lengths[part]) > density
            if cost[k] > left or too_long or too_many:
                apart |= set(part)
            else:
                left -= cost[k]
        alone = offsets.copy()
        alone[list(apart)] = 0
        return sorted(
            piece for part in parts for piece in ([[i] for i in part] if part[0] in apart else [part])
        ), alone

    @cached_property
    def _covered(self) -> int:
        """Cells that the tubes take one after the other, summed over their frames."""
        return cover_of(self.shapes, np.cumsum(self.lengths) - self.lengths)[0]

    def _composites(self, together: float) -> tuple[Parts, NDArray[np.int64], list[int]]:
        """Return all parts, when each tube begins within its own, and what those of several share."""
        if together not in self._together:
            parts, offsets = composites(self.tubes, interacting(self.tubes, together))
            cost = [cover_of(self.shapes, offsets, np.array(part))[1] for part in parts if len(part) > 1]
            self._together = {together: (parts, offsets, cost)}
        return self._together[together]


def _most_at_once(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> int:
    """Return how many tubes are on screen at once at most."""
    there = (starts[:, None] <= starts) & (starts < (starts + lengths)[:, None])
    return int(there.sum(axis=0).max())

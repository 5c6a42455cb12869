"""Where things usually go: learned from what passes, in cells of the picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apercu.events.view import View

Floats = NDArray[np.float64]

_CELLS = np.array([16, 9])
_OTHERS, _AGREE = 8, 0.8
_GOING_SIZES_S = 0.3


class UsualFlow:
    """The usual direction in each of 16 x 9 cells of a camera's picture.

    It is known where eight others passed and mostly agree: their mean is 0.8 long or more. Each object counts
    once for each cell, when it leaves it. One of these may be shared by the runs of one camera, in order of
    time. Nothing of an object stays but its part in these sums.
    """

    def __init__(self) -> None:
        self._sums = np.zeros((*_CELLS, 2))
        self._counts = np.zeros(_CELLS)
        self._now: dict[int, tuple[tuple[int, int], Floats]] = {}

    def begin(self) -> None:
        """Begin another run: its objects have other numbers."""
        self._now = {}

    def see(self, view: View, width: int, height: int) -> Floats:
        """Learn from one moment, and return the usual directions where objects are.

        Args:
            view: what is in view.
            width, height: of the picture, pixels.

        Returns:
            float64 (n, 2), x and y of length 1; NaN where nothing is usual.
        """
        shares = (view.feet / [width, height]).clip(0, 1 - 1e-9)
        cells = np.floor(shares * _CELLS).astype(np.int64)
        usual = self.usual(cells)
        ways = headings(view)
        for owner, cell, way in zip(view.owners.tolist(), cells.tolist(), ways, strict=True):
            before = self._now.get(owner)
            if before is not None and before[0] != tuple(cell):
                self._learn(*before)
                del self._now[owner]
            if not np.isnan(way[0]):
                self._now[owner] = ((cell[0], cell[1]), way)
        for owner in view.gone:
            if owner in self._now:
                self._learn(*self._now.pop(owner))
        return usual

    def usual(self, cells: NDArray[np.int64]) -> Floats:
        """Return the usual directions in cells (n, 2), column and row: float64 (n, 2), NaN where none is."""
        sums, counts = self._sums[tuple(cells.T)], self._counts[tuple(cells.T)]
        lengths = np.hypot(*sums.T)
        known = (counts >= _OTHERS) & (lengths >= _AGREE * counts)
        return np.where(known[:, None], sums / np.where(known, lengths, 1.0)[:, None], np.nan)

    def _learn(self, cell: tuple[int, int], way: Floats) -> None:
        self._sums[cell] += way
        self._counts[cell] += 1


def headings(view: View) -> Floats:
    """Return where objects go, float64 (n, 2) of length 1; NaN where one stands or nobody knows."""
    speeds = np.hypot(*view.velocities.T)
    going = speeds > _GOING_SIZES_S * view.sizes  # of NaN this is not true
    return np.where(going[:, None], view.velocities / np.where(going, speeds, 1.0)[:, None], np.nan)

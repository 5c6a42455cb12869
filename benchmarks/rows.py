"""Boxes with their frame and identity, as true and found ones are compared."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rows:
    """Boxes with the frame and the identity of each, in any order.

    Attributes:
        frames: int64 (n,), from 1.
        ids: int64 (n,).
        boxes: float64 (n, 4), x1 y1 x2 y2 in pixels.
    """

    frames: NDArray[np.int64]
    ids: NDArray[np.int64]
    boxes: Boxes

    @classmethod
    def read_mot(cls, path: Path) -> Rows:
        """Read MOTChallenge rows: frame, id, x, y, width, height, ..."""
        table = np.loadtxt(path, delimiter=",", usecols=range(6), ndmin=2)
        boxes = np.concatenate([table[:, 2:4], table[:, 2:4] + table[:, 4:6]], axis=1)
        return cls(table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), boxes)

    def write_mot(self, path: Path) -> None:
        """Write MOTChallenge rows, as ``read_mot`` reads them."""
        size = self.boxes[:, 2:] - self.boxes[:, :2]
        ones = np.ones((len(self), 1))
        rows = np.column_stack([self.frames, self.ids, self.boxes[:, :2], size, ones])
        np.savetxt(path, rows, fmt=["%d", "%d", *["%.4f"] * 4, "%d"], delimiter=",")

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, chosen: NDArray[np.bool_]) -> Rows:
        """Return the rows picked by a boolean mask."""
        return Rows(self.frames[chosen], self.ids[chosen], self.boxes[chosen])

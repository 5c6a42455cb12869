"""One original picture while objects are cut out of it: what many of them ask for is made once."""

from __future__ import annotations

from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.footage import Frame, Planes
from apercu.synopsis.tubes import MaskGrid, Tube

Picture = NDArray[np.uint8]
Region = tuple[int, int, int, int]


class Shot:
    """A picture, the empty scene at its time, and whose silhouettes lie where.

    Args:
        frame: the picture.
        second: its time, seconds from the start of its recording.
        scene: the empty scene.
        shown: tubes, their numbers and samples, that are cut out.
        grid: their mask grid.
    """

    def __init__(
        self,
        frame: Frame,
        second: float,
        scene: Planes,
        shown: list[tuple[Tube, int, int]],
        grid: MaskGrid,
    ) -> None:
        self.second, self.scene = second, scene
        self.width, self.height = frame.width, frame.height
        self._frame, self._shown, self._grid = frame, shown, grid

    @cached_property
    def planes(self) -> Planes:
        """All of the picture, a copy of what was decoded."""
        return self._frame.planes()

    def within(self, around: tuple[float, float, float, float]) -> Region | None:
        """Return the pixels of the picture in a box x1 y1 x2 y2, from even to even ones; None outside."""
        width, height = min(self.width, self.scene.width), min(self.height, self.scene.height)
        x1, y1 = max(0, int(around[0])), max(0, int(around[1]))
        x2, y2 = min(width, int(around[2]) + 1), min(height, int(around[3]) + 1)
        if x1 >= x2 or y1 >= y2:
            return None
        return x1 - x1 % 2, y1 - y1 % 2, x2 + x2 % 2, y2 + y2 % 2

    def others(self, number: int, region: Region) -> Picture | None:
        """Return where in a region of pixels other tubes are, uint8 (h, w), 255 there; None for nowhere."""
        if self._claims is None:
            return None
        (x1, y1, x2, y2), cell_px = region, self._grid.cell_px
        a, b = x1 // cell_px, y1 // cell_px
        part = self._claims[b : -(-y2 // cell_px), a : -(-x2 // cell_px)]
        taken = (part > 0) & (part != number + 1)
        if not taken.any():
            return None
        cells = cv2.dilate(taken.view(np.uint8) * np.uint8(255), np.ones((3, 3), np.uint8))
        size = (cells.shape[1] * cell_px, cells.shape[0] * cell_px)
        large = np.asarray(cv2.resize(cells, size, interpolation=cv2.INTER_NEAREST), np.uint8)
        left, top = x1 - a * cell_px, y1 - b * cell_px
        whole = np.zeros((y2 - y1, x2 - x1), np.uint8)
        cut = large[top : top + y2 - y1, left : left + x2 - x1]
        whole[: cut.shape[0], : cut.shape[1]] = cut
        return whole

    @cached_property
    def _claims(self) -> NDArray[np.int32] | None:
        """Which tube, by number + 1, each cell (h, w) belongs to; None for a single tube."""
        if len(self._shown) < 2:
            return None
        claims = np.zeros((self._grid.height, self._grid.width), np.int32)
        for tube, number, sample in self._shown:
            mask = tube.mask(sample)
            left, top = max(0, mask.x), max(0, mask.y)
            part = claims[top : max(top, mask.y + mask.height), left : max(left, mask.x + mask.width)]
            cells = mask.cells[top - mask.y :, left - mask.x :][: part.shape[0], : part.shape[1]]
            part[cells] = number + 1
        return claims

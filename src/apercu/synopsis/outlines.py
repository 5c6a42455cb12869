"""Where a tube's silhouette lies at a sample: between two observations it moves and changes smoothly."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.analysis.masks import unpack
from apercu.synopsis.tubes import Tube

Picture = NDArray[np.uint8]
Region = tuple[int, int, int, int]

_ROOM = 0.08
_LEAST_ROOM, _MOST_ROOM = 3, 12
_SOFT = 2
"""How far the soft edge of a silhouette reaches beyond it, cells."""
_CORE = 0.12
_PIECE = 0.2
_APART_S = 1.0


@dataclass(frozen=True, slots=True)
class Shape:
    """One observation's silhouette on cells, with room around it.

    Attributes:
        layers: uint8 (h, w, 3), 255 inside: the silhouette; what is left when its rim is taken off; the
            silhouette grown over its room.
        room: cells around it.
    """

    layers: Picture
    room: int

    @classmethod
    def of(cls, cells: NDArray[np.bool_]) -> Shape:
        """Return the shape of a silhouette, bool (h, w)."""
        height, width = cells.shape
        room = int(np.clip(_ROOM * max(height, width), _LEAST_ROOM, _MOST_ROOM))
        own = np.pad(cells.view(np.uint8) * np.uint8(255), room)
        rim = 1 + 2 * max(1, round(_CORE * min(height, width)))
        core = _large_pieces(np.asarray(cv2.erode(own, _disc(rim)), np.uint8))
        near = cv2.dilate(own, _disc(2 * room - 1))
        return cls(np.asarray(cv2.merge([own, core, near]), np.uint8), room)


@dataclass(frozen=True, slots=True)
class Placed:
    """A shape in the picture: the left top corner of its cells, room included, in pixels, and its weight."""

    shape: Shape
    x: float
    y: float
    weight: float


class Outline:
    """The silhouettes of one tube, asked for sample by sample, in order.

    Args:
        tube: the tube.
        cell_px: side of the mask's cells, pixels.
    """

    def __init__(self, tube: Tube, cell_px: int) -> None:
        self._tube, self._cell = tube, cell_px
        changes = np.flatnonzero(np.diff(tube.nearest)) + 1
        firsts = np.concatenate([[0], changes])
        lasts = np.concatenate([changes, [len(tube)]]) - 1
        self._middles = (firsts + lasts) // 2
        self._feet = np.column_stack([(tube.boxes[:, 0] + tube.boxes[:, 2]) / 2, tube.boxes[:, 3]])
        self._shapes: dict[int, Shape] = {}

    def at(self, sample: int) -> list[Placed]:
        """Return the one or two silhouettes that a sample lies at or between; their weights add up to 1."""
        after = int(np.searchsorted(self._middles, sample))
        before = max(after - 1, 0)
        after = min(after, len(self._middles) - 1)
        a, b = int(self._middles[before]), int(self._middles[after])
        way = min(max((sample - a) / (b - a), 0.0), 1.0) if b > a else 0.0
        if (b - a) / float(self._tube.rate) > _APART_S:
            way = float(way > 0.5)
        chosen = [(middle, share) for middle, share in ((a, 1 - way), (b, way)) if share > 0.02]
        kept = {}
        placed = []
        for middle, share in chosen:
            kept[middle] = self._shapes.get(middle) or Shape.of(self._cells(middle))
            corner = self._tube.corners[middle] - kept[middle].room
            x, y = (corner * self._cell + self._feet[sample] - self._feet[middle]).tolist()
            placed.append(Placed(kept[middle], x, y, share))
        self._shapes = kept
        return placed

    def _cells(self, sample: int) -> NDArray[np.bool_]:
        observation = int(self._tube.nearest[sample])
        width, height = self._tube.sizes[observation].tolist()
        return unpack(self._tube.masks[observation], width, height)

    def around(self, placed: list[Placed]) -> tuple[float, float, float, float]:
        """Return the box that holds all of them with their room, x1 y1 x2 y2 in pixels."""
        cell = self._cell
        corners = [
            (p.x, p.y, p.x + p.shape.layers.shape[1] * cell, p.y + p.shape.layers.shape[0] * cell)
            for p in placed
        ]
        low, high = np.min(corners, axis=0), np.max(corners, axis=0)
        return float(low[0]), float(low[1]), float(high[2]), float(high[3])

    def close(self, placed: list[Placed]) -> tuple[float, float, float, float]:
        """Return the box that holds the silhouettes alone with their soft edges, likewise."""
        x1, y1, x2, y2 = self.around(placed)
        less = (min(p.shape.room for p in placed) - _SOFT) * self._cell
        return x1 + less, y1 + less, x2 - less, y2 - less

    def drawn(self, placed: list[Placed], region: Region) -> tuple[Picture, Picture, Picture]:
        """Return silhouettes in a region, uint8 (h, w) with soft edges: whole, without rim, with room."""
        x1, y1, x2, y2 = region
        cell = self._cell
        drawn, so_far = None, 0.0
        for p in placed:
            to = np.array([[cell, 0, p.x - x1 + (cell - 1) / 2], [0, cell, p.y - y1 + (cell - 1) / 2]])
            one = cv2.warpAffine(p.shape.layers, to, (x2 - x1, y2 - y1), flags=cv2.INTER_LINEAR)
            so_far += p.weight
            share = p.weight / so_far
            drawn = one if drawn is None else cv2.addWeighted(drawn, 1 - share, one, share, 0)
        assert drawn is not None, "every sample has a silhouette"
        own, core, near = cv2.split(cv2.blur(drawn, (2 * cell + 1, 2 * cell + 1)))
        return np.asarray(own, np.uint8), np.asarray(core, np.uint8), np.asarray(near, np.uint8)


def _large_pieces(mask: Picture) -> Picture:
    """Return a mask without pieces much smaller than its largest: those are often of someone beside it."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    if count <= 2:
        return mask
    areas = stats[:, cv2.CC_STAT_AREA]
    small = areas < _PIECE * areas[1:].max()
    return np.where(small[labels], np.uint8(0), mask)


def _disc(side: int) -> Picture:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)

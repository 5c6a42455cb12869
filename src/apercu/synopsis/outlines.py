"""Where a tube's silhouette lies at a sample: between two observations it moves and changes smoothly."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import cache

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
    """One observation's silhouette, with room around it.

    Attributes:
        layers: uint8 (2 or 3, h, w), pixels with soft edges, 255 inside: the silhouette; what is left when
            its rim is taken off; where that is asked for, the silhouette grown over its room.
        room: cells around it.
    """

    layers: Picture
    room: int

    @classmethod
    def of(cls, cells: NDArray[np.bool_], cell_px: int, *, near: bool) -> Shape:
        """Return the shape of a silhouette, bool (h, w), on cells; ``near`` asks for its third layer."""
        height, width = cells.shape
        room = int(np.clip(_ROOM * max(height, width), _LEAST_ROOM, _MOST_ROOM))
        own = np.pad(cells.view(np.uint8) * np.uint8(255), room)
        rim = 1 + 2 * max(1, round(_CORE * min(height, width)))
        layers = [own, _large_pieces(np.asarray(cv2.erode(own, _disc(rim)), np.uint8))]
        if near:
            layers.append(np.asarray(cv2.dilate(own, _disc(2 * room - 1)), np.uint8))
        size, soft = (own.shape[1] * cell_px, own.shape[0] * cell_px), (2 * cell_px + 1, 2 * cell_px + 1)
        large = [cv2.blur(cv2.resize(layer, size, interpolation=cv2.INTER_LINEAR), soft) for layer in layers]
        return cls(np.stack(large).astype(np.uint8, copy=False), room)

    def cut(self, x: int, y: int, width: int, height: int) -> Picture:
        """Return a part of the layers, uint8 (n, height, width), from x, y on; 0 beyond their edges."""
        part = np.zeros((len(self.layers), height, width), np.uint8)
        left, top = max(0, x), max(0, y)
        seen = self.layers[:, top : max(top, y + height), left : max(left, x + width)]
        part[:, top - y : top - y + seen.shape[1], left - x : left - x + seen.shape[2]] = seen
        return part


@dataclass(frozen=True, slots=True)
class Placed:
    """A shape in the picture: its left top corner, room included, in pixels, and its weight."""

    shape: Shape
    x: int
    y: int
    weight: float


class Outline:
    """The silhouettes of one tube, asked for sample by sample, in order.

    Args:
        tube: the tube.
        cell_px: side of the mask's cells, pixels.
        near: whether what lies around the silhouette is asked for as well.
    """

    def __init__(self, tube: Tube, cell_px: int, *, near: bool = True) -> None:
        self._tube, self._cell, self._near = tube, cell_px, near
        changes = np.flatnonzero(np.diff(tube.nearest)) + 1
        firsts = np.concatenate([[0], changes])
        lasts = np.concatenate([changes, [len(tube)]]) - 1
        self._middles: list[int] = ((firsts + lasts) // 2).tolist()
        feet = np.column_stack([(tube.boxes[:, 0] + tube.boxes[:, 2]) / 2, tube.boxes[:, 3]])
        self._feet: list[list[float]] = feet.tolist()
        self._shapes: dict[int, Shape] = {}

    def at(self, sample: int) -> list[Placed]:
        """Return the one or two silhouettes that a sample lies at or between; their weights add up to 1."""
        after = bisect_left(self._middles, sample)
        a, b = self._middles[max(after - 1, 0)], self._middles[min(after, len(self._middles) - 1)]
        way = min(max((sample - a) / (b - a), 0.0), 1.0) if b > a else 0.0
        if (b - a) / float(self._tube.rate) > _APART_S:
            way = float(way > 0.5)
        chosen = [(middle, share) for middle, share in ((a, 1 - way), (b, way)) if share > 0.02]
        kept = {}
        placed = []
        for middle, share in chosen:
            shape = self._shapes.get(middle)
            if shape is None:
                shape = Shape.of(self._cells(middle), self._cell, near=self._near)
            kept[middle] = shape
            (left, top), room = self._tube.corners[middle].tolist(), shape.room
            (x, y), (then_x, then_y) = self._feet[sample], self._feet[middle]
            x, y = (left - room) * self._cell + x - then_x, (top - room) * self._cell + y - then_y
            placed.append(Placed(shape, round(x), round(y), share))
        self._shapes = kept
        return placed

    def _cells(self, sample: int) -> NDArray[np.bool_]:
        observation = int(self._tube.nearest[sample])
        width, height = self._tube.sizes[observation].tolist()
        return unpack(self._tube.masks[observation], width, height)

    def around(self, placed: list[Placed]) -> Region:
        """Return the box that holds all of them with their room, x1 y1 x2 y2 in pixels."""
        return (
            min(p.x for p in placed),
            min(p.y for p in placed),
            max(p.x + p.shape.layers.shape[2] for p in placed),
            max(p.y + p.shape.layers.shape[1] for p in placed),
        )

    def close(self, placed: list[Placed], around: Region) -> Region:
        """Return the box that holds the silhouettes alone with their soft edges, of that with their room."""
        x1, y1, x2, y2 = around
        less = (min(p.shape.room for p in placed) - _SOFT) * self._cell
        return x1 + less, y1 + less, x2 - less, y2 - less

    def drawn(self, placed: list[Placed], region: Region) -> Picture:
        """Return silhouettes in a region, uint8 (2 or 3, h, w): the layers of shapes."""
        x1, y1, x2, y2 = region
        parts = [p.shape.cut(x1 - p.x, y1 - p.y, x2 - x1, y2 - y1) for p in placed]
        if len(parts) == 1:
            return parts[0]
        rows = [part.reshape(-1, x2 - x1) for part in parts]
        mixed = cv2.addWeighted(rows[0], placed[0].weight, rows[1], placed[1].weight, 0)
        return np.asarray(mixed, np.uint8).reshape(parts[0].shape)


def _large_pieces(mask: Picture) -> Picture:
    """Return a mask without pieces much smaller than its largest: those are often of someone beside it."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    if count <= 2:
        return mask
    areas = stats[:, cv2.CC_STAT_AREA]
    small = areas < _PIECE * areas[1:].max()
    return np.where(small[labels], np.uint8(0), mask)


@cache
def _disc(side: int) -> Picture:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)

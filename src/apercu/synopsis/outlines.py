"""Where a tube's silhouette lies at a sample: between two observations it moves and changes smoothly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.analysis.masks import unpack
from apercu.geometry import feet
from apercu.synopsis.compiled import compiled
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
_NEARLY = 0.02
"""So near to an observation, as a share of the way to the next, a sample shows that one alone."""


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
        own = np.zeros((height + 2 * room, width + 2 * room), np.uint8)
        own[room : room + height, room : room + width] = cells * np.uint8(255)
        rim = 1 + 2 * max(1, round(_CORE * min(height, width)))
        layers = [own, _large_pieces(np.asarray(cv2.erode(own, _disc(rim)), np.uint8))]
        if near:
            layers.append(np.asarray(cv2.dilate(own, _disc(2 * room - 1)), np.uint8))
        size, soft = (own.shape[1] * cell_px, own.shape[0] * cell_px), (2 * cell_px + 1, 2 * cell_px + 1)
        large = [cv2.blur(cv2.resize(layer, size, interpolation=cv2.INTER_LINEAR), soft) for layer in layers]
        return cls(np.stack(large).astype(np.uint8, copy=False), room)


class Silhouette(NamedTuple):
    """The one or two shapes that a sample lies at or between, in the picture.

    Attributes:
        first, second: layers of both, see ``Shape``; twice the same where there is but one.
        place, other: left top corners of both, room included, pixels.
        share: weight of the first, of 256.
        spare: pixels around what is its own, soft edges included, at least.
    """

    first: Picture
    second: Picture
    place: tuple[int, int]
    other: tuple[int, int]
    share: int
    spare: int

    @property
    def around(self) -> Region:
        """The box that holds both with their room, x1 y1 x2 y2 in pixels."""
        (x, y), (u, v) = self.place, self.other
        (_, height, width), (_, high, wide) = self.first.shape, self.second.shape
        return min(x, u), min(y, v), max(x + width, u + wide), max(y + height, v + high)

    @property
    def close(self) -> Region:
        """The box that holds them alone with their soft edges."""
        x1, y1, x2, y2 = self.around
        return x1 + self.spare, y1 + self.spare, x2 - self.spare, y2 - self.spare


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
        middles = (np.concatenate([[0], changes]) + np.concatenate([changes, [len(tube)]]) - 1) // 2
        samples = np.arange(len(tube))
        after = np.searchsorted(middles, samples)
        first, second = middles[np.maximum(after - 1, 0)], middles[np.minimum(after, len(middles) - 1)]
        way = np.clip((samples - first) / np.maximum(second - first, 1), 0, 1)
        way = np.where(second - first > _APART_S * float(tube.rate), way > 0.5, way)
        begins, ends = way < _NEARLY, way > 1 - _NEARLY
        share = np.where(begins | ends, 256, np.round(256 * (1 - way))).astype(int)
        between = np.where(ends, second, first), np.where(begins, first, second), share
        # The middles that a sample lies between, and the share of the first, of 256.
        self._between: list[list[int]] = np.column_stack(between).tolist()
        self._feet: list[list[float]] = feet(tube.boxes).tolist()
        self._corners: list[list[int]] = tube.corners.tolist()
        self._shapes: dict[int, Shape] = {}

    def at(self, sample: int) -> Silhouette:
        """Return where it lies at a sample."""
        a, b, share = self._between[sample]
        if self._shapes.keys() != {a, b}:
            self._shapes = {middle: self._shapes.get(middle) or self._shape(middle) for middle in (a, b)}
        first, second = self._shapes[a], self._shapes[b]
        spare = (min(first.room, second.room) - _SOFT) * self._cell
        places = self._place(first, a, sample), self._place(second, b, sample)
        return Silhouette(first.layers, second.layers, *places, share, spare)

    def _place(self, shape: Shape, middle: int, sample: int) -> tuple[int, int]:
        """Return where the left top corner of a shape lies at a sample: it moves with the feet."""
        (left, top), (x, y), (then_x, then_y) = self._corners[middle], self._feet[sample], self._feet[middle]
        x, y = (left - shape.room) * self._cell + x - then_x, (top - shape.room) * self._cell + y - then_y
        return round(x), round(y)

    def _shape(self, middle: int) -> Shape:
        return Shape.of(self._cells(middle), self._cell, near=self._near)

    def _cells(self, sample: int) -> NDArray[np.bool_]:
        observation = int(self._tube.nearest[sample])
        width, height = self._tube.sizes[observation].tolist()
        return unpack(self._tube.masks[observation], width, height)


@compiled
def drawn(silhouette: Silhouette, region: Region) -> Picture:
    """Return a silhouette in a region x1 y1 x2 y2, uint8 (2 or 3, h, w): the layers of shapes."""
    x1, y1, x2, y2 = region
    layers = np.empty((len(silhouette.first), y2 - y1, x2 - x1), np.uint8)
    total = np.empty((y2 - y1, x2 - x1), np.uint16)
    sums, drawn = total.reshape(-1), layers.reshape(-1)
    for k in range(len(layers)):
        sums[:] = 128
        (x, y), (u, v) = silhouette.place, silhouette.other
        _add(total, silhouette.first[k], x - x1, y - y1, silhouette.share)
        if silhouette.share < 256:
            _add(total, silhouette.second[k], u - x1, v - y1, 256 - silhouette.share)
        layer = drawn[k * len(sums) : (k + 1) * len(sums)]
        for i in range(len(sums)):
            layer[i] = sums[i] >> 8
    return layers


@compiled
def _add(total: NDArray[np.uint16], layer: Picture, x: int, y: int, share: int) -> None:
    """Add a layer that lies at x, y, times its share."""
    left, right = max(0, x), min(total.shape[1], x + layer.shape[1])
    times, sums, levels = np.uint16(share), total.reshape(-1), layer.reshape(-1)
    for r in range(max(0, y), min(total.shape[0], y + layer.shape[0])):
        # No slices, each of which takes as long as a row, and no index that can be negative.
        to, at = np.uintp(r * total.shape[1] + left), np.uintp((r - y) * layer.shape[1] + left - x)
        for c in range(np.uintp(max(0, right - left))):
            sums[to + c] = np.uint16(sums[to + c] + np.uint16(levels[at + c] * times))


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

"""Where to look: moving regions packed into one small canvas, so that the detector reads no still wall.

A detector's time is proportional to the pixels it is given. Regions around what moves are cut out at the
scale that the whole picture would have, or a little larger, and laid side by side on a canvas; when that
saves nothing, the whole picture is given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.analysis.detections import Detections
from apercu.footage import Frame
from apercu.geometry import area, clip, expand, intersection, sides, spanned

STEP = 64
"""Sides of a canvas are multiples of it, pixels."""
GAP = 8
"""Grey between two regions on a canvas, pixels."""
_MOST, _MOST_ENLARGED = 0.6, 0.35
ROOMS = (
    *((3, 3), (4, 4), (4, 6), (6, 4), (5, 5), (5, 6), (6, 5)),
    *((5, 7), (7, 5), (6, 6), (6, 7), (7, 6), (5, 9), (9, 5)),
)
"""Widths and heights, in steps, that canvases are filled up to; smallest first.

A runtime keeps some 2 MB of code for every size it has met. A canvas could have any of sixty, and a long
recording meets them one after the other; filled up they are few, for 3 % more pixels (eight cameras).
"""


@dataclass(frozen=True, slots=True)
class Canvas:
    """Regions of a picture and where each lies on the canvas.

    Attributes:
        width, height: size of the canvas, multiples of 64, one of a few, unless it is the whole picture.
        regions: int32 (n, 4), x1 y1 x2 y2 in pixels of the picture.
        places: int32 (n, 2), left top of each region on the canvas.
        scale: canvas pixels per picture pixel.
    """

    width: int
    height: int
    regions: NDArray[np.int32]
    places: NDArray[np.int32]
    scale: float

    def paint(self, frame: Frame) -> NDArray[np.uint8]:
        """Return the canvas, BGR uint8 (height, width, 3)."""
        if len(self.regions) == 1 and (self.width, self.height) == self._size(self.regions[0]):
            x1, y1, x2, y2 = self.regions[0].tolist()
            if (x1, y1, x2, y2) == (0, 0, frame.width, frame.height):
                return frame.bgr(size=(self.width, self.height))
        canvas = np.full((self.height, self.width, 3), 114, np.uint8)
        for region, (left, top) in zip(self.regions, self.places.tolist(), strict=True):
            width, height = self._size(region)
            x1, y1, x2, y2 = region.tolist()
            cut = frame.bgr(region=(x1, y1, x2, y2))
            how = cv2.INTER_AREA if self.scale < 1 else cv2.INTER_LINEAR
            canvas[top : top + height, left : left + width] = cv2.resize(
                cut, (width, height), interpolation=how
            )
        return canvas

    def back(self, found: Detections) -> tuple[Detections, Detections]:
        """Return detections on the canvas as detections in the picture, and the same still on the canvas.

        Those that lie between regions are dropped from both.
        """
        if len(found) == 0:
            return found, found
        # Not rounded to pixels: a sliver at a region's edge would fall outside.
        spans = sides(self.regions) * self.scale
        on_canvas = np.concatenate([self.places, self.places + spans], axis=1).astype(np.float32)
        shared = intersection(found.boxes, on_canvas)
        home = shared.argmax(axis=1)
        inside = shared.max(axis=1) > 0.5 * area(found.boxes)
        boxes = (found.boxes - np.tile(self.places[home], 2)) / self.scale + np.tile(
            self.regions[home, :2], 2
        )
        boxes = np.clip(boxes, np.tile(self.regions[home, :2], 2), np.tile(self.regions[home, 2:], 2))
        return Detections(boxes.astype(np.float32), found.scores, found.classes)[inside], found[inside]

    def _size(self, region: NDArray[np.int32]) -> tuple[int, int]:
        x1, y1, x2, y2 = region.tolist()
        return max(1, round((x2 - x1) * self.scale)), max(1, round((y2 - y1) * self.scale))


def whole(width: int, height: int, detector_px: int) -> Canvas:
    """Return the canvas that shows the whole picture, its longer side ``detector_px``."""
    scale = detector_px / max(width, height)
    regions = np.array([[0, 0, width, height]], np.int32)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return Canvas(*size, regions, np.zeros((1, 2), np.int32), scale)


def pack(
    boxes: NDArray[np.float32],
    width: int,
    height: int,
    detector_px: int,
    zooms: tuple[float, ...] = (1.3, 1.0),
) -> Canvas | None:
    """Return the smallest canvas that shows what stands in ``boxes``, or None when none is in the picture.

    Args:
        boxes: float32 (n, 4), x1 y1 x2 y2 in pixels of the picture.
        width, height: of the picture.
        detector_px: longer side that the whole picture would get.
        zooms: enlargements to try over the whole picture's scale, largest first; one is taken when its canvas
            is at most a third of the whole picture's, or 60 % when nothing is enlarged.
    """
    if len(boxes) == 0:
        return None
    everything = whole(width, height, detector_px)
    shown = clip(with_context(boxes, everything.scale), width, height)
    shown = shown[area(shown) > 0]  # what has left the picture may still be looked for
    if len(shown) == 0:
        return None
    regions = _merge(np.asarray(shown, np.float32))
    for zoom in zooms:
        canvas = _shelve(regions, everything.scale * zoom, detector_px)
        most = _MOST if zoom <= 1 else _MOST_ENLARGED
        if canvas is not None and canvas.width * canvas.height <= most * everything.width * everything.height:
            return _filled_up(canvas, everything.width * everything.height)
    return everything


def _filled_up(canvas: Canvas, most: int) -> Canvas:
    """Return the canvas in the first size that holds it; as it is when that has over ``most`` pixels."""
    for wide, high in ROOMS:
        width, height = wide * STEP, high * STEP
        if canvas.width <= width and canvas.height <= height and width * height <= most:
            return replace(canvas, width=width, height=height)
    return canvas


def with_context(boxes: NDArray[np.float32], scale: float) -> NDArray[np.float32]:
    """Return boxes (n, 4) grown by what a detector, at a scale, needs to see around a thing."""
    longer = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    return np.asarray(expand(boxes, np.maximum(0.35 * longer, 24 / scale)), np.float32)


def _merge(regions: NDArray[np.float32]) -> NDArray[np.int32]:
    """Return regions with those that overlap joined, until none do."""
    rest = [*regions]
    done: list[NDArray[np.float32]] = []
    while rest:
        region = rest.pop()
        touching = intersection(region[None], np.array(rest, np.float32).reshape(-1, 4))[0] > 0
        if touching.any():
            joined = [region] + [other for other, touches in zip(rest, touching, strict=True) if touches]
            rest = [other for other, touches in zip(rest, touching, strict=True) if not touches]
            rest.append(spanned(np.array(joined)))
        else:
            done.append(region)
    whole_pixels = np.array(done)
    return np.concatenate([np.floor(whole_pixels[:, :2]), np.ceil(whole_pixels[:, 2:])], axis=1).astype(
        np.int32
    )


def _shelve(regions: NDArray[np.int32], scale: float, detector_px: int) -> Canvas | None:
    """Return regions on shelves of a canvas of at most ``detector_px`` squared; None if they do not fit."""
    sizes = np.maximum(1, np.round(sides(regions) * scale)).astype(np.int32)
    if sizes.max() > detector_px:
        return None
    longest = int(max(sizes[:, 0].max(), np.sqrt(float(np.prod(sizes, axis=1).sum()) * 1.3)))
    shelf_width = min(detector_px, -(-longest // STEP) * STEP)
    places = np.zeros((len(regions), 2), np.int32)
    x = y = shelf = used = 0
    for i in np.argsort(-sizes[:, 1], kind="stable"):
        w, h = sizes[i].tolist()
        if x and x + w > shelf_width:
            x, y, shelf = 0, y + shelf + GAP, 0
        places[i] = x, y
        x, shelf = x + w + GAP, max(shelf, h)
        used = max(used, x - GAP)
    height = -(-(y + shelf) // STEP) * STEP
    if height > detector_px:
        return None
    return Canvas(-(-used // STEP) * STEP, height, regions, places, scale)

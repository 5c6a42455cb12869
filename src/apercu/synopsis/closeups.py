"""Many parts of one picture laid on few canvases, so that a detector sees each of them close.

What ``analysis.regions`` packs is as small as possible, for all regions together. Here every part is enlarged
as it would be alone, and canvases are as large as the detector takes them well: it needs less time for the
same pixels on one than on many.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.regions import GAP, ROOMS, STEP, Canvas, with_context
from apercu.geometry import area, clip, sides

SIDE_PX = 640
"""Longer side that the whole picture would get, and of the largest canvas, pixels."""

_ZOOMS = (2.0, 1.3, 1.0)
_MOST_ENLARGED, _MOST = 0.35, 0.6
"""Shares of the whole picture's canvas: what takes more is not enlarged; or the whole picture is shown."""
_SAVED = 0.2
"""Parts that overlap are joined when that saves more of their pixels; looked at twice, more is found."""
_ROOMS = (*ROOMS, (10, 5), (10, 6), (10, 8), (10, 10))


def closeups(boxes: NDArray[np.float32], width: int, height: int) -> list[Canvas]:
    """Return canvases that show what stands in some boxes, and around it.

    Args:
        boxes: float32 (n, 4), x1 y1 x2 y2 in pixels of the picture.
        width, height: of the picture.
    """
    scale = SIDE_PX / max(width, height)
    regions = clip(with_context(boxes, scale), width, height)
    regions = np.concatenate([np.floor(regions[:, :2]), np.ceil(regions[:, 2:])], axis=1).astype(np.int32)
    spans = sides(regions) * scale
    sizes = np.stack([np.ceil(spans * zoom / STEP) * STEP for zoom in _ZOOMS])
    shares = np.prod(sizes, axis=2) / (width * height * scale**2)
    close = (shares <= _MOST_ENLARGED) & (sizes <= SIDE_PX).all(axis=2)
    zooms = np.select([*close[:-1]], _ZOOMS[:-1], _ZOOMS[-1])
    regions[shares[-1] > _MOST] = 0, 0, width, height
    return [
        canvas
        for zoom in _ZOOMS
        for canvas in _laid(_merged(regions[zooms == zoom], SIDE_PX / (scale * zoom)), scale * zoom)
    ]


def _merged(regions: NDArray[np.int32], most_px: float) -> NDArray[np.int32]:
    """Return regions (n, 4) with those joined that take clearly less room together, up to a longer side."""
    while len(regions) > 1:
        low = np.minimum(regions[:, None, :2], regions[None, :, :2])
        high = np.maximum(regions[:, None, 2:], regions[None, :, 2:])
        alone = area(regions.astype(float))
        more = np.prod(high - low, axis=2) - (1 - _SAVED) * (alone[:, None] + alone[None])
        more[((high - low) > most_px).any(axis=2)] = np.inf
        np.fill_diagonal(more, np.inf)
        i, j = np.unravel_index(more.argmin(), more.shape)
        if more[i, j] > 0:
            break
        joined = np.concatenate([low[i, j], high[i, j]])[None]
        regions = np.concatenate([np.delete(regions, (i, j), axis=0), joined])
    return regions


def _laid(regions: NDArray[np.int32], scale: float) -> list[Canvas]:
    """Return canvases that hold all regions (n, 4), each of a size out of a few."""
    sizes = np.maximum(1, np.round(sides(regions) * scale)).astype(np.int32)
    rest = np.argsort(-sizes[:, 1], kind="stable")
    canvases = []
    while len(rest):
        least = int(np.prod(sizes[rest], axis=1).sum())
        for wide, high in _ROOMS:
            if wide * high * STEP**2 < least and (wide, high) != _ROOMS[-1]:
                continue
            places = _shelved(sizes[rest], wide * STEP, high * STEP)
            if (places[:, 0] >= 0).all():
                break
        held = places[:, 0] >= 0  # on the largest there may not be room for all
        canvases.append(Canvas(wide * STEP, high * STEP, regions[rest[held]], places[held], scale))
        rest = rest[~held]
    return canvases


def _shelved(sizes: NDArray[np.int32], width: int, height: int) -> NDArray[np.int32]:
    """Return where sizes (n, 2), highest first, lie on shelves, int32 (n, 2); -1 where there is no room."""
    places = np.full(sizes.shape, -1, np.int32)
    shelves: list[list[int]] = []  # of each its top, its height and where it is free
    top = 0
    for i, (w, h) in enumerate(sizes.tolist()):
        for shelf in shelves:
            if h <= shelf[1] and shelf[2] + w <= width:
                places[i] = shelf[2], shelf[0]
                shelf[2] += w + GAP
                break
        else:
            if top + h <= height and w <= width:
                places[i] = 0, top
                shelves.append([top, h, w + GAP])
                top += h + GAP
    return places

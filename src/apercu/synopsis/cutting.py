"""One object cut out of one picture: all its loops in one compiled call.

An object takes tens of such calls a second and has few pixels: what is spent between loops counts as well.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apercu.footage.planes import Triple
from apercu.synopsis.compiled import compiled
from apercu.synopsis.edges import opacity
from apercu.synopsis.outlines import Region, Silhouette, drawn
from apercu.synopsis.runs import runs_of
from apercu.synopsis.tiles import Doubt, hide

Picture = NDArray[np.uint8]


@compiled
def cut(
    picture: Triple, scene: Triple, region: Region, silhouette: Silhouette, doubt: Doubt, others: Picture
) -> tuple[NDArray[np.int16], NDArray[np.int16], Picture]:
    """Return what is seen of an object, as ``luma``, ``chroma`` and ``levels`` of ``Runs``.

    Args:
        picture, scene: luma and chromas of all of the picture and of the empty scene, uint8 (H, W) and
            (H / 2, W / 2).
        region: the part that holds the object, x1 y1 x2 y2 in pixels of both, even.
        silhouette: where it is; what differs around it is taken for it only where that has a third layer.
        doubt: what of it is hidden.
        others: uint8 (h, w), where in the region others are; or ``NOWHERE``.
    """
    x1, y1, x2, y2 = region
    layers = drawn(silhouette, region)
    own, core, near = layers[0], layers[1], layers[2 if len(layers) > 2 else 0]
    above = (
        _part(picture[0], x1, y1, x2, y2),
        _part(picture[1], x1 // 2, y1 // 2, x2 // 2, y2 // 2),
        _part(picture[2], x1 // 2, y1 // 2, x2 // 2, y2 // 2),
    )
    if doubt.block > 0:
        hide(above, region, own, picture, doubt)
    return runs_of(above, opacity(above, scene, x1, y1, core, near, others))


@compiled
def _part(plane: Picture, x1: int, y1: int, x2: int, y2: int) -> Picture:
    """Copy a part of a plane."""
    part = np.empty((y2 - y1, x2 - x1), np.uint8)
    for r in range(y2 - y1):
        part[r] = plane[y1 + r, x1:x2]
    return part

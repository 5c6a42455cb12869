"""One object cut out of one picture: all its loops in one compiled call.

An object takes tens of such calls a second and has few pixels: what is spent between loops counts as well.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apercu.synopsis.compiled import compiled
from apercu.synopsis.edges import opacity
from apercu.synopsis.outlines import Region, Silhouette, drawn
from apercu.synopsis.runs import of_bgr
from apercu.synopsis.tiles import Doubt, hide

Picture = NDArray[np.uint8]


@compiled
def cut(
    picture: Picture,
    scene: Picture,
    region: Region,
    silhouette: Silhouette,
    doubt: Doubt,
    others: Picture,
    matrix: NDArray[np.int32],
) -> tuple[NDArray[np.int16], NDArray[np.int16], Picture]:
    """Return what is seen of an object, as ``luma``, ``chroma`` and ``levels`` of ``Runs``.

    Args:
        picture, scene: all of the picture and of the empty scene as rows, BGR uint8 (H, 3 W).
        region: the part that holds the object, x1 y1 x2 y2 in pixels of both.
        silhouette: where it is; what differs around it is taken for it only where that has a third layer.
        doubt: what of it is hidden.
        others: uint8 (h, w), where in the region others are; or ``NOWHERE``.
        matrix: see ``to_planes``.
    """
    x1, y1, x2, y2 = region
    layers = drawn(silhouette, region)
    own, core, near = layers[0], layers[1], layers[2 if len(layers) > 2 else 0]
    above = np.empty((y2 - y1, 3 * (x2 - x1)), np.uint8)
    for r in range(y2 - y1):
        above[r] = picture[y1 + r, 3 * x1 : 3 * x2]
    if doubt.block > 0:
        hide(above, region, own, picture, doubt)
    return of_bgr(above, opacity(above, scene, x1, y1, core, near, others), matrix)

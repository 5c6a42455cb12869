"""One object cut out of one picture, in the planes that it was decoded in.

The loops are compiled module by module: what is compiled is kept with the file that it stands in, and a loop
that called those of other files would not be made anew when they change.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apercu.footage import Planes
from apercu.synopsis.cutouts import Shade, pixels
from apercu.synopsis.edges import opacity
from apercu.synopsis.outlines import Region, Silhouette, drawn
from apercu.synopsis.tiles import Doubt, hide

Picture = NDArray[np.uint8]


def cut(
    picture: Planes,
    scene: Planes,
    region: Region,
    silhouette: Silhouette,
    doubt: Doubt | None,
    others: Picture,
    shadow: Shade | None,
) -> bytes:
    """Return what is seen of an object, see ``cutouts``.

    Args:
        picture, scene: the picture and the empty scene.
        region: the part that holds the object, x1 y1 x2 y2 in pixels of both, even.
        silhouette: where it is; what differs around it is taken for it only where that has a third layer.
        doubt: what of it is hidden; None for nothing.
        others: uint8 (h, w), where in the region others are; or ``NOWHERE``.
        shadow: what it casts; None for none.
    """
    x1, y1, x2, y2 = region
    layers = drawn(silhouette, region)
    half = np.s_[y1 // 2 : y2 // 2, x1 // 2 : x2 // 2]
    above = picture.y[y1:y2, x1:x2].copy(), picture.u[half].copy(), picture.v[half].copy()
    if doubt is not None:
        hide(above, region, layers[0], picture.parts, doubt)
    near = layers[2] if len(layers) > 2 else layers[0]
    seen = opacity(above, scene.parts, x1, y1, layers[1], near, others)
    return pixels(x1, y1, above, seen, shadow)

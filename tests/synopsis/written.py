"""Labels laid over pictures as a synopsis lays them."""

from __future__ import annotations

import numpy as np

from apercu.footage import Planes
from apercu.synopsis import labels
from apercu.synopsis.cutouts import lay


def labelled(
    picture: np.ndarray, text: str, x: int, y: int, size: int, strength: float = 1.0
) -> tuple[np.ndarray, labels.Box]:
    """Return a picture, BGR uint8 (H, W, 3) of even sides, with a label, and the box that it takes."""
    planes, box = Planes.from_bgr(picture), labels.place(picture.shape, text, x, y, size)
    lay(planes, [labels.stamp(text, *box[:2], size, strength)])
    return planes.bgr(), box


def noticed(picture: np.ndarray) -> np.ndarray:
    """Return a picture, as for ``labelled``, with the notice."""
    text, (x, y, _, _), size = labels.notice_for(picture.shape)
    return labelled(picture, text, x, y, size)[0]

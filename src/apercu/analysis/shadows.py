"""What only got darker or lighter is no object: light that plays over the scene, and cast shadows."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

_LEAST_LEFT, _MOST_LEFT = 0.4, 0.97
"""What a shadow leaves of the light."""
_LOW = 0.55
"""A shadow at the side of a thing lies below this share of its height, from the top."""
_MOST = 0.5
"""A shadow is a smaller share of a blob than this."""
_DARK = 0.85
"""Share of its cells that are merely darker."""
_FINE = (7, 7)
_SHOWS = 0.65
"""Things in front of the scene reach 0 to 0.5, the scene in changing light 0.6 to 1."""


def only_light(picture: Floats, expected: Floats) -> Mask:
    """Return cells that are lighter or darker than expected, but still show the background's texture."""

    def mean(image: Floats) -> Floats:
        return np.asarray(cv2.boxFilter(image, cv2.CV_32F, (7, 7)))

    f, b = mean(picture), mean(expected)
    covariance = mean(picture * expected) - f * b
    var_f = np.maximum(mean(picture * picture) - f * f, 0)
    var_b = np.maximum(mean(expected * expected) - b * b, 0)
    correlation = covariance / np.sqrt(var_f * var_b + 4.0)
    ratio = (picture + 2) / (expected + 2)
    # Texture must be scaled as the brightness is: a flat dark car on a rough road is no shadow.
    contrast = np.sqrt((var_f + 2.0) / (var_b + 2.0))
    plausible = (ratio > 0.35) & (ratio < 1.7)
    scaled = (contrast > 0.5 * ratio) & (contrast < 2.0 * ratio)
    textured = plausible & scaled & (correlation > 0.75)
    # On flat ground there is no texture to compare: a mild, even darkening is shadow.
    flat = (var_b < 20) & (var_f < 20) & (ratio > 0.55) & (ratio < 0.95) & (b > 60)
    return np.asarray(textured | flat)


def shows_scene(picture: Floats, expected: Floats, boxes: NDArray[np.floating]) -> Mask:
    """Return in which boxes the scene itself is seen: its fine texture, each piece of it in its place.

    Where light and shadow play over a parked car, much of it is lighter or darker than expected, and a
    detector has a name for it: but it is where it always was. What stands or moves before the scene hides its
    texture. Flat ground has none, and there nothing is told.

    Args:
        picture, expected: float32 (h, w), luma as it is and as the background has it.
        boxes: float (n, 4), x1 y1 x2 y2 in cells.

    Returns:
        bool (n,).
    """
    height, width = picture.shape
    corners = np.clip(np.round(boxes), 0, [width, height, width, height]).astype(int)
    shows = np.zeros(len(boxes), np.bool_)
    for i, (x1, y1, x2, y2) in enumerate(corners.tolist()):
        if x1 < x2 and y1 < y2:
            seen, known = (image[y1:y2, x1:x2] for image in (picture, expected))
            seen, known = seen - cv2.blur(seen, _FINE), known - cv2.blur(known, _FINE)
            energy = np.vdot(seen, seen) * np.vdot(known, known)
            shows[i] = np.vdot(seen, known) > _SHOWS * np.sqrt(energy)
    return shows


def cast_shadows(labels: NDArray[np.int32], boxes: Floats, picture: Floats, expected: Floats) -> Mask:
    """Return the cells (h, w) of blobs that are shadows lying at their feet like a tongue.

    A shadow smaller than the window of ``only_light`` cannot be told by its texture. Its shape tells: darker
    all over, at one side of the part that stands upright, and low, because it lies on the ground.

    Args:
        labels: int32 (h, w), blob of each cell: 0 for none, i + 1 for ``boxes[i]``.
        boxes: float32 (n, 4), blobs as x1 y1 x2 y2 in cells.
        picture, expected: float32 (h, w), luma as it is and as the background has it.
    """
    shadow = np.zeros(labels.shape, np.bool_)
    for i, (x1, y1, x2, y2) in enumerate(boxes.astype(int).tolist(), start=1):
        part = np.s_[y1:y2, x1:x2]
        own, seen, empty = labels[part] == i, picture[part], expected[part]
        darker = own & (seen > _LEAST_LEFT * empty) & (seen < _MOST_LEFT * empty)
        tall = np.flatnonzero(own[: round(_LOW * (y2 - y1))].any(axis=0))
        if len(tall) == 0:
            continue
        for side in (np.s_[: tall[0]], np.s_[tall[-1] + 1 :]):
            tongue = np.count_nonzero(own[:, side])
            if tongue < _MOST * np.count_nonzero(own) and np.count_nonzero(darker[:, side]) > _DARK * tongue:
                shadow[part][:, side] |= own[:, side]
    return shadow

"""The silhouette of each object, cut from the foreground, in cells of the luma grid."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.analysis.motion import Mask

_LEAST_FILL = 0.12


class CutMask:
    """A silhouette on the grid, kept packed.

    Tracks hold one for every moment they were seen. As arrays they took eight times as much, and lay between
    the large pictures of each step, whose memory the system could not give away again as one piece.

    Attributes:
        x, y: left top corner, cells.
        width, height: in cells.
    """

    __slots__ = ("_bits", "height", "width", "x", "y")

    def __init__(self, x: int, y: int, cells: Mask) -> None:
        """Keep a silhouette, bool (h, w), whose left top corner is at ``x`` and ``y``."""
        self.x, self.y = x, y
        self.height, self.width = cells.shape
        self._bits = np.packbits(cells).tobytes()

    @property
    def cells(self) -> Mask:
        """The silhouette, bool (height, width); a new array each time."""
        return unpack(self._bits, self.width, self.height)

    def packed(self) -> bytes:
        """Return the cells row by row, eight to a byte, most significant bit first."""
        return self._bits


def unpack(data: bytes, width: int, height: int) -> Mask:
    """Return the cells (height, width) that ``CutMask.packed`` wrote."""
    bits = np.unpackbits(np.frombuffer(data, np.uint8), count=width * height)
    return bits.reshape(height, width).view(np.bool_)


def silhouette(width: int, height: int) -> Mask:
    """Return the ellipse that stands for an object whose foreground was not seen, bool (height, width)."""
    y, x = np.ogrid[:height, :width]
    dx, dy = (x + 0.5) / width * 2 - 1, (y + 0.5) / height * 2 - 1
    return np.asarray(dx * dx + dy * dy <= 1.0)


def cut(foreground: Mask, boxes: NDArray[np.floating], solid: NDArray[np.bool_]) -> list[CutMask]:
    """Return the silhouette of every object.

    A cell that lies in several boxes belongs to the one whose lower edge is lowest: it stands in front.

    Args:
        foreground: bool (h, w), moving cells.
        boxes: float (n, 4), x1 y1 x2 y2 in cells.
        solid: bool (n,), objects without gaps (vehicles): their silhouette is the hull of what was seen of
            them, because paint the colour of the road tears holes.
    """
    h, w = foreground.shape
    size = boxes[:, 2:] - boxes[:, :2]
    roomy = np.concatenate([boxes[:, :2] - 0.08 * size - 1, boxes[:, 2:] + 0.08 * size + 1], axis=1)
    spans = np.concatenate([np.floor(roomy[:, :2]), np.ceil(roomy[:, 2:])], axis=1).astype(int)
    spans = np.clip(spans, 0, [w, h, w, h])
    tight = np.clip(np.round(boxes).astype(int), 0, [w, h, w, h])
    owner = np.full((h, w), -1, np.int32)
    order = np.argsort(boxes[:, 3], kind="stable")
    for i in order:
        x1, y1, x2, y2 = spans[i]
        region = owner[y1:y2, x1:x2]
        region[region < 0] = i
    for i in order:
        x1, y1, x2, y2 = tight[i]
        owner[y1:y2, x1:x2] = i
    return [_cut_one(foreground, owner, i, spans[i], tight[i], bool(solid[i])) for i in range(len(boxes))]


def _cut_one(
    foreground: Mask,
    owner: NDArray[np.int32],
    i: int,
    span: NDArray[np.int_],
    tight: NDArray[np.int_],
    solid: bool,
) -> CutMask:
    x1, y1, x2, y2 = span.tolist()
    part = np.s_[y1:y2, x1:x2]
    mine = foreground[part] & (owner[part] == i)
    width, height = (tight[2:] - tight[:2]).tolist()
    if mine.sum() < _LEAST_FILL * max(1, width * height):
        # Camouflaged or standing behind: show the place rather than nothing.
        a, b, c, d = tight.tolist()
        a, b = min(a, owner.shape[1] - 1), min(b, owner.shape[0] - 1)
        c, d = max(c, a + 1), max(d, b + 1)
        return CutMask(a, b, silhouette(c - a, d - b))
    # Pieces of one thing lie as near to each other as a fraction of its size.
    reach = int(np.clip(0.15 * min(width, height), 5, 31)) | 1
    margin = reach // 2
    sides = (margin, margin, margin, margin)
    padded = cv2.copyMakeBorder(mine.view(np.uint8), *sides, cv2.BORDER_CONSTANT, value=0)
    closed = cv2.morphologyEx(
        padded, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    )
    closed = closed[margin : margin + mine.shape[0], margin : margin + mine.shape[1]]
    contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if solid:
        large = [c for c in contours if cv2.contourArea(c) >= 0.02 * width * height]
        contours = [cv2.convexHull(np.concatenate(large or list(contours)))]
    filled = np.zeros(mine.shape, np.uint8)
    cv2.drawContours(filled, contours, -1, 1, cv2.FILLED)
    x, y, w, h = cv2.boundingRect(filled)
    return CutMask(x1 + x, y1 + y, filled[y : y + h, x : x + w].view(np.bool_))

"""What is cut out of one original picture: pixels with a soft edge and their shadow, or blocks.

Each can be packed into bytes, laid aside on disk, and laid over the output later. Bytes hold what is shown
and nothing else: beyond the edge there is the empty scene.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.errors import OutputError
from apercu.footage import Planes
from apercu.footage.planes import halves, to_yuv

Picture = NDArray[np.uint8]

_QUALITY = 96
_ALIGNED = 16
"""Planes are packed as one grey JPEG; on multiples of its blocks they do not run into one another."""
_NOTHING, _ALL = 10, 245
"""Opacities that JPEG may have bent from 0 and 255."""
_HEAD = struct.Struct("<ciiHHHHHH")
_SHADE = struct.Struct("<iiHHH")
_CLEARED = np.clip(np.round((np.arange(256) - _NOTHING) * 255 / (_ALL - _NOTHING)), 0, 255).astype(np.uint8)


class Cutout(Protocol):
    """One object, cut out of one original picture."""

    def lay(self, picture: Planes, presence: float) -> None:
        """Lay it over the output; ``presence`` is how opaque, 0 to 1."""
        ...

    def packed(self) -> bytes:
        """Return it as bytes for ``unpacked``."""
        ...


@dataclass(frozen=True, slots=True)
class Shade:
    """The shadow that an object casts.

    Attributes:
        x, y: left top corner in the picture, pixels, even.
        grain: side of its cells, pixels.
        dark: uint8 (rows, columns), 255 is black.
    """

    x: int
    y: int
    grain: int
    dark: Picture

    def lay(self, picture: Planes, presence: float) -> None:
        """Darken the output; ``presence`` is how much, 0 to 1."""
        height, width = (side * self.grain + side * self.grain % 2 for side in self.dark.shape)
        large = cv2.resize(self.dark, (width, height), interpolation=cv2.INTER_LINEAR)
        picture.shade(self.x, self.y, _faded(np.asarray(large, np.uint8), presence))


@dataclass(frozen=True, slots=True)
class Pixels:
    """An object as it was filmed.

    Attributes:
        x, y: left top corner in the picture, pixels, even.
        luma: uint8 (h, w), sides multiples of 16; it may reach over the picture's edge.
        chroma: uint8 (h / 2, w), both side by side.
        opacity: uint8 (h, w).
        shadow: what it casts; None for none.
    """

    x: int
    y: int
    luma: Picture
    chroma: Picture
    opacity: Picture
    shadow: Shade | None

    @classmethod
    def of(
        cls, x: int, y: int, above: Picture, opacity: Picture, shadow: Shade | None, *, hd: bool
    ) -> Pixels:
        """Return the cutout of a part of a picture, without the margins where nothing of it is seen.

        Args:
            x, y: where its left top corner lies, even.
            above: BGR uint8 (h, w, 3).
            opacity: uint8 (h, w).
            shadow: what it casts, or None.
            hd: whether the output has the colours of BT.709.
        """
        left, top, width, height = cv2.boundingRect(opacity)
        left, top = left - left % 2, top - top % 2
        shown = np.s_[top : top + max(height, 1) + 1, left : left + max(width, 1) + 1]
        x, y, above, opacity = x + left, y + top, above[shown], opacity[shown]
        bottom, right = (-side % _ALIGNED for side in above.shape[:2])
        luma, blue, red = halves(_padded(above, bottom, right, cv2.BORDER_REPLICATE), hd=hd)
        opacity = _padded(opacity, bottom, right, cv2.BORDER_CONSTANT)
        return cls(x, y, luma, np.hstack([blue, red]), opacity, shadow)

    def lay(self, picture: Planes, presence: float) -> None:
        """See ``Cutout``."""
        if self.shadow is not None:
            self.shadow.lay(picture, presence)
        half = self.chroma.shape[1] // 2
        patch = (self.luma, self.chroma[:, :half], self.chroma[:, half:])
        picture.blend(self.x, self.y, patch, _faded(self.opacity, presence))

    def packed(self) -> bytes:
        """See ``Cutout``."""
        height, width = self.luma.shape
        parts = [self.luma, self.chroma, self.opacity]
        done, coded = cv2.imencode(".jpg", np.vstack(parts), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        if not done:
            raise OutputError(f"a cutout of {width}x{height} pixels cannot be packed")
        head = _HEAD.pack(b"P", self.x, self.y, width, height, 0, 0, 0, 0)
        shade = b"" if self.shadow is None else self.shadow.dark.tobytes()
        if self.shadow is None:
            place = _SHADE.pack(0, 0, 0, 0, 0)
        else:
            place = _SHADE.pack(self.shadow.x, self.shadow.y, self.shadow.grain, *self.shadow.dark.shape)
        return head + place + shade + coded.tobytes()


@dataclass(frozen=True, slots=True)
class Blocks:
    """An object as blocks of one colour each.

    Attributes:
        x, y: left top corner in the picture, pixels.
        width, height: pixels.
        block: side of a block, pixels.
        left, top: pixels missing left and above to whole blocks.
        colours: uint8 (rows, columns, 3), luma and chromas.
        shown: bool (rows, columns).
    """

    x: int
    y: int
    width: int
    height: int
    block: int
    left: int
    top: int
    colours: Picture
    shown: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        region: tuple[int, int, int, int],
        block: int,
        missing: tuple[int, int],
        colours: Picture,
        shown: NDArray[np.bool_],
        *,
        hd: bool,
    ) -> Blocks:
        """Return the cutout of a region x1 y1 x2 y2 from colours in BGR; see the attributes."""
        x1, y1, x2, y2 = region
        return cls(x1, y1, x2 - x1, y2 - y1, block, *missing, to_yuv(colours, hd=hd), shown)

    def lay(self, picture: Planes, presence: float) -> None:
        """See ``Cutout``."""
        x1, y1 = self.x - self.x % 2, self.y - self.y % 2
        xs = np.arange(x1, self.x + self.width + (self.x + self.width) % 2)
        ys = np.arange(y1, self.y + self.height + (self.y + self.height) % 2)
        columns = ((xs - self.x + self.left) // self.block).clip(0, self.shown.shape[1] - 1)
        rows = ((ys - self.y + self.top) // self.block).clip(0, self.shown.shape[0] - 1)
        opacity = (self.shown.view(np.uint8) * np.uint8(round(255 * presence)))[np.ix_(rows, columns)]
        opacity[(ys < self.y) | (ys >= self.y + self.height)] = 0
        opacity[:, (xs < self.x) | (xs >= self.x + self.width)] = 0
        luma = self.colours[..., 0][np.ix_(rows, columns)]
        blue, red = (self.colours[..., i][np.ix_(rows[::2], columns[::2])] for i in (1, 2))
        picture.blend(x1, y1, (luma, blue, red), opacity)

    def packed(self) -> bytes:
        """See ``Cutout``."""
        places = (self.x, self.y, self.width, self.height, self.block, self.left, self.top)
        head = _HEAD.pack(b"B", *places, self.shown.shape[1])
        return head + self.shown.tobytes() + self.colours.tobytes()


def unpacked(data: bytes) -> Cutout:
    """Return the cutout that was packed into ``data``."""
    kind, x, y, width, height, block, left, top, columns = _HEAD.unpack_from(data)
    body = np.frombuffer(data, np.uint8, offset=_HEAD.size)
    if kind == b"B":
        cells = len(body) // 4
        shape = (cells // columns, columns)
        shown = body[:cells].reshape(shape).view(np.bool_)
        return Blocks(x, y, width, height, block, left, top, body[cells:].reshape(*shape, 3), shown)
    shade_x, shade_y, grain, rows, columns = _SHADE.unpack_from(data, _HEAD.size)
    body = body[_SHADE.size :]
    dark, body = body[: rows * columns].reshape(rows, columns), body[rows * columns :]
    stack = np.asarray(cv2.imdecode(body, cv2.IMREAD_GRAYSCALE), np.uint8)
    luma, chroma, opacity = np.split(stack, [height, height * 3 // 2])
    opacity = np.asarray(cv2.LUT(opacity, _CLEARED), np.uint8)
    shadow = Shade(shade_x, shade_y, grain, dark) if rows else None
    return Pixels(x, y, luma, chroma, opacity, shadow)


def _padded(picture: Picture, bottom: int, right: int, how: int) -> Picture:
    if not (bottom or right):
        return picture
    return np.asarray(cv2.copyMakeBorder(picture, 0, bottom, 0, right, how), np.uint8)


def _faded(opacity: Picture, presence: float) -> Picture:
    if presence >= 1:
        return opacity
    return np.asarray(cv2.convertScaleAbs(opacity, alpha=presence), np.uint8)

"""A picture in the planes that codecs take: luma, and chroma at half its width and height (4:2:0).

What is put together in these planes is not converted again before it is encoded; a whole picture of 720 lines
takes longer to convert than to encode where little moves.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.errors import UsageError

Picture = NDArray[np.uint8]
Triple = tuple[Picture, Picture, Picture]
"""Luma, uint8 (h, w) of even sides, and the two chromas (h / 2, w / 2)."""

HD_LINES = 720
"""From this height on, players that ignore the colour tags take BT.709 for granted, below it BT.601."""

_WEIGHTS = {True: (0.2126, 0.0722), False: (0.299, 0.114)}
"""Weights of red and blue in luma, for HD and below it (ITU-T H.273, table 4)."""

BLACK, NEUTRAL = 16, 128
"""Luma of black, and chroma of all greys, in the limited range."""


@cache
def from_bgr(hd: bool) -> NDArray[np.float32]:
    """Return the matrix (3, 4) from B G R 1, levels 0 to 255, to Y Cb Cr in the limited range."""
    red, blue = _WEIGHTS[hd]
    luma = np.array([blue, 1 - red - blue, red])
    cb = (np.array([1.0, 0, 0]) - luma) / (2 * (1 - blue))
    cr = (np.array([0, 0, 1.0]) - luma) / (2 * (1 - red))
    mix = np.stack([219 * luma, 224 * cb, 224 * cr]) / 255
    return np.column_stack([mix, [BLACK, NEUTRAL, NEUTRAL]]).astype(np.float32)


@cache
def to_bgr(hd: bool) -> NDArray[np.float32]:
    """Return the matrix (3, 4) that goes the other way."""
    matrix = from_bgr(hd).astype(float)
    back = np.linalg.inv(matrix[:, :3])
    return np.column_stack([back, -back @ matrix[:, 3]]).astype(np.float32)


def to_yuv(bgr: Picture, *, hd: bool) -> Picture:
    """Return blue, green, red, uint8 (h, w, 3), as luma and the two chromas of the limited range."""
    return np.asarray(cv2.transform(bgr, from_bgr(hd)), np.uint8)


def halves(bgr: Picture, *, hd: bool) -> tuple[Picture, Picture, Picture]:
    """Return luma (h, w) and the two chromas (h / 2, w / 2) of a picture (h, w, 3) of even sides."""
    small = cv2.resize(bgr, (bgr.shape[1] // 2, bgr.shape[0] // 2), interpolation=cv2.INTER_AREA)
    matrix = from_bgr(hd)
    luma = cv2.transform(bgr, matrix[:1])
    chroma = cv2.transform(small, matrix[1:])
    return np.asarray(luma, np.uint8), _channel(chroma, 0), _channel(chroma, 1)


class Planes:
    """A picture that can be drawn on and encoded as it is.

    Attributes:
        width, height: of the picture, pixels.
        data: uint8 (3/2 H, W), all planes one after the other (I420); H and W are even, where the picture's
            are odd its last row or column is there twice.
        y, u, v: views of it: uint8 (H, W) and twice (H / 2, W / 2).
        hd: whether colours are those of BT.709; else of BT.601.
    """

    __slots__ = ("data", "hd", "height", "u", "v", "width", "y")

    def __init__(self, width: int, height: int) -> None:
        """Make a black picture.

        Raises:
            UsageError: a size below 1.
        """
        if width < 1 or height < 1:
            raise UsageError(f"a picture of {width}x{height} pixels cannot be made")
        w, h = width + width % 2, height + height % 2
        self._hold(width, height, np.full((h * 3 // 2, w), NEUTRAL, np.uint8))
        self.y[:] = BLACK

    def _hold(self, width: int, height: int, data: Picture) -> None:
        """Take a picture's data, see the attributes."""
        self.width, self.height, self.hd = width, height, height >= HD_LINES
        self.data = data
        w, h = data.shape[1], data.shape[0] // 3 * 2
        flat = self.data.reshape(-1)
        self.y: Picture = self.data[:h]
        self.u: Picture = flat[h * w : h * w * 5 // 4].reshape(h // 2, w // 2)
        self.v: Picture = flat[h * w * 5 // 4 :].reshape(h // 2, w // 2)

    @property
    def parts(self) -> Triple:
        """``y``, ``u`` and ``v``."""
        return self.y, self.u, self.v

    @classmethod
    def of(cls, width: int, height: int, parts: Triple) -> Planes:
        """Return a picture of its own made of planes, see ``parts``."""
        planes, (h, w) = cls.__new__(cls), parts[0].shape
        planes._hold(width, height, np.empty((h * 3 // 2, w), np.uint8))
        for plane, part in zip(planes.parts, parts, strict=True):
            plane[:] = part
        return planes

    @classmethod
    def from_bgr(cls, bgr: Picture) -> Planes:
        """Return a picture, uint8 (h, w, 3), in planes."""
        height, width = bgr.shape[:2]
        if width % 2 or height % 2:
            bgr = np.asarray(cv2.copyMakeBorder(bgr, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE))
        return cls.of(width, height, halves(bgr, hd=height >= HD_LINES))

    def copy(self) -> Planes:
        """Return a picture of its own with the same content."""
        other = Planes.__new__(Planes)
        other._hold(self.width, self.height, self.data.copy())
        return other

    def reduced(self, region: tuple[int, int, int, int], size: tuple[int, int]) -> Picture:
        """Return a part in colour, uint8 (h, w, 3) as blue, green, red, at another size: areas are averaged.

        Args:
            region: x1 y1 x2 y2 in pixels, inside the picture, from even ones on.
            size: width and height of what is returned.
        """
        x1, y1, x2, y2 = region
        half = np.s_[y1 // 2 : (y2 + 1) // 2, x1 // 2 : (x2 + 1) // 2]
        parts = self.y[y1:y2, x1:x2], self.u[half], self.v[half]
        small = [cv2.resize(part, size, interpolation=cv2.INTER_AREA) for part in parts]
        return np.asarray(cv2.transform(cv2.merge(small), to_bgr(self.hd)), np.uint8)

    def bgr(self) -> Picture:
        """Return the picture in colour, uint8 (height, width, 3) as blue, green, red; chroma is repeated."""
        size = (self.y.shape[1], self.y.shape[0])
        chroma = [cv2.resize(plane, size, interpolation=cv2.INTER_NEAREST) for plane in (self.u, self.v)]
        whole = cv2.transform(cv2.merge([self.y, *chroma]), to_bgr(self.hd))
        return np.ascontiguousarray(whole[: self.height, : self.width], np.uint8)

    def colour(self, bgr: tuple[int, int, int]) -> tuple[int, int, int]:
        """Return a colour as luma and chromas of this picture."""
        y, u, v = to_yuv(np.array([[bgr]], np.uint8), hd=self.hd)[0, 0].tolist()
        return y, u, v


def _channel(picture: object, index: int) -> Picture:
    return np.asarray(cv2.extractChannel(picture, index), np.uint8)  # type: ignore[call-overload]

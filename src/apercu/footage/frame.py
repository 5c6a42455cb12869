"""One decoded picture of a recording."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from apercu.errors import UsageError
from apercu.footage.aspect import SQUARE, stretched
from apercu.footage.planes import HD_LINES, Planes
from apercu.timecode import Timecode

Picture = NDArray[np.uint8]
Region = tuple[int, int, int, int]

_CHROMA_SHIFT = {
    "yuv420p": (1, 1),
    "yuvj420p": (1, 1),
    "yuva420p": (1, 1),
    "yuv422p": (1, 0),
    "yuvj422p": (1, 0),
    "yuv444p": (0, 0),
    "yuvj444p": (0, 0),
    "nv12": (1, 1),
    "nv21": (1, 1),
}
"""Formats whose regions are converted from the planes: log2 of how much smaller their chroma is."""

_WITH_LUMA = {*_CHROMA_SHIFT, "yuv440p", "yuvj440p", "yuv411p", "yuvj411p", "yuv410p", "gray"}
"""Formats with a plane of 8-bit luma."""

_ROTATIONS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}

_MATRICES = {  # AVColorSpace: (swscale's name for it, red weight, blue weight), ITU-T H.273 table 4
    1: (Colorspace.ITU709, 0.2126, 0.0722),
    4: (Colorspace.FCC, 0.30, 0.11),
    5: (Colorspace.ITU601, 0.299, 0.114),
    6: (Colorspace.ITU601, 0.299, 0.114),
    7: (Colorspace.SMPTE240M, 0.212, 0.087),
    9: (Colorspace.BT2020, 0.2627, 0.0593),
}
_BT709, _BT601 = 1, 6
_AS_BT601 = (5, 6)
_LARGE_REGION = 0.2
"""Share of the picture above which converting all of it, SIMD throughout, beats the region alone."""


class Frame:
    """A picture and its timecode. Converts pixels only when asked, and only those asked for.

    Attributes:
        timecode: position in the recording; the first frame is at 0.
        width: square pixels, after rotation.
        height: square pixels, after rotation.
    """

    __slots__ = ("_held", "_rotation", "height", "timecode", "width")

    def __init__(
        self, picture: av.VideoFrame, timecode: Timecode, rotation: int = 0, aspect: Fraction = SQUARE
    ) -> None:
        """Wrap ``picture``, whose pixels have this ``aspect`` (width / height), stretched to square ones.

        It is shown rotated by ``rotation`` (0, 90, 180 or 270 degrees clockwise).
        """
        size = stretched(picture.width, picture.height, aspect)
        # The size that is still to be given to it, in one with it: several threads may look.
        self._held = picture, None if aspect == SQUARE else size
        self._rotation = rotation
        self.timecode = timecode
        self.width, self.height = size[::-1] if rotation in (90, 270) else size

    @classmethod
    def from_bgr(cls, bgr: Picture, timecode: Timecode | None = None) -> Frame:
        """Make a frame of a picture, uint8 (H, W, 3), that comes from no recording."""
        picture = av.VideoFrame.from_ndarray(bgr, format="bgr24")
        return cls(picture, timecode or Timecode(0, Fraction(1, 1000)))

    def __repr__(self) -> str:
        return f"<Frame {self.timecode} {self.width}x{self.height} {self._held[0].format.name}>"

    @property
    def _picture(self) -> av.VideoFrame:
        """The picture in square pixels, not yet rotated; stretched when it is first looked at."""
        picture, size = self._held
        if size is not None:
            # Colours of a palette cannot be mixed.
            mixed = "bgr24" if picture.format.name == "pal8" else None
            picture = _reformatted(picture, size, format=mixed, interpolation=Interpolation.BICUBIC)
            self._held = picture, None
        return picture

    def luma(self) -> Picture:
        """Return the luma of the picture, uint8 (H, W), read-only.

        Where the format has a plane of 8-bit luma this is that plane itself, not copied unless rotated;
        values are as coded (16 to 235 in most footage). Other formats (10-bit, RGB, palette) are converted.
        """
        if self._picture.format.name in _WITH_LUMA:
            luma = _plane(self._picture, 0, self._picture.width, self._picture.height)
        else:
            grey = _reformatted(
                self._picture,
                None,
                format="gray",
                src_color_range=self._range(),
                dst_color_range=self._range(),
            )
            luma = _plane(grey, 0, grey.width, grey.height)
        luma = self._rotated(luma)
        luma.flags.writeable = False
        return luma

    def bgr(self, region: Region | None = None, size: tuple[int, int] | None = None) -> Picture:
        """Return the picture in colour, uint8 (h, w, 3) as blue, green, red; a copy that may be drawn on.

        Args:
            region: x1 y1 x2 y2 in pixels (x2 and y2 exclusive), cut to the picture; None means all of it.
            size: width and height to scale the result to (area averaging).

        Raises:
            UsageError: nothing of the region lies inside the picture, or a size below 1.
        """
        if size is not None and min(size) < 1:
            raise UsageError(f"a picture of {size[0]}x{size[1]} pixels cannot be made")
        if region is None:
            return self._whole(size)
        x1, y1 = max(0, region[0]), max(0, region[1])
        x2, y2 = min(self.width, region[2]), min(self.height, region[3])
        if x1 >= x2 or y1 >= y2:
            raise UsageError(f"region {region} has nothing of a picture of {self.width}x{self.height} pixels")
        large = (x2 - x1) * (y2 - y1) > _LARGE_REGION * self.width * self.height
        if large or self._picture.format.name not in _CHROMA_SHIFT:
            part = self._whole(None)[y1:y2, x1:x2]
        else:
            part = self._rotated(self._converted(*self._unrotated(x1, y1, x2, y2)))
        if size is not None and size != (x2 - x1, y2 - y1):
            return _bytes(cv2.resize(part, size, interpolation=cv2.INTER_AREA))
        return np.ascontiguousarray(part)

    def planes(self) -> Planes:
        """Return the picture in planes; one that was coded as such is copied, any other converted."""
        picture, hd = self._picture, self.height >= HD_LINES
        alike = (
            picture.format.name == "yuv420p"
            and self._rotation == 0
            and self._range() == ColorRange.MPEG
            and (self._matrix() == _BT709 if hd else self._matrix() in _AS_BT601)
            and self.width % 2 == self.height % 2 == 0
        )
        if not alike:
            return Planes.from_bgr(self.bgr())
        size, half = (self.width, self.height), (self.width // 2, self.height // 2)
        return Planes.of(
            *size, (_plane(picture, 0, *size), _plane(picture, 1, *half), _plane(picture, 2, *half))
        )

    def _whole(self, size: tuple[int, int] | None) -> Picture:
        """Convert, scale and rotate everything; swscale converts and scales in one pass."""
        width, height = size or (self.width, self.height)
        if self._rotation in (90, 270):
            width, height = height, width
        picture = self._picture
        whole = _reformatted(
            picture,
            (width, height),
            format="bgr24",
            # Bilinear at full size takes swscale's direct path, four times as fast.
            interpolation=Interpolation.BILINEAR if size is None else Interpolation.AREA,
            src_colorspace=_MATRICES[self._matrix()][0],
            src_color_range=self._range(),
            dst_color_range=ColorRange.JPEG,
        )
        pixels = _plane(whole, 0, 3 * width, height).reshape(height, width, 3)
        if self._rotation:
            return self._rotated(pixels)
        return pixels.copy() if whole is picture else np.ascontiguousarray(pixels)

    def _converted(self, x1: int, y1: int, x2: int, y2: int) -> Picture:
        """Convert a region of the unrotated planes; chroma is repeated, as swscale does at full size."""
        picture = self._picture
        name = picture.format.name
        right, down = _CHROMA_SHIFT[name]
        width, height = -(-picture.width >> right), -(-picture.height >> down)
        if name in ("nv12", "nv21"):
            pairs = _plane(picture, 1, 2 * width, height).reshape(height, width, 2)
            first, second = pairs[..., 0], pairs[..., 1]
            blue, red = (first, second) if name == "nv12" else (second, first)
        else:
            blue, red = _plane(picture, 1, width, height), _plane(picture, 2, width, height)
        # Chroma samples that cover the region, each repeated, less what reaches over its left and top edge.
        window = np.s_[y1 >> down : (y2 - 1 >> down) + 1, x1 >> right : (x2 - 1 >> right) + 1]
        left, top = x1 & (1 << right) - 1, y1 & (1 << down) - 1
        channels = [_plane(picture, 0, picture.width, picture.height)[y1:y2, x1:x2]]
        for chroma in (blue[window], red[window]):
            shape = (chroma.shape[1] << right, chroma.shape[0] << down)
            repeated = _bytes(cv2.resize(chroma, shape, interpolation=cv2.INTER_NEAREST))
            channels.append(repeated[top : top + y2 - y1, left : left + x2 - x1])
        return _bytes(cv2.transform(cv2.merge(channels), self._to_bgr()))

    def _to_bgr(self) -> NDArray[np.float32]:
        """Return the (3, 4) matrix from Y Cb Cr 1 to B G R, levels 0 to 255 (ITU-T H.273, 8.3)."""
        _, red, blue = _MATRICES[self._matrix()]
        green = 1 - red - blue
        full = self._range() == ColorRange.JPEG
        y, c, black = (1.0, 1.0, 0.0) if full else (255 / 219, 255 / 224, 16.0)
        to_red, to_blue = 2 * (1 - red) * c, 2 * (1 - blue) * c
        mix = np.array(
            [
                [y, to_blue, 0],
                [y, -to_blue * blue / green, -to_red * red / green],
                [y, 0, to_red],
            ]
        )
        offset = -mix @ np.array([black, 128, 128])
        return np.column_stack([mix, offset]).astype(np.float32)

    def _matrix(self) -> int:
        """Return the AVColorSpace; where the recording does not say, players guess by size, and so do we."""
        stated = self._picture.colorspace
        if stated in _MATRICES:
            return stated
        return _BT709 if self._picture.height >= 720 else _BT601

    def _range(self) -> ColorRange:
        full = self._picture.color_range == ColorRange.JPEG or self._picture.format.name.startswith("yuvj")
        return ColorRange.JPEG if full else ColorRange.MPEG

    def _rotated(self, pixels: Picture) -> Picture:
        return _bytes(cv2.rotate(pixels, _ROTATIONS[self._rotation])) if self._rotation else pixels

    def _unrotated(self, x1: int, y1: int, x2: int, y2: int) -> Region:
        """Return where a region of the shown picture lies in the coded one."""
        match self._rotation:
            case 90:
                return y1, self.width - x2, y2, self.width - x1
            case 180:
                return self.width - x2, self.height - y2, self.width - x1, self.height - y1
            case 270:
                return self.height - y2, x1, self.height - y1, x2
        return x1, y1, x2, y2


def _reformatted(picture: av.VideoFrame, size: tuple[int, int] | None, **how: Any) -> av.VideoFrame:
    """Return a picture in another size or format, see ``av.VideoFrame.reformat``; any thread may ask.

    That method itself keeps a scaler with the picture, and two threads in it at once end the process. One
    thread is enough for each: the decoder keeps the processors busy.
    """
    width, height = size or (None, None)
    return VideoReformatter().reformat(picture, width, height, threads=1, **how)


def _plane(picture: av.VideoFrame, index: int, width: int, height: int) -> Picture:
    """Return plane ``index`` as a view (height, width) of bytes, without the padding that ends its rows."""
    plane = picture.planes[index]
    data: Picture = np.frombuffer(memoryview(plane), np.uint8)
    return data[: height * plane.line_size].reshape(height, plane.line_size)[:, :width]


def _bytes(pixels: object) -> Picture:
    """Tell the type checker what OpenCV returned."""
    return np.asarray(pixels, np.uint8)

"""What is cut out of one original picture: pixels with a soft edge and their shadow, or blocks.

Each can be packed into bytes, laid aside on disk, and laid over the output later. Bytes hold what is shown
and nothing else: no pixel that is wholly transparent is kept.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from apercu.footage import Planes
from apercu.synopsis.runs import Runs, shade
from apercu.synopsis.tiles import spread

Picture = NDArray[np.uint8]

_HEAD = struct.Struct("<ciiHHHHHH")
_PLACE = struct.Struct("<cxiiiiHHH")
"""Even, as is all that comes before the runs: their numbers take two bytes each."""


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

    def __post_init__(self) -> None:
        """Make it what it is when it comes back from disk: loops are compiled for such arrays once."""
        self.dark.setflags(write=False)

    def lay(self, picture: Planes, presence: float) -> None:
        """Darken the output; ``presence`` is how much, 0 to 1."""
        shade(picture, self.x, self.y, self.dark, self.grain, presence)


@dataclass(frozen=True, slots=True)
class Pixels:
    """An object as it was filmed.

    Attributes:
        x, y: left top corner in the picture, pixels, even; it may reach over the picture's edge.
        runs: what is seen of it.
        shadow: what it casts; None for none.
    """

    x: int
    y: int
    runs: Runs
    shadow: Shade | None

    def lay(self, picture: Planes, presence: float) -> None:
        """See ``Cutout``."""
        if self.shadow is not None:
            self.shadow.lay(picture, presence)
        self.runs.lay(picture, self.x, self.y, presence)

    def packed(self) -> bytes:
        """See ``Cutout``."""
        shade, dark = (0, 0, 0, 0, 0), b""
        if self.shadow is not None:
            shade = (self.shadow.x, self.shadow.y, self.shadow.grain, *self.shadow.dark.shape)
            dark = self.shadow.dark.tobytes() + bytes(self.shadow.dark.size % 2)
        return _PLACE.pack(b"P", self.x, self.y, *shade) + dark + self.runs.packed()


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

    def lay(self, picture: Planes, presence: float) -> None:
        """See ``Cutout``."""
        corner = self.x - self.left, self.y - self.top
        part = self.x, self.y, self.x + self.width, self.y + self.height
        spread(picture.parts, part, corner, self.block, self.colours, self.shown, round(256 * presence))

    def packed(self) -> bytes:
        """See ``Cutout``."""
        places = (self.x, self.y, self.width, self.height, self.block, self.left, self.top)
        head = _HEAD.pack(b"B", *places, self.shown.shape[1])
        return head + self.shown.tobytes() + self.colours.tobytes()


def unpacked(data: bytes) -> Cutout:
    """Return the cutout that was packed into ``data``."""
    if data[:1] == b"B":
        _, x, y, width, height, block, left, top, columns = _HEAD.unpack_from(data)
        body = np.frombuffer(data, np.uint8, offset=_HEAD.size)
        cells = len(body) // 4
        shape = (cells // columns, columns)
        shown = body[:cells].reshape(shape).view(np.bool_)
        return Blocks(x, y, width, height, block, left, top, body[cells:].reshape(*shape, 3), shown)
    _, x, y, left, top, grain, rows, columns = _PLACE.unpack_from(data)
    body = np.frombuffer(data, np.uint8, offset=_PLACE.size)
    dark = body[: rows * columns].reshape(rows, columns)
    shadow = Shade(left, top, grain, dark) if rows else None
    return Pixels(x, y, Runs.unpacked(body[rows * columns + rows * columns % 2 :]), shadow)

"""What is cut out of one original picture: pixels with a soft edge and their shadow, or blocks.

Each is bytes, from the start: laid aside on disk they wait until the output shows them, and are laid over it
as they are. Bytes hold what is shown and nothing else: no pixel that is wholly transparent is kept. They
begin with ten numbers, int32, of which the first tells what they are:

| | pixels: 0 | blocks: 1 |
|---|---|---|
| 2, 3 | left top corner in the picture, pixels, even | left top corner, pixels |
| 4, 5 | left top corner of the shadow, pixels, even | width and height, pixels |
| 6 | side of the shadow's cells, pixels | side of a block, pixels |
| 7, 8 | rows and columns of the shadow; 0 for none | pixels missing left and above to whole blocks |
| 9, 10 | - | rows and columns of blocks |
| then | how dark the shadow's cells are, 255 is black; | which blocks are shown, one byte each; |
| | a byte that makes that even; runs (``runs``) | luma and chromas of all |
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from apercu.footage import Planes
from apercu.footage.planes import Triple
from apercu.synopsis import laying
from apercu.synopsis.runs import LINE, runs_of

Picture = NDArray[np.uint8]

_HEAD = struct.Struct("<10i")


class Shade(NamedTuple):
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


class Layer(NamedTuple):
    """A cutout and how it is laid over the output.

    Attributes:
        data: its bytes.
        presence: how opaque it is, 0 to 1.
        x, y: how far right and down it is moved, pixels, even.
    """

    data: bytes
    presence: float = 1.0
    x: int = 0
    y: int = 0


def pixels(x: int, y: int, planes: Triple, opacity: Picture, shadow: Shade | None = None) -> bytes:
    """Return an object as it was filmed.

    Args:
        x, y: left top corner in the picture, pixels, even; it may reach over the picture's edge.
        planes: luma, uint8 (h, w) of even sides, and chromas (h / 2, w / 2).
        opacity: uint8 (h, w).
        shadow: what it casts; None for none.
    """
    if shadow is None:
        before = _HEAD.pack(0, x, y, *[0] * 7)
    else:
        rows, columns = shadow.dark.shape
        head = _HEAD.pack(0, x, y, shadow.x, shadow.y, shadow.grain, rows, columns, 0, 0)
        before = b"".join([head, shadow.dark.tobytes(), bytes(rows * columns % 2)])
    return runs_of(np.frombuffer(before, np.uint8), planes, opacity).tobytes()


def blocks(
    part: tuple[int, int, int, int],
    missing: tuple[int, int],
    side: int,
    colours: Picture,
    shown: NDArray[np.bool_],
) -> bytes:
    """Return an object as blocks of one colour each.

    Args:
        part: where it lies, x1 y1 x2 y2 in pixels of the picture.
        missing: pixels missing left and above to whole blocks.
        side: of a block, pixels.
        colours: uint8 (rows, columns, 3), luma and chromas.
        shown: bool (rows, columns).
    """
    x1, y1, x2, y2 = part
    head = _HEAD.pack(laying.BLOCKS, x1, y1, x2 - x1, y2 - y1, side, *missing, *shown.shape)
    length = shown.size + colours.size
    return b"".join([head, shown.tobytes(), colours.tobytes(), bytes(-length % LINE)])


def lay(picture: Planes, layers: Sequence[Layer]) -> None:
    """Lay cutouts over a picture, one after the other."""
    if not layers:
        return
    ends = np.cumsum([len(layer.data) for layer in layers])
    places = [(x, y, round(256 * min(max(presence, 0.0), 1.0))) for _, presence, x, y in layers]
    data = np.frombuffer(b"".join([layer.data for layer in layers]), np.uint8)
    laying.lay(picture.parts, data, ends, np.array(places, np.int64))

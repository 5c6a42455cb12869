"""Small text on pictures: the true time of each object, and the notice that this is a synopsis."""

from __future__ import annotations

import re
from functools import lru_cache
from math import ceil

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from apercu.footage.planes import BLACK, NEUTRAL
from apercu.synopsis.cutouts import Layer, pixels
from apercu.synopsis.lettering import font_of

NOTICE = "SYNOPSIS: moments shown together, times are original"
SHORT_NOTICE = "SYNOPSIS"
_LEAST_SIZE, _MARGIN = 7, 4
Box = tuple[int, int, int, int]
Colour = tuple[int, int, int]
_DIGIT = re.compile(r"\d")


def text_size(frame_height: int) -> int:
    """Return the height of text, pixels, that is legible on a picture of this height."""
    return max(9, round(frame_height / 38))


@lru_cache(256)
def _plate(text: str, size: int) -> NDArray[np.float32]:
    """Return a rounded dark plate with white text: float32 (h, w, 2), grey level and opacity."""
    font = font_of(size)
    left, _, right, _ = font.getbbox(text)
    # As wide as its digits could make it, and of one height for every text: a running clock must not dance.
    widest = max(font.getlength(_DIGIT.sub(digit, text)) for digit in "0123456789")
    pad_x, pad_y = round(size * 0.35), round(size * 0.2)
    _, line_top, _, line_bottom = font.getbbox("0Ay")
    width, height = ceil(max(widest, right - left)) + 2 * pad_x, round(line_bottom - line_top) + 2 * pad_y
    ink, plate = Image.new("L", (width, height)), Image.new("L", (width, height))
    ImageDraw.Draw(plate).rounded_rectangle((0, 0, width - 1, height - 1), radius=size // 4, fill=150)
    ImageDraw.Draw(ink).text((pad_x - left, pad_y - line_top), text, font=font, fill=255)
    white = np.asarray(ink, np.float32) / 255
    opacity = np.maximum(np.asarray(plate, np.float32) / 255, white)
    return np.stack([white * 255, opacity], axis=2)


def place(shape: tuple[int, ...], text: str, x: int, y: int, size: int) -> Box:
    """Return the box x1 y1 x2 y2 of a text's plate, moved to lie inside a picture (H, W, ...)."""
    height, width = _plate(text, size).shape[:2]
    x = int(np.clip(x, 0, max(0, shape[1] - width)))
    y = int(np.clip(y, 0, max(0, shape[0] - height)))
    return x, y, min(shape[1], x + width), min(shape[0], y + height)


def stamp(text: str, x: int, y: int, size: int, strength: float = 1.0, edge: Colour | None = None) -> Layer:
    """Return text on its plate, to be laid over a picture in planes, with the left top at x, y.

    Args:
        strength: opacity, 0 to 1.
        edge: luma and chromas of a stripe at the plate's left edge; None for none.
    """
    odd = (x % 2, y % 2)
    return Layer(_patch(text, size, odd, edge), strength, x - odd[0], y - odd[1])


@lru_cache(1024)
def _patch(text: str, size: int, odd: tuple[int, int], edge: Colour | None) -> bytes:
    """Return a plate in planes.

    It is moved right and down by ``odd`` pixels, to lie on even ones, and has even sides.
    """
    plate = _plate(text, size)
    height, width = plate.shape[:2]
    bottom, right = (height + odd[1]) % 2, (width + odd[0]) % 2
    plate = np.pad(plate, ((odd[1], bottom), (odd[0], right), (0, 0)))
    luma = np.round(BLACK + plate[..., 0] * (219 / 255)).astype(np.uint8)
    opacity = np.round(plate[..., 1] * 255).astype(np.uint8)
    chroma = [np.full((luma.shape[0] // 2, luma.shape[1] // 2), NEUTRAL, np.uint8) for _ in range(2)]
    if edge is not None:
        wide = max(2, round(size * 0.2))
        place = np.s_[odd[1] : odd[1] + height, odd[0] : odd[0] + wide]
        luma[place], opacity[place] = edge[0], 255
        half = np.s_[:, odd[0] // 2 : (odd[0] + wide + 1) // 2]
        chroma[0][half], chroma[1][half] = edge[1:]
    return pixels(0, 0, (luma, chroma[0], chroma[1]), opacity)


def notice_for(shape: tuple[int, ...], above: int = 0) -> tuple[str, Box, int]:
    """Return the notice of a picture (H, W, ...), where it stands, and its size of text.

    Args:
        shape: of the picture; on small ones the notice is one word.
        above: rows at the bottom that are left free.
    """
    for text in (NOTICE, SHORT_NOTICE):
        size = text_size(shape[0])
        while size > _LEAST_SIZE and _plate(text, size).shape[1] > shape[1] - 2 * _MARGIN:
            size -= 1
        height, width = _plate(text, size).shape[:2]
        if width <= shape[1] - _MARGIN:
            break
    return text, place(shape, text, _MARGIN, shape[0] - _MARGIN - above - height, size), size

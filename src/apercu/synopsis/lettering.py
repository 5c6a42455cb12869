"""Text on still pictures: any letters, on a plate of their own where the ground is lively."""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]
WHITE: Colour = (255, 255, 255)


@cache
def font_of(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return the font whose letters are so high, pixels."""
    return ImageFont.load_default(size)


def text_width(text: str, size: int) -> int:
    """Return how wide a text of this height is, pixels."""
    left, _, right, _ = font_of(size).getbbox(text)
    return round(right - left)


@lru_cache(512)
def _ink(text: str, size: int) -> NDArray[np.float32]:
    """Return text as opacity, float32 (h, w); every text of a size has the same height."""
    font = font_of(size)
    left, _, right, _ = font.getbbox(text)
    _, top, _, bottom = font.getbbox("0Ay|")
    ink = Image.new("L", (max(1, round(right - left)), round(bottom - top)))
    ImageDraw.Draw(ink).text((-left, -top), text, font=font, fill=255)
    return np.asarray(ink, np.float32) / np.float32(255)


def write(
    picture: Picture, text: str, x: int, y: int, size: int, colour: Colour = WHITE, *, plate: float = 0.0
) -> None:
    """Write text with its left top at x, y, moved to lie inside the picture as far as it fits.

    Args:
        picture: BGR uint8 (H, W, 3), changed in place.
        text: one line.
        x, y: pixels.
        size: height of the letters, pixels.
        colour: of the letters, blue, green, red.
        plate: opacity of the dark plate below them, 0 to 1.
    """
    ink = _ink(text, size)
    room = round(0.3 * size) if plate else 0
    height, width = ink.shape[0] + 2 * room, ink.shape[1] + 2 * room
    x = int(np.clip(x, 0, max(0, picture.shape[1] - width)))
    y = int(np.clip(y, 0, max(0, picture.shape[0] - height)))
    part = picture[y : y + height, x : x + width].astype(np.float32) * (1 - plate)
    inner = part[room : room + ink.shape[0], room : room + ink.shape[1]]
    opacity = ink[: inner.shape[0], : inner.shape[1], None]
    inner += opacity * (np.array(colour, np.float32) - inner)
    picture[y : y + height, x : x + width] = part.astype(np.uint8)


def shortened(text: str, size: int, width: int) -> str:
    """Return text that fits into ``width`` pixels, its end left out where it does not."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text + "…"


def wrapped(text: str, size: int, width: int) -> list[str]:
    """Return text as lines that fit into ``width`` pixels, broken at spaces; longer words are shortened."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(shortened(word, size, width))
    return lines

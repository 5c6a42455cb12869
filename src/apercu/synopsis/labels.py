"""Small text on pictures: the true time of each object, and the notice that this is a synopsis."""

from __future__ import annotations

from functools import cache, lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

NOTICE = "SYNOPSIS: moments shown together, times are original"
Picture = NDArray[np.uint8]
Box = tuple[int, int, int, int]


def text_size(frame_height: int) -> int:
    """Return the height of text, pixels, that is legible on a picture of this height."""
    return max(9, round(frame_height / 38))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


@lru_cache(256)
def _plate(text: str, size: int) -> NDArray[np.float32]:
    """Return a rounded dark plate with white text: float32 (h, w, 2), grey level and opacity."""
    font = _font(size)
    left, _, right, _ = font.getbbox(text)
    pad_x, pad_y = round(size * 0.35), round(size * 0.2)
    # Same height for every text: a line of labels must not dance.
    _, line_top, _, line_bottom = font.getbbox("0Ay")
    width, height = round(right - left) + 2 * pad_x, round(line_bottom - line_top) + 2 * pad_y
    ink, plate = Image.new("L", (width, height)), Image.new("L", (width, height))
    ImageDraw.Draw(plate).rounded_rectangle((0, 0, width - 1, height - 1), radius=size // 4, fill=150)
    ImageDraw.Draw(ink).text((pad_x - left, pad_y - line_top), text, font=font, fill=255)
    white = np.asarray(ink, np.float32) / 255
    opacity = np.maximum(np.asarray(plate, np.float32) / 255, white)
    return np.stack([white * 255, opacity], axis=2)


def draw(picture: Picture, text: str, x: int, y: int, size: int, strength: float = 1.0) -> Box:
    """Draw text on its plate with the left top at x, y, kept inside the picture; return the plate's box.

    Args:
        picture: BGR uint8 (H, W, 3), changed in place.
        strength: opacity, 0 to 1.
    """
    plate = _plate(text, size)
    box = place(picture.shape, text, x, y, size)
    x1, y1, x2, y2 = box
    part = picture[y1:y2, x1:x2].astype(np.float32)
    cut = plate[: y2 - y1, : x2 - x1]
    opacity = cut[..., 1:] * strength
    part += opacity * (cut[..., :1] - part)
    picture[y1:y2, x1:x2] = part.astype(np.uint8)
    return box


def place(shape: tuple[int, ...], text: str, x: int, y: int, size: int) -> Box:
    """Return the box x1 y1 x2 y2 that ``draw`` would take in a picture of this shape (H, W, ...)."""
    height, width = _plate(text, size).shape[:2]
    x = int(np.clip(x, 0, max(0, shape[1] - width)))
    y = int(np.clip(y, 0, max(0, shape[0] - height)))
    return x, y, min(shape[1], x + width), min(shape[0], y + height)


def draw_notice(picture: Picture, text: str = NOTICE) -> None:
    """Write the notice into the left bottom corner."""
    size = text_size(picture.shape[0])
    while size > 7 and _plate(text, size).shape[1] > picture.shape[1]:
        size -= 1
    draw(picture, text, 4, picture.shape[0] - 4 - _plate(text, size).shape[0], size)


def outline(picture: Picture, box: Box, colour: tuple[int, int, int]) -> None:
    """Draw a thin frame around a box."""
    cv2.rectangle(picture, box[:2], box[2:], colour, max(1, picture.shape[0] // 400), cv2.LINE_AA)

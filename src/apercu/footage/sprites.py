"""Pictures of moving things with soft edges and shadows, and how they are laid onto a frame.

Colours are multiplied by their opacity once, when a sprite is made: scaled and shifted sprites then keep
clean edges, and laying one down is a single multiply and add.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]
"""Blue, green, red, 0 to 255 each."""

SOLID = 128
"""A pixel belongs to an object from this opacity on: half of it or more."""


@dataclass(frozen=True, slots=True)
class Sprite:
    """One pose of one thing.

    Attributes:
        image: uint8 (h, w, 4), blue green red already multiplied by opacity, and opacity.
        shade: uint8 (h, w), how deep its shadow lies on what is behind it, 255 the deepest.
        anchor: x, y in pixels of the sprite of the point that stands on the ground.
    """

    image: Picture
    shade: Picture
    anchor: tuple[float, float]


class Look(Protocol):
    """How a thing looks while it moves. The same arguments always give the same sprite."""

    def sprite(self, distance: float, facing: int, moving: bool) -> Sprite:
        """Return the pose after ``distance`` sprite pixels of way, facing right (1) or left (-1)."""
        ...


@dataclass(frozen=True, slots=True)
class Still:
    """A look that never changes, except that it is mirrored when it turns round."""

    right: Sprite
    left: Sprite

    def sprite(self, distance: float, facing: int, moving: bool) -> Sprite:
        """Return the one pose."""
        return self.right if facing >= 0 else self.left


@dataclass(frozen=True, slots=True)
class Placed:
    """A sprite scaled and moved to its place in a picture, cut at the picture's edges.

    Attributes:
        where: rows and columns of the picture that it covers.
        image: uint8 (h, w, 4) and shade: uint8 (h, w), of the size of ``where``.
    """

    where: tuple[slice, slice]
    image: Picture
    shade: Picture

    @property
    def solid(self) -> NDArray[np.bool_]:
        """Which pixels of ``where`` the thing itself fills: bool (h, w)."""
        return np.asarray(self.image[..., 3] >= SOLID)


def place(
    sprite: Sprite, x: float, y: float, scale: float, size: tuple[int, int], shear: float = 0.0
) -> Placed | None:
    """Put the anchor of ``sprite`` at x, y of a picture of ``size`` (width, height); fractions count.

    ``shear`` leans it over, in pixels to the right per pixel of height above the anchor. Returns None when no
    part of it is inside the picture.
    """
    height, width = sprite.shade.shape
    lean = abs(shear) * scale * max(sprite.anchor[1], height - sprite.anchor[1])
    left = x - scale * sprite.anchor[0]
    top = y - scale * sprite.anchor[1]
    x1, y1 = max(math.floor(left - lean), 0), max(math.floor(top), 0)
    x2 = min(math.ceil(left + scale * width + lean), size[0])
    y2 = min(math.ceil(top + scale * height), size[1])
    if x1 >= x2 or y1 >= y2:
        return None
    # A sprite pixel's centre is at half coordinates, for OpenCV at whole ones: hence the halves.
    half = (scale - 1) / 2
    matrix = np.array(
        [
            [scale, -shear * scale, left + half + shear * scale * sprite.anchor[1] - x1],
            [0.0, scale, top + half - y1],
        ]
    )
    box = (x2 - x1, y2 - y1)
    image = cv2.warpAffine(sprite.image, matrix, box, flags=cv2.INTER_LINEAR)
    shade = cv2.warpAffine(sprite.shade, matrix, box, flags=cv2.INTER_LINEAR)
    return Placed((slice(y1, y2), slice(x1, x2)), np.asarray(image, np.uint8), np.asarray(shade, np.uint8))


def lay(picture: Picture, placed: Placed, shadow: float) -> None:
    """Lay a placed sprite and its shadow onto a picture (h, w, 3), in place.

    ``shadow`` is the share of light that the deepest shade takes away, 0 to 1.
    """
    region = picture[placed.where]
    opacity = placed.image[..., 3]
    dark = cv2.convertScaleAbs(placed.shade, alpha=shadow)
    through = cv2.multiply(cv2.bitwise_not(opacity), cv2.bitwise_not(dark), scale=1 / 255)
    through3 = cv2.merge([through, through, through])
    colour = cv2.cvtColor(placed.image, cv2.COLOR_BGRA2BGR)
    region[...] = cv2.add(cv2.multiply(region, through3, scale=1 / 255), colour)


def with_shadow(
    image: Picture, anchor: tuple[float, float], *, length: float = 0.25, lean: float = 0.5
) -> Sprite:
    """Make a sprite of a premultiplied image by adding the soft shadow that it casts on the ground behind it.

    ``length`` is the length of the shadow per height of the thing, ``lean`` how far it falls to the right per
    height. The canvas is enlarged where the shadow needs it.
    """
    height = image.shape[0]
    soft = max(2.0, height / 40)
    margin = math.ceil(3 * soft) + 2
    right = margin + math.ceil(lean * height)
    below = margin
    canvas = cv2.copyMakeBorder(image, margin, below, margin, right, cv2.BORDER_CONSTANT, value=(0, 0, 0, 0))
    ax, ay = anchor[0] + margin, anchor[1] + margin
    # The silhouette, laid down: heights shrink to `length` and shift sideways by `lean`.
    flat = np.array([[1.0, -lean, lean * ay], [0.0, length, ay * (1 - length)]])
    silhouette = cv2.warpAffine(np.ascontiguousarray(canvas[..., 3]), flat, canvas.shape[1::-1])
    shade = cv2.GaussianBlur(silhouette, (0, 0), soft)
    return Sprite(np.asarray(canvas, np.uint8), np.asarray(shade, np.uint8), (ax, ay))


def both_ways(image: Picture, anchor: tuple[float, float]) -> tuple[Sprite, Sprite]:
    """Make the right-facing and the left-facing sprite of a right-facing image; the sun stays where it is."""
    mirrored = (image.shape[1] - anchor[0], anchor[1])
    return with_shadow(image, anchor), with_shadow(np.ascontiguousarray(image[:, ::-1]), mirrored)


def shape(size: tuple[int, int], colour: Colour, *, ellipse: bool = False, seed: int = 0) -> Still:
    """Return a textured rectangle or ellipse of ``size`` (width, height) in pixels.

    The texture (seeded) is smooth blotches and a band across, so that motion inside the shape can be seen.
    """
    width, height = size
    rng = np.random.default_rng(seed)
    pad = 2
    grain = rng.uniform(0.65, 1.25, (max(2, height // 6), max(2, width // 6))).astype(np.float32)
    texture = np.asarray(cv2.resize(grain, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    band = int(rng.integers(height // 4, max(height // 2, height // 4 + 1)))
    texture[band : band + max(2, height // 8)] *= np.float32(0.55)
    body = np.clip(texture[..., None] * np.asarray(colour, np.float32), 0, 255)
    canvas = np.zeros((height + 2 * pad, width + 2 * pad, 4), np.float32)
    canvas[pad:-pad, pad:-pad, :3] = body
    opacity = np.zeros(canvas.shape[:2], np.uint8)
    if ellipse:
        fine = 16  # cv2 takes fractions of a pixel as shifted integers
        centre = (round((pad + width / 2 - 0.5) * fine), round((pad + height / 2 - 0.5) * fine))
        axes = (round(width / 2 * fine), round(height / 2 * fine))
        cv2.ellipse(opacity, centre, axes, 0, 0, 360, 255, -1, cv2.LINE_AA, 4)
    else:
        opacity[pad:-pad, pad:-pad] = 255
    canvas[..., 3] = opacity
    canvas[..., :3] *= (opacity / np.float32(255))[..., None]
    image = np.rint(canvas).astype(np.uint8)
    return Still(*both_ways(image, (pad + width / 2, pad + height)))

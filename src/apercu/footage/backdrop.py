"""The still part of the demo street: sky, houses, pavements, road, and the trees that sway in front of them.

Everything is laid out on a sheet 540 units high, y downwards as in the finished picture, and drawn at any
size.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.footage.drawing import Canvas, Point, tint
from apercu.footage.scenery import smooth_noise
from apercu.footage.sprites import Colour, Picture, Sprite

UNITS = 540.0
"""Height of the sheet."""
HOUSES, PATH, ROAD, KERB, LAWN = 262.0, 276.0, 320.0, 456.0, 514.0
"""Where houses meet their gardens, and the upper edges of back pavement, road, front pavement and lawn."""

_FACADES: tuple[Colour, ...] = (
    (176, 208, 226),
    (112, 136, 184),
    (205, 214, 216),
    (150, 186, 205),
    (190, 196, 172),
    (130, 158, 196),
)
_ROOFS: tuple[Colour, ...] = ((72, 78, 112), (88, 82, 78), (66, 80, 128), (98, 92, 90))
_DOORS: tuple[Colour, ...] = ((60, 62, 128), (104, 72, 44), (64, 92, 56), (58, 56, 60))


def street_backdrop(width: int, height: int, seed: int) -> Picture:
    """Return the street without anybody in it, BGR uint8 (h, w, 3)."""
    rng = np.random.default_rng([seed, 5])
    scale = height / UNITS
    across = width / scale
    sheet = _Sheet(across, scale)
    sheet.block(0, 0, across, HOUSES, (238, 226, 214), top=(222, 186, 146))
    for _ in range(5):
        x, y = rng.uniform(0, across), rng.uniform(6, 70)
        for _ in range(7):
            dx, dy = rng.normal(0, (46, 5))
            sheet.oval(x + dx, y + dy, rng.uniform(24, 60), rng.uniform(5, 11), (250, 246, 240), opacity=0.28)
    _draw_distant_trees(sheet, across, rng)
    x = -30.0
    k = int(rng.integers(len(_FACADES)))
    while x < across:
        wide = float(rng.uniform(132, 176))
        _draw_house(sheet, x, wide, float(rng.uniform(92, 118)), k, rng)
        x += wide + (34.0 if k % 3 == 2 else 0.0)
        k += 1
    _draw_gardens(sheet, across, rng)
    _draw_ground(sheet, across)
    return _textured(sheet.finish()[:height, :width, :3], scale, rng)


def tree(height: float, scale: float, seed: int) -> Sprite:
    """Return a tree ``height`` units tall, drawn at ``scale`` pixels per unit, standing on its foot."""
    rng = np.random.default_rng([seed, 6])
    spread = height * 0.31
    sheet = Canvas(2.3 * spread, height, scale, margin=4)
    middle = 1.15 * spread
    crown = height * 0.74
    trunk: Colour = (62, 78, 96)
    sheet.limb([(middle, 0), (middle, 0.5 * height), (middle + 3, 0.75 * height)], [9, 7, 4], trunk)
    sheet.limb([(middle + 2, 0), (middle + 2, 0.5 * height)], [3, 2], tint(trunk, 0.7), opacity=0.6)
    for side in (-1, 1):
        sheet.limb([(middle, 0.45 * height), (middle + side * 0.5 * spread, 0.66 * height)], [5, 2], trunk)
    count = 420
    for i in range(count):
        angle, radius = rng.uniform(0, 2 * np.pi), np.sqrt(rng.uniform(0, 1))
        x = middle + 0.92 * spread * radius * np.cos(angle)
        y = crown + 0.24 * height * radius * np.sin(angle)
        # Leaves higher up and further right stand in the sun; the first ones drawn lie deepest.
        light = 0.5 + 0.4 * i / count + 0.22 * (y - crown) / (0.24 * height) + 0.1 * rng.normal()
        green = (52, 124, 86) if rng.uniform() < 0.7 else (48, 138, 110)
        size = rng.uniform(0.05, 0.11) * spread
        sheet.ellipse((x, y), (size, size * 0.8), tint(green, float(np.clip(light, 0.35, 1.25))))
    image = sheet.finish()
    return Sprite(image, np.zeros(image.shape[:2], np.uint8), sheet.pixel(middle, 0))


class _Sheet:
    """A canvas in sheet units with y downwards, as the layout above counts."""

    def __init__(self, across: float, scale: float) -> None:
        self._canvas = Canvas(across, UNITS, scale, margin=0)

    def block(
        self,
        x: float,
        y: float,
        wide: float,
        high: float,
        colour: Colour,
        *,
        top: Colour | None = None,
        opacity: float = 1.0,
    ) -> None:
        """Fill a rectangle whose upper left corner is at x, y."""
        self.shape(
            [(x, y), (x + wide, y), (x + wide, y + high), (x, y + high)], colour, top=top, opacity=opacity
        )

    def shape(
        self, points: list[Point], colour: Colour, *, top: Colour | None = None, opacity: float = 1.0
    ) -> None:
        """Fill a polygon."""
        self._canvas.polygon([(x, UNITS - y) for x, y in points], colour, top=top, opacity=opacity)

    def oval(self, x: float, y: float, rx: float, ry: float, colour: Colour, *, opacity: float = 1.0) -> None:
        """Fill an ellipse around x, y."""
        self._canvas.ellipse((x, UNITS - y), (rx, ry), colour, opacity=opacity)

    def line(self, points: list[Point], thick: float, colour: Colour, *, opacity: float = 1.0) -> None:
        """Draw a line."""
        self._canvas.line([(x, UNITS - y) for x, y in points], thick, colour, opacity=opacity)

    def finish(self) -> Picture:
        """Return the finished sheet."""
        return self._canvas.finish()


def _draw_distant_trees(sheet: _Sheet, across: float, rng: np.random.Generator) -> None:
    for x in np.arange(-20, across + 40, 26):
        high = rng.uniform(60, 100)
        tone = tint((122, 150, 128), float(rng.uniform(0.85, 1.1)))
        sheet.oval(float(x), HOUSES - high, float(rng.uniform(24, 40)), float(rng.uniform(34, 52)), tone)
    sheet.block(0, HOUSES - 90, across, 90, (104, 132, 112))


def _draw_house(
    sheet: _Sheet, x: float, wide: float, storeys: float, k: int, rng: np.random.Generator
) -> None:
    wall, roof = _FACADES[k % len(_FACADES)], _ROOFS[k % len(_ROOFS)]
    high = 52 + storeys
    eaves = HOUSES - high
    ridge = eaves - float(rng.uniform(34, 50))
    sheet.block(x + wide * 0.72, ridge - 14, 17, 40, tint(wall, 0.6), top=tint(wall, 0.7))
    sheet.block(x + wide * 0.72 - 2, ridge - 17, 21, 5, tint(roof, 0.8))
    sheet.shape(
        [(x - 5, eaves + 3), (x + 12, ridge), (x + wide - 12, ridge), (x + wide + 5, eaves + 3)],
        tint(roof, 0.9),
        top=tint(roof, 1.25),
    )
    rows = int((eaves - ridge) / 6)
    for i in range(1, rows + 1):
        y, inset = ridge + 6 * i, 12 - 17 * (6 * i) / (eaves + 3 - ridge)
        sheet.line([(x + inset, y), (x + wide - inset, y)], 1, tint(roof, 0.72), opacity=0.6)
    sheet.block(x, eaves, wide, high, tint(wall, 0.86), top=wall)
    if k % 2:
        for y in np.arange(eaves + 5, HOUSES, 5):
            sheet.line([(x, float(y)), (x + wide, float(y))], 0.7, tint(wall, 0.74), opacity=0.6)
    sheet.block(x - 4, eaves - 1, wide + 8, 5, (214, 218, 220), top=(236, 238, 240))
    sheet.block(x, eaves + 4, wide, 6, tint(wall, 0.55), opacity=0.5)
    sheet.line([(x + wide - 1, eaves), (x + wide - 1, HOUSES)], 1.6, tint(wall, 0.6), opacity=0.8)
    columns = 3 if wide > 150 else 2
    pitch = wide / columns
    door = int(rng.integers(columns))
    for floor, y in enumerate((eaves + 20, eaves + high * 0.56)):
        for c in range(columns):
            left = x + (c + 0.5) * pitch - 15
            if floor == 1 and c == door:
                _draw_door(sheet, left, y - 4, HOUSES, _DOORS[k % len(_DOORS)])
            else:
                _draw_window(sheet, left, y, 30, high * 0.27, rng)


def _draw_window(
    sheet: _Sheet, x: float, y: float, wide: float, high: float, rng: np.random.Generator
) -> None:
    sheet.block(x - 3, y - 3, wide + 6, high + 6, (206, 212, 214), top=(238, 240, 241))
    sheet.block(x, y, wide, high, (92, 80, 66), top=(176, 152, 122))
    if rng.uniform() < 0.6:
        drape = tint((196, 206, 214), float(rng.uniform(0.75, 1.05)))
        sheet.block(x, y, wide * 0.24, high, drape, opacity=0.7)
        sheet.block(x + wide * 0.76, y, wide * 0.24, high, drape, opacity=0.7)
    sheet.shape(
        [(x + wide * 0.3, y), (x + wide * 0.55, y), (x + wide * 0.25, y + high), (x, y + high)],
        (230, 220, 206),
        opacity=0.2,
    )
    sheet.line([(x + wide / 2, y), (x + wide / 2, y + high)], 2, (226, 230, 231))
    sheet.line([(x, y + high * 0.45), (x + wide, y + high * 0.45)], 1.6, (226, 230, 231))
    sheet.block(x - 5, y + high + 3, wide + 10, 4, (168, 174, 178), top=(216, 220, 222))


def _draw_door(sheet: _Sheet, x: float, y: float, foot: float, colour: Colour) -> None:
    sheet.block(x - 4, y - 5, 38, foot - y + 5, (206, 212, 214))
    sheet.block(x, y, 30, foot - y, tint(colour, 0.8), top=tint(colour, 1.15))
    sheet.block(x + 4, y + 4, 22, 14, (150, 132, 108), top=(186, 166, 140))
    for top in (24.0, 46.0):
        sheet.block(x + 5, y + top, 20, 17, tint(colour, 0.62), opacity=0.7)
    sheet.oval(x + 26, y + 42, 1.6, 1.6, (150, 210, 225))
    sheet.block(x - 7, y - 9, 44, 5, (150, 156, 160), top=(200, 204, 206))


def _draw_gardens(sheet: _Sheet, across: float, rng: np.random.Generator) -> None:
    sheet.block(0, HOUSES - 4, across, PATH - HOUSES + 6, (66, 112, 92), top=(80, 132, 108))
    x = -20.0
    while x < across:
        wide = float(rng.uniform(70, 150))
        tone = tint((56, 104, 76), float(rng.uniform(0.85, 1.15)))
        sheet.block(x, PATH - 24, wide, 24, tint(tone, 0.72), top=tint(tone, 1.12))
        for _ in range(int(wide * 0.9)):
            dx, dy = rng.uniform(0, wide), rng.uniform(-26, -4)
            light = 0.75 + 0.5 * (-dy / 26) * float(rng.uniform(0.6, 1))
            size = float(rng.uniform(1.8, 3.6))
            sheet.oval(x + float(dx), PATH + float(dy), size, size * 0.8, tint(tone, light))
        x += wide + float(rng.uniform(14, 30))


def _draw_ground(sheet: _Sheet, across: float) -> None:
    sheet.block(0, PATH, across, ROAD - PATH, (164, 172, 176), top=(182, 190, 194))
    sheet.block(0, PATH - 1, across, 5, (60, 80, 72), opacity=0.35)
    for i in range(-4, int(across / 44) + 5):
        x = 44.0 * i
        sheet.line([(x, PATH), (x - 6, ROAD)], 1, (128, 136, 140), opacity=0.7)
    sheet.line([(0, PATH + 20), (across, PATH + 20)], 1, (132, 140, 144), opacity=0.6)
    sheet.block(0, ROAD - 8, across, 4, (196, 200, 202))
    sheet.block(0, ROAD - 4, across, 5, (112, 116, 118))
    sheet.block(0, ROAD, across, KERB - ROAD, (104, 102, 100), top=(122, 120, 118))
    sheet.block(0, ROAD, across, 9, (70, 68, 68), opacity=0.35)
    middle = (ROAD + KERB) / 2 - 2
    for i in range(-1, int(across / 110) + 2):
        x = 110.0 * i + 20
        sheet.shape(
            [(x, middle), (x + 54, middle), (x + 53, middle + 5), (x - 1, middle + 5)], (206, 212, 214)
        )
    for y in (ROAD + 9, KERB - 10):
        sheet.line([(0, y), (across, y)], 2, (150, 190, 200), opacity=0.45)
    for y in (ROAD + 36, ROAD + 52, KERB - 44, KERB - 26):
        sheet.block(0, y, across, 7, (84, 82, 80), opacity=0.18)
    sheet.oval(across * 0.37, ROAD + 44, 15, 5, (74, 74, 74))
    sheet.oval(across * 0.37, ROAD + 44, 12, 3.6, (92, 92, 92))
    sheet.block(0, KERB, across, 6, (204, 208, 210))
    sheet.block(0, KERB + 6, across, LAWN - KERB - 6, (174, 182, 186), top=(160, 168, 172))
    for i in range(-4, int(across / 62) + 5):
        x = 62.0 * i
        sheet.line([(x, KERB + 6), (x - 12, LAWN)], 1.2, (126, 134, 138), opacity=0.7)
    sheet.line([(0, KERB + 30), (across, KERB + 30)], 1.2, (130, 138, 142), opacity=0.6)
    sheet.block(0, LAWN, across, UNITS - LAWN, (52, 108, 80), top=(74, 140, 108))


def _textured(picture: Picture, scale: float, rng: np.random.Generator) -> Picture:
    """Give the drawing the grain of real surfaces: fine on asphalt and grass, blotchy everywhere."""
    shape = (picture.shape[0], picture.shape[1])
    grain: NDArray[np.float32] = np.zeros(shape, np.float32)
    blotches = smooth_noise(shape, 90 * scale, rng) + 0.6 * smooth_noise(shape, 22 * scale, rng)
    fine = cv2.GaussianBlur(rng.standard_normal(shape, np.float32), (0, 0), max(0.5, 0.7 * scale))
    for top, foot, soft, hard in (
        (HOUSES, PATH, 2.0, 8.0),
        (PATH, ROAD, 4.0, 6.0),
        (ROAD, KERB, 5.0, 10.0),
        (KERB, LAWN, 4.0, 7.0),
        (LAWN, UNITS, 6.0, 22.0),
        (HOUSES - 180, HOUSES, 2.0, 3.0),
    ):
        rows = slice(max(0, round(top * scale)), round(foot * scale))
        grain[rows] = soft * blotches[rows] + hard * fine[rows]
    rough = picture.astype(np.float32) + grain[..., None]
    return np.asarray(np.clip(rough, 0, 255), np.uint8)

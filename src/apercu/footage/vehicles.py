"""Cars, a van, a lorry and a bus, seen from the side and drawn in metres."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from apercu.footage.drawing import Canvas, Cycle, Point, smooth, tint
from apercu.footage.sprites import Colour, Picture

_GLASS_LOW: Colour = (74, 62, 50)
_GLASS_HIGH: Colour = (168, 148, 122)
_RUBBER: Colour = (30, 28, 28)
_METAL: Colour = (172, 172, 168)
_LAMP: Colour = (215, 245, 255)
_REAR: Colour = (40, 35, 190)


@dataclass(frozen=True, slots=True)
class Body:
    """The side view of a car, facing right, in metres; windows from back to front.

    Attributes:
        length, height: outer size.
        shell: curve from the lower rear corner over bonnet and boot to the lower front corner.
        cabin: curve over the roof, from back to front.
        windows: corners of each window.
        wheels: where the wheels stand.
        radius: of the wheels.
    """

    length: float
    height: float
    shell: tuple[Point, ...]
    cabin: tuple[Point, ...]
    windows: tuple[tuple[Point, ...], ...]
    wheels: tuple[float, ...]
    radius: float = 0.32


SALOON = Body(
    4.55,
    1.45,
    (
        (0.08, 0.25),
        (0.0, 0.48),
        (0.04, 0.82),
        (0.2, 0.95),
        (0.9, 1.0),
        (3.1, 0.98),
        (3.95, 0.87),
        (4.4, 0.7),
        (4.53, 0.5),
        (4.46, 0.25),
    ),
    ((0.7, 0.96), (1.3, 1.34), (1.75, 1.44), (2.35, 1.44), (2.75, 1.33), (3.4, 0.95)),
    (
        ((1.02, 1.0), (1.42, 1.29), (1.75, 1.36), (2.02, 1.37), (2.02, 0.98)),
        ((2.1, 0.98), (2.1, 1.37), (2.33, 1.37), (2.66, 1.28), (3.1, 0.98)),
    ),
    (0.88, 3.62),
)
HATCHBACK = Body(
    3.95,
    1.52,
    (
        (0.12, 0.25),
        (0.02, 0.5),
        (0.03, 0.88),
        (0.14, 1.0),
        (2.6, 1.0),
        (3.3, 0.9),
        (3.78, 0.72),
        (3.93, 0.5),
        (3.86, 0.25),
    ),
    ((0.1, 0.95), (0.3, 1.36), (0.75, 1.5), (1.75, 1.51), (2.2, 1.38), (2.9, 0.97)),
    (
        ((0.34, 1.02), (0.5, 1.34), (0.82, 1.42), (1.45, 1.43), (1.45, 1.0)),
        ((1.54, 1.0), (1.54, 1.43), (1.75, 1.43), (2.1, 1.33), (2.6, 1.0)),
    ),
    (0.72, 3.2),
)
ESTATE = Body(
    4.7,
    1.66,
    (
        (0.1, 0.3),
        (0.02, 0.55),
        (0.03, 0.95),
        (0.14, 1.1),
        (3.2, 1.08),
        (4.0, 0.98),
        (4.52, 0.82),
        (4.68, 0.58),
        (4.6, 0.3),
    ),
    ((0.1, 1.05), (0.3, 1.5), (0.65, 1.63), (2.35, 1.65), (2.85, 1.5), (3.5, 1.06)),
    (
        ((0.34, 1.12), (0.5, 1.46), (0.75, 1.54), (1.2, 1.56), (1.2, 1.1)),
        ((1.3, 1.1), (1.3, 1.56), (2.1, 1.57), (2.1, 1.1)),
        ((2.2, 1.1), (2.2, 1.57), (2.38, 1.56), (2.75, 1.43), (3.2, 1.1)),
    ),
    (0.95, 3.72),
    0.36,
)
VAN = Body(
    5.4,
    2.3,
    (
        (0.06, 0.34),
        (0.0, 0.6),
        (0.02, 2.1),
        (0.16, 2.28),
        (3.5, 2.3),
        (3.95, 2.2),
        (4.55, 1.4),
        (5.1, 1.18),
        (5.36, 0.9),
        (5.38, 0.5),
        (5.3, 0.34),
    ),
    (),
    (((3.25, 1.3), (3.25, 1.98), (3.8, 1.98), (4.3, 1.32)),),
    (1.05, 4.45),
    0.36,
)
_BUS_LENGTH = 7.6
CARS = (SALOON, HATCHBACK, ESTATE)


def car(body: Body, colour: Colour, pixels_per_metre: float) -> Cycle:
    """Return a car or van with turning wheels."""
    return _vehicle(
        lambda c: _draw_body(c, body, colour),
        body.length,
        body.height,
        body.wheels,
        body.radius,
        pixels_per_metre,
    )


def bus(colour: Colour, pixels_per_metre: float) -> Cycle:
    """Return a city bus."""
    return _vehicle(lambda c: _draw_bus(c, colour), _BUS_LENGTH, 3.0, (1.75, 5.45), 0.44, pixels_per_metre)


def lorry(colour: Colour, pixels_per_metre: float) -> Cycle:
    """Return a lorry with a box body behind its cab."""
    return _vehicle(lambda c: _draw_lorry(c, colour), 6.1, 2.98, (1.1, 4.95), 0.43, pixels_per_metre)


def _vehicle(
    draw: Callable[[Canvas], None],
    length: float,
    height: float,
    wheels: tuple[float, ...],
    radius: float,
    pixels_per_metre: float,
) -> Cycle:
    spokes = 5

    def pose(share: float | None) -> tuple[Picture, Point]:
        canvas = Canvas(length, height, pixels_per_metre)
        under = [
            (min(wheels) - 0.6, 0.32),
            (max(wheels) + 0.6, 0.32),
            (max(wheels) + 0.5, 0.12),
            (min(wheels) - 0.5, 0.12),
        ]
        canvas.polygon(under, (28, 26, 26))
        draw(canvas)
        for x in wheels:
            canvas.ellipse((x, radius + 0.02), (radius + 0.07, radius + 0.07), (24, 22, 22))
            _wheel(canvas, x, radius, -(share or 0.0) * 2 * math.pi / spokes, spokes)
        return canvas.finish(), canvas.pixel(length / 2, 0)

    # Seen from the side, a wheel looks the same again after a turn from spoke to spoke.
    return Cycle(pose, 2 * math.pi * radius / spokes * pixels_per_metre, poses=4)


def _wheel(canvas: Canvas, x: float, radius: float, turn: float, spokes: int) -> None:
    hub = (x, radius)
    canvas.ellipse(hub, (radius, radius), _RUBBER, top=(52, 50, 50))
    canvas.ellipse(hub, (radius * 0.66, radius * 0.66), (70, 70, 70))
    for i in range(spokes):
        angle = turn + 2 * math.pi * i / spokes
        rim = (x + 0.6 * radius * math.cos(angle), radius + 0.6 * radius * math.sin(angle))
        canvas.line([hub, rim], radius * 0.22, _METAL)
    canvas.ring(hub, radius * 0.62, radius * 0.1, _METAL)
    canvas.ellipse(hub, (radius * 0.17, radius * 0.17), tint(_METAL, 0.8))


def _draw_body(canvas: Canvas, body: Body, colour: Colour) -> None:
    light, dark = tint(colour, 1.28), tint(colour, 0.55)
    if body.cabin:
        canvas.polygon(smooth(body.cabin), colour, top=light)
    canvas.polygon(smooth(body.shell), dark, top=light)
    belt = min(p[1] for window in body.windows for p in window)
    front, rear = body.length, 0.0
    # The lower third lies in its own shade; a bright edge runs along the flank.
    sill = 0.42 if body.height < 2 else 0.6
    canvas.polygon(
        [(rear + 0.06, 0.27), (rear + 0.02, sill), (front - 0.06, sill), (front - 0.1, 0.27)],
        tint(colour, 0.42),
        opacity=0.55,
    )
    canvas.line(
        [(rear + 0.1, belt - 0.16), (front - 0.55, belt - 0.2)], 0.035, tint(colour, 1.5), opacity=0.55
    )
    for window in body.windows:
        canvas.polygon(window, _GLASS_LOW, top=_GLASS_HIGH)
        _gleam(canvas, window)
    driver = body.windows[-1]
    seat = driver[0][0] + 0.28
    canvas.ellipse((seat, belt + 0.22), (0.1, 0.13), (60, 66, 84), opacity=0.85)
    canvas.polygon(
        [(seat - 0.17, belt), (seat - 0.1, belt + 0.13), (seat + 0.12, belt + 0.13), (seat + 0.2, belt)],
        (52, 48, 46),
        opacity=0.85,
    )
    for window in body.windows:
        seam = window[0][0] - 0.045
        canvas.line([(seam, belt), (seam, 0.36)], 0.02, tint(colour, 0.4), opacity=0.8)
        canvas.line([(seam + 0.1, belt - 0.09), (seam + 0.28, belt - 0.09)], 0.045, tint(colour, 0.45))
    nose = min(0.72, belt - 0.26) if body.height < 2 else 0.95
    canvas.polygon(
        [
            (front - 0.5, nose + 0.09),
            (front - 0.13, nose),
            (front - 0.08, nose - 0.13),
            (front - 0.4, nose - 0.06),
        ],
        _LAMP,
    )
    canvas.polygon(
        [
            (rear + 0.03, nose + 0.18),
            (rear + 0.2, nose + 0.16),
            (rear + 0.16, nose - 0.06),
            (rear + 0.0, nose - 0.06),
        ],
        _REAR,
    )
    canvas.line([(front - 0.45, 0.34), (front - 0.08, 0.36)], 0.09, (45, 43, 43))
    canvas.line([(rear + 0.1, 0.36), (rear + 0.45, 0.34)], 0.09, (45, 43, 43))
    mirror = driver[-1][0] - 0.18
    canvas.ellipse((mirror, belt + 0.07), (0.1, 0.065), tint(colour, 0.75))


def _box(left: float, low: float, right: float, high: float) -> tuple[Point, ...]:
    return (left, low), (left, high), (right, high), (right, low)


def _gleam(canvas: Canvas, window: tuple[Point, ...]) -> None:
    """Lay a slanted reflection of the sky into a window."""
    left, right = min(p[0] for p in window), max(p[0] for p in window)
    low, high = min(p[1] for p in window), max(p[1] for p in window)
    x = left + 0.42 * (right - left)
    rise = high - low - 0.05
    canvas.polygon(
        [
            (x, low + 0.03),
            (x + 0.13, low + 0.03),
            (x + 0.13 + 0.35 * rise, low + rise),
            (x + 0.35 * rise, low + rise),
        ],
        (225, 215, 200),
        opacity=0.28,
    )


def _draw_bus(canvas: Canvas, colour: Colour) -> None:
    end = _BUS_LENGTH
    outline = [(0.04, 0.32), (0.0, 0.8), (0.0, 2.75), (0.1, 2.93), (0.4, 2.98), (end - 0.4, 2.98)]
    outline += [(end - 0.12, 2.86), (end - 0.02, 1.5), (end, 0.8), (end - 0.06, 0.32)]
    canvas.polygon(outline, tint(colour, 0.7), top=tint(colour, 1.2))
    canvas.polygon(_box(0.02, 1.32, end - 0.08, 2.52), (58, 50, 44), top=(88, 76, 64))
    for i in range(4):
        x = 0.22 + 1.42 * i
        window = _box(x, 1.38, x + 1.3, 2.45)
        canvas.polygon(window, _GLASS_LOW, top=(190, 170, 145))
        _gleam(canvas, window)
        if i % 2 == 0:
            canvas.ellipse((x + 0.6, 1.72), (0.13, 0.17), (70, 78, 100), opacity=0.7)
            canvas.ellipse((x + 0.6, 1.45), (0.24, 0.2), (70, 60, 55), opacity=0.7)
    for x in (3.2, 6.15):
        canvas.polygon(_box(x, 0.42, x + 0.98, 2.45), (60, 56, 54))
        for half in (0.06, 0.54):
            canvas.polygon(_box(x + half, 0.5, x + half + 0.38, 2.38), _GLASS_LOW, top=(180, 160, 138))
    windscreen = [(end - 0.42, 1.2), (end - 0.42, 2.55), (end - 0.12, 2.55), (end - 0.03, 1.2)]
    canvas.polygon(windscreen, (80, 68, 56), top=(196, 178, 150))
    canvas.polygon(_box(end - 2.6, 2.62, end - 0.6, 2.88), (28, 28, 28))
    canvas.line([(end - 2.4, 2.75), (end - 1.0, 2.75)], 0.1, (60, 190, 250))
    canvas.line([(0.05, 1.08), (end - 0.08, 1.08)], 0.1, tint(colour, 1.75))
    canvas.line([(0.08, 0.42), (end - 0.12, 0.42)], 0.16, tint(colour, 0.35))
    canvas.ellipse((end - 0.16, 0.78), (0.12, 0.14), _LAMP)
    canvas.polygon(_box(0.02, 0.75, 0.12, 1.0), _REAR)


def _draw_lorry(canvas: Canvas, colour: Colour) -> None:
    canvas.polygon(_box(0.05, 0.5, 5.9, 0.78), (48, 46, 46))
    canvas.polygon(_box(0.0, 0.8, 4.0, 2.95), (196, 200, 202), top=(240, 242, 243))
    canvas.polygon(_box(0.0, 1.5, 4.0, 2.05), (150, 120, 84), top=(176, 140, 96))
    for i in range(1, 6):
        canvas.line([(4 * i / 6, 0.84), (4 * i / 6, 2.9)], 0.02, (160, 163, 165), opacity=0.8)
    canvas.line([(0.0, 2.92), (4.0, 2.92)], 0.06, (150, 152, 155))
    canvas.line([(0.0, 0.84), (4.0, 0.84)], 0.08, (120, 122, 125))
    cab = [
        (4.15, 0.45),
        (4.13, 2.3),
        (4.25, 2.5),
        (5.25, 2.5),
        (5.55, 2.38),
        (5.98, 1.55),
        (6.08, 1.15),
        (6.08, 0.45),
    ]
    canvas.polygon(cab, tint(colour, 0.6), top=tint(colour, 1.2))
    window = ((4.5, 1.48), (4.5, 2.24), (5.15, 2.24), (5.54, 1.48))
    canvas.polygon(window, _GLASS_LOW, top=_GLASS_HIGH)
    _gleam(canvas, window)
    canvas.ellipse((4.85, 1.78), (0.12, 0.15), (60, 66, 84), opacity=0.85)
    canvas.polygon([(5.42, 2.34), (5.58, 2.34), (5.95, 1.5), (5.8, 1.5)], (86, 74, 62), top=_GLASS_HIGH)
    canvas.line([(4.4, 1.4), (4.4, 0.6)], 0.025, tint(colour, 0.4))
    canvas.line([(4.52, 1.28), (4.75, 1.28)], 0.05, tint(colour, 0.4))
    canvas.ellipse((5.96, 0.82), (0.1, 0.12), _LAMP)
    canvas.line([(5.54, 0.5), (6.06, 0.5)], 0.12, (50, 48, 48))
    canvas.polygon(_box(0.0, 0.55, 0.14, 0.75), _REAR)

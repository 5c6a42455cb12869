"""People on foot and on bicycles, and a dog, seen from the side and drawn in metres."""

from __future__ import annotations

import math
from dataclasses import dataclass

from apercu.footage.drawing import Canvas, Cycle, Point, tint
from apercu.footage.sprites import Colour, Picture

_THIGH, _SHIN = 0.45, 0.44


@dataclass(frozen=True, slots=True)
class Outfit:
    """What somebody wears and carries.

    Attributes:
        top, legs, shoes, hair, skin: colours.
        skirt: whether the legs' colour is a skirt's, over bare legs.
        long_hair: down to the shoulders.
        bag: colour of a rucksack, or None.
        hat: colour of a cap or helmet, or None.
    """

    top: Colour
    legs: Colour
    shoes: Colour = (45, 45, 50)
    hair: Colour = (40, 55, 75)
    skin: Colour = (145, 175, 220)
    skirt: bool = False
    long_hair: bool = False
    bag: Colour | None = None
    hat: Colour | None = None


def walker(outfit: Outfit, pixels_per_metre: float, *, height: float = 1.75) -> Cycle:
    """Return somebody walking; one cycle is two steps."""
    size = pixels_per_metre * height / 1.75

    def pose(share: float | None) -> tuple[Picture, Point]:
        canvas = Canvas(1.3, 1.8, size)
        centre = 0.6
        swing = 0.0 if share is None else 1.0
        phase = 2 * math.pi * (share or 0.0)
        near, far = _leg(phase, swing), _leg(phase + math.pi, swing)
        hip_height = -min(p[1] for p in (*near, *far)) + 0.02
        hip = (centre, hip_height)
        shoulder = (centre + 0.03 * swing, hip_height + 0.53)
        _draw_leg(canvas, hip, far, outfit, 0.72)
        _draw_arm(canvas, shoulder, phase, swing, outfit, 0.72)
        _draw_trunk(canvas, hip, shoulder, outfit)
        _draw_leg(canvas, hip, near, outfit, 1.0)
        if outfit.skirt:
            knees = (hip[0] + near[1][0], hip[0] + far[1][0])
            hem = hip_height - 0.36
            canvas.polygon(
                [
                    (hip[0] - 0.12, hip_height + 0.08),
                    (min(knees) - 0.1, hem),
                    (max(knees) + 0.1, hem),
                    (hip[0] + 0.12, hip_height + 0.08),
                ],
                tint(outfit.legs, 0.75),
                top=outfit.legs,
            )
        _draw_head(canvas, (shoulder[0] + 0.03, shoulder[1] + 0.21), outfit)
        _draw_arm(canvas, shoulder, phase + math.pi, swing, outfit, 1.0)
        return canvas.finish(), canvas.pixel(centre, 0)

    return Cycle(pose, 1.45 * size, poses=16)


def cyclist(outfit: Outfit, frame: Colour, pixels_per_metre: float) -> Cycle:
    """Return somebody riding a bicycle; one cycle is a turn of the pedals."""
    rear, front, radius = (0.36, 0.35), (1.44, 0.35), 0.345
    crank, saddle, bar, head = (0.82, 0.30), (0.64, 0.98), (1.27, 1.08), (1.24, 0.92)
    hip, shoulder = (0.64, 1.06), (1.0, 1.53)

    def pose(share: float | None) -> tuple[Picture, Point]:
        canvas = Canvas(1.8, 1.95, pixels_per_metre)
        phase = -2 * math.pi * (share or 0.0)
        for hub in (rear, front):
            for i in range(6):
                angle = phase * 2.5 + math.pi * i / 6
                dx, dy = 0.31 * math.cos(angle), 0.31 * math.sin(angle)
                canvas.line(
                    [(hub[0] - dx, hub[1] - dy), (hub[0] + dx, hub[1] + dy)],
                    0.012,
                    (190, 190, 190),
                    opacity=0.6,
                )
            canvas.ring(hub, radius - 0.02, 0.042, (28, 28, 28))
            canvas.ellipse(hub, (0.045, 0.045), (90, 90, 90))
        _draw_pedalling(canvas, hip, crank, phase + math.pi, outfit, 0.7)
        tubes = ([rear, crank, head, (0.67, 0.86), rear], [crank, (0.65, 0.94)], [(1.22, 1.0), front])
        for tube in tubes:
            canvas.line(tube, 0.045, frame)
        canvas.line([(1.22, 1.0), (1.19, 1.09), bar], 0.045, (60, 60, 60))
        canvas.limb(
            [(saddle[0] - 0.13, saddle[1]), (saddle[0] + 0.12, saddle[1] - 0.01)], [0.09, 0.05], (35, 35, 38)
        )
        canvas.ellipse(crank, (0.09, 0.09), (80, 80, 82))
        _draw_reach(canvas, shoulder, bar, outfit, 0.7)
        _draw_trunk(canvas, hip, shoulder, outfit)
        _draw_pedalling(canvas, hip, crank, phase, outfit, 1.0)
        _draw_head(canvas, (shoulder[0] + 0.1, shoulder[1] + 0.19), outfit)
        _draw_reach(canvas, shoulder, bar, outfit, 1.0)
        return canvas.finish(), canvas.pixel(0.9, 0)

    return Cycle(pose, 5.2 * pixels_per_metre, poses=16)


def dog(colour: Colour, pixels_per_metre: float) -> Cycle:
    """Return a trotting dog."""

    def pose(share: float | None) -> tuple[Picture, Point]:
        canvas = Canvas(1.15, 0.8, pixels_per_metre)
        swing = 0.0 if share is None else 1.0
        phase = 2 * math.pi * (share or 0.0)
        for x, offset, tone in (
            (0.3, math.pi, 0.65),
            (0.72, 0.0, 0.65),
            (0.26, 0.0, 1.0),
            (0.76, math.pi, 1.0),
        ):
            angle = 0.5 * swing * math.sin(phase + offset)
            bend = 0.35 * swing * max(0.0, math.cos(phase + offset))
            knee = (x + 0.19 * math.sin(angle), 0.42 - 0.19 * math.cos(angle))
            paw = (knee[0] + 0.2 * math.sin(angle - bend), max(knee[1] - 0.2 * math.cos(angle - bend), 0.03))
            canvas.limb(
                [(x, 0.42), knee, paw, (paw[0] + 0.05, paw[1])], [0.15, 0.09, 0.06, 0.06], tint(colour, tone)
            )
        canvas.limb([(0.26, 0.44), (0.5, 0.45), (0.76, 0.46)], [0.2, 0.22, 0.27], tint(colour, 0.95))
        wag = 0.05 * math.sin(2 * phase)
        canvas.limb([(0.2, 0.5), (0.08, 0.6), (0.05 + wag, 0.7)], [0.08, 0.06, 0.04], colour)
        canvas.limb([(0.78, 0.5), (0.9, 0.64)], [0.2, 0.16], colour)
        canvas.ellipse((0.93, 0.67), (0.11, 0.1), tint(colour, 1.05))
        canvas.limb([(0.97, 0.65), (1.1, 0.62)], [0.11, 0.07], tint(colour, 1.1))
        canvas.ellipse((1.13, 0.635), (0.025, 0.025), (20, 20, 20))
        canvas.limb([(0.87, 0.72), (0.83, 0.6)], [0.07, 0.06], tint(colour, 0.6))
        canvas.ellipse((0.97, 0.69), (0.016, 0.016), (15, 15, 15))
        canvas.line([(0.83, 0.5), (0.9, 0.56)], 0.035, (40, 40, 190))
        return canvas.finish(), canvas.pixel(0.5, 0)

    return Cycle(pose, 0.8 * pixels_per_metre, poses=12)


def _leg(phase: float, swing: float) -> tuple[Point, Point, Point, Point]:
    """Return hip, knee, ankle and toe of a leg, from the hip; at phase 0 the heel strikes ahead."""
    thigh = swing * 0.44 * math.cos(phase) + 0.04
    knee_bend = 0.06 + swing * 0.95 * max(0.0, -math.sin(phase + 0.25))
    knee = (_THIGH * math.sin(thigh), -_THIGH * math.cos(thigh))
    shin = thigh - knee_bend
    ankle = (knee[0] + _SHIN * math.sin(shin), knee[1] - _SHIN * math.cos(shin))
    pitch = 0.55 * shin * swing
    toe = (ankle[0] + 0.17 * math.cos(pitch), ankle[1] - 0.035 + 0.17 * math.sin(pitch))
    return (0.0, 0.0), knee, ankle, toe


def _draw_leg(canvas: Canvas, hip: Point, leg: tuple[Point, ...], outfit: Outfit, tone: float) -> None:
    joints = [(hip[0] + x, hip[1] + y) for x, y in leg]
    cloth = tint(outfit.skin if outfit.skirt else outfit.legs, tone)
    canvas.limb([joints[2], joints[3]], [0.095, 0.065], tint(outfit.shoes, tone))
    canvas.limb(joints[:3], [0.2, 0.145, 0.1] if not outfit.skirt else [0.16, 0.115, 0.075], cloth)


def _draw_arm(
    canvas: Canvas, shoulder: Point, phase: float, swing: float, outfit: Outfit, tone: float
) -> None:
    upper = swing * 0.42 * math.cos(phase) - 0.05
    lower = upper + 0.22 + 0.2 * swing * max(0.0, math.cos(phase))
    elbow = (shoulder[0] + 0.29 * math.sin(upper), shoulder[1] - 0.03 - 0.29 * math.cos(upper))
    hand = (elbow[0] + 0.25 * math.sin(lower), elbow[1] - 0.25 * math.cos(lower))
    canvas.ellipse((hand[0] + 0.01, hand[1] - 0.03), (0.04, 0.055), tint(outfit.skin, tone))
    canvas.limb(
        [(shoulder[0], shoulder[1] - 0.03), elbow, hand], [0.125, 0.1, 0.075], tint(outfit.top, tone * 0.88)
    )


def _draw_trunk(canvas: Canvas, hip: Point, shoulder: Point, outfit: Outfit) -> None:
    middle = ((hip[0] + shoulder[0]) / 2, (hip[1] + shoulder[1]) / 2)
    if outfit.bag is not None:
        canvas.limb(
            [(middle[0] - 0.17, middle[1] - 0.06), (shoulder[0] - 0.16, shoulder[1] - 0.08)],
            [0.21, 0.18],
            outfit.bag,
        )
    canvas.limb([hip, (hip[0], hip[1] - 0.04)], [0.23, 0.2], tint(outfit.legs, 0.9))
    canvas.limb([(hip[0], hip[1] + 0.03), middle, shoulder], [0.24, 0.25, 0.2], outfit.top)
    # Light falls from above ahead: the back and the waist are darker.
    canvas.limb(
        [(hip[0] - 0.06, hip[1] + 0.04), (shoulder[0] - 0.07, shoulder[1] - 0.04)],
        [0.1, 0.07],
        tint(outfit.top, 0.6),
        opacity=0.35,
    )
    canvas.limb(
        [(shoulder[0] + 0.01, shoulder[1] + 0.04), (shoulder[0] + 0.03, shoulder[1] + 0.12)],
        [0.11, 0.1],
        tint(outfit.skin, 0.85),
    )


def _draw_head(canvas: Canvas, centre: Point, outfit: Outfit) -> None:
    x, y = centre
    if outfit.long_hair:
        canvas.limb([(x - 0.05, y + 0.03), (x - 0.07, y - 0.2)], [0.2, 0.14], tint(outfit.hair, 0.85))
    canvas.ellipse((x - 0.02, y + 0.015), (0.115, 0.132), outfit.hair)
    canvas.ellipse((x + 0.02, y - 0.015), (0.085, 0.115), tint(outfit.skin, 0.9), top=outfit.skin)
    canvas.ellipse((x + 0.105, y - 0.02), (0.02, 0.025), outfit.skin)
    canvas.limb([(x - 0.06, y + 0.08), (x + 0.05, y + 0.105)], [0.1, 0.045], outfit.hair)
    if outfit.hat is not None:
        canvas.polygon(
            [
                (x - 0.13, y + 0.05),
                (x - 0.1, y + 0.13),
                (x, y + 0.165),
                (x + 0.09, y + 0.12),
                (x + 0.11, y + 0.05),
            ],
            tint(outfit.hat, 0.8),
            top=tint(outfit.hat, 1.2),
        )


def _draw_pedalling(
    canvas: Canvas, hip: Point, crank: Point, phase: float, outfit: Outfit, tone: float
) -> None:
    pedal = (crank[0] + 0.17 * math.cos(phase), crank[1] + 0.17 * math.sin(phase))
    canvas.line([crank, pedal], 0.035, (90, 90, 92))
    ankle = (pedal[0] - 0.06, pedal[1] + 0.09)
    knee = _joint(hip, ankle, _THIGH, _SHIN, 1.0)
    canvas.limb([ankle, (pedal[0] + 0.1, pedal[1] + 0.03)], [0.095, 0.06], tint(outfit.shoes, tone))
    canvas.limb([hip, knee, ankle], [0.19, 0.14, 0.095], tint(outfit.legs, tone))


def _draw_reach(canvas: Canvas, shoulder: Point, hand: Point, outfit: Outfit, tone: float) -> None:
    elbow = _joint(shoulder, hand, 0.3, 0.28, -1.0)
    canvas.ellipse(hand, (0.05, 0.045), tint(outfit.skin, tone))
    canvas.limb(
        [(shoulder[0], shoulder[1] - 0.02), elbow, hand], [0.12, 0.1, 0.075], tint(outfit.top, tone * 0.88)
    )


def _joint(a: Point, b: Point, first: float, second: float, side: float) -> Point:
    """Return the knee or elbow of a limb of two bones from ``a`` to ``b``; ``side`` 1 bends it forward."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    span = min(math.hypot(dx, dy), first + second - 1e-6)
    along = (first**2 - second**2 + span**2) / (2 * span)
    out = side * math.sqrt(max(first**2 - along**2, 0.0))
    ux, uy = dx / math.hypot(dx, dy), dy / math.hypot(dx, dy)
    return a[0] + along * ux - out * uy, a[1] + along * uy + out * ux

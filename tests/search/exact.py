"""Points, steps and polygons in whole numbers: nothing is ever rounded."""

from __future__ import annotations

from collections.abc import Sequence

Exact = tuple[int, int]
"""A point in whole parts of a pixel so small that no coordinate is rounded."""


def whole(x: float, y: float) -> Exact:
    (a, b), (c, d) = x.as_integer_ratio(), y.as_integer_ratio()
    return (a << 100) // b, (c << 100) // d


def turn(a: Exact, b: Exact, c: Exact) -> int:
    """Return on which side of the way from a to b a point c is: 1, -1, or 0 on it."""
    cross = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (cross > 0) - (cross < 0)


def on(a: Exact, b: Exact, c: Exact) -> bool:
    return (
        turn(a, b, c) == 0
        and min(a[0], b[0]) <= c[0] <= max(a[0], b[0])
        and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])
    )


def encloses(point: Exact, corners: Sequence[Exact]) -> bool:
    """Return whether corners enclose a point, or it is on an edge: by a ray to the right."""
    y = point[1]
    odd = False
    for a, b in zip(corners, [*corners[1:], corners[0]], strict=True):
        if on(a, b, point):
            return True
        if (a[1] > y) != (b[1] > y) and turn(a, b, point) == (1 if b[1] > a[1] else -1):
            odd = not odd
    return odd


def touches(a: Exact, b: Exact, corners: Sequence[Exact]) -> bool:
    """Return whether a straight step touches what corners enclose."""
    if encloses(a, corners) or encloses(b, corners):
        return True
    return any(meet(a, b, c, d) for c, d in zip(corners, [*corners[1:], corners[0]], strict=True))


def meet(a: Exact, b: Exact, c: Exact, d: Exact) -> bool:
    if turn(a, b, c) != turn(a, b, d) and turn(c, d, a) != turn(c, d, b):
        return True
    return on(a, b, c) or on(a, b, d) or on(c, d, a) or on(c, d, b)

"""Plane geometry in whole numbers, never rounded: what lies inside of corners and what touches them."""

from __future__ import annotations

from collections.abc import Sequence

Exact = tuple[int, int]
"""A point in whole parts of a pixel so small that no coordinate is rounded."""


def whole(x: float, y: float) -> Exact:
    """Return a point in whole numbers."""
    (a, b), (c, d) = x.as_integer_ratio(), y.as_integer_ratio()
    return (a << 100) // b, (c << 100) // d


def _turn(a: Exact, b: Exact, c: Exact) -> int:
    """Return on which side of the way from a to b a point c is: 1, -1, or 0 on it."""
    cross = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (cross > 0) - (cross < 0)


def _on(a: Exact, b: Exact, c: Exact) -> bool:
    return (
        _turn(a, b, c) == 0
        and min(a[0], b[0]) <= c[0] <= max(a[0], b[0])
        and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])
    )


def inside(point: Exact, corners: Sequence[Exact]) -> bool:
    """Return whether a point is enclosed by corners, or on an edge: by a ray to the right."""
    y = point[1]
    odd = False
    for a, b in zip(corners, [*corners[1:], corners[0]], strict=True):
        if _on(a, b, point):
            return True
        if (a[1] > y) != (b[1] > y) and _turn(a, b, point) == (1 if b[1] > a[1] else -1):
            odd = not odd
    return odd


def touches(a: Exact, b: Exact, corners: Sequence[Exact]) -> bool:
    """Return whether a straight step touches what corners enclose."""
    if inside(a, corners) or inside(b, corners):
        return True
    return any(_meet(a, b, c, d) for c, d in zip(corners, [*corners[1:], corners[0]], strict=True))


def _meet(a: Exact, b: Exact, c: Exact, d: Exact) -> bool:
    if _turn(a, b, c) != _turn(a, b, d) and _turn(c, d, a) != _turn(c, d, b):
        return True
    return _on(a, b, c) or _on(a, b, d) or _on(c, d, a) or _on(c, d, b)

"""Boxes, polygons and lines: arrays in, arrays out.

Boxes are float arrays (n, 4) as x1 y1 x2 y2 in pixels, x to the right and y down, x2 and y2 exclusive.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Real = TypeVar("Real", bound=np.floating)
Number = TypeVar("Number", bound=np.number)


def sides(boxes: NDArray[Number]) -> NDArray[Number]:
    """Return widths and heights (..., 2) of boxes (..., 4)."""
    return np.asarray(boxes[..., 2:] - boxes[..., :2], boxes.dtype)


def area(boxes: Floats) -> Floats:
    """Return areas (...) of boxes (..., 4) in square pixels; inside-out boxes have none."""
    size = np.maximum(sides(boxes), 0)
    return np.asarray(size[..., 0] * size[..., 1])


def sizes(boxes: Floats) -> Floats:
    """Return how large boxes (..., 4) are: (...), the square root of their area, one pixel at least."""
    return np.sqrt(np.maximum(area(boxes), 1))


def shared(a: Floats, b: Floats) -> Floats:
    """Return the areas (...) that boxes a (..., 4) share each with the same one of b (..., 4)."""
    size = np.maximum(np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]), 0)
    return np.asarray(size[..., 0] * size[..., 1])


def gaps(a: Floats, b: Floats) -> Floats:
    """Return how far apart boxes (..., 4) are across and down (..., 2); below 0 where they are not."""
    return np.maximum(a[..., :2] - b[..., 2:], b[..., :2] - a[..., 2:])


def intersection(a: Floats, b: Floats) -> Floats:
    """Return shared areas (n, m) of boxes a (n, 4) and b (m, 4)."""
    return shared(a[:, None], b[None])


def iou(a: Floats, b: Floats) -> Floats:
    """Return intersection over union (n, m) of boxes a (n, 4) and b (m, 4)."""
    return paired_iou(a[:, None], b[None])


def paired_iou(a: Floats, b: Floats) -> Floats:
    """Return intersection over union (...) of each box of a (..., 4) with the same one of b (..., 4).

    Of boxes that are NaN it is NaN.
    """
    common = shared(a, b)
    return np.asarray(common / np.maximum(area(a) + area(b) - common, np.finfo(np.float32).tiny))


def coverage(a: Floats, b: Floats) -> Floats:
    """Return the share (n, m) of each box of a (n, 4) that lies inside each box of b (m, 4)."""
    return np.asarray(intersection(a, b) / np.maximum(area(a)[:, None], np.finfo(np.float32).tiny))


def clip(boxes: Floats, width: float, height: float) -> Floats:
    """Return boxes (n, 4) cut to a picture of width x height."""
    return np.clip(boxes, 0, np.array([width, height, width, height], boxes.dtype))


def expand(boxes: Floats, margin: float | Floats) -> Floats:
    """Return boxes (n, 4) grown on every side by ``margin`` pixels (a number, or one per box)."""
    grow = np.broadcast_to(np.asarray(margin, boxes.dtype), (len(boxes),))[:, None]
    return np.concatenate([boxes[:, :2] - grow, boxes[:, 2:] + grow], axis=1)


def near_edges(boxes: Floats, size: tuple[int, int], margin: float) -> NDArray[np.bool_]:
    """Return which sides (n, 4) of boxes (n, 4) are nearer than ``margin`` pixels to the edge there.

    ``size`` is width and height of the picture. At its edges things come and go piece by piece.
    """
    return np.concatenate([boxes[:, :2] < margin, boxes[:, 2:] > np.array(size) - margin], axis=1)


def centres(boxes: Floats) -> Floats:
    """Return centres (..., 2) of boxes (..., 4)."""
    return np.asarray((boxes[..., :2] + boxes[..., 2:]) / 2)


def feet(boxes: Floats) -> Floats:
    """Return bottom centres (n, 2) of boxes (n, 4): feet and wheels stand on the ground, heads do not."""
    return np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]], axis=1)


def nms(boxes: Floats, scores: Floats, threshold: float) -> NDArray[np.intp]:
    """Return the indices kept by greedy non-maximum suppression, best score first.

    A box is dropped when its IoU with a better box exceeds ``threshold``.
    """
    order = np.argsort(-scores, kind="stable")
    overlaps = iou(boxes[order], boxes[order]) > threshold
    kept: list[int] = []
    alive = np.ones(len(order), bool)
    for i in range(len(order)):
        if alive[i]:
            kept.append(i)
            alive[i + 1 :] &= ~overlaps[i, i + 1 :]
    return np.asarray(order[kept], np.intp)


def spanned(boxes: NDArray[Real]) -> NDArray[Real]:
    """Return the box (4,) that holds all of ``boxes`` (n, 4), of which there is at least one."""
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def median(values: NDArray[Real]) -> NDArray[Real]:
    """Return the median over the first axis of finite numbers (n, ...), n at least 1, as ``np.median`` does.

    For the few dozen boxes of a track that takes an eighth of the time: nothing is moved or checked.
    """
    half, odd = divmod(len(values), 2)
    rows = np.sort(values, axis=0)
    return np.asarray(rows[half] if odd else (rows[half - 1] + rows[half]) / 2)


def project(points: Floats, homography: Floats) -> NDArray[np.float64]:
    """Return points (n, 2) carried over by a homography (3, 3); NaN where they have no place on the plane.

    A point has none when it lies on or beyond the plane's horizon: its third homogeneous coordinate is not
    positive. So the homography's sign counts.
    """
    carried = np.column_stack([points, np.ones(len(points))]) @ np.asarray(homography, np.float64).T
    depth = np.where(carried[:, 2] > 0, carried[:, 2], np.nan)
    return np.asarray(carried[:, :2] / depth[:, None])


def beside(points: Floats, line: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where points (n, 2) are as one looks along a line (2, 2): to its right, and along it, each (n,).

    Both are distances from the line's first end; to its left and behind that end they are negative.
    """
    way = line[1] - line[0]
    along = way / np.hypot(*way)
    from_end = points - line[0]
    return np.asarray(from_end @ np.array([-along[1], along[0]])), np.asarray(from_end @ along)


def share_before(before: Floats, after: Floats) -> NDArray[np.float64]:
    """Return how far into each step, 0 to 1, a value that goes from ``before`` to ``after`` is nought: (n,).

    Of a step on which it is nowhere nought, what is returned means nothing.
    """
    a, b = np.abs(before), np.abs(after)
    return np.asarray(a / np.maximum(a + b, np.finfo(np.float64).tiny))


def steps_through(
    to_right: Floats, along: Floats, length: float, together: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return which steps from one point to the next lead through a line, between its ends.

    Args:
        to_right, along: (n,), where the points are, see ``beside``. A point on the line is to its left.
        length: of the line.
        together: bool (n - 1,), whether a point and the next belong to one path.

    Returns:
        int64 (n - 1,): 1 for a step to the line's right, -1 to its left, 0 for one that does not lead through
        it; and float64 (n - 1,): how far into the step it does.
    """
    right = to_right > 0
    share = share_before(to_right[:-1], to_right[1:])
    at = along[:-1] + share * np.diff(along)
    inside = (at >= 0) & (at <= length) & together
    return np.where(inside, right[1:].astype(np.int64) - right[:-1], 0), share

"""Boxes: against plain arithmetic, and the laws they keep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from apercu import geometry


@st.composite
def boxes(draw: st.DrawFn) -> NDArray[np.float64]:
    count = draw(st.integers(0, 6))
    corner = st.integers(-50, 50)
    side = st.integers(0, 60)
    rows = [(x := draw(corner), y := draw(corner), x + draw(side), y + draw(side)) for _ in range(count)]
    return np.array(rows, np.float64).reshape(-1, 4)


def pixels(box: NDArray[np.float64]) -> set[tuple[int, int]]:
    x1, y1, x2, y2 = box.astype(int)
    return {(x, y) for x in range(x1, x2) for y in range(y1, y2)}


@given(boxes(), boxes())
def test_shared_areas_count_shared_pixels(a: NDArray[np.float64], b: NDArray[np.float64]) -> None:
    shared = geometry.intersection(a, b)
    union = geometry.iou(a, b)
    inside = geometry.coverage(a, b)
    assert shared.shape == union.shape == inside.shape == (len(a), len(b))
    for i, one in enumerate(a):
        for j, two in enumerate(b):
            p, q = pixels(one), pixels(two)
            assert shared[i, j] == len(p & q)
            assert union[i, j] == pytest.approx(len(p & q) / len(p | q) if p | q else 0)
            assert inside[i, j] == pytest.approx(len(p & q) / len(p) if p else 0)


@given(boxes())
def test_iou_is_symmetric_and_one_with_itself(a: NDArray[np.float64]) -> None:
    overlaps = geometry.iou(a, a)
    np.testing.assert_array_equal(overlaps, overlaps.T)
    np.testing.assert_array_equal(np.diag(overlaps), (geometry.area(a) > 0).astype(float))


def test_inside_out_boxes_have_no_area() -> None:
    wrong = np.array([[5.0, 5, 1, 9], [0, 0, -2, -2]])
    assert geometry.area(wrong).tolist() == [0, 0]
    assert geometry.iou(wrong, np.array([[0.0, 0, 10, 10]])).tolist() == [[0], [0]]


@given(boxes())
def test_clipped_boxes_stay_in_the_picture(a: NDArray[np.float64]) -> None:
    cut = geometry.clip(a, 40, 30)
    assert (cut >= 0).all()
    assert (cut <= [40, 30, 40, 30]).all()
    frame = np.array([[0.0, 0, 40, 30]])
    np.testing.assert_allclose(geometry.area(cut), geometry.intersection(a, frame)[:, 0])


def test_growing_takes_one_margin_or_one_per_box() -> None:
    two = np.array([[0.0, 0, 10, 10], [5, 5, 6, 6]], np.float32)
    assert geometry.expand(two, 2).tolist() == [[-2, -2, 12, 12], [3, 3, 8, 8]]
    grown = geometry.expand(two, np.array([1.0, 0.5]))
    assert grown.tolist() == [[-1, -1, 11, 11], [4.5, 4.5, 6.5, 6.5]]
    assert grown.dtype == np.float32
    assert geometry.expand(two[:0], 3).shape == (0, 4)


def test_centres_and_feet() -> None:
    box = np.array([[10.0, 20, 30, 60]])
    assert geometry.centres(box).tolist() == [[20, 40]]
    assert geometry.feet(box).tolist() == [[20, 60]]


def test_boxes_apart_and_boxes_at_the_edge() -> None:
    boxes = np.array([[0.0, 10.0, 4.0, 12.0], [7.0, 11.0, 20.0, 30.0]])
    assert geometry.sides(boxes).tolist() == [[4, 2], [13, 19]]
    assert geometry.sizes(np.array([[0.0, 0.0, 8.0, 2.0], [3.0, 3.0, 3.0, 3.0]])).tolist() == [4, 1]
    assert geometry.gaps(boxes[0], boxes[1]).tolist() == [3, -1]
    assert np.argwhere(geometry.near_edges(boxes, (21, 40), 2.0)).tolist() == [[0, 0], [1, 2]]


@given(boxes(), st.data())
def test_suppression_keeps_the_best_and_nothing_that_overlaps_it(
    a: NDArray[np.float64], data: st.DataObject
) -> None:
    scores = np.array(data.draw(st.lists(st.floats(0, 1), min_size=len(a), max_size=len(a))))
    kept = geometry.nms(a, scores, 0.4)
    assert len(set(kept.tolist())) == len(kept)
    assert (np.diff(scores[kept]) <= 0).all()
    overlaps = geometry.iou(a, a)
    for i, one in enumerate(kept):
        assert (overlaps[one, kept[:i]] <= 0.4).all()
    for dropped in set(range(len(a))) - set(kept.tolist()):
        better = kept[scores[kept] >= scores[dropped]]
        assert (overlaps[dropped, better] > 0.4).any()


@given(arrays(np.float64, array_shapes(max_dims=2, max_side=9), elements=st.floats(-1e6, 1e6)))
def test_a_median_is_that_of_numpy(values: NDArray[np.float64]) -> None:
    assert np.array_equal(geometry.median(values), np.median(values, axis=0))


def test_a_projection_and_its_inverse() -> None:
    homography = np.array([[0.02, 0.001, -3.0], [0.0, -0.05, 40.0], [0.0, 0.004, -0.3]])
    points = np.array([[100.0, 200.0], [300.0, 400.0], [-50.0, 90.0]])
    places = geometry.project(points, homography)

    assert np.allclose(geometry.project(places, np.linalg.inv(homography)), points)
    assert places[0] == pytest.approx([-0.8 / 0.5, 30.0 / 0.5])


def test_beyond_the_horizon_there_is_no_place() -> None:
    homography = np.array([[1.0, 0, 0], [0, 1.0, 0], [0, 0.01, -1.0]])
    points = np.array([[5.0, 100.0], [5.0, 20.0], [5.0, 200.0]])
    assert np.isnan(geometry.project(points, homography)).tolist() == [[True] * 2, [True] * 2, [False] * 2]
    assert geometry.project(np.zeros((0, 2)), homography).shape == (0, 2)


def test_steps_lead_through_a_line_between_its_ends_to_one_side() -> None:
    line = np.array([[10.0, 50.0], [10.0, 20.0]])  # upwards: its right is that of the picture
    points = np.array([[4.0, 30], [16, 30], [10, 30], [12, 45], [8, 55], [16, 60], [4, 70], [16, 25]])
    to_right, along = geometry.beside(points, line)
    assert to_right.tolist() == [-6, 6, 0, 2, -2, 6, -6, 6]
    assert along.tolist() == [20, 20, 20, 5, -5, -10, -20, 25]

    together = np.array([True] * 6 + [False])
    steps, share = geometry.steps_through(to_right, along, 30.0, together)
    # A point on the line is to its left; what passes behind its end, or is another path, does not count.
    assert steps.tolist() == [1, -1, 1, -1, 0, 0, 0]
    assert share[[0, 1, 2, 3]].tolist() == [0.5, 1.0, 0.0, 0.5]


def test_where_a_value_is_nought_on_its_way() -> None:
    before, after = np.array([-1.0, 3, 0, 0, 2]), np.array([3.0, -1, 5, 0, 0])
    assert geometry.share_before(before, after).tolist() == [0.25, 0.75, 0, 0, 1]

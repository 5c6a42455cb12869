from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from apercu.analysis.cells import SIDE, cells_of_paths, cells_of_points

sides = st.one_of(st.floats(-3, 11), st.integers(-1, 9).map(float))
paths = st.lists(st.tuples(sides, sides), min_size=1, max_size=8)


def drawn(bits: int) -> list[str]:
    return ["".join(".#"[bits >> (8 * row + column) & 1] for column in range(SIDE)) for row in range(SIDE)]


def test_a_path_touches_the_cells_on_its_way() -> None:
    points = np.array([[0.5, 0.5], [2.5, 0.5], [2.5, 3.5], [6.5, 6.5], [6.5, 6.5], [6.5, 6.6]])
    owners = np.array([0, 0, 0, 1, 1, 2])
    first, second, last, none = cells_of_paths(owners, points, 4).tolist()
    assert drawn(first) == ["###.....", "..#.....", "..#.....", "..#.....", *["........"] * 4]
    assert second == last == int(cells_of_points(points[3:4])[0])
    assert none == 0


def test_what_is_outside_counts_to_the_nearest_cell() -> None:
    bits = cells_of_paths(np.zeros(2, np.int64), np.array([[-5.0, -5.0], [20.0, -1.0]]), 1)
    assert drawn(int(bits[0])) == ["########", *["........"] * 7]


@given(paths)
def test_no_cell_on_the_way_is_left_out_and_none_far_from_it_counted(path: list[tuple[float, float]]) -> None:
    points = np.array(path)
    (bits,) = cells_of_paths(np.zeros(len(points), np.int64), points, 1).tolist()
    edges = [-100.0, *range(1, SIDE), 100.0]
    way = shapely.LineString(path) if len(path) > 1 else shapely.Point(path[0])
    for row in range(SIDE):
        for column in range(SIDE):
            box = edges[column], edges[row], edges[column + 1], edges[row + 1]
            touched = bool(bits >> (8 * row + column) & 1)
            if shapely.box(*np.add(box, [1e-6, 1e-6, -1e-6, -1e-6])).intersects(way):
                assert touched
            if touched:
                assert shapely.box(*np.add(box, [-1e-6, -1e-6, 1e-6, 1e-6])).intersects(way)


@pytest.mark.parametrize("count", [0, 3])
def test_without_points_nothing_is_touched(count: int) -> None:
    assert cells_of_paths(np.zeros(0, np.int64), np.zeros((0, 2)), count).tolist() == [0] * count

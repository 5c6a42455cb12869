"""From pixels to metres: against a camera of which everything is known."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.analysis import GroundPlane
from apercu.analysis.ground import COARSEST_M
from apercu.analysis.ground_grid import with_grid
from apercu.errors import UsageError

from .pinhole import MEASURED, Pinhole

CAMERA = Pinhole()
PLACES = np.array([[0.0, 12.0], [-3.0, 18.0], [5.0, 30.0]])


def calibrated(camera: Pinhole = CAMERA, points: np.ndarray = MEASURED) -> GroundPlane:
    return GroundPlane.from_points(camera.grounded(points), points, camera.width, camera.height)


@pytest.mark.parametrize("count", [4, 5, 6])
def test_measured_points_tell_where_the_ground_is(count: int) -> None:
    plane = calibrated(points=MEASURED[:count])

    assert np.allclose(plane.to_metres(CAMERA.grounded(PLACES)), PLACES, atol=1e-6)


def test_more_points_make_up_for_careless_measuring() -> None:
    rng = np.random.default_rng(0)
    ground = np.column_stack([rng.uniform(-8, 8, 30), rng.uniform(11, 35, 30)])
    pixels = CAMERA.grounded(ground) + rng.normal(0, 1.0, (30, 2))
    plane = GroundPlane.from_points(pixels, ground + rng.normal(0, 0.05, (30, 2)), 1280, 720)

    assert np.hypot(*(plane.to_metres(CAMERA.grounded(PLACES)) - PLACES).T).max() < 0.25


ON_ONE_LINE = np.array([[0.0, 12], [0, 16], [0, 20], [4, 14]])
NEARLY = np.array([[0.0, 12], [0.01, 16], [0, 20], [0.01, 26], [0, 30]])
TWICE = np.array([[-4.0, 12], [4, 12], [-6, 20], [-6, 20]])


@pytest.mark.parametrize("points", [ON_ONE_LINE, NEARLY, TWICE], ids=["three of four", "all", "twice"])
def test_points_that_leave_the_ground_open_are_refused(points: np.ndarray) -> None:
    with pytest.raises(UsageError, match="leave open how the ground lies"):
        calibrated(points=points)


def test_what_cannot_be_measured_points_is_refused() -> None:
    pixels = CAMERA.grounded(MEASURED)
    with pytest.raises(UsageError, match="3 measured points"):
        GroundPlane.from_points(pixels[:3], MEASURED[:3], 1280, 720)
    with pytest.raises(UsageError, match="no number"):
        GroundPlane.from_points(pixels, np.where(MEASURED == 34, np.nan, MEASURED), 1280, 720)
    swapped = MEASURED[[1, 0, 2, 3]]
    with pytest.raises(UsageError, match="no view of level ground"):
        GroundPlane.from_points(pixels[:4], swapped, 1280, 720)
    with pytest.raises(UsageError, match="nothing in the lower half"):
        GroundPlane.from_points(pixels, MEASURED * 1000, 1280, 720)


@pytest.mark.parametrize("factor", [1.0, -1.0, 1e-4, -2500.0])
def test_a_homography_counts_whatever_its_scale_and_sign(factor: float) -> None:
    matrix = factor * np.linalg.inv(CAMERA.projection[:, [0, 1, 3]])
    plane = GroundPlane.from_homography(matrix, 1280, 720)

    assert np.allclose(plane.to_metres(CAMERA.grounded(PLACES)), PLACES)


@pytest.mark.parametrize(
    "matrix",
    [np.zeros((3, 3)), np.ones((3, 3)), np.full((3, 3), np.nan), np.eye(2), CAMERA.projection[:, [0, 1, 3]]],
    ids=["zeros", "ones", "nan", "two by two", "the other way round"],
)
def test_what_is_no_homography_is_refused(matrix: np.ndarray) -> None:
    with pytest.raises(UsageError):
        GroundPlane.from_homography(matrix, 1280, 720)


def test_above_the_horizon_and_far_away_nothing_is_measured() -> None:
    plane = calibrated()
    horizon = 360 - 1000 * np.tan(np.radians(15))
    far = CAMERA.grounded([[0.0, 200.0]])
    points = np.array([[640, horizon - 1], [640, horizon + 1], far[0]])

    assert np.isnan(plane.to_metres(points)).all()
    assert plane.metres_per_pixel(points)[2] > COARSEST_M
    assert np.isnan(plane.metres_per_pixel(points)[0])


def test_metres_per_pixel_is_how_far_a_pixel_goes() -> None:
    plane, points = calibrated(), CAMERA.grounded(PLACES)
    turns = np.linspace(0, 2 * np.pi, 721)
    steps = 1e-3 * np.column_stack([np.cos(turns), np.sin(turns)])
    for point, told in zip(points, plane.metres_per_pixel(points), strict=True):
        moved = plane.to_metres(point + steps) - plane.to_metres(point[None])
        assert told == pytest.approx(np.hypot(*moved.T).max() / 1e-3, rel=1e-3)


def test_it_holds_for_the_same_picture_in_another_size() -> None:
    plane = calibrated().for_size(640, 360)

    assert plane is not None
    assert np.allclose(plane.to_metres(CAMERA.grounded(PLACES) / 2), PLACES, atol=1e-5)
    assert calibrated().for_size(960, 720) is None


@pytest.mark.parametrize(
    "camera", [Pinhole(), Pinhole(700, 3.0, 35), Pinhole(2400, 15, 8), Pinhole(600, 4, 55, 640, 480)]
)
def test_the_ground_tells_how_the_camera_stands(camera: Pinhole) -> None:
    middle = camera.height_m / np.tan(np.radians(camera.tilt_deg))
    ground = MEASURED / 20 * middle
    matrix = np.linalg.inv(camera.projection[:, [0, 1, 3]])
    plane = GroundPlane.from_homography(matrix, camera.width, camera.height)
    view = plane.viewpoint

    assert view is not None
    assert view.is_believed
    assert view.focal_px == pytest.approx(camera.focal_px, rel=0.01)
    assert view.height_m == pytest.approx(camera.height_m, rel=0.01)
    assert view.tilt_deg == pytest.approx(camera.tilt_deg, abs=0.5)
    boxes = camera.boxes(ground[:2] + np.array([0, middle / 4]), 1.75, 0.5)
    assert np.allclose(plane.heights(boxes), 1.75, rtol=0.01)
    assert np.allclose(plane.widths(boxes), 0.5, rtol=1e-6)


def test_a_stretched_plan_is_no_camera_and_gives_no_heights() -> None:
    turn = np.array([[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1]])
    stretched = np.diag([1.0, 1.5, 1.0]) @ turn @ calibrated().homography
    plane = GroundPlane.from_homography(stretched, 1280, 720)

    assert plane.viewpoint is not None
    assert not plane.viewpoint.is_believed
    assert np.isnan(plane.heights(CAMERA.boxes(PLACES, 1.75, 0.5))).all()


def test_from_straight_above_widths_are_known_and_heights_are_not() -> None:
    plane = GroundPlane.from_homography(np.diag([0.02, 0.02, 1.0]), 640, 360)
    boxes = np.array([[100.0, 100.0, 200.0, 150.0]])

    assert plane.viewpoint is None
    assert plane.widths(boxes) == pytest.approx([2.0])
    assert np.isnan(plane.heights(boxes)).all()


def test_what_an_edge_cuts_has_no_size() -> None:
    plane = calibrated()
    boxes = np.array(
        [[0.0, 300, 90, 500], [600, 300, 700, 719.0], [600, 300, 700, 500], [1200, 300, 1280, 500]]
    )

    assert plane.whole(boxes).tolist() == [False, False, True, False]
    for sizes in (plane.widths(boxes), plane.heights(boxes)):
        assert np.isnan(sizes).tolist() == [True, True, False, True]
    assert np.isnan(plane.heights(np.array([[600.0, 0.0, 700.0, 500.0]]))).all()


def test_the_grid_lies_on_the_ground() -> None:
    empty = np.zeros((720, 1280, 3), np.uint8)
    drawn, step = with_grid(empty, calibrated())

    assert step in (0.5, 1.0, 2.0, 5.0)
    assert not empty.any()
    x, y = np.round(CAMERA.grounded([[step, 5 * step + 10 - 10 % step]])[0]).astype(int)
    assert drawn[y - 1 : y + 2, x - 1 : x + 2].any()
    horizon = round(360 - 1000 * np.tan(np.radians(15)))
    assert not drawn[:horizon].any()

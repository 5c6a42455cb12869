from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from apercu.analysis import GroundPlane
from apercu.archive import Archive
from apercu.archive.cameras import calibrate, read_calibrations
from apercu.archive.placements import Placement, place, read_placements, to_map
from apercu.archive.zones import add_zone
from apercu.errors import ArchiveDamagedError, UsageError
from apercu.geometry import project

WIDTH, HEIGHT = 640, 360
LYON = np.array([45.7578, 4.8320])
GROUND = np.array([[0.001, 0.0002, -0.36], [0.0, -0.004, 1.5], [0.0, 0.0002, -0.02]]) * 20
"""From pixels to metres east and north of LYON: a camera that looks north."""
PIXELS = np.array([[80.0, 340.0], [600.0, 330.0], [420.0, 200.0], [250.0, 190.0], [330.0, 260.0]])
_TURN = np.radians(LYON[0]) * np.arange(1, 6)
METRES_PER_DEGREE = np.array(
    [
        111132.954 - 559.822 * np.cos(_TURN[1]) + 1.175 * np.cos(_TURN[3]),
        111412.84 * np.cos(_TURN[0]) - 93.5 * np.cos(_TURN[2]) + 0.118 * np.cos(_TURN[4]),
    ]
)
"""Of latitude and longitude there: the series of geodesy books, another way to the same numbers."""


def degrees(metres: np.ndarray) -> np.ndarray:
    """Return latitude and longitude (n, 2) of metres east and north (n, 2) of LYON."""
    return LYON + metres[:, ::-1] / METRES_PER_DEGREE


def points(count: int = 5) -> list[tuple[float, float, float, float]]:
    where = degrees(project(PIXELS, GROUND))
    return [(x, y, lat, lon) for (x, y), (lat, lon) in zip(PIXELS[:count], where[:count], strict=True)]


def test_a_line_has_its_place_on_the_map(archive: Archive) -> None:
    made, calibrated = place(archive, "gate", points(), WIDTH, HEIGHT, reason="the city's plan")
    assert calibrated and made.number == 1 and made.misses_m.max() < 0.02
    kerb = add_zone(archive, "gate", "kerb", "line", [(0.25, 0.9), (0.75, 0.8)])
    found = to_map(read_placements(archive), kerb)
    assert found is not None
    truth = degrees(project(np.array(kerb.points) * [WIDTH, HEIGHT], GROUND))[:, ::-1]
    off_m = np.abs(np.array(found) - truth) * METRES_PER_DEGREE[::-1]
    assert off_m.max() < 0.05
    *_, stored, calibration, _ = archive.gate.ledger.entries()
    assert (stored.subject, stored.note) == ("place of camera gate", "placement 1")
    assert calibration.subject == "camera gate"


def test_where_there_is_no_place(archive: Archive) -> None:
    place(archive, "gate", points(), WIDTH, HEIGHT)
    sky = add_zone(archive, "gate", "sky", "line", [(0.2, 0.05), (0.8, 0.9)])
    roof = add_zone(archive, "roof", "kerb", "line", [(0.2, 0.9), (0.8, 0.9)])
    assert to_map(read_placements(archive), sky) is None
    assert to_map(read_placements(archive), roof) is None


def test_metres_follow_for_a_camera_without_a_calibration_of_its_own(archive: Archive) -> None:
    place(archive, "gate", points(), WIDTH, HEIGHT)
    plane = read_calibrations(archive)["gate"][-1].plane
    ends = np.array([[200.0, 330.0], [400.0, 330.0]])
    true = np.hypot(*np.diff(project(ends, GROUND), axis=0).T)
    assert np.hypot(*np.diff(plane.to_metres(ends), axis=0).T) == pytest.approx(true, rel=1e-3)
    moved = [(x + 5, y, lat, lon) for x, y, lat, lon in points()]
    assert place(archive, "gate", moved, WIDTH, HEIGHT)[1]
    assert len(read_calibrations(archive)["gate"]) == len(read_placements(archive)["gate"]) == 2


def test_a_calibration_of_its_own_stays(archive: Archive) -> None:
    calibrate(archive, "gate", GroundPlane(GROUND, WIDTH, HEIGHT))
    made, calibrated = place(archive, "gate", points(4), WIDTH, HEIGHT)
    assert not calibrated and len(read_calibrations(archive)["gate"]) == 1
    assert read_placements(archive) == {"gate": [made]}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (points(3), "do not tell where the ground is"),
        ([(x, y, 95.0, lon) for x, y, _, lon in points()], "no place on the map"),
        ([(x, y, float("nan"), lon) for x, y, _, lon in points()], "no place on the map"),
        ([*points(4), (330.0, 260.0, 46.0, 4.8)], "km apart"),
        ([(x, x, lat, lon) for x, _, lat, lon in points()], "leave open|no view"),
    ],
)
def test_what_is_no_placement(
    archive: Archive, given: list[tuple[float, float, float, float]], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        place(archive, "gate", given, WIDTH, HEIGHT)
    assert not (archive.path / "placements.toml").exists()


def test_distances_are_those_of_the_ellipsoid() -> None:
    made = Placement("gate", 1, WIDTH, HEIGHT, tuple(points()), datetime.now(UTC), "", "")
    east_north = np.array(made.measured_m)[:, 2:]
    between = np.diff(project(PIXELS, GROUND), axis=0)
    assert np.diff(east_north, axis=0) == pytest.approx(between, abs=0.02)


@pytest.mark.parametrize("text", ["[[gate]]\npicture = [640, 360]", "gate = 3", "[gate"])
def test_a_file_that_is_not_as_it_should_be(archive: Archive, text: str) -> None:
    (archive.path / "placements.toml").write_text(text)
    with pytest.raises(ArchiveDamagedError, match=r"placements\.toml"):
        read_placements(archive)

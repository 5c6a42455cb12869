"""Calibrations of cameras: stored, chosen by recording, and never lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from apercu.analysis import GroundPlane
from apercu.archive import Archive, RecordingAnalysis, cameras
from apercu.errors import ArchiveDamagedError, UsageError
from apercu.purposes import Capability, Outcome

Make = Callable[..., RecordingAnalysis]
MOVED = datetime(2026, 3, 2, 12, tzinfo=UTC)


def plane(scale: float = 1.0) -> GroundPlane:
    return GroundPlane.from_homography(np.diag([0.01 * scale, 0.01 * scale, 1.0]), 640, 360)


def test_what_is_stored_is_read_back_to_the_bit(archive: Archive) -> None:
    points = (
        (10.0, 20.0, 0.1, 0.2),
        (630.0, 20.0, 6.3, 0.2),
        (630.0, 350.0, 6.3, 3.5),
        (10.0, 350.0, 0.1, 3.6),
    )
    odd = GroundPlane(np.random.default_rng(1).normal(0, 1e-3, (3, 3)) + plane().homography, 640, 360)
    made = cameras.calibrate(archive, "gate.2", odd, points=points, since=MOVED, reason="moved")
    (read,) = cameras.read_calibrations(archive)["gate.2"]

    assert np.array_equal(read.plane.homography, odd.homography)
    assert (read.plane.width, read.plane.height) == (640, 360)
    assert (read.number, read.points, read.since, read.recorded) == (1, points, MOVED, made.recorded)
    assert (read.actor, read.reason) == (archive.gate.actor, "moved")
    assert read.misses_m.shape == (4,)


def test_every_calibration_stays_listed(archive: Archive) -> None:
    for camera, scale in (("gate", 1), ("yard", 1), ("gate", 2)):
        cameras.calibrate(archive, camera, plane(scale))
    found = cameras.read_calibrations(archive)

    assert {name: [c.number for c in of] for name, of in found.items()} == {"gate": [1, 2], "yard": [1]}
    assert cameras.read_calibrations(Archive.open(archive.path)).keys() == found.keys()


def test_it_is_recorded_who_did_it(archive: Archive) -> None:
    cameras.calibrate(archive, "gate", plane(), reason="first survey")
    *_, entry = archive.gate.ledger.entries()

    assert (entry.capability, entry.outcome) == (Capability.MANAGE, Outcome.DONE)
    assert (entry.subject, entry.reason) == ("camera gate", "first survey")
    assert entry.note.startswith("calibration 1, homography ")


def test_a_recording_keeps_the_calibration_of_its_time(archive: Archive, analysis: Make) -> None:
    before = archive.add(analysis("before", start=MOVED - timedelta(days=1)))
    after = archive.add(analysis("after", start=MOVED + timedelta(days=1)))
    timeless = archive.add(analysis("timeless", start=None))
    other = archive.add(analysis("other", camera="yard"))
    cameras.calibrate(archive, "gate", plane(1))
    cameras.calibrate(archive, "gate", plane(2), since=MOVED)
    found = cameras.read_calibrations(archive)
    numbers = [
        None if (c := cameras.calibration_of(found, row)) is None else c.number
        for row in (before, after, timeless, other)
    ]

    assert numbers == [1, 2, 2, None]
    cameras.calibrate(archive, "gate", plane(3))
    renewed = cameras.calibration_of(cameras.read_calibrations(archive), before)
    assert renewed is not None
    assert renewed.number == 3


def test_measures_follow_the_calibration_without_another_analysis(archive: Archive, analysis: Make) -> None:
    row = archive.add(analysis())
    tracks = archive.tracks()
    for number in (1, 2):
        cameras.calibrate(archive, "gate", plane(number))
        found = cameras.read_calibrations(archive)
        widths = cameras.measures(found, row, tracks)["width_m"].to_pylist()
        assert len(widths) == 5
        if number == 1:
            first = widths
    known = [(a, b) for a, b in zip(first, widths, strict=True) if a is not None]
    assert known
    assert all(b == pytest.approx(2 * a) for a, b in known)
    assert archive.recording(row.recording_id).analysis == row.analysis


def test_pictures_of_another_shape_are_not_measured(archive: Archive, analysis: Make) -> None:
    row = archive.add(analysis())
    cameras.calibrate(archive, "gate", GroundPlane.from_homography(np.diag([0.01, 0.01, 1]), 800, 600))
    found = cameras.read_calibrations(archive)

    assert cameras.calibration_of(found, row) is None
    assert cameras.measures(found, row, archive.tracks())["speed_mean_m_s"].null_count == 5


def test_a_name_that_no_camera_can_have(archive: Archive) -> None:
    with pytest.raises(UsageError, match="cannot name a camera"):
        cameras.calibrate(archive, "a gate", plane())
    assert cameras.read_calibrations(archive) == {}


@pytest.mark.parametrize(
    "content",
    [
        "not toml",
        "gate = 3",
        "[[gate]]\nactor = 'me'",
        "[[gate]]\nrecorded = 2026-03-01\nactor = 'a'\nreason = ''\npicture = [2, 2]\nhomography = []",
        "[[gate]]\nrecorded = 2026-03-01T00:00:00\nactor = 'a'\nreason = ''\npicture = [640, 360]\n"
        "homography = [[0.01, 0, 0], [0, 0.01, 0], [0, 0, 1]]",
    ],
)
def test_a_damaged_file_is_named_and_kept(archive: Archive, content: str) -> None:
    path = archive.path / "cameras.toml"
    path.write_text(content)
    with pytest.raises(ArchiveDamagedError, match=r"cameras\.toml"):
        cameras.read_calibrations(archive)
    with pytest.raises(ArchiveDamagedError, match=r"cameras\.toml"):
        cameras.calibrate(archive, "gate", plane())
    assert path.read_text() == content


def test_what_a_kill_left_of_writing_cameras_goes_at_the_next_opening(archive: Archive) -> None:
    made = cameras.calibrate(archive, "gate", plane())
    begun, strange = archive.path / ".cameras.toml-0a1b2c3d", archive.path / ".cameras.toml-mine"
    begun.write_text("half")
    strange.write_text("mine")

    again = Archive.open(archive.path)

    assert not begun.exists()
    assert strange.exists()
    (read,) = cameras.read_calibrations(again)["gate"]
    assert read.recorded == made.recorded

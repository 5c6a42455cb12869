"""The generated scene: the same every time, any frame on its own, and its truth agrees with its pixels."""

import tracemalloc
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from apercu.analysis.detections import CLASSES
from apercu.errors import UnknownNameError, UsageError
from apercu.footage.actors import Actor, eased, travel
from apercu.footage.scene import SceneOptions, SyntheticScene
from apercu.footage.sprites import shape
from apercu.footage.truth import CLASS_NAMES

SMALL = SceneOptions(width=320, height=180, seconds=4, rate=Fraction(10), objects=4)
LIVELY = replace(
    SMALL,
    light_drift=0.1,
    warming=0.5,
    cloud_at_s=1.0,
    sway_px=3.0,
    clock=datetime(2024, 5, 1, 12),
    crossing=True,
)


def test_classes_are_those_of_detections() -> None:
    assert CLASS_NAMES == CLASSES


@pytest.mark.parametrize(
    "options", [SMALL, LIVELY, replace(LIVELY, infrared=True)], ids=["plain", "lively", "infrared"]
)
def test_same_options_give_same_pixels_in_any_order(options: SceneOptions) -> None:
    in_order = list(SyntheticScene(options).frames())
    other = SyntheticScene(options)
    assert len(in_order) == len(other) == 40
    for n in (39, 0, 17, 17, 3):
        assert np.array_equal(other.frame(n), in_order[n])


def test_another_seed_is_another_scene() -> None:
    a, b = SyntheticScene(SMALL), SyntheticScene(replace(SMALL, seed=1))
    assert not np.array_equal(a.clean(20), b.clean(20))


@pytest.mark.parametrize("options", [SMALL, LIVELY], ids=["plain", "lively"])
def test_pixels_change_exactly_where_objects_and_shadows_are(options: SceneOptions) -> None:
    scene = SyntheticScene(replace(options, objects=8))
    for n in range(0, 40, 3):
        truth = scene.truth(n)
        change = np.abs(scene.clean(n).astype(int) - scene.still(n)).max(axis=2)
        covered = truth.masks.any(axis=0)
        rim = cv2.dilate(np.asarray(covered, np.uint8), np.ones((3, 3), np.uint8)) > 0
        assert not (change[~rim & ~truth.shadow] > 10).any()
        if covered.any():
            assert (change[covered] > 3).mean() > 0.9
        assert not (covered & truth.shadow).any()


def test_boxes_bound_masks_and_masks_do_not_overlap() -> None:
    scene = SyntheticScene(replace(SMALL, objects=10, crossing=True))
    hidden = 0
    for n in range(len(scene)):
        truth = scene.truth(n)
        assert truth.masks.sum(axis=0).max(initial=0) <= 1
        assert truth.boxes.dtype == np.float32
        assert truth.classes.dtype == np.int8
        for box, mask, visible in zip(truth.boxes, truth.masks, truth.visibility, strict=True):
            rows, columns = np.nonzero(mask)
            if visible == 1:
                assert (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) == tuple(box)
            elif len(rows):
                hidden += 1
                assert columns.min() >= box[0]
                assert columns.max() < box[2]
    assert hidden > 0


def test_nearer_objects_hide_farther_ones() -> None:
    look = shape((40, 40), (0, 0, 200))
    far = Actor("car", look, np.array([0.0, 4.0]), np.array([[100.0, 100.0], [100.0, 100.0]]))
    near = Actor("car", look, np.array([0.0, 4.0]), np.array([[110.0, 110.0], [110.0, 110.0]]))
    truth = SyntheticScene(SMALL, actors=[near, far]).truth(0)
    assert truth.ids.tolist() == [1, 2]
    assert truth.visibility[0] == 1
    assert truth.visibility[1] == pytest.approx(1 - 30 * 30 / 1600, abs=0.03)
    assert truth.boxes[1].tolist() == [80, 60, 120, 100]


def test_tracks_agree_with_frames_and_are_written_as_motchallenge_rows(tmp_path: Path) -> None:
    scene = SyntheticScene(replace(SMALL, objects=6, crossing=True))
    tracks = scene.tracks_truth()
    for n in (0, 11, 25):
        truth, rows = scene.truth(n), tracks.frames == n
        assert np.array_equal(tracks.ids[rows], truth.ids)
        assert np.array_equal(tracks.boxes[rows], truth.boxes)
        assert np.allclose(tracks.visibility[rows], truth.visibility)
        assert np.array_equal(tracks.classes[rows], truth.classes)
    tracks.write_mot(tmp_path / "gt.txt")
    table = np.loadtxt(tmp_path / "gt.txt", delimiter=",")
    assert table.shape == (len(tracks), 9)
    assert table[0, 0] == tracks.frames[0] + 1
    assert np.allclose(table[:, 2:4] - 1, tracks.boxes[:, :2])


def test_objects_come_and_go_and_stop_where_asked() -> None:
    scene = SyntheticScene(replace(SMALL, seconds=10, objects=3, dwellers=1))
    tracks = scene.tracks_truth()
    assert set(tracks.ids.tolist()) == {1, 2, 3}
    assert not len(scene.truth(0))
    boxes = tracks.boxes[tracks.ids == 1]
    still = np.all(boxes[1:] == boxes[:-1], axis=1)
    assert still.sum() == pytest.approx(20, abs=2)


def test_an_empty_scene_is_only_background() -> None:
    scene = SyntheticScene(replace(SMALL, objects=0, noise_sigma=0))
    assert np.array_equal(scene.frame(0), scene.still(39))
    truth, tracks = scene.truth(5), scene.tracks_truth()
    assert len(truth) == len(tracks) == 0
    assert truth.masks.shape == (0, 180, 320)
    assert tracks.boxes.shape == (0, 4)
    assert not truth.shadow.any()


def test_noise_has_the_given_strength_and_changes_every_frame() -> None:
    background = np.full((180, 320, 3), 120, np.uint8)
    scene = SyntheticScene(replace(SMALL, noise_sigma=4.0), actors=[], background=background)
    first, second = scene.frame(0).astype(float), scene.frame(1).astype(float)
    assert first.std() == pytest.approx(4, abs=0.2)
    assert (first - second).std() == pytest.approx(4 * 2**0.5, abs=0.3)


def test_a_cloud_darkens_and_passes() -> None:
    scene = SyntheticScene(
        replace(SMALL, objects=0, noise_sigma=0, cloud_at_s=1.0, cloud_for_s=1.5, cloud_depth=0.4)
    )
    bright, dark, after = (scene.frame(n).mean() for n in (5, 22, 39))
    assert dark == pytest.approx(0.6 * bright, rel=0.02)
    assert after == bright


def test_infrared_is_grey_and_the_wind_moves_only_plants() -> None:
    scene = SyntheticScene(
        replace(LIVELY, infrared=True, clock=None, cloud_at_s=None, light_drift=0, warming=0)
    )
    frame = scene.frame(7)
    assert np.array_equal(frame[..., 0], frame[..., 2])
    moved = np.abs(scene.still(0).astype(int) - scene.still(12)).max(axis=2) > 4
    assert 0 < moved.mean() < 0.2


def test_memory_does_not_grow_with_length() -> None:
    scene = SyntheticScene(replace(SMALL, seconds=3600.0))
    scene.frame(0)
    tracemalloc.start()
    for n in range(0, len(scene), 400):
        scene.frame(n)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000


def test_travel_keeps_speed_and_waits() -> None:
    times, points = travel([(0, 0), (30, 40), (30, 140)], 50, start=2, stops={1: 3})
    assert times.tolist() == [2, 3, 6, 8]
    assert points.tolist() == [[0, 0], [30, 40], [30, 40], [30, 140]]


def test_eased_starts_and_stops_softly_on_the_same_path() -> None:
    times, points = eased(*travel([(0, 0), (100, 0), (200, 0)], 50, stops={1: 4}), 1.0)
    speeds = np.diff(points[:, 0]) / np.diff(times)
    assert speeds[0] == pytest.approx(50, rel=0.01)
    assert speeds[-1] == pytest.approx(50, rel=0.01)
    assert np.abs(np.diff(speeds)).max() < 15
    assert points[40, 0] == pytest.approx(100)


def test_wrong_calls_say_what_is_wrong() -> None:
    look = shape((10, 10), (0, 0, 200))
    with pytest.raises(UnknownNameError, match="dragon"):
        Actor("dragon", look, np.array([0.0, 1.0]), np.zeros((2, 2)))
    with pytest.raises(UsageError, match="rise"):
        Actor("car", look, np.array([1.0, 1.0]), np.zeros((2, 2)))
    with pytest.raises(UsageError, match="waypoints"):
        Actor("car", look, np.array([1.0]), np.zeros((1, 2)))
    with pytest.raises(UsageError, match="no frame 40"):
        SyntheticScene(SMALL).frame(40)
    with pytest.raises(UsageError, match="background"):
        SyntheticScene(SMALL, background=np.zeros((2, 2, 3), np.uint8))
    with pytest.raises(UsageError, match="nothing to show"):
        SceneOptions(width=4)


def test_the_written_video_is_the_scene(tmp_path: Path) -> None:
    from apercu.footage import FootageReader

    scene = SyntheticScene(replace(SMALL, noise_sigma=0))
    scene.write(tmp_path / "scene.mp4", crf=10)
    with FootageReader(tmp_path / "scene.mp4") as reader:
        frames = [frame.bgr() for frame in reader.frames()]
    assert len(frames) == len(scene)
    assert np.abs(frames[20].astype(int) - scene.frame(20)).mean() < 4

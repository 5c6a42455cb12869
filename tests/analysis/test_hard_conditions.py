"""What makes footage hard: generated scenes in which every object is to be found once, and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from apercu.footage import VideoWriter
from apercu.footage.scene import SyntheticScene
from apercu.footage.sprites import Sprite, lay, place
from apercu.geometry import iou

LEAST = 0.3
"""Mean IoU from which a track follows an object."""


def passers(stage: Any, **options: Any) -> SyntheticScene:
    return stage.scene(
        stage.actor("car", 110, [0.5, 6], [(-50, 110), (370, 110)], (60, 34)),
        stage.actor("person", 0, [1, 9], [(330, 165), (-20, 160)], (18, 42), ellipse=True),
        stage.actor("bicycle", 60, [3, 8.5], [(-30, 70), (350, 75)], (30, 32)),
        **{"seconds": 10.0} | options,
    )


def counted(scene: SyntheticScene, kept: Any) -> tuple[Counter[int], int]:
    """Return how many tracks follow each object, and how many follow none."""
    truth, rate = scene.tracks_truth(), float(scene.options.rate)
    found: Counter[int] = Counter()
    false = 0
    observed = kept.tracks.observation_table.to_pylist()
    for row in kept.tracks.table.to_pylist():
        shared: Counter[int] = Counter()
        own = [seen for seen in observed if seen["track_id"] == row["track_id"]]
        for seen in own:
            at = truth.frames == round(seen["time_s"] * rate)
            box = np.array([[seen[side] for side in ("x1", "y1", "x2", "y2")]])
            for k, overlap in zip(truth.ids[at].tolist(), iou(box, truth.boxes[at])[0].tolist(), strict=True):
                shared[k] += overlap
        if shared and max(shared.values()) >= LEAST * len(own):
            found[shared.most_common(1)[0][0]] += 1
        else:
            false += 1
    return found, false


CONDITIONS: dict[str, dict[str, Any]] = {
    "cloud": {"cloud_at_s": 3.0, "cloud_depth": 0.4},
    "clock": {"clock": datetime(2026, 3, 1, 8, tzinfo=UTC)},
    "infrared": {"infrared": True, "noise_sigma": 4.0},
    "shadow": {"shadow": 0.5},
    "light drift": {"light_drift": 0.2, "light_period_s": 8.0},
    "seven a second": {"rate": Fraction(7)},
    "five a second": {"rate": Fraction(5)},
}


@pytest.mark.parametrize("options", CONDITIONS.values(), ids=CONDITIONS)
@pytest.mark.parametrize("blind", [False, True], ids=["named", "unnamed"])
def test_every_object_is_one_track_and_nothing_else_is(
    stage: Any, options: dict[str, Any], blind: bool
) -> None:
    scene = passers(stage, **options)
    kept = stage.analyze(scene, stage.detector(scene, blind=blind))

    assert counted(scene, kept) == (Counter({1: 1, 2: 1, 3: 1}), 0)


@pytest.mark.parametrize("comes_s", [3.1, 3.2])
def test_one_leaves_where_another_comes_in_and_they_are_two(stage: Any, comes_s: float) -> None:
    scene = stage.scene(
        stage.actor("car", 100, [0.5, 3.5], [(-50, 132), (370, 132)], (60, 34)),
        stage.actor("car", 118, [comes_s, comes_s + 3], [(350, 92), (-40, 92)], (60, 34)),
    )
    kept = stage.analyze(scene, stage.detector(scene, blind=True))

    assert counted(scene, kept) == (Counter({1: 1, 2: 1}), 0)


def test_blocks_of_a_starved_stream_are_no_objects(stage: Any, tmp_path: Path) -> None:
    scene = passers(stage, noise_sigma=3.0)
    path = tmp_path / "starved.mp4"
    scene.write(path, crf=40, preset="ultrafast")
    # Colours bleed at that rate: a detector that goes by hue is no use.
    kept = stage.analyze(path, stage.detector(scene, blind=True))

    assert counted(scene, kept) == (Counter({1: 1, 2: 1, 3: 1}), 0)


def filmed(path: Path, scene: SyntheticScene, change: Callable[[float, Any], Any]) -> Path:
    """Write a scene whose pictures are changed, each at its second."""
    options = scene.options
    with VideoWriter(path, options.width, options.height, options.rate, crf=16) as writer:
        for n, picture in enumerate(scene.frames()):
            writer.write(np.ascontiguousarray(change(scene.seconds(n), picture)))
    return path


def test_dropped_frames_leave_one_track(stage: Any, tmp_path: Path) -> None:
    scene = passers(stage)
    path = tmp_path / "gaps.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=scene.options.rate)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        stream.codec_context.time_base = 1 / scene.options.rate
        for n in range(len(scene)):
            if not any(begin < scene.seconds(n) < begin + 0.6 for begin in (2.5, 4.6, 6.7)):
                picture = av.VideoFrame.from_ndarray(scene.frame(n), format="bgr24")
                picture.pts, picture.time_base = n, 1 / scene.options.rate
                container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    kept = stage.analyze(path, stage.detector(scene))

    assert counted(scene, kept) == (Counter({1: 1, 2: 1, 3: 1}), 0)


def test_a_bumped_camera_learns_its_new_view_at_once(stage: Any, tmp_path: Path) -> None:
    scene = stage.scene(
        stage.actor("car", 110, [0.5, 4], [(-50, 110), (280, 110)], (60, 34)),
        stage.actor("person", 0, [7, 12], [(330, 150), (-20, 150)], (18, 42), ellipse=True),
        seconds=13.0,
        grain=3.0,
    )

    def bumped(second: float, picture: Any) -> Any:
        shift = np.array([[1, 0, 17 if second >= 5 else 0], [0, 1, 9 if second >= 5 else 0]], np.float32)
        return cv2.warpAffine(picture, shift, (320, 180), borderMode=cv2.BORDER_REPLICATE)

    kept = stage.analyze(filmed(tmp_path / "bump.mp4", scene, bumped), stage.detector(scene))

    ((first, last),) = kept.summary.odd.moved
    assert 4.5 < first <= 5.1
    assert 5 < last < 6.5
    assert sum("camera moved" in warning for warning in kept.summary.warnings) == 1
    rows = kept.tracks.table.to_pylist()
    assert [row["class"] for row in rows] == ["car", "person"]
    assert rows[0]["end_s"] < 5.3
    assert rows[1]["end_s"] - rows[1]["start_s"] > 3
    for second, image in kept.backgrounds:
        view = bumped(second, scene.still(0))
        assert np.abs(image[20:, 20:].astype(int) - view[20:, 20:]).mean() < 6


def headlights(stage: Any) -> tuple[SyntheticScene, list[Any]]:
    """Return a dark place with two cars, and the light that each throws before it."""
    scene = stage.scene(
        stage.actor("car", 110, [1, 7], [(-60, 110), (380, 112)], (60, 30)),
        stage.actor("car", 20, [4, 9.5], [(380, 150), (-60, 148)], (64, 32)),
        seconds=10.0,
    )
    cone = np.zeros((40, 110), np.float32)
    cv2.fillPoly(cone, [np.array([[0, 20], [109, 2], [109, 38]])], 1.0)
    cone *= np.linspace(0.55, 0.05, 110, dtype=np.float32)
    cone = cv2.GaussianBlur(cone, (0, 0), 2)
    image = np.zeros((40, 110, 4), np.uint8)
    image[...] = np.round(255 * cone)[..., None]
    empty = np.zeros((40, 110), np.uint8)
    left = np.ascontiguousarray(image[:, ::-1])
    return scene, [Sprite(image, empty, (-30.0, 28.0)), Sprite(left, empty, (142.0, 28.0))]


def test_headlights_are_no_objects_of_their_own(stage: Any, tmp_path: Path) -> None:
    scene, cones = headlights(stage)

    def night(second: float, picture: Any) -> Any:
        dark = np.asarray(cv2.convertScaleAbs(picture, alpha=0.35), np.uint8)
        for actor, cone in zip(scene.actors, cones, strict=True):
            at = actor.position(second)
            placed = None if at is None else place(cone, *at, 1.0, (320, 180))
            if placed is not None:
                lay(dark, placed, 0.0)
        return dark

    kept = stage.analyze(filmed(tmp_path / "night.mp4", scene, night), stage.detector(scene))

    found, false = counted(scene, kept)
    assert found == Counter({1: 1, 2: 1})
    assert false == 0


def test_what_was_parked_all_day_is_no_track_and_what_comes_and_parks_is_one(stage: Any) -> None:
    scene = stage.scene(
        stage.actor("car", 110, [-1, 31], [(80, 90), (80, 90)], (60, 34)),
        stage.actor("car", 20, [2, 5, 40], [(-60, 165), (200, 160), (200, 160)], (60, 34)),
        stage.actor(
            "person", 60, [8, 12, 20, 25], [(330, 110), (270, 110), (270, 110), (340, 112)], (18, 42)
        ),
        stage.actor("person", 0, [22, 28], [(-20, 120), (340, 120)], (18, 42)),
        seconds=30.0,
        rate=Fraction(8),
    )
    kept = stage.analyze(scene, stage.detector(scene))

    assert counted(scene, kept) == (Counter({2: 1, 3: 1, 4: 1}), 0)
    parked, visitor, _ = kept.tracks.table.to_pylist()
    assert parked["dwell_s"] > 20
    assert parked["end_s"] > 29
    assert 6 < visitor["dwell_s"] < 10

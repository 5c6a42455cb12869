"""Footage in, tracks out: on generated recordings, with a detector that knows them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import pytest

from apercu.analysis import CLASSES, AnalysisOptions, Detections, analyze, grid_size
from apercu.errors import OutputError
from apercu.footage import Footage, FootageReader, Frame
from apercu.footage.scene import SyntheticScene
from apercu.geometry import iou

from .conftest import Kept


def street(stage: Any, **options: Any) -> SyntheticScene:
    return stage.scene(
        stage.actor("car", 110, [0.5, 5], [(-50, 110), (370, 110)], (60, 34)),
        stage.actor("person", 0, [1, 7.5], [(330, 165), (-20, 160)], (18, 42), ellipse=True),
        stage.actor("bicycle", 60, [2.5, 7], [(-30, 70), (350, 75)], (30, 32)),
        **options,
    )


def followed(scene: SyntheticScene, kept: Any) -> dict[int, tuple[int, str, float]]:
    """Return for each track the object it follows, its class and the mean IoU with it."""
    truth, rate = scene.tracks_truth(), float(scene.options.rate)
    found = {}
    observed = kept.tracks.observation_table.to_pylist()
    for row in kept.tracks.table.to_pylist():
        overlaps: dict[int, list[float]] = {}
        for seen in (r for r in observed if r["track_id"] == row["track_id"]):
            at = truth.frames == round(seen["time_s"] * rate)
            box = np.array([[seen["x1"], seen["y1"], seen["x2"], seen["y2"]]])
            for k, overlap in zip(truth.ids[at].tolist(), iou(box, truth.boxes[at])[0].tolist(), strict=True):
                overlaps.setdefault(k, []).append(overlap)
        best = max(overlaps, key=lambda k: sum(overlaps[k]))
        found[row["track_id"]] = (best, row["class"], sum(overlaps[best]) / row["observation_count"])
    return found


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("apercu")}


@pytest.mark.parametrize("how", [{}, {"misses": 0.3, "jitter_px": 1.5}], ids=["sure", "shaky"])
def test_every_object_is_one_track_of_its_class(stage: Any, how: dict[str, float]) -> None:
    scene = street(stage)
    kept = stage.analyze(scene, stage.detector(scene, **how))

    found = followed(scene, kept)
    assert sorted(k for k, _, _ in found.values()) == [1, 2, 3]
    for k, name, overlap in found.values():
        assert name == scene.actors[k - 1].class_name
        assert overlap > 0.6
    assert (kept.summary.tracks, kept.summary.warnings) == (3, [])
    assert kept.summary.observations == kept.tracks.observation_table.num_rows


def test_times_are_the_recording_s_own(stage: Any) -> None:
    scene = street(stage, rate=Fraction(30000, 1001), seconds=6.0)
    kept = stage.analyze(scene, stage.detector(scene))

    table = kept.tracks.observation_table
    pts, seconds = table["pts"].to_numpy(), table["time_s"].to_numpy()
    numbers = np.round(seconds * 30000 / 1001)
    assert np.allclose(seconds, numbers * 1001 / 30000, atol=1e-9)
    tick = np.median(seconds[pts > 0] / pts[pts > 0])
    assert np.allclose(pts * tick, seconds, atol=1e-9)
    steps = np.diff(np.unique(seconds))
    assert steps.min() > 0.09
    assert steps.max() < 0.21
    for row in kept.tracks.table.to_pylist():
        own = seconds[table["track_id"].to_numpy() == row["track_id"]]
        assert (row["start_s"], row["end_s"]) == (own.min(), own.max())


def test_tracks_are_numbered_in_order_of_start(stage: Any) -> None:
    scene = street(stage)
    table = stage.analyze(scene, stage.detector(scene)).tracks.table

    assert table["track_id"].to_pylist() == [1, 2, 3]


def test_moving_things_without_a_name_stay_as_other(stage: Any) -> None:
    scene = street(stage)
    kept = stage.analyze(scene, stage.detector(scene, blind=True))

    assert set(kept.tracks.table["class"].to_pylist()) == {"other"}
    assert {k for k, _, _ in followed(scene, kept).values()} == {1, 2, 3}
    assert kept.tracks.observation_table["score"].null_count == kept.summary.observations


def test_masks_are_of_what_moves(stage: Any) -> None:
    scene = street(stage)
    kept = stage.analyze(scene, stage.detector(scene))
    assert grid_size(320, 180, AnalysisOptions()) == (320, 180)

    shared = union = 0
    for row in kept.tracks.observation_table.to_pylist():
        cells = np.unpackbits(np.frombuffer(row["mask"], np.uint8), count=row["mask_w"] * row["mask_h"])
        mask = np.zeros((180, 320), np.bool_)
        y, x = row["mask_y"], row["mask_x"]
        mask[y : y + row["mask_h"], x : x + row["mask_w"]] = cells.reshape(row["mask_h"], row["mask_w"])
        truth = scene.truth(round(row["time_s"] * 12.5)).masks
        overlap = (truth & mask).sum(axis=(1, 2))
        if len(overlap):
            shared += overlap.max()
            union += np.count_nonzero(truth[overlap.argmax()] | mask)
    assert shared / union > 0.6


def test_an_empty_place_has_a_background_and_only_that_is_looked_at(stage: Any) -> None:
    scene = stage.scene(seconds=5.0)
    detector = stage.detector(scene)
    kept = stage.analyze(scene, detector)

    # The whole background and its quarters are looked at before it is stored.
    assert (len(kept.tracks), detector.calls, kept.summary.detected) == (0, 5, 0)
    ((_, background),) = kept.backgrounds
    assert np.abs(background.astype(int) - scene.still(0)).mean() < 4


def test_backgrounds_are_kept_as_time_goes_by(stage: Any) -> None:
    scene = stage.scene(seconds=12.0, rate=6)
    kept = stage.analyze(
        scene, stage.detector(scene), options=AnalysisOptions(background_s=4.0, thorough=True)
    )

    times = [second for second, _ in kept.backgrounds]
    assert len(times) >= 3
    assert times == sorted(times)


def test_progress_is_told_and_reaches_the_end(stage: Any) -> None:
    scene = street(stage)
    told: list[float] = []
    kept = stage.analyze(scene, stage.detector(scene), progress=told.append)

    assert told == sorted(told)
    assert len(told) >= 0.9 * kept.summary.frames
    assert told[-1] == pytest.approx(kept.summary.duration_s)
    assert kept.summary.duration_s == pytest.approx(8, abs=0.2)


def test_about_as_many_pictures_as_asked_for_are_analysed(stage: Any) -> None:
    for rate in (Fraction(25), Fraction(30), Fraction(5)):
        wanted = 8 * min(float(rate), AnalysisOptions().cadence.rate)
        scene = stage.scene(rate=rate)
        kept = stage.analyze(scene, stage.detector(scene), options=AnalysisOptions(thorough=True))
        assert abs(kept.summary.frames - wanted) <= 3, rate


def test_a_panning_camera_is_told(stage: Any, tmp_path: Path) -> None:
    from apercu.footage import VideoWriter

    place = stage.scene(width=900, seconds=1.0).still(0)
    path = tmp_path / "pan.mp4"
    with VideoWriter(path, 320, 180, Fraction(10), crf=16) as writer:
        for i in range(80):
            writer.write(np.ascontiguousarray(place[:, 7 * i : 7 * i + 320]))
    kept = stage.analyze(path, stage.detector(stage.scene()))

    assert any("camera moved" in warning for warning in kept.summary.warnings)


def test_pictures_of_another_size_are_left_out_and_told(stage: Any, tmp_path: Path) -> None:
    scene = street(stage)
    path = tmp_path / "switch.ts"
    with av.open(path, "w", format="mpegts") as container:
        for part, (size, frames) in enumerate((((320, 180), range(75)), ((160, 90), range(75, 100)))):
            if part == 0:
                stream = container.add_stream("libx264", rate=Fraction(25, 2))
                stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
                encoder = stream.codec_context
            else:
                encoder = av.CodecContext.create("libx264", "w")
                encoder.width, encoder.height, encoder.pix_fmt = *size, "yuv420p"
                encoder.time_base = Fraction(2, 25)
                encoder.framerate = Fraction(25, 2)
            encoder.options = {"tune": "zerolatency"}
            for n in (*frames, None):
                picture = None
                if n is not None:
                    picture = av.VideoFrame.from_ndarray(scene.frame(n), format="bgr24").reformat(*size)
                    picture.pts, picture.time_base = n, Fraction(2, 25)
                for packet in encoder.encode(picture):
                    packet.stream = stream
                    packet.time_base = Fraction(2, 25)
                    container.mux(packet)
    kept = stage.analyze(path, stage.detector(scene))

    assert any("picture size changes" in warning for warning in kept.summary.warnings)
    assert len(kept.tracks) >= 2


class Failing:
    """A sink, and a detector, that fail at the given call."""

    def __init__(self, after: int) -> None:
        self.left = after

    def fail(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise OutputError("the disk is full", where="archive")


@pytest.mark.parametrize("after", [0, 5, 20])
def test_an_error_ends_every_thread_and_is_the_one_raised(stage: Any, after: int) -> None:
    scene = street(stage)
    detector, failing = stage.detector(scene), Failing(after)

    class Fails:
        card = detector.card

        def detect(self, image: np.ndarray) -> Detections:
            failing.fail()
            return detector.detect(image)

    with pytest.raises(OutputError, match="disk is full") as held:
        stage.analyze(scene, Fails())
    assert threads() == set(), f"beside {held.value}"  # whose traceback holds on to what was read


def test_an_interruption_ends_every_thread(stage: Any) -> None:
    scene = street(stage)

    def progress(second: float) -> None:
        if second > 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stage.analyze(scene, stage.detector(scene), progress=progress)
    assert threads() == set()


def test_threads_end_with_the_analysis_and_the_result_is_the_same_again(stage: Any) -> None:
    scene = street(stage)
    path = stage.record(scene)
    first, again = (stage.analyze(path, stage.detector(scene)).tracks for _ in range(2))

    assert threads() == set()
    assert first.table.equals(again.table)
    assert first.observation_table.equals(again.observation_table)


def test_no_column_is_of_a_person_s_body_or_face(stage: Any) -> None:
    scene = street(stage)
    tracks = stage.analyze(scene, stage.detector(scene)).tracks

    words = {word for name in tracks.table.schema.names for word in name.split("_")}
    words |= {word for name in tracks.observation_table.schema.names for word in name.split("_")}
    never = {"face", "gender", "sex", "age", "emotion", "gait", "ethnicity", "race", "embedding", "palette"}
    assert not words & never
    assert set(CLASSES) == {
        "person", "bicycle", "motorcycle", "car", "bus", "truck", "animal", "bag", "other",
    }  # fmt: skip


def test_in_line_the_result_is_the_same_and_no_thread_is_started(stage: Any) -> None:
    scene = street(stage)
    path = stage.record(scene)
    seen: set[str] = set()
    beside = stage.analyze(path, stage.detector(scene))
    in_line = stage.analyze(path, stage.detector(scene), threads=1, progress=lambda _: seen.update(threads()))

    assert not seen
    assert beside.tracks.table.equals(in_line.tracks.table)
    assert beside.tracks.observation_table.equals(in_line.tracks.observation_table)


def test_in_line_a_picture_is_done_before_the_next_comes(stage: Any) -> None:
    scene = street(stage)
    given: list[float] = []
    late: list[float] = []

    class Camera:
        """A recording of which it is known which picture was taken last."""

        def __init__(self, reader: FootageReader) -> None:
            self.reader = reader

        def __getattr__(self, name: str) -> Any:
            return getattr(self.reader, name)

        def frames(self, begin: Any, end: Any) -> Iterator[Frame]:
            for frame in self.reader.frames(begin, end):
                given.append(float(frame.timecode))
                yield frame

    with FootageReader(stage.record(scene)) as reader:
        analyze(
            cast("Footage", Camera(reader)),
            stage.detector(scene),
            Kept(),
            recording_id="0123456789abcdef",
            camera="gate",
            options=AnalysisOptions(thorough=True),
            threads=1,
            watch=lambda present: late.append(given[-1] - present.now_s),
        )
    assert len(late) > 10 and set(late) == {0.0}


def test_every_stage_is_timed(stage: Any) -> None:
    scene = street(stage)
    spent = stage.analyze(scene, stage.detector(scene)).summary.stage_seconds

    assert {"begin", "decode", "motion", "detect", "track", "write"} <= spent.keys()
    assert all(seconds > 0 for seconds in spent.values())


def test_two_spans_that_overlap_look_at_the_same_pictures(stage: Any) -> None:
    from apercu.analysis.pictures import Pictures
    from apercu.footage import FootageReader
    from apercu.timecode import Timecode

    scene = street(stage, rate=Fraction(30000, 1001))
    with FootageReader(stage.record(scene)) as reader:
        tick = reader.info.time_base

        def chosen(begin: float | None) -> list[int]:
            at = None if begin is None else Timecode.from_seconds(begin, tick)
            return [frame.timecode.pts for frame, _ in Pictures(reader, AnalysisOptions(), at)]

        whole = chosen(None)
        for begin in (1.0, 2.03, 4.1, 5.555):
            part = chosen(begin)
            assert len(part) > 10
            assert set(part[1:]) <= set(whole)

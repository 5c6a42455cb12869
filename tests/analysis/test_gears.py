"""The quiet gear: what it spares, and that nothing which full decoding finds is missed."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from apercu.analysis import AnalysisOptions
from apercu.analysis.pictures import Pictures
from apercu.footage import FootageReader
from apercu.footage.scene import SyntheticScene
from apercu.timecode import Timecode

RATE = 10
H264 = {"preset": "veryfast", "bf": "2", "crf": "23", "g": str(2 * RATE)}


def recorded(
    scene: SyntheticScene, path: Path, codec: str = "libx264", bit_rate: int = 0, **options: str
) -> Path:
    """Write a scene with a key frame every two seconds unless told."""
    settings = {"g": H264["g"]} | (H264 if codec == "libx264" else {}) | options
    with av.open(str(path), "w") as output:
        stream = output.add_stream(codec, rate=scene.options.rate, options=settings)
        stream.width, stream.height = scene.options.width, scene.options.height
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        if bit_rate:
            stream.bit_rate = bit_rate
        for n, picture in enumerate(scene.frames()):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = n, 1 / scene.options.rate
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def passing(stage: Any, **options: Any) -> SyntheticScene:
    """Return a scene in which one walks by from 16 to 20 s."""
    walker = stage.actor("person", 0, [16, 20], [(-10, 150), (330, 140)], (20, 44))
    return stage.scene(walker, **{"rate": Fraction(RATE), "seconds": 26.0, "noise_sigma": 1.0, **options})


def chosen(path: Path, **how: Any) -> tuple[list[float], Pictures]:
    """Return the seconds of the pictures that analysis looks at."""
    begin, end = how.pop("begin", None), how.pop("end", None)
    with FootageReader(path) as reader:
        tick = reader.info.time_base
        span = [None if at is None else Timecode.from_seconds(at, tick) for at in (begin, end)]
        pictures = Pictures(reader, AnalysisOptions(**how), *span)
        return [float(frame.timecode) for frame, _ in pictures], pictures


def test_quiet_footage_is_mostly_not_decoded(stage: Any, tmp_path: Path) -> None:
    times, pictures = chosen(recorded(passing(stage), tmp_path / "a.mp4"))

    whole, _ = chosen(tmp_path / "a.mp4", thorough=True)
    asleep = [at for at in times if 10 <= at < 14 or at >= 24]
    assert len(asleep) <= 3
    assert {at for at in whole if 14 <= at < 22} <= set(times), "with the group before and the one after"
    assert set(times) <= {*whole, *asleep}
    effort = pictures.effort
    assert effort.pictures == 260
    assert effort.decoded < 230
    assert effort.quiet_s > 5
    assert effort.why_all == ""


def test_thoroughly_everything_is_decoded(stage: Any, tmp_path: Path) -> None:
    _, pictures = chosen(recorded(passing(stage), tmp_path / "a.mp4"), thorough=True)

    assert (pictures.effort.pictures, pictures.effort.decoded, pictures.effort.quiet_s) == (260, 260, 0)
    assert pictures.effort.why_all == "as asked"


def test_what_appears_between_key_frames_and_stands_is_noticed(stage: Any, tmp_path: Path) -> None:
    parked = stage.actor("car", 110, [17.1, 40], [(160, 150), (160, 150)], (60, 34))
    scene = stage.scene(parked, rate=Fraction(RATE), seconds=22.0, noise_sigma=1.0)
    times, _ = chosen(recorded(scene, tmp_path / "a.mp4"))

    assert np.diff([at for at in times if 16 <= at < 20]).max() < 0.25


@pytest.mark.parametrize(
    ("scene", "coding", "why"),
    [
        ({"noise_sigma": 4.0}, {"crf": "12", "bf": "0"}, "sizes of its packets"),
        ({}, {"bit_rate": 900_000, "maxrate": "900k", "bufsize": "450k"}, ""),
        ({}, {"g": "1000", "x264-params": "scenecut=0"}, "too far apart"),
        ({}, {"codec": "mjpeg", "bit_rate": 3_000_000}, ""),
        ({"sway_px": 4.0}, {}, ""),
        ({"light_drift": 0.2, "light_period_s": 20.0}, {}, ""),
    ],
    ids=["noise", "constant rate", "no key frames", "mjpeg", "wind", "light"],
)
def test_who_walks_by_is_one_whole_track(
    stage: Any, tmp_path: Path, scene: dict[str, Any], coding: dict[str, Any], why: str
) -> None:
    made = passing(stage, **scene)
    kept = stage.analyze(recorded(made, tmp_path / "a.mkv", **coding), stage.detector(made))

    (track,) = kept.tracks.table.to_pylist()
    assert track["class"] == "person"
    assert track["start_s"] == pytest.approx(16, abs=0.6)
    assert track["end_s"] == pytest.approx(20, abs=0.6)
    assert why in kept.summary.effort.why_all


def test_a_span_is_looked_at_like_the_whole(stage: Any, tmp_path: Path) -> None:
    path = recorded(passing(stage), tmp_path / "a.mp4")
    times, _ = chosen(path, begin=3, end=21)

    assert min(times) == pytest.approx(3)
    assert max(times) < 21
    assert np.diff([at for at in times if 14.5 < at < 20.5]).max() < 0.25


def test_the_summary_tells_shares(stage: Any, tmp_path: Path) -> None:
    scene = passing(stage)
    path = recorded(scene, tmp_path / "a.mp4")
    shares = stage.analyze(path, stage.detector(scene)).summary.shares()

    assert 0.3 < shares["decoded_share"] < 0.9
    assert 0 < shares["detected_share"] < 0.3
    assert shares["quiet_s"] > 5
    assert shares["why_all"] == ""

"""Recordings on which the quiet gear is compared: generated scenes of many kinds, encoded in many ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

from apercu.footage import Actor, SceneOptions, SyntheticScene
from apercu.footage.sprites import shape

Picture = NDArray[np.uint8]
Options = dict[str, str]

SECONDS = 64.0
_RAIN = 70


@dataclass(frozen=True, slots=True)
class Coding:
    """How a recording is encoded; ``gop`` is seconds from key frame to key frame."""

    codec: str = "libx264"
    gop: float = 2.0
    options: Options = field(default_factory=lambda: {"preset": "veryfast", "crf": "23"})
    bit_rate: int = 0
    suffix: str = ".mp4"


@dataclass(frozen=True, slots=True)
class Case:
    """One generated recording.

    Attributes:
        traffic: what comes by: names of ``TRAFFIC``.
        coding: how it is encoded.
        scene: options of the scene.
        rain: whether streaks fall through every picture.
        dropped: share of frames that the camera lost.
    """

    traffic: Sequence[str] = ("walk", "far")
    coding: Coding = field(default_factory=Coding)
    scene: dict[str, Any] = field(default_factory=dict)
    rain: bool = False
    dropped: float = 0.0


def _x264(gop: float = 2.0, **options: str) -> Coding:
    return Coding(gop=gop, options={"preset": "veryfast", "crf": "23"} | options)


def _constant(kilobits: int, gop: float = 2.0) -> Coding:
    rate = f"{kilobits}k"
    return Coding(
        gop=gop,
        options={"preset": "veryfast", "maxrate": rate, "bufsize": rate, "nal-hrd": "cbr"},
        bit_rate=kilobits * 1000,
    )


Route = Sequence[tuple[float, float]]
"""Places on the ground as shares of the picture's width and height."""


def _actor(
    size: tuple[int, int], kind: str, box: tuple[float, float], grey: int, times: Sequence[float], way: Route
) -> Actor:
    """Return a shape of a size in shares of the picture's height, on its way."""
    width, height = size
    w, h = max(4, round(box[0] * height)), max(6, round(box[1] * height))
    look = shape((w, h), (grey, grey, grey), ellipse=kind == "person", seed=grey)
    return Actor(kind, look, np.array(times), np.array(way) * (width, height))


def _walk(size: tuple[int, int]) -> Actor:
    return _actor(size, "person", (0.06, 0.17), 60, (24.3, 33.3), [(-0.05, 0.8), (1.05, 0.75)])


def _far(size: tuple[int, int]) -> Actor:
    return _actor(size, "person", (0.024, 0.055), 40, (40.6, 49.6), [(0.55, 0.42), (0.8, 0.43)])


def _dim(size: tuple[int, int]) -> Actor:
    return _actor(size, "person", (0.07, 0.18), 85, (37.2, 46.2), [(1.05, 0.9), (-0.05, 0.88)])


def _dash(size: tuple[int, int]) -> Actor:
    return _actor(size, "car", (0.3, 0.14), 200, (51.5, 52.9), [(-0.1, 0.7), (1.1, 0.72)])


def _corner(size: tuple[int, int]) -> Actor:
    return _actor(size, "bicycle", (0.09, 0.12), 50, (35.3, 37.0), [(-0.04, 0.85), (0.22, 1.12)])


def _stand(size: tuple[int, int]) -> Actor:
    way = [(1.05, 0.7), (0.5, 0.72), (0.5, 0.72), (1.05, 0.75)]
    return _actor(size, "person", (0.06, 0.18), 45, (22.0, 27.0, 45.0, 50.0), way)


def _park(size: tuple[int, int]) -> Actor:
    way = [(-0.1, 0.8), (0.4, 0.82), (0.4, 0.82)]
    return _actor(size, "car", (0.26, 0.12), 190, (20.5, 24.5, 64.0), way)


def _leave(size: tuple[int, int]) -> Actor:
    way = [(0.3, 0.9), (0.3, 0.9), (1.1, 0.92)]
    return _actor(size, "car", (0.26, 0.12), 55, (0.0, 43.1, 46.6), way)


def _first(size: tuple[int, int]) -> Actor:
    return _actor(size, "car", (0.24, 0.12), 210, (0.5, 5.5), [(-0.1, 0.65), (1.1, 0.65)])


TRAFFIC: dict[str, Callable[[tuple[int, int]], Actor]] = {
    "walk": _walk,
    "far": _far,
    "dim": _dim,
    "dash": _dash,
    "corner": _corner,
    "stand": _stand,
    "park": _park,
    "leave": _leave,
    "first": _first,
}

_CLOCK = datetime(2026, 3, 1, 8, 59, 30, tzinfo=UTC)
_SMALL = {"width": 480, "height": 270}
_HD = {"width": 1280, "height": 720}

CASES: dict[str, Case] = {
    "plain": Case(("walk", "far", "dash")),
    "no noise": Case(scene={"noise_sigma": 0.0}),
    "strong noise": Case(("walk", "far", "corner"), scene={"noise_sigma": 6.0}),
    "noise, fine quality": Case(("walk", "far", "dash"), _x264(crf="16"), {"noise_sigma": 4.0}),
    "noise, coarse quality": Case(("walk", "far", "dash"), _x264(crf="32"), {"noise_sigma": 4.0}),
    "clock": Case(("walk", "far", "corner"), scene={"clock": _CLOCK}),
    "clock, noise": Case(("dim", "dash"), scene={"clock": _CLOCK, "noise_sigma": 5.0}),
    "clock, odd group": Case(("walk", "corner"), _x264(1.7), {"clock": _CLOCK}),
    "light drift": Case(("walk", "far"), scene={"light_drift": 0.2, "light_period_s": 50.0}),
    "quick drift": Case(("dim", "dash"), scene={"light_drift": 0.15, "light_period_s": 12.0}),
    "cloud": Case(("walk", "corner"), scene={"cloud_at_s": 30.0, "cloud_for_s": 12.0, "cloud_depth": 0.35}),
    "evening": Case(("walk", "far"), scene={"warming": 1.0, "light_drift": 0.3, "light_period_s": 256.0}),
    "night": Case(("walk", "dash"), scene={"infrared": True, "noise_sigma": 7.0}),
    "night, far": Case(("far", "dim"), scene={"infrared": True, "noise_sigma": 5.0}),
    "wind": Case(("walk", "corner"), scene={"sway_px": 4.0}),
    "storm": Case(("walk", "dash"), scene={"sway_px": 9.0, "noise_sigma": 4.0}),
    "rain": Case(("walk", "dash"), rain=True),
    "rain, clock": Case(("dim", "corner"), scene={"clock": _CLOCK, "noise_sigma": 3.0}, rain=True),
    "constant 300": Case(("walk", "far", "dash"), _constant(300)),
    "constant 800": Case(("walk", "corner"), _constant(800), {"noise_sigma": 4.0}),
    "constant 2000": Case(("dim", "dash"), _constant(2000), {"noise_sigma": 5.0}),
    "constant, long group": Case(("walk", "corner", "dash"), _constant(500, 8.0), {"noise_sigma": 4.0}),
    "average rate": Case(
        ("walk", "dash"), Coding(options={"preset": "veryfast"}, bit_rate=600_000), {"noise_sigma": 4.0}
    ),
    "capped": Case(("walk", "corner"), _x264(maxrate="500k", bufsize="1000k"), {"noise_sigma": 5.0}),
    "group 0.5 s": Case(("walk", "dash"), _x264(0.5)),
    "group 1 s": Case(("far", "corner"), _x264(1.0)),
    "group 4 s": Case(("walk", "corner", "dash"), _x264(4.0)),
    "group 10 s": Case(("walk", "corner", "dash"), _x264(10.0)),
    "group 10 s, noise": Case(("far", "corner", "dash"), _x264(10.0), {"noise_sigma": 6.0}),
    "no key frames": Case(("walk", "corner"), _x264(1000.0, sc_threshold="0")),
    "no B pictures": Case(("walk", "dash"), _x264(bf="0", tune="zerolatency")),
    "open groups": Case(("walk", "far", "dash"), _x264(bf="3", flags="-cgop")),
    "slow preset": Case(("far", "dash"), _x264(preset="medium")),
    "ultrafast": Case(("walk", "corner"), _x264(preset="ultrafast")),
    "hevc": Case(
        ("walk", "dash"), Coding("libx265", options={"preset": "ultrafast", "x265-params": "log-level=none"})
    ),
    "mpeg4 avi": Case(
        ("walk", "corner"), Coding("mpeg4", options={"bf": "0"}, bit_rate=900_000, suffix=".avi")
    ),
    "mjpeg": Case(("walk", "dash"), Coding("mjpeg", options={}, bit_rate=6_000_000, suffix=".mkv")),
    "transport stream": Case(("walk", "dash"), Coding(suffix=".ts")),
    "7 pictures a second": Case(("walk", "far"), scene={"rate": Fraction(7)}),
    "12 pictures, clock": Case(("dim", "corner"), scene={"rate": Fraction(25, 2), "clock": _CLOCK}),
    "lost frames": Case(("walk", "dash"), dropped=0.2),
    "parks": Case(("park",)),
    "parks, group 8 s": Case(("park", "corner"), _x264(8.0), {"noise_sigma": 4.0}),
    "leaves": Case(("leave",)),
    "leaves, noise": Case(("leave", "far"), _x264(4.0), {"noise_sigma": 5.0}),
    "stands": Case(("stand",)),
    "stands, clock": Case(("stand", "dash"), _x264(4.0), {"clock": _CLOCK, "noise_sigma": 4.0}),
    "busy start": Case(("first", "walk", "dash")),
    "hd": Case(("walk", "far", "dash"), scene=_HD | {"noise_sigma": 4.0}),
    "hd constant": Case(("far", "corner"), _constant(1500), _HD | {"noise_sigma": 4.0}),
    "hd rain": Case(("dim", "far"), scene=_HD, rain=True),
}
"""Generated recordings by name."""


def scene_of(case: Case, seed: int) -> SyntheticScene:
    """Return the scene of a case."""
    options = SceneOptions(seconds=SECONDS, seed=seed, **(_SMALL | case.scene))
    size = (options.width, options.height)
    return SyntheticScene(options, actors=[TRAFFIC[name](size) for name in case.traffic])


def record(scene: SyntheticScene, case: Case, path: Path) -> None:
    """Write the recording of a case."""
    rate, coding = scene.options.rate, case.coding
    rng = np.random.default_rng(scene.options.seed)
    with av.open(path, "w") as container:
        group = {"g": str(round(coding.gop * rate))}
        stream = container.add_stream(coding.codec, rate=rate, options=group | coding.options)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = scene.options.width, scene.options.height
        stream.pix_fmt = "yuvj420p" if coding.codec == "mjpeg" else "yuv420p"
        if coding.bit_rate:
            stream.bit_rate = coding.bit_rate
        for n, picture in enumerate(scene.frames()):
            if n and rng.random() < case.dropped:
                continue
            shown = _rained(picture, rng) if case.rain else picture
            frame = av.VideoFrame.from_ndarray(shown, format="bgr24")
            frame.pts, frame.time_base = n, 1 / rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _rained(picture: Picture, rng: np.random.Generator) -> Picture:
    """Return the picture with streaks of rain, anywhere and new in every picture."""
    height, width = picture.shape[:2]
    wet = picture.copy()
    for x, y, length in zip(
        rng.integers(0, width, _RAIN).tolist(),
        rng.integers(0, height, _RAIN).tolist(),
        rng.integers(height // 40, height // 14, _RAIN).tolist(),
        strict=True,
    ):
        cv2.line(wet, (x, y), (x - length // 6, y + length), (215, 215, 215), 1, cv2.LINE_AA)
    return np.asarray(cv2.addWeighted(picture, 0.6, wet, 0.4, 0), np.uint8)

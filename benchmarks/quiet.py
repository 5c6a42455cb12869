"""Whether the quiet gear misses anything, and what it saves, on generated recordings of many kinds.

    python benchmarks/quiet.py [--only NAMES] [--keep DIR] [--record] [--json] [VIDEO ...]

Every recording is analysed twice, thoroughly and with the quiet gear, by a detector that names nothing: what
moves is then followed by its motion alone, down to the smallest thing that motion shows. A moment is an
object of the scene; it is found when a track lies on it. A track of the thorough analysis is found when the
other one has something at the same place for half of its time or more. Speed is processor time: of decoding
alone and of the thorough analysis, over that of the quiet gear.

Real recordings, given by name, have no known moments: their thorough tracks are the truth.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import report
from av.video.stream import VideoStream
from numpy.typing import NDArray
from observed import MemorySink
from report import Column

from apercu.analysis import AnalysisOptions, Detections, Detector, Summary, analyze, load_detector
from apercu.analysis.model_card import ModelCard
from apercu.footage import Actor, FootageReader, SceneOptions, SyntheticScene
from apercu.footage.sprites import shape
from apercu.geometry import iou

Picture = NDArray[np.uint8]
Options = dict[str, str]

COLUMNS = (
    Column("moments", "moments"),
    Column("moments_thorough", "found thoroughly"),
    Column("moments_found", "found"),
    Column("tracks", "tracks, thorough"),
    Column("tracks_found", "of these found"),
    Column("decoded", "share decoded", ".2f"),
    Column("over_decode", "decoding / this, processor", ".2f"),
    Column("over_thorough", "thorough / this, processor", ".2f"),
    Column("why_all", "why no less"),
)

SECONDS = 64.0
_SAME_S, _SAME_IOU = 0.3, 0.3
_ON_OBJECT = 0.1
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


class Nameless:
    """A detector that knows nothing."""

    def __init__(self, card: ModelCard) -> None:
        self.card = card

    def detect(self, image: Picture) -> Detections:
        """Return nothing."""
        return Detections.empty()


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


@dataclass(frozen=True, slots=True)
class Found:
    """What one analysis found: observations by track, and what it cost.

    Attributes:
        paths: per track, times float64 (n,) and boxes float64 (n, 4).
        summary: as ``analyze`` returns it.
        cpu_s: processor seconds.
        wall_s: seconds by the clock.
    """

    paths: list[tuple[NDArray[np.float64], NDArray[np.float64]]]
    summary: Summary
    cpu_s: float
    wall_s: float

    @property
    def everything(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Times and boxes of all tracks."""
        if not self.paths:
            return np.zeros(0), np.zeros((0, 4))
        times, boxes = zip(*self.paths, strict=True)
        return np.concatenate(times), np.concatenate(boxes)

    def at(self, times: NDArray[np.float64], boxes: NDArray[np.float64], least: float) -> NDArray[np.bool_]:
        """Return which of these (n,) have something of the tracks there and then."""
        own, where = self.everything
        hits = np.zeros(len(times), np.bool_)
        for i, (at, box) in enumerate(zip(times, boxes, strict=True)):
            near = np.abs(own - at) <= _SAME_S
            hits[i] = near.any() and iou(box[None], where[near]).max() >= least
        return hits


def found_in(path: Path, detector: Detector, *, thorough: bool) -> Found:
    """Analyse a recording."""
    sink = MemorySink()
    cpu, wall = time.process_time(), time.perf_counter()
    with FootageReader(path) as reader:
        summary = analyze(
            reader,
            detector,
            sink,
            recording_id="0" * 16,
            camera="camera",
            options=AnalysisOptions(thorough=thorough),
        )
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    table = sink.tracks.observation_table
    ids, times = table["track_id"].to_numpy(), table["time_s"].to_numpy()
    boxes = np.column_stack([table[name].to_numpy() for name in ("x1", "y1", "x2", "y2")])
    paths = [(times[ids == k], boxes[ids == k].astype(np.float64)) for k in np.unique(ids)]
    return Found(paths, summary, cpu, wall)


def decode_seconds(path: Path) -> tuple[float, float]:
    """Return processor and clock seconds of decoding every picture."""
    cpu, wall = time.process_time(), time.perf_counter()
    with av.open(path) as container:
        container.streams.video[0].thread_type = "AUTO"
        for _ in container.decode(video=0):
            pass
    return time.process_time() - cpu, time.perf_counter() - wall


def compare(path: Path, detector: Detector, scene: SyntheticScene | None) -> dict[str, Any]:
    """Analyse a recording both ways and return what the quiet gear missed and saved."""
    decode_cpu, decode_wall = decode_seconds(path)
    whole = found_in(path, detector, thorough=True)
    quiet = found_in(path, detector, thorough=False)
    shares = [float(quiet.at(*track, _SAME_IOU).mean()) for track in whole.paths]
    effort = quiet.summary.effort
    result = {
        "tracks": len(shares),
        "tracks_found": sum(share >= 0.5 for share in shares),
        "observations_found": float(np.mean(shares)) if shares else 1.0,
        "tracks_quiet": len(quiet.paths),
        "decoded": effort.decoded / effort.pictures,
        "quiet_s": effort.quiet_s,
        "why_all": effort.why_all,
        "over_decode": decode_cpu / quiet.cpu_s,
        "over_decode_wall": decode_wall / quiet.wall_s,
        "over_thorough": whole.cpu_s / quiet.cpu_s,
    }
    if scene is not None:
        truth = scene.tracks_truth()
        seconds, objects = truth.frames / float(scene.options.rate), np.unique(truth.ids)
        by_whole, by_quiet = (
            {
                k
                for k in objects.tolist()
                if found.at(seconds[truth.ids == k], truth.boxes[truth.ids == k], _ON_OBJECT).any()
            }
            for found in (whole, quiet)
        )
        result |= {
            "moments": len(objects),
            "moments_thorough": len(by_whole),
            "moments_found": len(by_quiet),
            "of_these": len(by_whole & by_quiet),
        }
    return result


def results(
    names: Iterable[str], videos: Sequence[Path], folder: Path
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the comparison of every case and video."""
    detector = load_detector()
    for name in names:
        case, seed = CASES[name], list(CASES).index(name) + 1
        scene = scene_of(case, seed)
        path = folder / f"{name.replace(' ', '-').replace(',', '')}{case.coding.suffix}"
        if not path.exists():
            record(scene, case, path)
        yield name, compare(path, Nameless(detector.card), scene)
    for video in videos:
        yield video.name, compare(video, detector, None)


def main() -> None:
    """Measure what is asked for and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "videos", nargs="*", type=Path, help="real recordings; without any, the generated ones"
    )
    parser.add_argument("--only", help="names of generated recordings, with semicolons")
    parser.add_argument(
        "--keep", type=Path, help="folder where generated recordings stay and are found again"
    )
    report.add_options(parser)
    args = parser.parse_args()
    names = args.only.split(";") if args.only else ([] if args.videos else list(CASES))
    rows: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for name, result in results(names, args.videos, folder):
            rows[name] = result
            print(f"{name}: {result}", file=sys.stderr, flush=True)
    caption = f"What the quiet gear finds of what thorough analysis finds, in {len(rows)} recordings"
    report.publish(
        "quiet", [report.Table(caption, "recording", COLUMNS, rows), report.aims(promises(rows))], args
    )


def promises(rows: Mapping[str, Mapping[str, Any]]) -> list[report.Aim]:
    """Return what was promised beside what was found."""

    def share(found: str, wanted: str) -> float | None:
        total = sum(row.get(wanted, 0) for row in rows.values())
        return sum(row.get(found, 0) for row in rows.values()) / total if total else None

    return [
        report.Aim("recordings", 40, len(rows), spec=".0f"),
        report.Aim(
            "moments found, of those that thorough analysis finds", 1.0, share("of_these", "moments_thorough")
        ),
        report.Aim(
            "tracks found, of those that thorough analysis finds", 0.99, share("tracks_found", "tracks")
        ),
    ]


if __name__ == "__main__":
    main()

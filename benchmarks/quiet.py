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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import report
from numpy.typing import NDArray
from observed import MemorySink
from quiet_cases import CASES, record, scene_of
from report import Column

from apercu.analysis import AnalysisOptions, Detections, Detector, Summary, analyze, load_detector
from apercu.analysis.model_card import ModelCard
from apercu.analysis.options import CadenceOptions
from apercu.footage import FootageReader, SyntheticScene
from apercu.geometry import iou

Picture = NDArray[np.uint8]

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

_OPTIONS = AnalysisOptions(rate=13.0, cadence=CadenceOptions(rate=10.0))
"""More pictures than usual, so that the briefest things are found at all; too many to leave out those that
no other refers to, so that both analyses look at the same ones."""
_SAME_S, _SAME_IOU = 0.3, 0.3
_ON_OBJECT = 0.1


class Nameless:
    """A detector that knows nothing."""

    def __init__(self, card: ModelCard) -> None:
        self.card = card

    def detect(self, image: Picture) -> Detections:
        """Return nothing."""
        return Detections.empty()


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
            options=replace(_OPTIONS, thorough=thorough),
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

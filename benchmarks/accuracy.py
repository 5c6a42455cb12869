"""How well analysis finds and follows what moves: on real footage with known truth, and on generated scenes.

    python benchmarks/accuracy.py [--footage DIR] [--only NAMES] [--keep DIR] [--json] [--record]

``pets2009``: persons of PETS 2009 S2.L1, frames 1 to 320, at the recording's own 7 pictures a second.
``highway``: moving pixels of CDnet 2014 highway, frames 470 to 1700; shadow is not movement.
``scenes``: generated scenes, or single ones by their names, at the analysed pictures; an object of which less
than a quarter is visible counts neither way.
"""

from __future__ import annotations

import argparse
import io
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import report
from footage_sets import FOOTAGE
from observed import Observed, observe
from report import Aim, Column
from rows import Mask, Rows
from scoring import MaskScore, TrackingScore, score_tracking, without_unclear

from apercu.analysis import Detector, load_detector
from apercu.footage.scene import SceneOptions, SyntheticScene
from apercu.footage.street import demo_street

SCENES: dict[str, Callable[[], SyntheticScene]] = {
    "plain": lambda: SyntheticScene(SceneOptions(seed=1)),
    "dwellers": lambda: SyntheticScene(SceneOptions(seed=2, dwellers=2, seconds=30)),
    "crossing": lambda: SyntheticScene(SceneOptions(seed=3, crossing=True, objects=6)),
    "crowd": lambda: SyntheticScene(SceneOptions(seed=4, objects=14, seconds=24)),
    "noise": lambda: SyntheticScene(SceneOptions(seed=5, noise_sigma=7.0)),
    "light drift": lambda: SyntheticScene(SceneOptions(seed=6, light_drift=0.25, light_period_s=15.0)),
    "cloud": lambda: SyntheticScene(SceneOptions(seed=7, cloud_at_s=6.0, cloud_depth=0.35)),
    "shadow": lambda: SyntheticScene(SceneOptions(seed=8, shadow=0.6)),
    "sway": lambda: SyntheticScene(SceneOptions(seed=9, sway_px=5.0, objects=4)),
    "infrared": lambda: SyntheticScene(SceneOptions(seed=10, infrared=True, noise_sigma=4.0)),
    "clock": lambda: SyntheticScene(SceneOptions(seed=11, clock=datetime(2026, 3, 1, 8, tzinfo=UTC))),
    "slow rate": lambda: SyntheticScene(SceneOptions(seed=12, rate=Fraction(6))),
    "street": lambda: demo_street(40.0),
}
"""Generated scenes by name; plain shapes have no name for the detector."""

COLUMNS = (
    Column("hota", "HOTA", ".3f"),
    Column("det_a", "DetA", ".3f"),
    Column("ass_a", "AssA", ".3f"),
    Column("mota", "MOTA", ".3f"),
    Column("idf1", "IDF1", ".3f"),
    Column("fragments", "fragments per object", ".2f"),
    Column("objects", "objects"),
    Column("found", "found"),
    Column("tracks", "tracks"),
    Column("motion_f1", "F1 of moving pixels", ".3f"),
    Column("mask_f1", "F1 of stored masks", ".3f"),
)

_CLEAR = 0.25
"""An object counts while this share of it is visible, and of its largest box is in the picture."""


def pets2009(folder: Path, detector: Detector) -> dict[str, Any]:
    """Score persons on frames 1 to 320 of PETS 2009 S2.L1, view 1."""
    truth = Rows.read_mot(folder / "pets2009" / "gt_interp_f001-320.txt")
    seen = observe(folder / "pets2009" / "View_001_7fps.mp4", detector)
    persons = seen.rows(np.arange(320) / 7, 0.5 / 7, "person")
    return _tracking(score_tracking(truth, persons, range(1, 321)))


def highway(folder: Path, detector: Detector) -> dict[str, Any]:
    """Score moving pixels on CDnet highway, frames 470 to 1700: motion mask and stored masks."""
    rate, first, last = 25, 470, 1700
    moving, stored = MaskScore(), MaskScore()
    with tarfile.open(folder / "cdnet_highway" / "groundtruth_png.tar.gz") as truth:
        pictures = {Path(member.name).stem: member for member in truth.getmembers() if member.isfile()}

        def compare(score: MaskScore, second: float, mask: Mask) -> None:
            number = round(second * rate) + 1
            if first <= number <= last:
                labels = _grey(truth, pictures[f"gt{number:06d}"])
                score.add(labels == 255, mask, (labels != 85) & (labels != 170))

        seen = observe(
            folder / "cdnet_highway" / "highway.mp4",
            detector,
            watcher=lambda second, mask: compare(moving, second, mask),
        )
        for second, mask in seen.masks():
            compare(stored, second, mask)
    return {**_masks("motion", moving), **_masks("mask", stored), "tracks": len(seen.tracks)}


def generated(scene: SyntheticScene, path: Path, detector: Detector) -> dict[str, Any]:
    """Score tracks of any class and masks on a generated scene, written to ``path`` unless it is there."""
    if not path.exists():
        scene.write(path)
    moving, stored = MaskScore(), MaskScore()
    rate = float(scene.options.rate)

    def true_mask(second: float) -> Mask:
        return np.asarray(scene.truth(round(second * rate)).masks.any(axis=0))

    seen = observe(path, detector, watcher=lambda second, mask: moving.add(true_mask(second), mask))
    for second, mask in seen.masks():
        stored.add(true_mask(second), mask)
    score = _score_scene(scene, seen)
    return {**_tracking(score), **_masks("motion", moving), **_masks("mask", stored)}


def _score_scene(scene: SyntheticScene, seen: Observed) -> TrackingScore:
    truth = scene.tracks_truth()
    wanted = np.round(seen.times * float(scene.options.rate)).astype(int)
    place = np.full(len(scene) + 1, -1)
    place[wanted] = np.arange(len(wanted)) + 1
    chosen = place[truth.frames] > 0
    area = np.prod(truth.boxes[:, 2:] - truth.boxes[:, :2], axis=1)
    largest = np.zeros(len(scene.actors) + 1)
    np.maximum.at(largest, truth.ids, area)
    clear = (truth.visibility >= _CLEAR) & (area >= _CLEAR * largest[truth.ids])
    rows = Rows(place[truth.frames], truth.ids.astype(np.int64), truth.boxes.astype(np.float64))
    counted, tracked = without_unclear(rows[chosen], clear[chosen], seen.rows(seen.times, 1e-3))
    return score_tracking(counted, tracked, range(1, len(wanted) + 1))


def _grey(archive: tarfile.TarFile, member: tarfile.TarInfo) -> np.typing.NDArray[np.uint8]:
    file = archive.extractfile(member) or io.BytesIO()
    return np.asarray(cv2.imdecode(np.frombuffer(file.read(), np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8)


def _tracking(score: TrackingScore) -> dict[str, Any]:
    return asdict(score)


def _masks(name: str, score: MaskScore) -> dict[str, float]:
    return {f"{name}_p": score.precision, f"{name}_r": score.recall, f"{name}_f1": score.f1}


def _runs(
    footage: Path, only: set[str], keep: Path, detector: Detector
) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, measure in (("pets2009", pets2009), ("highway", highway)):
        if only and name not in only:
            continue
        if not footage.is_dir():
            print(f"{name}: skipped, there is no folder {footage}; name one with --footage", file=sys.stderr)
            continue
        yield name, measure(footage, detector)
    for name, scene in SCENES.items():
        if not only or "scenes" in only or name in only:
            yield name, generated(scene(), keep / f"{name.replace(' ', '-')}.mp4", detector)


def promises(rows: Mapping[str, Mapping[str, Any]]) -> list[Aim]:
    """Return what was promised beside what was found; of generated scenes over all their objects."""
    pets, cars = rows.get("pets2009", {}), rows.get("highway", {})
    scenes = [row for name, row in rows.items() if name in SCENES]
    objects = sum(row["objects"] for row in scenes)
    pieces = sum(row["fragments"] * row["objects"] for row in scenes)
    return [
        Aim("PETS 2009, HOTA", 0.60, pets.get("hota")),
        Aim("PETS 2009, IDF1", 0.80, pets.get("idf1")),
        Aim("PETS 2009, fragments per person", 1.3, pets.get("fragments"), at_most=True),
        Aim("highway, F1 of moving pixels", 0.85, cars.get("motion_f1")),
        Aim("scenes, found", 0.99, sum(row["found"] for row in scenes) / objects if objects else None),
        Aim("scenes, fragments per object", 1.05, pieces / objects if objects else None, at_most=True),
    ]


def main() -> None:
    """Measure what is asked for and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--footage", type=Path, default=FOOTAGE, help="folder with the real footage")
    parser.add_argument("--only", default="", help="names, with commas: pets2009,highway,scenes or one scene")
    parser.add_argument("--keep", type=Path, help="write generated scenes here, or use those already there")
    report.add_options(parser)
    args = parser.parse_args()
    only = {name for name in args.only.split(",") if name}
    if unknown := only - {"pets2009", "highway", "scenes", *SCENES}:
        parser.error(f"unknown names: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as temporary:
        keep = args.keep or Path(temporary)
        keep.mkdir(parents=True, exist_ok=True)
        rows = {}
        for name, found in _runs(args.footage, only, keep, load_detector()):
            rows[name] = found
            print(f"{name}: done", file=sys.stderr, flush=True)
    table = report.Table("Tracks and masks against the truth", "footage", COLUMNS, rows)
    report.publish("accuracy", [table, report.aims(promises(rows))], args)


if __name__ == "__main__":
    main()

"""How true what is said of tracks is: class, colour, speed and size.

    python benchmarks/attributes.py [--footage DIR] [--only NAMES] [--json] [--record]

``day``, ``low sun``, ``overcast``, ``dark``, ``infrared``: a generated street under a camera whose every
measure is known, in different light. Right is the share of tracks whose first colour is the true one; where
no colour can be seen (dark, infrared) silence is right and every name is wrong. Errors of speed and height
are medians, and 90th percentiles, of relative errors. Which colour is called which is told of all cars and
walkers in the lights that show colour.
``pets2009``: speed and height of the persons of PETS 2009 S2.L1, view 1, against those of its true boxes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import report
from footage_sets import FOOTAGE
from numpy.typing import NDArray
from observed import Observed, observe
from report import Column
from rows import Rows

from apercu.analysis import Detector, GroundPlane, load_detector, measure
from apercu.analysis.colour import COLOURS
from apercu.archive.homographies import read_homography
from apercu.footage.actors import Actor
from apercu.footage.figures import Outfit, walker
from apercu.footage.scene import SceneOptions, SyntheticScene
from apercu.footage.scenery import textured_background
from apercu.footage.sprites import Colour, Look
from apercu.footage.vehicles import CARS, car
from apercu.geometry import iou, project

PAINTS: dict[str, Colour] = {
    "red": (44, 40, 178),
    "blue": (150, 92, 36),
    "white": (226, 226, 224),
    "black": (40, 38, 38),
    "green": (72, 118, 58),
    "yellow": (45, 190, 225),
    "grey": (150, 148, 144),
    "orange": (30, 112, 228),
    "brown": (52, 78, 112),
}
"""Blue, green and red of what everybody would call by that name."""

PETS_METRES = (0.0411, 0.0579)
"""Metres per unit of the plan behind the homography of PETS 2009, along both axes.

The file does not say; this follows from the calibration that was published with the data set.
"""

_SIZE = (1280, 720)
_FOCAL_PX, _CAMERA_M, _TILT_DEG = 1100.0, 6.0, 14.0
_BASE_PX = 60.0
"""Pixels per metre at which figures are drawn; the scene scales them."""
_SECONDS = 64.0
_LEAST_IOU = 0.3

LIGHTS: dict[str, SceneOptions] = {
    "day": SceneOptions(),
    "low sun": SceneOptions(warming=1.0, shadow=0.6),
    "overcast": SceneOptions(shadow=0.0, cloud_at_s=-2.0, cloud_for_s=1e6, cloud_depth=0.35),
    "dark": SceneOptions(shadow=0.0, cloud_at_s=-2.0, cloud_for_s=1e6, cloud_depth=0.8),
    "infrared": SceneOptions(infrared=True, noise_sigma=4.0),
}
COLUMNS = (
    Column("objects", "objects"),
    Column("tracks", "tracks"),
    Column("class_right", "class right", ".2f"),
    Column("margin_right", "margin", ".2f"),
    Column("margin_wrong", "margin where wrong", ".2f"),
    Column("colour_right", "colour right", ".2f"),
    Column("colours_wrong", "wrong: true, said"),
    Column("speed_off", "speed off", ".1%"),
    Column("speed_off_90", "90 %", ".1%"),
    Column("height_off", "height off", ".1%"),
    Column("height_off_90", "90 %", ".1%"),
)
SPREAD = (Column("p10", "10 %", ".2f"), Column("p50", "50 %", ".2f"), Column("p90", "90 %", ".2f"))
_COLOURLESS = ("dark", "infrared")
CALLED = (
    Column("objects", "objects"),
    Column("right", "right"),
    *(Column(name, f"called {name}") for name in (*COLOURS, "silent")),
)


@dataclass(frozen=True, slots=True)
class Known:
    """What is true of one actor: class, colour (of a person, of the upper half), m/s, height in metres."""

    kind: str
    colour: str
    speed_m_s: float
    height_m: float


def camera() -> NDArray[np.float64]:
    """Return the projection (3, 4) of the camera from x (right), y (away), z (up), metres, to the picture."""
    tilt = np.radians(_TILT_DEG)
    turn = np.array([[1, 0, 0], [0, -np.sin(tilt), -np.cos(tilt)], [0, np.cos(tilt), -np.sin(tilt)]])
    lens = np.array([[_FOCAL_PX, 0, _SIZE[0] / 2], [0, _FOCAL_PX, _SIZE[1] / 2], [0, 0, 1]])
    return np.asarray(lens @ np.column_stack([turn, -turn @ [0, 0, _CAMERA_M]]))


def plane() -> GroundPlane:
    """Return the ground that the camera sees, calibrated with six points as a user would measure them."""
    ground = np.array([[-4, 10], [4, 10], [-6, 17], [6, 17], [-9, 28], [9, 28.0]])
    return GroundPlane.from_points(np.round(project(ground, camera()[:, [0, 1, 3]])), ground, *_SIZE)


def known_scene(light: SceneOptions, seed: int) -> tuple[SyntheticScene, list[Known]]:
    """Return a street with a car and a walker of every colour, and what is true of each."""
    rng = np.random.default_rng(seed)
    actors, truths = [], []
    for k, (colour, paint) in enumerate(PAINTS.items()):
        body = CARS[k % len(CARS)]
        speed = float(rng.uniform(5, 9))
        route = np.array([[-16.0, 14.5], [16.0, 14.5]]) if k % 2 else np.array([[18.0, 18.5], [-18.0, 18.5]])
        actors.append(_actor("car", car(body, paint, _BASE_PX), route, speed, 2.0 + 6.6 * k))
        truths.append(Known("car", colour, speed, body.height))
        height, pace = float(rng.uniform(1.6, 1.9)), float(rng.uniform(1.0, 1.8))
        outfit = Outfit(paint, PAINTS["blue"])
        side = 1 if k % 2 else -1
        far = float(rng.uniform(9.5, 12)) if k % 3 else float(rng.uniform(21, 24))
        route = np.array([[-0.7 * far * side, far], [0.7 * far * side, far + float(rng.uniform(-1, 2))]])
        actors.append(_actor("person", walker(outfit, _BASE_PX, height=height), route, pace, 0.5 + 5.2 * k))
        truths.append(Known("person", colour, pace, height))
    options = replace(light, width=_SIZE[0], height=_SIZE[1], rate=Fraction(15), seconds=_SECONDS, seed=seed)
    background = textured_background(*_SIZE, seed)
    return SyntheticScene(options, actors=actors, background=background), truths


def _actor(kind: str, look: Look, route: NDArray[np.float64], speed: float, start: float) -> Actor:
    """Return an actor that goes straight along ``route`` (2, 2), metres, at ``speed`` m/s."""
    seconds = float(np.hypot(*(route[1] - route[0]))) / speed
    shares = np.linspace(0, 1, 40)
    places = route[0] + shares[:, None] * (route[1] - route[0])
    points = project(places, camera()[:, [0, 1, 3]])
    tall = np.column_stack([places, np.ones(len(places)), np.ones(len(places))]) @ camera().T
    scales = (points[:, 1] - tall[:, 1] / tall[:, 2]) / _BASE_PX
    return Actor(kind, look, start + shares * seconds, points, scales)


def generated(light: str, folder: Path, detector: Detector) -> dict[str, Any]:
    """Compare what is said of tracks with what is true, in one light."""
    scene, truths = known_scene(LIGHTS[light], seed=5)
    path = folder / f"{light.replace(' ', '-')}.mp4"
    scene.write(path)
    seen = observe(path, detector)
    owners = _owners(scene, seen)
    said = seen.tracks.table.to_pylist()
    measured = measure(seen.tracks, plane()).to_pylist()
    rows = [(truths[owner - 1], s, m) for owner, s, m in zip(owners, said, measured, strict=True) if owner]
    named = [(t, s, m) for t, s, m in rows if s["class"] != "other"]
    colours = [(t.colour, _colour(s)) for t, s, _ in named if t.kind == s["class"]]
    right = sum((said is None) if light in _COLOURLESS else said == true for true, said in colours)
    classes = [(t.kind == s["class"], s["class_margin"]) for t, s, _ in rows]
    return {
        "said": colours,
        "objects": len(truths),
        "tracks": len(rows),
        "class_right": _share([good for good, _ in classes]),
        "margin_right": _mean([margin for good, margin in classes if good]),
        "margin_wrong": _mean([margin for good, margin in classes if not good]),
        "colour_right": right / len(colours) if colours else None,
        "colour_none": _share([said is None for _, said in colours]),
        "colours_wrong": ", ".join(sorted({f"{a}: {b}" for a, b in colours if b not in (a, None)})) or None,
        **_errors("speed", [(m["speed_mean_m_s"], t.speed_m_s) for t, _, m in named]),
        **_errors("height", [(m["height_m"], t.height_m) for t, _, m in named]),
    }


def confusion(lights: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Return how often each true colour was called by each name, ``silent`` where none was given."""
    table = {true: {"objects": 0, "right": 0} for true in PAINTS}
    for light in lights:
        for true, said in light["said"]:
            row = table[true]
            row["objects"] += 1
            row["right"] += said == true
            row[said or "silent"] = row.get(said or "silent", 0) + 1
    return {true: row for true, row in table.items() if row["objects"]}


def _colour(said: dict[str, Any]) -> str | None:
    names = said["colours_upper" if said["class"] == "person" else "colours"]
    return names[0] if names else None


def _owners(scene: SyntheticScene, seen: Observed) -> list[int]:
    """Return whose track each one is: the object's number, 0 for nobody's."""
    truth = scene.tracks_truth()
    table = seen.tracks.observation_table
    frames = np.round(table["time_s"].to_numpy() * float(scene.options.rate)).astype(int)
    boxes = np.column_stack([table[name].to_numpy() for name in ("x1", "y1", "x2", "y2")])
    tracks, votes = table["track_id"].to_numpy(), np.zeros((len(seen.tracks) + 1, len(scene.actors) + 1))
    for frame in np.unique(frames).tolist():
        here, there = np.flatnonzero(frames == frame), np.flatnonzero(truth.frames == frame)
        shared = iou(boxes[here], truth.boxes[there])
        for row, column in zip(*np.nonzero(shared >= _LEAST_IOU), strict=True):
            votes[tracks[here[row]], truth.ids[there[column]]] += shared[row, column]
    ids = seen.tracks.table["track_id"].to_numpy()
    return [int(votes[i].argmax()) if votes[i].any() else 0 for i in ids.tolist()]


def pets2009(folder: Path, detector: Detector) -> dict[str, dict[str, float]]:
    """Measure the persons of PETS 2009 in metres, and their true boxes beside them."""
    matrix = read_homography(folder / "pets2009" / "homography_001.yaml")
    ground = GroundPlane.from_homography(np.diag([*PETS_METRES, 1.0]) @ matrix, 768, 576)
    seen = observe(folder / "pets2009" / "View_001_7fps.mp4", detector)
    table = measure(seen.tracks.of_class("person"), ground)
    truth = Rows.read_mot(folder / "pets2009" / "gt_interp_f001-320.txt")
    return {
        "mean speed while moving, m/s": _spread(table["speed_mean_m_s"].to_pylist()),
        "height, m": _spread(table["height_m"].to_pylist()),
        "height of the true boxes, m": _spread(ground.heights(truth.boxes).tolist()),
    }


def _spread(values: Sequence[float | None]) -> dict[str, float]:
    known = np.array([value for value in values if value is not None and not np.isnan(value)])
    return {f"p{share}": float(np.percentile(known, share)) for share in (10, 50, 90)}


def _errors(name: str, pairs: Sequence[tuple[float | None, float]]) -> dict[str, float | None]:
    """Return the median and the 90th percentile of relative errors, and how many are not told."""
    off = [abs(said / true - 1) for said, true in pairs if said is not None]
    return {
        f"{name}_off": float(np.median(off)) if off else None,
        f"{name}_off_90": float(np.percentile(off, 90)) if off else None,
        f"{name}_untold": sum(said is None for said, _ in pairs),
    }


def _share(values: Sequence[bool]) -> float:
    return sum(values) / max(len(values), 1)


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def main() -> None:
    """Measure what is asked for and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--footage", type=Path, default=FOOTAGE, help="folder with the real footage")
    parser.add_argument("--only", default="", help="names, with commas: pets2009, or lights")
    report.add_options(parser)
    args = parser.parse_args()
    only = {name for name in args.only.split(",") if name}
    if unknown := only - {"pets2009", *LIGHTS}:
        parser.error(f"unknown names: {', '.join(sorted(unknown))}")
    detector, known, persons, notes = load_detector(), {}, {}, []
    if (not only or "pets2009" in only) and args.footage.is_dir():
        persons = pets2009(args.footage, detector)
    elif not args.footage.is_dir():
        notes.append("The real footage was not there, and is left out.")
    with tempfile.TemporaryDirectory() as temporary:
        for name in LIGHTS:
            if not only or name in only:
                known[name] = generated(name, Path(temporary), detector)
                print(f"{name}: done", file=sys.stderr, flush=True)
    called = confusion(light for name, light in known.items() if name not in _COLOURLESS)
    for light in known.values():
        del light["said"]
    tables = [
        report.Table(
            "What is said of tracks of a generated street, in different light", "light", COLUMNS, known
        ),
        report.Table("Which colour was called which, in the lights that show colour", "true", CALLED, called),
        report.Table("Persons of PETS 2009, in metres, by percentile", "measure", SPREAD, persons),
    ]
    report.publish("attributes", [table for table in tables if table.rows], args, notes)


if __name__ == "__main__":
    main()

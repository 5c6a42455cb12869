"""Rules against what is true in generated scenes, and what they say of real footage.

    python benchmarks/events.py [--scenes N] [--first SEED] [--footage DIR] [--only PART]
        [--json] [--record]

``scenes``: each has what meets every rule once, and near misses: who passes just outside of a zone, is in it
too shortly, turns before the line or crosses it the other way, stops too shortly, a car that backs a little,
drives just under the limit, three where more than three are too many. There are shadows in all of them, and
by turns slow changes of light, a cloud and wind. Each is watched as a camera would be.

``rare``: a crowd that runs apart, somebody who falls, a camera that is covered, shows nothing or is turned,
one in each scene after a near miss: two of eight who run, who gets up at once or crouches, half a view that
is covered, dusk, night, a gap of three seconds, a picture that freezes, a camera that shakes.

``light``: nobody is there, only parked cars, and shadows of what is out of view, slow and quick light, wind.
Whatever a rule says is false.

``footage``: rules over whole pictures of real footage, as a camera and from tracks: how many events an hour,
and how far the two ways agree. What caused each is looked up by eye: see ``docs/events.md``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import report
from events_scenes import LIGHT_S, RULES, Expected, light_of, places, scene_of
from footage_sets import FOOTAGE
from observed import observe
from rare_scenes import MADE
from rare_scenes import RULES as RARE
from report import Aim, Column

from apercu.analysis import Detector, load_detector
from apercu.archive.zones import Kind, Zone
from apercu.events.engine import Engine
from apercu.events.event import Event
from apercu.events.recorded import moments_of
from apercu.events.rules import RulesFile
from apercu.events.running import replay
from apercu.events.settings import parse_settings
from apercu.footage import FootageReader
from apercu.statistics.scene import Scene

START = datetime(2024, 5, 31, 12, 0, tzinfo=UTC)
SCENES = (
    Column("true", "true"),
    Column("found", "found"),
    Column("false", "false"),
    Column("precision", "precision", ".3f"),
    Column("recall", "recall", ".3f"),
)
LIGHT = (Column("minutes", "minutes", ".1f"), Column("false", "false"))
REAL = (
    Column("minutes", "minutes", ".1f"),
    Column("live", "events as live"),
    Column("an_hour", "an hour", ".0f"),
    Column("tracks", "from tracks"),
    Column("agreeing", "agreeing", ".0%"),
)
CLIPS = {
    "street": "street/street.mp4",
    "freeway": "freeway/freeway.avi",
    "intersection": "intersection/intersection.mp4",
    "pets2009": "pets2009/View_001_7fps.mp4",
    "pets2001": "pets2001_d3c1/pets2001_d3c1.mp4",
    "overhead": "overhead/overhead.avi",
    "one-by-one": "intel/one-by-one-person-detection.mp4",
    "car park": "intel/car-detection.mp4",
    "highway": "cdnet_highway/highway.mp4",
}
WHOLE = """
[[rule]]
name = "zone"
kind = "zone"
zone = "middle"

[[rule]]
name = "line"
kind = "line"
line = "upright"

[[rule]]
name = "wrong-way"
kind = "wrong-way"
usual = true

[[rule]]
name = "stationary"
kind = "stationary"
for_s = 10
"""
"""Rules for real footage: the middle half of the picture, an upright line through it, the usual way."""
_ANYBODY = "".join(
    f'[[rule]]\nname = "anybody in {zone}"\nkind = "zone"\nzone = "{zone}"\nfor_s = 0\n'
    for zone in ("lane", "far", "square")
)
"""Where nobody is, nobody is in a zone, not even for a moment."""
_LIGHT_SCENES = 10
_AGREEING_S = 2.0


class Film(Protocol):
    """What can be written to a file."""

    def write(self, path: Path, *, preset: str) -> None:
        """Write it as ``SyntheticScene.write`` does."""
        ...


def matched(
    found: Sequence[Event], expected: Sequence[Any], fits: Callable[[Event, Any], bool]
) -> tuple[list[Any], list[Event]]:
    """Return what was expected and not found, and what was found and not expected; each fits one at most."""
    missed, extra = [*expected], []
    for event in found:
        one = next((e for e in missed if fits(event, e)), None)
        if one is None:
            extra.append(event)
        else:
            missed.remove(one)
    return missed, extra


def rated(true: int, missed: int, wrong: int) -> dict[str, Any]:
    """Return a row of ``SCENES``."""
    hit = true - missed
    return {
        "true": true,
        "found": hit,
        "false": wrong,
        "precision": hit / max(hit + wrong, 1),
        "recall": hit / max(true, 1),
    }


def _fits(event: Event, expected: Expected) -> bool:
    at = (event.box[0] + event.box[2]) / 2 if event.box else 0.0
    return (
        expected.rule == event.rule
        and expected.begin_s <= event.met_s <= expected.end_s
        and expected.x[0] <= at <= expected.x[1]
    )


def scenes(
    seeds: range, detector: Detector, text: str, made: Callable[[int], tuple[Film, list[Expected]]]
) -> dict[str, dict[str, Any]]:
    """Return how right rules are in scenes that are made from a seed, by rule."""
    scene, rules = places(), parse_settings(text, RulesFile, "scenes").settings.rule
    true, missing, wrong = Counter[str](), Counter[str](), Counter[str]()
    for seed in seeds:
        film, expected = made(seed)
        engine = Engine(rules, scene, "camera", f"scene {seed}", START)
        missed, extra = matched(watched(film, engine, detector, START), expected, _fits)
        true.update(e.rule for e in expected)
        missing.update(e.rule for e in missed)
        wrong.update(e.rule for e in extra)
        for kind, each in (("missed", missed), ("false", extra)):
            for one in each:
                print(f"scene {seed}: {kind} {one}", file=sys.stderr)
    return {rule.name: rated(true[rule.name], missing[rule.name], wrong[rule.name]) for rule in rules}


def light(seeds: range, detector: Detector) -> dict[str, dict[str, Any]]:
    """Return how many events rules say there are where nobody is, by rule."""
    text = RULES.replace('classes = ["person"]', "") + _ANYBODY
    rules, found = parse_settings(text, RulesFile, "light").settings.rule, Counter[str]()
    for seed in seeds:
        engine = Engine(rules, places(), "camera", f"light {seed}", START)
        events = watched(light_of(seed), engine, detector, START)
        found.update(event.rule for event in events)
        for event in events:
            print(f"light {seed}: false {event}", file=sys.stderr)
    minutes = len(seeds) * LIGHT_S / 60
    return {rule.name: {"minutes": minutes, "false": found[rule.name]} for rule in rules}


def watched(film: Film, engine: Engine, detector: Detector, start: datetime | None) -> list[Event]:
    """Return the events of a film that is watched as a camera would be."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scene.mp4"
        film.write(path, preset="ultrafast")
        return replay(path, detector, engine, camera="camera", run="scene", start=start)


def over_footage(folder: Path, detector: Detector) -> tuple[dict[str, dict[str, Any]], dict[str, float]]:
    """Return what rules say of real footage, by clip and rule, and how long each way takes."""
    rules = parse_settings(WHOLE, RulesFile, "footage").settings.rule
    rows: dict[str, dict[str, Any]] = {}
    seconds = {"live": 0.0, "tracks": 0.0, "footage": 0.0}
    for name, file in CLIPS.items():
        path = folder / file
        if not path.exists():
            continue
        scene, length_s = _whole(path)
        begin = time.process_time()
        live = replay(
            path,
            detector,
            Engine(rules, scene, "camera", name, START),
            camera="camera",
            run=name,
            start=START,
        )
        seconds["live"] += time.process_time() - begin
        observed = observe(path, detector)
        engine = Engine(rules, scene, "camera", name, START)
        begin = time.process_time()
        stored = [event for moment in moments_of(observed.tracks) for event in engine.see(moment)]
        seconds["tracks"] += time.process_time() - begin
        seconds["footage"] += length_s
        for event in live:
            print(f"{name}: {event}", file=sys.stderr)
        for rule in (rule.name for rule in rules):
            one, other = ([event for event in events if event.rule == rule] for events in (live, stored))
            both = _agreeing(one, other)
            rows[f"{name}, {rule}"] = {
                "minutes": length_s / 60,
                "live": len(one),
                "an_hour": len(one) / length_s * 3600,
                "tracks": len(other),
                "agreeing": 2 * both / (len(one) + len(other)) if one or other else None,
            }
    return rows, seconds


def _agreeing(one: Sequence[Event], other: Sequence[Event]) -> int:
    """Return how many events of two lists are the same, within two seconds and at about the same place."""
    left, both = [*other], 0
    for event in one:
        for candidate in left:
            if abs(candidate.met_s - event.met_s) <= _AGREEING_S and _near(event, candidate):
                left.remove(candidate)
                both += 1
                break
    return both


def _near(one: Event, other: Event) -> bool:
    if one.box is None or other.box is None:
        return one.box == other.box
    a, b = one.box, other.box
    return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]


def _whole(path: Path) -> tuple[Scene, float]:
    """Return the places of real footage, and its length, seconds."""
    drawn: dict[str, tuple[Kind, tuple[tuple[float, float], ...]]] = {
        "middle": ("zone", ((0.25, 0.25), (0.75, 0.25), (0.75, 0.9), (0.25, 0.9))),
        "upright": ("line", ((0.5, 0.99), (0.5, 0.01))),
    }
    zones = {n: Zone("camera", n, kind, points, START, "", "") for n, (kind, points) in drawn.items()}
    with FootageReader(path) as reader:
        info = reader.info
        return Scene.of(zones, info.width, info.height), float(info.duration or 0)


def main() -> int:
    """Measure; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scenes", type=int, default=30, help="how many generated scenes")
    parser.add_argument("--first", type=int, default=0, help="seed of the first of them")
    parser.add_argument("--footage", type=Path, default=FOOTAGE, help="folder of real clips")
    parser.add_argument("--only", choices=("scenes", "rare", "light", "footage"), help="only this part")
    report.add_options(parser)
    args = parser.parse_args()
    detector = load_detector()
    tables = []
    seeds = range(args.first, args.first + args.scenes)
    if args.only in (None, "scenes"):
        rows = scenes(seeds, detector, RULES, scene_of)
        caption = (
            f"Rules over {args.scenes} generated scenes of 44 s from seed {args.first} on, each with near "
            "misses of every rule"
        )
        tables.append(report.Table(caption, "rule", SCENES, rows))
        tables.append(
            report.aims(
                [
                    Aim(f"{rule}: {name}", 0.98, row[name])
                    for rule, row in rows.items()
                    for name in ("precision", "recall")
                ]
            )
        )
    if args.only in (None, "rare"):
        rare: dict[str, dict[str, Any]] = {}
        for name, text in RARE.items():
            rare |= scenes(seeds, detector, text, MADE[name])
        caption = f"What is rare, in {args.scenes} generated scenes each from seed {args.first} on"
        tables.append(report.Table(caption, "rule", SCENES, rare))
        tables.append(
            report.aims(
                [
                    Aim(f"{rule}: {name}", 0.98, rare[rule][name])
                    for rule in ("view covered", "view blank", "view moved")
                    for name in ("precision", "recall")
                ]
            )
        )
    if args.only in (None, "light"):
        lit = light(seeds[:_LIGHT_SCENES], detector)
        caption = "Rules over generated scenes where nobody is: parked cars, shadows, light and wind"
        tables.append(report.Table(caption, "rule", LIGHT, lit))
    if args.only in (None, "footage"):
        rows, seconds = over_footage(args.footage, detector)
        caption = (
            f"Rules over whole pictures of real footage; processor time {seconds['live']:.0f} s as live and "
            f"{seconds['tracks']:.1f} s from tracks for {seconds['footage']:.0f} s"
        )
        tables.append(report.Table(caption, "clip, rule", REAL, rows))
    report.publish("events", tables, args)
    return 0


if __name__ == "__main__":
    sys.exit(main())

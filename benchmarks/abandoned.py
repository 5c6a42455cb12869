"""Things that are left behind or taken away, on real backgrounds, and what only looks like them.

    python benchmarks/abandoned.py [--scenes N] [--first SEED] [--hours H] [--decoys SEED]
        [--every SECONDS] [--processes N] [--footage DIR] [--json] [--record]

``--scenes`` scenes have one bag each that is put down under somebody who comes by and leaves, a thing that
somebody takes, and two decoys. ``--hours`` of other footage has only decoys, one a minute or as ``--every``
says: somebody who comes by while a patch of light or shade comes, who moves a chair a little, who stands for
half a minute, who gets out of a car that was parked, who just passes. False alarms an hour are those of that
footage. ``--first`` and ``--decoys`` are the seeds of the first of each.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import report
from abandoned_scenes import DECOYS, Expected, Play, backgrounds, decoy_count, decoys, play
from footage_sets import FOOTAGE
from numpy.typing import NDArray
from report import Aim, Column

from apercu.analysis import Detector, load_detector
from apercu.events.engine import Engine
from apercu.events.event import Event
from apercu.events.rules import RulesFile
from apercu.events.settings import parse_settings
from apercu.statistics.scene import Scene
from events import SCENES, matched, rated, watched

FOR_S = 12.0
RULES = f"""
[[rule]]
name = "left"
kind = "abandoned-object"
for_s = {FOR_S}

[[rule]]
name = "taken"
kind = "removed-object"
for_s = 5
"""
_NEAR_PX = 40.0
_DECOY_S = 600.0
KINDS = ("abandoned-object", "removed-object")
FALSE = (
    Column("hours", "hours of decoys", ".2f"),
    Column("decoys", "decoys"),
    Column("false", "false"),
    Column("an_hour", "an hour", ".2f"),
    Column("in_ten", "in 10 h like these", ".1f"),
    Column("each", "of each decoy", ".2%"),
)


@dataclass(frozen=True, slots=True)
class Watched:
    """What the rules say of one scene.

    Attributes:
        title, place: of it.
        expected: what is true.
        lost, extra: what was missed, and what is false.
    """

    title: str
    place: str
    expected: Sequence[Expected]
    lost: Sequence[Expected]
    extra: Sequence[Event]


@dataclass(frozen=True, slots=True)
class Job:
    """One scene to be watched.

    Attributes:
        footage: folder of real clips.
        seed: of the scene.
        every_s: seconds from decoy to decoy, where there are only decoys; None where not.
    """

    footage: Path
    seed: int
    every_s: float | None = None


@cache
def _needed(footage: Path) -> tuple[Detector, dict[str, NDArray[np.uint8]]]:
    """Return what a process reads once."""
    return load_detector(), backgrounds(footage)


def watch(job: Job) -> Watched:
    """Return what the rules say of a scene."""
    detector, places = _needed(job.footage)
    place = [*places][job.seed % len(places)]
    if job.every_s is None:
        title, made = f"scene {job.seed}", play(place, places[place], job.seed, FOR_S)
    else:
        title = f"decoys {job.seed}"
        made = decoys(place, places[place], job.seed, _DECOY_S, job.every_s)
    lost, extra = matched(events_of(made, title, detector), made.expected, _fits)
    return Watched(title, place, made.expected, lost, extra)


def events_of(made: Play, name: str, detector: Detector) -> list[Event]:
    """Return what the rules say of a scene, watched as a camera would be."""
    scene = made.scene()
    height, width = scene.still(0).shape[:2]
    rules = parse_settings(RULES, RulesFile, "scenes").settings.rule
    engine = Engine(rules, Scene.of({}, width, height), "camera", name, None)
    return watched(scene, engine, detector, None)


def _fits(event: Event, expected: Expected) -> bool:
    x1, _, x2, y2 = event.box or (0, 0, 0, 0)
    return (
        expected.kind == event.kind
        and expected.begin_s - 2 <= event.met_s <= expected.end_s
        and abs((x1 + x2) / 2 - expected.x) < _NEAR_PX
        and abs(y2 - expected.y) < _NEAR_PX
    )


def main() -> int:
    """Measure; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scenes", type=int, default=40, help="how many scenes with a bag")
    parser.add_argument("--first", type=int, default=0, help="number of the first scene")
    parser.add_argument("--hours", type=float, default=1.0, help="how much footage with decoys only")
    parser.add_argument("--every", type=float, default=60.0, help="seconds from decoy to decoy")
    parser.add_argument("--footage", type=Path, default=FOOTAGE, help="folder of real clips")
    parser.add_argument("--decoys", type=int, default=600, help="number of the first of that footage")
    parser.add_argument("--processes", type=int, default=1, help="how many scenes are watched at once")
    report.add_options(parser)
    args = parser.parse_args()
    clips = round(args.hours * 3600 / _DECOY_S)
    jobs = [Job(args.footage, args.first + n) for n in range(args.scenes)]
    jobs += [Job(args.footage, args.decoys + n, args.every) for n in range(clips)]
    true, missed, wrong, false = (Counter[str]() for _ in range(4))
    places = set[str]()
    with ProcessPoolExecutor(args.processes, get_context("spawn")) as pool:
        for number, one in enumerate(pool.map(watch, jobs), 1):
            print(f"{number} of {len(jobs)}: {one.title}, {one.place}", file=sys.stderr, flush=True)
            for told, each in (("missed", one.lost), ("false", one.extra)):
                for what in each:
                    print(f"{one.title}, {one.place}: {told} {what}", file=sys.stderr, flush=True)
            true.update(each.kind for each in one.expected)
            missed.update(each.kind for each in one.lost)
            (wrong if number <= args.scenes else false).update(each.kind for each in one.extra)
            places.add(one.place)
    rows = {kind: rated(true[kind], missed[kind], wrong[kind]) for kind in KINDS}
    caption = (
        f"Left behind and taken away: {args.scenes} scenes on {len(places)} real backgrounds "
        f"from seed {args.first} on"
    )
    tables = [report.Table(caption, "kind", SCENES, rows)]
    aims = [
        Aim("abandoned-object: recall", 0.95, rows["abandoned-object"]["recall"]),
        Aim("removed-object: precision", 0.98, rows["removed-object"]["precision"]),
        Aim("removed-object: recall", 0.98, rows["removed-object"]["recall"]),
    ]
    if clips:
        hours, count = clips * _DECOY_S / 3600, clips * decoy_count(_DECOY_S, args.every)
        quiet = {
            kind: {
                "hours": hours,
                "decoys": count,
                "false": false[kind],
                "an_hour": false[kind] / hours,
                "in_ten": 10 * false[kind] / hours,
                "each": false[kind] / count,
            }
            for kind in KINDS
        }
        caption = (
            f"Only decoys, one every {args.every:g} seconds, from seed {args.decoys} on: {', '.join(DECOYS)}"
        )
        tables.append(report.Table(caption, "kind", FALSE, quiet))
        found = quiet["abandoned-object"]["in_ten"]
        aims.append(Aim("abandoned-object: false in 10 h of decoys", 1.0, found, at_most=True))
    tables.append(report.aims(aims))
    report.publish("abandoned", tables, args)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Things that are left behind or taken away, on real backgrounds, and what only looks like them.

    python benchmarks/abandoned.py [--scenes N] [--first SEED] [--hours H] [--every SECONDS]
        [--footage DIR] [--json] [--record]

``--scenes`` scenes have one bag each that is put down under somebody who comes by and leaves, a thing that
somebody takes, and two decoys. ``--hours`` of other footage has only decoys, one a minute or as ``--every``
says: somebody who comes by while a patch of light or shade comes, who moves a chair a little, who stands for
half a minute, who gets out of a car that was parked, who just passes. False alarms an hour are those of that
footage.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import report
from abandoned_scenes import DECOYS, Expected, Play, backgrounds, decoy_count, decoys, play
from footage_sets import FOOTAGE
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
    Column("in_ten", "in 10 h like these", ".1f"),
)


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
    report.add_options(parser)
    args = parser.parse_args()
    detector = load_detector()
    places = backgrounds(args.footage)
    names = [*places]
    true, missed, wrong = (dict.fromkeys(KINDS, 0) for _ in range(3))
    for seed in range(args.first, args.first + args.scenes):
        name = names[seed % len(names)]
        made = play(name, places[name], seed, FOR_S)
        lost, extra = matched(events_of(made, f"scene {seed}", detector), made.expected, _fits)
        for kind in KINDS:
            true[kind] += sum(e.kind == kind for e in made.expected)
            missed[kind] += sum(e.kind == kind for e in lost)
            wrong[kind] += sum(e.kind == kind for e in extra)
        for told, each in (("missed", lost), ("false", extra)):
            for one in each:
                print(f"scene {seed}, {name}: {told} {one}", file=sys.stderr)
    rows = {kind: rated(true[kind], missed[kind], wrong[kind]) for kind in KINDS}
    false, shown, count = dict.fromkeys(KINDS, 0), 0.0, 0
    for seed in range(args.first, args.first + round(args.hours * 3600 / _DECOY_S)):
        name = names[seed % len(names)]
        made = decoys(name, places[name], seed, _DECOY_S, args.every)
        for event in events_of(made, f"decoys {seed}", detector):
            false[event.kind] += 1
            print(f"decoys {seed}, {name}: false {event}", file=sys.stderr)
        shown, count = shown + _DECOY_S / 3600, count + decoy_count(_DECOY_S, args.every)
    caption = f"Left behind and taken away: {args.scenes} scenes on {len(names)} real backgrounds"
    tables = [report.Table(caption, "kind", SCENES, rows)]
    if shown:
        quiet = {
            kind: {
                "hours": shown,
                "decoys": count,
                "false": false[kind],
                "in_ten": 10 * false[kind] / shown,
            }
            for kind in KINDS
        }
        caption = f"Only decoys, one every {args.every:g} seconds: {', '.join(DECOYS)}"
        tables.append(report.Table(caption, "kind", FALSE, quiet))
        tables.append(
            report.aims([Aim("abandoned-object: recall", 0.95, rows["abandoned-object"]["recall"])])
        )
    report.publish("abandoned", tables, args)
    return 0


if __name__ == "__main__":
    sys.exit(main())

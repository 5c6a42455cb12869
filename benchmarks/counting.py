"""How wrong counts are: on clips counted by eye, and on generated scenes whose truth is known.

    python benchmarks/counting.py [--footage DIR] [--only NAMES] [--keep DIR] [--json] [--record]

``clips``: street, freeway, overhead and one-by-one, analysed as every command does and counted as
``apercu count`` does; the truth was counted by eye (``benchmarks/truth/counts``).
``scenes``: generated scenes, 8 to 39 crossings each: crossings, U-turns, jitter at the line, a wall
before it, and meetings on it.
``cuts``: true paths without any analysis, each cut in two near the line, as a tracker may lose things there.

Errors are of counts by line and direction, summed over them, signed and absolute: of the classes that
``apercu count`` counts, and of those of them that have a name: what the detector could not name, and
is counted as other, is not among these. Seconds are of processor time: analysis into an
archive, counting its tracks, and counting straight from the footage.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import report
from counting_cuts import cut_tracks
from counting_scenes import SCENES
from counting_truth import Clip, Crossing, TrueLine, clips, error_row, match
from counting_ways import both_ways
from footage_sets import FOOTAGE
from observed import observe
from report import Aim, Column

from apercu.analysis import Detector, Tracks, load_detector
from apercu.analysis.detections import CLASSES, OTHER
from apercu.archive.zones import Zone
from apercu.footage.scene import SyntheticScene
from apercu.statistics.counting import COUNTED
from apercu.statistics.intervals import SECOND_US, Intervals
from apercu.statistics.lines import RIGHT
from apercu.statistics.rows import Run
from apercu.statistics.scene import Scene
from apercu.statistics.tally import Tally

NAMED = tuple(name for name in COUNTED if name != CLASSES[OTHER])

COLUMNS = (
    Column("true", "true"),
    Column("counted", "counted"),
    Column("signed", "signed error", "+.1%"),
    Column("absolute", "absolute error", ".1%"),
    Column("missed", "missed"),
    Column("extra", "extra"),
    Column("named", "named rightly", ".0%"),
    Column("with_name", "with a name: counted"),
    Column("with_name_absolute", "absolute error", ".1%"),
)
SPEED = (
    Column("analysis_s", "analysis, s", ".1f"),
    Column("counting_s", "counting its tracks, s", ".2f"),
    Column("straight_s", "straight from footage, s", ".1f"),
    Column("straight_share", "straight / analysis", ".2f"),
    Column("same", "same numbers"),
)


def count(tracks: Tracks, size: tuple[int, int], lines: Sequence[TrueLine]) -> dict[str, list[Crossing]]:
    """Return what crossed each line: every class, in a picture of a width and height."""
    now = datetime.now(UTC)
    zones = {line.name: Zone("camera", line.name, "line", line.points, now, "", "") for line in lines}
    scene = Scene.of(zones, *size)
    tally = Tally(scene, Intervals(60, UTC, None), Run("camera", "benchmark", False), heat=False)
    tally.add(tracks)
    found: dict[str, list[Crossing]] = {line.name: [] for line in lines}
    passed = tally.passages
    for line, to, name, at_us in zip(passed.line, passed.to, passed.named, passed.at_us, strict=True):
        side = "right" if to == RIGHT else "left"
        found[scene.lines[line].name].append(Crossing(at_us / SECOND_US, side, CLASSES[name]))
    return found


def counted(path: Path, lines: Sequence[TrueLine], detector: Detector) -> dict[str, list[Crossing]]:
    """Analyse a recording and count what crossed the lines."""
    seen = observe(path, detector)
    return count(seen.tracks, seen.size[::-1], lines)


def row(lines: Sequence[TrueLine], found: Mapping[str, Sequence[Crossing]]) -> dict[str, Any]:
    """Return the errors of counts over lines and directions, and how many were named rightly."""
    true, told = Counter[Any](), Counter[Any]()
    true_named, told_named = Counter[Any](), Counter[Any]()
    missed, extra, right, pairs = 0, 0, 0, 0
    for line in lines:
        for counter, crossed, chosen in (
            (true, line.crossings, COUNTED),
            (told, found[line.name], COUNTED),
            (true_named, line.crossings, NAMED),
            (told_named, found[line.name], NAMED),
        ):
            counter.update((line.name, crossing.to) for crossing in crossed if crossing.name in chosen)
        matched = match(line.crossings, found[line.name])
        missed, extra = missed + len(matched.missed), extra + len(matched.extra)
        right += sum(a.name == b.name for a, b in matched.pairs)
        pairs += len(matched.pairs)
    named = error_row(true_named, told_named)
    return {
        **error_row(true, told),
        "missed": missed,
        "extra": extra,
        "named": right / pairs if pairs else None,
        "with_name": named["counted"],
        "with_name_absolute": named["absolute"],
    }


def confusion(pairs: Counter[tuple[str, str]]) -> report.Table:
    """Return which class was told of what was truly another."""
    heads = sorted({told for _, told in pairs}, key=[*CLASSES, "missed"].index)
    rows = {
        true: {told: pairs[true, told] for told in heads if pairs[true, told]}
        for true in sorted({true for true, _ in pairs}, key=[*CLASSES, "nothing"].index)
    }
    columns = [Column(told, told) for told in heads]
    return report.Table("Classes: truly, and told (all crossings of all clips)", "truly", columns, rows)


def pairs_of(lines: Sequence[TrueLine], found: Mapping[str, Sequence[Crossing]]) -> Counter[tuple[str, str]]:
    """Return how often each class was told as which; what was missed, and what was nothing, too."""
    pairs: Counter[tuple[str, str]] = Counter()
    for line in lines:
        matched = match(line.crossings, found[line.name])
        pairs.update((a.name, b.name) for a, b in matched.pairs)
        pairs.update((a.name, "missed") for a in matched.missed)
        pairs.update(("nothing", b.name) for b in matched.extra)
    return pairs


def promises(
    clip_rows: Mapping[str, Mapping[str, Any]], scene_rows: Mapping[str, Mapping[str, Any]]
) -> list[Aim]:
    """Return what was promised beside what was found."""
    found = [
        Aim(
            f"{name}: {'off by' if row['true'] < 20 else 'absolute error'}",
            1 if row["true"] < 20 else 0.05,
            row["off_most"] if row["true"] < 20 else row["absolute"],
            at_most=True,
        )
        for name, row in clip_rows.items()
    ]
    total = sum(row["true"] for row in scene_rows.values())
    off = sum(row["absolute"] * row["true"] for row in scene_rows.values())
    return [
        *found,
        Aim("generated scenes: absolute error", 0.01, off / total if total else None, at_most=True),
    ]


def _clips(footage: Path, only: set[str]) -> Iterator[Clip]:
    for clip in clips():
        if only and not only & {"clips", clip.name}:
            continue
        if not (footage / clip.file).exists():
            print(f"{clip.name}: skipped, {footage / clip.file} is missing", file=sys.stderr)
        elif not clip.is_of(footage):
            print(f"{clip.name}: skipped, this is not the file that was counted", file=sys.stderr)
        else:
            yield clip


def _written(scene: SyntheticScene, path: Path) -> Path:
    if not path.exists():
        scene.write(path)
    return path


def main() -> None:
    """Measure what is asked for and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--footage", type=Path, default=FOOTAGE, help="folder with the real footage")
    parser.add_argument("--only", default="", help="names, with commas: clips,scenes,cuts or one of them")
    parser.add_argument("--keep", type=Path, help="write generated scenes here, or use those already there")
    report.add_options(parser)
    args = parser.parse_args()
    only, detector = set(report.listed(args.only)), load_detector()
    clip_rows, scene_rows, speed = {}, {}, {}
    pairs: Counter[tuple[str, str]] = Counter()
    for clip in _clips(args.footage, only):
        found = counted(args.footage / clip.file, clip.lines, detector)
        for line in clip.lines:
            clip_rows[f"{clip.name}, {line.name}"] = row([line], found)
        pairs += pairs_of(clip.lines, found)
        with tempfile.TemporaryDirectory() as folder:
            speed[clip.name] = both_ways(args.footage / clip.file, clip.lines, detector, Path(folder))
        print(f"{clip.name}: done", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        keep = args.keep or Path(temporary)
        keep.mkdir(parents=True, exist_ok=True)
        for name, make in SCENES.items():
            if only and not only & {"scenes", name}:
                continue
            scene, lines = make()
            found = counted(_written(scene, keep / f"count-{name}.mp4"), lines, detector)
            scene_rows[name] = row(lines, found)
            print(f"{name}: done", file=sys.stderr, flush=True)
    if not only or "cuts" in only:
        for name, tracks, size, lines in cut_tracks():
            scene_rows[name] = row(lines, count(tracks, size, lines))
    tables = [
        report.Table("Clips, against counts by eye", "clip, line", COLUMNS, clip_rows),
        report.Table("Generated scenes, against what is true", "scene", COLUMNS, scene_rows),
        *([confusion(pairs)] if pairs else []),
        report.Table("Two ways to count, processor time", "clip", SPEED, speed),
        report.aims(promises(clip_rows, scene_rows)),
    ]
    report.publish("counting", [table for table in tables if table.rows], args)


if __name__ == "__main__":
    main()

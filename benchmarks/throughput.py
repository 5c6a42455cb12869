"""How fast analysis is against decoding and the usual pipeline, what memory it takes, what it finds.

    python benchmarks/throughput.py [--sets street --heights 1080 --modes decode,whole --repeat 1]

Quiet footage with known moments and three real clips, each scaled to 720 and 1080 lines. In every round
decoding, analysis and the frame-by-frame reference (``reference.py``) read the same file in turn, each in a
process of its own; ratios are within a round, and medians are told. The reference takes most of the time and
has no part in rounds after ``--reference-rounds``. ``fp32`` is the reference with the network as it was
trained, where ``make bench-setup`` made it. What a moment is, ``moments.py`` says.

At last the street is looped to each length of ``--minutes``: memory must not grow with it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import report
from footage_sets import FOOTAGE, SETS, Recording, looped, make
from modes import ARCHIVE, FOLLOWED
from moments import Followed, recall_of_paths, recall_of_spans
from processes import Run, measured
from report import Aim, Column

from apercu.archive import Archive
from apercu.footage import probe

CARD = Path(__file__).with_name("models") / "default.toml"
"""The network in FP32."""

MODES = ("decode", "whole", "reference", "fp32")
FRAME_BY_FRAME = ("reference", "fp32")

SPEED = (
    Column("footage_s", "footage, s", ".0f"),
    Column("decode_s", "decoding, s", ".2f"),
    Column("inside_s", "analysis, s", ".2f"),
    Column("whole_s", "whole, s", ".2f"),
    Column("reference_s", "reference, s", ".1f"),
    Column("times_real_time", "analysis, x real time", ".1f"),
    Column("inside_over_decode", "analysis / decoding", ".2f"),
    Column("whole_over_decode", "whole / decoding", ".2f"),
    Column("inside_over_reference", "analysis / reference", ".1f"),
    Column("inside_over_fp32", "analysis / FP32 reference", ".1f"),
)
FOUND = (
    Column("moments", "moments"),
    Column("found", "found"),
    Column("reference_found", "found by the reference"),
    Column("outside", "tracks outside"),
    Column("pictures", "pictures"),
    Column("analysed", "analysed"),
    Column("detected", "detected"),
    Column("stages", "share of stages"),
)
MEMORY = (
    Column("footage_s", "footage, s", ".0f"),
    Column("decode_mb", "decoding, MB", ".0f"),
    Column("whole_mb", "whole, MB", ".0f"),
    Column("reference_mb", "reference, MB", ".0f"),
    Column("decode_cpu_s", "decoding, processor s", ".1f"),
    Column("whole_cpu_s", "whole, processor s", ".1f"),
    Column("reference_cpu_s", "reference, processor s", ".1f"),
)


def compare(recording: Recording, modes: Iterable[str], repeat: int, reference_rounds: int) -> dict[str, Any]:
    """Return medians over rounds in which the modes take turns, and what was found in the first one."""
    rounds: list[dict[str, Run]] = []
    row: dict[str, Any] = {"footage_s": float(probe(recording.path).duration or 0)}
    for number in range(repeat):
        rounds.append({})
        for mode in modes:
            if mode in FRAME_BY_FRAME and number >= reference_rounds:
                continue
            with tempfile.TemporaryDirectory() as folder:
                rounds[-1][mode] = run(mode, recording.path, Path(folder))
                if number == 0:
                    row |= found(mode, recording, Path(folder), row)
            print(f"{recording.name}: {mode} {rounds[-1][mode].seconds:.2f} s", file=sys.stderr, flush=True)
    row.pop("followed", None)
    return row | summarised(rounds, row["footage_s"])


def run(mode: str, video: Path, folder: Path) -> Run:
    """Run one mode once, in a process of its own."""
    card = ["--card", str(CARD)] if mode == "fp32" else []
    script = "reference" if mode == "fp32" else mode
    return measured(Path(__file__).with_name("modes.py"), [script, str(video), *card], folder)


def found(mode: str, recording: Recording, folder: Path, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a mode found of the recording's moments; ``whole`` comes before the reference."""
    if mode == "whole":
        seen = Followed.of_tracks(Archive.open(folder / ARCHIVE).tracks())
        told = {} if recording.spans is None else asdict(recall_of_spans(recording.spans, seen))
        return {"followed": seen, **told}
    if mode == "reference":
        reference = Followed.load(folder / FOLLOWED)
        if recording.spans is not None:
            return {"reference_found": recall_of_spans(recording.spans, reference).found}
        if "followed" in row:
            return asdict(recall_of_paths(reference, row["followed"]))
    return {}


def summarised(rounds: list[dict[str, Run]], footage_s: float) -> dict[str, Any]:
    """Return medians over the rounds that have a mode, and of ratios within those that have both."""
    row: dict[str, Any] = {}
    seconds = [{mode: run.seconds for mode, run in each.items()} for each in rounds]
    for each, runs in zip(seconds, rounds, strict=True):
        if "whole" in runs:
            each["inside"] = float(runs["whole"].result["inside_s"])
    for mode in {name for each in seconds for name in each}:
        row[f"{mode}_s"] = median(each[mode] for each in seconds if mode in each)
    for ours in ("inside", "whole"):
        for theirs in ("decode", *FRAME_BY_FRAME):
            ratios = [each[theirs] / each[ours] for each in seconds if {ours, theirs} <= each.keys()]
            if ratios:
                row[f"{ours}_over_{theirs}"] = median(ratios)
    for mode in {name for each in rounds for name in each}:
        runs_of = [each[mode] for each in rounds if mode in each]
        row[f"{mode}_mb"] = max(run.peak_mb for run in runs_of)
        row[f"{mode}_cpu_s"] = median(run.cpu_s for run in runs_of)
    if "whole" in rounds[0]:
        summary = rounds[0]["whole"].result["summary"]
        stages = sorted(summary["stage_seconds"].items(), key=lambda stage: -stage[1])
        inside_s = seconds[0]["inside"]
        row |= {
            "times_real_time": footage_s / row["inside_s"],
            "summary": summary,
            "analysed": summary["frames"],
            "detected": summary["detected"],
            "stages": ", ".join(f"{name} {spent / inside_s:.0%}" for name, spent in stages),
        }
    if "decode" in rounds[0]:
        row["pictures"] = rounds[0]["decode"].result["pictures"]
    return row


def promises(rows: Mapping[str, Mapping[str, Any]], lengths: Mapping[str, Mapping[str, Any]]) -> list[Aim]:
    """Return what was promised of speed, memory and moments beside what was found."""

    def value(name: str, key: str) -> float | None:
        return rows.get(name, {}).get(key)

    def share(name: str) -> float | None:
        row = rows.get(name, {})
        return row["found"] / row["moments"] if "found" in row else None

    peaks = [row["whole_mb"] for row in [*rows.values(), *lengths.values()] if "whole_mb" in row]
    looped_mb = [row["whole_mb"] for row in lengths.values()]
    grown = looped_mb[-1] / looped_mb[0] if len(looped_mb) > 1 else None
    quiet = [f"quiet {height}p" for height in (720, 1080)]
    return [
        *(Aim(f"{name}, analysis / decoding", 3.0, value(name, "inside_over_decode")) for name in quiet),
        *(Aim(f"{name}, share of moments found", 1.0, share(name)) for name in quiet),
        Aim("street 1080p, analysis / decoding", 0.6, value("street 1080p", "inside_over_decode")),
        Aim(
            "intersection 1080p, analysis / decoding", 0.3, value("intersection 1080p", "inside_over_decode")
        ),
        Aim("street 1080p, analysis / reference", 7.0, value("street 1080p", "inside_over_reference")),
        Aim("peak memory, MB", 700, max(peaks, default=None), at_most=True, spec=".0f"),
        Aim("peak memory, longest / shortest loop", 1.1, grown, at_most=True),
    ]


def main() -> None:
    """Measure what is asked for, print and record it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", type=report.listed, default=list(SETS), help=f"of {','.join(SETS)}")
    parser.add_argument("--heights", type=report.listed, default=["720", "1080"], help="lines, with commas")
    parser.add_argument("--modes", type=report.listed, default=list(MODES), help=f"of {','.join(MODES)}")
    parser.add_argument("--repeat", type=int, default=3, help="rounds")
    parser.add_argument("--reference-rounds", type=int, default=1, help="rounds with the reference in them")
    parser.add_argument("--quiet-minutes", type=float, default=10.0, help="length of the quiet footage")
    parser.add_argument(
        "--minutes", type=report.listed, default=["5", "60"], help="lengths of the looped street"
    )
    parser.add_argument("--footage", type=Path, default=FOOTAGE, help="folder with the real footage")
    parser.add_argument("--keep", type=Path, help="keep what is made here, or use what is there")
    report.add_options(parser)
    args = parser.parse_args()
    if unknown := ({*args.sets} - {*SETS}) | ({*args.modes} - {*MODES}):
        parser.error(f"unknown names: {', '.join(sorted(unknown))}")
    notes = []
    if "fp32" in args.modes and not CARD.exists():
        args.modes.remove("fp32")
        notes.append("The FP32 reference was not measured: `make bench-setup` makes its network.")
    rows: dict[str, dict[str, Any]] = {}
    lengths: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for name in args.sets:
            for height in map(int, args.heights):
                recording = make(name, height, folder, args.footage, args.quiet_minutes)
                if recording is None:
                    notes.append(f"{name} {height}p was not measured: there is no footage of it.")
                else:
                    rows[recording.name] = compare(recording, args.modes, args.repeat, args.reference_rounds)
        if args.minutes and (clip := make("street", 1080, folder, args.footage, 0)) is not None:
            for minutes in args.minutes:
                path = looped(clip.path, float(minutes), folder / f"looped-{minutes}min.mp4")
                lengths[f"street 1080p, {minutes} min"] = compare(Recording(path.stem, path), ["whole"], 1, 0)
                path.unlink()
    tables = [
        report.Table("Speed, medians", "recording", SPEED, rows),
        report.Table("Moments, and the work done in the first round", "recording", FOUND, rows),
        report.Table("Peak memory and processor time", "recording", MEMORY, {**rows, **lengths}),
        report.aims(promises(rows, lengths)),
    ]
    report.publish("throughput", tables, args, notes)


if __name__ == "__main__":
    main()

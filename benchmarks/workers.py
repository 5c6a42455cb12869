"""How much faster a long recording is with more processor cores, and what memory all processes take together.

    python benchmarks/workers.py [--workers 1,2 --set street --minutes 10 --height 720 --repeat 1]

The clip, which is never quiet, is looped to its length. Each measurement is the command ``apercu analyze``
into a new archive, in turn for each number of workers. Memory is the sum of PSS over the command and all its
processes (``smaps_rollup``, Linux), looked at four times a second: a library that several of them map counts
once. The tracks of all runs are compared, row by row.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import report
from footage_sets import FOOTAGE, looped, make
from processes import family

from apercu.archive import Archive

COLUMNS = (
    report.Column("seconds", "seconds", ".1f"),
    report.Column("speed_up", "speed-up", ".2f"),
    report.Column("times_real_time", "x real time", ".1f"),
    report.Column("cpu_s", "processor, s", ".1f"),
    report.Column("peak_mb", "peak memory, MB", ".0f"),
    report.Column("largest_mb", "largest process, MB", ".0f"),
    report.Column("stages", "work by stage"),
)

_LOOK_EVERY_S = 0.25


@dataclass(slots=True)
class Run:
    """One measured run of the command.

    Attributes:
        seconds: by the clock. cpu_s: of all its processes.
        peak_mb: highest sum of PSS. largest_mb: highest PSS of one process.
        processes: most at one time.
        summary: as the command tells it.
    """

    seconds: float
    cpu_s: float
    peak_mb: float
    largest_mb: float
    processes: int
    summary: dict[str, Any]


def pss_mb(pid: int) -> float:
    """Return the proportional share of memory of a process, 0 when it has gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024 / 1e6


def cpu_seconds(pid: int) -> float:
    """Return the processor seconds of a process and of its children that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(int(field) for field in fields[11:15]) / 100


def measured(video: Path, archive: Path, workers: int, segment: float) -> Run:
    """Analyse a video into a new archive, and watch."""
    Archive.create(archive, name="benchmark", purpose="research", purpose_fields={"licence": "benchmark"})
    words = ["analyze", archive, video, "--workers", workers, "--segment", segment, "--json"]
    command = [sys.executable, "-m", "apercu", *map(str, words)]
    peak = largest = cpu_s = 0.0
    most = 0
    begin = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            pids = list(family(process.pid))
            shares = [pss_mb(pid) for pid in pids]
            peak, largest, most = max(peak, sum(shares)), max(largest, *shares), max(most, len(pids))
            cpu_s = max(cpu_s, sum(cpu_seconds(pid) for pid in pids))
            time.sleep(_LOOK_EVERY_S)
        seconds = time.perf_counter() - begin
        assert process.stdout is not None
        told = json.loads(process.stdout.read())
    if process.returncode:
        raise SystemExit(f"the analysis failed: {told}")
    return Run(seconds, cpu_s, peak, largest, most, told["summary"])


def summarised(runs: Sequence[Run]) -> dict[str, Any]:
    """Return the median run's figures, and the highest memory of all."""
    stages = runs[0].summary["stages"]
    return {
        "seconds": median(run.seconds for run in runs),
        "times_real_time": median(run.summary["times_real_time"] for run in runs),
        "cpu_s": median(run.cpu_s for run in runs),
        "peak_mb": max(run.peak_mb for run in runs),
        "largest_mb": max(run.largest_mb for run in runs),
        "processes": max(run.processes for run in runs),
        "stages": ", ".join(f"{name} {stage['share']:.0%}" for name, stage in stages.items()),
        "runs": [asdict(run) for run in runs],
    }


def same_tracks(archives: list[Path]) -> bool:
    """Return whether all archives hold the same tracks and observations, row by row."""
    first, *others = [Archive.open(path).tracks() for path in archives]
    return all(
        first.table.equals(other.table) and first.observation_table.equals(other.observation_table)
        for other in others
    )


def main() -> None:
    """Measure what is asked for, print and record it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workers", default="1,2", help="numbers of processor cores, with commas")
    parser.add_argument("--set", default="street", help="what to loop")
    parser.add_argument("--minutes", type=float, default=10, help="length to loop it to")
    parser.add_argument("--height", type=int, default=720, help="lines of the picture")
    parser.add_argument("--segment", type=float, default=300, help="seconds of a segment")
    parser.add_argument("--repeat", type=int, default=1, help="rounds")
    parser.add_argument("--footage", type=Path, default=FOOTAGE, help="folder with the real footage")
    report.add_options(parser)
    args = parser.parse_args()
    numbers = [int(number) for number in args.workers.split(",")]
    runs: dict[int, list[Run]] = {number: [] for number in numbers}
    archives = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = make(args.set, args.height, folder, args.footage, args.minutes)
        if clip is None:
            raise SystemExit(f"there is no footage of {args.set} in {args.footage}")
        video = looped(clip.path, args.minutes, folder / "looped.mp4")
        for turn in range(args.repeat):
            for number in numbers:
                archives.append(folder / f"archive-{number}-{turn}")
                runs[number].append(measured(video, archives[-1], number, args.segment))
        same = same_tracks(archives)
    rows = {str(number): summarised(of) for number, of in runs.items()}
    for row in rows.values():
        row["speed_up"] = rows[str(numbers[0])]["seconds"] / row["seconds"]
    caption = f"{args.set} {args.height}p in a loop of {args.minutes:g} min, segments of {args.segment:g} s"
    promised = [
        report.Aim("2 workers against 1", 1.7, rows.get("2", {}).get("speed_up")),
        report.Aim("the same tracks whatever the workers", 1, float(same), spec=".0f"),
    ]
    report.publish("workers", [report.Table(caption, "workers", COLUMNS, rows), report.aims(promised)], args)


if __name__ == "__main__":
    main()

"""How much faster a long recording is with more processor cores, and what memory all processes take together.

    python benchmarks/workers.py [VIDEO] [--workers 1,2] [--minutes 10] [--height 352] [--segment 300]
                                 [--repeat 1] [--json]

Without a video, the shared street clip, which is never quiet, is looped to ``--minutes``. Each measurement is
the command ``apercu analyze`` into a new archive, in turn for each number of workers. Memory is the sum of
PSS over the command and all its processes (``smaps_rollup``, Linux), looked at four times a second: a library
that several of them map counts once. The tracks of all runs are compared, row by row.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from throughput import CLIP, looped, scaled

from apercu.archive import Archive

_LOOK_EVERY_S = 0.25


@dataclass(slots=True)
class Run:
    """One measured run of the command.

    Attributes:
        seconds: by the clock. cpu_s: of all its processes.
        peak_mib: highest sum of PSS. largest_mib: highest PSS of one process.
        processes: most at one time.
        summary: as the command tells it.
    """

    seconds: float
    cpu_s: float
    peak_mib: float
    largest_mib: float
    processes: int
    summary: dict[str, Any]


def tree(root: int) -> list[int]:
    """Return a process and all that descend from it."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def pss_mib(pid: int) -> float:
    """Return the proportional share of memory of a process, 0 when it has gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


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
            pids = tree(process.pid)
            shares = [pss_mib(pid) for pid in pids]
            peak, largest, most = max(peak, sum(shares)), max(largest, *shares), max(most, len(pids))
            cpu_s = max(cpu_s, sum(cpu_seconds(pid) for pid in pids))
            time.sleep(_LOOK_EVERY_S)
        seconds = time.perf_counter() - begin
        assert process.stdout is not None
        told = json.loads(process.stdout.read())
    if process.returncode:
        raise SystemExit(f"the analysis failed: {told}")
    return Run(seconds, cpu_s, peak, largest, most, told["summary"])


def same_tracks(archives: list[Path]) -> bool:
    """Return whether all archives hold the same tracks and observations, row by row."""
    first, *others = [Archive.open(path).tracks() for path in archives]
    return all(
        first.table.equals(other.table) and first.observation_table.equals(other.observation_table)
        for other in others
    )


def main() -> None:
    """Measure what is asked for and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("video", nargs="?", type=Path, help="what to measure")
    parser.add_argument("--workers", default="1,2", help="numbers of processor cores, with commas")
    parser.add_argument("--minutes", type=float, default=10, help="length to loop the shared clip to")
    parser.add_argument("--height", type=int, default=352, help="lines to scale the shared clip to")
    parser.add_argument("--segment", type=float, default=300, help="seconds of a segment")
    parser.add_argument("--repeat", type=int, default=1, help="rounds")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")
    args = parser.parse_args()
    numbers = [int(number) for number in args.workers.split(",")]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        video = args.video
        if video is None:
            if not CLIP.exists():
                raise SystemExit(f"there is no {CLIP}; name the video to measure")
            clip = CLIP if args.height == 352 else scaled(CLIP, args.height, folder / "clip.mp4")
            video = looped(clip, args.minutes, folder / "looped.mp4")
        runs: dict[int, list[Run]] = {number: [] for number in numbers}
        archives = []
        for turn in range(args.repeat):
            for number in numbers:
                archives.append(folder / f"archive-{number}-{turn}")
                runs[number].append(measured(video, archives[-1], number, args.segment))
        same = same_tracks(archives)
    base = median(run.seconds for run in runs[numbers[0]])
    result: dict[str, Any] = {
        "runs": {number: [asdict(run) for run in of] for number, of in runs.items()},
        "speed_up": {number: base / median(run.seconds for run in of) for number, of in runs.items()},
        "same_tracks": same,
    }
    if args.json:
        print(json.dumps(result, indent=1))
        return
    for number, of in runs.items():
        best = min(of, key=lambda run: run.seconds)
        print(
            f"{number} worker{'' if number == 1 else 's'}: {median(run.seconds for run in of):.1f} s "
            f"({result['speed_up'][number]:.2f} x {numbers[0]}), processor {best.cpu_s:.1f} s, "
            f"peak memory {max(run.peak_mib for run in of):.0f} MiB in {best.processes} processes, "
            f"largest {max(run.largest_mib for run in of):.0f} MiB"
        )
        stages = best.summary["stages"].items()
        print("  stages: " + ", ".join(f"{n} {s['seconds']:.1f} s ({s['share']:.0%})" for n, s in stages))
    print("the tracks are the same" if same else "THE TRACKS DIFFER")


if __name__ == "__main__":
    main()

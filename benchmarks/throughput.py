"""How fast analysis is against decoding alone, where the time goes, and how much memory it takes.

    python benchmarks/throughput.py [VIDEO ...] [--heights 720,1080] [--minutes 2,20] [--repeat 3] [--json]

Without videos, the shared street clip is scaled to each height in a temporary folder. With ``--minutes`` it
is looped to each length: memory must not grow with it. Every measurement is a process of its own: peak
memory (``VmHWM``, Linux) is that of one run. Decoding and analysis take turns, and medians are told.

``decode`` is a PyAV pass over all pictures of the same file, with the decoder's own choice of threads, as in
analysis. ``analysis`` is the inside alone, ``whole`` the taking of a recording into a new archive.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

import av
import cv2
import numpy as np

from apercu.analysis import Summary, analyze, load_detector
from apercu.archive import Archive, intake
from apercu.footage import FootageReader, VideoWriter, probe

CLIP = Path(__file__).resolve().parents[2] / "shared" / "footage" / "street" / "street.mp4"


@dataclass(slots=True)
class Run:
    """One measured process.

    Attributes:
        decode_s, analysis_s, whole_s: seconds by the clock; 0 where not part of this run.
        cpu_s: processor seconds of the process, all threads.
        peak_mib: highest resident memory of the process.
        stages: seconds per stage of analysis.
    """

    decode_s: float = 0.0
    analysis_s: float = 0.0
    whole_s: float = 0.0
    cpu_s: float = 0.0
    peak_mib: float = 0.0
    stages: dict[str, float] = field(default_factory=dict)


def decode(video: Path) -> Run:
    """Decode every picture and drop it."""
    begin = time.perf_counter()
    with av.open(video) as container:
        container.streams.video[0].thread_type = "AUTO"
        for _ in container.decode(video=0):
            pass
    return Run(decode_s=time.perf_counter() - begin)


def take(video: Path) -> Run:
    """Take the recording into a new archive, and time the analysis inside."""
    run = Run()
    detector = load_detector()

    def timed(*args: Any, **named: Any) -> Summary:
        begin = time.perf_counter()
        summary = analyze(*args, **named)
        run.analysis_s = time.perf_counter() - begin
        run.stages = dict(summary.stage_seconds)
        return summary

    with tempfile.TemporaryDirectory() as folder, mock.patch.object(intake, "analyze", timed):
        begin = time.perf_counter()
        fields = {"licence": "benchmark"}
        place = Path(folder) / "archive"
        archive = Archive.create(place, name="benchmark", purpose="research", purpose_fields=fields)
        intake.take_in(archive, video, detector, camera="camera")
        run.whole_s = time.perf_counter() - begin
    return run


_MODES: dict[str, Callable[[Path], Run]] = {"decode": decode, "take": take}


def _peak_mib() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise SystemExit("this system does not tell peak memory in /proc/self/status; measure on Linux")


def measured(mode: str, video: Path) -> Run:
    """Run one mode in a process of its own."""
    command = [sys.executable, __file__, "--mode", mode, str(video)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{mode} of {video} failed:\n{done.stderr}")
    return Run(**json.loads(done.stdout))


def compare(video: Path, repeat: int) -> dict[str, Any]:
    """Return medians over ``repeat`` rounds of decoding and analysis in turn; ratios are within a round."""
    rounds = [(measured("decode", video), measured("take", video)) for _ in range(repeat)]
    length = float(probe(video).duration or 0)
    decoding, taking = (list(runs) for runs in zip(*rounds, strict=True))
    inside = median(run.analysis_s for run in taking)
    stages = {name: median(run.stages.get(name, 0.0) for run in taking) for name in taking[0].stages}
    return {
        "footage_s": length,
        "decode_s": median(run.decode_s for run in decoding),
        "analysis_s": inside,
        "whole_s": median(run.whole_s for run in taking),
        "analysis_over_decode": median(d.decode_s / t.analysis_s for d, t in rounds),
        "whole_over_decode": median(d.decode_s / t.whole_s for d, t in rounds),
        "times_real_time": length / inside,
        "decode_cpu_s": median(run.cpu_s for run in decoding),
        "take_cpu_s": median(run.cpu_s for run in taking),
        "decode_peak_mib": max(run.peak_mib for run in decoding),
        "take_peak_mib": max(run.peak_mib for run in taking),
        "stages": {name: {"seconds": s, "share": s / inside} for name, s in sorted(stages.items())},
    }


def scaled(source: Path, height: int, path: Path) -> Path:
    """Write ``source`` scaled to ``height`` lines, and return ``path``."""
    with FootageReader(source) as reader:
        info = reader.info
        width = round(info.width * height / info.height / 2) * 2
        rate = Fraction(info.average_rate or 25)
        with VideoWriter(path, width, height, rate, crf=23) as writer:
            for frame in reader.frames():
                picture = cv2.resize(frame.bgr(), (width, height), interpolation=cv2.INTER_CUBIC)
                writer.write(np.asarray(picture, np.uint8))
    return path


def looped(source: Path, minutes: float, path: Path) -> Path:
    """Repeat the packets of a video, not decoded, until it lasts ``minutes``, and return ``path``."""
    with av.open(source) as first:
        stream = first.streams.video[0]
        span = stream.duration or 0
        passes = max(1, round(minutes * 60 / float(span * (stream.time_base or Fraction(0)))))
    with av.open(path, "w") as whole:
        copy = None
        for i in range(passes):
            with av.open(source) as part:
                stream = part.streams.video[0]
                copy = copy or whole.add_stream_from_template(stream)
                for packet in part.demux(stream):
                    if packet.dts is None or packet.pts is None:
                        continue
                    packet.pts += i * span
                    packet.dts += i * span
                    packet.stream = copy
                    whole.mux(packet)
    return path


def _videos(args: argparse.Namespace, folder: Path) -> list[Path]:
    videos: list[Path] = list(args.videos)
    if not videos:
        if not CLIP.exists():
            raise SystemExit(f"there is no {CLIP}; name the videos to measure")
        heights = [int(height) for height in args.heights.split(",")]
        videos = [scaled(CLIP, height, folder / f"street-{height}p.mp4") for height in heights]
    lengths = [float(minutes) for minutes in args.minutes.split(",") if minutes]
    if lengths:
        videos = [
            looped(video, minutes, folder / f"{video.stem}-{minutes:g}min.mp4")
            for video in videos
            for minutes in lengths
        ]
    return videos


def _print(name: str, found: dict[str, Any]) -> None:
    lines = (
        "{footage_s:.1f} s of footage, analysed at {times_real_time:.1f} x real time",
        "  decode {decode_s:.2f} s, analysis {analysis_s:.2f} s, whole {whole_s:.2f} s",
        "  speed over decode alone: analysis {analysis_over_decode:.2f}, whole {whole_over_decode:.2f}",
        "  processor: decode {decode_cpu_s:.1f} s, whole {take_cpu_s:.1f} s",
        "  peak memory: decode {decode_peak_mib:.0f} MiB, whole {take_peak_mib:.0f} MiB",
    )
    print(f"{name}:", "\n".join(lines).format(**found))
    stages = (f"{name} {s['seconds']:.2f} s ({s['share']:.0%})" for name, s in found["stages"].items())
    print("  stages: " + ", ".join(stages), flush=True)


def main() -> None:
    """Measure what is asked for and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("videos", nargs="*", type=Path, help="what to measure")
    parser.add_argument("--heights", default="1080", help="lines to scale the shared clip to, with commas")
    parser.add_argument("--minutes", default="", help="lengths to loop each video to, with commas: 2,20")
    parser.add_argument("--repeat", type=int, default=3, help="rounds of decoding and analysis in turn")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")
    parser.add_argument("--mode", choices=_MODES, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.mode:
        run = _MODES[args.mode](args.videos[0])
        run.cpu_s, run.peak_mib = time.process_time(), _peak_mib()
        print(json.dumps(asdict(run)))
        return
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for video in _videos(args, Path(folder)):
            results[video.name] = compare(video, args.repeat)
            if not args.json:
                _print(video.name, results[video.name])
    if args.json:
        print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()

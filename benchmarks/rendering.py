"""How fast a synopsis is rendered against watching it and against encoding it, and what disk it takes.

    python benchmarks/rendering.py [--sets street,pets --height 720 --repeat 3] [--json] [--record]

Real clips, scaled, are analysed once into an archive. In every round, in one process: their synopsis is made,
pixelated, and its rendering is timed from the first picture read to the finished file; then as many pictures
of the clip, and as many of the synopsis' own, are encoded from memory, in the planes that the encoder takes,
with the same settings. Of the columns, ``x real time`` is the length of the output over the time of
rendering; ``plain encode`` is that of the clip, ``its own pictures`` have a scene without noise behind them,
which is encoded quicker; ``disk`` is what the cutouts take while they wait, for a minute of output.
Processor seconds tell what is needed where nothing else runs. All are medians over the rounds.

The first synopsis of an archive takes second looks at vehicles, which the archive keeps: the figures are of
such a first one, those named ``again`` of the same one made once more.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

import report
from footage_sets import CLIPS, FOOTAGE, scaled
from report import Aim, Column

from apercu.analysis import load_detector
from apercu.archive import Archive
from apercu.archive.intake import take_in
from apercu.archive.looks import FILE_NAME
from apercu.footage import FootageReader, VideoWriter
from apercu.synopsis import ArrangeOptions, Synopsis, SynopsisOptions, make_synopsis
from apercu.synopsis import render as rendering
from apercu.synopsis.spool import Spool

SETS = {
    **CLIPS,
    "pets": "pets2009/View_001_7fps.mp4",
    "one by one": "intel/one-by-one-person-detection.mp4",
}
OVERLAP = 0.01
ENCODED = 240
"""Pictures that are encoded again: as many as memory holds without trouble."""

COLUMNS = (
    Column("output_s", "output, s", ".1f"),
    Column("on_screen", "objects on screen", ".1f"),
    Column("render_s", "rendering, s", ".2f"),
    Column("cut_s", "of it cutting out, s", ".2f"),
    Column("times_real_time", "x real time", ".1f"),
    Column("ratio", "plain encode / rendering", ".2f"),
    Column("own_ratio", "encoding its own pictures / rendering", ".2f"),
    Column("render_cpu_s", "rendering, processor s", ".1f"),
    Column("plain_cpu_s", "plain encode, processor s", ".1f"),
    Column("own_cpu_s", "encoding its own pictures, processor s", ".1f"),
    Column("disk_mb_min", "disk, MB a minute", ".1f"),
    Column("again_s", "again, s", ".2f"),
    Column("again_times_real_time", "again, x real time", ".1f"),
    Column("again_ratio", "again, plain encode / rendering", ".2f"),
    Column("again_own_ratio", "again, encoding its own pictures / rendering", ".2f"),
    Column("again_cpu_s", "again, processor s", ".1f"),
)


def cpu_s() -> float:
    """Return the processor time that this process has taken, all threads, seconds."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Stopwatch:
    """Notes wall and processor time when each stage is first told of, and at the end."""

    def __init__(self) -> None:
        self.marks: dict[str, tuple[float, float]] = {}

    def __call__(self, stage: str, share: float = 0.0) -> None:
        """Take progress as ``make_synopsis`` tells it."""
        self.marks.setdefault(stage, (time.perf_counter(), cpu_s()))

    def between(self, first: str, last: str) -> tuple[float, float]:
        """Return wall and processor seconds from one mark to another."""
        (begin, begin_cpu), (end, end_cpu) = self.marks[first], self.marks[last]
        return end - begin, end_cpu - begin_cpu


def made(archive: Archive, output: Path, options: SynopsisOptions) -> tuple[Synopsis, Stopwatch, int]:
    """Make a synopsis; return it, when its stages began, and the bytes that its cutouts took."""
    sizes: list[int] = []

    class Weighed(Spool):
        def __exit__(self, *error: Any) -> None:
            sizes.append(self.size)
            super().__exit__(*error)

    watch = Stopwatch()
    with mock.patch.object(rendering, "Spool", Weighed):
        synopsis = make_synopsis(archive, output, options, watch)
    watch("end")
    return synopsis, watch, sum(sizes)


def encoded(video: Path, count: int, crf: int, folder: Path) -> tuple[float, float]:
    """Return wall and processor seconds that encoding so many pictures like a video's takes."""
    with FootageReader(video) as reader:
        info = reader.info
        pictures = [frame.planes() for frame in islice(reader.frames(), ENCODED)]
    begin, begin_cpu = time.perf_counter(), cpu_s()
    rate = Fraction(info.average_rate or 25)
    with VideoWriter(folder / "again.mp4", info.width, info.height, rate, crf=crf) as writer:
        for picture in pictures:
            writer.write(picture)
    scale = count / max(1, len(pictures))
    return (time.perf_counter() - begin) * scale, (cpu_s() - begin_cpu) * scale


def measured(clip: Path, folder: Path, repeat: int, options: SynopsisOptions) -> dict[str, Any]:
    """Return the medians for one recording."""
    archive = Archive.create(
        folder / clip.stem, name=clip.stem, purpose="research", purpose_fields={"licence": "a benchmark"}
    )
    take_in(archive, clip, load_detector())
    rounds: list[dict[str, float]] = []
    for _ in range(repeat):
        for looks in archive.path.rglob(FILE_NAME):
            looks.unlink()
        synopsis, watch, size = made(archive, folder / "synopsis.mp4", options)
        count = synopsis.arrangement.frame_count
        plain_s, plain_cpu_s = encoded(clip, count, options.crf, folder)
        own_s, own_cpu_s = encoded(synopsis.video, count, options.crf, folder)
        render_s, render_cpu_s = watch.between("cut", "end")
        again_s, again_cpu_s = made(archive, folder / "synopsis.mp4", options)[1].between("cut", "end")
        output_s = synopsis.metrics.output_s
        samples = sum(map(len, synopsis.arrangement.tubes))
        rounds.append(
            {
                "output_s": output_s,
                "on_screen": samples / max(1, count),
                "render_s": render_s,
                "cut_s": watch.between("cut", "render")[0],
                "times_real_time": output_s / render_s,
                "ratio": plain_s / render_s,
                "own_ratio": own_s / render_s,
                "render_cpu_s": render_cpu_s,
                "plain_cpu_s": plain_cpu_s,
                "own_cpu_s": own_cpu_s,
                "disk_mb_min": size / 1e6 / output_s * 60,
                "again_s": again_s,
                "again_times_real_time": output_s / again_s,
                "again_ratio": plain_s / again_s,
                "again_own_ratio": own_s / again_s,
                "again_cpu_s": again_cpu_s,
            }
        )
    return {key: median(each[key] for each in rounds) for key in rounds[0]}


def main() -> None:
    """Measure what is asked for, print and record it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", type=report.listed, default=list(SETS), help=f"of {','.join(SETS)}")
    parser.add_argument("--height", type=int, default=720, help="lines")
    parser.add_argument("--repeat", type=int, default=3, help="rounds")
    parser.add_argument("--codec", choices=("h264", "av1", "vp9"), default="h264", help="of the output")
    parser.add_argument("--footage", type=Path, default=FOOTAGE, help="folder with the real footage")
    parser.add_argument("--keep", type=Path, help="keep what is scaled here, or use what is there")
    report.add_options(parser)
    args = parser.parse_args()
    if unknown := {*args.sets} - {*SETS}:
        parser.error(f"unknown sets: {', '.join(sorted(unknown))}")
    options = SynopsisOptions(ArrangeOptions(overlap=OVERLAP))
    options = replace(options, render=replace(options.render, codec=args.codec))
    rows: dict[str, dict[str, Any]] = {}
    notes = []
    with tempfile.TemporaryDirectory() as temporary:
        keep = args.keep or Path(temporary)
        keep.mkdir(parents=True, exist_ok=True)
        for name in args.sets:
            source = args.footage / SETS[name]
            if not source.exists():
                notes.append(f"{name} was not measured: there is no footage of it.")
                continue
            clip = keep / f"{name.replace(' ', '-')}-{args.height}p.mp4"
            if not clip.exists():
                scaled(source, args.height, clip)
            rows[f"{name} {args.height}p"] = measured(clip, Path(temporary), args.repeat, options)
            print(f"{name}: {rows[f'{name} {args.height}p']}", file=sys.stderr, flush=True)
    aims = [
        Aim(f"{name}, {what}", wanted, row[key])
        for name, row in rows.items()
        for key, what, wanted in (
            ("times_real_time", "x real time", 5.0),
            ("ratio", "plain encode / rendering", 0.4),
            ("again_times_real_time", "again, x real time", 5.0),
            ("again_ratio", "again, plain encode / rendering", 0.4),
        )
    ]
    tables = [report.Table("Rendering, pixelated", "recording", COLUMNS, rows), report.aims(aims)]
    report.publish("rendering", tables, args, notes)


if __name__ == "__main__":
    main()

"""``apercu count footage``: recordings counted, and nothing of them kept but cells."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apercu.cli import console
from apercu.cli.late import of_analysis
from apercu.cli.parameters import (
    ArchiveFolder,
    Camera,
    CountBy,
    DetectorSize,
    Json,
    Model,
    Rate,
    Segment,
    Start,
    Thorough,
    read_start,
)
from apercu.errors import ApercuError, UsageError

if TYPE_CHECKING:
    from apercu.archive import Archive
    from apercu.statistics.direct import Counted


def command(
    archive: ArchiveFolder,
    videos: Annotated[
        list[str],
        typer.Argument(metavar="VIDEO...", help="Files, folders (with all in them) and quoted patterns."),
    ],
    camera: Camera = None,
    start: Start = None,
    by: CountBy = "15min",
    model: Model = None,
    rate: Rate = of_analysis("rate"),
    detector_size: DetectorSize = of_analysis("detector_px"),
    thorough: Thorough = of_analysis("thorough"),
    segment: Segment = of_analysis("segment_s"),
    as_json: Json = False,
) -> None:
    """Count what passes the lines and zones of a camera, straight from recordings.

    No picture, no track and no outline is kept: what moves is followed in memory until it is counted. Draw
    lines and zones first (apercu zone add). The numbers stay in the archive; apercu count releases them.

    A recording that was counted before, the same way and at the same places, is recognised by its content.
    Counted again after a line or a setting changed, it replaces its own numbers. What is counted is kept at
    the end of each interval.

    \b
    Examples:
      apercu count footage town /media/recorder/2024-05-31 --camera gate
      apercu count footage town morning.mp4 --camera gate --by 5min --start "2024-05-31 07:59:30"
    """
    from apercu.analysis import AnalysisOptions, load_detector
    from apercu.archive import Archive
    from apercu.cli.progress import Recordings, bars
    from apercu.cli.sources import check_start, find_recordings
    from apercu.cli.taking import spares_none
    from apercu.statistics.direct import count_footage
    from apercu.statistics.intervals import read_interval

    began, interval_s = read_start(start), read_interval(by)
    store = Archive.open(archive)
    paths, problems = find_recordings(videos)
    check_start(began, paths, "Count them one by one, or rely on their names.")
    warn_of_interval(store, interval_s)
    options = AnalysisOptions(rate=rate, detector_px=detector_size, thorough=thorough, segment_s=segment)
    detector = load_detector(model)
    errors: list[ApercuError] = list(problems)
    results: list[dict[str, Any]] = []
    for problem in problems:
        results.append({"path": problem.path, "error": console.describe(problem)})
        if not as_json:
            console.complain(problem)
    with bars(as_json=as_json) as shown:
        watch = Recordings(shown, paths)
        for path in paths:
            begin = perf_counter()
            bar = None
            try:
                bar = watch(path, None)
                counted = count_footage(
                    store,
                    path,
                    detector,
                    camera=camera,
                    start=began,
                    options=options,
                    interval_s=interval_s,
                    progress=bar.move,
                )
            except ApercuError as error:
                if isinstance(error, UsageError) or spares_none(error, store.path):
                    raise
                errors.append(error)
                results.append({"path": path, "error": console.describe(error)})
                if not as_json:
                    console.complain(error)
                continue
            finally:
                if bar is not None:
                    bar.end()
                watch.end(path)
            seconds = perf_counter() - begin
            results.append(as_dict(path, counted, seconds))
            if not as_json:
                _say(path, counted, seconds)
    if as_json:
        console.say_json({"archive": store.path, "recordings": results})
    elif len(errors) < len(paths) + len(problems):
        say_release(archive)
    if errors:
        raise typer.Exit(errors[0].exit_code)


def warn_of_interval(archive: Archive, interval_s: int, *, metrics: bool = False) -> None:
    """Tell, before anything is counted, that numbers by so short a time do not leave as they are.

    Raises:
        UsageError: they are to be served as ``metrics``.
    """
    rules = archive.settings.declaration.purpose.release
    if rules is None or interval_s >= rules.shortest_s:
        return
    least = f"{rules.shortest_s / 60:g}min"
    told = f"{archive.settings.purpose} lets no numbers leave by less than {least}"
    if metrics:
        raise UsageError(f"--metrics would stay empty: {told}", next_step=f"Count --by {least} or more.")
    by = f"{interval_s / 60:g}min"
    console.tell(f"warning: {told}: those by {by} are added up when they are released")


def say_release(archive: Path) -> None:
    """Tell how numbers leave the archive."""
    console.say(f"to release the numbers: apercu count {archive}")


def as_dict(path: Path, counted: Counted, seconds: float) -> dict[str, Any]:
    """Return what became of one recording as plain values: how it was counted, and no number of it."""
    about = counted.about
    return {
        "path": path,
        "run": about.run,
        "camera": about.camera,
        "start_time": about.start,
        "interval_s": about.interval_s,
        "counted_s": round(about.done_s, 3),
        "already_counted": counted.repeated,
        "lines": list(counted.lines),
        "zones": list(counted.zones),
        "warnings": list(counted.summary.warnings),
        "runtime_s": round(seconds, 3),
    }


def _say(path: Path, counted: Counted, seconds: float) -> None:
    about = counted.about
    length = console.length(about.done_s)
    lines, zones = console.some(len(counted.lines), "line"), console.some(len(counted.zones), "zone")
    places = f"{lines} and {zones} of {about.camera}"
    if counted.repeated:
        console.say(f"{path}: already counted, {length} at {places}")
        return
    rate = console.times(about.done_s / max(seconds, 1e-3))
    console.say(f"{path}: {length} counted at {places}, {rate}")
    if about.start is None:
        console.say("  start unknown: times are counted from the beginning")
    for warning in counted.summary.warnings:
        console.tell(f"warning: {path}: {warning}")
    if not counted.lines and not counted.zones:
        console.tell(
            f"warning: camera {about.camera} has no line and no zone, so only heat maps were counted; draw "
            "one with apercu zone add, and count again"
        )

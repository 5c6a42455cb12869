"""``apercu analyze``: recordings into an archive."""

from __future__ import annotations

from time import perf_counter
from typing import Annotated

import typer

from apercu.cli import console
from apercu.cli.late import of_analysis
from apercu.cli.parameters import (
    ArchiveFolder,
    Camera,
    DetectorSize,
    Json,
    Model,
    Rate,
    Segment,
    Start,
    Thorough,
    Workers,
    read_start,
)
from apercu.errors import ApercuError


def command(
    archive: ArchiveFolder,
    videos: Annotated[
        list[str],
        typer.Argument(metavar="VIDEO...", help="Files, folders (with all in them) and quoted patterns."),
    ],
    camera: Camera = None,
    start: Start = None,
    workers: Workers = None,
    model: Model = None,
    rate: Rate = of_analysis("rate"),
    detector_size: DetectorSize = of_analysis("detector_px"),
    thorough: Thorough = of_analysis("thorough"),
    segment: Segment = of_analysis("segment_s"),
    as_json: Json = False,
) -> None:
    """Find what moves in recordings and store it in an archive.

    The footage stays where it is. A recording that was analysed before, with the same settings, is
    recognised by its content and not analysed again. An error in one recording does not stop the others,
    unless all would meet it (a full disk, a purpose that refuses); the exit code is that of the first error.

    A long recording is analysed in pieces, side by side on all cores; the result does not depend on how many
    there are. However the command was ended, running it again goes on after the last finished piece.

    \b
    Examples:
      apercu analyze gate /media/recorder/2024-05-31 --camera gate --workers 2
      apercu analyze gate morning.mp4 --camera gate --start "2024-05-31 07:59:30"
      apercu analyze gate "/media/recorder/**/gate_*.mkv" --camera gate
    """
    from apercu.analysis import AnalysisOptions
    from apercu.archive import Archive, check_camera
    from apercu.cli.intakes import say_taken, taken_as_dict
    from apercu.cli.progress import Recordings, bars
    from apercu.cli.sources import check_start, find_recordings
    from apercu.cli.stages import say_summary, summary_as_dict
    from apercu.cli.taking import Job, Taken, take_all

    began = read_start(start)
    if camera is not None:
        check_camera(camera)
    store = Archive.open(archive)
    paths, problems = find_recordings(videos)
    check_start(began, paths, "Analyse them one by one, or rely on their names.")
    options = AnalysisOptions(rate=rate, detector_px=detector_size, thorough=thorough, segment_s=segment)
    job = Job(store.path, camera, began, model, options)
    errors: list[ApercuError] = list(problems)
    if not as_json:
        for problem in problems:
            console.complain(problem)
    results = [{"path": problem.path, "error": console.describe(problem)} for problem in problems]
    found: list[Taken] = []
    begin = perf_counter()
    try:
        with bars(as_json=as_json) as shown:
            watch = Recordings(shown, paths)
            for taken in take_all(job, paths, workers, watch):
                watch.end(taken.path)
                found.append(taken)
                if not as_json:
                    say_taken(store, taken)
    except KeyboardInterrupt:
        console.tell("stopped: what is finished is kept, the same command goes on")
        raise
    elapsed_s = perf_counter() - begin
    found.sort(key=lambda taken: paths.index(taken.path))  # they end in any order
    errors += [taken.error for taken in found if taken.error is not None]
    ended = {taken.path for taken in found}
    left = [path for path in paths if path not in ended]
    if as_json:
        results += [taken_as_dict(taken) for taken in found]
        summary = summary_as_dict(found, elapsed_s)
        console.say_json({"archive": store.path, "recordings": results, "left": left, "summary": summary})
    else:
        if left:
            console.tell(
                f"stopped: no other recording would fare better, {len(left)} of {len(paths)} were not "
                "analysed; when that is put right, the same command goes on"
            )
        if len(paths) > 1:
            done = sum(taken.error is None for taken in found)
            console.say(f"{done} of {len(paths)} recordings are in {archive}")
        say_summary(found, elapsed_s)
    if errors:
        raise typer.Exit(errors[0].exit_code)

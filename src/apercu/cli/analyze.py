"""``apercu analyze``: recordings into an archive."""

from __future__ import annotations

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
    Start,
    Thorough,
    Workers,
    read_start,
)
from apercu.errors import ApercuError, RefusedError, UsageError


def command(
    archive: ArchiveFolder,
    videos: Annotated[
        list[str],
        typer.Argument(metavar="VIDEO...", help="Files, folders (with all in them) and quoted patterns."),
    ],
    camera: Camera = None,
    start: Start = None,
    workers: Workers = 1,
    model: Model = None,
    rate: Rate = of_analysis("rate"),
    detector_size: DetectorSize = of_analysis("detector_px"),
    thorough: Thorough = of_analysis("thorough"),
    as_json: Json = False,
) -> None:
    """Find what moves in recordings and store it in an archive.

    The footage stays where it is. A recording that was analysed before, with the same settings, is
    recognised by its content and not analysed again. An error in one recording does not stop the others,
    unless it is the purpose that refuses; the exit code is that of the first error. After Ctrl-C, finished
    recordings are kept, and running the same command goes on.

    \b
    Examples:
      apercu analyze gate /media/recorder/2024-05-31 --camera gate --workers 2
      apercu analyze gate morning.mp4 --camera gate --start "2024-05-31 07:59:30"
      apercu analyze gate "/media/recorder/**/gate_*.mkv" --camera gate
    """
    from apercu.analysis import AnalysisOptions
    from apercu.archive import Archive, check_camera
    from apercu.cli.intakes import say_taken, taken_as_dict
    from apercu.cli.progress import bars
    from apercu.cli.sources import find_recordings
    from apercu.cli.taking import Job, take_all

    began = read_start(start)
    if camera is not None:
        check_camera(camera)
    store = Archive.open(archive)
    paths, problems = find_recordings(videos)
    if began is not None and len(paths) > 1:
        raise UsageError(
            f"--start is the time of one recording, and {len(paths)} are given",
            next_step="Analyse them one by one, or rely on their names.",
        )
    options = AnalysisOptions(rate=rate, detector_px=detector_size, thorough=thorough)
    job = Job(store.path, camera, began, model, options)
    errors: list[ApercuError] = list(problems)
    if not as_json:
        for problem in problems:
            console.complain(problem)
    results = [{"path": problem.path, "error": console.describe(problem)} for problem in problems]
    done = 0
    try:
        with bars(as_json=as_json) as shown:
            for taken in take_all(job, paths, workers, shown.add):
                if taken.error is not None:
                    errors.append(taken.error)
                else:
                    done += 1
                if as_json:
                    results.append(taken_as_dict(taken))
                else:
                    say_taken(store, taken)
                if isinstance(taken.error, RefusedError):
                    break  # it is the archive that refuses, whatever the recording
    except KeyboardInterrupt:
        console.tell("stopped: finished recordings are kept, the same command goes on")
        raise
    if as_json:
        console.say_json({"archive": store.path, "recordings": results})
    elif len(paths) > 1:
        console.say(f"{done} of {len(paths)} recordings are in {archive}")
    if errors:
        raise typer.Exit(errors[0].exit_code)

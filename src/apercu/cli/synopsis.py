"""``apercu synopsis``: a short video of everything that moved, from recordings or from an archive."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apercu.cli import console
from apercu.cli.filters import Filters, filtered, seconds_of
from apercu.cli.late import of_analysis, of_synopsis
from apercu.cli.parameters import (
    Bar,
    Boxes,
    Camera,
    CodecName,
    ColourBy,
    Crf,
    Density,
    DetectorSize,
    Effort,
    Fields,
    Force,
    GroupBy,
    Json,
    Length,
    Model,
    Overlap,
    Purpose,
    Rate,
    Reason,
    Start,
    Stay,
    Times,
    Trails,
    Unredacted,
    Workers,
    check_output,
    one_of,
    read_start,
    refuse_given,
    required_purpose,
)
from apercu.errors import UsageError

if TYPE_CHECKING:
    from apercu.archive import Archive
    from apercu.cli.taking import Job, Taken
    from apercu.synopsis import SynopsisOptions

_BESIDE = (".json", ".vtt")
"""What is written beside the video."""


@filtered
def command(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="VIDEO...|ARCHIVE", help="Recordings of one camera, or the folder of an archive."
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Video to write; NAME-synopsis.mp4 in this folder by default."),
    ] = None,
    purpose: Purpose = None,
    field: Fields = None,
    overlap: Overlap = of_synopsis("arrange.overlap"),
    length: Length = None,
    density: Density = None,
    effort: Effort = of_synopsis("arrange.effort"),
    stay: Stay = of_synopsis("stay_s"),
    camera: Camera = None,
    start: Start = None,
    crf: Crf = of_synopsis("crf"),
    codec: CodecName = of_synopsis("render.codec"),
    boxes: Boxes = of_synopsis("render.boxes"),
    times: Times = of_synopsis("render.times"),
    trails: Trails = of_synopsis("render.trails"),
    bar: Bar = of_synopsis("render.bar"),
    colour_by: ColourBy = None,
    group_by: GroupBy = None,
    filters: Filters = Filters(),  # noqa: B008 - frozen, and ``filtered`` puts its options here
    unredacted: Unredacted = False,
    reason: Reason = None,
    force: Force = False,
    workers: Workers = None,
    model: Model = None,
    rate: Rate = of_analysis("rate"),
    detector_size: DetectorSize = of_analysis("detector_px"),
    as_json: Json = False,
) -> None:
    """Make a short video of everything that moved.

    Every object is shown with its true time. Filters choose which; without any, everything is shown. From
    recordings this is one step: they are analysed into a temporary archive, which is removed afterwards and
    its ledger with it, and --purpose says why. From an archive, nothing is analysed again, and its ledger
    says that the synopsis was made. Beside the video, an index (.json) leads from every object back to its
    original moment, which apercu clip cuts out, and chapters (.vtt) are for players. A synopsis is not
    evidence: moments are shown together that did not happen together.

    \b
    Examples:
      apercu synopsis street.mp4 --purpose research --field licence="CC BY 4.0"
      apercu synopsis monday/*.mkv -o monday.mp4 --purpose research --field licence="my own" --overlap 0
      apercu synopsis gate -o gate.mp4 --camera north --length 60s --group-by class
      apercu synopsis gate --class car --colour white --from 2024-05-31 --longer-than 5s -o white.mp4
      apercu synopsis gate --region entered:0.4,0.5,0.9,0.5,0.9,1,0.4,1 --between 22:00-6:00 -o night.mp4
    """
    from apercu.analysis import AnalysisOptions
    from apercu.archive.settings import is_archive
    from apercu.footage import CODECS
    from apercu.purposes import Capability
    from apercu.synopsis import COLOURINGS, GROUPINGS, ArrangeOptions, RenderOptions, SynopsisOptions

    archives = [path for path in map(Path, inputs) if is_archive(path)]
    if archives and len(inputs) > 1:
        raise UsageError("is an archive", where=archives[0], next_step="Name it alone, or recordings only.")
    archived = bool(archives)
    analysis = AnalysisOptions(rate=rate, detector_px=detector_size)
    if archived:
        refuse_given(
            {
                "--purpose": purpose,
                "--field": field,
                "--start": start,
                "--model": model,
                "--workers": workers,
                "--rate": analysis.rate != AnalysisOptions().rate,
                "--detector-size": analysis.detector_px != AnalysisOptions().detector_px,
            },
            "has no meaning for an archive, which was made with its own",
            "Leave it out, or name recordings instead of the archive.",
        )
    else:
        declared = required_purpose(purpose, field, Capability.MAKE_SYNOPSIS)
        if unredacted and not reason:
            raise UsageError("--unredacted takes a reason", next_step="Say why with --reason.")
    options = SynopsisOptions(
        ArrangeOptions(overlap, seconds_of(length), density, effort),
        camera if archived else None,
        crf,
        RenderOptions(
            times=times,
            boxes=boxes,
            trails=trails,
            bar=bar,
            colour_by=None if colour_by is None else one_of(COLOURINGS, "colouring", colour_by),
            codec=one_of(CODECS, "codec", codec),
        ),
        redact=not unredacted,
        reason=reason,
        group_by=None if group_by is None else one_of(GROUPINGS, "grouping", group_by),
        stay_s=stay,
    )
    with ExitStack() as until_done:
        taken: list[Taken] = []
        if archived:
            from apercu.archive import Archive

            archive = Archive.open(inputs[0])
            target = output or Path(f"{archive.path.name}-synopsis.mp4")
            check_output(target, [row.absolute_path for row in archive.recordings()], force, _BESIDE)
        else:
            from apercu.archive import check_camera
            from apercu.cli.one_step import temporary_archive
            from apercu.cli.sources import check_start, find_recordings
            from apercu.cli.taking import Job

            if camera is not None:
                check_camera(camera)
            paths, problems = find_recordings(inputs)
            for problem in problems:
                raise problem
            began = read_start(start)
            check_start(began, paths, "Make an archive (apercu init) and analyse them one by one.")
            target = output or Path(f"{paths[0].stem}-synopsis.mp4")
            check_output(target, paths, force, _BESIDE)
            archive = until_done.enter_context(temporary_archive(declared, paths))
            job = Job(archive.path, camera, began, model, analysis)
            _foresee(archive, filters, options)
            taken = _analyse(job, archive, paths, workers, as_json)
        query = filters.query(archive)
        _finish(archive, target, replace(options, query=query), taken, as_json)


def _foresee(archive: Archive, filters: Filters, options: SynopsisOptions) -> None:
    """Refuse what would be refused after hours of analysis, as far as an empty archive can tell."""
    from apercu.search import Query, find
    from apercu.synopsis.showing import showing

    with showing(archive, redact=options.redact, subject="one step", reason=options.reason) as inside:
        if filters.recordings or filters.tracks:  # known once they are analysed
            return
        query = filters.query(inside)
        if query != Query():
            find(inside, query, reason=options.reason)


def _analyse(
    job: Job, archive: Archive, paths: Sequence[Path], workers: int | None, as_json: bool
) -> list[Taken]:
    """Analyse recordings; the first error ends it, since a synopsis that lacks a part would mislead."""
    from apercu.cli.intakes import say_taken
    from apercu.cli.progress import Recordings, bars
    from apercu.cli.stages import say_summary
    from apercu.cli.taking import take_all

    taken: list[Taken] = []
    begin = perf_counter()
    with bars(as_json=as_json) as shown:
        watch = Recordings(shown, paths)
        for one in take_all(job, paths, workers, watch):
            if one.error is not None:
                raise one.error
            watch.end(one.path)
            taken.append(one)
            if not as_json:
                say_taken(archive, one)
    if not as_json:
        say_summary(taken, perf_counter() - begin)
    return taken


def _finish(archive: Archive, target: Path, options: Any, taken: Sequence[Taken], as_json: bool) -> None:
    from apercu.cli.intakes import taken_as_dict
    from apercu.cli.synopses import make, say_synopsis, synopsis_as_dict

    made = make(archive, target, options, as_json=as_json)
    if as_json:
        recordings = [taken_as_dict(one) for one in taken]
        console.say_json({**synopsis_as_dict(made), "recordings": recordings})
    else:
        say_synopsis(made, options.arrange)
        if taken:
            console.say(
                "  the temporary archive goes now, its ledger with it; apercu init makes one that stays"
            )

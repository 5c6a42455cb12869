"""An archive in, a synopsis out: choose tubes, arrange, render, measure, write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from apercu.analysis import Tracks, load_detector
from apercu.analysis.people import People
from apercu.archive import Archive
from apercu.disk import replacing, writing
from apercu.footage import VideoWriter, check_writable
from apercu.purposes import Capability
from apercu.search import Found
from apercu.synopsis.arrangement import Arrangement, arrange
from apercu.synopsis.chapters import as_vtt
from apercu.synopsis.choosing import choose
from apercu.synopsis.grouping import group
from apercu.synopsis.looks import KeptLooks, Looks
from apercu.synopsis.metrics import SynopsisMetrics, measure
from apercu.synopsis.options import SynopsisOptions
from apercu.synopsis.originals import Originals, check_output
from apercu.synopsis.render import render
from apercu.synopsis.sidecar import Sidecar, as_json
from apercu.synopsis.sources import Sources
from apercu.synopsis.tubes import Tube, tubes_of
from apercu.synopsis.veil import Veil

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Synopsis:
    """A synopsis that was made.

    Attributes:
        video, sidecar, chapters: the files.
        arrangement, metrics: what is shown when, and its figures.
    """

    video: Path
    sidecar: Path
    chapters: Path
    arrangement: Arrangement
    metrics: SynopsisMetrics

    def figures(self) -> dict[str, Any]:
        """Return its figures, and whether it has the length that was asked for, as plain values."""
        asked = self.arrangement.length_asked
        return {
            "length_asked_s": None if asked is None else float(asked / self.arrangement.rate),
            "length_kept": self.arrangement.length_kept,
            "metrics": self.metrics.as_dict(),
        }


def make_synopsis(
    archive: Archive,
    output: str | Path,
    options: SynopsisOptions | None = None,
    progress: Progress | None = None,
    found: Found | None = None,
    growing: Path | None = None,
) -> Synopsis:
    """Make the synopsis of what an archive holds of one camera: everything, or what a query asks for.

    Args:
        archive: holds the tracks; the footage must still be where it was analysed.
        output: an ``.mp4``; the index is written beside it as ``.json``, its chapters as ``.vtt``.
        options: how.
        progress: told the stage (``check``, ``arrange``, ``cut``, ``render``) and the share of it done.
        found: what the query found already, of one camera (``Found.by_camera``); then it is not asked again.
        growing: where the video can be read while it is rendered (``VideoWriter``); it goes when ``output``
            is there. None for nowhere.

    Raises:
        RefusedError: the archive's purpose has no ``make-synopsis`` (``show-unredacted`` where people are
            shown as they are, ``search`` and ``search-by-colour`` where the query asks for them), or not now,
            or not without a reason.
        UsageError: the options do not fit, or the recordings differ in size.
        NothingToShowError: nothing moves in these recordings, or nothing that the query asks for.
        FootageError: a recording is gone, or is no longer the one that was analysed.
        OutputError: the files cannot be written.
    """
    options = options or SynopsisOptions()
    subject = options.asked.subject
    with ExitStack() as doors:
        if not options.redact:
            unredacted = archive.gate.opens(
                Capability.SHOW_UNREDACTED, subject=subject, reason=options.reason
            )
            doors.enter_context(unredacted)
        elif not archive.gate.allows(Capability.SHOW_IMAGES):
            archive.gate.require(Capability.SHOW_IMAGES, subject=subject, reason=options.reason)
        door = archive.opens(Capability.MAKE_SYNOPSIS, subject=subject, reason=options.reason)
        return _make(doors.enter_context(door), output, options, progress, found, growing)


def _make(
    archive: Archive,
    output: str | Path,
    options: SynopsisOptions,
    progress: Progress | None,
    found: Found | None,
    growing: Path | None,
) -> Synopsis:
    report = progress or (lambda _stage, _share: None)
    output = check_output(output, "synopsis", ".mp4", rows=archive.recordings())
    beside, chapters = output.with_suffix(".json"), output.with_suffix(".vtt")
    for written in (beside, chapters):
        check_writable(written)
    choice = choose(archive, options.asked, reason=options.reason, found=found)
    originals = Originals.of(archive, choice.rows)
    grid, rate, clock, sources = originals.grid, originals.rate, originals.clock, originals.sources
    shown = choice.shown
    originals.check(shown, lambda share: report("check", share))
    tubes = sorted(
        tubes_of(choice.chosen, grid, rate, originals.line, options.stay_s or None),
        key=lambda tube: (tube.line_s, tube.track_id),
    )
    groups = None
    if options.group_by is not None:
        groups = group(
            tubes, options.group_by, lambda tube: originals.moment(tube.recording_id, tube.start_s)
        )
    labels = None if groups is None else groups.of
    arrangement = arrange(
        tubes, grid, rate, options.arrange, lambda share: report("arrange", share), groups=labels
    )
    starts_s = np.array([tube.line_s for tube in tubes])
    metrics = measure(arrangement, originals.duration_s, starts_s, len(choice.chosen))
    with (
        Sources(sources, output.parent) as readings,
        VideoWriter(
            output,
            grid.frame_width,
            grid.frame_height,
            rate,
            codec=options.render.codec,
            crf=options.crf,
            growing=growing,
        ) as writer,
    ):
        scenery = originals.scenery(archive)
        kept = KeptLooks(archive, [row for row in choice.rows if row.recording_id in shown])
        looks = kept.read() if options.redact else Looks()
        veil = veil_over(choice.everyone, tubes, looks) if options.redact else None
        rendering = render(
            arrangement,
            readings,
            scenery,
            clock,
            options.render,
            veil,
            lambda share: report("cut", share),
        )
        # Closed here: an error is kept for those who ask, and with it whatever stands in this frame.
        with closing(rendering) as pictures:
            for number, picture in enumerate(pictures, 1):
                writer.write(picture)
                report("render", number / arrangement.frame_count)
        sidecar = Sidecar(
            output.name, options.redact, arrangement, metrics, sources, clock, str(options.asked), groups
        )
        index = sidecar.index()
        # All three or none: without its index nothing leads from a video to the original moments.
        with (
            writing(beside),
            replacing(beside) as index_file,
            writing(chapters),
            replacing(chapters) as chapters_file,
        ):
            index_file.write(as_json(index))
            chapters_file.write(as_vtt(index.chapters).encode())
            for file in (index_file, chapters_file):
                file.flush()  # a full disk is known before the video takes its name
            writer.close()
    kept.keep(looks)
    return Synopsis(output, beside, chapters, arrangement, metrics)


def veil_over(everyone: Tracks, tubes: Sequence[Tube], looks: Looks) -> Veil:
    """Return what hides people in pictures of these tubes.

    Args:
        everyone: who may have to be covered in them.
        tubes: what is shown.
        looks: second looks that were taken before; those that are taken now are added.
    """
    people = People(everyone)
    if all(people.may_be(tube.recording_id, tube.track_id) for tube in tubes):
        return Veil(people)
    # One thread is enough: it looks while the others cut, and several would wait for one another.
    return Veil(people, partial(load_detector, threads=1), looks)

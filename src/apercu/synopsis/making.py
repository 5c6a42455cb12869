"""An archive in, a synopsis out: choose tubes, arrange, render, measure, write."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import numpy as np

from apercu.analysis import Tracks, load_detector
from apercu.analysis.people import People
from apercu.archive import Archive, RecordingRow
from apercu.errors import FootageError, NothingToShowError, UsageError
from apercu.footage import VideoWriter, check_writable, content_hash
from apercu.purposes import Capability
from apercu.synopsis.arrangement import Arrangement, arrange
from apercu.synopsis.metrics import SynopsisMetrics, measure
from apercu.synopsis.render import Clock, RenderOptions, render
from apercu.synopsis.scenery import Scenery
from apercu.synopsis.sidecar import Sidecar
from apercu.synopsis.sources import Source, Sources
from apercu.synopsis.tubes import MaskGrid, Tube, tubes_of
from apercu.synopsis.veil import Veil
from apercu.timecode import format_clock

Progress = Callable[[str, float], None]
_RATE_LIMIT = 30


@dataclass(frozen=True, slots=True)
class SynopsisOptions:
    """How a synopsis is made.

    Attributes:
        overlap: largest overlap ratio, 0 to 1; 0 means that objects never touch.
        camera: whose recordings; needed when the archive has several.
        crf: quality of the video, lower is better and larger (H.264, 18 to 30 make sense).
        render: what is shown beside the objects.
        redact: pixelate whoever is, or may be, a person.
        reason: why people are shown as they are, in the words of whoever asks; for the record.
    """

    overlap: float = 0.003
    camera: str | None = None
    crf: int = 23
    render: RenderOptions = field(default_factory=RenderOptions)
    redact: bool = True
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Synopsis:
    """A synopsis that was made.

    Attributes:
        video, sidecar: the files.
        arrangement, metrics: what is shown when, and its figures.
    """

    video: Path
    sidecar: Path
    arrangement: Arrangement
    metrics: SynopsisMetrics


def make_synopsis(
    archive: Archive, output: Path, options: SynopsisOptions | None = None, progress: Progress | None = None
) -> Synopsis:
    """Make the synopsis of everything that an archive holds of one camera.

    Args:
        archive: holds the tracks; the footage must still be where it was analysed.
        output: an ``.mp4``; the index is written beside it as ``.json``.
        options: how.
        progress: told the stage (``check``, ``arrange``, ``cut``, ``render``) and the share of it done.

    Raises:
        RefusedError: the archive's purpose has no ``make-synopsis`` (``show-unredacted`` where people are
            shown as they are), or not now, or not without a reason.
        UsageError: the options do not fit, or the recordings differ in size.
        NothingToShowError: nothing moves in these recordings.
        FootageError: a recording is gone, or is no longer the one that was analysed.
        OutputError: the files cannot be written.
    """
    options = options or SynopsisOptions()
    subject = f"camera {options.camera}" if options.camera else "archive"
    with ExitStack() as doors:
        if not options.redact:
            unredacted = archive.gate.opens(
                Capability.SHOW_UNREDACTED, subject=subject, reason=options.reason
            )
            doors.enter_context(unredacted)
        elif not archive.gate.allows(Capability.SHOW_IMAGES):
            archive.gate.require(Capability.SHOW_IMAGES, subject=subject, reason=options.reason)
        door = archive.opens(Capability.MAKE_SYNOPSIS, subject=subject, reason=options.reason)
        return _make(doors.enter_context(door), output, options, progress)


def _make(archive: Archive, output: Path, options: SynopsisOptions, progress: Progress | None) -> Synopsis:
    report = progress or (lambda _stage, _share: None)
    if not 0 <= options.overlap <= 1:
        raise UsageError(
            f"an overlap of {options.overlap} makes no sense", next_step="Choose one from 0 to 1."
        )
    if output.suffix.lower() != ".mp4":
        raise UsageError(f"{output.name} does not end in .mp4", next_step="A synopsis is written as MP4.")
    beside = output.with_suffix(".json")
    for written in (output, beside):
        check_writable(written)
    rows = _recordings(archive, options.camera)
    if any(output.resolve() == row.absolute_path.resolve() for row in rows):
        raise UsageError(
            "is the recording itself, which is never overwritten",
            where=output,
            next_step="Choose another name.",
        )
    grid = _common_grid(rows)
    _check_footage(rows, lambda share: report("check", share))
    rate = min(Fraction(_RATE_LIMIT), max(_rate(row) for row in rows))
    tracks = archive.tracks([row.recording_id for row in rows])
    line = _time_line(rows)
    tubes = sorted(tubes_of(tracks, grid, rate, line), key=lambda tube: (tube.line_s, tube.track_id))
    if not tubes:
        raise NothingToShowError(
            "nothing moves in these recordings, so there is nothing to show",
            where=archive.path,
            next_step="Watch a few minutes of one yourself if you expected something.",
        )
    arrangement = arrange(tubes, grid, rate, options.overlap, lambda share: report("arrange", share))
    starts_s = np.array([tube.line_s for tube in tubes])
    metrics = measure(arrangement, sum(row.facts.duration_s for row in rows), starts_s, len(tracks))
    clock = _clock(archive, rows, line)
    sources = {row.recording_id: _source(row) for row in rows}
    with (
        Sources(sources, output.parent) as readings,
        VideoWriter(
            output,
            grid.frame_width,
            grid.frame_height,
            rate,
            codec=options.render.codec,
            crf=options.crf,
        ) as writer,
    ):
        scenery = _scenery(archive, rows, line, grid)
        veil = _veil(tracks, tubes) if options.redact else None
        pictures = render(
            arrangement,
            readings,
            scenery,
            clock,
            options.render,
            veil,
            lambda share: report("cut", share),
        )
        for number, picture in enumerate(pictures, 1):
            writer.write(picture)
            report("render", number / arrangement.frame_count)
    Sidecar(output.name, options.redact, arrangement, metrics, sources, clock).write(beside)
    return Synopsis(output, beside, arrangement, metrics)


def _veil(tracks: Tracks, tubes: list[Tube]) -> Veil:
    people = People(tracks)
    vehicles = not all(people.may_be(tube.recording_id, tube.track_id) for tube in tubes)
    return Veil(people, load_detector() if vehicles else None)


def _recordings(archive: Archive, camera: str | None) -> list[RecordingRow]:
    rows = archive.recordings()
    cameras = sorted({row.camera for row in rows})
    if not rows:
        raise NothingToShowError(
            "the archive holds no recordings yet",
            where=archive.path,
            next_step=f"Add some with: apercu analyze {archive.path} VIDEO...",
        )
    if camera is None and len(cameras) > 1:
        raise UsageError(
            f"the archive has several cameras: {', '.join(cameras)}", next_step="Choose one with --camera."
        )
    if camera is not None and camera not in cameras:
        raise UsageError(f"the archive has no camera {camera!r}", next_step=f"It has: {', '.join(cameras)}.")
    return [row for row in rows if camera is None or row.camera == camera]


def _common_grid(rows: list[RecordingRow]) -> MaskGrid:
    grids = {
        MaskGrid(row.analysis.grid_width, row.analysis.grid_height, row.facts.width, row.facts.height)
        for row in rows
    }
    if len(grids) > 1:
        sizes = sorted(f"{grid.frame_width}x{grid.frame_height}" for grid in grids)
        raise UsageError(
            f"the recordings of this camera differ in size: {', '.join(sizes)}",
            next_step="Give recordings of each size a camera name of their own when you analyse them.",
        )
    return grids.pop()


def _check_footage(rows: list[RecordingRow], progress: Callable[[float], None]) -> None:
    """Refuse recordings that are gone or are not those analysed: tubes would cut out other things."""
    for number, row in enumerate(rows, 1):
        path = row.absolute_path
        if not path.is_file():
            raise FootageError(
                "the original recording is no longer there",
                path=path,
                next_step="Bring it back to that place: a synopsis is made from the footage itself.",
            )
        if path.stat().st_size != row.facts.size_bytes or content_hash(path) != row.facts.content_hash:
            raise FootageError(
                "the recording has changed since it was analysed (its SHA-256 is another one)",
                path=path,
                next_step="Bring the original back, or analyse this one.",
            )
        progress(number / len(rows))


def _rate(row: RecordingRow) -> Fraction:
    return Fraction(row.facts.rate or 25).limit_denominator(1001)


def _source(row: RecordingRow) -> Source:
    return Source(row.recording_id, row.absolute_path, row.facts.time_base, row.start_time)


def _time_line(rows: list[RecordingRow]) -> dict[str, float]:
    """Return where each recording begins on one time line, seconds; without clocks they follow each other."""
    line: dict[str, float] = {}
    clocked = [row.start_time for row in rows if row.start_time is not None]
    origin = min(clocked, default=None)
    end = 0.0
    for row in rows:
        if row.start_time is not None and origin is not None:
            line[row.recording_id] = (row.start_time - origin).total_seconds()
        else:
            line[row.recording_id] = end
        end = max(end, line[row.recording_id] + row.facts.duration_s)
    return line


def _clock(archive: Archive, rows: list[RecordingRow], line: dict[str, float]) -> Clock:
    """Return how times are written: of day where the recording knows it, else from the recording's start."""
    zone = archive.settings.zone
    starts = {row.recording_id: row.start_time for row in rows}
    edges = [edge for row in rows for edge in (row.start_time, row.end_time) if edge is not None]
    days = {edge.astimezone(zone).date() for edge in edges}
    with_date = len(days) > 1
    within_hour = all(row.facts.duration_s < 3600 for row in rows)

    def label(recording_id: str, second: float) -> str:
        start: datetime | None = starts[recording_id]
        if start is None:
            clock = format_clock(second, millis=False)
            return clock.removeprefix("00:") if within_hour else clock
        moment = (start + timedelta(seconds=second)).astimezone(zone)
        return moment.strftime("%d.%m. %H:%M:%S" if with_date else "%H:%M:%S")

    return Clock(lambda recording_id, second: line[recording_id] + second, label)


def _scenery(archive: Archive, rows: list[RecordingRow], line: dict[str, float], grid: MaskGrid) -> Scenery:
    stored = sorted(
        (
            (line[row.recording_id] + background.time_s, background)
            for row in rows
            for background in archive.backgrounds(row.recording_id)
        ),
        key=lambda item: item[0],
    )
    times = [time for time, _ in stored]
    return Scenery(times, lambda i: stored[i][1].image, grid.frame_width, grid.frame_height)

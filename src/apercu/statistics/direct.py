"""Counting straight from footage: tracks live in memory until they are counted, nothing of them is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from apercu.analysis import AnalysisOptions, Detector, Summary, Tracks, analyze
from apercu.analysis.results import Present
from apercu.analysis.segments import Segment, overlaps, segments
from apercu.analysis.stitching import Overlap, Stitcher
from apercu.archive import Archive, check_camera, settings_hash
from apercu.archive.analyst import cores
from apercu.archive.cameras import calibration_at, read_calibrations
from apercu.archive.intake import DEFAULT_CAMERA, analysis_settings
from apercu.archive.records import ID_DIGITS
from apercu.archive.zones import read_zones
from apercu.footage import FootageReader, RecordingInfo, content_hash
from apercu.purposes import Capability
from apercu.statistics.counting import intervals_of, watched_spans
from apercu.statistics.intervals import SECOND_US, Intervals, check_interval
from apercu.statistics.paths import to_micros
from apercu.statistics.rows import Run
from apercu.statistics.scene import Scene
from apercu.statistics.store import CountedRun, RunWriter, read_run
from apercu.statistics.tally import Tally

COUNTING_VERSION = 1
"""Raised when the same tracks would give other cells: footage is then counted anew."""

_BRIDGED_S = 10.0


Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Counted:
    """What became of one run.

    Attributes:
        about: as it stands in the archive.
        repeated: whether it was recognised and not counted again.
        lines, zones: names of what was counted at.
        summary: of its analysis; empty when it was recognised.
    """

    about: CountedRun
    repeated: bool
    lines: Sequence[str]
    zones: Sequence[str]
    summary: Summary = field(default_factory=Summary)


class Counter:
    """Counts one run while it is analysed, and keeps the archive up to date; a sink of ``analyze``.

    A run that is analysed in pieces is put together as ``archive.intake`` does, in memory.

    Attributes:
        begun_s: second of the run from which on it is watched.
        missed: first and last second of each time that nothing came from the camera.
    """

    def __init__(self, tally: Tally, writer: RunWriter, intervals: Intervals) -> None:
        self._tally, self._writer, self._intervals = tally, writer, intervals
        self._stitcher: Stitcher | None = None
        self._held: list[Tracks] = []
        self._piece_s = 0.0
        self._moved: list[tuple[float, float]] = []
        self.begun_s = 0.0
        self.missed: Sequence[tuple[float, float]] = ()
        self._due_s = self._next_edge(0.0)

    def add_tracks(self, tracks: Tracks) -> None:
        """Count finished tracks, or hold them until their piece of the recording is put to the others."""
        if self._stitcher is None:
            self._tally.add(tracks)
        else:
            self._held.append(tracks)

    def add_background(self, time_s: float, image: NDArray[np.uint8]) -> None:
        """Take none: where only numbers are wanted, no picture is made or kept."""

    def in_pieces(self) -> None:
        """Hold tracks until ``end_piece``."""
        self._stitcher = Stitcher()

    def end_piece(self, overlap: Overlap | None, summary: Summary) -> None:
        """Count what is whole now that a piece was analysed.

        Args:
            overlap: what it and the next piece both read; None for the last.
            summary: of all pieces so far.
        """
        self._moved = list(summary.odd.moved)
        self._piece_s = summary.duration_s if overlap is None else float(overlap[0])
        if self._stitcher is not None:
            held, self._held = Tracks.joined(self._held), []
            self._tally.add(self._stitcher.add(held, overlap))

    def watch(self, present: Present) -> None:
        """Write what was counted when an interval is over, with what is still in view as far as it came."""
        if present.now_s < self._due_s:
            return
        watched = self._watched(present.now_s, [*self._moved, *present.moved])
        begun_s = present.begun_s
        if self._stitcher is not None:
            begun_s = min(self._piece_s, self._stitcher.begun_s)
        final = self._tally.settle(min(begun_s, present.now_s) - _BRIDGED_S, watched)
        going_on = present.unfinished()
        if self._stitcher is not None:
            going_on = self._stitcher.so_far(Tracks.joined([*self._held, going_on]))
        self._writer.write(final, self._tally.so_far(going_on, watched), present.now_s)
        self._due_s = self._next_edge(present.now_s)

    def finish(self, duration_s: float) -> None:
        """Write all that was counted; the run is complete."""
        watched = self._watched(duration_s, self._moved)
        empty = self._tally.cells().slice(0, 0)
        self._writer.write(empty, self._tally.cells(watched), duration_s, complete=True)

    def _watched(self, until_s: float, moved: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        return watched_spans(until_s, [(0.0, self.begun_s), *self.missed, *moved])

    def _next_edge(self, now_s: float) -> float:
        _, end = self._intervals.around(to_micros(np.array([now_s])))
        return float(end[0] - (self._intervals.start_us or 0)) / SECOND_US


def count_footage(
    archive: Archive,
    path: Path,
    detector: Detector,
    *,
    camera: str | None = None,
    start: datetime | None = None,
    zone: tzinfo | None = None,
    options: AnalysisOptions | None = None,
    interval_s: float = 900.0,
    begun: Callable[[RecordingInfo], None] | None = None,
    progress: Progress | None = None,
) -> Counted:
    """Count one recording at its camera's lines and zones, unless it was counted the same way before.

    Nothing but the cells is kept: no picture, no track, no outline. They are written at the end of each
    interval, so that what dies loses the current one at most; a recording that is counted again, because a
    line or a setting changed or because the work was cut short, replaces what was counted of it.

    Args:
        archive: where the cells go.
        path: the recording.
        detector: names what moves.
        camera: name of the camera; None means the one that the recording was counted under, else
            ``DEFAULT_CAMERA``.
        start: true time of its first picture, when the user knows it.
        zone: where times without a zone are read; None means the archive's.
        options: how to analyse.
        interval_s: length of the intervals, seconds: a minute to a day.
        begun: told what the recording is, before the work starts.
        progress: told the seconds of footage done.

    Raises:
        RefusedError: the archive's purpose has no ``count`` or no ``analyze-recorded``, or not now.
        UsageError: the interval is none that is possible, or the name cannot be a camera's.
        FootageError: the recording cannot be read.
        OutputError: the archive cannot be written.
    """
    options, length_s = options or AnalysisOptions(), check_interval(interval_s)
    if camera is not None:
        check_camera(camera)
    for capability in (Capability.COUNT, Capability.ANALYZE_RECORDED):
        if not archive.gate.allows(capability):  # then not even look at the footage
            archive.gate.require(capability, subject="archive")
    with FootageReader(path, start=start, zone=zone or archive.settings.zone, threads=cores()) as reader:
        if begun is not None:
            begun(reader.info)
        name = content_hash(path)[:ID_DIGITS]
        known = read_run(archive, name)
        camera = camera or (DEFAULT_CAMERA if known is None else known.camera)
        scene = scene_of(archive, camera, reader.info.start.time, reader.info.width, reader.info.height)
        about = CountedRun(
            run=name,
            camera=camera,
            key=key_of(options, detector, scene, length_s, camera, reader.info.start.time),
            interval_s=length_s,
            start=reader.info.start.time,
        )
        places = [line.name for line in scene.lines], [area.name for area in scene.zones]
        names = ", ".join([*places[0], *places[1]]) or "no place"
        told = f"recording {name} by {length_s} s at {names} of {camera}"
        with (
            archive.gate.opens(Capability.COUNT, subject=told) as counting,
            archive.gate.opens(Capability.ANALYZE_RECORDED, subject=f"recording {name}") as analysing,
        ):
            if known is not None and known.complete and known.key == about.key:
                counting.note = analysing.note = "was counted before"
                return Counted(known, True, *places)
            summary = _count(archive, reader, detector, scene, about, options, progress)
        done = read_run(archive, name)
        assert done is not None, "it was just written"
        return Counted(done, False, *places, summary)


def scene_of(archive: Archive, camera: str, began: datetime | None, width: int, height: int) -> Scene:
    """Return a camera's lines and zones in its pictures of a size, and the ground that it sees.

    Raises:
        ArchiveDamagedError: a file that tells them is not as it should be.
    """
    found = calibration_at(read_calibrations(archive), camera, began, width, height)
    plane = None if found is None else found.plane.for_size(width, height)
    return Scene.of(read_zones(archive).get(camera, {}), width, height, plane)


def counter_of(archive: Archive, scene: Scene, about: CountedRun) -> Counter:
    """Return what counts a run in a scene."""
    intervals = intervals_of(about.start, about.interval_s, archive.settings.zone)
    tally = Tally(scene, intervals, Run(about.camera, about.run, intervals.clocked))
    return Counter(tally, RunWriter(archive, about), intervals)


def _count(
    archive: Archive,
    reader: FootageReader,
    detector: Detector,
    scene: Scene,
    about: CountedRun,
    options: AnalysisOptions,
    progress: Progress | None,
) -> Summary:
    """Analyse a recording piece by piece, each counted as soon as it is whole."""
    parts = segments(reader, options)
    counter, summary = counter_of(archive, scene, about), Summary()
    if len(parts) > 1:
        counter.in_pieces()
    for part, overlap in zip(parts, overlaps(parts), strict=True):
        summary.add(_analysed(reader, detector, counter, about, options, part, progress))
        counter.end_piece(overlap, summary)
    counter.finish(summary.duration_s)
    return summary


def _analysed(
    reader: FootageReader,
    detector: Detector,
    counter: Counter,
    about: CountedRun,
    options: AnalysisOptions,
    part: Segment,
    progress: Progress | None,
) -> Summary:
    return analyze(
        reader,
        detector,
        counter,
        recording_id=about.run,
        camera=about.camera,
        start=about.start,
        options=options,
        begin=part.begin,
        end=part.end,
        progress=progress,
        threads=cores(),
        watch=counter.watch,
        backgrounds=False,
    )


def key_of(
    options: AnalysisOptions,
    detector: Detector,
    scene: Scene,
    length_s: int,
    camera: str,
    start: datetime | None,
) -> str:
    """Return the hash of everything that the numbers depend on beside the footage."""
    return settings_hash(
        {
            "analysis": analysis_settings(options, detector.card),
            "counting_version": COUNTING_VERSION,
            "scene": scene.digest,
            "interval_s": length_s,
            "camera": camera,
            "start": None if start is None else start.isoformat(),
        }
    )

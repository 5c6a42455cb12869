"""A recording goes in: probed, recognised or analysed, and stored whole.

A long recording is analysed in segments (``analysis.segments``). What is finished of them stays on the disk
(``unfinished``) until all are: then they are put together, and the recording appears.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from time import perf_counter
from typing import Any

from apercu.analysis import AnalysisOptions, Detector, ModelCard, Summary, grid_size
from apercu.analysis.segments import Segment, overlaps, segments
from apercu.analysis.stitching import Stitcher
from apercu.archive import growing
from apercu.archive.analyst import Analyst, Here, SegmentTask
from apercu.archive.archive import Archive
from apercu.archive.draft import Draft, engine_version
from apercu.archive.records import RecordingFacts, RecordingRow, settings_hash
from apercu.archive.retention import expiry
from apercu.archive.segment_draft import FinishedSegment
from apercu.archive.shelf import LOCK
from apercu.archive.unfinished import Unfinished
from apercu.archive.unfinished import begun as begun_analyses
from apercu.errors import RefusedError
from apercu.footage import FootageReader, RecordingInfo, RecordingStart, content_hash
from apercu.purposes import Capability
from apercu.timecode import format_clock

ANALYSIS_VERSION = 4
"""Raised when the same footage and options would give other tracks: older analyses are then made anew."""

DEFAULT_CAMERA = "camera"
"""The camera's name when nobody gave one."""

_FOLLOWED_RATE = 2
"""Pictures a second below which little is followed: whoever walks is beside the own place in the next one."""


@dataclass(frozen=True, slots=True)
class Intake:
    """What became of one recording.

    Attributes:
        row: as it stands in the catalog.
        repeated: whether it was recognised and not analysed again.
        classes: how many tracks of each class it has, most first.
        resumed_s: seconds of footage that an earlier run had analysed already, before it was cut short.
        replaced: ids of the recordings that it takes the place of: the same file, before it grew.
    """

    row: RecordingRow
    repeated: bool
    classes: Mapping[str, int]
    resumed_s: float = 0.0
    replaced: Sequence[str] = ()


def analysis_settings(options: AnalysisOptions, card: ModelCard) -> dict[str, Any]:
    """Return everything an analysis depends on beside the footage, as plain values."""
    return {"analysis_version": ANALYSIS_VERSION, "model": card.sha256, **options.settings()}


def take_in(
    archive: Archive,
    path: Path,
    detector: Detector,
    *,
    camera: str | None = None,
    name: str | None = None,
    start: datetime | None = None,
    zone: tzinfo | None = None,
    options: AnalysisOptions | None = None,
    begun: Callable[[RecordingInfo], None] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Intake:
    """Analyse one recording into an archive, unless the same analysis is already there.

    Args:
        archive: where it goes.
        path: the recording.
        detector: names what moves.
        camera: name of the camera; None means the one that the recording is known under, else
            ``DEFAULT_CAMERA``.
        name: what the recording is called, where that is not its file's name.
        start: true time of its first frame, when the user knows it.
        zone: where times without a zone are read; None means the archive's.
        options: how to analyse.
        begun: told what the recording is, before the work starts.
        progress: told the seconds of footage done.

    Raises:
        RefusedError: the archive's purpose has no ``analyze-recorded`` or no ``keep-tracks``, or not now.
        FootageError: the recording cannot be read.
        OutputError: the archive cannot be written.
    """
    return take_in_with(
        Here(detector),
        archive,
        path,
        camera=camera,
        name=name,
        start=start,
        zone=zone,
        options=options,
        begun=begun,
        progress=progress,
    )


def take_in_with(
    analyst: Analyst,
    archive: Archive,
    path: Path,
    *,
    camera: str | None = None,
    name: str | None = None,
    start: datetime | None = None,
    zone: tzinfo | None = None,
    options: AnalysisOptions | None = None,
    begun: Callable[[RecordingInfo], None] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Intake:
    """Do as ``take_in`` does, and leave the analysis itself to an analyst."""
    options = options or AnalysisOptions()
    if not archive.gate.allows(Capability.KEEP_TRACKS):  # then not even look at the footage
        _refuse(archive)
    with FootageReader(path, start=start, zone=zone or archive.settings.zone, threads=1) as reader:
        if begun is not None:
            begun(reader.info)
        before = growing.FileState.of(path)
        facts = RecordingFacts.from_info(reader.info, content_hash(path, before.size))
        facts = replace(facts, size_bytes=before.size, file_name=name or facts.file_name)
        subject = f"recording {facts.recording_id}"
        with archive.opens(Capability.ANALYZE_RECORDED, subject=subject) as inside:
            taking = _Taking(
                inside, analyst, reader, facts, options, before, progress or (lambda done_s: None)
            )
            repeated = taking.run(camera)
            # Not through tracks(): a long recording's observations would fill memory at the very end.
            classes = inside.count_classes(facts.recording_id)
            row = inside.recording(facts.recording_id)
            return Intake(
                row, repeated, dict(classes.most_common()), taking.resumed_s, tuple(taking.replaced)
            )


def _refuse(archive: Archive) -> None:
    """Ask for what is not allowed here, so that it is recorded, and say what is possible instead."""
    try:
        archive.gate.require(Capability.KEEP_TRACKS, subject="archive")
    except RefusedError as refused:
        if archive.gate.allows(Capability.COUNT):
            told = f"Footage can be counted here, without tracks: apercu count footage. {refused.next_step}"
            raise RefusedError(
                refused.what,
                capability=refused.capability,
                purpose=refused.purpose,
                where=refused.where,
                next_step=told,
            ) from refused
        raise


class _Taking:
    """The work on one recording that is open.

    Attributes:
        resumed_s, replaced: as in ``Intake``.
    """

    def __init__(
        self,
        archive: Archive,
        analyst: Analyst,
        reader: FootageReader,
        facts: RecordingFacts,
        options: AnalysisOptions,
        before: growing.FileState,
        progress: Callable[[float], None],
    ) -> None:
        self.resumed_s = 0.0
        self.replaced: list[str] = []
        self._archive, self._analyst, self._reader = archive, analyst, reader
        self._facts, self._options, self._before = facts, options, before
        self._progress = progress
        self._settings = analysis_settings(options, analyst.card)

    def run(self, camera: str | None) -> bool:
        """Analyse the recording and store it; return whether the same analysis was there already."""
        archive, facts = self._archive, self._facts
        known, repeated = self._known(camera)
        if not repeated:
            camera = camera or (known.camera if known is not None else DEFAULT_CAMERA)
            made = Unfinished.take(
                archive.path, archive.path / LOCK, facts, self._key(camera), self._analyst.wait
            )
            try:
                # Somebody else may have finished it while this one waited.
                repeated = self._known(camera)[1]
                if not repeated:
                    self._analyse(made, camera)
            except BaseException:
                made.leave()
                raise
            made.remove()
        self._sweep()
        self.replaced += growing.replace_earlier(archive, archive.recording(facts.recording_id))
        return repeated

    def _known(self, camera: str | None) -> tuple[RecordingRow | None, bool]:
        """Return the recording as the archive knows it, and whether that is what is asked for."""
        known = self._archive.find_analysis(self._facts.recording_id, settings_hash(self._settings))
        return known, known is not None and _as_asked(known, camera, self._reader.info.start)

    def _key(self, camera: str) -> str:
        """Return the hash of all that the segments' tables depend on."""
        start = self._reader.info.start.time
        return settings_hash(
            {
                "settings": self._settings,
                "engine": engine_version(),
                "content": self._facts.content_hash,
                "camera": camera,
                "start": None if start is None else start.isoformat(),
            }
        )

    def _analyse(self, made: Unfinished, camera: str) -> None:
        archive, facts, info = self._archive, self._facts, self._reader.info
        parts = segments(self._reader, self._options)
        width, height = grid_size(info.width, info.height, self._options)
        expires = expiry(archive.settings, facts.start_time, datetime.now(UTC))
        with archive.draft(
            facts,
            camera,
            self._settings,
            grid_width=width,
            grid_height=height,
            detector=self._analyst.card.name,
            detector_hash=self._analyst.card.sha256,
        ) as draft:
            done = made.finished
            told = _Told(parts, float(info.duration or 0), self._progress)
            for number in sorted(done):
                told.finish(number)
            self.resumed_s = told.done_s
            tasks = [
                self._task(made, part, camera, len(parts) > 1) for part in parts if part.number not in done
            ]
            self._analyst.analyse(tasks, told)
            _put_together(made.folder, parts, draft)
            if growing.FileState.of(info.path) != self._before:
                draft.growing = True
                draft.warnings.append(
                    "the file was still being written: what it held until "
                    f"{format_clock(draft.recording.duration_s, millis=False)} is analysed; "
                    "analyse it again when it is complete, which takes the place of this"
                )
            if info.average_rate is not None and info.average_rate < _FOLLOWED_RATE:
                draft.warnings.append(
                    f"it has a picture every {float(1 / info.average_rate):.3g} s: most of what moves is too "
                    "far on in the next one to be followed; let the recorder take "
                    f"{_FOLLOWED_RATE} a second or more, 5 are plenty"
                )
            if expires <= datetime.now(UTC):
                draft.warnings.append(
                    f"the footage is older than {archive.settings.purpose} allows: the time of its analysis "
                    f"ended on {expires.astimezone(archive.settings.zone):%Y-%m-%d}, and the next apercu "
                    "retention run erases it"
                )

    def _task(self, made: Unfinished, part: Segment, camera: str, cut: bool) -> SegmentTask:
        return SegmentTask(
            path=self._reader.info.path,
            segment=part,
            folder=made.folder,
            recording_id=self._facts.recording_id,
            camera=camera,
            start=self._reader.info.start.time,
            options=self._options,
            sound=True if cut else None,  # only what can be trusted is ever cut
        )

    def _sweep(self) -> None:
        """Remove what was begun of this recording, or of this file, in other ways: it is not gone on with."""
        file = str(Path(self._facts.path).absolute())
        for old in begun_analyses(self._archive.path):
            if old.recording_id == self._facts.recording_id or old.path == file:
                old.erase(self._archive.path / LOCK)


class _Told:
    """Adds up how far the segments of a recording are."""

    def __init__(self, parts: Sequence[Segment], duration_s: float, told: Callable[[float], None]) -> None:
        self._begins = [float(part.begin or 0) for part in parts]
        ends = [*self._begins[1:], max(duration_s, self._begins[-1])]
        self._lengths = [end - begin for begin, end in zip(self._begins, ends, strict=True)]
        self._done = [0.0] * len(parts)
        self._told = told

    @property
    def done_s(self) -> float:
        """Seconds of footage done."""
        return sum(self._done)

    def finish(self, number: int) -> None:
        """Take note of a segment that was finished before."""
        self._done[number] = self._lengths[number]

    def __call__(self, number: int, second: float) -> None:
        """Take note of how far in the recording a segment's analysis is."""
        done = second - self._begins[number]
        last = number == len(self._done) - 1  # its length may be longer than told
        self._done[number] = done if last else min(done, self._lengths[number])
        self._told(self.done_s)


def _put_together(folder: Path, parts: Sequence[Segment], draft: Draft) -> None:
    """Write the finished segments into the draft as one recording, one segment at a time in memory."""
    began = perf_counter()
    stitcher, summary, names = Stitcher(), Summary(), set[str]()
    for part, overlap in zip(parts, overlaps(parts), strict=True):
        found = FinishedSegment(folder, part.number)
        draft.add_tracks(stitcher.add(found.tracks(), overlap))
        for name, content in found.backgrounds():
            if name not in names:
                draft.add_encoded_background(name, content)
                names.add(name)
        summary.add(found.summary)
    # Headers of damaged or unfinished files tell another length than can be read.
    draft.recording = replace(draft.recording, duration_s=summary.duration_s)
    draft.warnings.extend(summary.warnings)
    draft.effort.update(summary.shares())
    draft.camera_moved.extend(summary.odd.moved)
    draft.stage_seconds.update(summary.stage_seconds)
    draft.stage_seconds["write"] = draft.stage_seconds.get("write", 0.0) + perf_counter() - began


def _as_asked(known: RecordingRow, camera: str | None, start: RecordingStart) -> bool:
    """Return whether a known analysis has the camera and start asked for, and its footage is still found."""
    if camera is not None and camera != known.camera:
        return False
    if start.source == "option" and start.time != known.start_time:
        return False
    return known.absolute_path.exists()

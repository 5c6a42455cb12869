"""A recording goes in: probed, recognised or analysed, and stored whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

from apercu.analysis import AnalysisOptions, Detector, ModelCard, analyze, grid_size
from apercu.archive.archive import Archive
from apercu.archive.records import RecordingFacts, RecordingRow, settings_hash
from apercu.archive.retention import expiry
from apercu.footage import FootageReader, RecordingInfo, RecordingStart, content_hash
from apercu.purposes import Capability

ANALYSIS_VERSION = 1
"""Raised when the same footage and options would give other tracks: older analyses are then made anew."""

DEFAULT_CAMERA = "camera"
"""The camera's name when nobody gave one."""


@dataclass(frozen=True, slots=True)
class Intake:
    """What became of one recording.

    Attributes:
        row: as it stands in the catalog.
        repeated: whether it was recognised and not analysed again.
        classes: how many tracks of each class it has, most first.
    """

    row: RecordingRow
    repeated: bool
    classes: Mapping[str, int]


def analysis_settings(options: AnalysisOptions, card: ModelCard) -> dict[str, Any]:
    """Return everything an analysis depends on beside the footage, as plain values."""
    return {"analysis_version": ANALYSIS_VERSION, "model": card.sha256, **options.settings()}


def take_in(
    archive: Archive,
    path: Path,
    detector: Detector,
    *,
    camera: str | None = None,
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
    options = options or AnalysisOptions()
    if not archive.gate.allows(Capability.KEEP_TRACKS):  # then not even look at the footage
        archive.gate.require(Capability.KEEP_TRACKS, subject="archive")
    with FootageReader(path, start=start, zone=zone or archive.settings.zone) as reader:
        info = reader.info
        if begun is not None:
            begun(info)
        facts = RecordingFacts.from_info(info, content_hash(path))
        subject = f"recording {facts.recording_id}"
        with archive.opens(Capability.ANALYZE_RECORDED, subject=subject) as inside:
            repeated = _take_in(inside, reader, detector, facts, camera, options, progress)
            # Not through tracks(): a long recording's observations would fill memory at the very end.
            classes = inside.count_classes(facts.recording_id)
            return Intake(inside.recording(facts.recording_id), repeated, dict(classes.most_common()))


def _take_in(
    archive: Archive,
    reader: FootageReader,
    detector: Detector,
    facts: RecordingFacts,
    camera: str | None,
    options: AnalysisOptions,
    progress: Callable[[float], None] | None,
) -> bool:
    """Analyse a recording that is open; return whether the same analysis was there already."""
    info = reader.info
    settings = analysis_settings(options, detector.card)
    known = archive.find_analysis(facts.recording_id, settings_hash(settings))
    if known is not None and _as_asked(known, camera, info.start):
        return True
    camera = camera or (known.camera if known is not None else DEFAULT_CAMERA)
    width, height = grid_size(info.width, info.height, options)
    expires = expiry(archive.settings, facts.start_time, datetime.now(UTC))
    with archive.draft(
        facts,
        camera,
        settings,
        grid_width=width,
        grid_height=height,
        detector=detector.card.name,
        detector_hash=detector.card.sha256,
    ) as draft:
        summary = analyze(
            reader,
            detector,
            draft,
            recording_id=facts.recording_id,
            camera=camera,
            start=info.start.time,
            options=options,
            progress=progress,
        )
        # Headers of damaged or unfinished files tell another length than can be read.
        draft.recording = replace(facts, duration_s=summary.duration_s)
        draft.stage_seconds.update(summary.stage_seconds)
        draft.warnings.extend(summary.warnings)
        if expires <= datetime.now(UTC):
            draft.warnings.append(
                f"the footage is older than {archive.settings.purpose} allows: the time of its analysis "
                f"ended on {expires.astimezone(archive.settings.zone):%Y-%m-%d}, and the next apercu "
                "retention run erases it"
            )
    return False


def _as_asked(known: RecordingRow, camera: str | None, start: RecordingStart) -> bool:
    """Return whether a known analysis has the camera and start asked for, and its footage is still found."""
    if camera is not None and camera != known.camera:
        return False
    if start.source == "option" and start.time != known.start_time:
        return False
    return known.absolute_path.exists()

"""What goes into an archive and what comes out of its catalog, as typed records."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.tracks import Tracks
from apercu.errors import UsageError

if TYPE_CHECKING:  # decoding takes long to import, and reading an archive needs none of it
    from apercu.footage import RecordingInfo

ID_DIGITS = 16
"""Hexadecimal digits of a SHA-256 that make an identifier: chance repeats are out of reach (64 bits)."""

_LISTED = 100
"""Recordings that an entry of the ledger names one by one."""

_CAMERA = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")

Picture = NDArray[np.uint8]


def settings_hash(settings: Mapping[str, Any]) -> str:
    """Return the hash of analysis settings: 16 digits of the SHA-256 of their canonical JSON.

    Equal settings have equal hashes whatever the order of their keys. Put everything into ``settings`` that
    changes the result: the model's hash and the engine's version as well as the options.

    Raises:
        UsageError: the settings hold something that JSON cannot express.
    """
    return hashlib.sha256(canonical_json(settings).encode()).hexdigest()[:ID_DIGITS]


def canonical_json(values: Mapping[str, Any]) -> str:
    """Return JSON that is the same for the same values: sorted keys, no spaces, no NaN.

    Raises:
        UsageError: the values hold something that JSON cannot express.
    """
    try:
        return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise UsageError(f"settings must be plain values: {error}") from error


def check_camera(name: str) -> str:
    """Return ``name`` when it can name a camera: a letter, then letters, digits, ``-``, ``_`` or ``.``.

    It becomes a folder (``camera=gate-2``), so it must survive every file system, and readers that guess
    types from folder names must not take it for a number.

    Raises:
        UsageError: it cannot; the message proposes one that can.
    """
    if _CAMERA.fullmatch(name) is None:
        raise UsageError(
            f"{name!r} cannot name a camera",
            next_step="Use a letter, then up to 63 letters, digits, '-', '_' or '.'; "
            f"for example {camera_name(name)!r}.",
        )
    return name


def camera_name(text: str) -> str:
    """Return the valid camera name nearest to any text, such as the name of a folder."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")
    if not name[:1].isalpha():
        name = f"camera-{name}".rstrip("-")
    return name[:64]


def subject_of(recording_ids: Collection[str] | None) -> str:
    """Return how an entry of the ledger names these recordings."""
    if recording_ids is None:
        return "archive"
    if len(recording_ids) > _LISTED:
        return f"{len(recording_ids)} recordings"
    return f"recording{'' if len(recording_ids) == 1 else 's'} {' '.join(recording_ids)}".rstrip()


class BackgroundImage(Protocol):
    """The scene without moving objects, at one time of a recording."""

    @property
    def time_s(self) -> float:
        """Seconds from the start of the recording."""

    @property
    def image(self) -> Picture:
        """Uint8 (height, width, 3), BGR."""


@dataclass(frozen=True, slots=True)
class Background:
    """A background in memory: ``time_s`` seconds from the start, ``image`` uint8 (height, width, 3) BGR."""

    time_s: float
    image: Picture


@dataclass(frozen=True, slots=True)
class RecordingFacts:
    """What is known about a recording without analysing it.

    Attributes:
        path: the file, as the user gave it.
        content_hash: SHA-256 of the file, 64 hexadecimal digits (``footage.content_hash``).
        size_bytes: size of the file.
        width, height: square pixels, upright (after rotation).
        rotation: degrees clockwise that the picture was turned to be upright.
        rate: nominal frames per second; None when the container does not say.
        codec: FFmpeg's name of the codec.
        time_base: seconds per tick of every ``pts`` of this recording.
        duration_s: seconds.
        start_time: true time of its first frame, aware; None when nobody knows.
        start_source: where that came from (option, metadata, file name); empty when nobody knows.
        file_name: what it is called: the last part of the path, or what its sender calls it.
    """

    path: str
    content_hash: str
    size_bytes: int
    width: int
    height: int
    codec: str
    time_base: Fraction
    duration_s: float
    rotation: int = 0
    rate: float | None = None
    start_time: datetime | None = None
    start_source: str = ""
    file_name: str = ""

    def __post_init__(self) -> None:
        if not self.file_name:
            object.__setattr__(self, "file_name", Path(self.path).name)

    @classmethod
    def from_info(
        cls, info: RecordingInfo, content_hash: str, *, duration_s: float | None = None
    ) -> RecordingFacts:
        """Return the facts of a probed recording.

        ``duration_s`` is its true length where that is known better than its header tells; a header that
        tells nothing counts as 0 until then.
        """
        told = float(info.duration or 0)
        return cls(
            path=str(info.path),
            content_hash=content_hash,
            size_bytes=info.size_bytes,
            width=info.width,
            height=info.height,
            codec=info.codec,
            time_base=info.time_base,
            duration_s=told if duration_s is None else duration_s,
            rotation=info.rotation,
            rate=None if info.average_rate is None else float(info.average_rate),
            start_time=info.start.time,
            start_source=info.start.source,
        )

    @property
    def recording_id(self) -> str:
        """The first 16 digits of the content hash: one recording, whatever its name and place."""
        return self.content_hash[:ID_DIGITS]


@dataclass(frozen=True, slots=True)
class RecordingAnalysis:
    """Everything one analysis of one recording found: what ``Archive.add`` stores.

    Attributes:
        recording: the recording's facts.
        camera: name of its camera (see ``check_camera``).
        tracks: what moved; every row carries this recording's id and camera.
        settings: what the result depends on, as plain values (see ``settings_hash``).
        grid_width, grid_height: cells of the grid that observations' masks are drawn on.
        backgrounds: the empty scene at one or more times.
        detector: name of the detector's model card.
        detector_hash: SHA-256 of the model.
        stage_seconds: seconds of work per stage.
        warnings: sentences for the user (the camera moved, the end is damaged).
        effort: how much was decoded and detected (see ``AnalysisRow``).
        camera_moved: first and last second of each time the camera moved.
    """

    recording: RecordingFacts
    camera: str
    tracks: Tracks
    settings: Mapping[str, Any]
    grid_width: int
    grid_height: int
    backgrounds: Sequence[BackgroundImage] = ()
    detector: str = ""
    detector_hash: str = ""
    stage_seconds: Mapping[str, float] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    effort: Mapping[str, float | str] = field(default_factory=dict)
    camera_moved: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True, slots=True)
class AnalysisRow:
    """One analysis as the catalog knows it.

    Attributes:
        analysis_id: 16 hexadecimal digits, new for every analysis.
        settings, settings_hash: what its result depends on.
        engine_version: the Aperçu that made it.
        detector, detector_hash: name of the model card and SHA-256 of the model.
        track_count, observation_count: rows stored.
        grid_width, grid_height: cells of the mask grid.
        created_at: aware, UTC.
        folder: where it lies, relative to the archive, with ``/``.
        stage_seconds: seconds of work per stage.
        warnings: sentences for the user.
        effort: ``decoded_share`` and ``detected_share`` of its pictures, ``quiet_s`` seconds taken for quiet,
            ``why_all`` was decoded, one sentence or nothing; empty where an older Aperçu did not say.
        camera_moved: first and last second of each time the camera moved: what was tracked across it is not
            one track, and nothing was tracked meanwhile.
        growing: whether the file was still being written: a later analysis of that file takes its place.
        schema_version: version of the columns of its two tables.
    """

    analysis_id: str
    settings: Mapping[str, Any]
    settings_hash: str
    engine_version: str
    detector: str
    detector_hash: str
    track_count: int
    observation_count: int
    grid_width: int
    grid_height: int
    created_at: datetime
    folder: str
    stage_seconds: Mapping[str, float]
    warnings: tuple[str, ...]
    effort: Mapping[str, float | str] = field(default_factory=dict)
    camera_moved: tuple[tuple[float, float], ...] = ()
    growing: bool = False
    schema_version: int = 1


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """One recording as the catalog knows it, with its current analysis.

    Attributes:
        facts: the recording's facts, as given when it was added.
        camera: name of its camera.
        absolute_path: where the file was when it was added.
        added_at: when this recording first came into the archive; aware, UTC.
        analysis: its current analysis.
    """

    facts: RecordingFacts
    camera: str
    absolute_path: Path
    added_at: datetime
    analysis: AnalysisRow

    @property
    def recording_id(self) -> str:
        """The recording's identifier."""
        return self.facts.recording_id

    @property
    def start_time(self) -> datetime | None:
        """True time of the first frame, aware; None when nobody knows."""
        return self.facts.start_time

    @property
    def end_time(self) -> datetime | None:
        """True time of the end, aware; None when nobody knows."""
        start = self.facts.start_time
        return None if start is None else start + timedelta(seconds=self.facts.duration_s)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which recordings are wanted: those that meet all of it.

    Attributes:
        cameras: of these only, unless it is empty.
        recording_ids: these only, unless it is empty.
        begin: none that was over by then, so far as their headers tell their lengths; aware.
        end: none that began then or later; aware. With either, none without a clock.
    """

    cameras: Collection[str] = ()
    recording_ids: Collection[str] = ()
    begin: datetime | None = None
    end: datetime | None = None

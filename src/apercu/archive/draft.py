"""Writing one recording piece by piece, without holding all of it in memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from apercu.analysis.tracks import Tracks
from apercu.archive import summary
from apercu.archive.files import (
    OBSERVATIONS,
    SCHEMA_VERSION,
    TRACKS,
    TracksWriter,
    describe_file,
    encode_background,
    problem_with,
)
from apercu.archive.records import (
    AnalysisRow,
    Picture,
    RecordingFacts,
    RecordingRow,
    canonical_json,
    check_camera,
    settings_hash,
)
from apercu.disk import flush, write_file, writing
from apercu.errors import UsageError


def engine_version() -> str:
    """Return the version of the installed Aperçu; ``not installed`` when run from its source alone."""
    try:
        return metadata.version("apercu")
    except metadata.PackageNotFoundError:
        return "not installed"


class Draft:
    """A recording that is being written and that nobody sees yet; ``Archive.draft`` makes them.

    Attributes:
        recording: the recording's facts.
        camera: name of its camera.
        analysis_id: 16 hexadecimal digits.
        stage_seconds: seconds of work per stage; fill it in as they become known.
        warnings: sentences for the user; append to it.
        effort: how much was decoded and detected; fill it in (see ``AnalysisRow``).
        camera_moved: first and last second of each time the camera moved; append to it.
        growing: whether the file was still being written.
    """

    def __init__(
        self,
        folder: Path,
        recording: RecordingFacts,
        camera: str,
        settings: Mapping[str, Any],
        *,
        analysis_id: str,
        grid_width: int,
        grid_height: int,
        detector: str = "",
        detector_hash: str = "",
    ) -> None:
        self.recording = recording
        self.camera = check_camera(camera)
        self.analysis_id = analysis_id
        self.stage_seconds: dict[str, float] = {}
        self.warnings: list[str] = []
        self.effort: dict[str, float | str] = {}
        self.camera_moved: list[tuple[float, float]] = []
        self.growing = False
        self._settings: dict[str, Any] = json.loads(canonical_json(settings))
        self._detector, self._detector_hash = detector, detector_hash
        self._grid_width, self._grid_height = grid_width, grid_height
        self._folder = folder
        self._engine_version = engine_version()
        self._backgrounds: set[str] = set()
        about = {
            "schema_version": str(SCHEMA_VERSION),
            "engine_version": self._engine_version,
            "recording_id": recording.recording_id,
            "analysis_id": analysis_id,
            "time_base": str(recording.time_base),
            "frame_size": f"{recording.width}x{recording.height}",
            "mask_grid": f"{grid_width}x{grid_height}",
        }
        with writing(folder):
            self._tables = TracksWriter(folder, about, (recording.width, recording.height))

    def add_tracks(self, tracks: Tracks) -> None:
        """Add finished tracks, each with all of its observations; as often as needed.

        Raises:
            UsageError: they are of another recording or camera, or not as the schemas say.
            OutputError: they cannot be written.
        """
        problem = problem_with(tracks, self.recording.recording_id, self.camera)
        if problem is not None:
            raise UsageError(f"these tracks cannot be stored: {problem}", where=self.recording.path)
        with writing(self._folder):
            self._tables.write(tracks)

    def add_background(self, time_s: float, image: Picture) -> None:
        """Add the empty scene, uint8 (height, width, 3) BGR, at ``time_s`` seconds from the start.

        Raises:
            UsageError: there is one at that time already (to the millisecond), or the time is negative.
            OutputError: it cannot be written.
        """
        if time_s < 0:
            raise UsageError(
                f"the background at {time_s} s cannot be stored (before the start)", where=self.recording.path
            )
        self.add_encoded_background(*encode_background(time_s, image))

    def add_encoded_background(self, name: str, content: bytes) -> None:
        """Add the empty scene under the name and as the bytes that ``files.encode_background`` made of it.

        Raises: as ``add_background``.
        """
        if name in self._backgrounds:
            raise UsageError(f"{name} cannot be stored (a second one)", where=self.recording.path)
        with writing(self._folder):
            write_file(self._folder / name, content)
        self._backgrounds.add(name)

    def close(self) -> None:
        """Close the files, as they are."""
        with writing(self._folder):
            self._tables.close()

    def seal(self, place: str, added_at: datetime | None = None) -> RecordingRow:
        """Close the files, write ``analysis.json``, make the disk keep everything; return the catalog's row.

        ``place`` is where the folder is going to stand, relative to the archive; ``added_at`` is when the
        recording first came into it, None for now.

        Raises:
            OutputError: something cannot be written.
        """
        self.close()
        now = datetime.now(UTC)
        row = RecordingRow(
            facts=self.recording,
            camera=self.camera,
            absolute_path=Path(self.recording.path).absolute(),
            added_at=added_at or now,
            analysis=AnalysisRow(
                analysis_id=self.analysis_id,
                settings=self._settings,
                settings_hash=settings_hash(self._settings),
                engine_version=self._engine_version,
                detector=self._detector,
                detector_hash=self._detector_hash,
                track_count=self._tables.tracks.rows,
                observation_count=self._tables.observations.rows,
                grid_width=self._grid_width,
                grid_height=self._grid_height,
                created_at=now,
                folder=place,
                stage_seconds=dict(self.stage_seconds),
                warnings=tuple(self.warnings),
                effort=dict(self.effort),
                camera_moved=tuple(self.camera_moved),
                growing=self.growing,
                schema_version=SCHEMA_VERSION,
            ),
        )
        with writing(self._folder):
            for table in (TRACKS, OBSERVATIONS):
                flush(self._folder / table)
            names = [TRACKS, OBSERVATIONS, *sorted(self._backgrounds)]
            files = {name: describe_file(self._folder / name) for name in names}
            write_file(self._folder / summary.FILE_NAME, summary.Summary(row, files).to_json())
            flush(self._folder)
        return row

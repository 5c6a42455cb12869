"""What was found in one segment of a recording, on the disk until the recording is whole.

A folder with the two tables and the backgrounds as in a recording's folder, and ``segment.json``.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from apercu.analysis import Summary
from apercu.analysis.gears import Effort
from apercu.analysis.oddities import Oddities
from apercu.analysis.tracks import Tracks
from apercu.archive.files import (
    OBSERVATIONS,
    SCHEMA_VERSION,
    TRACKS,
    TracksWriter,
    encode_background,
    list_backgrounds,
    read_as_written,
)
from apercu.archive.records import Picture
from apercu.archive.unfinished import segment_folder
from apercu.disk import flush, move_folder, write_file, writing

_FACTS = "segment.json"


class SegmentDraft:
    """A segment that is being written; a sink of ``analyze``.

    Raises:
        OutputError: it cannot be written; so do all of its methods.
    """

    def __init__(self, folder: Path, number: int) -> None:
        """Begin segment ``number`` in the folder of an unfinished recording."""
        self._place = segment_folder(folder, number)
        # A name of its own: another process, not yet aware that its leader died, may be at the same segment.
        self._folder = folder / f"writing-{number:04d}-{secrets.token_hex(4)}"
        about = {"schema_version": str(SCHEMA_VERSION)}
        with writing(folder):
            self._folder.mkdir()
            self._tables = TracksWriter(self._folder, about)

    def add_tracks(self, tracks: Tracks) -> None:
        """Add finished tracks, each with all of its observations."""
        with writing(self._folder):
            self._tables.write(tracks)

    def add_background(self, time_s: float, image: Picture) -> None:
        """Add the empty scene, uint8 (height, width, 3) BGR, at a time."""
        name, content = encode_background(time_s, image)
        with writing(self._folder):
            write_file(self._folder / name, content)

    def close(self) -> None:
        """Close the files, as they are."""
        with writing(self._folder):
            self._tables.close()

    def seal(self, summary: Summary) -> None:
        """Close the files, make the disk keep everything, and let the segment count as finished."""
        self.close()
        with writing(self._folder):
            for table in (TRACKS, OBSERVATIONS):
                flush(self._folder / table)
            write_file(self._folder / _FACTS, json.dumps(asdict(summary)).encode())
            flush(self._folder)
            move_folder(self._folder, self._place)


class FinishedSegment:
    """A segment that is finished; reads its files when asked.

    Attributes:
        summary: of its analysis.
    """

    def __init__(self, folder: Path, number: int) -> None:
        """Open segment ``number`` in the folder of an unfinished recording."""
        self._folder = segment_folder(folder, number)
        values: dict[str, Any] = json.loads((self._folder / _FACTS).read_bytes())
        effort, odd = values.pop("effort"), values.pop("odd")
        moved = [(first, last) for first, last in odd.pop("moved")]
        places = [(x1, y1, x2, y2) for x1, y1, x2, y2 in odd.pop("standing")]
        self.summary = Summary(
            **values,
            effort=Effort(**effort),
            odd=Oddities(**odd, standing=places, moved=moved),
        )

    def tracks(self) -> Tracks:
        """Read its tracks, in the order in which they were whole."""
        return read_as_written(self._folder)

    def backgrounds(self) -> Iterator[tuple[str, bytes]]:
        """Yield its backgrounds in order of time: file name and content, see ``files.encode_background``."""
        for background in list_backgrounds(self._folder):
            yield background.path.name, background.path.read_bytes()

"""The recordings that tracks were found in, as long as they are there and unchanged."""

from __future__ import annotations

from apercu.archive.records import RecordingRow
from apercu.errors import FootageError
from apercu.footage import content_hash


def check_original(row: RecordingRow) -> None:
    """Refuse a recording that is gone or is not the one analysed: tracks would point at other things.

    Raises:
        FootageError: it is no longer there, or its SHA-256 is another one.
    """
    path = row.absolute_path
    if not path.is_file():
        raise FootageError(
            "the original recording is no longer there",
            path=path,
            next_step="Bring it back to that place: pictures are always read from the footage itself.",
        )
    if path.stat().st_size != row.facts.size_bytes or content_hash(path) != row.facts.content_hash:
        raise FootageError(
            "the recording has changed since it was analysed (its SHA-256 is another one)",
            path=path,
            next_step="Bring the original back, or analyse this one.",
        )

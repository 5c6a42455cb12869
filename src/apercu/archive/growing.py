"""Files that are still being written: noticed, and replaced when they have grown.

What is there is analysed and said to be a part. The recording is then known by the hash of that part; when
the file is analysed again later, its content has another hash, and it is another recording. That one is
analysed whole, and takes the earlier one's place: nothing is listed twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from apercu.archive import retention
from apercu.archive.archive import Archive
from apercu.archive.records import RecordingRow
from apercu.footage import content_hash


@dataclass(frozen=True, slots=True)
class FileState:
    """What changes when a file is written to: its size in bytes and the time of its last change."""

    size: int
    changed_ns: int

    @classmethod
    def of(cls, path: Path) -> FileState:
        """Return the state of a file now."""
        found = path.stat()
        return cls(found.st_size, found.st_mtime_ns)


def replace_earlier(archive: Archive, row: RecordingRow) -> list[str]:
    """Erase the analyses of the same file from when it was shorter, unless they are held; return their ids.

    It was the same file when it stood in the same place, and was still being written then or begins, byte for
    byte, with what it was.

    Raises:
        OutputError: the archive cannot be written.
    """
    earlier = [
        other
        for other in archive.shelf.of_file(row.absolute_path)
        if other.recording_id != row.recording_id and _grew(other, row)
    ]
    reason = f"the file has grown since, and is now recording {row.recording_id}"
    return [other.recording_id for other in earlier if retention.erase_replaced(archive, other, reason)]


def _grew(earlier: RecordingRow, row: RecordingRow) -> bool:
    """Return whether the file of a recording is that of an earlier one, grown."""
    size = earlier.facts.size_bytes
    if earlier.camera != row.camera or size >= row.facts.size_bytes:
        return False
    return earlier.analysis.growing or content_hash(row.absolute_path, size) == earlier.facts.content_hash

"""Second looks at vehicles, beside the tracks that they were taken for: where people were seen about them.

A synopsis takes them to cover whoever has no track, and keeps them so that the next one need not. They are
worth nothing but that time: where there are none, or where they were taken by another detector, in another
way or for another analysis, they are taken anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from apercu.disk import replacing, writing
from apercu.errors import ArchiveDamagedError

FILE_NAME = "looks.parquet"
VERSION = 1
"""Raised when a look would see other things with the same detector."""

_REMOVE = "Remove it: the next synopsis looks again."

LOOK_SCHEMA = pa.schema(
    [
        pa.field(name, kind, nullable=False, metadata={"about": about})
        for name, kind, about in (
            ("recording_id", pa.string(), "recording, as in the tracks file"),
            ("track_id", pa.int32(), "the vehicle, as in the tracks file"),
            ("time_s", pa.float64(), "timecode of the picture, seconds from the start of the recording"),
            (
                "people",
                pa.list_(pa.field("element", pa.float32(), nullable=False)),
                "boxes of whoever was seen in it or about it, however weakly: x1, y1, x2 and y2 of one after "
                "the other, pixels of the recording; empty when nobody was",
            ),
        )
    ],
    metadata={"about": "one row per second look at a vehicle in one picture, in order of time"},
)


@dataclass(frozen=True, slots=True)
class LookedWith:
    """What looks depend on beside the picture.

    Attributes:
        analysis_id: whose tracks they are for.
        detector_hash: SHA-256 of the model that looked.
    """

    analysis_id: str
    detector_hash: str

    @property
    def metadata(self) -> dict[bytes, bytes]:
        """What the file says of it."""
        return {
            b"apercu.looks_version": str(VERSION).encode(),
            b"apercu.analysis_id": self.analysis_id.encode(),
            b"apercu.detector_hash": self.detector_hash.encode(),
        }


def read_looks(folder: Path, looked: LookedWith) -> pa.Table:
    """Return the looks in a recording's folder that were taken so, of ``LOOK_SCHEMA``; hold the lock.

    Raises:
        ArchiveDamagedError: the file is torn, altered on the disk, or has other columns.
    """
    table = _read(folder)
    if table is None or not looked.metadata.items() <= (table.schema.metadata or {}).items():
        return LOOK_SCHEMA.empty_table()
    return table.cast(LOOK_SCHEMA)


def keep_looks(folder: Path, looked: LookedWith, added: pa.Table) -> None:
    """Add looks to those in a recording's folder; what was taken otherwise goes. Hold the lock alone.

    The file holds the old looks or the new ones, whole, at every moment.

    Args:
        folder: of the recording.
        looked: how they were taken.
        added: of ``LOOK_SCHEMA``.

    Raises:
        ArchiveDamagedError: as ``read_looks``.
        OutputError: they cannot be written.
    """
    whole = pa.concat_tables([read_looks(folder, looked), added])
    whole = whole.sort_by([("time_s", "ascending"), ("track_id", "ascending")])
    whole = whole.replace_schema_metadata({**(LOOK_SCHEMA.metadata or {}), **looked.metadata})
    path = folder / FILE_NAME
    with writing(path), replacing(path) as file:
        pq.write_table(whole, file, compression="zstd", write_page_checksum=True)


def check_looks(folder: Path) -> None:
    """Read all of a recording's looks, if it has any.

    Raises:
        ArchiveDamagedError: as ``read_looks``.
    """
    _read(folder)


def _read(folder: Path) -> pa.Table | None:
    path = folder / FILE_NAME
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            table = file.read()
    except FileNotFoundError:
        return None
    except (OSError, pa.ArrowException) as error:
        reason = str(error).splitlines()[0]
        raise ArchiveDamagedError(f"is torn ({reason})", where=path, next_step=_REMOVE) from error
    if table.schema.names != LOOK_SCHEMA.names or table.schema.types != LOOK_SCHEMA.types:
        raise ArchiveDamagedError("has other columns than expected", where=path, next_step=_REMOVE)
    return table

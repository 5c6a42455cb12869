"""The files of one recording: two Parquet tables and a few background pictures."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from apercu.analysis.cells import cells_of
from apercu.analysis.tracks import CELLS, OBSERVATION_SCHEMA, TRACK_SCHEMA, Tracks
from apercu.archive.records import Picture
from apercu.archive.summary import ANALYSE_AGAIN, StoredFile, read_summary
from apercu.errors import ArchiveDamagedError, ArchiveVersionError, OutputError

SCHEMA_VERSION = 2
"""Version of the two tables' columns, written into each Parquet file: 2 has ``cells``, 1 had none."""

TRACKS = "tracks.parquet"
OBSERVATIONS = "observations.parquet"
_BACKGROUND = re.compile(r"background-(\d+)\.webp")
_WEBP_QUALITY = 90
_WEBP_LARGEST_SIDE = 16383
_ROW_GROUP = 1 << 12
"""Rows written at a time: what waits for it is memory that an analysis takes."""


def _stored(schema: pa.Schema) -> pa.Schema:
    """Return the schema as it is stored.

    The camera is also the name of a folder (``camera=gate``), which PyArrow and pandas read as a dictionary
    of strings. Stored as the same type, the two agree; as a plain string they would refuse to merge.
    """
    at = schema.get_field_index("camera")
    if at < 0:
        return schema
    return schema.set(at, schema.field(at).with_type(pa.dictionary(pa.int32(), pa.string())))


class TableWriter:
    """Writes one Parquet file row group by row group, so that memory does not grow with its length.

    Strings are dictionary-encoded, everything is compressed with Zstandard, every page carries a checksum.
    """

    def __init__(self, path: Path, schema: pa.Schema, about: Mapping[str, str]) -> None:
        self.rows = 0
        self._waiting: list[pa.Table] = []
        self._waiting_rows = 0
        own = {f"apercu.{key}": value for key, value in about.items()}
        self._schema = _stored(schema).with_metadata({**(schema.metadata or {}), **own})
        strings = [field.name for field in schema if pa.types.is_string(field.type)]
        options: dict[str, Any] = {"use_dictionary": strings, "write_page_checksum": True}
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd", **options)

    def write(self, table: pa.Table) -> None:
        """Add rows, which have the schema's columns and types."""
        self._waiting.append(table.cast(self._schema))
        self._waiting_rows += table.num_rows
        self.rows += table.num_rows
        if self._waiting_rows >= _ROW_GROUP:
            self._write_waiting()

    def close(self) -> None:
        """Write what waits and the end of the file."""
        try:
            if self._waiting:
                self._write_waiting()
        finally:
            self._writer.close()

    def _write_waiting(self) -> None:
        table = pa.concat_tables(self._waiting)
        self._waiting, self._waiting_rows = [], 0
        self._writer.write_table(table, row_group_size=_ROW_GROUP)
        # Or what encoding and compressing took for a moment stays with Arrow for good.
        pa.default_memory_pool().release_unused()


class TracksWriter:
    """Writes the two tables of a folder: tracks and their observations."""

    def __init__(
        self, folder: Path, about: Mapping[str, str], picture: tuple[int, int] | None = None
    ) -> None:
        """Begin both files in ``folder``; ``about`` stands in each.

        ``picture`` is width and height of the recording, pixels: with them, the cells that each track touched
        are stored, too. Tracks that are yet to be put together need none.
        """
        self._picture = picture
        schema = TRACK_SCHEMA if picture is None else TRACK_SCHEMA.append(CELLS)
        self.tracks = TableWriter(folder / TRACKS, schema, about)
        self.observations = TableWriter(folder / OBSERVATIONS, OBSERVATION_SCHEMA, about)

    def write(self, tracks: Tracks) -> None:
        """Add tracks, each with all of its observations."""
        table = tracks.table
        if self._picture is not None:
            table = table.append_column(CELLS, cells_of(tracks, *self._picture))
        self.tracks.write(table)
        self.observations.write(tracks.observation_table)

    def close(self) -> None:
        """Close both files, as they are."""
        try:
            self.tracks.close()
        finally:
            self.observations.close()


def read_tracks(folder: Path) -> Tracks:
    """Read one recording's tracks, in order of start, and observations, in order of track and time.

    Raises:
        ArchiveDamagedError: a file is missing, torn, altered on the disk, or has other columns.
        ArchiveVersionError: a newer Aperçu wrote it.
    """
    tracks = read_as_written(folder)
    return Tracks(
        tracks.table.sort_by([("start_pts", "ascending"), ("track_id", "ascending")]),
        tracks.observation_table.sort_by([("track_id", "ascending"), ("pts", "ascending")]),
    )


def read_as_written(folder: Path) -> Tracks:
    """Read one folder's tracks and observations in the order in which they were written.

    Raises: as ``read_tracks``.
    """
    return Tracks(
        _read_table(folder / TRACKS, TRACK_SCHEMA), _read_table(folder / OBSERVATIONS, OBSERVATION_SCHEMA)
    )


def count_classes(folder: Path) -> Counter[str]:
    """Return how many of one recording's tracks are of each class, without reading anything else of them.

    Raises: as ``read_tracks``.
    """
    names = _read_table(folder / TRACKS, TRACK_SCHEMA, ["class"])["class"].to_pylist()
    return Counter(str(name) for name in names)


def _read_table(path: Path, schema: pa.Schema, columns: list[str] | None = None) -> pa.Table:
    """Read a file that should have ``schema``, or only some of its columns."""
    wanted = schema if columns is None else pa.schema([schema.field(name) for name in columns])
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            _check_schema(path, file.schema_arrow, _stored(schema))
            return file.read(wanted.names).cast(wanted)
    except FileNotFoundError as error:
        raise ArchiveDamagedError("is missing", where=path, next_step=ANALYSE_AGAIN) from error
    except (OSError, pa.ArrowException) as error:
        reason = str(error).splitlines()[0]
        raise ArchiveDamagedError(f"is torn ({reason})", where=path, next_step=ANALYSE_AGAIN) from error


def _check_schema(path: Path, found: pa.Schema, expected: pa.Schema) -> None:
    version = (found.metadata or {}).get(b"apercu.schema_version", b"")
    if version.isdigit() and int(version) > SCHEMA_VERSION:
        raise ArchiveVersionError(
            f"has columns of version {int(version)}, this Aperçu reads up to {SCHEMA_VERSION}",
            where=path,
            next_step="Upgrade Aperçu: pip install --upgrade apercu.",
        )
    # What helps to search is no part of a track, and files of version 1 have none of it.
    found = pa.schema([field for field in found if field.name != CELLS.name])
    if not found.equals(expected, check_metadata=False):
        wrong = sorted({f.name for f in expected} ^ {f.name for f in found}) or [
            f.name for f in expected if not f.equals(found.field(f.name))
        ]
        raise ArchiveDamagedError(
            f"has other columns than expected ({', '.join(wrong) or 'in another order'})",
            where=path,
            next_step=ANALYSE_AGAIN,
        )


@dataclass(frozen=True, slots=True)
class StoredBackground:
    """A background in an archive; its picture is read when asked for, each time.

    Attributes:
        time_s: seconds from the start of the recording.
        path: the picture's file.
    """

    time_s: float
    path: Path

    @property
    def image(self) -> Picture:
        """Uint8 (height, width, 3), BGR.

        Raises:
            ArchiveDamagedError: the file is missing or torn.
        """
        try:
            content = self.path.read_bytes()
        except OSError as error:
            raise ArchiveDamagedError(
                f"cannot be read ({error.strerror})", where=self.path, next_step=ANALYSE_AGAIN
            ) from error
        image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) if content else None
        if image is None:
            raise ArchiveDamagedError("is torn", where=self.path, next_step=ANALYSE_AGAIN)
        return np.asarray(image, np.uint8)


def encode_background(time_s: float, image: Picture) -> tuple[str, bytes]:
    """Return the file name and the content of a background picture, uint8 (height, width, 3) BGR.

    WebP at quality 90 takes about a third less space than JPEG of the same fidelity, and browsers show it.

    Raises:
        OutputError: the picture is larger than WebP allows.
    """
    if max(image.shape[:2]) > _WEBP_LARGEST_SIDE:
        raise OutputError(
            f"a background of {image.shape[1]}x{image.shape[0]} pixels is too large to store",
            next_step=f"Scale the recording to at most {_WEBP_LARGEST_SIDE} pixels a side.",
        )
    _, content = cv2.imencode(".webp", image, [cv2.IMWRITE_WEBP_QUALITY, _WEBP_QUALITY])
    return f"background-{round(time_s * 1000)}.webp", content.tobytes()


def list_backgrounds(folder: Path) -> list[StoredBackground]:
    """Return the backgrounds in a recording's folder, in order of time."""
    matches = ((_BACKGROUND.fullmatch(path.name), path) for path in folder.iterdir())
    found = [StoredBackground(int(match[1]) / 1000, path) for match, path in matches if match]
    return sorted(found, key=lambda background: background.time_s)


def describe_file(path: Path) -> StoredFile:
    """Return size and hash of a file just written."""
    with path.open("rb") as file:
        return StoredFile(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def is_whole(folder: Path) -> bool:
    """Return whether every file of a recording's folder is there in its full size; reads none of them."""
    try:
        summary = read_summary(folder)
        return all((folder / name).stat().st_size == file.bytes for name, file in summary.files.items())
    except (ArchiveDamagedError, FileNotFoundError):
        return False


def check_folder(folder: Path) -> None:
    """Read every byte of a recording's folder and compare it with what was written.

    Raises:
        ArchiveDamagedError: naming the first file that is missing, torn or altered.
        ArchiveVersionError: a newer Aperçu wrote the folder.
    """
    for name, expected in read_summary(folder).files.items():
        check_file(folder / name, expected, ANALYSE_AGAIN)


def check_file(path: Path, expected: StoredFile, next_step: str) -> None:
    """Read every byte of a file and compare it with what was written.

    Raises:
        ArchiveDamagedError: it is missing, torn or altered; ``next_step`` says what to do then.
    """
    try:
        found = describe_file(path)
    except OSError as error:
        raise ArchiveDamagedError(
            f"cannot be read ({error.strerror})", where=path, next_step=next_step
        ) from error
    if found != expected:
        raise ArchiveDamagedError("is not what was written", where=path, next_step=next_step)


def problem_with(tracks: Tracks, recording_id: str, camera: str) -> str | None:
    """Return what is wrong with tracks that are to be stored for a recording, or None."""
    for name, table, schema in (
        ("tracks", tracks.table, TRACK_SCHEMA),
        ("observations", tracks.observation_table, OBSERVATION_SCHEMA),
    ):
        # Whether empty values are allowed gets lost in joins; the values themselves are looked at below.
        if table.schema.names != schema.names or table.schema.types != schema.types:
            return f"the {name} have other columns than {name.upper().removesuffix('S')}_SCHEMA"
        empty = [field.name for field in schema if not field.nullable and table[field.name].null_count]
        if empty:
            return f"the {name} have empty values in {', '.join(empty)}"
        if not pc.all(pc.equal(table["recording_id"], pa.scalar(recording_id)), min_count=0).as_py():
            return f"the {name} belong to another recording"
    if not pc.all(pc.equal(tracks.table["camera"], pa.scalar(camera)), min_count=0).as_py():
        return "the tracks belong to another camera"
    seen, known = tracks.observation_table["track_id"], tracks.table["track_id"]
    if not pc.all(pc.is_in(seen, value_set=known.combine_chunks()), min_count=0).as_py():
        return "there are observations of tracks that are not in the table"
    order = np.argsort(seen.to_numpy(), kind="stable")
    ids, pts = (tracks.observation_table[name].to_numpy()[order] for name in ("track_id", "pts"))
    if ((ids[1:] == ids[:-1]) & (pts[1:] < pts[:-1])).any():
        return "the observations of a track are not in order of time"
    return None

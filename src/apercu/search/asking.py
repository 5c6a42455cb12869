"""DuckDB over the Parquet files of an archive: the one place that speaks to it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from apercu.analysis.tracks import TRACK_SCHEMA
from apercu.archive import Archive, RecordingRow
from apercu.archive.files import TRACKS
from apercu.archive.shelf import LOCK
from apercu.disk import locked
from apercu.errors import ArchiveDamagedError


def connection() -> duckdb.DuckDBPyConnection:
    """Return a connection of one's own to a database in memory, to be closed; it holds nothing by itself.

    Nothing is fetched from anywhere, whatever a file may ask for.
    """
    return _database(os.getpid()).cursor()


@cache
def _database(_process: int) -> duckdb.DuckDBPyConnection:
    """Return the database of this process: to make one takes longer than most answers."""
    return duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "enable_external_file_cache": "false",  # files may be erased, and nothing of them may stay
        }
    )


def ask(opened: duckdb.DuckDBPyConnection, sql: str, values: list[Any]) -> pa.Table:
    """Return the answer to a question; ``values`` are those of its ``?``.

    Raises:
        ArchiveDamagedError: a file is missing or torn.
    """
    with _reading():
        answer: pa.Table = opened.sql(sql, params=values).to_arrow_table()
        return answer


def numbers(opened: duckdb.DuckDBPyConnection, sql: str, values: list[Any]) -> dict[str, NDArray[Any]]:
    """Return the same of columns that hold numbers, as arrays (n,) by name; one with nulls is masked.

    It is planned once, and so there sooner.

    Raises: as ``ask``.
    """
    with _reading():
        answer: dict[str, Any] = opened.execute(sql, values).fetchnumpy()
        return answer


@contextmanager
def _reading() -> Iterator[None]:
    """Tell what DuckDB cannot read."""
    try:
        yield
    except (duckdb.IOException, duckdb.InvalidInputException, duckdb.BinderException) as error:
        told = str(error).splitlines()[0]
        raise ArchiveDamagedError(
            f"a file of the archive cannot be read ({told})",
            next_step="Find it with apercu info ARCHIVE, and analyse its recording again.",
        ) from error


def tracks_of(
    archive: Archive,
    rows: Sequence[RecordingRow],
    keys: pa.Table,
    columns: Sequence[str] = TRACK_SCHEMA.names,
) -> pa.Table:
    """Return ``columns`` of the tracks named by ``recording_id`` and ``track_id``, in this order.

    Raises:
        ArchiveDamagedError: a file is missing or torn.
    """
    schema = pa.schema([TRACK_SCHEMA.field(name) for name in columns])
    if not keys.num_rows:
        return schema.empty_table()
    held = set(keys["recording_id"].unique().to_pylist())
    rows = [row for row in rows if row.recording_id in held]
    of = pc.index_in(keys["recording_id"], pa.array([row.recording_id for row in rows]))
    numbered = keys.append_column("place", of).append_column("n", pa.array(np.arange(keys.num_rows)))
    selected = ", ".join(f't."{name}"' for name in columns)
    with locked(archive.path / LOCK, shared=True), closing(connection()) as opened:
        opened.register("keys", numbered)
        found = ask(
            opened,
            f"select {selected} from read_parquet(?, hive_partitioning=false) t join keys k "
            "on t.file_index = k.place and t.track_id = k.track_id order by k.n",
            [[str(archive.path / row.analysis.folder / TRACKS) for row in rows]],
        )
    return pa.Table.from_arrays([_as(found[field.name], field.type) for field in schema], schema=schema)


def _as(column: pa.ChunkedArray[Any], kind: pa.DataType) -> Any:
    """Return a column of DuckDB with the type of the archive: times without its zone, lists of its own."""
    return pc.cast(column.combine_chunks(), kind)

"""Tables of tracks written for other programs: Parquet, Arrow, CSV, JSON."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq

from apercu.disk import replace_file, writing

SUFFIXES = (".parquet", ".arrow", ".csv", ".json")


def write_table(table: pa.Table, path: Path) -> None:
    """Write a table in the format that the name ends in, whole or not at all.

    Raises:
        OutputError: it cannot be written there.
    """
    sink = io.BytesIO()
    match path.suffix.lower():
        case ".parquet":
            pq.write_table(table, sink, compression="zstd")
        case ".arrow":
            feather.write_feather(table, sink, compression="zstd")
        case ".csv":
            sink.write(as_csv(table).encode())
        case _:
            sink.write(json.dumps(table.to_pylist(), indent=1, ensure_ascii=False, default=_plain).encode())
    with writing(path):
        replace_file(path, sink.getvalue())


def say_csv(table: pa.Table) -> None:
    """Write a table to the standard output as comma-separated values."""
    sys.stdout.write(as_csv(table))


def as_csv(table: pa.Table) -> str:
    """Return a table as comma-separated values: lists as words with semicolons between them."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(table.column_names)
    for values in table.to_pylist():
        writer.writerow([_cell(value) for value in values.values()])
    return sink.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return ";".join(f"{v:g}" if isinstance(v, float) else str(v) for v in value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def _plain(value: Any) -> str:
    return str(value.isoformat())

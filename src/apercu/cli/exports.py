"""Tables of tracks written for other programs, part by part: Parquet, Arrow, CSV, JSON."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import indent
from typing import IO, Any, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from apercu.disk import replacing, writing
from apercu.spreadsheet import write_csv

SUFFIXES = (".parquet", ".arrow", ".csv", ".json")


def write_tables(schema: pa.Schema, tables: Iterable[pa.Table], path: Path) -> None:
    """Write tables as one, in the format that the name ends in, whole or not at all.

    Args:
        schema: of each table.
        tables: in order; one at a time is in memory.
        path: where to.

    Raises:
        OutputError: it cannot be written there.
    """
    with writing(path), replacing(path) as file:
        match path.suffix.lower():
            case ".parquet":
                with pq.ParquetWriter(file, schema, compression="zstd") as writer:
                    for table in tables:
                        writer.write_table(table)
            case ".arrow":
                options = pa.ipc.IpcWriteOptions(compression="zstd")
                with pa.ipc.new_file(file, schema, options=options) as sink:
                    for table in tables:
                        sink.write_table(table)
            case ".csv":
                with _as_text(file) as text:
                    _write_csv(schema, tables, text)
            case _:
                with _as_text(file) as text:
                    _write_json(tables, text)


def say_csv(schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    """Write tables to the standard output as comma-separated values, semicolons between words of a list."""
    _write_csv(schema, tables, sys.stdout)


def say_json(tables: Iterable[pa.Table]) -> None:
    """Write the rows of tables to the standard output as one JSON list."""
    _write_json(tables, sys.stdout)
    sys.stdout.write("\n")


@contextmanager
def _as_text(file: IO[bytes]) -> Iterator[TextIO]:
    """Open a file of bytes for text; it stays open at the end."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    try:
        yield text
    finally:
        text.detach()  # having written what waits


def _write_csv(schema: pa.Schema, tables: Iterable[pa.Table], file: TextIO) -> None:
    write_csv(file, schema.names, (row.values() for table in tables for row in table.to_pylist()))


def _write_json(tables: Iterable[pa.Table], file: TextIO) -> None:
    first = True
    file.write("[")
    for table in tables:
        for values in table.to_pylist():
            file.write("\n" if first else ",\n")
            file.write(indent(json.dumps(values, indent=1, ensure_ascii=False, default=_plain), " "))
            first = False
    file.write("]" if first else "\n]")


def _plain(value: Any) -> str:
    return str(value.isoformat())

"""Tracks that leave an archive as a file, in open formats."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq

from apercu.purposes import Capability
from apercu.search import Query, searching
from apercu.spreadsheet import write_csv
from apercu.web.visit import Visit

Format = Literal["csv", "json", "parquet", "arrow"]

MEDIA_TYPES: Mapping[Format, str] = MappingProxyType(
    {
        "csv": "text/csv",
        "json": "application/json",
        "parquet": "application/vnd.apache.parquet",
        "arrow": "application/vnd.apache.arrow.file",
    }
)


def export_tracks(visit: Visit, query: Query, kind: Format, *, reason: str | None = None) -> bytes:
    """Return what a query finds as the content of a file.

    Raises:
        RefusedError, RightError, ApprovalError: it may not leave the archive, or not without a reason.
        As ``apercu.search.find``.
    """
    with (
        visit.gate.opens(Capability.EXPORT_TRACKS, subject=f"query {query}", reason=reason) as door,
        searching(visit.archive, query, reason=reason) as found,
    ):
        door.note = f"{len(found)} tracks as {kind}"
        return _written(found.table(visit.archive), kind)


def _written(table: pa.Table, kind: Format) -> bytes:
    if kind == "csv":
        return _csv(table)
    if kind == "json":
        return json.dumps(table.to_pylist(), ensure_ascii=False, default=lambda v: v.isoformat()).encode()
    sink = io.BytesIO()
    if kind == "parquet":
        pq.write_table(table, sink, compression="zstd")
    else:
        feather.write_feather(table, sink, compression="zstd")
    return sink.getvalue()


def _csv(table: pa.Table) -> bytes:
    sink = io.StringIO()
    write_csv(sink, table.column_names, (row.values() for row in table.to_pylist()))
    return sink.getvalue().encode()

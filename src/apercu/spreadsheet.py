"""Comma-separated values, as spreadsheets read them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from typing import Any, TextIO


def write_csv(file: TextIO, heads: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    """Write rows of values below their heads; a list becomes its parts with semicolons between them."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return ";".join(f"{part:g}" if isinstance(part, float) else str(part) for part in value)
    return value.isoformat() if hasattr(value, "isoformat") else value

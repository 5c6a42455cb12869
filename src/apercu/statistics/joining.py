"""Cells put together: those of several runs into one, and columns that tell groups of cells apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from apercu.statistics.cells import CELL_SCHEMA
from apercu.statistics.rows import added

INTERVAL = ("camera", "run", "clocked", "begin_s", "length_s")
"""The columns that name an interval of one camera; ``run`` is empty where there is a clock."""

Groups = NDArray[np.int64]


def group_ids(table: pa.Table, columns: Sequence[str]) -> Groups:
    """Return for each row the number of its group: int64 (n,), equal where all ``columns`` are equal.

    Nulls are equal to each other.
    """
    ids = np.zeros(len(table), np.int64)
    for name in columns:
        column = table[name].combine_chunks()
        encoded = column.dictionary_encode(null_encoding="encode")
        codes = np.asarray(encoded.indices, np.int64)
        _, ids = np.unique(ids * (int(codes.max(initial=0)) + 1) + codes, return_inverse=True)
        ids = np.asarray(ids, np.int64)
    return ids


def texts(table: pa.Table, column: str) -> NDArray[np.str_]:
    """Return a column of texts, str (n,)."""
    return np.array(table[column].to_pylist(), np.str_)


def numbers(table: pa.Table, column: str) -> NDArray[np.float64]:
    """Return a column of numbers, float64 (n,); null becomes NaN."""
    return np.asarray(table[column].cast(pa.float64()).to_numpy(), np.float64)


def chosen(table: pa.Table, mask: NDArray[np.bool_]) -> pa.Table:
    """Return the rows of a table where ``mask``, bool (n,), is true."""
    return table.filter(pa.array(mask))


def joined(cells: pa.Table) -> pa.Table:
    """Return cells of ``CELL_SCHEMA`` with those of one key added up.

    Runs with a clock are put together, and ``run`` is empty in them; of those without, each stays alone: the
    same seconds from their starts are not the same time.
    """
    run = pc.if_else(cells["clocked"], pa.scalar(""), cells["run"])
    return added([cells.set_column(CELL_SCHEMA.get_field_index("run"), CELL_SCHEMA.field("run"), run)])

"""Heat maps made coarser until enough objects stand behind each block that is shown."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from apercu.statistics.cells import CELL_SCHEMA
from apercu.statistics.joining import INTERVAL, chosen, group_ids, numbers, texts
from apercu.statistics.suppression import STATUS

SPANS = (1, 2, 4, 8)
"""Cells across and down that a block may have."""

ENOUGH = 0.5
"""The finest blocks are taken of which this share can be shown."""

BLOCK = pa.field("span", pa.int16(), nullable=True)
_MAP = (*INTERVAL, "class")
_SAME = (*_MAP, "measure", "direction")


def coarsened(cells: pa.Table, minimum: int) -> pa.Table:
    """Return heat maps with ``status`` (``published``) and ``span``: cells across and down of a block.

    A block is left out, which looks as if it were 0, when fewer tracks than ``minimum`` are known to be in
    it: as many as in its fullest cell. All maps of a class and interval have the same blocks, and directions
    (``heading``) are shown where all of a block are: differences between two maps tell nothing more.

    Args:
        cells: joined, of heat maps only.
        minimum: tracks that a block takes.

    Returns:
        ``CELL_SCHEMA``, ``status`` and ``span``; ``column`` and ``row`` are of the block's first cell.
    """
    ids = group_ids(cells, _MAP)
    span_of = np.full(int(ids.max(initial=-1)) + 1, SPANS[-1], np.int64)
    whole = texts(cells, "measure") != "heading"
    for span in reversed(SPANS):
        blocks, most = _blocks(cells, span)
        first = np.unique(np.where(whole, blocks, -1), return_index=True)[1]
        first = first[whole[first]]
        shown = np.bincount(ids[first], most[blocks[first]] >= minimum, len(span_of))
        share = shown / np.bincount(ids[first], minlength=len(span_of)).clip(1)
        span_of[share >= ENOUGH] = span
    parts = [
        _shown(chosen(cells, span_of[ids] == span), span, minimum)
        for span in SPANS
        if (span_of[ids] == span).any()
    ]
    return pa.concat_tables([CELL_SCHEMA.append(STATUS).append(BLOCK).empty_table(), *parts])


def _blocks(cells: pa.Table, span: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the block of each cell, int64 (n,), and of each block the tracks of its fullest cell."""
    column, row = (numbers(cells, name).astype(np.int64) // span for name in ("column", "row"))
    ids = np.stack([group_ids(cells, _SAME), column, row])
    blocks = np.unique(ids, axis=1, return_inverse=True)[1].reshape(-1)
    most = np.zeros(int(blocks.max(initial=-1)) + 1)
    np.maximum.at(most, blocks, numbers(cells, "tracks"))
    return np.asarray(blocks, np.int64), most


def _shown(cells: pa.Table, span: int, minimum: int) -> pa.Table:
    """Return the blocks that can be shown, of one span."""
    blocks, most = _blocks(cells, span)
    first = np.unique(blocks, return_index=True)[1]
    made = cells.take(first)
    for name, new in (
        ("column", numbers(made, "column") // span * span),
        ("row", numbers(made, "row") // span * span),
        ("value", np.bincount(blocks, numbers(cells, "value"))),
        ("tracks", most),
    ):
        field = CELL_SCHEMA.field(name)
        column = pa.array(np.asarray(new, np.float64)).cast(field.type, safe=False)
        made = made.set_column(CELL_SCHEMA.get_field_index(name), field, column)
    keep = most >= minimum
    of_block = group_ids(made, (*_MAP, "measure", "column", "row"))
    hidden = np.bincount(of_block, ~keep) > 0
    keep &= ~((texts(made, "direction") != "") & hidden[of_block])
    made = made.append_column(STATUS, pa.array(["published"] * len(made), pa.string()))
    made = made.append_column(BLOCK, pa.array([span] * len(made), pa.int16()))
    return chosen(made, keep)

"""The tracks that columns have left, and the reading of what else the archive holds of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import cached_property
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from apercu.archive import Archive, RecordingRow
from apercu.archive.files import OBSERVATIONS
from apercu.archive.zones import Zones, read_zones
from apercu.search.asking import ask

_AT_ONCE = 1_000_000
"""Observations in memory at a time, about."""

Indices = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Candidates:
    """The tracks that may be found, and where to read more of them.

    Attributes:
        archive: holds them; its lock is held.
        opened: the database to ask.
        rows: the recordings that are looked through.
        table: one row per track.
        zone: the archive's, for times of day.
    """

    archive: Archive
    opened: duckdb.DuckDBPyConnection
    rows: Sequence[RecordingRow]
    table: pa.Table
    zone: tzinfo

    @cached_property
    def places(self) -> Indices:
        """The recording of each track: int64 (n,), index into ``rows``."""
        numbers = {row.recording_id: number for number, row in enumerate(self.rows)}
        column: Any = self.table["recording_id"].combine_chunks()
        encoded = column.dictionary_encode()
        of = np.array([numbers[key] for key in encoded.dictionary.to_pylist()], np.int64)
        return np.asarray(of[encoded.indices.to_numpy(zero_copy_only=False)], np.int64)

    @cached_property
    def start_us(self) -> tuple[Indices, Bools]:
        """When each track begins, microseconds since 1970, and whether anybody knows: each (n,)."""
        column: Any = self.table["start_us"]
        known: Any = pc.is_valid(column).to_numpy(zero_copy_only=False)
        filled: Any = pc.fill_null(column, 0)
        return filled.to_numpy(zero_copy_only=False).astype(np.int64), known.astype(bool)

    @cached_property
    def sizes(self) -> Floats:
        """The size of each: root of the area of its usual box, pixels, float64 (n,)."""
        areas = self.column("width_px").astype(float) * self.column("height_px")
        return np.asarray(np.sqrt(areas.clip(1.0)))

    @cached_property
    def zones(self) -> Zones:
        """The zones of the archive's cameras."""
        return read_zones(self.archive)

    def column(self, name: str) -> NDArray[Any]:
        """Return a column, (n,)."""
        return np.asarray(self.table[name].to_numpy(zero_copy_only=False))

    def views(self, among: Indices) -> Iterator[tuple[RecordingRow, Indices]]:
        """Yield those of each camera and picture size, with one of its recordings."""
        kinds = [(row.camera, row.facts.width, row.facts.height) for row in self.rows]
        numbers = {kind: number for number, kind in enumerate(dict.fromkeys(kinds))}
        of = np.array([numbers[kind] for kind in kinds], np.int64)[self.places[among]]
        for kind, number in numbers.items():
            mine = among[of == number]
            if len(mine):
                yield self.rows[kinds.index(kind)], mine

    def recordings(self, among: Indices) -> Iterator[tuple[RecordingRow, Indices]]:
        """Yield those of each recording."""
        order = among[np.argsort(self.places[among], kind="stable")]
        for part in np.split(order, np.flatnonzero(np.diff(self.places[order])) + 1):
            if len(part):
                yield self.rows[int(self.places[part[0]])], np.sort(part)

    def batches(self, among: Indices) -> Iterator[Indices]:
        """Yield parts of them whose observations fit into memory."""
        seen = np.cumsum(self.column("observation_count")[among])
        parts = np.split(among, np.flatnonzero(np.diff(seen // _AT_ONCE)) + 1)
        yield from (part for part in parts if len(part))

    def read(self, among: Indices, file: str, columns: str, order: str = "") -> pa.Table:
        """Return rows of files; in ``n``, which of ``among`` each belongs to, in that order."""
        keys = self.table.select(["recording_id", "track_id"]).take(among)
        self.opened.register("keys", keys.append_column("n", pa.array(np.arange(len(among)))))
        files = [
            str(self.archive.path / self.rows[place].analysis.folder / file)
            for place in np.unique(self.places[among]).tolist()
        ]
        return ask(
            self.opened,
            f"select k.n as n, {columns} from read_parquet(?, hive_partitioning=false) o join keys k on "
            f"o.recording_id::varchar = k.recording_id and o.track_id = k.track_id order by k.n{order}",
            [files],
        )

    def seen(self, among: Indices) -> tuple[Indices, Floats, Floats]:
        """Return the observations of tracks: owners (m,), feet (m, 2) in pixels, times (m,) in seconds."""
        feet = "(o.x1::double + o.x2::double) / 2 as x, o.y2::double as y, o.time_s as time_s"
        table = self.read(among, OBSERVATIONS, feet, order=", o.pts")
        x, y, times = (table[name].to_numpy() for name in ("x", "y", "time_s"))
        return table["n"].to_numpy().astype(np.int64), np.column_stack([x, y]), times

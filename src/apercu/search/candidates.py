"""The tracks that columns have left, and the reading of what else the archive holds of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import cached_property
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from apercu.archive import Archive, RecordingRow
from apercu.archive.files import OBSERVATIONS
from apercu.search.asking import ask
from apercu.search.pictures import Picture

_AT_ONCE = 1_000_000
"""Observations in memory at a time, about."""

Indices = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Candidates:
    """The tracks of some recordings that may be found, and where to read more of them.

    Attributes:
        archive: holds them; its lock is held.
        opened: the database to ask.
        rows: the recordings that are looked through.
        columns: of each track, in the order of ``rows``: ``place``, an index into them, ``track_id``, and
            what the query needs; arrays (n,) by name, masked where something is not known.
        zone: the archive's, for times of day.
        pictures: those of ``rows``, with what is named in them.
        wrong_ways: the tracks that went against the usual way, by recording, of the cameras that were looked
            at so far.
    """

    archive: Archive
    opened: duckdb.DuckDBPyConnection
    rows: Sequence[RecordingRow]
    columns: Mapping[str, NDArray[Any]]
    zone: tzinfo
    pictures: Sequence[Picture]
    wrong_ways: dict[str, Indices]

    @cached_property
    def places(self) -> Indices:
        """The recording of each track: int64 (n,), index into ``rows``."""
        return self.column("place").astype(np.int64)

    @cached_property
    def timed(self) -> Bools:
        """Whether anybody knows when each track was there: bool (n,)."""
        return ~np.ma.getmaskarray(self.columns["start_us"])

    @cached_property
    def sizes(self) -> Floats:
        """The size of each: root of the area of its usual box, pixels, float64 (n,)."""
        areas = self.column("width_px").astype(float) * self.column("height_px")
        return np.asarray(np.sqrt(areas.clip(1.0)))

    def column(self, name: str) -> NDArray[Any]:
        """Return a column, (n,); what is not known has any value."""
        return np.asarray(np.ma.getdata(self.columns[name]))

    def __len__(self) -> int:
        return len(self.columns["track_id"])

    def views(self, among: Indices) -> Iterator[tuple[Picture, Indices]]:
        """Yield those of each kind of picture."""
        numbers = {picture: number for number, picture in enumerate(dict.fromkeys(self.pictures))}
        of = np.array([numbers[picture] for picture in self.pictures], np.int64)[self.places[among]]
        for picture, number in numbers.items():
            mine = among[of == number]
            if len(mine):
                yield picture, mine

    def recordings(self, among: Indices) -> Iterator[tuple[RecordingRow, Indices]]:
        """Yield those of each recording."""
        for part in np.split(among, np.flatnonzero(np.diff(self.places[among])) + 1):
            if len(part):
                yield self.rows[int(self.places[part[0]])], part

    def batches(self, among: Indices) -> Iterator[Indices]:
        """Yield parts of them whose observations fit into memory."""
        seen = np.cumsum(self.column("observation_count")[among])
        for part in np.split(among, np.flatnonzero(np.diff(seen // _AT_ONCE)) + 1):
            if len(part):
                yield part

    def files(self, places: Indices, name: str) -> list[str]:
        """Return the paths of the files of this name of recordings."""
        root = self.archive.path
        return [f"{root}/{self.rows[place].analysis.folder}/{name}" for place in places.tolist()]

    def read(self, among: Indices, file: str, columns: str) -> pa.Table:
        """Return rows of files, in the order of ``among`` and of the files.

        ``n`` tells which of ``among`` each belongs to.
        """
        held, places = np.unique(self.places[among], return_inverse=True)
        keys: dict[str, Any] = {
            "place": places.astype(np.uint64),
            "track_id": self.column("track_id")[among],
            "n": np.arange(len(among), dtype=np.int32),
        }
        self.opened.register("keys", pa.table(keys))
        table = ask(
            self.opened,
            f"select k.n as n, o.file_row_number as row, {columns} "
            "from read_parquet(?, hive_partitioning=false) o "
            "join keys k on o.file_index = k.place and o.track_id = k.track_id",
            [self.files(held, file)],
        )
        n, row = table["n"].to_numpy(), table["row"].to_numpy()
        # A join keeps the order of the files nearly always, but promises nothing.
        steps, rows = np.diff(n), np.diff(row)
        if ((steps < 0) | (steps == 0) & (rows < 0)).any():
            table = table.take(np.lexsort([row, n]))
        return table

    def seen(self, among: Indices, *, times: bool) -> tuple[Indices, Floats, Floats]:
        """Return the observations of tracks, together and in order of time.

        Returns owners (m,), feet (m, 2) in pixels, and times (m,) in seconds, nought unless they are wanted.
        """
        told = "o.time_s" if times else "0.0::double"
        feet = f"(o.x1::double + o.x2::double) / 2 as x, o.y2::double as y, {told} as time_s"
        table = self.read(among, OBSERVATIONS, feet)
        x, y, when = (table[name].to_numpy() for name in ("x", "y", "time_s"))
        return table["n"].to_numpy().astype(np.int64), np.column_stack([x, y]), when

"""The tracks that a query found, and the reading of what the archive says of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from apercu.analysis.tracks import TRACK_SCHEMA, Tracks
from apercu.archive import Archive, RecordingRow
from apercu.search.asking import tracks_of
from apercu.search.query import Query
from apercu.search.steps import Step

_TOLD_AT_ONCE = 20_000
"""Tracks whose every column is in memory at a time."""


@dataclass(frozen=True, slots=True)
class Found:
    """The tracks that a query found.

    Attributes:
        query: what was asked.
        rows: the recordings that were looked through, in the order of ``Archive.recordings``.
        keys: the tracks, Arrow table of ``recording_id`` and ``track_id``, in the order asked for: without
            one, that of ``rows`` and, within a recording, of start.
        total: how many there are without limit and cursor.
        looked_through: tracks of ``rows``.
        steps: what each filter left, in the order in which they were applied; only when it was asked for.
    """

    query: Query
    rows: Sequence[RecordingRow]
    keys: pa.Table
    total: int
    looked_through: int
    steps: Sequence[Step] = ()

    def __len__(self) -> int:
        return int(self.keys.num_rows)

    def recording_ids(self) -> list[str]:
        """Return the recordings that something was found in, in the order of ``rows``."""
        found = set(self.keys["recording_id"].unique().to_pylist())
        return [row.recording_id for row in self.rows if row.recording_id in found]

    def read(self, archive: Archive) -> Iterator[tuple[RecordingRow, Tracks]]:
        """Go through what was found, one recording at a time: its tracks with their observations.

        Raises: as ``Archive.iter_tracks``, whose gate is asked unless a door is open.
        """
        if not len(self):
            return
        of = self.keys["recording_id"].combine_chunks().dictionary_encode()
        names = [str(name) for name in of.dictionary.to_pylist()]
        ids = self.keys["track_id"].to_numpy()
        order = np.argsort(of.indices.to_numpy(), kind="stable")
        ends = np.cumsum(np.bincount(of.indices.to_numpy()))
        chosen = dict(zip(names, np.split(ids[order], ends[:-1]), strict=True))
        for row, tracks in archive.iter_tracks(names):
            wanted = np.isin(tracks.table["track_id"].to_numpy(), chosen[row.recording_id])
            yield row, tracks.filter(pa.array(wanted))

    def table(self, archive: Archive, columns: Sequence[str] = TRACK_SCHEMA.names) -> pa.Table:
        """Return what the archive says of each, in the order of ``keys``: ``columns`` of ``TRACK_SCHEMA``.

        Takes no door of its own: hold one open.

        Raises:
            ArchiveDamagedError: a file is missing or torn.
        """
        return tracks_of(archive, self.rows, self.keys, columns)

    def measures(self, archive: Archive) -> pa.Table:
        """Return speed and size of each in metres, as ``table``: Arrow table of ``MEASURE_SCHEMA``.

        Null where the camera is not calibrated. Takes no door of its own: hold one open.

        Raises:
            ArchiveDamagedError: a file is missing or torn.
        """
        from apercu.search.metres import measures_of  # what measures takes long to import

        return measures_of(archive, self.rows, self.keys)

    def by_camera(self) -> dict[str, Found]:
        """Return what was found of each camera, in order of name; in ``total``, how many that are."""
        parts: dict[str, Found] = {}
        held = set(self.recording_ids())
        for camera in sorted({row.camera for row in self.rows if row.recording_id in held}):
            rows = [row for row in self.rows if row.camera == camera]
            ids = pa.array([row.recording_id for row in rows])
            keys = self.keys.filter(pc.is_in(self.keys["recording_id"], ids))
            parts[camera] = replace(self, rows=rows, keys=keys, total=keys.num_rows)
        return parts

    def parts(self) -> Iterator[Found]:
        """Go through what was found in parts, so that memory does not grow with it when it is written."""
        for first in range(0, len(self), _TOLD_AT_ONCE):
            yield replace(self, keys=self.keys.slice(first, _TOLD_AT_ONCE))

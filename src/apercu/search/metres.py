"""Tracks that were found, measured in metres where their cameras are calibrated."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from apercu.analysis.measures import MEASURE_SCHEMA
from apercu.analysis.tracks import OBSERVATION_SCHEMA, Tracks
from apercu.archive import Archive, RecordingRow
from apercu.archive.cameras import calibration_of, measures, read_calibrations
from apercu.archive.files import OBSERVATIONS
from apercu.archive.shelf import LOCK
from apercu.disk import locked
from apercu.search.asking import ask, connection

_COLUMNS = ", ".join(f'"{name}"' for name in OBSERVATION_SCHEMA.names if not name.startswith("mask"))


def measures_of(archive: Archive, rows: Sequence[RecordingRow], keys: pa.Table) -> pa.Table:
    """Return speed and size in metres of tracks: Arrow table of ``MEASURE_SCHEMA``, in the order of ``keys``.

    Observations are read of calibrated cameras only, one recording at a time; the rest is null.

    Args:
        archive: holds them; whoever asks holds a door open.
        rows: the recordings that they are of.
        keys: Arrow table of ``recording_id`` and ``track_id``.

    Raises:
        ArchiveDamagedError: a file is missing or torn.
    """
    calibrations = read_calibrations(archive)
    measured = [MEASURE_SCHEMA.empty_table()]
    where = [np.zeros(0, np.int64)]
    for row in rows if calibrations else ():
        mine = pc.equal(keys["recording_id"], pa.scalar(row.recording_id))
        at = np.flatnonzero(mine.to_numpy(zero_copy_only=False))
        if not len(at) or calibration_of(calibrations, row) is None:
            continue
        wanted = keys.filter(mine).combine_chunks()
        file = str(archive.path / row.analysis.folder / OBSERVATIONS)
        sql = (
            f"select {_COLUMNS} from read_parquet(?, hive_partitioning=false) "
            "where list_contains(?, track_id) order by track_id, pts"
        )
        with locked(archive.path / LOCK, shared=True), closing(connection()) as opened:
            seen = ask(opened, sql, [file, wanted["track_id"].to_pylist()])
        measured.append(measures(calibrations, row, Tracks(wanted, seen)))
        where.append(at)
    known = pa.concat_tables(measured)
    # Where in what was measured each track stands; of the others nothing is known.
    place = np.full(keys.num_rows, -1, np.int64)
    place[np.concatenate(where)] = np.arange(known.num_rows)
    numbers = known.select(MEASURE_SCHEMA.names[2:]).take(pa.array(place, pa.int64(), mask=place < 0))
    columns = [*keys.select(MEASURE_SCHEMA.names[:2]).columns, *numbers.columns]
    return pa.Table.from_arrays(columns, schema=MEASURE_SCHEMA)

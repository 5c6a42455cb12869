"""Second looks at vehicles: those that earlier synopses took, and those that this one adds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from apercu.analysis.detector import load_card
from apercu.archive import Archive, RecordingRow
from apercu.archive.looks import LOOK_SCHEMA, LookedWith, keep_looks, read_looks
from apercu.archive.shelf import LOCK
from apercu.disk import locked, writing

Boxes = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Taken:
    """The looks of one recording: seconds (n,), tracks (n,), and which boxes (m, 4) each saw (n + 1,)."""

    seconds: NDArray[np.float64]
    tracks: NDArray[np.int32]
    bounds: NDArray[np.int64]
    boxes: Boxes

    @classmethod
    def of(cls, table: pa.Table) -> _Taken:
        table = table.sort_by("time_s")
        counts = pc.list_value_length(table["people"]).to_numpy() // 4
        bounds = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        boxes = pc.list_flatten(table["people"]).to_numpy().reshape(-1, 4)
        return cls(table["time_s"].to_numpy(), table["track_id"].to_numpy(), bounds, boxes)


class Looks:
    """Who was seen about which vehicle in which picture.

    Args:
        known: looks taken before, by recording, each of ``LOOK_SCHEMA``.
    """

    def __init__(self, known: Mapping[str, pa.Table] | None = None) -> None:
        self._known = {key: _Taken.of(table) for key, table in (known or {}).items() if table.num_rows}
        self._added: dict[str, list[tuple[int, float, Boxes]]] = {}

    @property
    def any_known(self) -> bool:
        """Whether any were taken before."""
        return bool(self._known)

    def at(self, recording_id: str, second: float) -> dict[int, Boxes]:
        """Return what was seen before in one picture: boxes (n, 4) in pixels, by the vehicle looked at."""
        taken = self._known.get(recording_id)
        if taken is None:
            return {}
        first, end = (int(np.searchsorted(taken.seconds, second, side)) for side in ("left", "right"))
        return {
            int(taken.tracks[i]): taken.boxes[taken.bounds[i] : taken.bounds[i + 1]]
            for i in range(first, end)
        }

    def add(self, recording_id: str, track_id: int, second: float, boxes: Boxes) -> None:
        """Take note of a look at a vehicle: the boxes (n, 4) of whoever was seen about it."""
        self._added.setdefault(recording_id, []).append((track_id, second, boxes))

    def added(self) -> dict[str, pa.Table]:
        """Return the looks that were added, by recording, each of ``LOOK_SCHEMA``."""
        tables = {}
        for recording_id, looks in self._added.items():
            tracks, seconds, boxes = zip(*looks, strict=True)
            people = [seen.reshape(-1).tolist() for seen in boxes]
            columns = [[recording_id] * len(looks), tracks, seconds, people]
            arrays = [pa.array(c, kind) for c, kind in zip(columns, LOOK_SCHEMA.types, strict=True)]
            tables[recording_id] = pa.table(arrays, schema=LOOK_SCHEMA)
        return tables


class KeptLooks:
    """The looks that an archive keeps of some recordings, as the detector inside Aperçu takes them.

    Args:
        archive: with a door open, whose capability covers reading tracks.
        rows: the recordings whose tracks are shown.
    """

    def __init__(self, archive: Archive, rows: Collection[RecordingRow]) -> None:
        detector = load_card().sha256
        self._archive = archive
        self._rows = {row.recording_id: row for row in rows}
        self._looked = {row.recording_id: LookedWith(row.analysis.analysis_id, detector) for row in rows}

    def read(self) -> Looks:
        """Return what is known of them.

        Raises:
            ArchiveDamagedError: a file is torn; the message names it.
        """
        with locked(self._archive.path / LOCK, shared=True):
            return Looks({key: read_looks(self._folder(key), how) for key, how in self._looked.items()})

    def keep(self, looks: Looks) -> None:
        """Keep what was added; not where the recording was erased or analysed anew meanwhile.

        Raises:
            ArchiveDamagedError: as ``read``.
            OutputError: they cannot be written.
        """
        added = looks.added()
        if not added:
            return
        archive = self._archive
        with writing(archive.path), locked(archive.path / LOCK):
            current = {row.recording_id: row.analysis.analysis_id for row in archive.recordings()}
            for key, table in added.items():
                if current.get(key) == self._looked[key].analysis_id:
                    keep_looks(self._folder(key), self._looked[key], table)

    def _folder(self, recording_id: str) -> Path:
        return self._archive.path / self._rows[recording_id].analysis.folder

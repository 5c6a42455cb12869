"""Cells that were counted directly, on the disk: ``counts/``. Numbers only, and no track.

- ``counts/camera=gate/day=2024-05-31/run=<run>.parquet``: the cells of one run that begin on that day by the
  archive's clock (``day=unknown`` where the run has no clock);
- ``counts/runs/<run>.json``: how far the run was counted, with which settings, and which files are its own:
  what is not named there does not count.

Each file is replaced whole. A run is what was counted in one go: a recording, or a live session.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from apercu.archive import Archive
from apercu.archive.shelf import LOCK
from apercu.disk import locked, remove_if_empty, replace_file, writing
from apercu.errors import ArchiveDamagedError, ArchiveVersionError
from apercu.statistics.cells import CELL_SCHEMA, SCHEMA_VERSION
from apercu.statistics.rows import added

FOLDER = "counts"
_RUNS = "runs"
_AGAIN = "Count the footage again: apercu count footage."


@dataclass(frozen=True, slots=True)
class CountedRun:
    """What is known of one run.

    Attributes:
        run: its name: a recording's id, or that of a live session.
        camera: whose pictures.
        key: hash of everything that the numbers depend on.
        interval_s: length of its intervals.
        start: true time of its start, aware; None when nobody knows.
        done_s: seconds of the run counted so far.
        complete: whether that is all of it.
        counted_at: when it was last written, aware; None where it never was.
        days: of its files.
        version: of the columns.
    """

    run: str
    camera: str
    key: str
    interval_s: int
    start: datetime | None
    done_s: float = 0.0
    complete: bool = False
    counted_at: datetime | None = None
    days: tuple[str, ...] = ()
    version: int = SCHEMA_VERSION


def read_run(archive: Archive, run: str) -> CountedRun | None:
    """Return what is known of a run; None when nothing of it was counted.

    Raises:
        ArchiveVersionError: a newer Aperçu wrote it.
        ArchiveDamagedError: its file is torn.
    """
    path = _about(archive, run)
    try:
        told = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise ArchiveDamagedError("is torn", where=path, next_step=_AGAIN) from error
    if told.get("version", 0) > SCHEMA_VERSION:
        raise ArchiveVersionError(
            "was written by a newer Aperçu",
            where=path,
            next_step="Upgrade Aperçu: pip install --upgrade apercu.",
        )
    start = told["start"]
    return CountedRun(
        **{
            **told,
            "start": None if start is None else datetime.fromisoformat(start),
            "counted_at": datetime.fromisoformat(told["counted_at"]),
            "days": tuple(told["days"]),
        }
    )


def runs(archive: Archive) -> list[CountedRun]:
    """Return all runs that were counted directly, in order of camera and start.

    Raises: as ``read_run``.
    """
    names = [path.stem for path in (archive.path / FOLDER / _RUNS).glob("[!.]*.json")]
    found = [run for run in (read_run(archive, name) for name in sorted(names)) if run is not None]
    begun = datetime.fromtimestamp(0, UTC)
    return sorted(found, key=lambda run: (run.camera, run.start or begun, run.run))


def read_cells(archive: Archive, run: CountedRun) -> Iterator[pa.Table]:
    """Yield the cells of a run, day by day.

    Raises:
        ArchiveDamagedError: a file is missing or torn.
    """
    for day in run.days:
        path = _file(archive, run.camera, day, run.run)
        try:
            with pq.ParquetFile(path, page_checksum_verification=True) as file:
                yield file.read().cast(CELL_SCHEMA)
        except FileNotFoundError as error:
            raise ArchiveDamagedError("is missing", where=path, next_step=_AGAIN) from error
        except (OSError, ValueError, pa.ArrowException) as error:
            raise ArchiveDamagedError("is torn", where=path, next_step=_AGAIN) from error


class RunWriter:
    """Writes the cells of one run, again and again while it goes on; what is on the disk is always whole.

    What another writer counted further, with the same settings, stays until this one has come as far.
    """

    def __init__(self, archive: Archive, about: CountedRun) -> None:
        self._archive, self._about = archive, about
        known = read_run(archive, about.run)
        self._known = known
        same = known is not None and known.key == about.key
        self._ahead_s = known.done_s if same and known is not None else 0.0
        self._final: dict[str, pa.Table] = {}
        self._days: list[str] = []

    def write(self, final: pa.Table, open_: pa.Table, done_s: float, *, complete: bool = False) -> None:
        """Put what was counted onto the disk.

        Args:
            final: cells that were not told as final before, and will not change any more.
            open_: all cells that may change: those told the last time are forgotten.
            done_s: seconds of the run counted so far.
            complete: whether that is all of it.

        Raises:
            OutputError: it cannot be written.
        """
        zone = self._archive.settings.zone
        for day, cells in _by_day(final, zone):
            self._final[day] = added([self._final.get(day, CELL_SCHEMA.empty_table()), cells])
        going_on = dict(_by_day(open_, zone))
        touched = sorted({*self._final, *going_on})
        if complete or done_s > self._ahead_s:
            self._put(touched, going_on, done_s, complete)
        # A day that is over is on the disk, and needs no memory any more.
        for day in touched[:-2]:
            if day not in going_on and done_s > self._ahead_s:
                self._final.pop(day, None)

    def _put(
        self, touched: Sequence[str], going_on: dict[str, pa.Table], done_s: float, complete: bool
    ) -> None:
        about, empty = self._about, CELL_SCHEMA.empty_table()
        self._days = sorted({*self._days, *touched})
        now = datetime.now(UTC).replace(microsecond=0)
        told = replace(
            about,
            done_s=done_s,
            complete=complete,
            counted_at=now,
            days=tuple(self._days),
        )
        with writing(self._archive.path), locked(self._archive.path / LOCK):
            for day in touched:
                path = _file(self._archive, about.camera, day, about.run)
                path.parent.mkdir(parents=True, exist_ok=True)
                replace_file(path, _packed(added([self._final.get(day, empty), going_on.get(day, empty)])))
            path = _about(self._archive, about.run)
            path.parent.mkdir(parents=True, exist_ok=True)
            values = {**asdict(told), "start": None if about.start is None else about.start.isoformat()}
            values["counted_at"] = now.isoformat()
            replace_file(path, json.dumps(values).encode())
            if self._known is not None:
                self._sweep(self._known)
                self._known = None

    def _sweep(self, known: CountedRun) -> None:
        """Remove the files of an earlier count that are not among those of this one."""
        for day in known.days:
            if known.camera != self._about.camera or day not in self._days:
                path = _file(self._archive, known.camera, day, known.run)
                path.unlink(missing_ok=True)
                remove_if_empty(path.parent)
                remove_if_empty(path.parent.parent)


def _about(archive: Archive, run: str) -> Path:
    return archive.path / FOLDER / _RUNS / f"{run}.json"


def _file(archive: Archive, camera: str, day: str, run: str) -> Path:
    return archive.path / FOLDER / f"camera={camera}" / f"day={day}" / f"run={run}.parquet"


def _packed(cells: pa.Table) -> bytes:
    content = io.BytesIO()
    pq.write_table(cells, content, compression="zstd", write_page_checksum=True)
    return content.getvalue()


def _by_day(cells: pa.Table, zone: tzinfo) -> Iterator[tuple[str, pa.Table]]:
    """Yield the day of each cell's beginning, and the cells of that day."""
    for clocked in (True, False):
        part = cells.filter(pc.equal(cells["clocked"], pa.scalar(clocked)))
        days: dict[str, list[float]] = {}
        for begin in np.unique(part["begin_s"].to_numpy()).tolist():
            moment = datetime.fromtimestamp(begin, UTC).astimezone(zone)
            days.setdefault(moment.date().isoformat() if clocked else "unknown", []).append(begin)
        for day, wanted in days.items():
            yield day, part.filter(pc.is_in(part["begin_s"], value_set=pa.array(wanted, pa.float64())))

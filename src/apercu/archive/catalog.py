"""The catalog: which recordings an archive holds, in SQLite or any database that SQLAlchemy speaks to."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc, orm
from sqlalchemy.pool import NullPool

from apercu.archive.records import AnalysisRow, RecordingFacts, RecordingRow, Wanted
from apercu.archive.tables import Analysis, Recording
from apercu.errors import (
    ArchiveDamagedError,
    ArchiveError,
    ArchiveVersionError,
    OutputError,
    UsageError,
)

HEAD = "0003"
"""The newest catalog revision; the versions/ folder under migrations/ must end in it."""

_CURRENT = sa.select(Recording, Analysis).join(Analysis).where(Analysis.is_current)
"""Recordings, each with its current analysis."""

# Objects of the mapper take several times as long as plain rows, and there may be thousands.
_RECORDINGS, _ANALYSES = Recording.__table__, Analysis.__table__
_RECORDING, _ANALYSIS = tuple(_RECORDINGS.columns), tuple(_ANALYSES.columns)
_RECORDING_NAMES, _ANALYSIS_NAMES = _RECORDINGS.columns.keys(), _ANALYSES.columns.keys()
_LISTED = (
    sa.select(*_RECORDING, *_ANALYSIS)
    .join(_ANALYSES)
    .where(_ANALYSES.c.is_current)
    .order_by(
        _RECORDINGS.c.start_time.is_(None),
        _RECORDINGS.c.start_time,
        _RECORDINGS.c.camera,
        _RECORDINGS.c.absolute_path,  # recorders number their files; without clocks that is all that is known
        _RECORDINGS.c.recording_id,
    )
)

_DAY = timedelta(days=1)
_MARGIN = timedelta(minutes=1)
"""By so much a recording may be longer than its header tells."""
_WAIT_S = 60
_CANNOT_WRITE = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
}


class Catalog:
    """The database behind an archive. Every method is one transaction.

    All of them raise:
        ArchiveDamagedError: the database is torn or lacks its tables.
        ArchiveError: the database cannot be reached.
        OutputError: the database cannot be written (disk full, permission).
    """

    def __init__(self, url: str | sa.URL, *, read_only: bool = False) -> None:
        self._read_only = read_only
        try:
            self.url = sa.make_url(url)
            # No pool: an open connection must not survive into forked workers, and a file is cheap to open.
            self._engine = sa.create_engine(self.url, poolclass=NullPool, connect_args=_wait(self.url))
        except (exc.ArgumentError, exc.NoSuchModuleError) as error:
            raise UsageError(
                f"the catalog's address is not a database URL ({error})",
                next_step="Write it like postgresql+psycopg://user@host/database.",
            ) from error
        except ModuleNotFoundError as error:
            raise UsageError(
                f"the catalog's database needs the package {error.name}",
                where=self.url.render_as_string(),
                next_step=f"Install it: pip install {error.name}.",
            ) from error
        if self.url.get_backend_name() == "sqlite":
            event.listen(self._engine, "connect", _prepare_read_only if read_only else _prepare)
        self._session = orm.sessionmaker(self._engine, expire_on_commit=False)

    @classmethod
    def in_file(cls, path: Path, *, read_only: bool = False) -> Catalog:
        """Return the catalog in an SQLite file; ``read_only`` works on a disk that cannot be written."""
        if not read_only:
            return cls(sa.URL.create("sqlite", database=str(path)))
        # "immutable" keeps SQLite from wanting its side files on a disk where none can be made.
        flags = {"mode": "ro", "immutable": "1", "uri": "true"}
        return cls(sa.URL.create("sqlite", database=path.absolute().as_uri(), query=flags), read_only=True)

    def revision(self) -> str | None:
        """Return the revision the database is at; None when it is empty."""
        with self._guarded(), self._engine.connect() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(sa.text("select version_num from alembic_version")).scalar()

    def upgrade(self) -> None:
        """Bring the database to the newest revision, from empty or from any older one."""
        # Alembic takes long to import, and only a new or old archive needs it.
        from alembic import command
        from alembic.config import Config

        with self._guarded(), self._engine.begin() as connection:
            config = Config(attributes={"connection": connection})
            config.set_main_option("path_separator", "os")
            config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
            command.upgrade(config, "head")

    def require_known(self, revision: str | None) -> bool:
        """Return whether the database has to be upgraded.

        Raises:
            ArchiveVersionError: a newer Aperçu upgraded it.
        """
        if revision is not None and revision > HEAD:
            raise ArchiveVersionError(
                f"the catalog is at revision {revision}, this Aperçu knows up to {HEAD}",
                where=self.place,
                next_step="Upgrade Aperçu: pip install --upgrade apercu.",
            )
        return revision != HEAD

    @property
    def place(self) -> str:
        """Where the database is, without any password."""
        if self._is_sqlite:
            return (self.url.database or "").removeprefix("file://")
        return self.url.render_as_string()

    @property
    def _is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    def trace(self) -> tuple[int, ...]:
        """Return what changes with each commit, by whatever process, and costs next to nothing to look at.

        Empty where the database is no file: then nothing tells.
        """
        told: list[int] = []
        for path in (self.url.database, f"{self.url.database}-wal") if self._is_sqlite else ():
            try:
                found = Path(str(path)).stat()
            except FileNotFoundError:  # merged into the database when the last connection closed
                continue
            if found.st_size:
                told += [found.st_mtime_ns, found.st_size]
        return tuple(told)

    @contextmanager
    def transaction(self) -> Iterator[orm.Session]:
        """Do several things at once or none of them; for the tables that other modules know."""
        with self._guarded(), self._session.begin() as session:
            yield session

    def recordings(self, wanted: Wanted) -> list[RecordingRow]:
        """Return recordings with their current analyses, by start, camera, path, id; without clock last."""
        conditions: list[sa.ColumnElement[bool]] = []
        if wanted.cameras:
            conditions.append(_RECORDINGS.c.camera.in_(wanted.cameras))
        if wanted.recording_ids:
            conditions.append(_RECORDINGS.c.recording_id.in_(wanted.recording_ids))
        if wanted.end is not None:
            conditions.append(_RECORDINGS.c.start_time < wanted.end)
        if wanted.begin is not None:
            # Few are longer than a day. Which of these were over by then is seen when they are here.
            earliest = wanted.begin - _DAY - _MARGIN
            longer = _RECORDINGS.c.duration_s > _DAY.total_seconds()
            conditions.append(sa.or_(_RECORDINGS.c.start_time >= earliest, longer))
        split = len(_RECORDING)
        with self._guarded(), self._engine.connect() as connection:
            listed = [
                _row(_plain(_RECORDING_NAMES, values[:split]), _plain(_ANALYSIS_NAMES, values[split:]))
                for values in connection.execute(_LISTED.where(*conditions))
            ]
        if wanted.begin is None:
            return listed
        since = wanted.begin - _MARGIN
        return [row for row in listed if row.end_time is not None and row.end_time >= since]

    def find(self, recording_id: str) -> RecordingRow | None:
        """Return one recording with its current analysis, or None."""
        with self._guarded(), self._session() as session:
            query = _CURRENT.where(Recording.recording_id == recording_id)
            found = session.execute(query).one_or_none()
            return None if found is None else _row(*found)

    def of_file(self, absolute_path: Path) -> list[RecordingRow]:
        """Return the recordings that were analysed from the file at this place: the same, as it grew."""
        with self._guarded(), self._session() as session:
            query = _CURRENT.where(Recording.absolute_path == str(absolute_path)).order_by(Recording.added_at)
            return [_row(recording, analysis) for recording, analysis in session.execute(query)]

    def analysis_ids(self, cameras: Collection[str]) -> frozenset[str]:
        """Return the ids of the current analyses of some cameras' recordings, of all when none is named."""
        query = sa.select(_ANALYSES.c.analysis_id).where(_ANALYSES.c.is_current)
        if cameras:
            query = query.join(_RECORDINGS).where(_RECORDINGS.c.camera.in_(cameras))
        with self._guarded(), self._engine.connect() as connection:
            return frozenset(connection.scalars(query))

    def recording_ids(self) -> set[str]:
        """Return the ids of all recordings."""
        with self._guarded(), self._session() as session:
            return set(session.scalars(sa.select(Recording.recording_id)))

    def put(self, row: RecordingRow) -> None:
        """Add a recording, or update it, with ``row.analysis`` as its current analysis.

        Earlier analyses stay listed as no longer current.
        """
        with self._guarded(), self._session.begin() as session:
            known = session.get(Recording, row.recording_id)
            session.merge(_recording(row, known.added_at if known else row.added_at))
            session.execute(
                sa.update(Analysis).where(Analysis.recording_id == row.recording_id).values(is_current=False)
            )
            session.flush()
            session.merge(_analysis(row.recording_id, row.analysis))

    def remove(self, recording_id: str) -> None:
        """Remove a recording with all its analyses, if it is listed; see ``scrub``."""
        with self._guarded(), self._session.begin() as session:
            session.execute(sa.delete(Analysis).where(Analysis.recording_id == recording_id))
            session.execute(sa.delete(Recording).where(Recording.recording_id == recording_id))

    def scrub(self) -> None:
        """Write an SQLite file anew, so that nothing of removed rows stays in its unused parts.

        Other databases do that in their own time (PostgreSQL: vacuum).
        """
        if not self._is_sqlite:
            return
        with self._guarded(), self._engine.connect() as connection:
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.execute(sa.text("vacuum"))
            connection.execute(sa.text("pragma wal_checkpoint(truncate)"))

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except exc.DBAPIError as error:
            reason = str(error.orig).strip().splitlines()[0] if error.orig else str(error)
            code = getattr(error.orig, "sqlite_errorcode", -1) & 0xFF  # the rest of the bits are details
            if self._read_only and code == sqlite3.SQLITE_CANTOPEN:
                raise ArchiveDamagedError(
                    f"the catalog cannot be read ({reason})",
                    where=self.place,
                    next_step="Copy the archive to a disk that can be written; there it is rebuilt.",
                ) from error
            if code in _CANNOT_WRITE:
                raise OutputError(
                    f"cannot write ({reason})",
                    where=self.place,
                    next_step="Check free space and permissions, then run it again.",
                ) from error
            if not self._is_sqlite and isinstance(error, exc.OperationalError):
                raise ArchiveError(
                    f"the catalog cannot be reached ({reason})",
                    where=self.place,
                    next_step="Check catalog.url in archive.toml and the database.",
                ) from error
            raise ArchiveDamagedError(
                f"the catalog is damaged ({reason})",
                where=self.place,
                next_step="Move that file away; it is rebuilt from the recordings' folders.",
            ) from error


def _wait(url: sa.URL) -> dict[str, Any]:
    return {"timeout": _WAIT_S} if url.get_backend_name() == "sqlite" else {}


def _prepare(connection: Any, _: object) -> None:
    """Set SQLite up: many readers beside one writer, commits that survive a power cut, checked references."""
    for pragma in ("journal_mode=wal", "synchronous=full", "foreign_keys=on", "secure_delete=on"):
        connection.execute(f"pragma {pragma}")


def _prepare_read_only(connection: Any, _: object) -> None:
    connection.execute("pragma query_only=on")


def _recording(row: RecordingRow, added_at: Any) -> Recording:
    facts = row.facts
    return Recording(
        recording_id=row.recording_id,
        content_hash=facts.content_hash,
        path=facts.path,
        absolute_path=str(row.absolute_path),
        file_name=facts.file_name,
        size_bytes=facts.size_bytes,
        camera=row.camera,
        start_time=facts.start_time,
        start_source=facts.start_source,
        duration_s=facts.duration_s,
        width=facts.width,
        height=facts.height,
        rotation=facts.rotation,
        rate=facts.rate,
        codec=facts.codec,
        time_base_numerator=facts.time_base.numerator,
        time_base_denominator=facts.time_base.denominator,
        added_at=added_at,
    )


def _analysis(recording_id: str, row: AnalysisRow) -> Analysis:
    return Analysis(
        analysis_id=row.analysis_id,
        recording_id=recording_id,
        settings_hash=row.settings_hash,
        settings=dict(row.settings),
        engine_version=row.engine_version,
        detector=row.detector,
        detector_hash=row.detector_hash,
        track_count=row.track_count,
        observation_count=row.observation_count,
        grid_width=row.grid_width,
        grid_height=row.grid_height,
        created_at=row.created_at,
        folder=row.folder,
        is_current=True,
        summary={
            "stage_seconds": dict(row.stage_seconds),
            "warnings": list(row.warnings),
            "effort": dict(row.effort),
            "camera_moved": [list(span) for span in row.camera_moved],
            "growing": row.growing,
            "schema_version": row.schema_version,
        },
    )


def _plain(names: Sequence[str], values: Sequence[Any]) -> SimpleNamespace:
    """Return a row of a table with the attributes that a mapped one has."""
    return SimpleNamespace(**dict(zip(names, values, strict=True)))


def _row(recording: Any, analysis: Any) -> RecordingRow:
    """Return the row of both tables' rows, mapped or plain."""
    return RecordingRow(
        facts=RecordingFacts(
            path=recording.path,
            content_hash=recording.content_hash,
            size_bytes=recording.size_bytes,
            width=recording.width,
            height=recording.height,
            codec=recording.codec,
            time_base=Fraction(recording.time_base_numerator, recording.time_base_denominator),
            duration_s=recording.duration_s,
            rotation=recording.rotation,
            rate=recording.rate,
            start_time=recording.start_time,
            start_source=recording.start_source,
            file_name=recording.file_name,
        ),
        camera=recording.camera,
        absolute_path=Path(recording.absolute_path),
        added_at=recording.added_at,
        analysis=AnalysisRow(
            analysis_id=analysis.analysis_id,
            settings=analysis.settings,
            settings_hash=analysis.settings_hash,
            engine_version=analysis.engine_version,
            detector=analysis.detector,
            detector_hash=analysis.detector_hash,
            track_count=analysis.track_count,
            observation_count=analysis.observation_count,
            grid_width=analysis.grid_width,
            grid_height=analysis.grid_height,
            created_at=analysis.created_at,
            folder=analysis.folder,
            stage_seconds=analysis.summary["stage_seconds"],
            warnings=tuple(analysis.summary["warnings"]),
            effort=analysis.summary.get("effort", {}),  # older catalogs have none
            camera_moved=tuple((a, b) for a, b in analysis.summary.get("camera_moved", ())),
            growing=analysis.summary.get("growing", False),
            schema_version=analysis.summary.get("schema_version", 1),
        ),
    )

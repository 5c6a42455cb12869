from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

import apercu.archive
from apercu.archive import Archive, RecordingAnalysis
from apercu.archive.catalog import HEAD
from apercu.archive.tables import Table
from apercu.errors import ArchiveDamagedError, ArchiveVersionError, OutputError, UsageError

Make = Callable[..., RecordingAnalysis]


def query(archive: Archive, text: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(archive.path / "catalog.sqlite")
    try:
        with connection:
            return connection.execute(text).fetchall()
    finally:
        connection.close()


def test_migrations_end_where_the_models_are(archive: Archive) -> None:
    engine = sa.create_engine(f"sqlite:///{archive.path / 'catalog.sqlite'}", poolclass=sa.NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert context.get_current_revision() == HEAD
        assert compare_metadata(context, Table.metadata) == []
    migrations = Path(apercu.archive.__file__).with_name("migrations")
    assert ScriptDirectory(str(migrations)).get_current_head() == HEAD


def test_the_tables_suit_postgresql_too() -> None:
    dialect = postgresql.dialect()
    for table in Table.metadata.sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=dialect))
        for index in table.indexes:
            said = str(CreateIndex(index).compile(dialect=dialect))
            assert ("WHERE is_current" in said) == (index.name == "uq_analyses_current")


def test_sqlite_takes_many_readers_and_a_writer(archive: Archive) -> None:
    assert query(archive, "pragma journal_mode") == [("wal",)]


def test_replaced_analyses_stay_listed_as_history(archive: Archive, analysis: Make) -> None:
    for rate in (5, 6, 7):
        archive.add(analysis(settings={"rate": rate}))
    rows = query(archive, "select is_current, settings from analyses order by created_at")
    assert rows == [(0, '{"rate": 5}'), (0, '{"rate": 6}'), (1, '{"rate": 7}')]


def test_what_is_there_is_told_by_the_ids_of_its_analyses(archive: Archive, analysis: Make) -> None:
    assert archive.analysis_ids() == frozenset()
    gate = archive.add(analysis())
    yard = archive.add(analysis("two.mp4", camera="yard"))
    assert archive.analysis_ids() == {gate.analysis.analysis_id, yard.analysis.analysis_id}
    assert archive.analysis_ids(["gate"]) == {gate.analysis.analysis_id}
    archive.add(analysis())
    assert len(archive.analysis_ids()) == 2 and gate.analysis.analysis_id not in archive.analysis_ids()
    archive.shelf.erase(yard.recording_id)
    assert archive.analysis_ids(["yard"]) == frozenset()


def test_a_newer_catalog_asks_for_an_upgrade(archive: Archive) -> None:
    query(archive, "update alembic_version set version_num = '9000'")
    with pytest.raises(ArchiveVersionError, match=r"revision 9000.*Upgrade"):
        Archive.open(archive.path)


@pytest.mark.parametrize("history", [True, False])
def test_a_lost_catalog_is_rebuilt(archive: Archive, analysis: Make, history: bool) -> None:
    rows = [archive.add(analysis(name)) for name in ("a", "b")]
    if history:
        (archive.path / "catalog.sqlite").unlink()
    else:
        for table in ("outbox", "signal_answers", "signals", "analyses", "recordings", "alembic_version"):
            query(archive, f"drop table {table}")
    reopened = Archive.open(archive.path)
    assert sorted(reopened.recordings(), key=lambda r: r.added_at) == rows
    assert len(reopened.tracks()) == 10


def test_rebuilding_leaves_out_what_is_torn(archive: Archive, analysis: Make) -> None:
    whole, torn = archive.add(analysis("whole")), archive.add(analysis("torn"))
    (archive.path / torn.analysis.folder / "tracks.parquet").write_bytes(b"PAR1")
    (archive.path / "catalog.sqlite").unlink()
    archive = Archive.open(archive.path)
    assert archive.recordings() == [whole]
    repaired = archive.add(analysis("torn"))
    assert {row.recording_id for row in archive.recordings()} == {whole.recording_id, repaired.recording_id}
    archive.check(repaired.recording_id)


def test_a_torn_catalog_says_what_to_do_and_that_works(archive: Archive, analysis: Make) -> None:
    row = archive.add(analysis())
    catalog = archive.path / "catalog.sqlite"
    catalog.write_bytes(b"not a database " * 1000)
    with pytest.raises(ArchiveDamagedError, match=r"catalog\.sqlite.*Move that file away"):
        Archive.open(archive.path)
    catalog.rename(archive.path / "torn.sqlite")
    assert Archive.open(archive.path).recordings() == [row]


def test_an_archive_on_a_read_only_disk_is_read(
    archive: Archive, analysis: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = archive.add(analysis())
    (archive.path / ".lock").unlink()
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    opened = Archive.open(archive.path)
    assert opened.recordings() == [row]
    with pytest.raises(OutputError, match="cannot write"):
        opened.add(analysis("two"))
    assert opened.recordings() == [row]
    (archive.path / "catalog.sqlite").unlink()
    with pytest.raises(ArchiveDamagedError, match=r"catalog\.sqlite.*Copy the archive"):
        Archive.open(archive.path)


def test_another_database_can_hold_the_catalog(tmp_path: Path, analysis: Make) -> None:
    url = f"sqlite:///{tmp_path / 'elsewhere.sqlite'}"
    archive = Archive.create(
        tmp_path / "archive", name="x", purpose="research", purpose_fields={"licence": "own"}, catalog_url=url
    )
    row = archive.add(analysis())
    assert not (archive.path / "catalog.sqlite").exists()
    assert Archive.open(archive.path).recordings() == [row]


@pytest.mark.parametrize("url", ["nonsense", "nosuch://host/base"])
def test_an_address_that_is_none_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(UsageError, match="database URL"):
        Archive.create(
            tmp_path / "archive",
            name="x",
            purpose="research",
            purpose_fields={"licence": "own"},
            catalog_url=url,
        )

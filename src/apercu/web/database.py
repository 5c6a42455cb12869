"""The service's own database: one SQLite file, many readers, one writer at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.orm import Session, sessionmaker

from apercu.errors import OutputError

_WAIT_S = 30


class Database:
    """Sessions of SQLAlchemy on one file; the service that has the file is one process."""

    def __init__(self, path: Path) -> None:
        """Open the file at ``path``, made or brought up to date where that is needed.

        Raises:
            OutputError: it cannot be used.
        """
        self._path = path
        url = sa.URL.create("sqlite", database=str(path))
        self._engine = sa.create_engine(url, connect_args={"timeout": _WAIT_S})
        event.listen(self._engine, "connect", _prepare)
        self._session = sessionmaker(self._engine, expire_on_commit=False)
        # SQLite refuses whoever has read and then would write while another writes: so one after the other.
        self._writing = threading.Lock()
        self._upgrade()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session that changes nothing.

        Raises:
            OutputError: the file cannot be used.
        """
        with self._guarded(), self._session() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Yield a session whose changes are kept together when the block ends well, or else none of them.

        Raises:
            OutputError: the file cannot be used.
        """
        with self._guarded(), self._writing, self._session.begin() as session:
            yield session

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _upgrade(self) -> None:
        from alembic import command
        from alembic.config import Config

        with self._guarded(), self._engine.begin() as connection:
            config = Config(attributes={"connection": connection})
            config.set_main_option("path_separator", "os")
            config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
            command.upgrade(config, "head")

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except exc.DBAPIError as error:
            reason = str(error.orig).strip().splitlines()[0] if error.orig else "unknown"
            raise OutputError(
                f"the service's database cannot be used ({reason})",
                where=self._path,
                next_step="Check free space and permissions of the service's folder.",
            ) from error


def _prepare(connection: Any, _: object) -> None:
    for pragma in ("journal_mode=wal", "synchronous=full", "foreign_keys=on", "secure_delete=on"):
        connection.execute(f"pragma {pragma}")

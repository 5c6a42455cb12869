"""Alembic's entry: runs the migrations on the connection that the catalog hands over."""

from __future__ import annotations

from alembic import context

from apercu.archive import signal_tables
from apercu.archive.tables import Table

assert signal_tables.SignalEntry.metadata is Table.metadata, "the tables of signals are on its list"

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,  # SQLite changes columns only by copying tables
)
with context.begin_transaction():
    context.run_migrations()

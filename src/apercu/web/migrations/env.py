"""Alembic's entry: runs the migrations on the connection that the service hands over."""

from __future__ import annotations

from alembic import context

from apercu.web.tables import ServiceTable

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=ServiceTable.metadata,
    render_as_batch=True,  # SQLite changes columns only by copying tables
)
with context.begin_transaction():
    context.run_migrations()

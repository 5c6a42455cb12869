"""The first catalog: recordings and analyses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "recordings",
        sa.Column("recording_id", sa.String(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("absolute_path", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("camera", sa.String(), nullable=False),
        sa.Column("start_time", sa.DateTime(), nullable=True),
        sa.Column("start_source", sa.String(), nullable=False),
        sa.Column("duration_s", sa.Double(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("rotation", sa.Integer(), nullable=False),
        sa.Column("rate", sa.Double(), nullable=True),
        sa.Column("codec", sa.String(), nullable=False),
        sa.Column("time_base_numerator", sa.BigInteger(), nullable=False),
        sa.Column("time_base_denominator", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("recording_id", name="pk_recordings"),
        sa.UniqueConstraint("content_hash", name="uq_recordings_content_hash"),
    )
    op.create_index("ix_recordings_camera", "recordings", ["camera"])
    op.create_index("ix_recordings_start_time", "recordings", ["start_time"])
    op.create_table(
        "analyses",
        sa.Column("analysis_id", sa.String(), nullable=False),
        sa.Column("recording_id", sa.String(), nullable=False),
        sa.Column("settings_hash", sa.String(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("engine_version", sa.String(), nullable=False),
        sa.Column("detector", sa.String(), nullable=False),
        sa.Column("detector_hash", sa.String(), nullable=False),
        sa.Column("track_count", sa.Integer(), nullable=False),
        sa.Column("observation_count", sa.BigInteger(), nullable=False),
        sa.Column("grid_width", sa.Integer(), nullable=False),
        sa.Column("grid_height", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("folder", sa.String(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("analysis_id", name="pk_analyses"),
        sa.ForeignKeyConstraint(
            ["recording_id"],
            ["recordings.recording_id"],
            name="fk_analyses_recording_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_analyses_recording_id", "analyses", ["recording_id"])
    op.create_index(
        "uq_analyses_current",
        "analyses",
        ["recording_id"],
        unique=True,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )


def downgrade() -> None:
    """Remove both tables."""
    op.drop_table("analyses")
    op.drop_table("recordings")

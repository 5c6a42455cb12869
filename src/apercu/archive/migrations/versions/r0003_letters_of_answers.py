"""Letters that tell answers, over the channels that ask for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
_INDEX = "uq_outbox_key_channel"


def upgrade() -> None:
    """Letters from before tell signals, and no channel asked for answers."""
    op.add_column("outbox", sa.Column("answer", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("outbox", sa.Column("answering", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.drop_index(_INDEX, "outbox")
    op.create_index(_INDEX, "outbox", ["key", "channel", "answer"], unique=True)


def downgrade() -> None:
    """Remove them, with the letters of answers."""
    op.execute("DELETE FROM outbox WHERE answer > 0")
    op.drop_index(_INDEX, "outbox")
    op.create_index(_INDEX, "outbox", ["key", "channel"], unique=True)
    with op.batch_alter_table("outbox") as outbox:
        outbox.drop_column("answering")
        outbox.drop_column("answer")

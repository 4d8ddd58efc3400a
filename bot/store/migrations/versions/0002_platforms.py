"""What chat platforms need: names of messages, notes on deliveries, muted threads."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("muted", sa.Boolean(), nullable=False, server_default=sa.false()))
    message = sa.Column("message", sa.String(), nullable=False, server_default="")
    message.comment = "what the platform calls the message"
    op.add_column("inbox", message)
    op.create_index(op.f("ix_inbox_message"), "inbox", ["message"], unique=False)
    memo = sa.Column("memo", sa.Text(), nullable=False, server_default="")
    memo.comment = "what the adapter noted while delivering"
    op.add_column("parts", memo)
    op.create_index(op.f("ix_parts_ref_id_ref_channel"), "parts", ["ref_id", "ref_channel"], unique=False)
    with op.batch_alter_table("parts") as parts:
        parts.alter_column(
            "state",
            existing_type=sa.String(),
            existing_nullable=False,
            comment="new, sending, plain, sent or failed",
            existing_comment="new, sending, sent, refused or failed",
        )
    op.execute("UPDATE parts SET state = 'failed' WHERE state = 'refused'")

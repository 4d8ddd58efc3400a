"""What people decide: requests, cards that change, orders that interrupt, budgets."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add("sessions", "trusted_until", sa.Float(), "0", "until then all code is approved")
    _add("sessions", "worked", sa.Float(), "0", "seconds that turns have taken")
    _add("inbox", "interrupts", sa.Boolean(), sa.false(), "it ends the turn that is on")
    _add("posts", "stale", sa.Boolean(), sa.false(), "changed since it was rendered")
    op.create_index(op.f("ix_posts_stale"), "posts", ["stale"], unique=False)
    op.create_index(op.f("ix_ledger_at"), "ledger", ["at"], unique=False)
    op.create_table(
        "requests",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("session", sa.String(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False, comment="the turn that waits for it"),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("card", sa.Text(), nullable=False, comment="what was asked, as it was asked"),
        sa.Column("post", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False, comment="open, or how it ended"),
        sa.Column("asked", sa.Float(), nullable=False),
        sa.Column("remind_at", sa.Float(), nullable=True),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.Column("who_id", sa.String(), nullable=False, server_default=""),
        sa.Column("who_name", sa.String(), nullable=False, server_default=""),
        sa.Column("decided", sa.Float(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("blocks", sa.Text(), nullable=False, server_default="", comment="the code of an edit"),
        sa.Column("scope", sa.String(), nullable=False, server_default="", comment="what a raise is of"),
        sa.Column("subject", sa.String(), nullable=False, server_default="", comment="whose budget that is"),
        sa.Column("unit", sa.String(), nullable=False, server_default=""),
        sa.Column("amount", sa.Float(), nullable=False, server_default="0", comment="what a raise has added"),
        sa.ForeignKeyConstraint(["post"], ["posts.id"], name=op.f("fk_requests_post_posts")),
        sa.ForeignKeyConstraint(["session"], ["sessions.id"], name=op.f("fk_requests_session_sessions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
        comment="What a session waits for from a person; open ones are decided once, by compare-and-set.",
    )
    op.create_index(op.f("ix_requests_session_state"), "requests", ["session", "state"], unique=False)
    op.create_index(op.f("ix_requests_scope_subject"), "requests", ["scope", "subject"], unique=False)


def _add(table: str, name: str, kind: sa.types.TypeEngine[Any], default: Any, comment: str) -> None:
    column = sa.Column(name, kind, nullable=False, server_default=default)
    column.comment = comment
    op.add_column(table, column)

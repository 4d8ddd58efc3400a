"""Where each version of a file came from."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "artifacts",
        sa.Column("session", sa.String(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("block", sa.Integer(), nullable=False, comment="from 1; 0: attached by a person"),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False, server_default="", comment="SHA-256 of the block"),
        sa.Column("inputs", sa.String(), nullable=False, server_default="", comment="SHA-256 of the workspace"),
        sa.Column("image", sa.String(), nullable=False, server_default="", comment="digest of the image"),
        sa.ForeignKeyConstraint(["session"], ["sessions.id"], name=op.f("fk_artifacts_session")),
        sa.PrimaryKeyConstraint("session", "turn", "block", "path", name=op.f("pk_artifacts")),
        comment="Every version of a file that was attached or made, and where it came from.",
    )

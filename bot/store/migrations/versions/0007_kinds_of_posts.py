"""What sort each post is, so that the ends of a session are counted without reading its posts."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kind = sa.Column("kind", sa.String(), nullable=False, server_default="")
    kind.comment = "what sort of post it is"
    op.add_column("posts", kind)
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute(
        "UPDATE posts SET kind = json_extract(post, '$.kind')"
        if sqlite
        else "UPDATE posts SET kind = post::json->>'kind'"
    )
    op.create_index(op.f("ix_posts_session_kind"), "posts", ["session", "kind"], unique=False)

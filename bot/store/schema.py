"""The tables. Times are epoch seconds; JSON columns hold values as `bot.domain.json_codec` writes them.

Strings have no length: platforms and programs choose how long their names are.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _session() -> Column[str]:
    return Column("session", String, ForeignKey("sessions.id"), nullable=False)


sessions = Table(
    "sessions",
    metadata,
    Column("id", String, primary_key=True),
    Column("platform", String, nullable=False),
    Column("workspace", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("thread", String, nullable=False),
    Column("team", String, nullable=False),
    Column("title", String, nullable=False),
    Column("starter_id", String, nullable=False),
    Column("starter_name", String, nullable=False),
    Column("status", String, nullable=False),
    Column("outcome", String),
    Column("why_paused", Text, nullable=False, default=""),
    Column("wake_at", Float),
    Column("seq", Integer, nullable=False, default=0),
    Column("turns", Integer, nullable=False, default=0),
    Column("tokens", Integer, nullable=False, default=0),
    Column("opened_at", Float, nullable=False),
    Column("opened_turns", Integer, nullable=False, default=0),
    Column("opened_tokens", Integer, nullable=False, default=0),
    Column("last_error", Text, nullable=False, default=""),
    Column("errors_in_row", Integer, nullable=False, default=0),
    Column("muted", Boolean, nullable=False, server_default=false()),
    Column("trusted_until", Float, nullable=False, server_default="0", comment="until then all code is approved"),
    Column("worked", Float, nullable=False, server_default="0", comment="seconds that turns have taken"),
    Column("created", Float, nullable=False),
    Column("updated", Float, nullable=False),
    UniqueConstraint("platform", "workspace", "channel", "thread"),
    Index(None, "status"),
    Index(None, "updated"),
    comment="One row a thread; the counters named opened_* say where the current allowance began.",
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", Integer, primary_key=True),
    _session(),
    Column("seq", Integer, nullable=False),
    Column("key", String, nullable=False, unique=True),
    Column("message", String, nullable=False, server_default="", comment="what the platform calls the message"),
    Column("kind", String, nullable=False),
    Column("interrupts", Boolean, nullable=False, server_default=false(), comment="it ends the turn that is on"),
    Column("event", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("turn", Integer, comment="the turn that consumed it; null while it waits"),
    UniqueConstraint("session", "seq"),
    Index(None, "message"),
)

turns = Table(
    "turns",
    metadata,
    Column("session", String, ForeignKey("sessions.id"), primary_key=True),
    Column("turn", Integer, primary_key=True),
    Column("who", String, nullable=False),
    Column("what", Text, nullable=False),
    Column("delta", Text, nullable=False),
    Column("at", Float, nullable=False),
)

blobs = Table(
    "blobs",
    metadata,
    Column("session", String, ForeignKey("sessions.id"), primary_key=True),
    Column("digest", String, primary_key=True),
    Column("data", Text, nullable=False),
    comment="One item of a team's state, by the SHA-256 of its JSON.",
)

runs = Table(
    "runs",
    metadata,
    Column("session", String, ForeignKey("sessions.id"), primary_key=True),
    Column("turn", Integer, primary_key=True),
    Column("blocks", Text, nullable=False),
    Column("started", Float, nullable=False),
    Column("fate", String, key="state", nullable=False, comment="started, done, or stopped before its end"),
    comment="Written before code is sent to a sandbox, so that it is never sent twice.",
)

requests = Table(
    "requests",
    metadata,
    Column("id", String, primary_key=True),
    _session(),
    Column("turn", Integer, nullable=False, comment="the turn that waits for it"),
    Column("kind", String, nullable=False),
    Column("card", Text, nullable=False, comment="what was asked, as it was asked"),
    Column("post", Integer, ForeignKey("posts.id"), nullable=False),
    Column("state", String, nullable=False, comment="open, or how it ended"),
    Column("asked", Float, nullable=False),
    Column("remind_at", Float),
    Column("expires_at", Float, nullable=False),
    Column("who_id", String, nullable=False, server_default=""),
    Column("who_name", String, nullable=False, server_default=""),
    Column("decided", Float),
    Column("reason", Text, nullable=False, server_default=""),
    Column("blocks", Text, nullable=False, server_default="", comment="the code of an edit"),
    Column("scope", String, nullable=False, server_default="", comment="what a raise is of"),
    Column("subject", String, nullable=False, server_default="", comment="whose budget that is"),
    Column("unit", String, nullable=False, server_default=""),
    Column("amount", Float, nullable=False, server_default="0", comment="what a raise has added"),
    Index(None, "session", "state"),
    Index(None, "scope", "subject"),
    comment="What a session waits for from a person; open ones are decided once, by compare-and-set.",
)

posts = Table(
    "posts",
    metadata,
    Column("id", Integer, primary_key=True),
    _session(),
    Column("seq", Integer, nullable=False),
    Column("kind", String, nullable=False, server_default="", comment="what sort of post it is"),
    Column("post", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("delivered", Boolean, nullable=False, default=False),
    Column("stale", Boolean, nullable=False, server_default=false(), comment="changed since it was rendered"),
    UniqueConstraint("session", "seq"),
    Index(None, "delivered", "session"),
    Index(None, "session", "kind"),
    Index(None, "stale"),
)

parts = Table(
    "parts",
    metadata,
    Column("id", String, primary_key=True),
    Column("post", Integer, ForeignKey("posts.id"), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String, nullable=False, comment="new, sending, plain, sent or failed"),
    Column("memo", Text, nullable=False, server_default="", comment="what the adapter noted while delivering"),
    Column("ref_channel", String),
    Column("ref_id", String),
    UniqueConstraint("post", "number"),
    Index(None, "ref_id", "ref_channel"),
)

ledger = Table(
    "ledger",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("session", String, ForeignKey("sessions.id"), nullable=False, index=True),
    Column("turn", Integer, nullable=False),
    Column("agent", String, nullable=False),
    Column("model", String, nullable=False),
    Column("prompt_tokens", Integer, nullable=False),
    Column("completion_tokens", Integer, nullable=False),
    Column("estimated", Boolean, nullable=False),
    Column("cost", Float),
    Column("at", Float, nullable=False, index=True),
    comment="One row an attempt at a model call, also of turns that failed or were stopped.",
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String, unique=True, comment="of the event that was refused, which is noted once"),
    Column("at", Float, nullable=False),
    Column("kind", String, nullable=False),
    Column("session", String, nullable=False, comment="empty where there was none; it may be deleted since"),
    Column("platform", String, nullable=False),
    Column("workspace", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("thread", String, nullable=False),
    Column("who_id", String, nullable=False),
    Column("who_name", String, nullable=False),
    Column("what", Text, nullable=False),
    Index(None, "at"),
    Index(None, "session"),
    Index(None, "who_id"),
    comment="Who did what, where and when. Triggers refuse whatever would change or remove a row.",
)

deletions = Table(
    "deletions",
    metadata,
    Column("session", String, ForeignKey("sessions.id"), primary_key=True),
    Column("who_id", String, nullable=False),
    Column("who_name", String, nullable=False),
    Column("why", String, nullable=False, comment="asked or age"),
    Column("at", Float, nullable=False),
    comment="Sessions that are to be deleted, until nothing of them is left.",
)

files = Table(
    "files",
    metadata,
    Column("session", String, ForeignKey("sessions.id"), primary_key=True),
    Column("path", String, primary_key=True),
    Column("digest", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("media_type", String, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("attached", Boolean, nullable=False),
    comment="The workspace as the last committed turn left it.",
)

artifacts = Table(
    "artifacts",
    metadata,
    Column("session", String, ForeignKey("sessions.id"), primary_key=True),
    Column("turn", Integer, primary_key=True, autoincrement=False),
    Column("block", Integer, primary_key=True, autoincrement=False, comment="from 1; 0: attached by a person"),
    Column("path", String, primary_key=True),
    Column("digest", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("media_type", String, nullable=False),
    Column("code", String, nullable=False, server_default="", comment="SHA-256 of the block"),
    Column("inputs", String, nullable=False, server_default="", comment="SHA-256 of the workspace"),
    Column("image", String, nullable=False, server_default="", comment="digest of the image"),
    comment="Every version of a file that was attached or made, and where it came from.",
)

"""Posts until their platform has them, and the parts each one is sent in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

from sqlalchemy import Connection, insert, select, update

from bot import codec
from bot.events import MessageRef
from bot.posts import Part, Post
from bot.store import sessions as rows
from bot.store.schema import parts, posts

PartState: TypeAlias = Literal["new", "sending", "sent", "failed"]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A post that is not delivered yet, with its parts once it was rendered."""

    id: int
    post: Post
    parts: Sequence[tuple[Part, PartState]]


def add(connection: Connection, session_id: str, new: Sequence[Post], now: float) -> None:
    """Append posts to the session's timeline."""
    if new:
        seqs = rows.next_seqs(connection, session_id, len(new))
        connection.execute(
            insert(posts),
            [
                {
                    "session": session_id,
                    "seq": seq,
                    "post": codec.to_json(codec.post, post),
                    "at": now,
                    "delivered": False,
                }
                for seq, post in zip(seqs, new, strict=True)
            ],
        )


def waiting(connection: Connection) -> list[str]:
    """The sessions with posts to deliver."""
    found = select(posts.c.session).where(posts.c.delivered.is_(False)).distinct()
    return list(connection.scalars(found))


def first(connection: Connection, session_id: str) -> Outgoing | None:
    """The oldest post of a session that is not delivered."""
    open_posts = select(posts).where(posts.c.session == session_id, posts.c.delivered.is_(False))
    row = connection.execute(open_posts.order_by(posts.c.seq).limit(1)).first()
    if row is None:
        return None
    rendered = connection.execute(select(parts).where(parts.c.post == row.id).order_by(parts.c.number))
    return Outgoing(
        row.id,
        codec.post.validate_json(row.post),
        [(Part(part.id, session_id, part.body), cast(PartState, part.state)) for part in rendered],
    )


def store_parts(connection: Connection, post_id: int, rendered: Sequence[Part]) -> None:
    """Keep how a post was rendered, so that a restart sends the same parts."""
    connection.execute(
        insert(parts),
        [
            {"id": part.id, "post": post_id, "number": number, "body": part.body, "state": "new"}
            for number, part in enumerate(rendered)
        ],
    )


def mark(connection: Connection, part_id: str, state: PartState, ref: MessageRef | None = None) -> None:
    """Note how far a part has come and what the platform calls it."""
    change: dict[str, str] = {"state": state}
    if ref is not None:
        change |= {"ref_channel": ref.channel, "ref_id": ref.id}
    connection.execute(update(parts).where(parts.c.id == part_id).values(**change))


def delivered(connection: Connection, post_id: int) -> None:
    """Every part of the post is sent, or failed for good."""
    connection.execute(update(posts).where(posts.c.id == post_id).values(delivered=True))

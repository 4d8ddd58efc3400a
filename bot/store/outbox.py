"""Posts until their platform has them, and the parts each one is sent in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

from sqlalchemy import Connection, exists, insert, or_, select, update

from bot.domain import json_codec
from bot.domain.participants import MessageRef
from bot.domain.posts import Part, Post
from bot.store import sessions as rows
from bot.store.schema import parts, posts

PartState: TypeAlias = Literal["new", "sending", "plain", "sent", "failed"]
"""plain: it was refused, and is being sent as plain text; failed: that was refused as well."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A post that is not delivered yet, with its parts once it was rendered."""

    id: int
    post: Post
    parts: Sequence[tuple[Part, PartState]]

    def in_state(self, *states: PartState) -> list[Part]:
        """The parts that are in one of these states, in order."""
        return [part for part, state in self.parts if state in states]


@dataclass(frozen=True, slots=True)
class Outdated:
    """A post that was delivered and has changed: as it is now, its JSON, and the bodies and names of its parts."""

    id: int
    post: Post
    text: str
    parts: Mapping[str, tuple[str, MessageRef]]


def add(connection: Connection, session_id: str, new: Sequence[Post], now: float) -> list[int]:
    """Append posts to the session's timeline; returns their ids."""
    if not new:
        return []
    seqs = rows.next_seqs(connection, session_id, len(new))
    added = [
        {
            "session": session_id,
            "seq": seq,
            "post": json_codec.to_json(json_codec.post, post),
            "kind": post.kind,
            "at": now,
            "delivered": False,
        }
        for seq, post in zip(seqs, new, strict=True)
    ]
    ids = connection.scalars(insert(posts).returning(posts.c.id, sort_by_parameter_order=True), added)
    return [int(post_id) for post_id in ids]


def thread(connection: Connection, session_id: str) -> list[Post]:
    """Every post of a session, oldest first."""
    found = select(posts.c.post).where(posts.c.session == session_id).order_by(posts.c.seq)
    return [json_codec.post.validate_json(text) for text in connection.scalars(found)]


def seq(connection: Connection, post_id: int) -> int:
    """A post's number in its session's timeline."""
    return int(connection.execute(select(posts.c.seq).where(posts.c.id == post_id)).scalar_one())


def replace(connection: Connection, post_id: int, post: Post) -> None:
    """Show a post as it is now: in place of the one that was there, if that was rendered already."""
    newer = update(posts).where(posts.c.id == post_id)
    connection.execute(newer.values(post=json_codec.to_json(json_codec.post, post), stale=True))


def add_once(connection: Connection, session_id: str, new: Sequence[Post], after_seq: int, now: float) -> bool:
    """Append the posts that the timeline does not have after an entry yet; whether there was any."""
    said = select(posts.c.post).where(posts.c.session == session_id, posts.c.seq > after_seq)
    known = set(connection.scalars(said))
    fresh = [post for post in new if json_codec.to_json(json_codec.post, post) not in known]
    add(connection, session_id, fresh, now)
    return bool(fresh)


def waiting(connection: Connection) -> list[str]:
    """The sessions with posts to deliver, or to show anew."""
    found = select(posts.c.session).where(or_(posts.c.delivered.is_(False), posts.c.stale)).distinct()
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
        json_codec.post.validate_json(row.post),
        [(Part(part.id, session_id, part.body, part.memo), cast(PartState, part.state)) for part in rendered],
    )


def stale(connection: Connection, session_id: str) -> Outdated | None:
    """A delivered post of a session that was changed since."""
    changed = select(posts).where(posts.c.session == session_id, posts.c.delivered, posts.c.stale)
    row = connection.execute(changed.order_by(posts.c.seq).limit(1)).first()
    if row is None:
        return None
    sent = select(parts).where(parts.c.post == row.id, parts.c.state == "sent")
    shown = {part.id: (part.body, MessageRef(part.ref_channel, part.ref_id)) for part in connection.execute(sent)}
    return Outdated(row.id, json_codec.post.validate_json(row.post), row.post, shown)


def renew(connection: Connection, post_id: int, shown: str, bodies: Mapping[str, str]) -> None:
    """The parts of a post have these bodies now; it is up to date unless it has changed since it was `shown`."""
    for part_id, body in bodies.items():
        connection.execute(update(parts).where(parts.c.id == part_id).values(body=body))
    unchanged = (posts.c.id == post_id) & (posts.c.post == shown)
    connection.execute(update(posts).where(unchanged).values(stale=False))


def store_parts(connection: Connection, post_id: int, rendered: Sequence[Part]) -> None:
    """Keep how a post was rendered, so that a restart sends the same parts; the first is about to be sent.

    Without any, the post is delivered. Of a post that was deleted in the mean time nothing is kept.
    """
    if connection.execute(select(posts.c.id).where(posts.c.id == post_id).with_for_update()).first() is None:
        return
    states = ["sending", *["new"] * (len(rendered) - 1)]
    if rendered:
        connection.execute(
            insert(parts),
            [
                {"id": part.id, "post": post_id, "number": number, "body": part.body, "state": state}
                for number, (part, state) in enumerate(zip(rendered, states, strict=True))
            ],
        )
    _close(connection, post_id)


def simplify(connection: Connection, part_id: str, body: str) -> None:
    """The part was refused: from now on it is this plain text, which is about to be sent."""
    connection.execute(update(parts).where(parts.c.id == part_id).values(body=body, memo="", state="plain"))


def remember(connection: Connection, part_id: str, memo: str) -> None:
    """Keep what an adapter notes while it delivers a part."""
    connection.execute(update(parts).where(parts.c.id == part_id).values(memo=memo))


def mark(connection: Connection, part_id: str, state: PartState, ref: MessageRef | None = None) -> bool:
    """Note how far a part has come and what the platform calls it; False when it was deleted in the mean time."""
    change: dict[str, str] = {"state": state}
    if ref is not None:
        change |= {"ref_channel": ref.channel, "ref_id": ref.id}
    marked = update(parts).where(parts.c.id == part_id).values(**change).returning(parts.c.post)
    post_id = connection.scalar(marked)
    if post_id is not None and state in ("sent", "failed"):
        _close(connection, post_id)
    return post_id is not None


def _close(connection: Connection, post_id: int) -> None:
    """The post is delivered when every part of it is sent, or failed for good."""
    open_parts = exists().where(parts.c.post == post_id, parts.c.state.not_in(["sent", "failed"]))
    connection.execute(update(posts).where(posts.c.id == post_id, ~open_parts).values(delivered=True))

"""Values to JSON and back, for the tables, the event stream and the terminal client."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from bot.domain.audit_facts import AuditRecord, Fact
from bot.domain.events import InboxEvent
from bot.domain.posts import Post
from bot.domain.turn_results import What
from bot.domain.views import Entry, FileView, SessionView

event: TypeAdapter[InboxEvent] = TypeAdapter(Annotated[InboxEvent, Field(discriminator="kind")])
post: TypeAdapter[Post] = TypeAdapter(Annotated[Post, Field(discriminator="kind")])
what: TypeAdapter[What] = TypeAdapter(Annotated[What, Field(discriminator="kind")])
item: TypeAdapter[InboxEvent | Post] = TypeAdapter(Annotated[InboxEvent | Post, Field(discriminator="kind")])
entry: TypeAdapter[Entry] = TypeAdapter(Entry)
session: TypeAdapter[SessionView] = TypeAdapter(SessionView)
fact: TypeAdapter[Fact] = TypeAdapter(Annotated[Fact, Field(discriminator="kind")])
record: TypeAdapter[AuditRecord] = TypeAdapter(AuditRecord)
files: TypeAdapter[list[FileView]] = TypeAdapter(list[FileView])


def to_json(adapter: TypeAdapter[Any], value: object) -> str:
    """A value as compact JSON text."""
    return adapter.dump_json(value).decode()

"""Values to JSON and back, for the tables, the event stream and the terminal client."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from bot.audit import Fact, Record
from bot.events import Heard, What
from bot.posts import Post
from bot.views import Entry, FileView, SessionView

event: TypeAdapter[Heard] = TypeAdapter(Annotated[Heard, Field(discriminator="kind")])
post: TypeAdapter[Post] = TypeAdapter(Annotated[Post, Field(discriminator="kind")])
what: TypeAdapter[What] = TypeAdapter(Annotated[What, Field(discriminator="kind")])
item: TypeAdapter[Heard | Post] = TypeAdapter(Annotated[Heard | Post, Field(discriminator="kind")])
entry: TypeAdapter[Entry] = TypeAdapter(Entry)
session: TypeAdapter[SessionView] = TypeAdapter(SessionView)
fact: TypeAdapter[Fact] = TypeAdapter(Annotated[Fact, Field(discriminator="kind")])
record: TypeAdapter[Record] = TypeAdapter(Record)
files: TypeAdapter[list[FileView]] = TypeAdapter(list[FileView])


def to_json(adapter: TypeAdapter[Any], value: object) -> str:
    """A value as compact JSON text."""
    return adapter.dump_json(value).decode()

"""Files to attach, as they are kept between rendering and sending."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import AliasChoices, Field

from bot.adapters.common.session_lookup import Blobs
from bot.domain.events import CodeBlock
from bot.domain.workspace_files import Artifact
from bot.text.code_blocks import file_names
from bot.text.plain_posts import visible


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to attach: the session's artifact of that SHA-256, or else `text`. `size` in bytes.

    Rendered parts in the outbox may name the text `content`.
    """

    name: str
    size: int
    digest: str = ""
    text: Annotated[str, Field(validation_alias=AliasChoices("text", "content"))] = ""


def text_upload(name: str, text: str) -> Upload:
    """A text as a file."""
    return Upload(name, len(text.encode()), text=text)


def code_uploads(blocks: Sequence[CodeBlock]) -> list[Upload]:
    """Each block of code as a file; no character hides in it."""
    return [text_upload(name, visible(block.code)) for name, block in zip(file_names(blocks), blocks, strict=True)]


def upload_bytes(upload: Upload, session: str, blob: Blobs) -> bytes | None:
    """The bytes of a file, None when they are gone; reads from the disk."""
    if not upload.digest:
        return upload.text.encode()
    path = blob(session, upload.digest)
    try:
        return path.read_bytes() if path else None
    except OSError:
        return None


def batches(files: Iterable[Artifact], most: int, most_bytes: int) -> Iterator[list[Artifact]]:
    """Files in groups of at most `most` files and `most_bytes` bytes; a larger file is a group of its own."""
    batch: list[Artifact] = []
    for file in files:
        if batch and (len(batch) == most or sum(each.size for each in batch) + file.size > most_bytes):
            yield batch
            batch = []
        batch.append(file)
    if batch:
        yield batch

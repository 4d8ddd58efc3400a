"""Files that people attached, on their way from the platform into the workspace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from pathlib import PurePosixPath

from bot.domain.errors import BadInput
from bot.domain.events import CodeBlock, Message, RemoteFile
from bot.domain.posts import HOST, AgentPost, Post, StatusPost
from bot.domain.workspace_files import Artifact, FileProfile
from bot.ports import Keep
from bot.text.code_blocks import blocks_in_file
from bot.text.file_profiles import describe_profile
from bot.text.safe_names import clean_path

_HEAD = 4096
_TEXT_ENDINGS = frozenset({".csv", ".tsv", ".txt", ".json", ".jsonl", ".md", ".py"})
_SIGNATURES = {
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive or an Office document",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "a gzip archive",
    b"\x7fELF": "a Linux program",
    b"MZ": "a Windows program",
    b"SQLite format 3": "an SQLite database",
}


@dataclass(frozen=True, slots=True)
class FetchedFiles:
    """Messages whose files are named as they are in the workspace, the files, and sentences for the people."""

    messages: tuple[Message, ...]
    files: tuple[tuple[Artifact, bytes], ...]
    notes: tuple[str, ...]


async def fetch_all(
    messages: Sequence[Message],
    session_id: str,
    fetch: Callable[[RemoteFile, int], Awaitable[bytes]],
    keep: Keep,
    *,
    limit: int,
    room: int,
) -> FetchedFiles:
    """Fetch and keep every attached file; one that cannot be had becomes a note and is left out.

    `limit`: bytes of one file; `room`: bytes of all together.
    """
    with_files: list[Message] = []
    files: list[tuple[Artifact, bytes]] = []
    notes: list[str] = []
    for message in messages:
        taken: list[RemoteFile] = []
        for file in message.files:
            try:
                data = await fetch(file, limit)
            except BadInput as error:
                notes.append(str(error))
                continue
            path = _free(clean_path(file.name), {artifact.path for artifact, _ in files})
            if len(data) > room:
                notes.append(f"{path} does not fit into the workspace any more; attach a sample of it.")
                continue
            try:
                artifact = await keep(session_id, path, data)
            except BadInput as error:
                notes.append(str(error))
                continue
            room -= len(data)
            files.append((artifact, data))
            taken.append(replace(file, name=artifact.path, size=artifact.size))
            notes.extend(filter(None, [mismatch(artifact.path, data[:_HEAD])]))
        with_files.append(replace(message, files=tuple(taken)))
    return FetchedFiles(tuple(with_files), tuple(files), tuple(notes))


async def read_code(
    files: Sequence[RemoteFile], fetch: Callable[[RemoteFile, int], Awaitable[bytes]], limit: int
) -> tuple[CodeBlock, ...] | str:
    """The code that a person attached, as one file a block or as a text with blocks, or why there is none.

    `limit`: bytes of one file.
    """
    blocks: list[CodeBlock] = []
    for file in files:
        try:
            blocks += blocks_in_file(file.name, await fetch(file, limit))
        except BadInput as error:
            return str(error)
        except UnicodeDecodeError:
            return f"{file.name} is not text in UTF-8; nothing was decided."
    return tuple(blocks)


def posts(fetched: FetchedFiles) -> list[Post]:
    """What the thread sees of files that came: what is in them, and what cannot be had or read."""
    cards = [file.card for message in fetched.messages for file in message.files if file.card]
    return [
        *(StatusPost(note) for note in fetched.notes),
        *(AgentPost(HOST, describe_profile(card)) for card in cards),
    ]


def with_profiles(fetched: FetchedFiles, cards: Sequence[FileProfile]) -> FetchedFiles:
    """The same, with what is in each file."""
    by_path = {card.path: card for card in cards}
    messages = (
        replace(message, files=tuple(replace(file, card=by_path.get(file.name)) for file in message.files))
        for message in fetched.messages
    )
    return replace(fetched, messages=tuple(messages))


def _free(path: PurePosixPath, taken: Collection[str]) -> PurePosixPath:
    """A name that no other file of this turn has: pasted pictures all have the same."""
    numbered = (path.with_stem(f"{path.stem}-{number}") for number in count(2))
    return next(name for name in chain([path], numbered) if str(name) not in taken)


def mismatch(name: str, head: bytes) -> str:
    """A sentence when a file named as text begins like something else, "" when it does not."""
    ending = name[name.rfind(".") :].lower()
    if not head:
        return f"{name} is empty."
    if ending not in _TEXT_ENDINGS:
        return ""
    for signature, kind in _SIGNATURES.items():
        if head.startswith(signature):
            return f"{name} is not what its name says: it looks like {kind}."
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return f"{name} is not what its name says: it is not text."
    return ""

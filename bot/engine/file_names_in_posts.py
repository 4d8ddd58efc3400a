"""Posts whose words link to files, as the thread gets them: there is no address behind such a link."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TypeVar

from bot.domain.posts import AgentPost, CodePost, Post, QuestionPost
from bot.engine.attachments import FetchedFiles
from bot.engine.plan import TurnOutcome
from bot.store import turns
from bot.store.database import Database
from bot.text.file_links import may_link_files, without_file_links

_Post = TypeVar("_Post", bound=Post)


async def with_file_names(
    outcome: TurnOutcome, session_id: str, fetched: FetchedFiles, database: Database
) -> TurnOutcome:
    """What follows from a turn, without links to files; the workspace is read only if there could be any."""
    if not any(may_link_files(text) for post in _posts(outcome) for text in _words(post)):
        return outcome
    kept = await database.read(turns.workspace, session_id)
    return _with_names(outcome, {file.path for file in [*kept, *(file for file, _ in fetched.files)]})


def _with_names(outcome: TurnOutcome, files: Collection[str]) -> TurnOutcome:
    asks = outcome.asks
    if asks is not None:
        asks = replace(asks, card=_post(asks.card, files))
    return replace(outcome, posts=tuple(_post(post, files) for post in outcome.posts), asks=asks)


def _posts(outcome: TurnOutcome) -> list[Post]:
    return [*outcome.posts, *([outcome.asks.card] if outcome.asks else [])]


def _words(post: Post) -> tuple[str, ...]:
    match post:
        case AgentPost(_, text) | CodePost(_, text):
            return (text,)
        case QuestionPost(_, text, question):
            return text, question
        case _:
            return ()


def _post(post: _Post, files: Collection[str]) -> _Post:
    plain: Callable[[str], str] = lambda text: without_file_links(text, files)  # noqa: E731
    match post:
        case AgentPost() | CodePost():
            return replace(post, text=plain(post.text))
        case QuestionPost():
            return replace(post, text=plain(post.text), question=plain(post.question))
        case _:
            return post

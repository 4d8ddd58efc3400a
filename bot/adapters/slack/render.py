"""Posts as messages and uploads of Slack: pure."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from bot.adapters.common.excerpts import MOST_MESSAGES, shortened_characters, shortened_lines
from bot.adapters.common.figures import summary_facts
from bot.adapters.common.upload_parts import Upload, batches, code_uploads, text_upload
from bot.adapters.slack.blocks import actions, context, rich, small
from bot.adapters.slack.body import Body, RestStatus, dump
from bot.adapters.slack.mrkdwn import clean, escape, escaped, moment
from bot.adapters.slack.request_cards import card_body
from bot.adapters.slack.rich_text import Element, elements, plain, preformatted, section
from bot.adapters.slack.split import length, pack
from bot.adapters.slack.stop_buttons import run_of, stop_button
from bot.domain.events import CodeBlock
from bot.domain.policy import Verbosity
from bot.domain.posts import (
    AgentPost,
    ApprovalPost,
    BudgetPost,
    CheckPost,
    CodePost,
    CostPost,
    FilesPost,
    OutputPost,
    Part,
    Post,
    QuestionPost,
    RequestCard,
    StatusPost,
    SummaryPost,
)
from bot.domain.turn_results import RunResult
from bot.domain.workspace_files import Artifact
from bot.text.plain_posts import deadline, visible
from bot.text.plain_posts import plain as words

_FILES_A_MESSAGE = 10
_OUTPUT_LINES = (30, 10)
"""The first and the last lines that are shown of long output."""
_OUTPUT_CHARACTERS = 3_000
_FALLBACK = 3_000
_DECIDED = 500
_ENDINGS = {"finished": "✅", "answered": "💬", "unfinished": "✋", "stopped": "🛑", "limit": "⏸️", "failed": "⚠️"}


def render(session: str, post_id: str, post: Post, verbosity: Verbosity) -> tuple[Part, ...]:
    """The parts that show a post, in order; quiet channels get neither code nor other work."""
    if verbosity == "quiet" and _is_work(post):
        return ()
    bodies = _bodies(session, post_id, post)
    return tuple(Part(f"{post_id}-{number}", session, dump(body)) for number, body in enumerate(bodies, 1))


def _is_work(post: Post) -> bool:
    """Whether a post is neither status, nor file, nor question, nor result."""
    return isinstance(post, CodePost | OutputPost) or (isinstance(post, AgentPost) and not post.final)


def _bodies(session: str, post_id: str, post: Post) -> Iterator[Body]:
    match post:
        case AgentPost(agent, text):
            yield from _prose(agent, text)
        case CodePost(agent, text):
            stop = actions(stop_button(run_of(f"{session}:{post_id}"), style="danger"))
            yield from _prose(agent, text, [stop])
        case OutputPost(agent, results):
            yield from _output(agent, results)
        case FilesPost(agent, files):
            yield from _files(agent, files)
        case StatusPost(text):
            yield from _messages("", [section([plain(clean(text) or " ")])])
        case SummaryPost():
            yield _closing(post)
        case CostPost():
            yield from _messages("", [section([plain(clean(words(post)))])])
        case card:
            yield from _card(session, card)


def _card(session: str, card: RequestCard) -> Iterator[Body]:
    match card:
        case QuestionPost():
            yield from _question(card)
        case ApprovalPost(agent, blocks):
            # The code comes before the buttons, so that no one decides about code that is not shown yet.
            yield from _code_in_full(agent, blocks)
            yield card_body(session, card)
        case BudgetPost() | CheckPost():
            yield card_body(session, card)


def _question(post: QuestionPost) -> Iterator[Body]:
    """The last message says until when the question can be answered and, later, who answered it."""
    asked = [section([plain("❓ "), plain(clean(post.question), "bold")])]
    if post.decided is not None:
        when = f"{escape(post.decided.text[:_DECIDED])} {moment(post.decided.at)}"
    else:
        when = deadline(post, moment)
    below = [small(when)] if when else []
    mood: RestStatus = "" if post.decided else "suspended"
    yield from _messages(post.agent, [*elements(post.text), *asked], below=below, mood=mood)


def _code_in_full(agent: str, blocks: Sequence[CodeBlock]) -> Iterator[Body]:
    """All of it, as files where it is long."""
    yield from _messages(
        agent, list(_code(blocks)), whole=code_uploads(blocks), told="The whole code is attached."
    )


def _code(blocks: Sequence[CodeBlock]) -> Iterator[Element]:
    for number, block in enumerate(blocks, 1):
        if len(blocks) > 1:
            yield section([plain(f"{number} of {len(blocks)}, {clean(block.language) or 'python'}", "italic")])
        yield preformatted(visible(block.code))


def _prose(agent: str, text: str, below: Sequence[Element] = ()) -> Iterator[Body]:
    found = elements(text) or [section([plain("(nothing)", "italic")])]
    yield from _messages(agent, found, below=below, whole=[text_upload(f"{agent}.md", clean(text))])


def _messages(
    agent: str,
    found: Sequence[Element],
    *,
    below: Sequence[Element] = (),
    whole: Sequence[Upload] = (),
    told: str = "The whole text is attached.",
    mood: RestStatus = "",
) -> Iterator[Body]:
    """Elements as messages; with `whole`, only the first of too many messages, and the files."""
    packed = pack(found)
    too_much = bool(whole) and len(packed) > MOST_MESSAGES
    shown = packed[:1] if too_much else packed
    for number, group in enumerate(shown, 1):
        last = number == len(shown)
        blocks = (rich(group), *(below if last else ()))
        yield Body(_fallback(group), blocks, agent, mood=mood if last else "")
    for start in range(0, len(whole) if too_much else 0, _FILES_A_MESSAGE):
        yield _attached(agent, whole[start : start + _FILES_A_MESSAGE], told)


def _output(agent: str, results: Sequence[RunResult]) -> Iterator[Body]:
    found: list[Element] = []
    cut: list[Upload] = []
    for number, result in enumerate(results, 1):
        output = clean(result.output).strip("\n")
        found.append(section([plain(_ending(result), "bold")]))
        if result.note:
            found.append(section([plain(clean(result.note), "italic")]))
        if output:
            shown = shortened_characters(shortened_lines(output, *_OUTPUT_LINES), _OUTPUT_CHARACTERS)
            found.append(preformatted(shown))
            if shown != output:
                name = "output.txt" if len(results) == 1 else f"output-{number}.txt"
                cut.append(text_upload(name, output))
    yield from _messages(agent, found or [section([plain("(nothing)", "italic")])])
    if cut:
        yield _attached(agent, cut, "The whole output is attached.")


def _ending(result: RunResult) -> str:
    if result.is_unseen:
        return f"⚠️ {result.killed}"
    if result.killed:
        return f"⚠️ {result.killed}, {result.seconds:.1f} s"
    mark = "✅" if result.ok else "❌"
    return f"{mark} exit code {result.exit_code}, {result.seconds:.1f} s"


def _files(agent: str, files: Sequence[Artifact]) -> Iterator[Body]:
    empty = [file for file in files if not file.size]
    for batch in batches((file for file in files if file.size), _FILES_A_MESSAGE, sys.maxsize):
        group = [Upload(clean(file.path), file.size, file.digest) for file in batch]
        # Slack makes links of what looks like an address, except in code.
        names = ", ".join(f"`{upload.name.replace('`', '')}`" for upload in group)
        yield _attached(agent, group, f"Made {names}")
    if empty or not files:
        names = ", ".join(clean(file.path) for file in empty)
        told = f"Made {names}: empty." if empty else "No files."
        yield from _messages(agent, [section([plain(told)])])


def _attached(agent: str, uploads: Sequence[Upload], told: str) -> Body:
    return Body(escaped(told, _FALLBACK), agent=agent, uploads=tuple(uploads))


def _closing(post: SummaryPost) -> Body:
    facts = " · ".join(summary_facts(post))
    line = f"{_ENDINGS[post.outcome]} {clean(post.text)}"
    (told, *_) = pack([section([plain(line, "bold")])])
    return Body(escaped(f"{line} ({facts})", _FALLBACK), (rich(told), context(facts)), mood="closed")


def _fallback(group: Sequence[Element]) -> str:
    """The text of notifications, also used when Slack refuses the blocks."""
    told = "\n".join(_spoken(element) for element in group if length(element))
    return escaped(told, _FALLBACK).strip() or "…"


def _spoken(element: Element) -> str:
    inner = element.get("elements")
    if inner is None:
        return str(element.get("text") or element.get("url") or "")
    return "".join(_spoken(item) for item in inner)

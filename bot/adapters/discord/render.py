"""Posts as messages on Discord: pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.adapters.common.excerpts import MOST_MESSAGES, shortened_characters, shortened_lines
from bot.adapters.common.figures import dollars, duration
from bot.adapters.common.request_choices import Mood, offers
from bot.adapters.common.upload_parts import Upload, batches, code_uploads, text_upload
from bot.adapters.discord.body import MESSAGE, Body, DecisionButton, StatusCard, pack, question_id, unpack
from bot.adapters.discord.markdown import escaped, fenced, harmless, inline, moment, visible
from bot.adapters.discord.split import size, split
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
    StatusPost,
    SummaryPost,
)
from bot.domain.posts import RequestCard as AnyCard
from bot.domain.turn_results import RunResult
from bot.domain.workspace_files import Artifact
from bot.text.plain_posts import deadline, earlier_code
from bot.text.plain_posts import plain as words
from bot.text.plain_posts import visible as reveal

FILES = 10
"""The most files of one message; below, the most bytes of one request."""
REQUEST = 24 * 1024 * 1024
_HEAD = 1200
_OUTPUT = 1500
_ENDS = 700
_OUTPUT_LINES = (30, 10)
"""The first and the last lines that are shown of long output."""
_DECIDED = 300
_MOODS: dict[str, Mood] = {"finished": "good", "answered": "good", "failed": "bad"}
_SIGNS = {"finished": "🏁", "answered": "💬", "unfinished": "✋", "stopped": "🛑", "limit": "⏸️", "failed": "⚠️"}
_HIDDEN_WHEN_QUIET = (CodePost, OutputPost)


def render(session: str, post_id: str, post: Post, verbosity: Verbosity) -> tuple[Part, ...]:
    """The messages that show a post; quiet channels get neither code nor its output."""
    if verbosity == "quiet" and isinstance(post, _HIDDEN_WHEN_QUIET):
        return ()
    bodies = list(_bodies(session, post))
    return tuple(pack(f"{session}-{post_id}-{number}", session, body) for number, body in enumerate(bodies, 1))


def plain(part: Part) -> Part | None:
    """A message with only its text, file names and buttons; None when it was that simple already."""
    body = unpack(part)
    if body.plain:
        return None
    facts = [f"{name}: {value}" for name, value in body.card.facts] if body.card else []
    names = [f"(not attached: {inline(file.name)})" for file in body.files]
    text = "\n".join([body.text, *facts, *names])
    return pack(part.id, part.session, Body(_shortened(text, MESSAGE), offers=body.offers, plain=True))


def _bodies(session: str, post: Post) -> Iterator[Body]:
    match post:
        case AgentPost(agent, text) | CodePost(agent, text):
            yield from _said(agent, text)
        case OutputPost(agent, results):
            for result in results:
                yield _result(agent, result)
        case FilesPost(agent, files):
            yield from _files(agent, files)
        case StatusPost(text):
            yield Body(f"ℹ️ {_shortened(harmless(text), _OUTPUT)}", plain=True)
        case SummaryPost():
            yield _summary(post)
        case CostPost():
            yield Body(f"ℹ️ {_shortened(harmless(words(post)), _OUTPUT)}", plain=True)
        case card:
            yield from _card(session, card)


def _card(session: str, card: AnyCard) -> Iterator[Body]:
    """What people decide about; the last message changes when it is decided."""
    ending = _ending(card)
    match card:
        case QuestionPost(agent, text, question):
            if text.strip():
                yield from _said(agent, text)
            asked = f"❓ {_head(agent)} asks:\n>>> {_shortened(harmless(question), _OUTPUT) or '…'}"
            open_question = "" if card.decided else question_id(agent, question)
            yield Body("\n".join(filter(None, [ending, asked])), question=open_question)
        case ApprovalPost(agent, blocks, digest, request):
            # The code comes before the buttons, so that no one decides about code that is not shown yet.
            yield from _code(agent, blocks)
            asks = f"❓ {_head(agent)} wants to run the code above."
            head, *earlier = earlier_code(card) or [""]
            known = f"SHA-256 `{digest}` · request `{request}`"
            how = f"To change the code, press Edit, or reply `edit {request}` with a block of code or a file."
            builds_on = fenced("\n".join(earlier)) if earlier else ""
            said = [asks, head, builds_on, known, "" if card.decided else how, ending]
            yield Body("\n".join(filter(None, said)), offers=_buttons(session, card))
        case BudgetPost(text) | CheckPost(text):
            asks = f"❓ {_shortened(harmless(text), _OUTPUT)}\nrequest `{card.request}`"
            yield Body("\n".join(filter(None, [asks, ending])), offers=_buttons(session, card), plain=True)


def _buttons(session: str, card: ApprovalPost | BudgetPost | CheckPost) -> tuple[DecisionButton, ...]:
    return tuple(DecisionButton(each.label, each.mood, each.choice.id) for each in offers(session, card))


def _ending(card: AnyCard) -> str:
    """How a card ended and when, or until when it can be decided."""
    if card.decided is None:
        return deadline(card, moment)
    return f"**{_shortened(harmless(card.decided.text), _DECIDED)}** {moment(card.decided.at)}"


def _code(agent: str, blocks: Sequence[CodeBlock]) -> Iterator[Body]:
    """All of the code; what needs too many messages is shown in part, and attached whole."""
    text = "\n".join(fenced(reveal(block.code), block.language) for block in blocks)
    pieces = split(f"{_head(agent)}\n{text}", MESSAGE)
    if len(pieces) <= MOST_MESSAGES and not any("```" in block.code for block in blocks):
        yield from (Body(piece) for piece in pieces)
        return
    (beginning, *_) = split(f"{_head(agent)}\n{text}", _HEAD)
    files = code_uploads(blocks)
    for start in range(0, len(files), FILES):
        told = "the whole code is attached." if not start else "more of it:"
        yield Body(f"{beginning}\n… {told}" if not start else f"… {told}", tuple(files[start : start + FILES]))


def _head(agent: str) -> str:
    return f"**{escaped(agent)}**"


def _said(agent: str, text: str) -> Iterator[Body]:
    """An agent's message; what needs too many messages is shown in part, and attached whole."""
    safe = harmless(text)
    if not safe:
        yield Body(f"{_head(agent)} said nothing.")
        return
    pieces = split(f"{_head(agent)}\n{safe}", MESSAGE)
    if len(pieces) <= MOST_MESSAGES:
        yield from (Body(piece) for piece in pieces)
        return
    (beginning, *_) = split(f"{_head(agent)}\n{safe}", _HEAD)
    yield Body(f"{beginning}\n… the whole message is in the file.", (text_upload("message.md", visible(text)),))


def _result(agent: str, result: RunResult) -> Body:
    ending = f"killed: {result.killed}" if result.killed else f"exit code {result.exit_code}"
    took = "" if result.is_unseen else f" · {result.seconds:.1f} s"
    lines = [f"{_head(agent)} {'✅' if result.ok else '❌'} {ending}{took}"]
    if result.note:
        lines.append(_shortened(harmless(result.note), 300))
    output = visible(result.output).strip("\n")
    if size(fenced(output)) <= _OUTPUT:
        return Body("\n".join([*lines, fenced(output)] if output.strip() else lines))
    lines.append(fenced(shortened_characters(shortened_lines(output, *_OUTPUT_LINES), _ENDS)))
    lines.append("The whole output is in the file.")
    return Body("\n".join(lines), (text_upload("output.txt", output),))


def _files(agent: str, files: Sequence[Artifact]) -> Iterator[Body]:
    if not files:
        yield Body(f"{_head(agent)} made no files.")
    taken: set[str] = set()
    for batch in batches(files, FILES, REQUEST):
        uploads = tuple(Upload(_flat(file.path, taken), file.size, file.digest) for file in batch)
        names = ", ".join(inline(file.path) for file in batch)
        yield Body(f"{_head(agent)} made {_shortened(names, _OUTPUT)}", uploads)


def _flat(path: str, taken: set[str]) -> str:
    """A file's name without folders; with them where the name is taken."""
    name = path.rpartition("/")[2]
    if name in taken:
        name = path.replace("/", "_")
    taken.add(name)
    return name


def _summary(post: SummaryPost) -> Body:
    facts = (
        ("Time", duration(post.seconds)),
        ("Turns", str(post.turns)),
        ("Tokens", f"{post.tokens:,}"),
        ("Cost", dollars(post.cost)),
    )
    text = f"{_SIGNS[post.outcome]} {_shortened(harmless(post.text), _OUTPUT)}"
    return Body(text, card=StatusCard(post.outcome.capitalize(), facts, _MOODS.get(post.outcome, "neutral")))


def _shortened(text: str, limit: int) -> str:
    """The first piece of a text, with "…" when there is more."""
    pieces = split(text, limit - 2)
    return "" if not pieces else pieces[0] if len(pieces) == 1 else f"{pieces[0]} …"

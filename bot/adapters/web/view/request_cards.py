"""Cards: what waits for a person, with the buttons that decide it, and how it was decided."""

from __future__ import annotations

from typing import cast

from markupsafe import Markup

from bot.adapters.web.view.code import code
from bot.adapters.web.view.prose import prose
from bot.adapters.web.view.readable import spoken
from bot.adapters.web.view.templates import macros
from bot.domain.events import CodeBlock
from bot.domain.posts import (
    ApprovalPost,
    BudgetPost,
    CheckPost,
    CostPost,
    QuestionPost,
    RequestCard,
)
from bot.text.plain_posts import earlier_code, visible

_T = macros("cards.html")


def card(session: str, post: RequestCard) -> Markup:
    """A card in a session's thread, with all of the code it is about."""
    match post:
        case ApprovalPost():
            blocks = Markup("").join(_all_of(block) for block in post.blocks)
            return cast(Markup, _T.approval(session, post, spoken(post.agent), blocks, earlier_code(post)))
        case BudgetPost():
            return cast(Markup, _T.budget(session, post))
        case CheckPost():
            return cast(Markup, _T.check(session, post))
        case QuestionPost(_, text, question):
            return cast(Markup, _T.question(post, prose(text) if text.strip() else "", prose(question)))


def _all_of(block: CodeBlock) -> Markup:
    """A block with nothing folded or invisible: a person is to approve it."""
    text = visible(block.code)
    return code(text, block.language, fold=text.count("\n") + 1)


def costs(post: CostPost) -> Markup:
    """Where the money went."""
    return cast(Markup, _T.costs(post))

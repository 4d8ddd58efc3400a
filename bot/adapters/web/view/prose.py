"""Untrusted Markdown as HTML that can do nothing.

Raw HTML is shown as text. Links go to http and https only, in a new tab that learns nothing of this page. Pictures
from elsewhere become links, so that reading a thread requests nothing from other servers.
"""

# ruff: noqa: ARG001  markdown-it calls every rule with the same arguments

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import Any, TypeAlias

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

from bot.adapters.web.view.code import code

MAX_MARKDOWN = 100_000
_DEEPEST = 6
_LINK = Markup('<a href="{}" target="_blank" rel="noopener noreferrer nofollow">')

Tokens: TypeAlias = Sequence[Token]
Env: TypeAlias = MutableMapping[str, Any]


def prose(text: str) -> Markup:
    """Markdown as HTML."""
    if len(text) > MAX_MARKDOWN:
        return Markup('<div class="prose"><p class="plain">{}</p></div>').format(text)
    return Markup('<div class="prose">{}</div>').format(Markup(_MARKDOWN.render(text)))  # noqa: S704  html is off


def _link_open(renderer: RendererHTML, tokens: Tokens, index: int, options: Any, env: Env) -> str:
    href = _web(tokens[index].attrGet("href"))
    env.setdefault("links", []).append(bool(href))
    return _LINK.format(href) if href else '<span class="dead-link">'


def _link_close(renderer: RendererHTML, tokens: Tokens, index: int, options: Any, env: Env) -> str:
    return "</a>" if env["links"].pop() else "</span>"


def _image(renderer: RendererHTML, tokens: Tokens, index: int, options: Any, env: Env) -> str:
    token = tokens[index]
    href = _web(token.attrGet("src"))
    label = renderer.renderInlineAsText(token.children, options, env) or str(token.attrGet("src"))
    if not href or env.get("links"):
        return Markup('<span class="dead-link">{}</span>').format(label)
    return _LINK.format(href) + Markup("{}</a>").format(label)


def _fence(renderer: RendererHTML, tokens: Tokens, index: int, options: Any, env: Env) -> str:
    words = tokens[index].info.split()
    return code(tokens[index].content, words[0].lower() if words else "")


def _heading(renderer: RendererHTML, tokens: Tokens, index: int, options: Any, env: Env) -> str:
    token = tokens[index]
    level = min(int(token.tag[1]) + 2, _DEEPEST)
    return f"<h{level}>" if token.nesting == 1 else f"</h{level}>\n"


def _table_open(renderer: RendererHTML, tokens: Tokens, index: int, options: Any, env: Env) -> str:
    return '<div class="wide" tabindex="0" role="group" aria-label="Table"><table>'


def _table_close(renderer: RendererHTML, tokens: Tokens, index: int, options: Any, env: Env) -> str:
    return "</table></div>\n"


def _web(address: object) -> str:
    text = str(address or "")
    return text if text.lower().startswith(("http://", "https://")) else ""


def _any_link(url: str) -> bool:
    return True


def _markdown() -> MarkdownIt:
    options = {"html": False, "linkify": False, "breaks": True, "maxNesting": 20}
    markdown = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    # Every address is parsed as one, and the rules below alone decide what becomes a link.
    markdown.validateLink = _any_link  # type: ignore[method-assign]
    rules = {
        "link_open": _link_open,
        "link_close": _link_close,
        "image": _image,
        "fence": _fence,
        "code_block": _fence,
        "heading_open": _heading,
        "heading_close": _heading,
        "table_open": _table_open,
        "table_close": _table_close,
    }
    for name, rule in rules.items():
        markdown.add_render_rule(name, rule)
    return markdown


_MARKDOWN = _markdown()

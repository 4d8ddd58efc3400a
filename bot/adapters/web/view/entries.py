"""The lines of a thread: what people said and did, and what the team posted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import cast
from urllib.parse import quote

from markupsafe import Markup

from bot.adapters.common.session_lookup import Blobs
from bot.adapters.web.view.code import output
from bot.adapters.web.view.prose import prose
from bot.adapters.web.view.readable import AgentColours, capital, initials, spoken
from bot.adapters.web.view.request_cards import card, costs
from bot.adapters.web.view.table_preview import preview
from bot.adapters.web.view.templates import macros
from bot.domain.events import CostAsked, Decision, Message, Mute, Stop
from bot.domain.posts import (
    HOST,
    AgentPost,
    ApprovalPost,
    BudgetPost,
    CheckPost,
    CodePost,
    CostPost,
    FilesPost,
    OutputPost,
    Post,
    QuestionPost,
    RequestCard,
    StatusPost,
    SummaryPost,
)
from bot.domain.turn_results import RunResult
from bot.domain.views import Entry
from bot.domain.workspace_files import Artifact

_T = macros("entries.html")
_EMPTY = Markup("")
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_TABLES = (".csv", ".tsv")
_TABLES_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Shown:
    """A file and where the browser finds it; `url` never means other bytes."""

    path: str
    size: int
    url: str


def shown(session: str, file: Artifact) -> Shown:
    """An artifact as the page shows it."""
    url = f"/api/sessions/{quote(session, safe='')}/blobs/{file.digest}?name={quote(file.path, safe='')}"
    return Shown(file.path, file.size, url)


@dataclass(slots=True)
class Thread:
    """Turns one session's entries into HTML, one after the other, in order. It may block: call it in a thread."""

    session: str
    blob: Blobs
    colours: AgentColours
    speaker: str = ""

    def render(self, entry: Entry) -> Markup:
        """The next entry."""
        match entry.item:
            case Message() as message:
                return self._person(message, entry.at)
            case Stop(who=who):
                return self._note("stop", f"{capital(who.name)} stopped the team", entry.at)
            case Mute(who=who, muted=muted):
                order = "muted the team" if muted else "asked the team to listen again"
                return self._note("info", f"{capital(who.name)} {order}", entry.at)
            case Decision() as decision:
                return self._note("info", f"{capital(decision.who.name)} {_decided(decision)}", entry.at)
            case CostAsked(who=who):
                return self._note("info", f"{capital(who.name)} asked what it cost", entry.at)
            case post:
                return self._post(post, entry.at)

    def renewed(self, post: RequestCard, at: float) -> Markup:
        """A card that was shown before, as it is now."""
        return self._card(post, at, goes_on=False)

    def _post(self, post: Post, at: float) -> Markup:
        match post:
            case AgentPost(agent, text) | CodePost(agent, text):
                html = self._agent(agent, at, prose(text))
            case OutputPost(agent, results):
                html = self._executor(agent, at, _EMPTY.join(map(_result, results)))
            case FilesPost(agent, files):
                speaks = self._agent if agent == HOST else self._executor
                html = speaks(agent, at, self._files(files))
            case ApprovalPost(agent) | QuestionPost(agent):
                html = self._card(post, at, goes_on=self._goes_on(agent))
            case BudgetPost() | CheckPost():
                self.speaker = ""
                html = self._card(post, at, goes_on=False)
            case CostPost():
                self.speaker = ""
                html = costs(post)
            case StatusPost(text):
                html = self._note("info", text, at)
            case SummaryPost() as summary:
                self.speaker = ""
                html = _T.summary(summary, at)
        return html

    def _card(self, post: RequestCard, at: float, *, goes_on: bool) -> Markup:
        shown_card = card(self.session, post)
        match post:
            case ApprovalPost(agent) | QuestionPost(agent):
                kind = "asks" if isinstance(post, QuestionPost) else ""
                colour = "me" if _by_a_person(post) else self.colours.of(agent)
                return cast(Markup, _T.turn(spoken(agent), initials(agent), at, shown_card, colour, kind, goes_on))
            case BudgetPost() | CheckPost():
                return shown_card

    def _person(self, message: Message, at: float) -> Markup:
        said = prose(message.text) if message.text.strip() else _EMPTY
        body = said + (_T.attached(message.files) if message.files else _EMPTY)
        self.speaker = ""
        name = message.who.name
        return cast(Markup, _T.turn(capital(name), initials(name), at, body, "me", "person"))

    def _agent(self, name: str, at: float, body: Markup, kind: str = "") -> Markup:
        colour = self.colours.of(name)
        return cast(Markup, _T.turn(spoken(name), initials(name), at, body, colour, kind, self._goes_on(name)))

    def _executor(self, name: str, at: float, body: Markup) -> Markup:
        return cast(Markup, _T.turn(spoken(name), ">_", at, body, "ran", "", self._goes_on(name)))

    def _goes_on(self, name: str) -> bool:
        same, self.speaker = name == self.speaker, name
        return same

    def _note(self, sign: str, text: str, at: float) -> Markup:
        self.speaker = ""
        return cast(Markup, _T.note(sign, text, at))

    def _files(self, files: Sequence[Artifact]) -> Markup:
        all_shown = [shown(self.session, file) for file in files]
        pictures = [shown(self.session, file) for file in files if file.media_type in _PICTURES]
        csvs = [file for file in files if PurePosixPath(file.path).suffix.lower() in _TABLES]
        tables = [self._table(file) for file in csvs[:_TABLES_SHOWN]]
        return cast(Markup, _T.files(all_shown, pictures, tables))

    def _table(self, file: Artifact) -> Markup:
        path = self.blob(self.session, file.digest)
        return (preview(path, file.path) if path else None) or _EMPTY


def _by_a_person(post: RequestCard) -> bool:
    """Whether it shows code that a person put in place of an agent's, which needs no approval."""
    return isinstance(post, ApprovalPost) and post.decided is not None and not post.expires_at


def _decided(decision: Decision) -> str:
    match decision.verdict:
        case "approve":
            return "approved the code"
        case "approve_all":
            return "approved this code and what follows"
        case "reject":
            return "rejected the code" + (f": {decision.reason}" if decision.reason else "")
        case "edit":
            return "edited the code"
        case "raise":
            return "raised the budget"
        case "go_on":
            return "let the team go on"
        case "finish" | "stop":
            return "let the team finish"


def _result(result: RunResult) -> Markup:
    html = output(result)
    return html + _T.advice(result.note) if result.note else html

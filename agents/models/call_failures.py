"""What a failed model call means: one sentence, whether to try again, and whether it may have cost something.

Servers of one kind word the same error in many ways; where only the words tell, patterns read them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from time import time
from typing import Any

import httpx

from agents.models.choice import PROVIDERS, ModelChoice
from agents.models.http_stream import LARGEST, AnswerTooLarge, BrokenOff, ErrorStatus, TooLong, Unreadable
from agents.models.port import Answer, Finish
from bot.domain.errors import ContextOverflow, ModelRefused, ModelUnavailable, TurnError

_LATER = frozenset({408, 409, 425, 429})
_LOST = frozenset({408, 502, 504, 520, 522, 523, 524})
"""A gateway gave up waiting for a model, which may have finished and been paid."""
_PHRASES = {429: "rate limit", 529: "overloaded"}
_LONGEST_WAIT = 86_400.0
"""Seconds; no server means more than a day."""
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, ConnectionError)

_CREDIT = re.compile(r"insufficient_quota|credit.balance|billing|spend.?limit|no credits", re.IGNORECASE)
_RATE = re.compile(r"RESOURCE_EXHAUSTED", re.IGNORECASE)
"""Gemini's word for a limit a minute or a day, beside a sentence about billing."""
_RETRY = re.compile(r"retry in ([\d.]{1,12}) ?s", re.IGNORECASE)
_KEY = re.compile(r"API key not valid|make sure your API key is valid|API_KEY_INVALID", re.IGNORECASE)
"""How Gemini says with a 400, and Bedrock with a 403, what others say with a 401."""
_OVERFLOWS = (
    r"context.?(length|window|size)",
    r"context the overflows",
    r"(prompt|input|request)( \(\S+ tokens\))? (is |was )?too (long|large)",
    r"too (long|large) for (the |this |requested )?model",
    r"too many (input )?tokens",
    r"longer than the (maximum )?model",
    r"(maximum|max) (prompt|input|sequence) length",
    r"token count.{0,40}exceeds",
    r"input length.{0,40}exceeds",
    r"max_new_tokens. must be",
    r"reduce the length of the (messages|prompt|input)",
)
"""How servers say that a request is longer than what the model reads."""
_CONTEXT = re.compile("|".join(_OVERFLOWS), re.IGNORECASE)
_PICTURES = re.compile(r"\b(images?|image_url|vision|multi-?modal|mmproj|pictures?)\b", re.IGNORECASE)
_NO_EYES = re.compile(r"image input is not supported|mmproj", re.IGNORECASE)
"""How llama.cpp says with a 500 that its model takes no pictures."""
_FILTER = re.compile(r"content_filter|content management policy|content_policy", re.IGNORECASE)
_LIMIT = re.compile(r"output limit was reached", re.IGNORECASE)
_SECRET = re.compile(r"\S*\*{3}\S*|\b(?:sk|key)-\S+|\b[\w-]{32,}\b", re.ASCII)


@dataclass(frozen=True, slots=True)
class Service:
    """A provider as sentences name it. `missing` is the fix for an unknown model.

    `key`, `address` and `setting`, where the model is named, are settings.
    """

    name: str
    model: str
    key: str
    address: str
    missing: str
    setting: str


def service(choice: ModelChoice) -> Service:
    """How sentences about this model's provider word it."""
    provider = PROVIDERS[choice.provider]
    name, key, missing = provider.name, provider.key, f"check {choice.setting}"
    match choice.provider:
        case "openai" if choice.compatible:
            name, missing = "The server at OPENAI_BASE_URL", f"check {choice.setting} and OPENAI_BASE_URL"
        case "azure":
            missing = f"check AZURE_OPENAI_DEPLOYMENT, or {choice.setting}, and AZURE_OPENAI_ENDPOINT"
        case "ollama":
            key, missing = "OLLAMA_API_KEY", f"run `ollama pull {choice.name}` or change {choice.setting}"
    return Service(name, choice.name, key, provider.address, missing, choice.setting)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt failed.

    `refused`: the same request will fail again. `billed`: the provider may have done the work. `wait`: for how
    many seconds it asks us to pause. `limit`: the model works, its answer did not fit the allowed length.
    `unseen`: the server may take the request without its pictures.
    `cause`: why a model does not answer, in a few words.
    """

    sentence: str
    refused: bool
    billed: bool = False
    wait: float | None = None
    limit: bool = False
    overflow: bool = False
    unseen: bool = False
    cause: str = ""

    def error(self) -> TurnError:
        if self.overflow:
            return ContextOverflow(self.sentence)
        return ModelRefused(self.sentence) if self.refused else ModelUnavailable(self.sentence)


def explain(error: BaseException, service: Service) -> Failure | None:
    """What an exception from a model client means; None when it did not come from the provider."""
    match error:
        case ErrorStatus():
            return _answered(error, service)
        case BrokenOff():
            return _broken_off(error, service)
        case Unreadable():
            cause = f"it answered with something else than a chat completion; check {service.address}"
            return _unavailable(service, cause, billed=True)
        case TooLong():
            return overflow(service)
        case AnswerTooLarge():
            return _unavailable(service, f"its answer is larger than {LARGEST // 1_000_000} MB", billed=True)
    return _unsendable(error, service) or _unanswered(error, service)


def blank(finish: Finish, service: Service, *, reasoned: bool = False) -> Failure:
    """What an answer without text means, by the reason for which it ended."""
    match finish:
        case "length":
            return _out_of_room(service)
        case "filter":
            return filtered(service)
        case _:
            cause = "it reasoned, and answered with nothing" if reasoned else "it answered with nothing"
            return _unavailable(service, cause, billed=False)


def tools_called(service: Service) -> Failure:
    """What an answer means that calls tools, for none is ever offered."""
    return _unavailable(service, "it called a tool, and there is none", billed=True)


def cut(answer: Answer, tokens: int, service: Service, *, by_window: bool) -> Failure:
    """What an answer means that was cut once more, with room for so many tokens."""
    if answer.finish == "filter":
        return filtered(service)
    if not answer.text.strip():
        return _out_of_room(service)
    what = f"was cut at {tokens:,} tokens" if answer.finish == "length" else "ended inside a block of code"
    fix = "ROUNDTABLE_CONTEXT_TOKENS lower" if by_window else "ROUNDTABLE_MODEL_MAX_TOKENS higher"
    return _refused(f"{service.model}'s answer {what}, twice: set {fix}, or ask for less at a time.")


def overflow(service: Service) -> Failure:
    """What a request means that is longer than what the model reads."""
    sentence = (
        f"This conversation has become longer than {service.model} can read: set ROUNDTABLE_CONTEXT_TOKENS "
        f"lower, or {service.setting} to a model that reads more, or continue in a new thread."
    )
    return Failure(sentence, refused=True, overflow=True)


def filtered(service: Service) -> Failure:
    """What it means that the provider withholds an answer."""
    return _refused(
        f"{service.name}'s content filter stops this conversation: continue in other words in a new thread."
    )


def _answered(error: ErrorStatus, service: Service) -> Failure:
    status = error.status
    detail, code = _detail(error.body)
    words = f"{code} {detail}"
    is_rate = status == 429 and _RATE.search(words)
    if status in (400, 402, 403, 429) and not is_rate and (status == 402 or _CREDIT.search(words)):
        return _refused(
            f"{service.name} says that the account's credit or spending limit is used up: see its billing."
        )
    if status in (400, 413, 422, 500) and (status == 413 or _CONTEXT.search(words)):
        return overflow(service)
    if status in (400, 404, 415, 422) or (status == 500 and _NO_EYES.search(words)):
        return replace(_turned_down(status, words, detail, service), unseen=bool(_PICTURES.search(words)))
    if status in _LATER or status >= 500:
        cause = f"HTTP {status}: {_phrase(status, detail)}"
        return _unavailable(service, cause, billed=status in _LOST, wait=_wait(error.headers, detail))
    return _turned_down(status, words, detail, service)


def _turned_down(status: int, words: str, detail: str, service: Service) -> Failure:
    said = f"HTTP {status}: {_clean(detail)}" if detail else f"HTTP {status}"
    match status:
        case status if status < 400:
            return _refused(f"{service.name} sends us to another address ({said}): check {service.address}.")
        case status if status == 401 or (status in (400, 403) and _KEY.search(words)):
            return _refused(f"{service.name} does not accept the key: check {service.key}.")
        case 403:
            return _refused(f"{service.name} refuses access ({said}): check what {service.key} may use.")
        case 404:
            return _refused(f"{service.name} does not have the model {service.model}: {service.missing}.")
        case _:
            wrong = f"{service.name} refuses the request ({said}): check {service.setting} and its settings."
            return _about_the_answer(words, service) or _refused(wrong)


def _about_the_answer(words: str, service: Service) -> Failure | None:
    if _FILTER.search(words):
        return filtered(service)
    return _out_of_room(service) if _LIMIT.search(words) else None


def _broken_off(error: BrokenOff, service: Service) -> Failure:
    said = str(error)
    if _CONTEXT.search(said):
        return overflow(service)
    return _unavailable(service, _clean(said) or "the connection broke", billed=True)


def _unsendable(error: BaseException, service: Service) -> Failure | None:
    match error:
        case httpx.UnsupportedProtocol() | httpx.InvalidURL():
            return _refused(f"{service.address} is not a web address: it must start with https:// or http://.")
        case httpx.LocalProtocolError() | UnicodeEncodeError(encoding="ascii"):
            return _refused(f"{service.key} has characters in it that no key has: copy the key again.")
    return None


def _unanswered(error: BaseException, service: Service) -> Failure | None:
    if isinstance(error, _UNSENT):
        cause = f"no connection; if that stays so, check {service.address}"
        return _unavailable(service, cause, billed=False)
    match error:
        case httpx.TimeoutException() | TimeoutError():
            return _unavailable(service, "no answer in time; ROUNDTABLE_MODEL_TIMEOUT allows more", billed=True)
        case httpx.TransportError():
            return _unavailable(service, "the connection broke", billed=True)
    return None


def _refused(sentence: str) -> Failure:
    return Failure(sentence, refused=True)


def _unavailable(service: Service, cause: str, *, billed: bool, wait: float | None = None) -> Failure:
    asks = "" if wait is None else f"; it asks to wait {wait:.0f} s"
    sentence = f"{service.name} does not answer now ({cause}{asks})."
    return Failure(sentence, refused=False, billed=billed, wait=wait, cause=f"{cause}{asks}")


def _out_of_room(service: Service) -> Failure:
    sentence = (
        f"{service.model} used up the length of its answer before it wrote anything: "
        "set ROUNDTABLE_MODEL_MAX_TOKENS higher."
    )
    return Failure(sentence, refused=True, limit=True)


def _detail(body: Any) -> tuple[str, str]:
    """The provider's own message and its code, wherever this server keeps them."""
    if isinstance(body, list) and body:
        body = body[0]
    if isinstance(body, Mapping) and isinstance(body.get("error"), Mapping | str):
        body = body["error"]
    if isinstance(body, Mapping):
        codes = " ".join(str(body.get(field) or "") for field in ("code", "type", "status", "details"))
        return _first_text(body, "message", "Message", "detail", "msg"), codes
    return (body if isinstance(body, str) else ""), ""


def _first_text(body: Mapping[str, Any], *fields: str) -> str:
    found = (body.get(field) for field in fields)
    return next((text for text in found if isinstance(text, str) and text), "")


def _clean(detail: str) -> str:
    """One short line of a provider's message, without anything that could be a key, and without its full stop."""
    line = " ".join(_SECRET.sub("…", detail[:1000]).split())
    return (line if len(line) <= 200 else line[:199] + "…").rstrip(".")


def _phrase(status: int, detail: str) -> str:
    # A server of one's own says in a few words what is wrong; the large providers apologise at length.
    if status == 500 and 0 < len(detail) <= 120:
        return _clean(detail)
    try:
        return _PHRASES.get(status) or HTTPStatus(status).phrase.lower()
    except ValueError:
        return "server error"


def _wait(headers: Mapping[str, str], detail: str) -> float | None:
    said = _RETRY.search(detail)
    value = headers.get("retry-after") or (said[1] if said else None)
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        return _until(value)
    return max(0.0, seconds) if seconds <= _LONGEST_WAIT else None


def _until(date: str) -> float | None:
    try:
        return max(0.0, parsedate_to_datetime(date).timestamp() - time())
    except (ValueError, OverflowError):
        return None

"""What a failed model call means: one sentence, whether to try again, and whether it may have cost something.

The providers' SDKs share neither an exception nor an HTTP library, so errors are told apart by what they carry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from time import time
from traceback import walk_tb
from typing import Any

from agents.models.choice import PROVIDERS, ModelChoice
from bot.errors import ModelRefused, ModelUnavailable, TurnError

_LATER = frozenset({408, 409, 425, 429})
_LOST = frozenset({408, 502, 504, 520, 522, 523, 524})
"""A gateway gave up on a model that may have gone on, and been paid."""
_PHRASES = {429: "rate limit", 529: "overloaded"}
_SDKS = ("openai", "anthropic", "ollama")
_READERS = (*_SDKS, *(f"autogen_ext.models.{sdk}" for sdk in _SDKS))
_UNSENT = {"ConnectError", "ConnectTimeout", "PoolTimeout"}

_CREDIT = re.compile(r"insufficient_quota|credit.balance|billing|spend.?limit|no credits", re.IGNORECASE)
_CONTEXT = re.compile(
    r"context_length|context (length|window)|prompt is too long|input is too long|too many tokens", re.IGNORECASE
)
_FILTER = re.compile(r"content_filter|content management policy|content_policy", re.IGNORECASE)
_LIMIT = re.compile(r"output limit was reached", re.IGNORECASE)
_SECRET = re.compile(r"\S*\*{3}\S*|\b(?:sk|key)-\S+|\b[\w-]{32,}\b", re.ASCII)


@dataclass(frozen=True, slots=True)
class Service:
    """A provider as sentences name it. `key` and `address` are settings, `missing` mends an unknown model."""

    name: str
    model: str
    key: str
    address: str
    missing: str


def service(choice: ModelChoice) -> Service:
    """How sentences about this model's provider word it."""
    provider = PROVIDERS[choice.provider]
    name, key, missing = provider.name, provider.key, "check ROUNDTABLE_MODEL"
    match choice.provider:
        case "openai" if choice.compatible:
            name, missing = "The server at OPENAI_BASE_URL", "check ROUNDTABLE_MODEL and OPENAI_BASE_URL"
        case "azure":
            missing = "check AZURE_OPENAI_DEPLOYMENT, or ROUNDTABLE_MODEL, and AZURE_OPENAI_ENDPOINT"
        case "ollama":
            key, missing = "OLLAMA_API_KEY", f"run `ollama pull {choice.name}` or change ROUNDTABLE_MODEL"
    return Service(name, choice.name, key, provider.address, missing)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt failed.

    `refused`: the same request will fail again. `billed`: the provider may have done the work. `wait`: for how
    many seconds it asks us to stay away. `limit`: the model works, its answer did not fit the allowed length.
    """

    sentence: str
    refused: bool
    billed: bool = False
    wait: float | None = None
    limit: bool = False

    def error(self) -> TurnError:
        return ModelRefused(self.sentence) if self.refused else ModelUnavailable(self.sentence)


def explain(error: BaseException, service: Service) -> Failure | None:
    """What an exception from a model client means; None when it did not come from the provider."""
    status = getattr(error, "status_code", None)
    if isinstance(status, int) and status >= 400:
        return _answered(status, error, service)
    return _unsendable(error, service) or _unanswered(error, service)


def blank(finish: str, service: Service) -> Failure:
    """What an answer without text means, by the reason for which it ended."""
    match finish:
        case "length":
            return _out_of_room(service)
        case "content_filter":
            return _filtered(service)
        case _:
            return _unavailable(service, "it answered with nothing", billed=False)


def _answered(status: int, error: BaseException, service: Service) -> Failure:
    detail, code = _detail(error)
    words = f"{code} {detail}"
    if status in (400, 402, 403, 429) and (status == 402 or _CREDIT.search(words)):
        return _refused(
            f"{service.name} says that the account's credit or spending limit is used up: see its billing."
        )
    if status in _LATER or status >= 500:
        cause = f"HTTP {status}: {_phrase(status, detail)}"
        return _unavailable(service, cause, billed=status in _LOST, wait=_wait(error))
    return _turned_down(status, words, detail, service)


def _turned_down(status: int, words: str, detail: str, service: Service) -> Failure:
    said = f"HTTP {status}: {_clean(detail)}" if detail else f"HTTP {status}"
    match status:
        case 401:
            return _refused(f"{service.name} does not accept the key: check {service.key}.")
        case 403:
            return _refused(f"{service.name} refuses access ({said}): check what {service.key} may use.")
        case 404:
            return _refused(f"{service.name} does not have the model {service.model}: {service.missing}.")
        case _:
            wrong = f"{service.name} refuses the request ({said}): check ROUNDTABLE_MODEL and its settings."
            return _about_the_talk(status, words, service) or _refused(wrong)


def _about_the_talk(status: int, words: str, service: Service) -> Failure | None:
    if status == 413 or _CONTEXT.search(words):
        return _refused(
            f"This conversation has become longer than {service.model} can read: set ROUNDTABLE_CONTEXT_TOKENS "
            "lower, or ROUNDTABLE_MODEL to a model that reads more, or go on in a new thread."
        )
    if _FILTER.search(words):
        return _filtered(service)
    return _out_of_room(service) if _LIMIT.search(words) else None


def _unsendable(error: BaseException, service: Service) -> Failure | None:
    names = set(_names(error))
    if "UnsupportedProtocol" in names or "InvalidURL" in names:
        return _refused(f"{service.address} is not a web address: it must start with https:// or http://.")
    in_header = isinstance(error, UnicodeEncodeError) and error.encoding == "ascii"
    if in_header or "LocalProtocolError" in names:
        return _refused(f"{service.key} has characters in it that no key has: copy the key again.")
    return None


def _unanswered(error: BaseException, service: Service) -> Failure | None:
    names = set(_names(error))
    if names & _UNSENT or isinstance(error, ConnectionError):
        cause = f"no connection; if that stays so, check {service.address}"
        return _unavailable(service, cause, billed=False)
    if names & {"TimeoutException", "TimeoutError"}:
        return _unavailable(service, "no answer in time; ROUNDTABLE_MODEL_TIMEOUT allows more", billed=True)
    if "TransportError" in names:
        return _unavailable(service, "the connection broke", billed=True)
    if _misread(error):
        cause = f"it answered with something else than a chat completion; check {service.address}"
        return _unavailable(service, cause, billed=True)
    if type(error).__module__.partition(".")[0] in _SDKS:
        detail = _clean(_detail(error)[0]) or "an error in the middle of its answer"
        return _unavailable(service, detail, billed=True)
    return None


def _refused(sentence: str) -> Failure:
    return Failure(sentence, refused=True)


def _unavailable(service: Service, cause: str, *, billed: bool, wait: float | None = None) -> Failure:
    asks = "" if wait is None else f"; it asks to wait {wait:.0f} s"
    return Failure(f"{service.name} does not answer now ({cause}{asks}).", refused=False, billed=billed, wait=wait)


def _filtered(service: Service) -> Failure:
    return _refused(
        f"{service.name}'s content filter stops this conversation: go on in other words in a new thread."
    )


def _out_of_room(service: Service) -> Failure:
    sentence = (
        f"{service.model} used up the length of its answer before it wrote anything: "
        "set ROUNDTABLE_MODEL_MAX_TOKENS higher."
    )
    return Failure(sentence, refused=True, limit=True)


def _detail(error: BaseException) -> tuple[str, str]:
    """The provider's own message and its code, wherever this SDK keeps them."""
    body: Any = getattr(error, "body", None)
    if isinstance(body, Mapping) and isinstance(body.get("error"), Mapping):
        body = body["error"]
    if isinstance(body, Mapping):
        codes = " ".join(str(body.get(field) or "") for field in ("code", "type", "details"))
        return str(body.get("message") or ""), codes
    return str(getattr(error, "error", None) or getattr(error, "message", None) or ""), ""


def _clean(detail: str) -> str:
    """One short line of a provider's message, without anything that could be a key, and without its full stop."""
    line = " ".join(_SECRET.sub("…", detail[:1000]).split())
    return (line if len(line) <= 200 else line[:199] + "…").rstrip(".")


def _phrase(status: int, detail: str) -> str:
    # A server of one's own says in a few words what is wrong with it; the large ones apologise at length.
    if status == 500 and 0 < len(detail) <= 120:
        return _clean(detail)
    try:
        return _PHRASES.get(status) or HTTPStatus(status).phrase.lower()
    except ValueError:
        return "server error"


def _wait(error: BaseException) -> float | None:
    value = getattr(getattr(error, "response", None), "headers", {}).get("retry-after")
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        return _until(value)


def _until(date: str) -> float | None:
    try:
        return max(0.0, parsedate_to_datetime(date).timestamp() - time())
    except ValueError:
        return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _names(error: BaseException) -> Iterator[str]:
    for link in _chain(error):
        yield from (kind.__name__ for kind in type(link).__mro__)


def _misread(error: BaseException) -> bool:
    """Whether code that reads a provider's answer stumbled over it; a plain ValueError is about our arguments."""
    kinds = (AttributeError, TypeError, LookupError, ValueError)
    if not isinstance(error, kinds) or type(error) is ValueError:
        return False
    modules = (str(frame.f_globals.get("__name__", "")) for frame, _ in walk_tb(error.__traceback__))
    return any(module.startswith(_READERS) for module in modules)

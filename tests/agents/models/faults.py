"""The ways in which a model's server answers wrongly, as one table, with what each comes to."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.agents.models.harness import ANSWER, BEDROCK, GEMINI, OPENAI, Case
from tests.platforms.script import Cut, Fail, Garbage, Raw, Reply, Say

NAME = "The server at OPENAI_BASE_URL"
NOT_NOW = f"{NAME} does not answer now"
NO_CHAT = rf"{NOT_NOW} \(it answered with something else than a chat completion; check OPENAI_BASE_URL\)\."
BROKEN = rf"{NOT_NOW} \(the connection broke\)\."
NOTHING = rf"{NOT_NOW} \(it answered with nothing\)\."
TOOLS = rf"{NOT_NOW} \(it called a tool, and there is none\)\."
TOO_LARGE = rf"{NOT_NOW} \(its answer is larger than 1 MB\)\."
TOO_LONG = "This conversation has become longer than llama3 can read: set ROUNDTABLE_CONTEXT_TOKENS lower"
FILTER = f"{NAME}'s content filter stops this conversation: continue in other words in a new thread."

WORST = "worst"
"""The attempt counts in full, as an estimate."""
PART = "part"
"""What came of it counts, as an estimate."""
REPORT = "report"
"""What the server reports counts."""
PROMPT = "prompt at worst"
ANSWERED = "answer at worst"
"""The other half is what the server reports."""
FREE = "free"
"""It is given back: nothing is billed."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A server that answers every call so. `error` is the error's name and what its sentence matches.

    Without an error the fault is got over, and `text` is the answer. `books` is how each attempt counts.
    """

    name: str
    replies: tuple[Reply, ...]
    books: tuple[str, ...]
    error: str = ""
    sentence: str = ""
    text: str = "Here."
    disbelieved: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    case: Case = OPENAI

    @property
    def model(self) -> str:
        return "openai/llama3" if self.case is OPENAI else f"openai/{self.case.model}"


def event(value: Any) -> bytes:
    return b"data: %b\n\n" % json.dumps(value).encode()


def delta(finish: str | None = None, index: int = 0, **said: Any) -> bytes:
    return event({"choices": [{"index": index, "delta": said, "finish_reason": finish}]})


def whole(message: Any, finish: Any = "stop", **more: Any) -> Garbage:
    answer = {"choices": [{"index": 0, "message": message, "finish_reason": finish}], **more}
    return Garbage(json.dumps(answer).encode())


def counting(usage: Any) -> Garbage:
    return whole({"role": "assistant", "content": "Here."}, usage=usage)


USAGE = event({"choices": [], "usage": {"prompt_tokens": 100, "completion_tokens": 20}})
DONE = b"data: [DONE]\n\n"
BAD_CALL = [{"index": 0, "id": None, "type": "function", "function": {"name": None, "arguments": None}}]
GOOD_CALL = [{"index": 0, "id": "c1", "type": "function", "function": {"name": "python", "arguments": "{}"}}]
MEGABYTES = delta(content="x" * 60_000)
OPEN = "Here it is:\n```python\nprint(1)"
DEEP = b"[" * 100_000
CONTEXT = "the request exceeds the available context size, try increasing it"


def stays(
    name: str, reply: Reply, books: str, sentence: str, error: str = "ModelUnavailable", **more: Any
) -> Fault:
    """A fault for which three attempts are made, or one where the model refuses."""
    times = 3 if error == "ModelUnavailable" else 1
    return Fault(name, (reply,) * times, (books,) * times, error, sentence, **more)


def twice(name: str, reply: Reply, sentence: str) -> Fault:
    """An answer that is cut, and asked for once more."""
    return Fault(name, (reply, reply), (REPORT, REPORT), "ModelRefused", sentence)


def passes(name: str, *replies: Reply, books: tuple[str, ...] = (REPORT,), **more: Any) -> Fault:
    """A fault that nobody notices."""
    return Fault(name, replies, books, **more)


def misreported(name: str, usage: Any, books: str) -> Fault:
    return passes(f"usage: {name}", counting(usage), books=(books,), disbelieved=True)


def _tokens(prompt: Any = 100, completion: Any = 20) -> dict[str, Any]:
    return {"prompt_tokens": prompt, "completion_tokens": completion}


REFUSED = "ModelRefused"

FAULTS: tuple[Fault, ...] = (
    # What it says with a status.
    stays(
        "400",
        Fail(400, "no such thing"),
        FREE,
        rf"{NAME} refuses the request \(HTTP 400: no such thing\)",
        REFUSED,
    ),
    stays("401", Fail(401), FREE, f"{NAME} does not accept the key: check OPENAI_API_KEY.", REFUSED),
    stays("402", Fail(402), FREE, "credit or spending limit is used up", REFUSED),
    stays("403", Fail(403), FREE, rf"{NAME} refuses access \(HTTP 403: scripted failure\)", REFUSED),
    stays("404", Fail(404), FREE, f"{NAME} does not have the model llama3", REFUSED),
    stays("413", Fail(413), FREE, TOO_LONG, "ContextOverflow"),
    stays("overflow", Fail(400, CONTEXT, "exceed_context_size_error"), FREE, TOO_LONG, "ContextOverflow"),
    stays("overflow as a 500", Fail(500, CONTEXT), FREE, TOO_LONG, "ContextOverflow"),
    stays("429", Fail(429), FREE, rf"{NOT_NOW} \(HTTP 429: rate limit\)\."),
    stays("500", Fail(500, "out of memory"), FREE, rf"{NOT_NOW} \(HTTP 500: out of memory\)\."),
    stays("502", Fail(502), WORST, rf"{NOT_NOW} \(HTTP 502: bad gateway\)\."),
    stays("529", Fail(529), FREE, rf"{NOT_NOW} \(HTTP 529: overloaded\)\."),
    stays("an unknown status", Fail(599), FREE, rf"{NOT_NOW} \(HTTP 599: server error\)\."),
    stays(
        "a redirect",
        Raw((b"",), "text/html", 308, {"location": "http://127.0.0.1:1/v1/chat/completions"}),
        FREE,
        rf"{NAME} sends us to another address \(HTTP 308\): check OPENAI_BASE_URL\.",
        REFUSED,
    ),
    stays(
        "an error as a page",
        Raw((b"<html>502</html>",), "text/html", 502),
        WORST,
        rf"{NOT_NOW} \(HTTP 502: bad gateway\)",
    ),
    stays(
        "an error without end",
        Raw((b"no " * 30_000,), "text/plain", 503, end="endless"),
        FREE,
        rf"{NOT_NOW} \(HTTP 503: service unavailable\)\.",
    ),
    stays("an error that is cut", Raw((b'{"error"',), "application/json", 503, end="cut"), FREE, "HTTP 503"),
    *(
        stays(
            f"Retry-After: {value}",
            Fail(503, headers={"retry-after": value}),
            FREE,
            r"\(HTTP 503: service unavail",
        )
        for value in ("soon", "-3", "nan", "inf", "1e30", "")
    ),
    # Where its answer ends.
    stays("no answer", Cut("start"), WORST, BROKEN),
    stays("a head alone", Cut("head"), WORST, BROKEN),
    stays("a stream that is reset", Cut("body"), PART, BROKEN),
    stays("a stream that just ends", Raw((delta(content="Half of "),)), PART, BROKEN),
    stays("an empty stream", Raw((b"",)), WORST, BROKEN),
    stays(
        "an error in a stream",
        Raw((delta(content="Half "), event({"error": {"message": "CUDA error"}}))),
        PART,
        "CUDA",
    ),
    stays(
        "an overflow in a stream",
        Raw((event({"error": {"message": CONTEXT}}),)),
        FREE,
        TOO_LONG,
        "ContextOverflow",
    ),
    passes("no [DONE]", Raw((delta(content="Here."), delta("stop"), USAGE))),
    passes("nothing but [DONE] at the end", Raw((delta(content="Here."), USAGE, DONE))),
    # How much it sends.
    stays("a stream of gigabytes", Raw((MEGABYTES,), end="endless"), WORST, TOO_LARGE),
    stays("an answer of gigabytes", Raw((b" " * 60_000,), "application/json", end="endless"), WORST, TOO_LARGE),
    stays("a line without end", Raw((b"x" * 60_000,), end="endless"), WORST, TOO_LARGE),
    stays(
        "a slow drip",
        Raw((delta(content="x"),), end="endless", every=0.05),
        PART,
        rf"{NOT_NOW} \(no answer in time; ROUNDTABLE_MODEL_TIMEOUT allows more\)\.",
        settings={"timeout": 0.1},
    ),
    stays(
        "comments for ever",
        Raw((b": keep-alive\n\n",), end="endless", every=0.05),
        WORST,
        "no answer in time",
        settings={"timeout": 0.1},
    ),
    stays(
        "a packed bomb",
        Raw((gzip.compress(b" " * 50_000_000),), "application/json", headers={"content-encoding": "gzip"}),
        WORST,
        NO_CHAT,
    ),
    # What it sends in place of an answer.
    stays("a page", Garbage(b"<html>Welcome</html>", "text/html"), WORST, NO_CHAT),
    stays("half of a JSON", Garbage(), WORST, NO_CHAT),
    stays("nothing at all", Garbage(b""), WORST, NO_CHAT),
    stays("deep JSON", Garbage(DEEP), WORST, NO_CHAT),
    stays("deep JSON in a stream", Raw((b"data: %b\n\n" % DEEP,)), WORST, NO_CHAT),
    stays("a number", Garbage(b"7"), WORST, NO_CHAT),
    stays("no choices", Garbage(b'{"choices": []}'), WORST, NO_CHAT),
    stays("choices null", Garbage(b'{"choices": null}'), WORST, NO_CHAT),
    stays("a list of choices that are none", Garbage(b'{"choices": [3]}'), WORST, NO_CHAT),
    stays(
        "an error with status 200", Garbage(b'{"error": {"message": "no GPU"}}'), WORST, rf"{NOT_NOW} \(no GPU\)\."
    ),
    stays("bytes that are no text", Raw((b"data: {\xff\xfe\x00\n\n",)), WORST, NO_CHAT),
    # What is in the answer.
    stays("no content", whole({"role": "assistant", "content": None}), WORST, NOTHING),
    stays("blanks", Say(" \n"), REPORT, NOTHING),
    stays("a message null", whole(None), WORST, NOTHING),
    stays(
        "the wrong index", Raw((delta(index=1, content="Here."), delta("stop", 1), USAGE, DONE)), REPORT, NOTHING
    ),
    stays(
        "reasoning alone",
        Raw((delta(reasoning_content="Let me see."), delta("stop"), USAGE, DONE)),
        REPORT,
        rf"{NOT_NOW} \(it reasoned, and answered with nothing\)\.",
    ),
    stays("thinking alone", Say("<think>Let me see."), REPORT, "it reasoned, and answered with nothing"),
    passes("reasoning and an answer", Raw((delta(reasoning="Hm."), delta("stop", content="Here."), USAGE, DONE))),
    passes("thinking and an answer", Say("<think>\nLet me see.\n```python\n</think>\nHere.")),
    passes("thinking that the template opened", Say("Let me see.\n</think>\n\nHere.")),
    passes("content in parts", Raw((delta("stop", content=[{"type": "text", "text": "Here."}]), USAGE, DONE))),
    passes("the wrong content type", whole({"content": "Here."}, usage=_tokens())),
    passes(
        "a stream as JSON lines of one", Raw((delta("stop", content="Here.").replace(b"\n\n", b"\r\n\r\n"), USAGE))
    ),
    passes(
        "half a character",
        Raw((b'data: {"choices": [{"delta": {"content": "\\ud83d!"}}]}\n\n', DONE)),
        text="�!",
        books=(WORST,),
    ),
    passes("chunks that come twice", Raw((delta(content="Ha"),) * 2 + (delta("stop"), USAGE, DONE)), text="HaHa"),
    passes("a finish that nobody knows", whole({"content": "Here."}, {"odd": 1}, usage=_tokens())),
    *(
        stays(f"tool calls, {kind}", reply, books, TOOLS)
        for kind, reply, books in (
            (
                "well-formed",
                whole({"content": None, "tool_calls": GOOD_CALL}, "tool_calls", usage=_tokens()),
                REPORT,
            ),
            ("malformed", whole({"content": "", "tool_calls": BAD_CALL}, "tool_calls"), WORST),
            ("streamed", Raw((delta(tool_calls=GOOD_CALL), delta("tool_calls"), USAGE, DONE)), REPORT),
            (
                "streamed and malformed",
                Raw((delta(content=None, tool_calls=BAD_CALL), delta("stop"), DONE)),
                WORST,
            ),
            ("as a finish alone", Say("Here.", finish="tool_calls"), REPORT),
            ("of the old kind", whole({"content": None, "function_call": {"name": None}}), WORST),
        )
    ),
    # Where the answer was cut.
    twice(
        "length",
        Say("Half of", finish="length"),
        r"answer was cut at \d+ tokens, twice: set ROUNDTABLE_MODEL_MAX_TOKENS",
    ),
    twice(
        "length and no text", Say("", finish="length"), "before it wrote anything: set ROUNDTABLE_MODEL_MAX_TOKENS"
    ),
    twice(
        "an open fence", Say(OPEN), "ended inside a block of code, twice: set ROUNDTABLE_MODEL_MAX_TOKENS higher"
    ),
    twice("a filter", Say("Half of", finish="content_filter"), FILTER),
    stays("a filter and no text", Say("", finish="content_filter"), REPORT, FILTER, REFUSED),
    passes("length once", Say("Half", finish="length"), Say("Here."), books=(REPORT, REPORT)),
    passes("an open fence once", Say(OPEN), Say("Here."), books=(REPORT, REPORT)),
    passes(
        "more room refused",
        Say("Half", finish="length"),
        Fail(400, f"max_tokens: 2 times {ANSWER} is more than this model writes"),
        Say("Here."),
        books=(REPORT, FREE, REPORT),
    ),
    # What it refuses to be asked.
    passes("stream_options", Fail(400, "Unknown parameter: 'stream_options'."), Say("Here."), books=(WORST,)),
    passes("streaming", Fail(422, "streaming is not supported"), Say("Here.")),
    passes(
        "temperature",
        Fail(400, "Unsupported value: 'temperature' does not support 0.2 with this model."),
        Say("Here."),
        settings={"temperature": 0.2},
    ),
    passes("max_tokens", Fail(400, "Unknown field max_tokens, use max_completion_tokens"), Say("Here.")),
    stays(
        "two of the assistant",
        Fail(400, "Cannot have 2 or more assistant messages at the end of the list."),
        FREE,
        r"refuses the request \(HTTP 400: Cannot have 2 or more assistant messages",
        REFUSED,
    ),
    # What it says that it used.
    misreported("negative", _tokens(-1_000_000), PROMPT),
    misreported("a negative answer", _tokens(completion=-5), ANSWERED),
    misreported("huge", _tokens(10**18, 10**18), WORST),
    misreported("NaN", _tokens(float("nan")), PROMPT),
    misreported("infinite", _tokens(completion=float("inf")), ANSWERED),
    misreported("a truth", _tokens(True), PROMPT),
    misreported("a text", _tokens("100"), PROMPT),
    misreported("a fraction", _tokens(99.5), PROMPT),
    misreported(
        "more cached than asked", {**_tokens(), "prompt_tokens_details": {"cached_tokens": 10**9}}, REPORT
    ),
    # Whose endpoints speak OpenAI's API in their own way.
    stays(
        "Gemini: a wrong key",
        Fail(400, "API key not valid. Please pass a valid API key."),
        FREE,
        f"{NAME} does not accept the key: check OPENAI_API_KEY.",
        REFUSED,
        case=GEMINI,
    ),
    stays(
        "Gemini: an unknown model",
        Fail(404, "models/gemini-0 is not found for API version v1main"),
        FREE,
        f"{NAME} does not have the model gemini-2.5-flash: check ROUNDTABLE_MODEL and OPENAI_BASE_URL",
        REFUSED,
        case=GEMINI,
    ),
    stays(
        "Gemini: a limit that sounds like missing credit",
        Fail(429, "You exceeded your current quota, please check your plan and billing. Please retry in 0.02s."),
        FREE,
        rf"{NOT_NOW} \(HTTP 429: rate limit; it asks to wait 0 s\)\.",
        case=GEMINI,
    ),
    stays(
        "Gemini: a filter that is named",
        Say("", finish="content_filter: SAFETY"),
        REPORT,
        FILTER,
        REFUSED,
        case=GEMINI,
    ),
    stays(
        "Gemini: an overflow",
        Fail(400, "The input token count (1100000) exceeds the maximum number of tokens allowed (1048576)."),
        FREE,
        "This conversation has become longer than gemini-2.5-flash can read",
        "ContextOverflow",
        case=GEMINI,
    ),
    passes("Gemini: no seed", Say("Here."), case=GEMINI, settings={"seed": 3}),
    stays(
        "Bedrock: a wrong key",
        Fail(403, "Authentication failed: Please make sure your API Key is valid."),
        FREE,
        f"{NAME} does not accept the key: check OPENAI_API_KEY.",
        REFUSED,
        case=BEDROCK,
    ),
    stays(
        "Bedrock: an unknown model",
        Fail(400, "The provided model identifier is invalid."),
        FREE,
        r"refuses the request \(HTTP 400: The provided model identifier is invalid\): check ROUNDTABLE_MODEL",
        REFUSED,
        case=BEDROCK,
    ),
    stays(
        "Bedrock: throttled",
        Fail(429, "Too many requests, please wait before trying again."),
        FREE,
        rf"{NOT_NOW} \(HTTP 429: rate limit\)\.",
        case=BEDROCK,
    ),
    stays(
        "Bedrock: an overflow",
        Fail(400, "Input is too long for requested model."),
        FREE,
        "This conversation has become longer than",
        "ContextOverflow",
        case=BEDROCK,
    ),
    passes("Bedrock: another name for the bound", Say("Here."), case=BEDROCK),
    passes(
        "Bedrock: no streaming", Fail(400, "The model is unsupported for streaming."), Say("Here."), case=BEDROCK
    ),
    passes("Bedrock: reasoning in the text", Say("<reasoning>Hm.</reasoning>Here."), case=BEDROCK),
    passes("usage: nulls", counting(_tokens(None, None)), books=(WORST,)),
    passes("usage: no object", counting([3]), books=(WORST,)),
    passes("usage: none", Say("Here.", usage=None), books=(WORST,)),
)

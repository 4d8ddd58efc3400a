from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from agents.models import ModelChoice
from agents.models.call_failures import blank, explain, service
from agents.models.http_stream import ErrorStatus
from bot.domain.errors import ModelRefused, ModelUnavailable

OPENAI = service(ModelChoice("openai", "gpt-6-luna", "a test"))


def _said_no(status: int, body: Any = None, headers: dict[str, str] | None = None) -> ErrorStatus:
    return ErrorStatus(status, body, headers or {})


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (401, {}, "OpenAI does not accept the key: check OPENAI_API_KEY."),
        (402, {}, "OpenAI says that the account's credit or spending limit is used up: see its billing."),
        (403, {}, "OpenAI refuses access (HTTP 403): check what OPENAI_API_KEY may use."),
        (404, {}, "OpenAI does not have the model gpt-6-luna: check ROUNDTABLE_MODEL."),
        (
            400,
            {"message": "Your credit balance is too low to access the API."},
            "OpenAI says that the account's credit or spending limit is used up: see its billing.",
        ),
        (
            400,
            {"error": {"type": "invalid_request_error", "message": "prompt is too long: 9 tokens > 8 maximum"}},
            "This conversation has become longer than gpt-6-luna can read: set ROUNDTABLE_CONTEXT_TOKENS "
            "lower, or ROUNDTABLE_MODEL to a model that reads more, or continue in a new thread.",
        ),
        (
            400,
            {"message": "filtered", "code": "content_filter"},
            "OpenAI's content filter stops this conversation: continue in other words in a new thread.",
        ),
        (
            400,
            {"message": "Could not finish the message because max_tokens or model output limit was reached."},
            "gpt-6-luna used up the length of its answer before it wrote anything: "
            "set ROUNDTABLE_MODEL_MAX_TOKENS higher.",
        ),
        (
            422,
            {"message": "no such field."},
            "OpenAI refuses the request (HTTP 422: no such field): check ROUNDTABLE_MODEL and its settings.",
        ),
    ],
)
def test_a_refusal_names_cause_and_fix(status: int, body: object, sentence: str) -> None:
    failure = explain(_said_no(status, body), OPENAI)

    assert failure is not None
    assert failure.sentence == sentence
    assert isinstance(failure.error(), ModelRefused)
    assert not failure.billed


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 520, 529, 599])
def test_what_may_pass_is_worth_another_attempt(status: int) -> None:
    failure = explain(_said_no(status), OPENAI)

    assert failure is not None
    assert isinstance(failure.error(), ModelUnavailable)
    assert failure.sentence.startswith(f"OpenAI does not answer now (HTTP {status}: ")


def test_a_date_to_come_back_at_is_understood() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)

    failure = explain(_said_no(503, headers={"retry-after": date}), OPENAI)

    assert failure is not None
    assert failure.wait == pytest.approx(30, abs=2)


@pytest.mark.parametrize("value", ["soon", "", "Thu, 99 Foo 2026"])
def test_an_unreadable_date_is_no_date(value: str) -> None:
    failure = explain(_said_no(503, headers={"retry-after": value}), OPENAI)

    assert failure is not None
    assert failure.wait is None


def test_long_messages_are_cut() -> None:
    failure = explain(_said_no(400, {"message": "very " * 5000}), OPENAI)

    assert failure is not None
    assert len(failure.sentence) < 300


@pytest.mark.parametrize("error", [ValueError("bad arguments"), KeyError("x"), RuntimeError("x"), TypeError("x")])
def test_what_no_provider_raised_is_not_explained(error: Exception) -> None:
    assert explain(error, OPENAI) is None


def test_a_filtered_answer_is_refused_an_empty_one_asked_again() -> None:
    assert blank("filter", OPENAI).refused
    assert not blank("stop", OPENAI).refused
    assert blank("length", OPENAI).limit

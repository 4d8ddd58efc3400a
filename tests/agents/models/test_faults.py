"""The fault battery: however a server answers, a person gets a sentence, and nothing costs more than its worst."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.errors import TurnError
from bot.domain.turn_results import Usage
from tests.agents.models import faults
from tests.agents.models.faults import FAULTS, Fault
from tests.agents.models.harness import ANSWER, harness


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
async def test_a_wrong_answer_is_told_booked_and_over(fault: Fault) -> None:
    async with asyncio.timeout(30), harness(fault.case, roundtable_model=fault.model, **fault.settings) as table:
        table.server.add(*fault.replies)

        if fault.error:
            with pytest.raises(TurnError, match=fault.sentence) as failed:
                await table.ask()
            assert type(failed.value).__name__ == fault.error
            assert table.client.failure is failed.value
        else:
            assert await table.ask() == fault.text
            assert table.client.failure is None

        assert len(table.server.calls) == len(fault.replies), "no more and no fewer calls"
        spent = [books for books in fault.books if books != faults.FREE]
        assert len(table.usage) == len(spent)
        assert len(table.book.given_back) == fault.books.count(faults.FREE)
        for books, usage, worst in zip(spent, table.usage, _spent(table.book.reserved, fault), strict=True):
            assert (usage.prompt_tokens, usage.completion_tokens, usage.estimated) == _expected(
                fault, books, usage, worst
            )
            assert usage.tokens <= worst.tokens
            assert usage.disbelieved is fault.disbelieved


def _spent(reserved: list[Usage], fault: Fault) -> list[Usage]:
    return [worst for worst, books in zip(reserved, fault.books, strict=True) if books != faults.FREE]


def _expected(fault: Fault, books: str, usage: Usage, worst: Usage) -> tuple[int, int, bool]:
    match books:
        case faults.WORST:
            return worst.prompt_tokens, worst.completion_tokens, True
        case faults.PART:
            assert 0 < usage.completion_tokens < ANSWER
            return worst.prompt_tokens, usage.completion_tokens, True
        case faults.PROMPT:
            return worst.prompt_tokens, 20, True
        case faults.ANSWERED:
            return 100, worst.completion_tokens, True
        case _:
            return 100, 20, fault.disbelieved

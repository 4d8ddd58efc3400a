"""The demo as a model's client."""

from __future__ import annotations

import asyncio

import pytest

from agents.models.demo.demo_client import DemoClient
from agents.models.port import Answer, ChatTurn, ModelMessage, ModelRequest, Piece
from agents.spec import TeamSpec, load_all
from agents.team_builder import system_message

RULES = system_message(load_all()["analyst"].speakers[0], load_all()["analyst"])
TASK = ModelMessage("Ada", "Plot the Google share price", mine=False)


async def ask(agent: str, *lines: ModelMessage, system: str = RULES) -> tuple[Answer, str]:
    """What it answers, and what was heard of that while it came."""
    heard: list[Piece] = []
    request = ModelRequest(system, (ChatTurn("user", "(a model would read this)"),), 1000, lines=lines)
    answer = await DemoClient(agent).answer(request, heard.append)
    return answer, "".join(piece.text for piece in heard)


async def test_answers_and_estimates_its_usage() -> None:
    answer, heard = await ask("analyst", TASK)

    assert "```python" in answer.text == heard
    assert answer.usage is not None
    assert answer.usage.prompt == len((RULES + TASK.text).encode()) // 4
    assert answer.usage.completion == pytest.approx(len(answer.text) / 4, rel=0.05)


async def test_knows_its_own_messages_from_those_of_others() -> None:
    code, _ = await ask("analyst", TASK)
    report = ModelMessage("executor", "exit code: 0 (0.1 s)\noutput: (none)", mine=False)

    answer, _ = await ask("analyst", TASK, ModelMessage("analyst", code.text, mine=True), report)

    assert answer.text.endswith("TERMINATE")


async def test_the_house_rules_say_who_is_an_agent() -> None:
    runner = {"name": "runner", "role": "Runs (the) code", "kind": "executor"}
    dora = {"name": "dora", "role": "Writer", "prompt": "x"}
    spec = TeamSpec.model_validate(
        {"description": "x", "max_turns": 9, "token_cap": 9_000, "agent": (runner, dora)}
    )
    talk = (
        ModelMessage("Ada", "```python\nprint(1)\n```", mine=False),
        ModelMessage("dora", "I run it.\n```python\nprint(1)\n```", mine=True),
        ModelMessage("runner", "exit code: 0 (0.1 s)\noutput:\n1", mine=False),
    )

    answer, _ = await ask("dora", *talk, system=system_message(spec.speakers[0], spec))

    assert "It printed `1`." in answer.text


async def test_a_cancelled_call_ends_at_once() -> None:
    call = asyncio.ensure_future(ask("analyst", TASK))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

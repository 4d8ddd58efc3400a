"""What one committed turn costs beside the least that durable AutoGen can do by itself.

    python bench/turns.py

Ours: the real runner, store (SQLite, synchronous=FULL) and AutoGen team; from one commit to the next. Rival: a fresh
team, load_state, one turn, save_state, JSON to a file with fsync. Both: the same three agents, the same replayed model,
answers of 1,000 characters, in one run, turn by turn in alternation. Prints medians around turns 10, 100 and 200 in
milliseconds, the ratio, and the bytes that ours wrote.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.teams import SelectorGroupChat
from autogen_core.models import ChatCompletionClient
from autogen_ext.models.replay import ReplayChatCompletionClient

from agents.build import Builder, system_message
from agents.models.choice import ModelChoice
from agents.spec import AgentSpec, TeamSpec
from agents.team import AutogenTeam
from bot.engine.changes import Changes
from bot.engine.runner import Runner
from bot.events import Message, Person, ThreadRef
from bot.ports import TeamState
from bot.settings import Settings
from bot.store import inbox
from bot.store.database import Database
from tests.fakes.chat import FakeChat
from tests.fakes.sandbox import FakeSandboxes

TURNS = 205
AT = (10, 100, 200)
AROUND = 5
ANSWER = "word " * 200

SPEC = TeamSpec(
    description="three who talk",
    max_turns=1000,
    token_cap=10**9,
    agent=(
        AgentSpec(name="ada", role="First", prompt="You speak first."),
        AgentSpec(name="bob", role="Second", prompt="You speak second."),
        AgentSpec(name="executor", role="Runs the code", kind="executor"),
    ),
)


def replay(*_: object) -> ChatCompletionClient:
    """A model that always has the same answer."""
    return ReplayChatCompletionClient([ANSWER] * (TURNS + 1))


class Teams:
    """Implements `bot.ports.Teams` for the one team."""

    def __init__(self) -> None:
        self._builder = Builder(Settings(), create=replay)

    def names(self) -> Mapping[str, str]:
        return {"three": SPEC.description}

    def limits(self, name: str) -> TeamSpec:
        return SPEC

    async def open(self, name: str, state: TeamState | None) -> AutogenTeam:
        model = ModelChoice("demo", "", "this is a bench")
        team = self._builder.build(SPEC, {"ada": model, "bob": model})
        await team.load(state)
        return team

"""The executor: runs the code that others wrote, through AutoGen's CodeExecutor interface."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from autogen_agentchat.agents import BaseChatAgent
from autogen_agentchat.base import Response
from autogen_agentchat.messages import BaseChatMessage, TextMessage
from autogen_core import CancellationToken
from autogen_core.code_executor import CodeBlock as AutogenBlock
from autogen_core.code_executor import CodeExecutor, CodeResult

from agents import wording
from agents.current_turn import CurrentTurn
from agents.message_parsing import code_blocks
from bot.domain.events import CodeBlock


class TurnCodeExecutor(CodeExecutor):
    """AutoGen's executor over the session's sandbox, for the length of a turn."""

    def __init__(self, current: CurrentTurn) -> None:
        self._current = current

    async def execute_code_blocks(
        self,
        code_blocks: list[AutogenBlock],
        cancellation_token: CancellationToken,
    ) -> CodeResult:
        """Run the blocks in order, until they end or the token is cancelled."""
        blocks = [CodeBlock(block.language, block.code) for block in code_blocks]
        running = asyncio.ensure_future(self._current.turn.run(blocks))
        cancellation_token.link_future(running)
        results = await running
        self._current.results = results
        exit_code = next((result.exit_code for result in results if not result.ok), 0)
        return CodeResult(exit_code=exit_code, output=wording.report(results))

    async def start(self) -> None:
        """Nothing to start: the sandbox is opened by the first run."""

    async def stop(self) -> None:
        """Nothing to stop: the sandbox belongs to the session."""

    async def restart(self) -> None:
        """Nothing to restart: every run is a process of its own."""


class ExecutorAgent(BaseChatAgent):
    """Runs the fenced code of the last message of an agent; what people and programs write is never run."""

    def __init__(self, name: str, description: str, executor: TurnCodeExecutor, authors: Sequence[str]) -> None:
        super().__init__(name, description)
        self._executor = executor
        self._authors = frozenset(authors)

    @property
    def produced_message_types(self) -> Sequence[type[BaseChatMessage]]:
        return (TextMessage,)

    async def on_messages(
        self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> Response:
        """Run the code and report."""
        texts = [m.content for m in messages if isinstance(m, TextMessage) and m.source in self._authors]
        blocks = [AutogenBlock(block.code, block.language) for block in code_blocks(texts[-1] if texts else "")]
        result = await self._executor.execute_code_blocks(blocks, cancellation_token)
        return Response(chat_message=TextMessage(content=result.output, source=self.name))

    async def on_reset(self, cancellation_token: CancellationToken) -> None:
        """Nothing is kept between turns."""

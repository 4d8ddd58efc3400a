"""What a thread sees of the current work: hints in a queue, shown one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TypeAlias

from bot.domain.participants import Hint, ThreadRef
from bot.engine.turn_context import queued
from bot.ports import ChatAdapter

HintQueue: TypeAlias = asyncio.Queue[tuple[ThreadRef, Hint]]


def queue(hints: HintQueue, thread: ThreadRef, ahead: int) -> None:
    """Show how many sessions are ahead in the queue for a place."""
    hints.put_nowait((thread, queued(ahead)))


async def show(hints: HintQueue, adapters: Mapping[str, ChatAdapter], queue_delay: float) -> None:
    """Show hints until cancelled, then that nobody is at work.

    A place in a queue is shown once it has stayed the same for `queue_delay` seconds.
    """
    thread: ThreadRef | None = None
    try:
        while True:
            thread, hint = await hints.get()
            if hint.may_pass:  # a queue moves often, and to show each move would be a call to the platform
                await asyncio.sleep(queue_delay)
                while hint.may_pass and not hints.empty():
                    thread, hint = hints.get_nowait()
            await adapters[thread.platform].hint(thread, hint)
    finally:
        if thread is not None:
            await adapters[thread.platform].hint(thread, Hint(""))

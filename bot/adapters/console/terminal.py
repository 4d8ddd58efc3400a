"""Follows one session in a terminal: shows it, asks its questions, stops it on Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from bot.adapters.console.asking import choice, prompt, still_open
from bot.adapters.console.feed import Feed
from bot.adapters.console.show import clean, show
from bot.aio.race import Overtaken, race
from bot.aio.shutdown import Deadline, on_signals
from bot.domain import json_codec
from bot.domain.errors import BadInput
from bot.domain.events import CodeBlock
from bot.domain.participants import Hint
from bot.domain.posts import RequestCard, SummaryPost
from bot.domain.views import Entry, FileView, SessionView
from bot.text.code_blocks import blocks_in_file
from bot.text.safe_names import clean_path

FINISHED, NOT_FINISHED, WAITS, ON_HOLD, INTERRUPTED, TERMINATED = 0, 1, 3, 4, 130, 143
_CODES = {"finished": FINISHED, "answered": FINISHED, "unfinished": WAITS}


@dataclass(slots=True)
class Terminal:
    """One terminal; with `as_json` it prints one event a line and asks nothing."""

    feed: Feed
    console: Console
    as_json: bool = False
    out: Path | None = None
    waits: Entry | None = None
    """The card that was there before."""
    attended: bool = True
    """Whether a person is there to wait for a session on hold, or to stop it."""
    _last: Entry | None = field(default=None, init=False)
    _asked: int = field(default=0, init=False)
    _held: int = field(default=-1, init=False)
    _card: RequestCard | None = field(default=None, init=False)
    """What the session waits for, as far as the thread was shown."""
    _status: Status | None = field(default=None, init=False)
    _stopping: asyncio.Task[None] | None = field(default=None, init=False)
    _interrupted: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _left: int | None = field(default=None, init=False)
    """The exit code, once a signal has told us to leave."""

    def __post_init__(self) -> None:
        self._last = self.waits
        self._card = self.waits.item if self.waits and isinstance(self.waits.item, RequestCard) else None

    async def follow(self, session_id: str) -> int:
        """Show the session until it rests; returns the exit code, 0 only when the team finished or answered."""
        try:
            async with self._interruptible(session_id):
                return await self._follow(session_id)
        except asyncio.CancelledError:
            if self._left is None:
                raise
            self._say_how_to_go_on(session_id)
            return self._left
        finally:
            self._busy("")

    async def _follow(self, session_id: str) -> int:
        async with aclosing(self.feed.news(session_id)) as stream:
            async for news in stream:
                match news:
                    case Entry():
                        self._show(news)
                    case Hint(agent, doing):
                        self._busy(agent, doing)
                    case SessionView():
                        code = await self._rest(news)
                        if code is not None:
                            return code
        return NOT_FINISHED

    async def _rest(self, session: SessionView) -> int | None:
        """The exit code if the terminal can leave the session as it is now, None to continue."""
        last = self._last
        if session.status == "ended" and last is not None and isinstance(last.item, SummaryPost):
            await self._end(session)
            return _CODES.get(session.outcome or "", NOT_FINISHED)
        if session.status == "paused" and session.wake_at is not None:
            return await self._hold(session, last.seq if last else 0)
        needs_person = session.status == "waiting" or (session.status == "paused" and session.wake_at is None)
        if not needs_person or last is None or last.seq <= self._asked or self._interrupted.is_set():
            return None
        if session.status == "waiting" and self._card is None:
            return None
        self._asked = last.seq
        card = self._card if session.status == "waiting" else None
        while (answer := None if self.as_json else await self._ask(card)) is not None:
            try:
                await self._answer(session.id, card, answer)
            except BadInput as error:
                self.console.print(str(error), style="red")
            else:
                return None
        if self._interrupted.is_set():
            return None
        await self._end(session)
        return WAITS

    async def _hold(self, session: SessionView, told: int) -> int | None:
        """A session without its model or its sandbox tries again later; entry `told` says why."""
        if not self.attended:
            self.console.print(
                "No one is at this terminal to wait, so this command ends here. The session stays on hold: "
                "`roundtable up` continues it.",
                style="yellow",
            )
            await self._end(session)
            return ON_HOLD
        if told > self._held and not self._interrupted.is_set():
            self._held = told
            self.console.print("The session is on hold until then; Ctrl-C stops it.", style="yellow")
        return None

    async def _answer(self, session_id: str, card: RequestCard | None, line: str) -> None:
        """Do what was typed: decide about the card that waits, or say it; raises BadInput."""
        chosen = choice(card, line) if card else None
        if chosen is None:
            await self.feed.reply(session_id, line, ())
            return
        if chosen.file is not None:
            chosen = replace(chosen, blocks=await asyncio.to_thread(_code, chosen.file))
        await self.feed.decide(session_id, chosen)

    async def _end(self, session: SessionView) -> None:
        self._busy("")
        if self.as_json:
            print(f'{{"session":{json_codec.to_json(json_codec.session, session)}}}', flush=True)  # noqa: T201
        if self.out is not None:
            files = await self.feed.files(session.id)
            read = partial(self.feed.read, session.id)
            await save_files(files, read, self.out, None if self.as_json else self.console)
        else:
            self._say_how_to_go_on(session.id)

    def _say_how_to_go_on(self, session_id: str) -> None:
        if not self.as_json:
            self.console.print(f'Continue with: roundtable run --session {session_id} "…"', style="dim")

    def _show(self, entry: Entry) -> None:
        self._last = entry
        self._card = still_open(self._card, entry.item)
        self._busy("")
        if self.as_json:
            print(json_codec.to_json(json_codec.entry, entry), flush=True)  # noqa: T201
        else:
            show(self.console, entry.item)

    def _busy(self, agent: str, doing: str = "") -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None
        if agent and self.console.is_terminal and not self.as_json:
            self._status = self.console.status(f"{clean(agent)} {doing or 'is at work'}")
            self._status.start()

    async def _ask(self, card: RequestCard | None) -> str | None:
        self._busy("")
        self.console.print(f"[bold]{escape(prompt(card))}[/] (Enter alone leaves it for later): ", end="")
        try:
            line = await race(_read_line(), self._interrupted.wait())
        except Overtaken:
            return None
        return line.strip() or None

    @asynccontextmanager
    async def _interruptible(self, session_id: str) -> AsyncIterator[None]:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None

        deadline = Deadline()

        def leave(code: int) -> None:
            deadline.begin(code)
            self._left = code
            task.cancel()

        def terminate() -> None:
            deadline.begin(TERMINATED)
            loop.call_soon_threadsafe(leave, TERMINATED)

        def interrupt() -> None:
            if self._stopping is not None:
                leave(INTERRUPTED)
                return
            self.console.print("\nStopping the session; Ctrl-C again leaves at once.", style="yellow")
            self._stopping = asyncio.create_task(self.feed.stop(session_id))
            self._interrupted.set()

        try:
            with on_signals(
                {signal.SIGINT: partial(loop.call_soon_threadsafe, interrupt), signal.SIGTERM: terminate}
            ):
                yield
        finally:
            if self._stopping is not None:
                await asyncio.gather(self._stopping, return_exceptions=True)


async def save_files(
    files: Sequence[FileView],
    read: Callable[[FileView], Awaitable[bytes]],
    out: Path,
    console: Console | None,
) -> None:
    """Copy what code made into a folder, under the names it gave."""
    for view in files:
        if view.attached:
            continue
        target = out / clean_path(view.file.path)
        await asyncio.to_thread(_write, target, await read(view))
        if console is not None:
            console.print(f"saved {target}", style="dim", highlight=False)


def _code(path: Path) -> tuple[CodeBlock, ...]:
    try:
        return blocks_in_file(path.name, path.read_bytes())
    except (OSError, UnicodeDecodeError):
        raise BadInput(f"{path} cannot be read as text; nothing was decided.") from None


def _write(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)


async def _read_line() -> str:
    """A line from standard input, read on a thread that does not keep the process from ending."""
    loop = asyncio.get_running_loop()
    line: asyncio.Future[str] = loop.create_future()

    def deliver(text: str) -> None:
        if not line.done():
            line.set_result(text)

    def read() -> None:
        text = sys.stdin.readline()
        if not loop.is_closed():
            loop.call_soon_threadsafe(deliver, text)

    threading.Thread(target=read, daemon=True).start()
    return await line

"""Slack as a chat platform."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Mapping, Sequence

import aiohttp
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from bot.adapters.common.lost_threads import ON_PAGE, STOPPED, LostThreads, notice, tell_first
from bot.adapters.common.session_lookup import Blobs, SessionLookup
from bot.adapters.slack import body, bolt_app, persona
from bot.adapters.slack.activity import ActivitySigns
from bot.adapters.slack.backfill import Backfill
from bot.adapters.slack.channels import Channels
from bot.adapters.slack.commands import HomeAndCommands
from bot.adapters.slack.credentials import PATH, BotIdentity, Credentials
from bot.adapters.slack.deliver import Deliveries
from bot.adapters.slack.ephemeral import EphemeralMessages
from bot.adapters.slack.event_recorder import EventRecorder
from bot.adapters.slack.events import EventReceiver
from bot.adapters.slack.files import Downloads, SlackUploads
from bot.adapters.slack.health import Health
from bot.adapters.slack.history import History
from bot.adapters.slack.http import Endpoint
from bot.adapters.slack.interactions import Interactions
from bot.adapters.slack.messages import ThreadMessages
from bot.adapters.slack.pacing import ChannelPacing
from bot.adapters.slack.people import People
from bot.adapters.slack.render import render
from bot.adapters.slack.session_locator import SessionLocator
from bot.adapters.slack.socket import SocketMode
from bot.adapters.slack.stops import StopRequests
from bot.adapters.slack.user_groups import UserGroups
from bot.adapters.slack.web import Web, pool, token_problem
from bot.aio.background import BackgroundTasks
from bot.domain.errors import Delivery
from bot.domain.events import RemoteFile, Stop
from bot.domain.participants import Hint, MessageRef, Person, ThreadRef
from bot.domain.policy import Policy
from bot.domain.posts import Part, Post
from bot.domain.views import OpenThread
from bot.ports import Intake, Remember, ThreadLookup

log = logging.getLogger(__name__)

_LONGEST_WAIT = 30.0
_GONE = Person("", "Roundtable, which can no longer post here")


class SlackAdapter:
    """Implements `bot.ports.ChatAdapter`.

    `blob` is where the bytes of a session's artifact are, `file_limit` the bytes of the largest attached file,
    `gap` the seconds between two messages in one channel, `token_wait` how many a part waits before it is tried
    again with a token that Slack refuses. `endpoint` is what Slack calls when there is no socket.
    """

    name = "slack"

    def __init__(
        self,
        access: Credentials,
        *,
        reader: SessionLookup,
        threads: ThreadLookup,
        policy: Callable[[], Policy],
        blob: Blobs,
        teams: Mapping[str, str],
        default_team: str,
        file_limit: int,
        gap: float = 1.0,
        token_wait: float = 30.0,
    ) -> None:
        self._web = Web(access)
        self._reader = reader
        self._threads = threads
        self._policy = policy
        self._teams = teams
        self._default_team = default_team
        self._file_limit = file_limit
        self._background = BackgroundTasks("a call to Slack failed")
        self._activity = ActivitySigns(self._web)
        self._ephemeral = EphemeralMessages(self._web)
        self._downloads = Downloads(self._web)
        self._intake: Intake | None = None
        self._lost_threads = LostThreads()
        uploads = SlackUploads(self._web, blob)
        self._deliveries = Deliveries(
            self._web, ChannelPacing(gap), uploads, lost=self._lost, problem=self._problem, token_wait=token_wait
        )
        self.health = Health()
        self.endpoint = Endpoint(access.signing_secret)
        self.app: AsyncApp | None = None
        """Bolt's app, once Slack has said who we are."""

    @property
    def mounts(self) -> Mapping[str, Endpoint]:
        """What the web server has to serve for us, by path."""
        return {} if self._web.access.mode == "socket" else {PATH: self.endpoint}

    async def run(self, intake: Intake) -> None:
        """Take events in until cancelled; waits for Slack while it cannot be reached."""
        self._intake = intake
        async with pool() as http, self._activity.showing(), self._background:
            self._web.use(http)
            try:
                await self._serve(intake, http, await self._introduced())
            finally:
                self.endpoint.app = None
                self._web.use(None)

    def render(self, session: str, thread: ThreadRef, post_id: str, post: Post) -> tuple[Part, ...]:
        """The messages and uploads that show a post."""
        return render(session, post_id, post, self._policy().verbosity(thread))

    def plain(self, part: Part) -> Part | None:
        """A refused part as plain text."""
        return body.plain(part)

    async def deliver(self, thread: ThreadRef, part: Part, remember: Remember) -> MessageRef:
        """Send a part."""
        message = await self._deliveries.deliver(thread, part, remember)
        self._lost_threads.is_back(part.session)
        if mood := body.load(part).mood:
            self._activity.rests(thread, mood)
        return message

    async def find(self, thread: ThreadRef, part: Part) -> MessageRef | None:
        """The message of a part, if Slack has it."""
        return await self._deliveries.find(thread, part)

    async def edit(self, message: MessageRef, part: Part) -> None:
        """Change a message of ours."""
        await self._deliveries.edit(message, part)

    async def hint(self, thread: ThreadRef, hint: Hint) -> None:
        """Show who is at work."""
        self._activity.hint(thread, hint)

    async def fetch(self, file: RemoteFile, limit: int) -> bytes:
        """The bytes of an attached file."""
        return await self._downloads.fetch(file, limit)

    async def _serve(self, intake: Intake, http: aiohttp.ClientSession, me: BotIdentity) -> None:
        people = People(self._web, me, UserGroups(self._web, lambda: self._policy().named))
        channels = Channels(self._web)
        history = History(self._web, me, people, self._file_limit)
        locator = SessionLocator(me, self._threads, self._reader, history)
        recorder = EventRecorder(intake, people, self._background)
        home_and_commands = HomeAndCommands(
            self._web, me, self._reader, people, channels, self._policy, self._teams, self._default_team
        )
        messages = ThreadMessages(
            me=me,
            locator=locator,
            recorder=recorder,
            people=people,
            history=history,
            channels=channels,
            ephemeral=self._ephemeral,
            activity=self._activity,
            background=self._background,
        )
        stops = StopRequests(me, locator, recorder, self._ephemeral, home_and_commands, self._background)
        interactions = Interactions(
            me, self._web, intake, locator, people, self._ephemeral, home_and_commands, self._background
        )
        receiver = EventReceiver(me, messages, stops, interactions, home_and_commands, self._background)
        backfill = Backfill(me, self._threads, history, self._reader, messages, stops)
        self.app = bolt_app.build(self._web, me, receiver.take)

        def connected(threads: Sequence[OpenThread]) -> None:
            self._background.start(backfill.catch_up(threads))

        if self._web.access.mode == "socket":
            await SocketMode(
                self._web, http, self.app, health=self.health, open_threads=backfill.heard, connected=connected
            ).run()
        else:
            threads = await backfill.heard()
            self.endpoint.app = self.app
            self.health.good("connection")
            connected(threads)
            await asyncio.Event().wait()

    async def _introduced(self) -> BotIdentity:
        """Who we are; asked until Slack says so."""
        wait = 0.5
        while True:
            try:
                me = await self._web.me()
            except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
                self.health.bad(
                    "connection", token_problem(error) or f"Slack cannot be reached ({error}); trying again"
                )
                await asyncio.sleep(wait)
                wait = min(wait * 2, _LONGEST_WAIT)
            else:
                if me.scopes:
                    self._deliveries.persona = persona.SCOPE in me.scopes
                    self._deliveries.sees_files = "files:read" in me.scopes
                    self._activity.native = "assistant:write" in me.scopes
                return me

    def _problem(self, kind: str, sentence: str) -> None:
        if sentence:
            self.health.bad(kind, sentence)
        else:
            self.health.good(kind)

    def _lost(self, thread: ThreadRef, session_id: str, why: str) -> None:
        """Nothing can be posted in a thread any longer: end its session and tell its starter, once."""
        if self._lost_threads.is_new(session_id, why):
            self._background.start(self._give_up(thread, session_id, why))

    async def _give_up(self, thread: ThreadRef, session_id: str, why: str) -> None:
        session = await self._reader.session(session_id)
        if session is None:
            return
        then = ON_PAGE
        if session.status != "ended" and self._intake is not None:
            await self._intake(Stop(f"slack:gone:{uuid.uuid4().hex}", thread, _GONE))
            then = STOPPED

        async def in_private(text: str) -> bool:
            try:
                await self._ephemeral.direct(session.starter.id, text)
            except Delivery:
                return False
            return True

        await tell_first([in_private], session_id, notice(session.title, why, then))

"""Who may bring an event in, and which team a new session gets: pure decisions by the policy."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from bot.domain.errors import Denied, Unheard
from bot.domain.events import CostAsked, Decision, Deleted, Edited, Erase, Event, Message, Mute, Stop
from bot.domain.policy import EVERYONE, Act, Policy
from bot.engine.thread_commands import chosen_team
from bot.store.sessions import Session

_ACTS: Mapping[str, Act] = {"message": "steer", "mute": "steer", "stop": "stop", "erase": "delete"}


@dataclass(frozen=True, slots=True)
class Admission:
    """The policy in force and the teams there are.

    `starters`: by platform, who may start sessions where the policy does not say; everyone unless named.
    """

    policy: Policy
    teams: Collection[str]
    default_team: str
    starters: Mapping[str, Collection[str]] = field(default_factory=dict)

    def check_place(self, event: Event) -> None:
        """Raises Denied or Unheard when this person, or this place, is not served at all."""
        if not _is_anonymous(event) and (why := self.policy.admits(event.thread, event.who)):
            raise Denied(why) if is_addressed(event) else Unheard(why)

    def check_act(self, session: Session, event: Event) -> None:
        """Raises Denied or Unheard for what this person may not do in this session."""
        act = None if _is_anonymous(event) else _ACTS.get(event.kind)
        if act and (why := self.policy.may(act, session.thread, event.who, session.starter)):
            # A person who says stop must know that nothing has stopped.
            raise Denied(why) if is_addressed(event) or isinstance(event, Stop) else Unheard(why)
        reopens = isinstance(event, Message) and session.status == "ended" and event.who.id != session.starter.id
        if reopens and (why := self._no_start(event)):
            raise Denied(f"The session has ended, and to go on is to start it again. {why}")

    def open(self, message: Message) -> tuple[str, Message]:
        """The team of a new session, and its task without the words that name a team; raises Denied."""
        if why := self._no_start(message):
            raise Denied(why)
        if message.team is None and (chosen := chosen_team(message.text, self.teams)):
            return chosen[0], replace(message, text=chosen[1])
        return message.team or self.policy.team(message.thread) or self.default_team, message

    def _no_start(self, event: Event) -> str:
        """Why the person of an event may not start a session there, "" when they may."""
        default = self.starters.get(event.thread.platform, (EVERYONE,))
        return self.policy.start(event.thread, event.who, default)


def is_addressed(event: Event) -> bool:
    """Whether an event is meant for us, so that a refusal needs an answer."""
    match event:
        case Message() | Stop() | Mute() | CostAsked():
            return event.addressed
        case Decision() | Erase():
            return True
        case Edited() | Deleted():
            return False


def _is_anonymous(event: Event) -> bool:
    """Whether a platform reports it without saying who did it, for example that a thread is gone."""
    return isinstance(event, Stop | Deleted) and not event.who.id

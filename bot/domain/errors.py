"""Roundtable's errors, by audience. Each carries one sentence that its reader can act on.

RoundtableError
 ├── OperatorError        the operator: printed without a traceback, exit code 2
 ├── BadInput             the person who sent it: said to that person, nothing was stored
 │    └── Denied          this person may not do that
 ├── Unheard              an event that is not for us: nothing was stored, no one is told
 ├── Delivery             an adapter could not deliver a part
 │    ├── Refused         the platform said no for good
 │    ├── Unknown         sent or not? the thread must be read back
 │    └── RetryAfter      the platform said later
 ├── TurnError            a turn could not be done; said in the thread, nothing was committed
 │    ├── ModelUnavailable    try again later
 │    ├── ModelRefused        trying again will not help: key, model name, request
 │    │    └── ContextOverflow     the request is longer than what the model reads
 │    ├── TokenCapReached     the next model call does not fit the cap
 │    ├── BudgetReached       the next model call does not fit a budget; a person may raise it
 │    ├── Stuck               the agents get nowhere; only a person can help
 │    ├── NotAsked            code must be asked about before the turn can run it
 │    ├── TurnCrashed         a failure that no rule knows; its text is for the log only
 │    └── Stopped             a person stopped the turn
 └── SandboxUnavailable   the engine or the image is missing; never shown as a program's output
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.posts import Scope, Unit
from bot.domain.turn_results import Usage


class RoundtableError(Exception):
    """The root of every error Roundtable raises on purpose."""


class OperatorError(RoundtableError):
    """Something that only the operator can fix: one sentence and the fix."""


class BadInput(RoundtableError):
    """What a person sent cannot be taken: one sentence for that person."""

    again = False
    """Its person was told so before: of the same event or, for words not addressed to us, in the same session."""


class Denied(BadInput):
    """This person may not do that here: one sentence for that person alone."""


class Unheard(RoundtableError):
    """The event is not for us: nothing was stored, and no one needs to be told."""


class Delivery(RoundtableError):
    """A part was not confirmed by its platform."""


class Refused(Delivery):
    """The platform refuses this part for good."""


class Unknown(Delivery):
    """The platform may or may not have the part."""


class RetryAfter(Delivery):
    """The platform asks to wait `seconds` before the same part is sent again."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"retry after {seconds:g} s")
        self.seconds = seconds


class TurnError(RoundtableError):
    """A turn failed before its commit; `usage` is what it cost all the same."""

    def __init__(self, message: str, usage: Sequence[Usage] = ()) -> None:
        super().__init__(message)
        self.usage = tuple(usage)


class ModelUnavailable(TurnError):
    """The model's provider does not answer now; the session waits."""


class ModelRefused(TurnError):
    """The model's provider refuses the request as it is; a person must change something."""


class ContextOverflow(ModelRefused):
    """The request is longer than what the model reads; a shorter one may do."""


class TokenCapReached(TurnError):
    """The worst case of the next model call, of `needed` tokens, does not fit the session's token cap."""

    def __init__(self, message: str, usage: Sequence[Usage] = (), *, needed: int = 0) -> None:
        super().__init__(message, usage)
        self.needed = needed


class Stuck(TurnError):
    """The agents get nowhere, by what they said so far: one sentence; only what a person says can help."""


class BudgetReached(TurnError):
    """The next step needs `needed` of a unit, of which a scope has spent `spent`, and may spend `cap`."""

    def __init__(self, scope: Scope, unit: Unit, *, spent: float, cap: float, needed: float) -> None:
        super().__init__(f"the budget of the {scope} has no room: {spent:g} + {needed:g} > {cap:g} {unit}")
        self.scope: Scope = scope
        self.unit: Unit = unit
        self.spent = spent
        self.cap = cap
        self.needed = needed


class NotAsked(TurnError):
    """The code of the turn must be asked about first: the rules have changed, or a leave to run all is over."""


class TurnCrashed(TurnError):
    """A turn failed in a way that no rule knows; the text is for the log, not for the thread."""


class Stopped(TurnError):
    """A person stopped the turn."""


class SandboxUnavailable(RoundtableError):
    """No sandbox can be had now: one sentence that says why."""

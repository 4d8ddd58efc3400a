"""What the policy and the team's file say about one session, as far as the engine's decisions need it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.budgets import Cap
from bot.domain.policy import Policy
from bot.ports import HumanInputMode, TeamLimits
from bot.store.sessions import Session


@dataclass(frozen=True, slots=True)
class SessionRules:
    """`remind` and `expire`: seconds a person may take; `all_for`: seconds for which all code can be approved.

    `caps` bound what models use.
    """

    approval: bool = False
    mode: HumanInputMode = "NEVER"
    remind: float = 4 * 3600
    expire: float = 72 * 3600
    all_for: float = 8 * 3600
    caps: tuple[Cap, ...] = ()

    def remind_at(self, now: float) -> float | None:
        """When people are reminded of what they are asked now, if that is before it expires."""
        return now + self.remind if self.remind < self.expire else None


def rules_for(policy: Policy, session: Session, limits: TeamLimits | None) -> SessionRules:
    """The rules of a session now; a policy that is read again changes them."""
    remind, expire = policy.patience(session.team)
    return SessionRules(
        approval=policy.approval(session.thread, session.team),
        mode=limits.human_input_mode if limits else "NEVER",
        remind=remind,
        expire=expire,
        all_for=policy.wait.approve_all_hours * 3600,
        caps=policy.budget.caps(policy.at(session.thread).budget),
    )

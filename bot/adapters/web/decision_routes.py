"""Decisions over HTTP."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from bot.domain.events import CodeBlock, Decision, Verdict
from bot.domain.participants import Person, ThreadRef


class Block(BaseModel):
    """A block of code; its language is python or bash."""

    model_config = ConfigDict(extra="forbid", strict=True)
    code: str
    language: str = "python"


class NewDecision(BaseModel):
    """What a person decides about one request.

    `digest`: the SHA-256 of the code that was seen, to approve it. `blocks`: the code of an edit. `amount`: what a
    raise adds, in the card's unit; 0 is what the card offers.
    """

    model_config = ConfigDict(extra="forbid", strict=True)
    request: str
    verdict: Verdict
    digest: str = ""
    reason: str = ""
    blocks: list[Block] = Field(default_factory=list)
    amount: float = 0.0

    def event(self, key: str, thread: ThreadRef, who: Person) -> Decision:
        """The decision as the engine takes it in."""
        blocks = tuple(CodeBlock(block.language, block.code) for block in self.blocks)
        return Decision(
            key,
            thread,
            who,
            self.request,
            self.verdict,
            self.digest,
            self.reason,
            blocks,
            self.amount,
        )

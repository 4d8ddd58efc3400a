"""The call that sums old turns up."""

from __future__ import annotations

from pathlib import Path

from autogen_core.models import SystemMessage, UserMessage

from agents.models.metered import MeteredClient

RULES = (Path(__file__).parent / "summary_rules.md").read_text(encoding="utf-8")
"""What the model is told to do."""


async def summarise(client: MeteredClient, talk: str) -> str:
    """The talk in few words; raises what the client raises."""
    result = await client.create([SystemMessage(content=RULES), UserMessage(content=talk, source="roundtable")])
    assert isinstance(result.content, str), "no tools were offered"
    return result.content

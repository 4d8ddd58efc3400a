"""A PostgreSQL database that is no longer ours alone ends the process, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.store.database import Database
from tests.bot.conftest import cluster
from tests.e2e.process import up
from tests.platforms import openai, postgres

__all__ = ["cluster"]

pytestmark = pytest.mark.postgres


async def test_up_ends_with_a_sentence_when_its_claim_is_lost_and_the_next_one_goes_on(
    tmp_path: Path, cluster: postgres.Cluster
) -> None:
    url = cluster.database()
    async with openai.play() as provider:
        settings = {
            "ROUNDTABLE_DATABASE_URL": url,
            "ROUNDTABLE_MODEL": "openai/scripted",
            "OPENAI_API_KEY": "sk-test",
            "OPENAI_BASE_URL": f"{provider.url}/v1",
        }
        held = provider.hold()
        async with up(tmp_path, **settings) as roundtable:
            session = await roundtable.start("think")
            await held.arrived.wait()
            async with Database(url) as other:
                assert await other.write(postgres.end_claims) == 1
            assert await roundtable.process.wait() == 2
        said = " ".join("".join(roundtable.said).split())
        assert "for this Roundtable alone was lost; nothing else is: start it again" in said
        assert "Traceback" not in said

        provider.say("Here I am.\n\nTERMINATE")
        async with up(tmp_path, **settings) as roundtable:
            thread = await roundtable.ended(session)
    assert [entry.item.kind for entry in thread] == ["message", "agent", "summary"]

"""The real process with real code: variables that last, what is bound to them, and what comes of their loss."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.domain.posts import ApprovalPost, StatusPost
from bot.engine.approval import LAPSED
from tests.e2e.process import Roundtable, command, up
from tests.e2e.test_people import decide, printed

pytestmark = pytest.mark.docker

FIRST = "```python\nx = 41\nopen('first.txt', 'w').write(str(x))\nprint(x)\n```"
SECOND = "```python\nx += 1\nopen('second.txt', 'w').write(str(x))\nprint(x)\n```"
THIRD = "```python\nprint(x)\n```"


async def _approve(roundtable: Roundtable, session: str, after: int) -> ApprovalPost:
    card = (await roundtable.until(session, ApprovalPost, after))[-1].item
    assert isinstance(card, ApprovalPost)
    assert await decide(roundtable, session, card) == (202, "")
    return card


async def test_an_approval_holds_with_the_variables_and_lapses_without_them(tmp_path: Path) -> None:
    policy, work = tmp_path / "policy.toml", tmp_path / "work"
    policy.write_text('code_approval = "always"\n', encoding="utf-8")
    settings = {"ROUNDTABLE_POLICY": str(policy)}
    async with up(work, **settings) as roundtable:
        session = await roundtable.start(FIRST)
        card = await _approve(roundtable, session, 0)
        assert card.builds_on.interpreter == ""
        seq = (await roundtable.ended(session))[-1].seq
        await roundtable.reply(session, SECOND)
        card = await _approve(roundtable, session, seq)
        assert [(block.line, block.undone) for block in card.builds_on.blocks] == [("x = 41", False)]
        thread = await roundtable.ended(session, seq)
        assert printed(thread) == ["41\n", "42\n"], "the second block has found the first one's variable"
        await roundtable.reply(session, THIRD)
        seq = (await roundtable.until(session, ApprovalPost, thread[-1].seq))[-1].seq
        await roundtable.kill()
    async with up(work, **settings) as roundtable:
        await _approve(roundtable, session, seq - 1)
        told = (await roundtable.until(session, StatusPost, seq))[-1].item
        assert told == StatusPost(f"{LAPSED}. It was not run.")
        await roundtable.stop(session)
        assert printed(await roundtable.ended(session, seq)) == ["41\n", "42\n"]

    code, provenance, _ = await command(work, "sessions", "provenance", session)
    assert code == 0
    (second,) = re.findall(r"second\.txt.*", provenance)
    assert re.search(r"\b2\.1\b", second)
    code, said, _ = await command(work, "sessions", "rerun", session)
    assert (code, said.splitlines()[-1]) == (0, "2 of 2 files came out identical.")

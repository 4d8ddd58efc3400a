"""Code that a person edits before it runs, in the message, on the card or as a file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import pytest

from bot.adapters.discord import render as discord
from bot.adapters.slack import render as slack
from bot.domain.audit_facts import TurnedDown
from bot.domain.audit_facts import code_digest as digest
from bot.domain.errors import BadInput
from bot.domain.events import CodeBlock, RemoteFile
from bot.domain.policy import Policy, Verbosity
from bot.store import audit
from bot.store.audit import AuditFilter
from tests.bot.engine.harness import THREAD, harness
from tests.fakes.chat import FakeChat, Slow
from tests.fakes.scripted_sandbox import ScriptedSandboxes
from tests.fakes.team import FakeTeams, Limits, Line, code, finished

ALWAYS = Policy(code_approval="always")
SCRIPT: Sequence[Line] = (code("x()"), finished())


async def test_edited_code_runs_in_place_of_the_agent_s_and_is_shown(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    teams = FakeTeams(SCRIPT)
    async with harness(tmp_path, teams, sandboxes=sandboxes, policy=ALWAYS) as it:
        await it.talk("Go")
        await it.decide("edit", blocks=(CodeBlock("python", "safer()\n"),))
        await it.rest()
        thread = it.thread()
    new = digest((CodeBlock("python", "safer()\n"),))
    assert thread[:3] == [
        f"assistant would run: x() [Edited by Ann: SHA-256 {new} runs instead.]",
        "Ann would run: safer() [Ann changed the code: this runs now.]",
        "output: ok",
    ]
    assert sandboxes.ran == ["safer()"]
    assert "safer()" in teams.heard[1][0]


@pytest.mark.parametrize("verbosity", ["all", "quiet"])
async def test_edited_code_is_shown_once_even_in_quiet_channels(tmp_path: Path, verbosity: Verbosity) -> None:
    async with harness(tmp_path, FakeTeams(SCRIPT), policy=ALWAYS) as it:
        await it.talk("Go")
        await it.decide("edit", blocks=(CodeBlock("python", "safer()\n"),))
        await it.rest()
        posts = it.chat.posts(THREAD)
    for render in (slack.render, discord.render):
        parts = [part for number, post in enumerate(posts) for part in render("s1", f"{number}", post, verbosity)]
        assert sum("safer()" in part.body for part in parts) == 1


async def test_code_is_edited_by_a_reply_that_names_the_request(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    async with harness(tmp_path, FakeTeams(SCRIPT), sandboxes=sandboxes, policy=ALWAYS) as it:
        await it.talk("Go")
        await it.say(f"edit {it.card().request}\n```py\nsafer()\n```")
        await it.rest()
    assert sandboxes.ran == ["safer()"]


@pytest.mark.parametrize(
    ("files", "blocks"),
    [
        ({"new.py": b"safer()\n"}, ["safer()"]),
        ({"NEW.PY": b"\xef\xbb\xbfsafer()"}, ["safer()"]),
        ({"one.sh": b"ls\n", "two.py": b"safer()\n"}, ["ls", "safer()"]),
        ({"both.md": b"First\r\n```sh\r\nls\r\n```\r\nthen\r\n```\r\nsafer()\r\n```"}, ["ls", "safer()"]),
        ({"bare.txt": b"safer()"}, ["safer()"]),
    ],
)
async def test_code_is_edited_by_a_reply_with_files(
    tmp_path: Path, sandboxes: ScriptedSandboxes, files: dict[str, bytes], blocks: list[str]
) -> None:
    teams, dropped = FakeTeams(SCRIPT), list[str]()

    async def heard(refs: Collection[str]) -> None:
        dropped.extend(refs)

    async with harness(
        tmp_path, teams, chat=FakeChat(files=files), sandboxes=sandboxes, policy=ALWAYS, drop_uploads=heard
    ) as it:
        await it.talk("Go")
        await it.say(f"edit {it.card().request}, please", files=_attached(files))
        await it.rest()
        thread = it.thread()
    assert sandboxes.ran == blocks
    assert thread[1] == f"Ann would run: {' / '.join(blocks)} [Ann changed the code: this runs now.]"
    assert all(f"[{code}]" in teams.heard[1][0] for code in blocks)
    assert dropped == list(files)


def _attached(files: Iterable[str]) -> list[RemoteFile]:
    return [RemoteFile(name, 10, name) for name in files]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\xff\xfe\x00", "new.md is not text in UTF-8"),
        (b"```python\nx()", "a block is not closed"),
        (b" \n", "There is no code in the edit"),
        (b"x" * 200_001, "new.md is larger than 200000 bytes"),
        (None, "new.md cannot be had"),
    ],
)
async def test_files_without_code_decide_nothing(
    tmp_path: Path, sandboxes: ScriptedSandboxes, data: bytes | None, why: str
) -> None:
    chat = FakeChat(files={} if data is None else {"new.md": data})
    async with harness(tmp_path, FakeTeams(SCRIPT), chat=chat, sandboxes=sandboxes, policy=ALWAYS) as it:
        await it.talk("Go")
        await it.say(f"edit {it.card().request}", files=_attached(["new.md"]))
        await it.rest()
        assert it.thread()[0].endswith("[open]")
        assert it.thread()[1].startswith("(Ann, your edit was not taken. ")
        assert why in it.thread()[1]
        await it.decide("approve")
        await it.rest()
    assert sandboxes.ran == ["x()"]


async def test_code_comes_in_one_way(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams(SCRIPT), policy=ALWAYS) as it:
        await it.talk("Go")
        with pytest.raises(BadInput, match="not both"):
            await it.say(f"edit {it.card().request}\n```\nx()\n```", files=_attached(["new.py"]))
        with pytest.raises(BadInput, match="Code may have"):
            await it.say(f"edit {it.card().request}", files=[RemoteFile("new.py", 200_001, "new.py")])


async def test_an_edit_whose_file_is_still_to_come_survives_a_restart(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    slow = Slow()
    chat = FakeChat(files={"new.py": b"safer()\n"}, fetching=slow)
    async with harness(tmp_path, FakeTeams(SCRIPT), chat=chat, policy=ALWAYS, grace=0) as it:
        await it.talk("Go")
        await it.say(f"edit {it.card().request}", files=_attached(["new.py"]))
        await slow.arrived.wait()
    chat.fetching = None
    async with harness(tmp_path, FakeTeams(SCRIPT), chat=chat, sandboxes=sandboxes, policy=ALWAYS) as it:
        await it.rest()
    assert sandboxes.ran == ["safer()"]


async def test_whoever_decides_while_a_file_is_fetched_is_first(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    slow = Slow()
    chat = FakeChat(files={"new.py": b"safer()\n"}, fetching=slow)
    async with harness(tmp_path, FakeTeams(SCRIPT), chat=chat, sandboxes=sandboxes, policy=ALWAYS) as it:
        await it.talk("Go")
        await it.say(f"edit {it.card().request}", files=_attached(["new.py"]))
        await slow.arrived.wait()
        await it.decide("approve")
        slow.released.set()
        await it.rest()
        thread = it.thread()
        (refusal,) = await it.database.read(audit.page, AuditFilter(kinds=["refusal"]))
    assert sandboxes.ran == ["x()"]
    why = "Too late: that is already decided (approved by Ann)."
    assert f"(Ann, your edit was not taken. {why})" in thread
    assert (refusal.who.name, refusal.what) == ("Ann", TurnedDown("decision", why))


async def test_a_stop_does_not_wait_for_a_file(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    slow = Slow()
    chat = FakeChat(fetching=slow)
    async with harness(tmp_path, FakeTeams(SCRIPT), chat=chat, sandboxes=sandboxes, policy=ALWAYS) as it:
        await it.talk("Go")
        await it.say(f"edit {it.card().request}", files=_attached(["new.py"]))
        await slow.arrived.wait()
        await it.stop()
        await it.rest()
        assert it.thread()[-1] == "stopped: Stopped by Ben."
    assert sandboxes.ran == []


async def test_the_team_hears_of_an_edit_after_a_limit(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    teams = FakeTeams(SCRIPT, Limits(max_turns=1))
    async with harness(tmp_path, teams, sandboxes=sandboxes, policy=ALWAYS) as it:
        await it.talk("Go")
        await it.decide("edit", blocks=(CodeBlock("python", "safer()\n"),))
        await it.rest()
        assert it.thread()[-1] == "limit: The team has used its 1 turns. Reply to let it go on."
        await it.talk("go on")
    assert sandboxes.ran == ["safer()"]
    assert teams.heard[1] == ["[safer()]", "go on"]


@pytest.mark.parametrize("blocks", [(), (CodeBlock("python", "  \n"),), (CodeBlock("python", "x" * 200_001),)])
async def test_an_edit_brings_code(tmp_path: Path, blocks: tuple[CodeBlock, ...]) -> None:
    async with harness(tmp_path, FakeTeams(SCRIPT), policy=ALWAYS) as it:
        await it.talk("Go")
        with pytest.raises(BadInput):
            await it.decide("edit", blocks=blocks)

"""Commands that show something, to the person who asked and nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from bot.domain.policy import Deny, Policy
from bot.domain.turn_results import RunResult
from tests.bot.adapters.discord.harness import harness
from tests.fakes.scripted_sandbox import Does
from tests.fakes.team import FakeTeams, asks, code, finished
from tests.platforms.discord import Discord, permissions
from tests.platforms.discord.people import Person
from tests.platforms.discord.world import Channel


async def test_sessions_are_listed_where_one_may_see_them(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    secret = server.channel("secret")
    boss = server.person("Boss")
    async with harness(server, tmp_path, FakeTeams([asks("Which?")])):
        thread = await ana.says(general, "@Roundtable plot it").opens()
        await thread.reads("Which?")
        hidden = await boss.says(secret, "@Roundtable salaries").opens()
        await hidden.reads("Which?")
        server.hide(secret, ana)
        for_ana, for_boss = [await who.uses(general, "sessions") for who in (ana, boss)]
        in_private = await ana.uses(ana.dm, "sessions")
    assert for_ana.text == f"- <#{thread.id}> plot it: waiting, pair, 1 turn, $0.5000"
    assert "salaries" in for_boss.text
    assert "no sessions here yet" in in_private.text
    assert for_ana.private


async def test_teams_help_and_usage(server: Discord, general: Channel, ana: Person, tmp_path: Path) -> None:
    async with harness(server, tmp_path, FakeTeams([finished()])):
        thread = await ana.says(general, "@Roundtable plot it").opens()
        await thread.reads("Finished")
        teams, help_, here, all_ = [
            await ana.uses(where, name)
            for where, name in ((general, "teams"), (general, "help"), (thread, "usage"), (general, "usage"))
        ]
    assert teams.text == "- **pair** (default): two agents"
    assert "/ask" in help_.text
    assert [line.replace("\\", "") for line in here.text.splitlines()] == [
        "“plot it”",
        "in all: 1 calls, 15 tokens, $0.5000",
        "assistant (fake/model): 1 calls, 15 tokens, $0.5000",
        "turn 1 (assistant): 1 calls, 15 tokens, $0.5000",
    ]
    assert all_.text == "In the last 24 hours: $0.5000\nIn the last 30 days: $0.5000"
    assert all(answer.private for answer in (teams, help_, here, all_))


async def test_files_are_listed_and_fetched(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    async with harness(server, tmp_path, FakeTeams([code("save()"), finished()])) as it:
        files = {"a.csv": b"a\n1\n", "plots/b.png": b"png", "big.bin": bytes(11_000_000)}
        it.sandboxes.programs["save()"] = Does(RunResult(0, "", 0.1), files)
        thread = await ana.says(general, "@Roundtable plot it").opens()
        await thread.reads("Finished")
        assert await ana.completes(thread, "files", "name", "png") == ["plots/b.png"]
        listed = await ana.uses(thread, "files")
        one = await ana.uses(thread, "files", name="plots/b.png")
        big = await ana.uses(thread, "files", name="big.bin")
        none = await ana.uses(thread, "files", name="../../etc/passwd")
        elsewhere = await ana.uses(general, "files")
    assert listed.text == "- `a.csv` (4 bytes)\n- `big.bin` (11,000,000 bytes)\n- `plots/b.png` (3 bytes)"
    assert one.response is not None
    assert [(file.name, file.data) for file in one.response.attachments] == [("b.png", b"png")]
    assert "too large for Discord" in big.text
    assert "There is no file" in none.text
    assert "no session here" in elsewhere.text
    assert all(answer.private for answer in (listed, one, big, none, elsewhere))


async def test_who_is_denied_is_shown_nothing(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    eve = server.person("Eve")
    denies = Policy(deny=Deny(users=(str(eve.user.id),)))
    async with harness(server, tmp_path, FakeTeams([code("save()"), finished()]), policy=denies) as it:
        it.sandboxes.programs["save()"] = Does(RunResult(0, "", 0.1), {"a.csv": b"a\n1\n"})
        thread = await ana.says(general, "@Roundtable plot it").opens()
        await thread.reads("Finished")
        answers = [await eve.uses(thread, name) for name in ("sessions", "teams", "usage", "help", "files")]
        answers.append(await eve.uses(thread, "files", name="a.csv"))
        assert await eve.completes(thread, "files", "name", "a") == []
        assert "a.csv" in (await ana.uses(thread, "files")).text
    assert {answer.text for answer in answers} == {
        "I do not work for you here; an admin can change that in policy.toml (deny)."
    }
    assert all(answer.private for answer in answers)


async def test_a_command_that_fails_says_so(
    server: Discord, general: Channel, ana: Person, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with harness(server, tmp_path, FakeTeams([])) as it:
        await it.database.write(lambda tables: tables.execute(text("ALTER TABLE sessions RENAME TO gone")))
        answer = await ana.uses(general, "sessions")
    assert answer.private
    assert answer.text == "Something went wrong inside Roundtable; its log says what."
    assert "a command failed" in caplog.text


async def test_what_an_admin_hid_from_the_bot_is_no_trouble(
    server: Discord, general: Channel, ana: Person, tmp_path: Path
) -> None:
    hidden = server.channel("hidden")
    server.deny(hidden, permissions.VIEW_CHANNEL)
    async with harness(server, tmp_path, FakeTeams([finished()])):
        await (await ana.says(general, "@Roundtable go").opens()).reads("Finished")

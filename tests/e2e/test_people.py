"""The real process with real code: people decide over REST and in the terminal, and the rules are read again."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.domain.posts import (
    ApprovalPost,
    BudgetPost,
    CheckPost,
    CodePost,
    OutputPost,
    QuestionPost,
    RequestCard,
)
from bot.domain.views import Entry
from tests.e2e.process import ROOT, Roundtable, command, up
from tests.platforms import openai

pytestmark = pytest.mark.docker

TASK = "```python\nprint(6 * 7)\n```"
BUSY = "```python\nimport time\ntime.sleep(600)\n```"


async def decide(roundtable: Roundtable, session: str, card: RequestCard, **more: Any) -> tuple[int, str]:
    """Decide over REST; returns the status and the sentence."""
    digest = card.digest if isinstance(card, ApprovalPost) else ""
    body = {"request": card.request, "verdict": "approve", "digest": digest} | more
    answer = await roundtable.http.post(f"/api/sessions/{session}/decisions", json=body)
    return answer.status_code, answer.json().get("detail", "")


async def asked(roundtable: Roundtable, session: str) -> ApprovalPost:
    card = (await roundtable.until(session, ApprovalPost))[-1].item
    assert isinstance(card, ApprovalPost)
    return card


async def test_code_waits_across_a_crash_and_runs_once_it_is_approved(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('code_approval = "always"\n', encoding="utf-8")
    settings = {"ROUNDTABLE_POLICY": str(policy)}
    async with up(tmp_path / "work", **settings) as roundtable:
        session, other = await roundtable.start(TASK), await roundtable.start(TASK)
        card, foreign = await asked(roundtable, session), await asked(roundtable, other)
        await roundtable.kill()
    async with up(tmp_path / "work", **settings) as roundtable:
        assert (await roundtable.view(session)).status == "waiting"
        for attack in (
            {"request": foreign.request},
            {"request": "q000000000000"},
            {"digest": "0" * 64},
            {"verdict": "approve_all", "digest": ""},
            {"verdict": "edit", "blocks": []},
            {"verdict": "run"},
            {"surplus": 1},
        ):
            status, said = await decide(roundtable, session, card, **attack)
            assert (status, bool(said)) == (400, True), attack
        first, second = await asyncio.gather(*(decide(roundtable, session, card) for _ in range(2)))
        assert sorted([first[0], second[0]]) == [202, 400]
        assert printed(await roundtable.ended(session)) == ["42\n"]
        assert (await decide(roundtable, session, card))[0] == 400
        blocks = [{"language": "python", "code": "print(6 * 8)\n"}]
        assert await decide(roundtable, other, foreign, verdict="edit", blocks=blocks) == (202, "")
        assert printed(await roundtable.ended(other)) == ["48\n"]


def printed(thread: Sequence[Entry]) -> list[str]:
    """What code has printed."""
    return [entry.item.results[0].output for entry in thread if isinstance(entry.item, OutputPost)]


async def test_a_budget_a_question_and_every_turn_wait_for_people(tmp_path: Path) -> None:
    root, work, policy = tmp_path / "root", tmp_path / "work", tmp_path / "policy.toml"
    careful(root)
    policy.write_text("[budget.session]\ndollars = 0.001\n", encoding="utf-8")
    async with openai.play() as provider:
        provider.say("ASK: Which?", TASK, "42.\n\nTERMINATE")
        settings = {
            "ROUNDTABLE_POLICY": str(policy),
            "ROUNDTABLE_MODEL": "openai/scripted",
            "OPENAI_API_KEY": "sk-test",
            "OPENAI_BASE_URL": f"{provider.url}/v1",
        }
        async with up(work, root, **settings) as roundtable:
            session = await roundtable.start("Calculate", team="careful")
            seq = await decided(roundtable, session, BudgetPost, "raise", amount=1)
            assert provider.calls == [], "nothing is called that could pass a cap"
            seq = (await roundtable.until(session, QuestionPost, seq))[-1].seq
            await roundtable.reply(session, "the usual")
            for verdict in ("go_on", "go_on", "finish"):
                seq = await decided(roundtable, session, CheckPost, verdict, seq)
            thread = await roundtable.ended(session)
    assert "the usual" in str(provider.calls[1]["messages"])
    assert printed(thread) == ["42\n"]
    kinds = (
        "message budget decision question message code check decision output check decision agent check decision"
    )
    assert [entry.item.kind for entry in thread if entry.item.kind != "files"] == [*kinds.split(), "summary"]


def careful(root: Path) -> None:
    """The code with one more team, made as the README says, which waits for a person after every turn."""
    shutil.copytree(ROOT / "agents", root / "agents", ignore=shutil.ignore_patterns("__pycache__"))
    for part in ("bot", "Dockerfile"):
        (root / part).symlink_to(ROOT / part)
    teams = root / "agents" / "teams"
    spec = (teams / "analyst.toml").read_text(encoding="utf-8")
    (teams / "careful.toml").write_text(f'human_input_mode = "ALWAYS"\n{spec}', encoding="utf-8")


async def decided(
    roundtable: Roundtable, session: str, kind: type[RequestCard], verdict: str, after: int = 0, **more: Any
) -> int:
    """Decide about the next card of a kind; returns its number."""
    entry = (await roundtable.until(session, kind, after))[-1]
    assert isinstance(entry.item, BudgetPost | CheckPost)
    assert await decide(roundtable, session, entry.item, verdict=verdict, **more) == (202, "")
    return entry.seq


async def test_the_terminal_asks_before_it_runs_code(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[team.analyst]\ncode_approval = "always"\n', encoding="utf-8")
    settings = {"ROUNDTABLE_POLICY": str(policy)}
    code, shown, err = await command(tmp_path / "work", "run", TASK, stdin=b"maybe\ny\n", **settings)
    assert code == 0, err
    assert "may this run?" in shown
    assert "nothing was decided" in shown
    assert "42" in shown
    code, shown, _ = await command(tmp_path / "work", "run", TASK, stdin=b"", **settings)
    assert code == 3, "nobody answers: the session waits"
    session = shown.partition("--session ")[2].split()[0]
    code, shown, err = await command(tmp_path / "work", "run", "--session", session, stdin=b"y\n", **settings)
    assert code == 0, err
    assert "42" in shown


async def test_a_file_that_replaces_code_in_the_terminal_runs_in_its_own_language(tmp_path: Path) -> None:
    policy, file = tmp_path / "policy.toml", tmp_path / "better.sh"
    policy.write_text('code_approval = "always"\n', encoding="utf-8")
    file.write_text("echo $((6 * 8)) by $0\n", encoding="utf-8")
    code, shown, err = await command(
        tmp_path / "work", "run", TASK, stdin=f"edit {file}\n".encode(), ROUNDTABLE_POLICY=str(policy)
    )
    assert code == 0, err
    assert "48 by" in shown


async def test_the_rules_are_read_again_on_sighup_and_a_mistake_changes_nothing(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("sessions_per_user = 1\n", encoding="utf-8")
    async with up(tmp_path / "work", ROUNDTABLE_POLICY=str(policy)) as roundtable:
        busy = await roundtable.start(BUSY)
        await roundtable.until(busy, CodePost)
        queues = await roundtable.start(TASK)
        policy.write_text('sessions_per_user = 2\ncode_approval = "always"\n', encoding="utf-8")
        await told(roundtable, "was read again and is in force")
        await asked(roundtable, queues)
        policy.write_text('code_approval = "perhaps"\n', encoding="utf-8")
        await told(roundtable, "line 1: code_approval")
        await roundtable.stop(busy)
        await asked(roundtable, await roundtable.start(TASK))
    _, shown, _ = await command(tmp_path / "work", "audit", "--kind", "policy")
    assert [line.rpartition("  ")[2] for line in shown.splitlines()] == [
        "read the rules again",
        "read the rules again, and kept the old ones",
    ]


async def test_sighup_before_anything_is_served_is_kept_until_it_can_be_heard(tmp_path: Path) -> None:
    policy, work = tmp_path / "policy.toml", tmp_path / "work"
    policy.touch()

    async def look_for_ollama(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The process asks for this once it has read its rules, and before it serves."""
        os.kill(json.loads((work / "roundtable.lock").read_text())["pid"], signal.SIGHUP)
        writer.close()

    server = await asyncio.start_server(look_for_ollama, "127.0.0.1", 0)
    host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, up(work, ROUNDTABLE_POLICY=str(policy), OLLAMA_HOST=host) as roundtable:
        await heard(roundtable, "was read again and is in force")


async def told(roundtable: Roundtable, sentence: str) -> None:
    """Send SIGHUP and wait for what the process says."""
    roundtable.process.send_signal(signal.SIGHUP)
    await heard(roundtable, sentence)


async def heard(roundtable: Roundtable, sentence: str) -> None:
    """Wait for what the process says."""
    while sentence not in "".join(roundtable.said):  # noqa: ASYNC110  (a log has no bell)
        await asyncio.sleep(0.05)

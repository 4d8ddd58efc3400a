"""The main job, whole: a task, real code in the real sandbox, a chart, over REST and in the terminal."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from bot.domain.posts import FilesPost, QuestionPost, StatusPost, SummaryPost
from tests.e2e.engine_socket import relay
from tests.e2e.process import ROOT, command, environment, up
from tests.platforms import openai

pytestmark = pytest.mark.docker

SALES = (ROOT / "examples" / "sales.csv").read_bytes()
PNG = b"\x89PNG\r\n\x1a\n"


async def test_a_file_becomes_a_chart_without_any_account(tmp_path: Path) -> None:
    async with up(tmp_path) as roundtable:
        session = await roundtable.start("Plot the revenue by region", {"sales.csv": SALES})
        thread = await roundtable.ended(session)
        made = [file for entry in thread if isinstance(entry.item, FilesPost) for file in entry.item.files]
        charts = [file for file in made if file.path.endswith(".png")]
        assert charts
        answer = await roundtable.http.get(f"/api/sessions/{session}/files/{charts[0].path}")
        assert answer.content.startswith(PNG)
        assert answer.headers["content-disposition"].startswith("attachment")

        await roundtable.reply(session, "Show the revenue per month")
        again = await roundtable.ended(session, after=thread[-1].seq)
    summary = again[-1].item
    assert isinstance(summary, SummaryPost)
    assert summary.outcome == "finished"


async def test_every_team_finishes_a_task_with_the_demo_model(tmp_path: Path) -> None:
    async with up(tmp_path) as roundtable:
        sessions = {
            team: await roundtable.start("Plot the Google share price", team=team)
            for team in ("analyst", "pair", "crew")
        }
        threads = {team: await roundtable.ended(session) for team, session in sessions.items()}
    for team, thread in threads.items():
        summary = thread[-1].item
        assert isinstance(summary, SummaryPost)
        assert summary.outcome == "finished", team
        assert any(isinstance(entry.item, FilesPost) for entry in thread), team


async def test_a_question_waits_across_a_restart_and_the_reply_goes_on(tmp_path: Path) -> None:
    async with openai.play() as provider:
        settings = {
            "ROUNDTABLE_MODEL": "openai/scripted",
            "OPENAI_API_KEY": "sk-test",
            "OPENAI_BASE_URL": f"{provider.url}/v1",
        }
        provider.say("I could draw either.\n\nASK: Lines or bars?", "Bars it is.\n\nTERMINATE")
        async with up(tmp_path, **settings) as roundtable:
            session = await roundtable.start("draw it")
            await roundtable.until(session, QuestionPost)
            await roundtable.kill()
        async with up(tmp_path, **settings) as roundtable:
            assert (await roundtable.view(session)).status == "waiting"
            await roundtable.reply(session, "bars")
            thread = await roundtable.ended(session)
    assert [entry.item.kind for entry in thread] == ["message", "question", "message", "agent", "summary"]
    assert "bars" in str(provider.calls[-1]["messages"][-1])


async def test_a_session_resumes_when_the_docker_engine_is_back(tmp_path: Path) -> None:
    way = tmp_path / "docker.sock"
    async with relay(way) as engine, up(tmp_path / "work", DOCKER_HOST=f"unix://{way}") as roundtable:
        await engine.cut()
        session = await roundtable.start("```python\nprint(6 * 7)\n```")
        thread = await roundtable.until(session, StatusPost)
        said = thread[-1].item
        assert isinstance(said, StatusPost)
        assert "Docker" in said.text
        assert (await roundtable.view(session)).status == "paused"
        await engine.mend()
        thread = await roundtable.ended(session)
    assert sum(isinstance(entry.item, StatusPost) for entry in thread) == 1
    assert "42" in str(thread)
    summary = thread[-1].item
    assert isinstance(summary, SummaryPost)
    assert summary.outcome == "finished"


async def test_the_terminal_saves_the_charts_and_exits_with_0(tmp_path: Path) -> None:
    sales = tmp_path / "sales.csv"
    sales.write_bytes(SALES)
    out = tmp_path / "charts"
    code, shown, err = await command(
        tmp_path / "work", "run", "Plot the revenue by region", "--file", str(sales), "--out", str(out)
    )
    assert code == 0, shown + err
    assert any(path.read_bytes().startswith(PNG) for path in out.glob("*.png"))
    assert "analyst" in shown
    assert "executor" in shown


async def test_json_is_one_event_a_line(tmp_path: Path) -> None:
    code, shown, err = await command(tmp_path, "run", "```python\nprint(6 * 7)\n```", "--json")
    assert code == 0, err
    lines = [json.loads(line) for line in shown.splitlines()]
    assert [line["seq"] for line in lines[:-1]] == list(range(1, len(lines)))
    assert lines[0]["item"]["kind"] == "message"
    assert lines[-1]["session"]["outcome"] == "finished"


async def test_run_is_a_client_of_the_roundtable_that_runs(tmp_path: Path) -> None:
    async with up(tmp_path) as roundtable:
        # Without a person at it, a terminal leaves a session that is on hold because a sandbox comes too late.
        await roundtable.ready()
        out = tmp_path / "charts"
        code, shown, err = await command(tmp_path, "run", "Plot the Google share price", "--out", str(out))
        assert (code, err) == (0, ""), shown
        sessions = (await roundtable.http.get("/api/sessions")).json()
        assert [session["outcome"] for session in sessions] == ["finished"]
        assert any(out.glob("*.png"))
        session = sessions[0]["id"]
        code, shown, _ = await command(tmp_path, "run", "thanks", "--session", session)
        assert code == 0, shown
        assert "share price" not in shown.partition("thanks")[0]


async def test_a_flood_of_output_does_not_use_up_the_session(tmp_path: Path) -> None:
    flood = "```python\nimport sys\nwhile True:\n    sys.stdout.write('A' * 100_000)\n```"
    code, shown, _ = await command(tmp_path, "run", flood, "--json")
    assert code == 0, shown[-1000:]
    assert '"killed":"output"' in shown


async def test_a_question_is_answered_in_the_terminal(tmp_path: Path) -> None:
    async with openai.play() as provider:
        provider.say("ASK: Which colour?", "Red.\n\nTERMINATE")
        code, shown, _ = await command(
            tmp_path,
            *("run", "draw it"),
            stdin=b"red\n",
            ROUNDTABLE_MODEL="openai/scripted",
            OPENAI_API_KEY="sk-test",
            OPENAI_BASE_URL=f"{provider.url}/v1",
        )
    assert code == 0
    assert "Which colour?" in shown
    assert "red" in str(provider.calls[-1]["messages"][-1])


async def test_ctrl_c_in_the_terminal_stops_the_session(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "run", "```python\nimport time\ntime.sleep(600)\n```", "--json"),
        cwd=ROOT,
        env=environment(tmp_path, {}),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    lines: list[dict[str, object]] = []
    async for line in process.stdout:
        lines.append(json.loads(line))
        if '"kind":"code"' in line.decode():
            os.kill(process.pid, signal.SIGINT)
    assert await process.wait() == 1
    assert lines[-1]["session"]["outcome"] == "stopped"  # type: ignore[index]
    assert "Stopped by" in str(lines)

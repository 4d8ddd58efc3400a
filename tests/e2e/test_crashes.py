"""What SIGKILL at the worst moments costs: nothing that was committed, and nobody sees anything twice."""

from __future__ import annotations

import asyncio
import random
from contextlib import closing, suppress
from pathlib import Path

import docker
import pytest
from docker.errors import APIError
from sqlalchemy import select

from bot.domain.posts import AgentPost, FilesPost, OutputPost, SummaryPost
from bot.domain.views import Entry
from bot.sandbox.profile import INSTALLATION_LABEL
from bot.store.database import Database
from bot.store.schema import runs
from tests.e2e.process import up
from tests.platforms import openai
from tests.platforms.script import Script

pytestmark = pytest.mark.docker

CODE = """Here is the code.

```python
import pathlib, time
print("begun", flush=True)
pathlib.Path("made.txt").write_text("x")
time.sleep({seconds})
```
"""


def _kinds(thread: list[Entry]) -> list[str]:
    return [entry.item.kind for entry in thread]


def scripted(provider: Script) -> dict[str, str]:
    """The settings for a model that says what the test told it."""
    return {
        "ROUNDTABLE_MODEL": "openai/scripted",
        "OPENAI_API_KEY": "sk-test",
        "OPENAI_BASE_URL": f"{provider.url}/v1",
    }


async def code_was_sent(work_dir: Path) -> None:
    """Returns when a run is on: its row is written just before the code leaves."""
    async with Database(f"sqlite:///{work_dir / 'roundtable.sqlite'}") as database:
        while not await database.read(lambda connection: connection.execute(select(runs)).first()):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def in_a_sandbox(command: str) -> None:
    """Returns when a program in a sandbox has come to a command, by the engine's word."""
    with closing(docker.from_env()) as client:
        while command not in await asyncio.to_thread(_commands, client):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def _commands(client: docker.DockerClient) -> str:
    lines: list[str] = []
    for container in client.containers.list(filters={"label": INSTALLATION_LABEL}, ignore_removed=True):
        with suppress(APIError):  # it has just ended
            lines += [process[-1] for process in container.top()["Processes"] or ()]
    return "\n".join(lines)


async def test_a_kill_during_the_model_call_costs_only_that_call(tmp_path: Path) -> None:
    async with openai.play() as provider:
        provider.say(CODE.format(seconds=0))
        held = provider.hold("Never heard.")
        async with up(tmp_path, **scripted(provider)) as roundtable:
            session = await roundtable.start("make a file")
            await held.arrived.wait()
            await roundtable.kill()
        provider.say("It is made.\n\nTERMINATE")
        async with up(tmp_path, **scripted(provider)) as roundtable:
            thread = await roundtable.ended(session)
            view = await roundtable.view(session)

    assert _kinds(thread) == ["message", "code", "output", "files", "agent", "files", "summary"]
    assert view.outcome == "finished"
    assert len(provider.calls) == 3


async def test_a_kill_during_the_run_does_not_run_the_code_again(tmp_path: Path) -> None:
    async with openai.play() as provider:
        provider.say(CODE.format(seconds=600))
        async with up(tmp_path, **scripted(provider)) as roundtable:
            session = await roundtable.start("make a file")
            await code_was_sent(tmp_path)
            await roundtable.kill()
        provider.say("It was interrupted, so I stop here.\n\nTERMINATE")
        async with up(tmp_path, **scripted(provider)) as roundtable:
            thread = await roundtable.ended(session)
            files = (await roundtable.http.get(f"/api/sessions/{session}/files")).json()

    assert _kinds(thread) == ["message", "code", "output", "agent", "files", "summary"]
    output = next(entry.item for entry in thread if isinstance(entry.item, OutputPost))
    assert [result.killed for result in output.results] == ["interrupted"]
    assert [file["file"]["path"] for file in files] == ["roundtable-session.ipynb"]
    assert "interrupted" in str(provider.calls[-1]["messages"][-1])


async def test_a_kill_right_after_a_commit_shows_every_turn_once(tmp_path: Path) -> None:
    async with openai.play() as provider:
        provider.say(CODE.format(seconds=0))
        held = provider.hold()
        async with up(tmp_path, **scripted(provider)) as roundtable:
            session = await roundtable.start("make a file")
            before = await roundtable.until(session, FilesPost)
            await held.arrived.wait()
            await roundtable.kill()
        provider.say("Done.\n\nTERMINATE")
        async with up(tmp_path, **scripted(provider)) as roundtable:
            thread = await roundtable.ended(session)

    assert thread[: len(before)] == before
    assert [entry.seq for entry in thread] == list(range(1, len(thread) + 1))
    assert sum(isinstance(entry.item, SummaryPost) for entry in thread) == 1


async def test_sigterm_parks_the_turn_and_the_next_start_goes_on(tmp_path: Path) -> None:
    async with openai.play() as provider:
        provider.say(CODE.format(seconds=0))
        held = provider.hold()
        async with up(tmp_path, **scripted(provider)) as roundtable:
            session = await roundtable.start("make a file")
            await held.arrived.wait()
            code = await roundtable.terminate()
        assert code == 0
        provider.say("Done.\n\nTERMINATE")
        async with up(tmp_path, **scripted(provider)) as roundtable:
            thread = await roundtable.ended(session)

    assert _kinds(thread) == ["message", "code", "output", "files", "agent", "files", "summary"]


async def test_a_stopped_run_shows_its_output_and_is_never_repeated(tmp_path: Path) -> None:
    sleep = f"sleep {random.uniform(600, 700):.6f}"
    async with openai.play() as provider:
        provider.say(f"Here.\n\n```bash\necho begun; echo x > made.txt; {sleep}\n```")
        async with up(tmp_path, **scripted(provider)) as roundtable:
            session = await roundtable.start("make a file")
            await in_a_sandbox(sleep)
            await roundtable.stop(session)
            thread = await roundtable.ended(session)
            summary = thread[-1].item
            assert isinstance(summary, SummaryPost)
            assert summary.outcome == "stopped"
            assert "Stopped by" in summary.text
            assert _kinds(thread) == ["message", "code", "stop", "output", "files", "files", "summary"]
            provider.say("Understood.\n\nTERMINATE")
            await roundtable.reply(session, "leave it")
            thread = await roundtable.ended(session, after=thread[-1].seq)
            told = str(provider.calls[-1]["messages"])

    (output,) = (entry.item for entry in thread if isinstance(entry.item, OutputPost))
    assert [(result.killed, result.output) for result in output.results] == [("stopped", "begun\n")]
    made = next(entry.item for entry in thread if isinstance(entry.item, FilesPost))
    assert [(file.path, file.size) for file in made.files] == [("made.txt", 2)]
    assert any(isinstance(entry.item, AgentPost) for entry in thread)
    assert "killed: stopped" in told
    assert "begun" in told


async def test_an_order_ends_the_run_and_shows_what_it_printed(tmp_path: Path) -> None:
    sleep = f"sleep {random.uniform(600, 700):.6f}"
    async with openai.play() as provider:
        provider.say(f"Here.\n\n```bash\necho begun; {sleep}\n```", "Understood.\n\nTERMINATE")
        async with up(tmp_path, **scripted(provider)) as roundtable:
            session = await roundtable.start("make a file")
            await in_a_sandbox(sleep)
            await roundtable.reply(session, "now: leave it")
            thread = await roundtable.ended(session)

    assert _kinds(thread) == ["message", "code", "message", "output", "agent", "files", "summary"]
    (output,) = (entry.item for entry in thread if isinstance(entry.item, OutputPost))
    assert [(result.killed, result.output) for result in output.results] == [("stopped", "begun\n")]
    assert "leave it" in str(provider.calls[-1]["messages"][-1])


async def test_a_stop_closes_the_models_connection(tmp_path: Path) -> None:
    async with openai.play() as provider:
        held = provider.hold()
        async with up(tmp_path, **scripted(provider)) as roundtable:
            session = await roundtable.start("think about it")
            await held.arrived.wait()
            await roundtable.reply(session, "Terminate!")
            await held.gone.wait()
            thread = await roundtable.ended(session)

    assert _kinds(thread) == ["message", "stop", "summary"]
    assert len(provider.calls) == 1


async def test_sigterm_does_not_wait_for_code_that_runs(tmp_path: Path) -> None:
    async with openai.play() as provider:
        provider.say(CODE.format(seconds=600))
        async with up(tmp_path, ROUNDTABLE_SANDBOX_TIMEOUT="900", **scripted(provider)) as roundtable:
            session = await roundtable.start("make a file")
            await code_was_sent(tmp_path)
            assert await roundtable.terminate() == 0
        provider.say("I stop here.\n\nTERMINATE")
        async with up(tmp_path, **scripted(provider)) as roundtable:
            thread = await roundtable.ended(session)

    output = next(entry.item for entry in thread if isinstance(entry.item, OutputPost))
    assert [result.killed for result in output.results] == ["interrupted"]

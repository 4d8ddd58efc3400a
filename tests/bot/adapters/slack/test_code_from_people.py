"""Code that users write in Slack arrives whole, and runs whole where it replaces an agent's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.domain.posts import ApprovalPost
from tests.bot.adapters.slack.harness import SlackHarness, harness
from tests.fakes.team import code, finished
from tests.platforms.slack import Message
from tests.platforms.slack.composer import Box, Part

_ALWAYS = {"code_approval": "always"}
_PROGRAM = "import os\nprint(1 < 2 and '<@U0BOT>',  \"a &amp; b\")"


async def _asked(it: SlackHarness) -> tuple[Message, str]:
    """A task whose code waits for somebody, and the name of that request."""
    task = await it.workspace.says("U1", "@roundtable go")
    card = await it.workspace.reply_in(task, containing="request q")
    found = re.search(r"q[0-9a-f]{12}", card.shown_text)
    assert found
    return task, found[0]


@pytest.mark.parametrize("rich", [True, False])
@pytest.mark.parametrize("language", ["", "python"])
async def test_an_edit_is_what_its_box_shows(tmp_path: Path, rich: bool, language: str) -> None:
    async with harness(tmp_path, code("x()"), finished(), policy=_ALWAYS) as it:
        task, request = await _asked(it)
        parts: list[Part] = [f"edit {request}\n", Box(_PROGRAM, language), "thanks"]
        await it.workspace.says("U1", parts, thread=task, rich=rich)
        await it.ended(task)
        assert it.sandboxes.ran == [_PROGRAM]
        entries = await it.reader.timeline((await it.session(task)).id)
        shown = [entry.item for entry in entries if isinstance(entry.item, ApprovalPost)]
        assert [block.code for block in shown[-1].blocks] == [f"{_PROGRAM}\n"]


async def test_every_box_of_an_edit_runs(tmp_path: Path) -> None:
    async with harness(tmp_path, code("x()"), finished(), policy=_ALWAYS) as it:
        task, request = await _asked(it)
        parts: list[Part] = [f"edit {request}", Box("ls", "bash"), "and", Box("s = '```'\ny()")]
        await it.workspace.says("U1", parts, thread=task)
        await it.ended(task)
        assert it.sandboxes.ran == ["ls", "s = '```'\ny()"]


async def test_an_edit_that_is_unclear_runs_nothing(tmp_path: Path) -> None:
    async with harness(tmp_path, code("x()"), finished(), policy=_ALWAYS) as it:
        task, request = await _asked(it)
        await it.workspace.says("U1", [f"edit {request}\n```import os\nprint(1)"], thread=task)
        await it.workspace.whisper_to("U1", "a block is not closed; nothing was decided")
        assert it.sandboxes.ran == []


async def test_a_snippet_is_a_program_whatever_it_is_called(tmp_path: Path) -> None:
    program = 'text = """\n```\nno_code()\n```\n"""'
    async with harness(tmp_path, code("x()"), finished(), policy=_ALWAYS) as it:
        task, request = await _asked(it)
        reply = it.workspace.state.person_message("C1", "U1", f"edit {request}", task.ts)
        reply.files = [it.workspace.file("Untitled", program.encode(), mimetype="text/plain")]
        reply.files[0].filetype = "python"
        it.workspace.state.add(reply)
        await it.ended(task)
        assert it.sandboxes.ran == [program]


@pytest.mark.parametrize("rich", [True, False])
async def test_code_in_a_task_a_reply_and_the_context_arrives_whole(tmp_path: Path, rich: bool) -> None:
    fenced = f"```\n{_PROGRAM}\n```"
    async with harness(tmp_path, finished(), finished()) as it:
        slack = it.workspace
        root = await slack.says("U2", ["This fails:", Box(_PROGRAM)], rich=rich)
        task = await slack.says("U1", ["@roundtable repair", Box(_PROGRAM)], thread=root, rich=rich)
        closing = await it.ended(root)
        await slack.says("U1", [Box(_PROGRAM), "is better"], thread=task, rich=rich)
        await slack.reply_in(root, containing=" turn", after=closing)
        entries = await it.reader.timeline((await it.session(root)).id)
        assert getattr(entries[0].item, "context", "").rstrip() == f"Ben: This fails:\n{fenced}"
        assert it.teams.heard == [[f"repair\n{fenced}"], [f"{fenced}\nis better"]]


async def test_code_in_a_message_made_a_task_later_arrives_whole(tmp_path: Path) -> None:
    async with harness(tmp_path, finished()) as it:
        message = await it.workspace.says("U2", ["Why does this fail?", Box(_PROGRAM, "python")])
        await it.workspace.runs_shortcut("U1", "run_on_message", message)
        await it.ended(message)
        assert it.teams.heard == [[f"Why does this fail?\n```python\n{_PROGRAM}\n```"]]


async def test_code_that_an_edit_adds_arrives_whole(tmp_path: Path) -> None:
    async with harness(tmp_path, finished()) as it:
        message = await it.workspace.says("U1", "why?")
        await it.workspace.edits(message, "@roundtable why?\n```import os\nx()```")
        await it.ended(message)
        assert it.teams.heard == [["why?\n```\nimport os\nx()\n```"]]

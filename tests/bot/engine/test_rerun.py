from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from bot.domain.events import CodeBlock
from bot.domain.turn_results import RunResult
from bot.domain.views import PastRun, Version
from bot.domain.workspace_files import Artifact
from bot.engine.rerun import rerun
from tests.fakes.blob_store import FakeBlobs
from tests.fakes.scripted_sandbox import Does, ScriptedSandboxes


@pytest.fixture
def shelf(tmp_path: Path) -> FakeBlobs:
    return FakeBlobs(tmp_path)


async def _states(
    shelf: FakeBlobs, sandboxes: ScriptedSandboxes, runs: list[PastRun], versions: list[Version]
) -> list[str]:
    async def read(file: Artifact) -> bytes:
        return shelf.read(file.digest)

    async with sandboxes.open("again", ()) as sandbox:
        return [verdict.state async for verdict in rerun(runs, versions, sandbox, read, 60)]


def _run(turn: int, *codes: str, result: RunResult = RunResult(0, "", 1)) -> PastRun:  # noqa: B008
    return PastRun(turn, tuple(CodeBlock("python", code) for code in codes), (result,) * len(codes))


async def test_each_file_is_compared_with_what_its_block_makes_now(shelf: FakeBlobs) -> None:
    same = await shelf.keep("", PurePosixPath("same"), b"1")
    other = await shelf.keep("", PurePosixPath("other"), b"1")
    gone = await shelf.keep("", PurePosixPath("gone"), b"1")
    sandboxes = ScriptedSandboxes(shelf)
    sandboxes.programs["one()"] = Does(files={"same": b"1", "other": b"2"})
    versions = [Version(file, 2, 1) for file in (same, other, gone)]
    assert await _states(shelf, sandboxes, [_run(2, "one()")], versions) == ["identical", "differs", "missing"]


async def test_code_finds_only_files_attached_before_it(
    shelf: FakeBlobs,
) -> None:
    old = await shelf.keep("", PurePosixPath("data"), b"old")
    new = await shelf.keep("", PurePosixPath("data"), b"new")
    sandboxes = ScriptedSandboxes(shelf)
    versions = [Version(old, 1, 0), Version(new, 3, 0)]
    await _states(shelf, sandboxes, [_run(2, "one()"), _run(4, "two()")], versions)
    assert sandboxes.contents == [{"data": b"old"}, {"data": b"new"}]


async def test_code_that_left_nothing_is_not_run_again(shelf: FakeBlobs) -> None:
    sandboxes = ScriptedSandboxes(shelf)
    stopped = RunResult(137, "", 1, "stopped")
    await _states(shelf, sandboxes, [_run(2, "one()", result=stopped), _run(4, "two()")], [])
    assert sandboxes.ran == ["two()"]


async def test_stopped_code_that_left_files_gets_the_time_it_had(shelf: FakeBlobs) -> None:
    rows = await shelf.keep("", PurePosixPath("rows"), b"1")
    sandboxes = ScriptedSandboxes(shelf)
    sandboxes.programs["one()"] = Does(files={"rows": b"1"})
    stopped = RunResult(137, "", 1, "stopped", files=(rows,))
    runs = [_run(2, "one()", result=stopped), _run(4, "two()")]
    assert await _states(shelf, sandboxes, runs, [Version(rows, 2, 1)]) == ["identical"]
    assert sandboxes.timeouts == [2, 60]


async def test_what_was_undone_and_left_no_file_is_not_run_again(shelf: FakeBlobs) -> None:
    rows = await shelf.keep("", PurePosixPath("rows"), b"1")
    sandboxes = ScriptedSandboxes(shelf)
    undone = RunResult(137, "", 1, "time", interpreter="a", variables="restored")
    runs = [_run(2, "one()", result=undone), _run(4, "two()", result=replace(undone, files=(rows,)))]
    await _states(shelf, sandboxes, runs, [])
    assert sandboxes.ran == ["two()"]


@pytest.mark.parametrize(
    ("then", "now"),
    [
        (["a", "a", "b", "b"], ["1", "1", "2", "2"]),
        (["a", "b", "c"], ["1", "2", "3"]),
        (["", "", ""], ["1", "2", "3"]),
    ],
)
async def test_code_finds_a_clean_interpreter_where_it_did(
    shelf: FakeBlobs, then: list[str], now: list[str]
) -> None:
    sandboxes = ScriptedSandboxes(shelf, interpreters=["1", "2", "3", "4"])
    found: list[str] = []
    async with sandboxes.open("again", ()) as sandbox:
        sandboxes.on_run = lambda _code: found.append(sandbox.interpreter)
        runs = [
            _run(turn, "one()", result=RunResult(0, "", 1, interpreter=name)) for turn, name in enumerate(then)
        ]
        async for _ in rerun(runs, [], sandbox, _nothing, 60):
            pass
    # What a block finds is the one of the block before it, or none yet.
    starts = [name if name in now[:place] else "" for place, name in enumerate(now)]
    assert found == starts


async def test_the_shell_keeps_the_interpreter(shelf: FakeBlobs) -> None:
    sandboxes = ScriptedSandboxes(shelf, interpreters=["1", "2"])
    python = _run(2, "one()", result=RunResult(0, "", 1, interpreter="a"))
    shell = PastRun(4, (CodeBlock("bash", "ls"),), (RunResult(0, "", 1),))
    async with sandboxes.open("again", ()) as sandbox:
        async for _ in rerun([python, shell, replace(python, turn=6)], [], sandbox, _nothing, 60):
            pass
        assert sandbox.interpreter == "1"


async def _nothing(_file: Artifact) -> bytes:
    return b""


async def test_a_long_output_is_where_the_next_block_looks_for_it(shelf: FakeBlobs) -> None:
    kept = await shelf.keep("", PurePosixPath("run-2-output.txt"), b"long")
    sandboxes = ScriptedSandboxes(shelf)
    sandboxes.programs["one()"] = Does(RunResult(0, "long", 1))
    long = RunResult(0, "long", 1, files=(kept,), full_output="run-2-output.txt")
    runs = [_run(2, "one()", result=long), _run(3, "two()")]
    assert await _states(shelf, sandboxes, runs, [Version(kept, 2, 1)]) == ["identical"]
    assert sandboxes.contents[1] == {"run-2-output.txt": b"long"}

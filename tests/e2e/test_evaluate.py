"""`roundtable evaluate` as a process: what it prints, how it exits, and that it goes on where it was killed."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import docker
import pytest

from bot.sandbox.profile import INSTALLATION_LABEL
from tests.e2e.process import ROOT, command, environment
from tests.platforms import openai
from tests.platforms.script import Script

pytestmark = pytest.mark.docker

SUMS = {"one-and-one": "1+1?", "two-and-two": "2+2?", "three-and-three": "3+3?", "secret-sum": "4+4?"}


def tasks(folder: Path) -> str:
    """A file with sums, the last of which is held out."""
    tables = []
    for name, text in SUMS.items():
        said = f'name = "{name}"\nkind = "chat"\ntask = "{text}"\nhold_out = {str(name == "secret-sum").lower()}'
        wanted = f"[task.wanted]\nfigures = [{{ value = {2 * int(text[0])} }}]"
        tables.append(f"[[task]]\n{said}\n{wanted}\n")
    path = folder / "sums.toml"
    path.write_text("\n".join(tables))
    return str(path)


def asked(server: Script) -> list[str]:
    """The tasks that the model was asked, call by call."""
    return [next(text for text in SUMS.values() if text in json.dumps(call)) for call in server.calls]


def answers(call: Any) -> str:
    """Two in every case: right for the first sum only."""
    return "It is 2.\nTERMINATE"


def model(server: Script) -> dict[str, str]:
    """Settings for the played model."""
    return {
        "OPENAI_BASE_URL": f"{server.url}/v1",
        "OPENAI_API_KEY": "sk-test",
        "ROUNDTABLE_MODEL": "openai/scripted",
    }


def lines(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


async def test_runs_are_printed_reported_and_required(tmp_path: Path) -> None:
    work, out, file = tmp_path / "work", tmp_path / "out", tasks(tmp_path)
    async with openai.play() as server:
        server.answer(answers)
        teams = ("--team", "pair", "--team", str(ROOT / "agents" / "teams" / "analyst.toml"))
        arguments = ("evaluate", file, "--out", str(out), *teams, "--json", "--parallel", "2")
        code, printed, shown = await command(
            work, *arguments, "--require", "right=0.3", stdin=b"", **model(server)
        )
        assert code == 0, shown
        *runs, report = lines(printed)
        assert sorted((each["run"]["task"], each["run"]["right"]) for each in runs) == sorted(
            (name, name == "one-and-one") for name in SUMS if name != "secret-sum" for _ in range(2)
        )
        assert all(each["run"]["finished"] and each["run"]["model"] == "openai/scripted" for each in runs)
        assert [arm["runs"] for arm in report["report"]["arms"]] == [3, 3]
        assert report["report"]["compared"][0]["pairs"] == 3
        assert "Held out and not run: 1 of the tasks that are meant." in shown
        assert (out / "report.md").read_text().startswith("# Evaluation")
        assert len(list((out / "wrong").glob("*.txt"))) == 4
        assert not list(work.rglob("*.sqlite")), "it has tables of its own, and they are gone"
        assert not (out / "work").exists()

        calls = len(server.calls)
        code, printed, shown = await command(
            work, *arguments, "--require", "right=0.9", stdin=b"", **model(server)
        )
        assert code == 1
        assert len(server.calls) == calls, "what is recorded is not run again"
        assert "Not met: right in 33% of the runs of pair with openai/scripted, 90% are required." in shown
        assert [list(line) for line in lines(printed)] == [["report"]]

        code, printed, _ = await command(work, *arguments, "--hold-out", stdin=b"", **model(server))
        assert code == 0
        assert {each["run"]["task"] for each in lines(printed)[:-1]} == {"secret-sum"}
        assert "secret-sum" not in (out / "report.md").read_text()
        assert not list((out / "wrong").glob("*.txt"))


@pytest.mark.parametrize("name", ["teams", "wrong", "work"])
async def test_what_others_have_in_the_folder_stays(tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    (out / name).mkdir(parents=True)
    (out / name / "mine.toml").write_text("mine")
    out.chmod(0o755)
    (out / "mine.txt").touch()
    (out / "mine.txt").chmod(0o644)
    code, _, shown = await command(
        tmp_path / "work", "evaluate", tasks(tmp_path), "--out", str(out), ROUNDTABLE_MODEL="demo", stdin=b""
    )
    assert ("was not made by an evaluation" in " ".join(shown.split())) == (name != "teams")
    assert code == (0 if name == "teams" else 2), shown
    assert (out / name / "mine.toml").read_text() == "mine"
    assert [path.stat().st_mode & 0o777 for path in (out, out / "mine.txt")] == [0o755, 0o644]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no-such-task"], "No task is called no-such-task"),
        (["--team", "no_such_team"], "there is no such team"),
        (["--model", "nonsense"], "--model nonsense: must be demo, openai/NAME"),
        (["--require", "right=80"], "write right=0.8"),
        (["--compare", "analyst", "crew"], "--compare takes two different teams"),
        (["--repeat", "0"], "Invalid value for '--repeat'"),
    ],
)
async def test_bad_usage_is_a_sentence_and_exit_code_2(tmp_path: Path, arguments: list[str], said: str) -> None:
    out = str(tmp_path / "out")
    code, _, shown = await command(tmp_path, "evaluate", "--out", out, *arguments, ROUNDTABLE_MODEL="demo")
    assert code == 2
    assert said in " ".join(shown.split())
    assert "Traceback" not in shown


async def test_after_a_kill_only_what_is_not_recorded_is_run(tmp_path: Path) -> None:
    out, file = tmp_path / "out", tasks(tmp_path)
    arguments = ("evaluate", file, "--all", "--team", "pair", "--out", str(out))
    async with openai.play() as server:
        server.say(answers(None), answers(None))
        third = server.hold()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *arguments),
            cwd=ROOT,
            env=environment(tmp_path / "work", model(server)),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await third.arrived.wait()
        process.kill()
        await process.wait()
        left = _containers_of(out)
        assert left
        kept = (out / "runs.jsonl").read_bytes()
        assert kept.count(b"\n") == 2
        # As when the kill had come in the middle of a line.
        (out / "runs.jsonl").write_bytes(kept + kept.splitlines()[0][:100])

        server.answer(answers)
        code, shown, said = await command(tmp_path / "work", *arguments, stdin=b"", **model(server))
        assert code == 0, said
        assert "2 runs, 2 more are recorded already" in " ".join(shown.split())
        assert asked(server) == [*list(SUMS.values())[:3], *list(SUMS.values())[2:]]

    assert not left & _running(), "the containers of the process that was killed are gone"
    records = lines((out / "runs.jsonl").read_text())
    assert [record["task"] for record in records] == list(SUMS)
    assert (out / "runs.jsonl").read_bytes().startswith(kept)


def _containers_of(out: Path) -> set[str]:
    """The containers of the installations in a folder."""
    labels = [f"{INSTALLATION_LABEL}={path.read_text()}" for path in out.rglob("installation")]
    return {each for label in labels for each in _running(label)}


def _running(label: str | None = None) -> set[str]:
    filters: dict[str, str | list[str] | bool] = {"label": label} if label else {}
    with closing(docker.from_env()) as client:
        return {str(found.id) for found in client.containers.list(filters=filters, ignore_removed=True)}


async def test_two_evaluations_do_not_write_to_one_folder(tmp_path: Path) -> None:
    out, file = tmp_path / "out", tasks(tmp_path)
    arguments = ("evaluate", file, "--team", "pair", "--out", str(out))
    async with openai.play() as server:
        first = server.hold(answers(None))
        running = asyncio.create_task(command(tmp_path / "work", *arguments, stdin=b"", **model(server)))
        await first.arrived.wait()
        code, _, shown = await command(tmp_path / "work", *arguments, stdin=b"", **model(server))
        assert code == 2
        assert "already writes to" in shown
        server.answer(answers)
        first.release()
        assert (await running)[0] == 0

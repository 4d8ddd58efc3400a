"""Runs through the real engine and the real AutoGen team, with a model that follows a script."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from agents.spec import TEAMS
from agents.team_factory import TeamFactory
from bot.commands import temporary_engine
from bot.domain.events import Message
from bot.domain.policy import Policy
from bot.domain.turn_results import RunResult
from bot.evaluate.cases import EvaluationCase
from bot.evaluate.eval_tasks import EvalTask
from bot.evaluate.live_sessions import LiveSessions
from bot.evaluate.record import RunRecord
from bot.evaluate.run_conversation import Patience, play
from bot.evaluate.run_matrix import EvaluationRun
from bot.evaluate.teams import TeamFile
from bot.settings import load as settings
from tests.agents.scripted import Reply, Script, WrongKey
from tests.bot.engine.harness import FILE_LIMIT, harness
from tests.fakes.blob_store import FakeBlobs
from tests.fakes.chat import FakeChat
from tests.fakes.scripted_sandbox import Does, ScriptedSandboxes
from tests.fakes.team import Held

COUNT = "I count.\n```python\ncount()\n```"
TEAM = TeamFile("pair", "pair", "pair", "digest of pair")


class _Attached(Mapping[str, bytes]):
    """The attached files in a folder, as a platform has them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __getitem__(self, ref: str) -> bytes:
        path = self._folder / ref
        if not path.exists():
            raise KeyError(ref)
        return path.read_bytes()

    def __iter__(self) -> Iterator[str]:
        return (path.name for path in self._folder.iterdir())

    def __len__(self) -> int:
        return len(list(self._folder.iterdir()))


@asynccontextmanager
async def sessions(
    folder: Path,
    *replies: Reply,
    does: Does | None = None,
    teams: Path = TEAMS,
    policy: Policy | None = None,
) -> AsyncIterator[LiveSessions]:
    """An engine whose model gives these replies, and whose code does that."""
    script, shelf = Script(list(replies)), FakeBlobs(folder)
    chat = FakeChat(files=_Attached(folder / "uploads"))
    sandboxes = ScriptedSandboxes(shelf, programs={"count()": does or Does(RunResult(0, "832\n", 1))})
    roster = TeamFactory(settings(None, roundtable_model="demo"), teams, script.create)
    async with harness(folder, roster, chat=chat, sandboxes=sandboxes, policy=policy) as it:
        yield LiveSessions(
            "chat", it.database, it.reader, it.intake, it.changes, shelf.path, folder / "uploads", FILE_LIMIT
        )
    await roster.close()


def run(*files: Path, **fields: Any) -> EvaluationRun:
    """A run of a task that wants 832, but for what is given."""
    usual = {"name": "count", "kind": "total", "task": "How many rows?", "wanted": {"figures": [{"value": 832}]}}
    task = EvalTask.model_validate(usual | fields)
    digest = hashlib.sha256(task.model_dump_json().encode()).hexdigest()
    return EvaluationRun(EvaluationCase(task, files, digest), TEAM, "demo", 1)


def people(record: RunRecord) -> list[str]:
    """What was said to the team."""
    said = [entry.item for entry in record.entries if isinstance(entry.item, Message)]
    return [f"{message.who.name}: {message.text}" for message in said]


PATIENT = Patience(turn=60, stop=10)


async def test_a_task_with_a_file_is_carried_out_and_judged(tmp_path: Path) -> None:
    data = tmp_path / "rows.csv"
    data.write_text("a\n1\n")
    does = Does(RunResult(0, "832\n", 1), {"out.csv": b"a;b\n832;1\n"})
    files = [{"name": "out.csv", "figures": [{"value": 832}]}]
    async with sessions(tmp_path, COUNT, "There are 832 rows.\nTERMINATE", does=does) as live:
        wanted = {"figures": [{"value": 832}], "files": files}
        record = await play(run(data, wanted=wanted), live, PATIENT)

    assert (record.outcome, record.finished, record.right, record.failed) == ("finished", True, True, ())
    assert (record.turns, record.tokens_in, record.tokens_out) == (3, 200, 40)
    assert (record.stalled, record.why) == ("", "")
    assert record.dollars == 1.0
    kinds = [entry.item.kind for entry in record.entries]
    assert kinds[0] == "message"
    assert {"code", "output", "files", "agent", "summary"} <= set(kinds)


async def test_a_wrong_answer_is_finished_and_not_right(tmp_path: Path) -> None:
    async with sessions(tmp_path, "There are 831 rows.\nTERMINATE") as live:
        record = await play(run(), live, PATIENT)
    assert (record.finished, record.right, record.failed, record.stalled) == (True, False, ("figure 832",), "")


async def test_a_question_is_answered_and_a_second_person_goes_on(tmp_path: Path) -> None:
    replies = [
        {"text": "Of sales.", "when": "asks"},
        {"text": "Not asked for", "when": "asks"},
        {"text": "And without doubles?", "who": "Ben", "when": "rests"},
    ]
    wanted = {
        "asks": "must",
        "figures": [{"value": 832, "answer": 2}, {"value": 830, "answer": 4}],
        "words": [{"none_of": ["832"], "answer": 4}],
    }
    script = ("ASK: Of which file?", "832 rows.\nTERMINATE", "830 rows.\nTERMINATE")
    async with sessions(tmp_path, *script) as live:
        record = await play(run(replies=replies, wanted=wanted), live, PATIENT)

    assert record.right, record.failed
    assert people(record) == ["Ann: How many rows?", "Ann: Of sales.", "Ben: And without doubles?"]


async def test_a_question_for_which_there_is_no_reply_ends_the_run(tmp_path: Path) -> None:
    async with sessions(tmp_path, "ASK: Of which file?") as live:
        record = await play(run(), live, PATIENT)
    assert (record.outcome, record.finished, record.stalled) == ("asked", False, "model")
    assert record.why == "asks a person: Of which file?"
    assert "ends: asked" in record.failed


async def test_a_refused_request_is_the_products_fault(tmp_path: Path) -> None:
    async with sessions(tmp_path, WrongKey()) as live:
        record = await play(run(), live, PATIENT)
    assert (record.outcome, record.stalled) == ("paused", "product")
    assert record.failed == ("figure 832", "ends: paused")


async def test_a_task_that_is_not_taken_fails_alone(tmp_path: Path) -> None:
    data = tmp_path / "big.csv"
    data.write_bytes(b"1" * (FILE_LIMIT + 1))
    async with sessions(tmp_path, "832\nTERMINATE") as live:
        refused = await play(run(data), live, PATIENT)
        record = await play(run(), live, PATIENT)
    assert (refused.outcome, refused.stalled, refused.right, refused.turns) == ("refused", "product", False, 0)
    assert "big.csv is larger than" in refused.why
    assert "ends: refused" in refused.failed
    assert record.right


async def test_a_refused_reply_fails_its_run_and_stops_the_session(tmp_path: Path) -> None:
    replies = [{"text": " ", "when": "asks"}]
    async with sessions(tmp_path, "ASK: Of which file?") as live:
        record = await play(run(replies=replies), live, PATIENT)
        (view,) = await live.reader.sessions()
    assert (record.outcome, record.stalled, record.right) == ("refused", "product", False)
    assert view.outcome == "stopped"


async def test_a_run_is_stopped_at_the_turns_of_its_task(tmp_path: Path) -> None:
    script = [f"```python\ncount() + {number}\n```" for number in range(9)]
    async with sessions(tmp_path, *script) as live:
        record = await play(run(budget={"turns": 4}), live, PATIENT)
    assert (record.outcome, record.stalled, record.why) == (
        "stopped",
        "limit",
        "the turns of the task are used up",
    )
    assert not record.finished
    assert not record.right


async def test_no_call_begins_that_could_take_a_run_past_its_tokens(tmp_path: Path) -> None:
    bounded = run(budget={"tokens": 8_000})
    rules = Policy.model_validate(tomllib.loads(temporary_engine.policy([bounded])))
    script = [f"```python\ncount() + {number}\n```" for number in range(99)]
    async with sessions(tmp_path, *script, policy=rules) as live:
        record = await play(bounded, live, PATIENT)
    assert (record.outcome, record.stalled) == ("stopped", "limit")
    assert record.why == "the tokens of the task are used up"
    assert record.tokens <= 8_000


async def test_a_run_is_stopped_when_its_seconds_are_over(tmp_path: Path) -> None:
    async with sessions(tmp_path, Held()) as live:
        record = await play(run(budget={"seconds": 0.01}), live, PATIENT)
    assert (record.outcome, record.stalled, record.why) == (
        "stopped",
        "limit",
        "the seconds of the task are used up",
    )


async def test_a_turn_that_takes_longer_than_it_can_hangs(tmp_path: Path) -> None:
    async with sessions(tmp_path, Held()) as live:
        record = await play(run(), live, Patience(turn=0.0, stop=10))
    assert (record.stalled, record.why) == ("product", "hangs: nothing happened any more")
    assert not record.right


async def test_a_team_that_waits_before_it_finishes_is_let_finish(tmp_path: Path) -> None:
    teams = tmp_path / "teams"
    teams.mkdir()
    spec = (TEAMS / "pair.toml").read_text(encoding="utf-8")
    (teams / "pair.toml").write_text(f'human_input_mode = "TERMINATE"\n{spec}', encoding="utf-8")
    async with sessions(tmp_path, "There are 832 rows.\nTERMINATE", teams=teams) as live:
        record = await play(run(), live, PATIENT)
    assert (record.outcome, record.right) == ("finished", True)
    assert people(record) == ["Ann: How many rows?"]

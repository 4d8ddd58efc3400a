"""The rival of `roundtable evaluate`: AutoGen's own team, its talk told in our words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from autogen_core.models import ModelInfo
from autogen_ext.models.replay import ReplayChatCompletionClient

from bench.evaluate_autogen import MESSAGES, Chat, SandboxExecutor, bounded, team_of
from bot.domain.turn_results import RunResult
from bot.evaluate.eval_tasks import EvalTask, Figure, RunBudget, ScriptedReply, Wanted
from bot.evaluate.said_in_session import talk
from bot.evaluate.stalls import stall
from tests.fakes.blob_store import FakeBlobs
from tests.fakes.scripted_sandbox import Does, ScriptedSandboxes

CODE = "I count.\n```python\ncount()\n```"
INFO = ModelInfo(
    vision=False, function_calling=False, json_output=False, structured_output=False, family="unknown"
)


def task(*replies: ScriptedReply, tokens: int = 100_000) -> EvalTask:
    return EvalTask(
        name="count",
        kind="total",
        task="How many?",
        replies=replies,
        wanted=Wanted(figures=(Figure(value=832),)),
        budget=RunBudget(tokens=tokens),
    )


async def talked(folder: Path, the_task: EvalTask, *answers: str) -> tuple[Chat, str, str]:
    """What AutoGen makes of answers, and how it ends."""
    programs: Mapping[str, Does | Exception] = {"count()": Does(RunResult(0, "832\n", 1))}
    client = ReplayChatCompletionClient(list(answers), INFO)
    async with ScriptedSandboxes(FakeBlobs(folder), programs=dict(programs)).open("s", ()) as sandbox:
        executor = SandboxExecutor(sandbox, 60)
        chat = Chat(team_of(client, executor), executor, client)
        outcome, cut = await bounded(chat, the_task, the_task.task)
    return chat, outcome, cut


def kinds(chat: Chat) -> list[str]:
    return [entry.item.kind for entry in chat.entries]


async def test_code_is_run_in_our_sandbox_and_the_answer_ends_it(tmp_path: Path) -> None:
    chat, outcome, cut = await talked(tmp_path, task(), CODE, "It is 832. TERMINATE")
    assert (outcome, cut) == ("finished", "")
    assert kinds(chat) == ["message", "code", "output", "agent"]
    assert talk(chat.entries, chat.said).answer(1) == "I count.\n\nIt is 832."
    assert talk(chat.entries, chat.said).result(1) == "It is 832."
    assert stall(chat.entries, outcome) is None


async def test_a_reply_goes_on_in_the_same_talk(tmp_path: Path) -> None:
    follow = ScriptedReply(text="And without doubles?", when="rests")
    chat, outcome, _ = await talked(tmp_path, task(follow), "832 TERMINATE", CODE, "830 TERMINATE")
    assert outcome == "finished"
    found = talk(chat.entries, chat.said)
    assert (found.answer(1), found.answer(2)) == ("832", "I count.\n\n830")


async def test_a_last_word_that_is_a_question_counts_as_asked(tmp_path: Path) -> None:
    answer = ScriptedReply(text="Of sales.", when="asks")
    chat, outcome, _ = await talked(tmp_path, task(answer), "Of which file? TERMINATE", "832 TERMINATE")
    assert outcome == "finished"
    assert talk(chat.entries, chat.said).questions == ("Of which file?",)
    assert talk(chat.entries, chat.said).answer(2) == "832"


async def test_talk_without_an_end_is_cut_at_its_messages(tmp_path: Path) -> None:
    chat, outcome, _ = await talked(tmp_path, task(), *["Great! Let us begin."] * MESSAGES)
    assert outcome == "limit"
    assert len(chat.entries) == MESSAGES
    found = stall(chat.entries, outcome)
    assert found is not None
    assert found.by == "model"


async def test_the_tokens_of_the_task_end_it(tmp_path: Path) -> None:
    _, outcome, cut = await talked(tmp_path, task(tokens=10), "one two three four five six seven eight", CODE)
    assert (outcome, cut) == ("stopped", "tokens")


async def test_what_autogen_raises_is_told(tmp_path: Path) -> None:
    chat, outcome, _ = await talked(tmp_path, task(), CODE)
    assert outcome == "paused"
    found = stall(chat.entries, outcome)
    assert found is not None
    assert found.by == "product"

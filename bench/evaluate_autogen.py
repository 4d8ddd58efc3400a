"""Plain AutoGen on the tasks of `roundtable evaluate`: the same model server, sandbox, checks and records.

    OPENAI_BASE_URL=… ROUNDTABLE_MODEL=openai/NAME python -m bench.evaluate_autogen [TASKS …] --out FOLDER

The rival is AutoGen 0.7.5 as its documentation begins: an AssistantAgent and a CodeExecutorAgent in a
RoundRobinGroupChat with AutoGen's own prompts, ended by the word TERMINATE or after 12 messages. Its records go
into the folder's `runs.jsonl`, where those of `roundtable evaluate --out FOLDER` are: a second call skips what is
there, and every other team in it is compared with AutoGen on the tasks that both did. Where AutoGen's last word is
a question, that counts as asked, and the reply is given.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
import uuid
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path, PurePosixPath

from autogen_agentchat.agents import ApprovalRequest, ApprovalResponse, AssistantAgent, CodeExecutorAgent
from autogen_agentchat.base import TaskResult
from autogen_agentchat.conditions import MaxMessageTermination, TextMentionTermination
from autogen_agentchat.messages import TextMessage
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import CancellationToken
from autogen_core.code_executor import CodeBlock, CodeExecutor, CodeResult
from autogen_core.models import ChatCompletionClient, ModelInfo
from autogen_ext.models.openai import OpenAIChatCompletionClient
from rich.console import Console

from agents.models.choice import ModelChoice, choose
from bot.app import price
from bot.commands import temporary_engine
from bot.commands.evaluate import EVALS
from bot.domain.events import CodeBlock as Block
from bot.domain.events import Message
from bot.domain.participants import Person, ThreadRef
from bot.domain.posts import AgentPost, CodePost, OutputPost, Post, QuestionPost, StatusPost
from bot.domain.turn_results import RunResult, Usage
from bot.domain.views import Entry
from bot.evaluate import cases, folders
from bot.evaluate.checks import Made
from bot.evaluate.compare import compare
from bot.evaluate.eval_tasks import EvalTask
from bot.evaluate.execution import carry_out
from bot.evaluate.judge import RunEvidence, judged
from bot.evaluate.people_steps import Say, next_reply
from bot.evaluate.progress_display import ProgressDisplay, table
from bot.evaluate.record import RunRecord
from bot.evaluate.records import RecordFile
from bot.evaluate.run_conversation import FIRST
from bot.evaluate.run_matrix import EvaluationRun, runs
from bot.evaluate.setup_digest import setup_digest
from bot.evaluate.stalls import Cut
from bot.evaluate.summary import summaries
from bot.evaluate.teams import TeamFile
from bot.ports import Sandbox
from bot.sandbox.docker import DockerSandboxes
from bot.sandbox.workspace import Blobs, session_folder
from bot.settings import Settings, load

RIVAL = f"AutoGen {version('autogen-agentchat')}"
MESSAGES = 12
_THREAD = ThreadRef("bench", "", "", "1")


class SandboxExecutor(CodeExecutor):
    """AutoGen's code in our sandbox; `results` are those of the last message."""

    def __init__(self, sandbox: Sandbox, timeout: float) -> None:
        self._sandbox = sandbox
        self._timeout = timeout
        self.blocks: tuple[Block, ...] = ()
        self.results: tuple[RunResult, ...] = ()

    async def execute_code_blocks(
        self, code_blocks: list[CodeBlock], cancellation_token: CancellationToken
    ) -> CodeResult:
        """Run blocks up to the first that fails, and give back what they printed, as AutoGen's own do."""
        self.blocks = tuple(Block(block.language.lower(), block.code) for block in code_blocks)
        self.results = ()
        for block in self.blocks:
            result = await self._sandbox.run(block.code, block.language or "python", self._timeout)
            self.results += (result,)
            if not result.ok:
                break
        failed = next((result for result in self.results if not result.ok), None)
        output = "".join(result.output for result in self.results)
        return CodeResult(exit_code=failed.exit_code or 1 if failed else 0, output=output)

    async def start(self) -> None:
        """The sandbox runs already."""

    async def stop(self) -> None:
        """The sandbox belongs to the run."""

    async def restart(self) -> None:
        """Every run is a process of its own."""


@dataclass(slots=True)
class Chat:
    """One task with AutoGen: what was said and shown, as a timeline of ours."""

    team: RoundRobinGroupChat
    executor: SandboxExecutor
    client: ChatCompletionClient
    entries: list[Entry] = field(default_factory=list)
    said: list[int] = field(default_factory=list)
    turns: int = 0

    async def talk(self, task: EvalTask, first: str) -> tuple[str, Cut]:
        """The task and its replies; returns how it ended."""
        text, who, number = first, FIRST, 1
        while True:
            self.said.append(number)
            self._add(Message(uuid.uuid4().hex, _THREAD, Person(who, who), text))
            outcome, cut = await self._run(task, text)
            moment = "asks" if self._asked() else "rests"
            ready = not cut and (moment == "asks" or outcome == "finished")
            match next_reply(task, self.said, "asks" if moment == "asks" else "rests") if ready else None:
                case Say(number, reply):
                    text, who = reply.text, reply.who
                case None:
                    return ("asked" if moment == "asks" and outcome != "finished" else outcome), cut

    async def _run(self, task: EvalTask, text: str) -> tuple[str, Cut]:
        said = ""
        async with aclosing(self.team.run_stream(task=text)) as stream:
            async for item in stream:
                if isinstance(item, TaskResult):
                    said = str(item.stop_reason)
                elif isinstance(item, TextMessage) and item.source != "user":
                    self.turns += 1
                    self._show(item)
                usage = self.client.total_usage()
                if usage.prompt_tokens + usage.completion_tokens >= task.budget.tokens:
                    return "stopped", "tokens"
        return ("finished" if "TERMINATE" in said else "limit"), ""

    def _show(self, message: TextMessage) -> None:
        text = message.content
        if message.source != "executor":
            self._add(AgentPost(message.source, text.replace("TERMINATE", "").strip(), final="TERMINATE" in text))
        elif text == CodeExecutorAgent.NO_CODE_BLOCKS_FOUND_MESSAGE:
            self._add(StatusPost(text))
        else:
            self._ran()
            self._add(OutputPost(message.source, self.executor.results))

    def _ran(self) -> None:
        """The last message had this code in it, as AutoGen reads it."""
        entry = self.entries[-1]
        if isinstance(entry.item, AgentPost | CodePost):
            code = CodePost(entry.item.agent, entry.item.text, self.executor.blocks)
            self.entries[-1] = Entry(entry.seq, entry.at, code)

    def _asked(self) -> bool:
        """Whether the last word is a question; from then on it stands as one in the timeline."""
        words = [at for at, entry in enumerate(self.entries) if isinstance(entry.item, AgentPost | QuestionPost)]
        entry = self.entries[words[-1]] if words else None
        if (
            entry is None
            or not isinstance(entry.item, AgentPost)
            or not entry.item.text.rstrip("*_ \n").endswith("?")
        ):
            return False
        self.entries[words[-1]] = Entry(entry.seq, entry.at, QuestionPost(entry.item.agent, "", entry.item.text))
        return True

    def _add(self, item: Message | Post) -> None:
        self.entries.append(Entry(len(self.entries) + 1, time.time(), item))


async def play(
    run: EvaluationRun, sandboxes: DockerSandboxes, settings: Settings, model: ModelChoice
) -> RunRecord:
    """One run of the rival."""
    name, task, began, at = uuid.uuid4().hex, run.case.task, time.monotonic(), time.time()
    client = client_of(model, settings)
    async with sandboxes.open(name, ()) as sandbox:
        for file in run.case.files:
            await sandbox.put(PurePosixPath(file.name), await asyncio.to_thread(file.read_bytes))
        executor = SandboxExecutor(sandbox, settings.roundtable_sandbox_timeout)
        chat = Chat(team_of(client, executor), executor, client)
        files = ", ".join(file.name for file in run.case.files)
        told = f"{task.task}\n\nFiles in the working directory: {files}" if files else task.task
        outcome, cut = await bounded(chat, task, told)
        made = [
            Made(file.path, file.media_type, await asyncio.to_thread(_blobs(settings, name).read, file.digest))
            for file in (await sandbox.changed()).files
        ]
    usage = client.total_usage()
    await client.close()
    return judged(
        run,
        RunEvidence(
            outcome=outcome,
            cut=cut,
            entries=chat.entries,
            said=chat.said,
            files=made,
            turns=chat.turns,
            tokens_in=usage.prompt_tokens,
            tokens_out=usage.completion_tokens,
            dollars=price(settings)(Usage("autogen", str(model), usage.prompt_tokens, usage.completion_tokens)),
            began=at,
            seconds=time.monotonic() - began,
        ),
    )


async def bounded(chat: Chat, task: EvalTask, told: str) -> tuple[str, Cut]:
    """The talk, up to its budget; what AutoGen raises ends it."""
    try:
        async with asyncio.timeout(task.budget.seconds):
            return await chat.talk(task, told)
    except TimeoutError:
        return "stopped", "seconds"
    except Exception as error:
        chat.entries.append(
            Entry(len(chat.entries) + 1, time.time(), StatusPost(f"{type(error).__name__}: {error}"))
        )
        return "paused", ""


def team_of(client: ChatCompletionClient, executor: CodeExecutor) -> RoundRobinGroupChat:
    """AutoGen's own two agents, with its own prompts."""
    return RoundRobinGroupChat(
        [
            AssistantAgent("assistant", client),
            CodeExecutorAgent("executor", executor, approval_func=_approve),
        ],
        termination_condition=TextMentionTermination("TERMINATE") | MaxMessageTermination(MESSAGES),
    )


def client_of(model: ModelChoice, settings: Settings) -> ChatCompletionClient:
    """AutoGen's client of a server that speaks OpenAI's API."""
    info = ModelInfo(
        vision=False, function_calling=False, json_output=False, structured_output=False, family="unknown"
    )
    return OpenAIChatCompletionClient(
        model=model.name,
        base_url=settings.openai_base_url or "https://api.openai.com/v1",
        api_key=settings.openai_api_key.get_secret_value() or "none",
        model_info=info,
        timeout=settings.roundtable_model_timeout,
        max_tokens=settings.roundtable_model_max_tokens,
    )


def _approve(_request: ApprovalRequest) -> ApprovalResponse:
    return ApprovalResponse(approved=True, reason="the sandbox holds it")


def _blobs(settings: Settings, name: str) -> Blobs:
    return Blobs(session_folder(settings.roundtable_work_dir, name))


async def evaluate(settings: Settings, model: ModelChoice, options: argparse.Namespace, console: Console) -> None:
    """Run what is not recorded yet, and show it beside every other team in the folder."""
    part: cases.Part = "all" if options.all else "held out" if options.hold_out else "shown"
    chosen = cases.choose(options.tasks, EVALS, part).cases
    team = TeamFile(RIVAL, "autogen", "autogen", RIVAL)
    with temporary_engine.held(options.out):
        records = RecordFile(options.out / "runs.jsonl")
        setup = setup_digest(settings, Path(__file__).parent)
        planned = runs(chosen, [team], [str(model)], options.repeat, setup)
        todo = [run for run in planned if run.key not in records.found]
        folder = folders.own(options.out / "work") / "autogen"
        own = settings.model_copy(update={"roundtable_work_dir": folder})
        async with DockerSandboxes(own, folder, f"bench-{uuid.uuid4().hex}") as sandboxes:
            with ProgressDisplay(
                console, len(planned), [records.found[run.key] for run in planned if run not in todo]
            ) as board:
                await carry_out(
                    todo,
                    partial(play, sandboxes=sandboxes, settings=own, model=model),
                    records,
                    at_once=options.parallel,
                    begun=board.begun,
                    done=board.done,
                )
        _show(list(records.found.values()), [case.digest for case in chosen], console)


def _show(found: Sequence[RunRecord], digests: Sequence[str], console: Console) -> None:
    # Of runs that only another setup tells apart, the newest counts.
    newest = {(record.task_digest, record.team, record.model, record.repeat): record for record in found}
    mine = [record for record in newest.values() if record.task_digest in digests]
    console.print(table(summaries(mine)))
    for team in dict.fromkeys(record.team for record in mine if record.team != RIVAL):
        if comparison := compare(mine, RIVAL, team):
            console.print(comparison.said, markup=False, soft_wrap=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="Plain AutoGen on the tasks of `roundtable evaluate`.")
    parser.add_argument("tasks", nargs="*", help="as for roundtable evaluate")
    parser.add_argument("--out", type=Path, default=Path("work_dir/evaluations/autogen"))
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--parallel", type=int, default=1)
    parser.add_argument("--hold-out", action="store_true")
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    settings = load()
    model = choose(settings)
    if model.provider != "openai":
        print("not run: set ROUNDTABLE_MODEL=openai/NAME, and OPENAI_BASE_URL for a server of your own")
        return 0
    asyncio.run(evaluate(settings, model, options, Console(highlight=False)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

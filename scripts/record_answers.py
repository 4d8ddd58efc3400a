"""Adds what models answered in runs of `roundtable evaluate` to the recorded answers of the tests.

    .venv/bin/python -m scripts.record_answers RUNS.jsonl...

An answer that is there already in the same situation is not added again. Tasks that are held out, stand-ins for
models and other programs' teams are left out, and so is what names a path of the machine.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from agents.spec import load_all
from bot.domain.events import Message
from bot.domain.posts import AgentPost, CodePost, OutputPost, Post, QuestionPost, SummaryPost
from bot.domain.turn_results import RunResult
from bot.evaluate.record import RunRecord
from bot.evaluate.record import as_json as record_json
from tests.agents.recorded import Recorded, Report, Situation, load, save

_SPEAKERS = {agent.name: len(spec.speakers) for spec in load_all().values() for agent in spec.speakers}
"""How many speak in the shipped team in which an agent has this name."""
_BEFORE = Situation(0, "", "", files=False, report="none", reminded=False)
_KEPT = 1_000
"""Characters of a program and of what it printed that are kept."""
_LOCAL = re.compile(r"/(home|root|tmp|work|Users)/")


def main(paths: Sequence[str]) -> None:
    """Add the answers of these runs and say how many there are now."""
    recorded = {_key(old): old for old in load()}
    before = len(recorded)
    for path in paths:
        for record in _records(Path(path)):
            for answer in answers(record):
                recorded.setdefault(_key(answer), answer)
    save(recorded.values())
    sys.stdout.write(f"{len(recorded) - before} answers are new, {len(recorded)} are recorded\n")


def answers(record: RunRecord) -> Iterator[Recorded]:
    """What the model answered in one run, each time with what had happened since a person last spoke."""
    items = [entry.item for entry in record.entries]
    now, code, talked = _BEFORE, "", False
    for number, item in enumerate(items):
        match item:
            case Message(text=task, files=files):
                now, talked = replace(_BEFORE, task=task, files=bool(files)), False
            case OutputPost(results=results):
                printed = "\n".join(result.output for result in results)
                now = replace(now, report=_report(results), program=code[:_KEPT], output=printed[:_KEPT])
                talked = False
            case AgentPost(agent) | CodePost(agent) | QuestionPost(agent) if agent in _SPEAKERS:
                many = _SPEAKERS[agent]
                now = replace(now, agents=many, agent=agent, reminded=talked and many == 1)
                code, talked = _written(item, items[number + 1 :]), isinstance(item, AgentPost)
                if not _LOCAL.search(code):
                    yield Recorded(code, situation=now)


def _key(recorded: Recorded) -> tuple[object, ...]:
    """What makes two answers the same for the tests."""
    now = recorded.situation
    return (recorded.answer, now and (now.agent, now.task, now.report, now.reminded))


def _records(path: Path) -> Iterator[RunRecord]:
    for line in path.read_bytes().splitlines():
        record = record_json.validate_json(line)
        if not record.hold_out and record.model != "demo" and not record.team.startswith("AutoGen"):
            yield record


def _report(results: Iterable[RunResult]) -> Report:
    if not all(result.ok for result in results):
        return "failed"
    return "ok" if any(result.output.strip() or result.files for result in results) else "silent"


def _written(post: Post, later: Sequence[object]) -> str:
    """A message as the model wrote it; what people are shown lacks the words that end or ask."""
    match post:
        case QuestionPost(text=text, question=question):
            return f"{text}\nASK: {question}".strip()
        case AgentPost(text=text, final=True):
            summary = next((item for item in later if isinstance(item, SummaryPost)), None)
            return f"{text} TERMINATE" if summary and summary.outcome == "finished" else text
        case AgentPost(text=text) | CodePost(text=text):
            return text
        case _:
            raise AssertionError(f"a model does not write {post!r}")


if __name__ == "__main__":
    main(sys.argv[1:])

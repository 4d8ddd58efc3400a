"""Adds what models answered in runs of `roundtable evaluate` to the recorded answers of the tests.

    .venv/bin/python -m scripts.record_answers RUNS.jsonl...

An answer that is there already in the same situation is not added again. Tasks that are held out, stand-ins for
models and other programs' teams are left out, and so is what names a path of the machine.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from agents.spec import load_all
from bot.evaluate.record import Record
from bot.evaluate.record import as_json as record_json
from bot.events import Message, RunResult
from bot.posts import HOST, AgentPost, CodePost, OutputPost, Post, QuestionPost, SummaryPost
from tests.agents.recorded import Recorded, Report, Situation, load, save

_SPEAKERS = {agent.name: len(spec.speakers) for spec in load_all().values() for agent in spec.speakers}
"""How many speak in the shipped team in which an agent has this name."""
_LOCAL = re.compile(r"/(home|root|tmp|work|Users)/")


def main(paths: Sequence[str]) -> None:
    """Add the answers of these runs and say how many there are now."""
    before = load()
    found = [answer for path in paths for record in _records(Path(path)) for answer in answers(record)]
    known = {(old.answer, old.situation) for old in before}
    new = [Recorded(*key) for key in dict.fromkeys((a.answer, a.finish_reason, a.situation) for a in found)]
    new = [answer for answer in new if (answer.answer, answer.situation) not in known]
    save([*before, *new])
    sys.stdout.write(f"{len(new)} answers are new, {len(before) + len(new)} are recorded\n")


def answers(record: Record) -> Iterator[Recorded]:
    """What the model answered in one run, each time with what had happened since a person last spoke."""
    items = [entry.item for entry in record.entries]
    task, files, report, talked = "", False, _NONE, False
    for number, item in enumerate(items):
        match item:
            case Message(text=task):
                files, report, talked = bool(item.files), _NONE, False
            case OutputPost(results=results):
                report, talked = _report(results), False
            case AgentPost(agent) | CodePost(agent) | QuestionPost(agent) if agent in _SPEAKERS:
                alone = _SPEAKERS[agent] == 1
                text = _written(item, items[number + 1 :])
                if not _LOCAL.search(text):
                    situation = Situation(_SPEAKERS[agent], agent, task, files, report, talked and alone)
                    yield Recorded(text, situation=situation)
                talked = isinstance(item, AgentPost)


def _records(path: Path) -> Iterator[Record]:
    for line in path.read_bytes().splitlines():
        record = record_json.validate_json(line)
        if not record.hold_out and record.model != "demo" and not record.team.startswith("AutoGen"):
            yield record


_NONE: Report = "none"


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
    assert HOST not in _SPEAKERS
    main(sys.argv[1:])

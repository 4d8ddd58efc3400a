"""Real answers of a real language model, each with the situation in which it was given where that is known.

`answers.jsonl` is what Qwen2.5-Coder-1.5B wrote, an answer a line; `scripts/record_answers.py` adds more from runs
of `roundtable evaluate`. Some are judged: `truth` says what the words are to the person who asked. The situations
of the first 85 are told from their words alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import TypeAdapter

FILE = Path(__file__).parent / "answers.jsonl"

Report: TypeAlias = Literal["none", "ok", "failed", "silent"]
Truth: TypeAlias = Literal["answer", "promise"]
"""A person takes the words as the answer or a fitting reply; or they announce, restate, invent or only explain."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What had happened since a person last spoke.

    `agents` counts those who speak in the team. `files`: some came with the task; `report` is the last one, on the
    message `program`, which printed `output` (both cut); `reminded`: the agents had only talked, and were told so.
    """

    agents: int
    agent: str
    task: str
    files: bool
    report: Report
    reminded: bool
    program: str = ""
    output: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One answer."""

    answer: str
    finish_reason: str = "stop"
    situation: Situation | None = None
    truth: Truth | None = None


as_json: TypeAdapter[Recorded] = TypeAdapter(Recorded)


def load(path: Path = FILE) -> tuple[Recorded, ...]:
    """Every recorded answer."""
    return tuple(as_json.validate_json(line) for line in path.read_bytes().splitlines())


def save(answers: Iterable[Recorded], path: Path = FILE) -> None:
    """Write all answers, a line each."""
    path.write_bytes(
        b"".join(as_json.dump_json(answer, exclude_none=True, exclude_defaults=True) + b"\n" for answer in answers)
    )

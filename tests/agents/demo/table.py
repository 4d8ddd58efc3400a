"""Plays a conversation with the demo analyst: its code is really run, its replies are read like a thread."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from agents import spec, talk, wording
from agents.demo import charts, fences
from agents.demo.analyst import Line, reply
from agents.speaker_selection import next_speaker
from agents.spec import TeamSpec
from bot.domain.events import Artifact, RemoteFile, RunResult

MOST_TURNS = 24


class Runner:
    """The process that runs programs; `run` returns what the sandbox would."""

    def __init__(self, process: subprocess.Popen[str], scratch: Path) -> None:
        self._process = process
        self._output = scratch / "output"

    def run(self, workspace: Path, block: fences.Block) -> RunResult:
        """Run one block in a workspace."""
        before, began = _files(workspace), time.monotonic()
        request = {
            "cwd": str(workspace),
            "code": block.code,
            "language": block.language,
            "output": str(self._output),
        }
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        after = _files(workspace)
        made = [
            Artifact(p, digest, size, "") for p, (digest, size) in after.items() if before.get(p) != (digest, size)
        ]
        output = self._output.read_text(errors="replace")
        return RunResult(code, output, time.monotonic() - began, files=tuple(made))


@contextmanager
def runner(scratch: Path) -> Iterator[Runner]:
    """A runner whose process ends with the context."""
    command = [sys.executable, "-W", "error::DeprecationWarning", str(Path(__file__).with_name("zygote.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Runner(process, scratch)
        assert process.stdin
        process.stdin.close()


def _files(workspace: Path) -> dict[str, tuple[str, int]]:
    found = [path for path in sorted(workspace.rglob("*")) if path.is_file()]
    return {
        str(path.relative_to(workspace)): (sha256(path.read_bytes()).hexdigest(), path.stat().st_size)
        for path in found
    }


@dataclass
class Talk:
    """A conversation in one workspace, in which the agents of a team speak in the order of its spec."""

    runner: Runner
    workspace: Path
    team: str = "analyst"
    lines: list[tuple[str, str]] = field(default_factory=list)
    results: list[RunResult] = field(default_factory=list)
    person: str = "Ada"

    def say(self, text: str, *files: str) -> Talk:
        """A person speaks, attaching files of the workspace; then the team goes on until it stops."""
        self.hear(text, *files)
        return self.go()

    def hear(self, text: str, *files: str) -> None:
        """A person speaks, and nobody answers yet."""
        attached = [RemoteFile(name, (self.workspace / name).stat().st_size, "") for name in files]
        self.lines.append((self.person, f"{text}\n\n{wording.attached(attached)}" if attached else text))

    def go(self) -> Talk:
        """The team takes its turns until one finishes or asks."""
        for _ in range(MOST_TURNS):
            self.turn()
            if self.finished or self.asking:
                return self
        raise AssertionError("the talk does not end:\n" + self.transcript())

    def turn(self) -> str:
        """One agent speaks, and what it wrote is run."""
        text = self.speak()
        if blocks := fences.blocks(text):
            self.run(blocks)
        return text

    def speak(self) -> str:
        """One agent speaks."""
        agent = self.next_agent()
        text = reply(agent, [Line(who, said, who == agent) for who, said in self.lines])
        self.lines.append((agent, text))
        return text

    def until_drawing(self) -> Talk:
        """The team goes on until it has written the code that draws; that is not run."""
        for _ in range(MOST_TURNS):
            text = self.speak()
            if charts.SHOWN in text or self.finished or self.asking:
                return self
            self.run(fences.blocks(text))
        raise AssertionError("the talk does not end:\n" + self.transcript())

    def run(self, blocks: Sequence[fences.Block]) -> None:
        """The executor runs blocks up to the first that fails, and reports."""
        results = []
        for block in blocks:
            results.append(self.runner.run(self.workspace, block))
            if not results[-1].ok:
                break
        self.results += results
        self.lines.append(("executor", wording.report(results)))

    def next_agent(self) -> str:
        """Whose turn it is by the rules of the table."""
        name = next_speaker(self._spec, [talk.TalkMessage(who, text) for who, text in self.lines])
        assert name and name != "executor", self.transcript()
        return name

    @property
    def _spec(self) -> TeamSpec:
        return spec.load_all()[self.team]

    @property
    def _agents(self) -> set[str]:
        return {agent.name for agent in self._spec.speakers}

    @property
    def last(self) -> str:
        """The last message of an agent."""
        return next(text for who, text in reversed(self.lines) if who in self._agents)

    @property
    def finished(self) -> bool:
        """Whether the last message ends the task, as the engine reads it."""
        return self.last.splitlines()[-1].strip() == "TERMINATE" and not fences.blocks(self.last)

    @property
    def asking(self) -> bool:
        """Whether the last message waits for a person."""
        return self.last.splitlines()[-1].startswith("ASK:") and not fences.blocks(self.last)

    @property
    def codes(self) -> list[str]:
        """Every program written so far."""
        return [block.code for who, text in self.lines if who in self._agents for block in fences.blocks(text)]

    @property
    def pictures(self) -> list[str]:
        """The pictures in the workspace."""
        return sorted(path.name for path in self.workspace.glob("*.png"))

    def transcript(self) -> str:
        """The whole talk, to be shown when a test fails."""
        return "\n".join(f"=== {who}\n{text}" for who, text in self.lines)

"""Plays a conversation with the demo: its code is really run, its replies are read as the engine reads them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from pydantic import TypeAdapter

from agents import spec, talk, wording
from agents.message_parsing import code_blocks, read
from agents.models.demo import conversation
from agents.models.demo.reply import reply
from agents.models.port import ModelMessage
from agents.speaker_selection import next_speaker
from agents.spec import TeamSpec
from bot.domain.events import CodeBlock, RemoteFile
from bot.domain.turn_results import Asks, Code, Finished, RunResult
from bot.domain.workspace_files import Artifact, FileProfile
from bot.sandbox.driver.card import look

MOST_TURNS = 12


class Runner:
    """The process that runs programs; `run` returns what the sandbox would."""

    def __init__(self, process: subprocess.Popen[str], scratch: Path) -> None:
        self._process = process
        self._output = scratch / "output"

    def run(self, workspace: Path, block: CodeBlock) -> RunResult:
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
    # pandas 2.3 sets what matplotlib 3.11 calls deprecated; no program is to blame, and none sees that warning.
    strict = ("-W", "error::DeprecationWarning", "-W", "ignore:The locs attribute:DeprecationWarning")
    command = [sys.executable, *strict, str(Path(__file__).with_name("zygote.py"))]
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


def profiled(workspace: Path, name: str) -> RemoteFile:
    """A file of the workspace with its profile, as the sandbox computes it."""
    size = (workspace / name).stat().st_size
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = look.card(str(workspace / name))
    return RemoteFile(
        name, size, "r", TypeAdapter(FileProfile).validate_python({**found, "path": name, "size": size})
    )


@dataclass
class Talk:
    """A conversation in one workspace, in which the agents of a team speak in the order of its spec."""

    runner: Runner
    workspace: Path
    team: str = "analyst"
    lines: list[tuple[str, str]] = field(default_factory=list)
    results: list[RunResult] = field(default_factory=list)

    def say(self, text: str, *files: str) -> Talk:
        """A person speaks, attaching files of the workspace; then the team goes on until it stops."""
        self.hear(text, *files)
        return self.go()

    def hear(self, text: str, *files: str) -> None:
        """A person speaks, and nobody answers yet."""
        told = wording.attached([profiled(self.workspace, name) for name in files]) if files else ""
        self.lines.append(("Ada", f"{text}\n\n{told}" if told else text))

    def go(self) -> Talk:
        """The team takes its turns until one finishes or asks."""
        for _ in range(MOST_TURNS):
            text = self.speak()
            match read(text):
                case Code(blocks=blocks):
                    self.run(blocks)
                case Finished() | Asks():
                    return self
        raise AssertionError("the talk does not end:\n" + self.transcript())

    def speak(self) -> str:
        """One agent speaks."""
        name = next_speaker(self._spec, [talk.TalkMessage(who, text) for who, text in self.lines])
        assert name and name != "executor", self.transcript()
        messages = [ModelMessage(who, text, who == name) for who, text in self.lines]
        text = reply(name, conversation.read(messages, self._spec.names))
        self.lines.append((name, text))
        return text

    def run(self, blocks: Sequence[CodeBlock]) -> None:
        """The executor runs blocks up to the first that fails, and reports."""
        results = []
        for block in blocks:
            results.append(self.runner.run(self.workspace, block))
            if not results[-1].ok:
                break
        self.results += results
        self.report(*results)

    def report(self, *results: RunResult) -> None:
        """The executor reports these results."""
        self.lines.append(("executor", wording.report(results)))

    @property
    def _spec(self) -> TeamSpec:
        return spec.load_all()[self.team]

    @property
    def last(self) -> str:
        """The last message of an agent."""
        return next(text for who, text in reversed(self.lines) if who != "Ada")

    @property
    def codes(self) -> list[str]:
        """Every program written so far."""
        return [block.code for who, text in self.lines if who in self._spec.names for block in code_blocks(text)]

    @property
    def pictures(self) -> list[str]:
        """The pictures in the workspace."""
        return sorted(path.name for path in self.workspace.glob("*.png"))

    def transcript(self) -> str:
        """The whole talk, to be shown when a test fails."""
        return "\n".join(f"=== {who}\n{text}" for who, text in self.lines)

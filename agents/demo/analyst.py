"""The keyless model: a rule-based data analyst that writes real code for the sandbox."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from agents.demo import crew, fences, moves, scenes, transcript, wordings
from agents.demo.scenes import Scene
from agents.demo.steps import Ask, Conclude, Move, Write
from agents.demo.transcript import AGENTS, Line, Wrote

__all__ = ["Line", "reply"]


def reply(agent: str, lines: Sequence[Line], agents: Collection[str] = AGENTS) -> str:
    """What `agent` says next in the conversation `lines`, oldest first; whoever is not among `agents` is a person.

    A message with a ```python or ```sh fence is code for the executor; one whose last line begins with ASK:
    waits for a person; one that ends with TERMINATE is the end of the task.
    """
    items = transcript.read(lines, agents)
    scene = scenes.build(items)
    move = moves.next_move(scene)
    if isinstance(move, Write) and items and isinstance(items[-1], Wrote) and items[-1].who == "reviewer":
        move = replace(move, learnt="")  # the reviewer has just said it
    text = _in_role(agent, move, scene) or _plain(move)
    return text if scene.agents_spoke else f"{wordings.WHO}\n\n{text}"


def _in_role(agent: str, move: Move, scene: Scene) -> str | None:
    match agent:
        case "product_manager":
            return crew.product_manager(move, scene)
        case "coder":
            return crew.coder(move, scene)
        case "reviewer":
            return crew.reviewer(move, scene)
    return None


def _plain(move: Move) -> str:
    match move:
        case Write(intent, blocks, learnt):
            said = " ".join(filter(None, [learnt, intent]))
            return "\n\n".join(
                [said, *(fences.fenced(block.code, block.language or "python") for block in blocks)]
            )
        case Conclude(text):
            return f"{text}\n\nTERMINATE"
        case Ask(text, question):
            return f"{text}\n\nASK: {question}"

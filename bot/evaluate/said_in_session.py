"""What was said in a session, as its checks need it: pure, over its timeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.events import Message
from bot.domain.posts import HOST, AgentPost, CodePost, QuestionPost
from bot.domain.views import Entry
from bot.text.fence_parsing import prose


@dataclass(frozen=True, slots=True)
class SaidInSession:
    """The team's words by what they answer: 1 is the task, 2 the first reply.

    `questions` are those to people, `finals` the results that answers end with.
    """

    answers: Mapping[int, str]
    questions: tuple[str, ...] = ()
    finals: Mapping[int, str] = field(default_factory=dict)

    def answer(self, number: int | None) -> str:
        """One answer, the last one unless numbered; "" when there was none."""
        return self.answers.get(number or max(self.answers, default=1), "")

    def result(self, number: int | None) -> str:
        """The result of an answer where it has digits, else the whole: what was said before it is withdrawn."""
        final = self.finals.get(number or max(self.answers, default=1), "")
        return final if any(character.isdigit() for character in final) else self.answer(number)


def talk(entries: Sequence[Entry], said: Sequence[int]) -> SaidInSession:
    """What a timeline holds; `said` numbers the person's messages in order, 1 for the task."""
    answers: dict[int, list[str]] = {}
    questions: list[str] = []
    numbers = iter(said)
    current: list[str] = []
    finals: dict[int, str] = {}
    number = 1
    for entry in entries:
        match entry.item:
            case Message():
                number = next(numbers, len(answers) + 1)
                current = answers.setdefault(number, [])
            case QuestionPost(_, text, question):
                questions.append(question)
                current.extend((text, question))
            case AgentPost(agent, text, final=final) if agent != HOST:
                current.append(text)
                if final:
                    finals[number] = text
            case CodePost(_, text):
                current.append(prose(text))
    whole = {number: "\n\n".join(filter(None, texts)) for number, texts in answers.items()}
    return SaidInSession(whole, tuple(questions), finals)

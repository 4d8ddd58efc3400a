"""What a task of an evaluation is: the shape of a `[[task]]` table in `evals/*.toml`."""

from __future__ import annotations

import math
from datetime import date
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from bot.evaluate.dates_in_text import day

_ORDERS = ("stop", "terminate", "mute", "unmute", "cost")


def _to_the_team(words: str) -> str:
    if words.strip().strip("!.").strip().casefold() in _ORDERS:
        raise ValueError(
            f"{words!r} is an order to Roundtable and would not reach the team: say it in other words"
        )
    return words


Text: TypeAlias = Annotated[str, Field(min_length=1)]
Spoken: TypeAlias = Annotated[Text, AfterValidator(_to_the_team)]
Name: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
Answer: TypeAlias = Annotated[int, Field(ge=1)]
"""Which answer is meant: 1 is that to the task, 2 that to the first reply; the last one unless given."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Figure(_Strict):
    """A number that must be found: a whole one exactly, others within a thousandth, unless `within` says.

    A `percent` may also be written as a share: 12 stands as 12, as 12 % and as 0.12.
    """

    value: Annotated[float, Field(allow_inf_nan=False)]
    within: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    percent: bool = False
    answer: Answer | None = None

    @property
    def tolerance(self) -> float:
        """How far a number may be from the value."""
        if self.within is not None:
            return self.within
        return 0.0 if self.value.is_integer() else math.fabs(self.value) / 1000


def _a_day(written: str) -> str:
    day(written, date(2025, 1, 1))
    return written


class Day(_Strict):
    """A date that must be found: `2025-03-31`, `today`, `today+14` or `today-30`."""

    day: Annotated[str, AfterValidator(_a_day)]
    answer: Answer | None = None


class Words(_Strict):
    """Words of which one, all or none must be found, in any case; `*` at an end stands for more letters."""

    any_of: tuple[Text, ...] = ()
    all_of: tuple[Text, ...] = ()
    none_of: tuple[Text, ...] = ()
    answer: Answer | None = None

    @model_validator(mode="after")
    def _names_words(self) -> Self:
        if not (self.any_of or self.all_of or self.none_of):
            raise ValueError("give any_of, all_of or none_of")
        return self


class FileCheck(_Strict):
    """A file that the code must have made: its name may have wildcards; `bytes` is its least size.

    `figures` and `words` must be in its text.
    """

    name: Text
    type: str = ""
    bytes: Annotated[int, Field(ge=1)] = 1
    figures: tuple[Figure, ...] = ()
    words: tuple[Words, ...] = ()


class Wanted(_Strict):
    """What a right run has, all of it."""

    figures: tuple[Figure, ...] = ()
    dates: tuple[Day, ...] = ()
    words: tuple[Words, ...] = ()
    files: tuple[FileCheck, ...] = ()
    asks: Literal["must", "must_not", "may"] = "may"
    ends: tuple[Text, ...] = ("finished", "answered")

    @property
    def answers(self) -> tuple[int, ...]:
        """The numbers of the answers that are named."""
        named: tuple[Figure | Day | Words, ...] = (*self.figures, *self.dates, *self.words)
        return tuple(each.answer for each in named if each.answer)

    @model_validator(mode="after")
    def _wants_something(self) -> Self:
        if not (self.figures or self.dates or self.words or self.files or self.asks == "must"):
            raise ValueError("nothing would be checked: give figures, dates, words, files or asks")
        return self


class ScriptedReply(_Strict):
    """What a person says next: `when` the team asks, when it rests with an answer, or at the first of both."""

    text: Spoken
    who: Text = "Ann"
    when: Literal["asks", "rests", "either"] = "either"


class RunBudget(_Strict):
    """What a run may use before it is stopped."""

    turns: Annotated[int, Field(ge=1)] = 24
    tokens: Annotated[int, Field(ge=1)] = 100_000
    seconds: Annotated[float, Field(gt=0)] = 1800.0


class EvalTask(_Strict):
    """One task: what is said, what is attached, what is wanted. `files` are relative to the task's own file.

    `teams` are those it is for, all unless given. One that is `hold_out` is not looked at while prompts are tuned.
    """

    name: Name
    kind: Text
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "en"
    hold_out: bool = False
    task: Spoken
    files: tuple[Text, ...] = ()
    teams: tuple[Text, ...] = ()
    replies: tuple[ScriptedReply, ...] = ()
    wanted: Wanted
    budget: RunBudget = RunBudget()

    @model_validator(mode="after")
    def _has_answers(self) -> Self:
        most = 1 + len(self.replies)
        if any(answer > most for answer in self.wanted.answers):
            raise ValueError(f"an answer has a number above {most}: that is the task and its replies")
        return self

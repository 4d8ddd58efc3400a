"""Buttons that outlive the process: their ids say what they are about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol, cast

import discord

from bot.adapters.common.request_choices import CHOICE, Choice, chosen
from bot.adapters.discord.body import DecisionButton
from bot.text.request_forms import Form

_SESSION = r"(?P<session>\w{1,40})"
GENERAL = "any"
"""A reply that answers no question in particular."""
FORM = 4000
"""The most characters of a form's field."""
_STYLES = {
    "good": discord.ButtonStyle.success,
    "neutral": discord.ButtonStyle.secondary,
    "bad": discord.ButtonStyle.danger,
}


class ButtonHandler(Protocol):
    """Who acts on buttons."""

    async def stop_pressed(self, interaction: discord.Interaction, session: str, run: int) -> None: ...
    async def reply_pressed(self, interaction: discord.Interaction, session: str, question: str) -> None: ...
    async def choice_pressed(self, interaction: discord.Interaction, choice: Choice) -> None: ...


def _interactions(interaction: discord.Interaction) -> ButtonHandler:
    return cast(ButtonHandler, cast(Any, interaction.client).interactions)


class StopButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=rf"stop:{_SESSION}:(?P<run>\d{{1,9}})"):
    """Stops one run of a session: the one up to its summary number `run`."""

    def __init__(self, session: str, run: int) -> None:
        super().__init__(
            discord.ui.Button(label="Stop", style=discord.ButtonStyle.danger, custom_id=f"stop:{session}:{run}")
        )
        self.session = session
        self.run = run

    @classmethod
    async def from_custom_id(
        cls, _: discord.Interaction, __: discord.ui.Item[Any], match: re.Match[str], /
    ) -> StopButton:
        return cls(match["session"], int(match["run"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        await _interactions(interaction).stop_pressed(interaction, self.session, self.run)


class ReplyButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]], template=rf"reply:{_SESSION}:(?P<question>\w{{1,32}})"
):
    """Opens a form for a reply; one with a `question` answers that one only."""

    def __init__(self, session: str, question: str) -> None:
        super().__init__(
            discord.ui.Button(
                label="Reply", style=discord.ButtonStyle.primary, custom_id=f"reply:{session}:{question}"
            )
        )
        self.session = session
        self.question = question

    @classmethod
    async def from_custom_id(
        cls, _: discord.Interaction, __: discord.ui.Item[Any], match: re.Match[str], /
    ) -> ReplyButton:
        return cls(match["session"], match["question"])

    async def callback(self, interaction: discord.Interaction) -> None:
        await _interactions(interaction).reply_pressed(interaction, self.session, self.question)


class ChoiceButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=CHOICE):
    """Decides about one request."""

    def __init__(self, button: DecisionButton) -> None:
        super().__init__(discord.ui.Button(label=button.label, style=_STYLES[button.mood], custom_id=button.id))

    @classmethod
    async def from_custom_id(
        cls, _: discord.Interaction, __: discord.ui.Item[Any], match: re.Match[str], /
    ) -> ChoiceButton:
        return cls(DecisionButton(match["verdict"], "neutral", match.string))

    async def callback(self, interaction: discord.Interaction) -> None:
        choice = chosen(self.custom_id)
        assert choice is not None
        await _interactions(interaction).choice_pressed(interaction, choice)


BUTTONS = (StopButton, ReplyButton, ChoiceButton)


class DecisionForm(discord.ui.Modal):
    """Asks for what a verdict needs; its id is that of the choice, so that an open form outlives the process."""

    def __init__(self, choice: Choice, form: Form) -> None:
        super().__init__(title=form.title, timeout=600, custom_id=replace(choice, asks=False).id)
        field: discord.ui.TextInput[DecisionForm] = discord.ui.TextInput(
            label=form.label,
            style=discord.TextStyle.paragraph if form.lines else discord.TextStyle.short,
            custom_id="text",
            default=form.text or None,
            required=not form.optional,
            max_length=form.most,
        )
        self.add_item(field)


class ReplyForm(discord.ui.Modal, title="Reply to the team"):
    """A form with one field. What is sent is read by the form's id, so that an open one outlives the process."""

    def __init__(self, session: str, question: str) -> None:
        super().__init__(timeout=600, custom_id=f"say:{session}:{question}")
        field: discord.ui.TextInput[ReplyForm] = discord.ui.TextInput(
            label="What should the team know or do?", style=discord.TextStyle.paragraph, custom_id="text"
        )
        self.add_item(field)


def card_view(session: str, run: int, *, reply: bool) -> discord.ui.View:
    """The buttons of a status card."""
    view = discord.ui.View(timeout=None)
    view.add_item(StopButton(session, run))
    if reply:
        view.add_item(ReplyButton(session, GENERAL))
    return view


def reply_view(session: str, question: str) -> discord.ui.View:
    """The button of a question."""
    view = discord.ui.View(timeout=None)
    view.add_item(ReplyButton(session, question))
    return view


def choice_view(buttons: Sequence[DecisionButton]) -> discord.ui.View:
    """The buttons of a card on which people decide."""
    view = discord.ui.View(timeout=None)
    for button in buttons:
        view.add_item(ChoiceButton(button))
    return view


def form_sent(interaction: discord.Interaction) -> tuple[str, str, str] | None:
    """Session, question and text of a reply form that was sent, None for anything else."""
    custom_id, text = _form(interaction)
    found = re.fullmatch(rf"say:{_SESSION}:(?P<question>\w+)", custom_id)
    return (found["session"], found["question"], text) if found else None


def choice_sent(interaction: discord.Interaction) -> tuple[Choice, str] | None:
    """The choice and the text of a decision form that was sent, None for anything else."""
    custom_id, text = _form(interaction)
    choice = chosen(custom_id)
    return (choice, text) if choice else None


async def press_late(interaction: discord.Interaction) -> bool:
    """Act on a button that its message no longer has, which discord.py ignores; returns whether it was one."""
    if interaction.type is not discord.InteractionType.component:
        return False
    data: Any = interaction.data or {}
    custom_id = str(data["custom_id"])
    if interaction.message and custom_id in ids(interaction.message):
        return False
    for kind in BUTTONS:
        if match := kind.__discord_ui_compiled_template__.fullmatch(custom_id):
            button = await kind.from_custom_id(interaction, discord.ui.Button(custom_id=custom_id), match)
            await button.callback(interaction)
            return True
    return False


def ids(message: discord.Message) -> set[str]:
    """The ids of a message's buttons."""
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)]
    return {str(getattr(item, "custom_id", "")) for row in rows for item in row.children}


def _form(interaction: discord.Interaction) -> tuple[str, str]:
    """The id of a form that was sent and its field's text; both empty for anything else."""
    data: Any = interaction.data or {}
    if interaction.type is not discord.InteractionType.modal_submit:
        return "", ""
    fields = [field for row in data["components"] for field in row.get("components", [row.get("component")])]
    return str(data["custom_id"]), str(fields[0]["value"])

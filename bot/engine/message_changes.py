"""What it means that a person has edited or deleted a message: pure decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.domain.events import Deleted, Edited, Message

_DELETED, _EDITED = "(deleted)", "(edited) "


@dataclass(frozen=True, slots=True)
class MessageChange:
    """What becomes of a message that no turn has consumed.

    One that `is_withdrawn` reaches no turn; `stops`: it was the whole task, so that the session stops.
    """

    message: Message
    is_withdrawn: bool = False
    stops: bool = False


def change(
    message: Message, event: Edited | Deleted, *, is_only: bool, has_turns: bool, is_answer: bool
) -> MessageChange | None:
    """What an edit or a deletion makes of a message; None when it is the same edit, reported again.

    `is_only`: no other message waits; `is_answer`: the next turn takes place only because of this message, and
    then the team is told that it was taken back.
    """
    if isinstance(event, Edited):
        is_repeated = event.text == message.text.removeprefix(_EDITED)
        return None if is_repeated else MessageChange(replace(message, text=event.text))
    deleted = replace(message, text=_DELETED, files=(), context="")
    return MessageChange(deleted, is_withdrawn=not (is_only and is_answer), stops=is_only and not has_turns)


def edited_meanwhile(consumed: Mapping[int, Message], current: Mapping[int, Message]) -> dict[int, Message]:
    """Which of the messages that a turn consumes were edited while it took place, as they are now, by number."""
    return {
        seq: message
        for seq, message in current.items()
        if seq in consumed and message.text not in (consumed[seq].text, _DELETED)
    }


def as_new_message(message: Message, seq: int) -> Message:
    """The edit of message number `seq`, which a turn has consumed as it was, as a message of its own."""
    text = f"{_EDITED}{message.text.removeprefix(_EDITED)}"
    return replace(message, key=f"{message.key} edited after {seq}", text=text, files=(), context="", now=False)

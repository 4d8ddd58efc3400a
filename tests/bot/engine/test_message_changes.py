"""What edits and deletions mean for messages that no turn has consumed."""

from __future__ import annotations

import pytest

from bot.domain.events import Deleted, Edited, Message, RemoteFile
from bot.domain.participants import Person, ThreadRef
from bot.engine.message_changes import as_new_message, change, edited_meanwhile

THREAD = ThreadRef("chat", "team", "general", "1")
ANN = Person("1", "Ann")
SAID = Message("k", THREAD, ANN, "Plot it", (RemoteFile("a.csv", 1, "r"),), id="m1", context="before")
DELETED = Deleted("d", THREAD, ANN, "m1")


def _edit(text: str) -> Edited:
    return Edited("e", THREAD, ANN, "m1", text)


def test_an_edit_changes_the_text_and_nothing_else() -> None:
    edited = change(SAID, _edit("Plot that"), is_only=True, has_turns=False, is_answer=False)
    assert edited is not None
    assert (edited.message.text, edited.message.files) == ("Plot that", SAID.files)
    assert not edited.is_withdrawn
    assert not edited.stops


def test_an_edit_that_is_reported_again_changes_nothing() -> None:
    assert change(SAID, _edit("Plot it"), is_only=True, has_turns=True, is_answer=True) is None
    again = as_new_message(SAID, 3)
    assert change(again, _edit("Plot it"), is_only=True, has_turns=True, is_answer=True) is None


@pytest.mark.parametrize(
    ("is_only", "has_turns", "is_answer", "withdrawn", "stops"),
    [
        (True, False, False, True, True),
        (False, False, False, True, False),
        (True, True, False, True, False),
        (True, True, True, False, False),
        (False, True, True, True, False),
    ],
)
def test_a_deleted_message_is_withdrawn_unless_it_is_the_answer(
    is_only: bool, has_turns: bool, is_answer: bool, withdrawn: bool, stops: bool
) -> None:
    deleted = change(SAID, DELETED, is_only=is_only, has_turns=has_turns, is_answer=is_answer)
    assert deleted is not None
    assert (deleted.is_withdrawn, deleted.stops) == (withdrawn, stops)
    assert (deleted.message.text, deleted.message.files, deleted.message.context) == ("(deleted)", (), "")


def test_only_edits_during_the_turn_become_new_messages() -> None:
    deleted = change(SAID, DELETED, is_only=False, has_turns=True, is_answer=False)
    edited = change(SAID, _edit("Plot that"), is_only=False, has_turns=True, is_answer=False)
    assert deleted is not None
    assert edited is not None
    consumed = {1: SAID, 2: SAID, 3: SAID}
    current = {1: SAID, 2: deleted.message, 3: edited.message, 4: edited.message}
    assert edited_meanwhile(consumed, current) == {3: edited.message}


def test_an_edit_as_a_new_message_says_so_once() -> None:
    new = as_new_message(as_new_message(SAID, 3), 7)
    assert (new.text, new.key, new.files) == ("(edited) Plot it", "k edited after 3 edited after 7", ())

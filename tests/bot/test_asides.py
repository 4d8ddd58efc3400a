from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.asides import is_aside, refuse_aside
from bot.engine import words
from bot.errors import BadInput


@pytest.mark.parametrize("text", ["aside: lunch?", "(Aside) no", " ASIDE we should stop"])
def test_a_reply_that_only_the_team_would_read_is_refused_as_an_aside(text: str) -> None:
    with pytest.raises(BadInput, match="Not sent: what begins with “aside” is not for the team"):
        refuse_aside(text)


@pytest.mark.parametrize("text", ["Asides are fun", "Put it aside", ""])
def test_what_only_has_the_word_in_it_is_no_aside(text: str) -> None:
    refuse_aside(text)


@given(st.tuples(st.sampled_from(["", " ", "(", "aside", "\n(Aside", "ASIDE:"]), st.text(max_size=9)).map("".join))
def test_what_is_an_aside_here_is_one_on_chat_platforms_too(text: str) -> None:
    assert is_aside(text) is words.is_aside(text)

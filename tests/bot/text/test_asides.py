from __future__ import annotations

import pytest

from bot.domain.errors import BadInput
from bot.text.asides import refuse_aside


@pytest.mark.parametrize("text", ["aside: lunch?", "(Aside) no", " ASIDE we should stop"])
def test_a_reply_that_would_be_an_aside_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="Not sent: what begins with “aside” is not for the team"):
        refuse_aside(text)


@pytest.mark.parametrize("text", ["Asides are fun", "Put it aside", "Aside from the outliers, plot all of it", ""])
def test_what_only_has_the_word_in_it_is_no_aside(text: str) -> None:
    refuse_aside(text)

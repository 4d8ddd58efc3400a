"""When a session that ends has something for a notebook."""

from __future__ import annotations

import pytest

from bot.domain.posts import HOST, AgentPost, FilesPost, OutputPost, Post
from bot.domain.turn_results import RunResult
from bot.domain.workspace_files import Artifact
from bot.engine.session_notebook import has_new_output

RAN = OutputPost("executor", (RunResult(0, "42", 1),))
CHART = FilesPost("executor", (Artifact("chart.png", "0" * 64, 1, "image/png"),))
NOTEBOOK = FilesPost(HOST, (Artifact("roundtable-session.ipynb", "0" * 64, 1, "application/json"),))
SAID = AgentPost("analyst", "You are welcome.", final=True)


@pytest.mark.parametrize(
    ("posts", "news"),
    [
        ([], False),
        ([SAID], False),
        ([RAN, CHART, SAID], True),
        ([RAN, SAID, NOTEBOOK], False),
        ([RAN, NOTEBOOK, SAID], False),
        ([RAN, NOTEBOOK, SAID, RAN, SAID], True),
        ([RAN, NOTEBOOK, RAN, NOTEBOOK, SAID], False),
    ],
)
def test_a_notebook_is_left_when_code_was_run_since_the_last_one(posts: list[Post], news: bool) -> None:
    assert has_new_output(posts) == news

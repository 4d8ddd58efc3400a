"""Posts as parts: what fits is one message, the rest is cut or attached, and Slack accepts all of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.common.excerpts import MOST_MESSAGES
from bot.adapters.slack.body import Body, load, plain
from bot.adapters.slack.persona import Persona, icon
from bot.adapters.slack.render import render
from bot.domain.events import CodeBlock
from bot.domain.posts import (
    AgentPost,
    CodePost,
    FilesPost,
    OutputPost,
    Part,
    Post,
    QuestionPost,
    StatusPost,
    SummaryPost,
)
from bot.domain.turn_results import RunResult
from bot.domain.workspace_files import Artifact
from tests.contracts.chat_adapter import POSTS
from tests.platforms.slack import limits
from tests.platforms.slack.limits import buttons
from tests.platforms.slack.world import read


def bodies(post: Post, verbosity: Any = "all") -> list[Body]:
    return [load(part) for part in render("s1", "7", post, verbosity)]


def check(body: Body) -> None:
    """As Slack does, with an agent's name on top in the worst case."""
    blocks = [*body.blocks]
    if blocks:
        blocks.insert(
            0,
            {
                "type": "rich_text",
                "elements": [
                    {
                        "type": "rich_text_section",
                        "elements": [{"type": "text", "text": "a" * 40, "style": {"bold": True}}],
                    }
                ],
            },
        )
    limits.check(body.text, blocks)
    assert len(body.text) <= 4_000


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.kind)
def test_slack_takes_every_part(post: Post) -> None:
    for body in bodies(post):
        check(body)


@given(st.text(max_size=3_000), st.integers(1, 40))
def test_slack_takes_any_text(text: str, times: int) -> None:
    text *= times
    results = (RunResult(0, text, 0.1, note=text[:200]), RunResult(1, text, 0.1))
    posts = (
        AgentPost("coder", text),
        CodePost("coder", f"```\n{text}\n```", (CodeBlock("", text),)),
        OutputPost("executor", results),
        QuestionPost("coder", text, text[:2_000]),
        StatusPost(text),
        SummaryPost("failed", text, 1, 1, 1, None),
    )
    for post in posts:
        for body in bodies(post):
            check(body)


def test_a_short_text_is_one_message() -> None:
    (body,) = bodies(AgentPost("coder", "A **finding**."))
    assert (body.agent, body.text, body.uploads) == ("coder", "A finding.", ())


def test_a_longer_text_is_a_few_messages_in_order() -> None:
    text = "\n\n".join(f"Paragraph {number}. " + "word " * 60 for number in range(20))
    found = bodies(AgentPost("coder", text))
    assert 1 < len(found) <= MOST_MESSAGES
    shown = "".join(read(list(body.blocks)) for body in found)
    assert [f"Paragraph {number}." in shown for number in range(20)] == [True] * 20


def test_a_text_that_is_much_too_long_is_begun_and_attached() -> None:
    text = "word " * 20_000
    first, attached = bodies(AgentPost("coder", text))
    assert first.uploads == ()
    (upload,) = attached.uploads
    assert (upload.name, upload.text, upload.size) == ("coder.md", text, len(text))


def test_code_has_a_stop_button_that_names_session_and_post() -> None:
    (body,) = bodies(CodePost("coder", "```python\nprint(1)\n```", (CodeBlock("python", "print(1)\n"),)))
    (button,) = buttons([*body.blocks])
    assert (button["action_id"], button["value"]) == ("stop_session", "s1:7")


def test_output_says_how_it_ended() -> None:
    results = (
        RunResult(0, "fine\n", 0.12),
        RunResult(1, "Traceback", 2.0, note="There is no network."),
        RunResult(-1, "", 60.0, killed="memory"),
    )
    (body,) = bodies(OutputPost("executor", results))
    shown = read(list(body.blocks))
    for text in (
        "✅ exit code 0, 0.1 s",
        "fine",
        "❌ exit code 1, 2.0 s",
        "There is no network.",
        "⚠️ memory, 60.0 s",
    ):
        assert text in shown


def test_files_come_together_and_empty_ones_are_named() -> None:
    files = [Artifact(f"plots/{number}.png", f"{number:064}", number, "image/png") for number in range(13)]
    first, second, empty = bodies(FilesPost("executor", tuple(files)))
    assert [len(first.uploads), len(second.uploads)] == [10, 2]
    assert first.uploads[0].name == "plots/1.png"
    assert "`plots/1.png`" in first.text
    assert read(list(empty.blocks)) == "Made plots/0.png: empty."


def test_a_file_name_cannot_be_markup() -> None:
    (body,) = bodies(FilesPost("executor", (Artifact("<!here>`evil.com/x`.txt", "a" * 64, 3, "text/plain"),)))
    assert body.text == "Made `&lt;!here&gt;evil.com/x.txt`"


def test_moods_follow_questions_and_ends() -> None:
    (asked,) = bodies(QuestionPost("coder", "", "Which?"))
    (ended,) = bodies(SummaryPost("finished", "Done.", 12, 1, 900, 0.0))
    assert (asked.mood, ended.mood) == ("suspended", "closed")
    assert ended.text == "✅ Done. (12 s · 1 turn · 900 tokens · free)"


@pytest.mark.parametrize(
    ("post", "shown"),
    [
        (AgentPost("coder", "thinking"), False),
        (AgentPost("coder", "found", final=True), True),
        (CodePost("coder", "```\nx\n```", ()), False),
        (OutputPost("executor", (RunResult(0, "x", 0),)), False),
        (FilesPost("executor", (Artifact("a", "a" * 64, 1, "x"),)), True),
        (QuestionPost("coder", "", "Which?"), True),
        (StatusPost("Waiting."), True),
        (SummaryPost("finished", "Done.", 1, 1, 1, 0.0), True),
    ],
    ids=lambda value: getattr(value, "kind", value),
)
def test_a_quiet_channel_shows_no_work(post: Post, shown: bool) -> None:
    assert bool(bodies(post, "quiet")) is shown


def test_plain_text_has_no_blocks_and_names_files() -> None:
    (part,) = render("s1", "7", AgentPost("coder", "A **<finding>**."), "all")
    simpler = plain(part)
    assert simpler is not None
    assert load(simpler) == Body("A &lt;finding&gt;.", agent="coder")
    assert plain(simpler) is None
    (upload,) = render("s1", "7", FilesPost("executor", (Artifact("a.png", "a" * 64, 1, "x"),)), "all")
    named = plain(upload)
    assert named is not None
    assert "could not be attached here: a.png" in load(named).text


def test_parts_are_small_in_the_outbox_and_survive_it() -> None:
    part = render("s1", "7", AgentPost("coder", "Hi"), "all")[0]
    assert set(json.loads(part.body)) == {"text", "blocks", "agent"}
    assert load(Part(part.id, part.session, part.body)) == load(part)


def test_personas() -> None:
    assert Persona("coder", own_name=True).username == "coder"
    assert Persona("coder", own_name=True).sign("hi") == "hi"
    assert Persona("<coder>", own_name=False).sign("hi") == "&lt;coder&gt;: hi"
    assert (Persona("coder", own_name=False).username, Persona("", own_name=True).username) == (None, None)
    assert icon("coder") == icon("coder") != icon("executor")

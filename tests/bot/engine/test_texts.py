"""Reading words: what people order, what programs complain about, what a post is in plain text."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.errors import BadInput, Unheard
from bot.domain.events import CodeBlock, Edited, Event, Message, Mute, RemoteFile, Stop
from bot.domain.participants import Person, ThreadRef
from bot.domain.posts import (
    AgentPost,
    CodePost,
    FilesPost,
    OutputPost,
    Post,
    QuestionPost,
    StatusPost,
    SummaryPost,
)
from bot.domain.turn_results import Killed, RunResult
from bot.domain.workspace_files import Artifact
from bot.engine.failure_hints import error_of, error_signature, is_at_fault
from bot.engine.intake import check
from bot.engine.thread_commands import chosen_team, code_edit, thread_command, urgent_text
from bot.text.asides import is_aside
from bot.text.code_blocks import blocks_in, fenced
from bot.text.plain_posts import plain

THREAD = ThreadRef("chat", "", "general", "1")
ANN = Person("1", "Ann")


@pytest.mark.parametrize("text", ["stop", "Stop", "STOP!!!", " terminate ", "TERMINATE.", "\nstop!\n", "Stop !"])
def test_a_word_that_stops(text: str) -> None:
    assert thread_command(text) == "stop"


@pytest.mark.parametrize("text", ["", "stop it", "don't stop", "stop stop", "TERMINATE the process", "halt", "!"])
def test_words_that_do_not(text: str) -> None:
    assert thread_command(text) is None


@pytest.mark.parametrize(
    ("text", "meant"), [("Mute", "mute"), ("unmute!", "unmute"), ("mute the colours", None), ("muted", None)]
)
def test_words_that_mute(text: str, meant: str | None) -> None:
    assert thread_command(text) == meant


@pytest.mark.parametrize(
    ("text", "aside"),
    [("aside: lunch?", True), ("(Aside) no", True), ("Asides are fun", False), ("Put it aside", False)],
)
def test_what_people_say_among_themselves(text: str, aside: bool) -> None:
    assert is_aside(text) is aside


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("crew: plot it", ("crew", "plot it")),
        (" Crew :\nplot it", ("crew", "plot it")),
        ("band: plot it", None),
        ("crew:", None),
        ("crew plot it", None),
        ("plot crew: it", None),
    ],
)
def test_a_task_may_name_its_team_in_front(text: str, chosen: tuple[str, str] | None) -> None:
    assert chosen_team(text, {"pair", "crew"}) == chosen


@pytest.mark.parametrize(
    ("output", "killed", "signature"),
    [
        ("Traceback\n  File 'x', line 3\nKeyError: 'a'\n", None, "KeyError: 'a'"),
        ("ValueError: 12 is not 0x7f3a\n\n  \n", None, "ValueError: # is not #"),
        ("", None, "exit code 3"),
        ("anything", "time", "killed: time"),
        ("Error: \x00\x1b[31mred\ud83d", None, "Error: [#mred"),
        ("x" * 1000, None, "x" * 300),
    ],
)
def test_what_makes_two_failures_the_same(output: str, killed: Killed | None, signature: str) -> None:
    assert error_signature(RunResult(3, output, 0.1, killed)) == signature


@pytest.mark.parametrize("killed", get_args(Killed))
def test_an_end_is_an_error_only_when_the_code_is_at_fault(killed: Killed) -> None:
    results = (RunResult(0, "", 0.1), RunResult(-1, "", 0.1, killed))
    assert error_of(results) == (f"killed: {killed}" if is_at_fault(killed) else None)


FILES = (Artifact("a.png", "d", 1, "image/png"), Artifact("b.csv", "d", 1, "text/csv"))


@pytest.mark.parametrize(
    ("post", "text"),
    [
        (AgentPost("coder", "hi"), "coder: hi"),
        (CodePost("coder", "```python\nx\n```", (CodeBlock("python", "x\n"),)), "coder: ```python\nx\n```"),
        (OutputPost("executor", (RunResult(0, "1", 0), RunResult(2, "", 0))), "executor: 1\nexit code 2"),
        (FilesPost("executor", FILES), "executor made these files: a.png, b.csv"),
        (QuestionPost("coder", "I looked.", "Which?"), "coder: I looked.\nWhich?"),
        (QuestionPost("coder", "", "Which?"), "coder: Which?"),
        (StatusPost("Busy."), "Busy."),
        (SummaryPost("finished", "Done.", 1, 1, 1, None), "Done."),
    ],
)
def test_a_post_in_plain_text(post: Post, text: str) -> None:
    assert plain(post) == text


def _check(event: Event) -> Event:
    return check(event, {"pair", "crew"}, 100)


def test_a_stop_word_becomes_a_stop_of_the_same_event() -> None:
    assert _check(Message("k", THREAD, ANN, "Stop!")) == Stop("k", THREAD, ANN)


def test_a_mute_word_becomes_an_order() -> None:
    said = Message("k", THREAD, ANN, "unmute", addressed=False)
    assert _check(said) == Mute("k", THREAD, ANN, muted=False, addressed=False)


def test_an_aside_is_not_heard_unless_it_is_meant_for_us() -> None:
    with pytest.raises(Unheard):
        _check(Message("k", THREAD, ANN, "aside: lunch?", addressed=False))
    assert isinstance(_check(Message("k", THREAD, ANN, "aside: lunch?")), Message)


def test_a_message_that_is_changed_into_a_stop_word_stops() -> None:
    assert _check(Edited("k", THREAD, ANN, "17", "stop")) == Stop("k", THREAD, ANN, addressed=False, message="17")


def test_a_stop_word_with_a_file_is_a_message() -> None:
    message = Message("k", THREAD, ANN, "stop", (RemoteFile("stop.csv", 1, "r"),))
    assert _check(message) == message


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        (Message("k", THREAD, ANN, " \n"), "The task is empty: say what the team should do, or attach a file."),
        (Message("k", THREAD, ANN, "x", team="band"), "There is no team 'band'. Teams: crew, pair."),
        (
            Message("k", THREAD, ANN, "x", (RemoteFile("a.csv", 101, "r"),)),
            "a.csv is larger than 0.0001 MB; attach a smaller file or a sample of it.",
        ),
    ],
)
def test_what_cannot_be_taken_gets_a_sentence(message: Message, sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        _check(message)
    assert str(refused.value) == sentence


@given(st.text(st.characters(), max_size=50), st.text(st.characters(), max_size=50))
@example("a\0b", "c\0d.csv")
@example("\ud83d", "\udc00")
def test_whatever_is_taken_can_be_stored(text: str, name: str) -> None:
    taken = _check(Message("k", THREAD, Person("1", name), f"x{text}", (RemoteFile(name, 1, "r"),)))
    assert isinstance(taken, Message)
    for stored in (taken.text, taken.files[0].name, taken.who.name):
        assert "\0" not in stored
        assert stored.encode().decode() == stored
    assert taken.who.name.isprintable()
    if not _has_halves(text):
        assert taken.text == f"x{text}".replace("\0", "\N{REPLACEMENT CHARACTER}")


def _has_halves(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def test_the_two_halves_of_a_character_become_one() -> None:
    taken = _check(Message("k", THREAD, ANN, "\ud83d\ude00 and a lone \ud83d"))
    assert isinstance(taken, Message)
    assert taken.text == "😀 and a lone \N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("now: use the median", "use the median"),
        ("NOW : stop that", "stop that"),
        ("Now, could you also plot it?", None),
        ("  NOW :  go", "go"),
        ("now:", None),
        ("now use the median", None),
        ("right now: go", None),
        ("nowhere: go", None),
    ],
)
def test_what_is_wanted_now(text: str, wanted: str | None) -> None:
    assert urgent_text(text) == wanted


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("edit q0123456789ab\nx()", (CodeBlock("python", "x()\n"),)),
        ("edit q0123456789ab:\n```py\nx()\n```\n", (CodeBlock("python", "x()\n"),)),
        ("Edit Q0123456789AB ```sh\nls\n```", (CodeBlock("bash", "ls\n"),)),
        (
            "edit q0123456789ab\n```sh\nls\n```\nand\n~~~\ny()\n~~~",
            (CodeBlock("bash", "ls\n"), CodeBlock("python", "y()\n")),
        ),
        ("edit q0123456789ab\n````python\n```\nx\n```\n````", (CodeBlock("python", "```\nx\n```\n"),)),
        ("edit q0123456789ab", ()),
    ],
)
def test_code_in_place_of_another(text: str, blocks: tuple[CodeBlock, ...]) -> None:
    found = code_edit(text)
    assert found is not None
    assert (found[0], blocks_in(found[1])) == ("q0123456789ab", blocks)


@pytest.mark.parametrize(
    "text", ["edit the chart", "edit q0123", "please edit q0123456789ab", "edit q0123456789abc"]
)
def test_an_edit_names_its_request(text: str) -> None:
    assert code_edit(text) is None


_BLOCKS = st.builds(
    CodeBlock, st.sampled_from(["python", "bash"]), st.text().map(lambda text: text.replace("\r", "") + "\n")
)


@given(st.lists(_BLOCKS, min_size=1))
def test_blocks_survive_a_form_with_one_field(blocks: list[CodeBlock]) -> None:
    assert blocks_in(fenced(blocks)) == tuple(blocks)
    assert blocks_in(fenced(blocks).replace("\n", "\r\n")) == tuple(blocks)


@pytest.mark.parametrize("text", ["```python\nx()", "```\nx()\n```\nand\n~~~\ny()", "x()\n```", "   "])
def test_a_block_that_is_left_open_is_no_code(text: str) -> None:
    assert blocks_in(text) == ()


@given(st.text())
def test_whatever_stands_in_a_fence_is_code_as_it_is(code: str) -> None:
    code = code.replace("`", "").replace("~", "").replace("\r", "")
    assert blocks_in(f"```python\n{code}\n```") == (CodeBlock("python", f"{code}\n"),)

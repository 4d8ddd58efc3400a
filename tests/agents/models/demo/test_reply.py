"""What the demo says when it does not know the words, when code is a person's own, and when things go wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import wording
from agents.message_parsing import code_blocks, read
from agents.models.demo import conversation, texts
from agents.models.demo.reply import reply
from agents.models.port import ModelMessage
from bot.domain.events import CodeBlock
from bot.domain.posts import HOST
from bot.domain.turn_results import Asks, Code, Finished, RunResult
from tests.agents.models.demo.harness import Talk

Start = Callable[..., Talk]
OWN = "```python\nprint(6 * 7)\n```"


@pytest.mark.parametrize(
    "words",
    [
        "hello",
        "What can you do?",
        "Plot the sales by product",
        "Which category has the highest return rate?",
        "Zeichne den Umsatz je Region",
        "Plot the sales by region and tell me why",
        "Classify my customers",
        "thanks",
        "```text\nno code\n```",
    ],
)
@pytest.mark.parametrize("team", ["analyst", "pair", "crew"])
def test_words_that_are_not_known_get_one_honest_answer(words: str, team: str, talk: Start) -> None:
    played = talk(team).say(words)
    assert [who for who, _ in played.lines[1:]] == [played.lines[1][0]]
    assert texts.MISREAD in played.last
    assert "ROUNDTABLE_MODEL=ollama/NAME" in played.last
    assert not played.codes


def test_unknown_words_with_a_file_get_its_profile_all_the_same(talk: Start) -> None:
    played = talk()
    (played.workspace / "a.csv").write_text("category,returned\nx,1\ny,0\n")
    played.say("Which category has the highest return rate?", "a.csv")
    assert texts.MISREAD in played.lines[1][1]
    assert "returned has numbers from 0 to 1" in played.last
    assert texts.KEY in played.last


def test_only_the_first_message_introduces_the_demo(talk: Start) -> None:
    played = talk().say(OWN).say(OWN)
    said = [text for who, text in played.lines if who == "analyst"]
    assert [texts.FIRST in text for text in said] == [True, False, False, False]


def test_a_persons_code_runs_as_it_is(talk: Start) -> None:
    played = talk().say(f"run this\n{OWN}\nand\n```sh\necho one; echo two\n```")
    assert played.codes == ["print(6 * 7)\n", "echo one; echo two\n"]
    assert played.last == "Your code ran without an error. It printed 3 lines, the last one `two`.\n\nTERMINATE"
    assert "It printed `42`." in played.say(OWN).last
    assert "It printed nothing." in played.say("```python\nx = 1\n```").last


def test_a_persons_code_that_fails_is_not_repaired(talk: Start) -> None:
    played = talk().say("```python\n1 / 0\n```")
    assert played.last == "The program failed: `ZeroDivisionError: division by zero`.\n\nTERMINATE"
    played.lines.append((HOST, wording.reminder(played.lines[-2][1])))
    assert texts.NO_MORE in played.go().last


@pytest.mark.parametrize("why", ["time", "memory", "output", "rejected", "stopped"])
def test_code_that_was_ended_from_outside_is_not_sent_again(why: str, talk: Start) -> None:
    played = talk()
    played.hear(OWN)
    played.speak()
    played.report(RunResult(-1, "", 1.0, killed=why, note="Ann said no."))  # type: ignore[arg-type]
    assert played.go().last == f"The code did not run to its end ({why}). Ann said no.\n\nTERMINATE"


def test_code_that_was_interrupted_is_sent_again(talk: Start) -> None:
    played = talk()
    played.hear(OWN)
    played.speak()
    played.report(RunResult(-1, "", 1.0, killed="interrupted"))
    assert "It printed `42`." in played.go().last
    assert len(played.codes) == 2


def test_code_that_is_interrupted_over_and_over_is_given_up(talk: Start) -> None:
    played = talk()
    played.hear(OWN)
    for _ in range(3):
        played.speak()
        played.report(RunResult(-1, "", 1.0, killed="lost"))
    assert "did not run to its end (lost)" in played.go().last


def test_code_that_a_person_changed_is_no_new_task(talk: Start) -> None:
    played = talk()
    played.hear(OWN)
    played.speak()
    played.lines.append(("Ann", wording.changed([CodeBlock("python", "print(48)\n")])))
    played.report(RunResult(0, "48\n", 0.1))
    assert "It printed `48`." in played.go().last


def test_words_said_while_code_runs_are_answered_with_its_result(talk: Start) -> None:
    played = talk()
    played.hear("Plot the Google share price")
    played.speak()
    played.hear("in red, please")
    played.run(code_blocks(played.lines[1][1]))
    played.go()
    assert "Google went from" in played.last
    assert texts.MISREAD in played.last
    assert len(played.codes) == 1


def test_a_new_task_while_code_runs_takes_its_place(talk: Start) -> None:
    played = talk()
    played.hear("Plot the Google share price")
    played.speak()
    played.hear(OWN)
    played.run(code_blocks(played.lines[1][1]))
    assert "It printed `42`." in played.go().last


def test_the_crew_speaks_in_its_voices(talk: Start) -> None:
    played = talk("crew").say("Plot the Google share price")
    assert [who for who, _ in played.lines] == ["Ada", "product_manager", "coder", "executor", "reviewer"]
    assert "The task: I draw Google's share price" in played.lines[1][1]
    assert played.last.startswith(texts.CHECKED)


def test_the_coder_of_the_crew_repairs_what_failed(talk: Start) -> None:
    played = talk("crew").say("Show me how you repair an error")
    speakers = "product_manager coder executor coder executor reviewer"
    assert [who for who, _ in played.lines[1:]] == speakers.split()


AUTHORS = st.sampled_from(["Ada", "analyst", "coder", "executor", HOST, "product_manager", "reviewer"])
TEXTS = st.one_of(
    st.text(max_size=60),
    st.sampled_from([OWN, "Plot the sales by region", "Show one region of the sales", "north", "x\n\nTERMINATE"]),
    st.sampled_from(
        ["exit code: 0 (0.1 s)\noutput:\n- 4", "exit code: 1 (0.1 s)\noutput:\nx", wording.report(())]
    ),
    st.builds(wording.context, st.text(max_size=20)),
)


@given(st.lists(st.tuples(AUTHORS, TEXTS), max_size=8), st.sampled_from(["analyst", "coder", "reviewer"]))
def test_any_conversation_gets_code_a_question_or_an_end(talk: list[tuple[str, str]], agent: str) -> None:
    agents = {"analyst", "coder", "executor", "product_manager", "reviewer"}
    messages = [ModelMessage(who, text, who == agent) for who, text in talk]
    said = reply(agent, conversation.read(messages, agents))
    assert isinstance(read(said), Code | Asks | Finished) or said.endswith(texts.NOTHING_YET)


@given(st.text())
def test_no_output_gets_out_of_its_place(printed: str) -> None:
    result = RunResult(0, printed, 0.1)
    talk = [("Ada", OWN), ("analyst", OWN), ("executor", wording.report([result]))]
    messages = [ModelMessage(who, text, who == "analyst") for who, text in talk]
    said = reply("analyst", conversation.read(messages, {"analyst", "executor"}))
    assert isinstance(read(said), Finished)
    assert said.count("`") % 2 == 0

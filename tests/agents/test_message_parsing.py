"""What an agent's message means."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.message_parsing import code_blocks, read
from bot.domain.events import CodeBlock
from bot.domain.turn_results import Asks, Code, Finished, Said
from bot.text.code_blocks import blocks_in, fenced
from bot.text.fence_parsing import prose
from tests.agents.recorded import load

PY = (CodeBlock("python", "print(1)\n"),)
TEAM = frozenset({"product_manager", "coder", "executor"})


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("```python\nprint(1)\n```", PY),
        ("```py\nprint(1)\n```", PY),
        ("```Python3\nprint(1)\n```", PY),
        ("``` python  \nprint(1)\n```  ", PY),
        ("```python title=x.py\nprint(1)\n```", PY),
        ("```python:app.py\nprint(1)\n```", PY),
        ("```{python}\nprint(1)\n```", PY),
        ("```{.python .numberLines}\nprint(1)\n```", PY),
        ("```python\r\nprint(1)\r\n```\r\n", PY),
        ("~~~python\nprint(1)\n~~~", PY),
        ("````python\nprint(1)\n````", PY),
        ("  ```python\n  print(1)\n  ```", PY),
        ("1. First:\n   ```python\n   print(1)\n   ```\n", PY),
        ("Some words.\n```python\nprint(1)\n```\nMore words.", PY),
        ("```python\nprint(1)\n", PY),
        ("```sh\nls\n```", (CodeBlock("bash", "ls\n"),)),
        ("```shell\nls\n```", (CodeBlock("bash", "ls\n"),)),
        ("```R\nplot(x)\n```", (CodeBlock("r", "plot(x)\n"),)),
        ("```python\nprint(1)\n```\n```bash\nls\n```", (*PY, CodeBlock("bash", "ls\n"))),
        (
            '````python\nx = """\n```\ninside\n```\n"""\n````',
            (CodeBlock("python", 'x = """\n```\ninside\n```\n"""\n'),),
        ),
        ("```text\nprint(1)\n```", ()),
        ("```json\n{}\n```", ()),
        ("```\nprint(1)\n```", PY),
        ("```\nimport pandas\n```", (CodeBlock("python", "import pandas\n"),)),
        ("```\nx = load()\n```", (CodeBlock("python", "x = load()\n"),)),
        ("```\n42\n```", ()),
        ("```\nNorth\n```", ()),
        ("```\ntotal = 42\n```", ()),
        ("```\nTotal: 42\n```", ()),
        ("```\narray([1, 2])\n```", ()),
        ("```\nNorth 12\nSouth 13\n```", ()),
        ("```python\nThe best month was 2025-12.\n```", ()),
        ("```python\nNorth leads, with 12 units.\n```\n", ()),
        ("```python\nprint(1)\nTERMINATE\n```", PY),
        ("```python\nprint(1)\n\nTERMINATE\n\n```\nTERMINATE", PY),
        ("```python\n# TERMINATE\nprint(1)\n```", (CodeBlock("python", "# TERMINATE\nprint(1)\n"),)),
        ("```python\nfor x in y\n```", (CodeBlock("python", "for x in y\n"),)),
        ("```python\n!pip install x\n```", (CodeBlock("python", "!pip install x\n"),)),
        ("```python\nprint 'x'\n```", (CodeBlock("python", "print 'x'\n"),)),
        ("```python\nbroken(\n```", (CodeBlock("python", "broken(\n"),)),
        ("```plaintext\nprint(1)\n```", ()),
        ("```log\nprint(1)\n```", ()),
        ("```sql\nselect 1\n```", ()),
        ("```tsv\na\n```", ()),
        ("```none\nprint(1)\n```", ()),
        ("```stdout\nprint(1)\n```", ()),
        ("```python\n\n```", ()),
        ("```python\n```", ()),
        ("> ```python\n> print(1)\n> ```", ()),
        ("> quoted\n\n```python\nprint(1)\n```", PY),
        ("`print(1)`", ()),
        ("```python print(1)```", ()),
        ("    print(1)", ()),
        ("\\```python\nprint(1)\n\\```", ()),
        ("", ()),
    ],
)
def test_the_code_that_is_meant_to_be_run(text: str, blocks: tuple[CodeBlock, ...]) -> None:
    assert code_blocks(text) == blocks
    if blocks:
        assert read(text) == Code(text, blocks)


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("TERMINATE", ""),
        ("Done.\nTERMINATE", "Done."),
        ("Done.\n\nTERMINATE\n\n", "Done."),
        ("Done.\r\nTERMINATE\r\n", "Done."),
        ("Done.\n**TERMINATE**", "Done."),
        ("Done.\n`TERMINATE`", "Done."),
        ("Done.\nTERMINATE.", "Done."),
        ("Done.\n  TERMINATE", "Done."),
        ("```text\nresult\n```\nTERMINATE", "```text\nresult\n```"),
        ("The total is 42. TERMINATE", "The total is 42."),
        ("The total is 42 TERMINATE", "The total is 42"),
        ("It is North! **TERMINATE**", "It is North!"),
        ("总数是42。TERMINATE", "总数是42。"),
        ("[TERMINATE]", ""),
        ("Done.\n[TERMINATE]", "Done."),
        ("Done. [TERMINATE]", "Done."),
        ("Done.\n_TERMINATE_", "Done."),
        ("Terminate", ""),
        ("Done.\nTERMINATE\n\nLet me know if you need anything else!", "Done."),
        ("Done. TERMINATE\nLet me know if you need more.", "Done."),
        ("Done. TERMINATE Let me know if you need more.", "Done."),
        ("TERMINATE\n\nThe total is 42.", "The total is 42."),
        ("It is 5 EUR TERMINATE", "It is 5 EUR"),
        ("合計は5円です TERMINATE", "合計は5円です"),
        ("Готово TERMINATE", "Готово"),
        ("The file is `a.png` TERMINATE", "The file is `a.png`"),
        ("42. `TERMINATE`", "42."),
        ("42\n- TERMINATE", "42"),
        ("42\n### TERMINATE", "42"),
        ("42\n**TERMINATE** 👍", "42"),
        ("One\u2028two\x0cthree\nTERMINATE", "One\u2028two\x0cthree"),
    ],
)
def test_the_end(text: str, body: str) -> None:
    assert read(text) == Finished(body)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n",
        "When all is done, the reviewer says TERMINATE",
        "The last line must be: TERMINATE",
        "End with `TERMINATE`",
        'They end with\n"TERMINATE"',
        "The plan:\n1. load\n2. print\n3. TERMINATE",
        "TERMINATE\nbut wait, one thing more",
        "I say TERMINATE when I am done.",
        "I will\nterminate",
        "TERMINATED",
        "```\nTERMINATE\n```",
        "```text\nDone.\nTERMINATE",
        "~~~\n\u2028\x0b\x85\nTERMINATE",
        "Done.\n> TERMINATE",
        "ASK:",
        "ASK:   ",
        "`ASK:`",
        "```ASK:```",
        "ask: which?",
        "I would ASK: which?",
        "ASK: which?\nNever mind.",
        "ASK: and your question.",
        "ASK: And your question",
        "ASK: <your question>",
        "ASK: QUESTION",
        "**ASK:** <your question>",
        "ASK: coder, can you load the file?",
        "ASK: Product Manager: what are the points?",
        "ASK: @coder - which column?",
        "ASK: " + "first we look at the data and then we add it up, " * 4,
        "> ASK: which?",
        "```text\nASK: which?\n```",
    ],
)
def test_words_and_no_more(text: str) -> None:
    assert read(text, TEAM) == Said(text)


@pytest.mark.parametrize(
    ("text", "body", "question"),
    [
        ("ASK: Which column?", "", "Which column?"),
        ("I looked.\nASK: Which column?\n", "I looked.", "Which column?"),
        ("I looked.\n\n**ASK:** Which column?", "I looked.", "Which column?"),
        ("**ASK: Which column?**", "", "Which column?"),
        ("ASK:Which?", "", "Which?"),
        ("ASK: `price` or `cost`?", "", "`price` or `cost`?"),
        ("ASK: Is it `price`", "", "Is it `price`"),
        ("**ASK:** Is it **price**", "", "Is it **price**"),
        ("_ASK: Is it?_", "", "Is it?"),
        ("ASK: Say TERMINATE?", "", "Say TERMINATE?"),
        ("I looked.\nASK: Which column?\nTERMINATE", "I looked.", "Which column?"),
        ("ASK: Which column? TERMINATE", "", "Which column?"),
        ("42\nTERMINATE\n\nASK: which one?", "42", "which one?"),
        ("ASK: Please send me the rates.", "", "Please send me the rates."),
        ("ASK: Which column?\n- price\n- cost", "", "Which column?\n- price\n- cost"),
        ("ASK: Which column?\n\n1. price\n2. cost\n", "", "Which column?\n1. price\n2. cost"),
        ("ASK: coder is a word in it, is that meant?", "", "coder is a word in it, is that meant?"),
        ("ASK: 哪一列？", "", "哪一列？"),
    ],
)
def test_a_question(text: str, body: str, question: str) -> None:
    assert read(text, TEAM) == Asks(body, question)


@pytest.mark.parametrize("end", ["TERMINATE", "ASK: Shall I?"])
def test_code_goes_before_the_end_and_before_a_question(end: str) -> None:
    text = f"```python\nprint(1)\n```\n{end}"
    assert read(text) == Code(text, PY)


_PIECES = st.sampled_from(
    [
        "```",
        "````",
        "~~~",
        "python",
        "\n",
        "\r",
        "\r\n",
        " ",
        "> ",
        "- ",
        "TERMINATE",
        "ASK:",
        "x",
        "\u2028",
        "\t",
        "*",
    ]
)


@given(st.lists(_PIECES, max_size=25).map("".join) | st.text(st.characters(), max_size=60))
def test_every_message_means_one_thing(text: str) -> None:
    meaning = read(text)
    blocks = code_blocks(text)
    assert isinstance(meaning, Code) == bool(blocks)
    for block in blocks:
        assert block.language
        assert block.code.strip()
    if isinstance(meaning, Asks):
        assert meaning.question.strip()
    if isinstance(meaning, Finished):
        assert "TERMINATE" in text


_WRITTEN = st.lists(
    st.sampled_from(
        ["```", "~~~~", "python", "sh", "text", "\n", "\r\n", " ", "> ", "- ", "print(1)", "x = 1", '"""', "Hi"]
    ),
    max_size=30,
).map("".join) | st.sampled_from([recorded.answer for recorded in load()])


@given(_WRITTEN)
def test_what_the_card_shows_is_what_runs(text: str) -> None:
    meaning = read(text)
    assert code_blocks(text) == (meaning.blocks if isinstance(meaning, Code) else ())
    assert code_blocks(prose(text)) == ()


@given(st.lists(st.builds(CodeBlock, st.sampled_from(["python", "bash"]), st.text(max_size=40)), max_size=3))
def test_code_that_a_form_shows_comes_back_from_it_unchanged(blocks: list[CodeBlock]) -> None:
    shown = [replace(block, code=block.code.replace("\r", "") + "print(1)\n") for block in blocks]
    assert list(blocks_in(fenced(shown))) == shown

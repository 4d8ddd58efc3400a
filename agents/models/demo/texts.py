"""The sentences that the demo says. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.models.demo.conversation import Reported
from agents.models.demo.known_sentences import EXAMPLES

FIRST = "*Demo: prepared programs, no language model. The code and its results are real.*"
MISREAD = "This is a demo without a language model, so it does not understand your words."
ABLE = (
    "It profiles a file that you attach (CSV, Excel, Parquet, JSON), runs Python or shell code that you write in "
    "a fenced block, and does what these sentences say (those about sales with `examples/sales.csv` attached):"
)
KEY = (
    "For a team that understands you, put a provider's key into `.env`, such as `OPENAI_API_KEY` or "
    "`ANTHROPIC_API_KEY`, or name a model of Ollama there: `ROUNDTABLE_MODEL=ollama/NAME`. Then start again."
)
NEEDS_FILE = "That sentence is about the bundled file `examples/{}`: attach it to the message."
CHECKED = "The program ended well; these are the numbers that it printed."
NOTHING_YET = "No program has run for this yet: the coder is to send it."
NO_MORE = "There is nothing more that this demo can do here."
NOT_A_CHOICE = "The demo takes only one of these answers."


def honest() -> str:
    """What the demo answers to words that it does not know."""
    sentences = [sentence for example in EXAMPLES for sentence in example.sentences]
    return f"{MISREAD} {ABLE}\n\n{_bullets(sentences)}\n\n{KEY}"


def unreadable(names: Sequence[str], *, misread: bool) -> str:
    """That none of the files is a table; `misread`: words that the demo does not know came with them."""
    said = f"Pandas reads no table from {listed([span(name) for name in names])}, so there is nothing to profile."
    return f"{MISREAD} {said}\n\n{KEY}" if misread else said


def found(report: Reported) -> str:
    """What a program of the demo has printed as its findings, to the letter, and the files it made."""
    lines = [_shown(line) for line in report.printed.splitlines() if line.startswith("- ")]
    return _paragraphs("\n".join(lines) or "The program printed no finding.", _files(report))


def ran(report: Reported) -> str:
    """How a person's own code went."""
    lines, last = len(report.printed.strip().splitlines()), span(report.last_line)
    printed = f"{lines:,} lines, the last one {last}" if lines > 1 else last if lines else "nothing"
    return _paragraphs(f"Your code ran without an error. It printed {printed}.", _files(report))


def failed(report: Reported) -> str:
    """Why code did not run to its end."""
    if report.killed:
        return f"The code did not run to its end ({report.killed}). {report.note}".rstrip()
    return f"The program failed: {span(report.last_line or 'it printed nothing')}."


def suggestions(sentences: Sequence[str]) -> str:
    """What to send next."""
    return f"You can send next:\n\n{_bullets(sentences)}" if sentences else ""


def span(text: str) -> str:
    """A name, or a line of output, as code within a sentence."""
    shown = " ".join("".join(char if char.isprintable() else " " for char in text).split()).replace("`", "'")
    return f"`{shown[:159] + '…' if len(shown) > 160 else shown or ' '}`"


def listed(parts: Sequence[str]) -> str:
    """Parts as a sentence lists them: a, b and c."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))


def _files(report: Reported) -> str:
    return f"Files: {', '.join(map(span, report.files))}" if report.files else ""


def _shown(line: str) -> str:
    """A printed line in which no character is Markdown's: names in it come from data."""
    return re.sub(r"([\\`*\[\]<>|~#])", r"\\\1", " ".join(line.split()))


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _paragraphs(*texts: str) -> str:
    return "\n\n".join(filter(None, texts))

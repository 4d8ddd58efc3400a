"""Sessions to look at: `python -m tests.fakes.canned [PORT]` serves the page with them."""

from __future__ import annotations

import asyncio
import io
import sys
import tempfile
import time
from pathlib import Path

from bot.domain.events import CodeBlock, Message, RemoteFile
from bot.domain.participants import Hint
from bot.domain.posts import (
    AgentPost,
    CodePost,
    FilesPost,
    OutputPost,
    QuestionPost,
    StatusPost,
    SummaryPost,
)
from bot.domain.turn_results import RunResult
from bot.domain.views import Spend
from tests.fakes.web_harness import EXECUTOR, YOU, WebHarness, adapter, settings

CODE = """import matplotlib.cbook as cbook
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

with cbook.get_sample_data("goog.npz") as file:
    prices = np.load(file)["price_data"]
frame = pd.DataFrame(prices).set_index("date")
frame["mean 50"] = frame["adj_close"].rolling(50).mean()

fig, axis = plt.subplots(figsize=(9, 4.8))
axis.plot(frame.index, frame["adj_close"], lw=1, label="closing price")
axis.plot(frame.index, frame["mean 50"], lw=2, label="mean of 50 days")
axis.set_title("Google, adjusted closing price")
axis.set_ylabel("US dollars")
axis.grid(alpha=0.3)
axis.legend()
fig.tight_layout()
fig.savefig("google.png", dpi=120)

yearly = frame["adj_close"].resample("YE").agg(["first", "last", "min", "max"])
yearly["change"] = (yearly["last"] / yearly["first"] - 1).round(3)
yearly.to_csv("google_yearly.csv")
print(yearly.round(1).to_string())
"""
PRINTED = """             first   last    min    max  change
date
2004-12-31   100.3  192.8  100.0  197.6   0.922
2005-12-31   202.7  414.9  174.9  431.1   1.047
2006-12-31   435.2  460.5  337.1  509.6   0.058
2007-12-31   467.6  691.5  437.0  741.8   0.479
2008-12-31   685.2  307.6  257.4  685.2  -0.551
"""
YEARLY = """date,first,last,min,max,change
2004,100.3,192.8,100.0,197.6,0.922
2005,202.7,414.9,174.9,431.1,1.047
2006,435.2,460.5,337.1,509.6,0.058
2007,467.6,691.5,437.0,741.8,0.479
2008,685.2,307.6,257.4,685.2,-0.551
"""


def picture(kind: str) -> bytes:
    """A chart as PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4.8))
    axis = figure.subplots()
    if kind == "line":
        values = [100 + 3 * day + 40 * ((day * 7919) % 13) / 13 for day in range(160)]
        axis.plot(values, lw=1.2, label="closing price")
        axis.plot([sum(values[max(0, day - 20) : day + 1]) / min(21, day + 1) for day in range(160)], lw=2)
        axis.set_title("Google, adjusted closing price")
    else:
        axis.imshow([[16, 0, 0], [0, 17, 1], [0, 2, 14]], cmap="Greens")
        axis.set_title("Confusion matrix")
    axis.grid(alpha=0.3)
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=110)
    return data.getvalue()


def fill(context: WebHarness) -> dict[str, str]:
    """Every kind of session there is; their ids by a short name."""
    return {
        "done": _done(context),
        "failing": _failing(context),
        "question": _question(context),
        "running": _running(context),
        "long": long(context),
    }


def say(context: WebHarness, session: str, text: str, *files: RemoteFile) -> None:
    """A person says something."""
    thread = context.tables[session].view.thread
    context.say(session, Message(f"{session}-{time.time_ns()}", thread, YOU, text, files))


def _done(context: WebHarness) -> str:
    session = context.open("Plot Google's share price and describe its trend", status="ended", ago=7200)
    say(context, session, "Plot Google's share price from matplotlib's sample data and describe its trend.")
    plan = "I'll load the sample prices, look at them year by year, and draw the price."
    context.say(session, CodePost("analyst", f"{plan}\n\n```python\n{CODE}```", (CodeBlock("python", CODE),)))
    context.say(session, OutputPost(EXECUTOR, (RunResult(0, PRINTED, 1.84),)))
    chart = context.keep(session, "google.png", picture("line"), "image/png")
    table = context.keep(session, "google_yearly.csv", YEARLY.encode(), "text/csv")
    context.say(session, FilesPost(EXECUTOR, (chart, table)))
    finding = (
        "### Finding\n\nGoogle's price **rose about sevenfold** from August 2004 to November 2007, and lost more "
        "than half of that in 2008.\n\n- The steepest year was 2005 (+105%).\n- The 50-day mean turned down in "
        "January 2008 and stayed there.\n- `google_yearly.csv` has the prices of each year.\n\n"
        "| year | change |\n|---|---:|\n| 2005 | +105% |\n| 2006 | +6% |\n| 2007 | +48% |\n| 2008 | −55% |\n"
    )
    context.say(session, AgentPost("analyst", finding))
    context.say(session, SummaryPost("finished", "The team finished the task.", 21.4, 4, 6421, 0.0187))
    context.tables[session].spend = [Spend("analyst", "gpt-4o-mini", 3, 6421, 0.0187)]
    context.set(session, outcome="finished", turns=4, tokens=6421, cost=0.0187)
    return session


def _failing(context: WebHarness) -> str:
    session = context.open("Which customers will leave next quarter?", team="crew", status="ended", ago=90_000)
    file = RemoteFile("customers 2024.csv", 1_240_332, "0" * 64)
    say(context, session, "Which customers will leave next quarter? Use the attached list.", file)
    context.say(
        session, AgentPost("product_manager", "We need a **churn** definition first: no order for 90 days.")
    )
    bad = "import pandas as pd\nframe = pd.read_csv('customers 2024.csv')\nprint(frame['last_order'].max())\n"
    context.say(session, CodePost("coder", f"```python\n{bad}```", (CodeBlock("python", bad),)))
    trace = "Traceback (most recent call last):\n  File \"<block 1>\", line 3, in <module>\nKeyError: 'last_order'"
    context.say(
        session, OutputPost(EXECUTOR, (RunResult(1, trace, 0.41, note="The columns are: id, name, ordered."),))
    )
    context.say(
        session, AgentPost("reviewer", "The column is called `ordered`. Please look at the columns first.")
    )
    context.say(session, OutputPost(EXECUTOR, (RunResult(137, "fitting…\n", 61.2, killed="memory"),)))
    context.say(
        session,
        StatusPost("The model's provider did not answer for 40 seconds; the session waits and tries again."),
    )
    context.say(session, SummaryPost("limit", "The session reached its limit of 12 turns.", 312, 12, 48_200, None))
    context.keep(session, "customers 2024.csv", b"id,name\n", "text/csv", attached=True)
    context.set(session, outcome="limit", turns=12, tokens=48_200, cost=None)
    context.tables[session].spend = [
        Spend("product_manager", "gpt-4o", 2, 9_100, 0.041),
        Spend("coder", "gpt-4o", 6, 28_000, None),
        Spend("reviewer", "gpt-4o", 4, 11_100, 0.02),
    ]
    return session


def _question(context: WebHarness) -> str:
    session = context.open("Compare the two sales exports", status="waiting", ago=600)
    say(context, session, "Compare the two sales exports.", RemoteFile("north.xlsx", 48_211, "1" * 64))
    looked = "I looked at both files. They overlap in 1,204 orders, of which 37 have different amounts."
    context.say(
        session,
        QuestionPost(
            "analyst", looked, "Which file should win where the amounts differ: `north.xlsx` or `south.xlsx`?"
        ),
    )
    context.set(session, turns=2, tokens=2100, cost=0.0031)
    return session


def _running(context: WebHarness) -> str:
    session = context.open("Train a classifier on the iris data set", team="crew", ago=40)
    say(context, session, "Train a classifier on the iris data set and show its confusion matrix.")
    context.say(
        session, AgentPost("product_manager", "Goal: a small, honest baseline. Report accuracy on held-out data.")
    )
    code = "from sklearn.datasets import load_iris\n\nprint(load_iris().data.shape)\n"
    context.say(
        session,
        CodePost("coder", f"First, the shape of the data.\n\n```python\n{code}```", (CodeBlock("python", code),)),
    )
    context.say(session, OutputPost(EXECUTOR, (RunResult(0, "(150, 4)\n", 0.92),)))
    context.set(session, turns=3, tokens=3400, cost=0.0052)
    context.tables[session].spend = [
        Spend("product_manager", "demo", 1, 900, 0.001),
        Spend("coder", "demo", 1, 2500, 0.0042),
    ]
    return session


def long(context: WebHarness) -> str:
    """A thread of 298 entries."""
    session = context.open("A long conversation", status="ended", ago=200_000)
    say(context, session, "Work through every month since 1990.")
    for number in range(1, 100):
        code = CODE if number % 5 == 0 else f"print({number})\n"
        context.say(
            session, CodePost("analyst", f"Step {number}.\n\n```python\n{code}```", (CodeBlock("python", code),))
        )
        context.say(session, OutputPost(EXECUTOR, (RunResult(0, f"{number}\n" * (number % 40), 0.1),)))
        context.say(session, AgentPost("analyst", f"Month {number} looks **fine**, with `{number}` rows."))
    context.set(session, outcome="finished", turns=297, tokens=1_204_000, cost=3.21)
    return session


async def _serve(port: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        context = WebHarness(Path(folder))
        sessions = fill(context)

        def serving(url: str) -> None:
            lines = [url, *(f"{name} {url}/s/{session}" for name, session in sessions.items())]
            sys.stdout.write("\n".join(lines) + "\n")
            sys.stdout.flush()

        web = adapter(context, settings(Path(folder), roundtable_web_port=port), serving)
        await web.hint(context.tables[sessions["running"]].view.thread, Hint("coder", "is writing"))
        await web.run(context.intake)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]) if len(sys.argv) > 1 else 0))

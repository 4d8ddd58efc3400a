"""Tasks without a file: sample data of the libraries, mathematics, a person's own code, the repair loop."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from matplotlib import cbook

from tests.agents.demo.table import Talk

Start = Callable[..., Talk]


def test_the_google_prices_are_told_as_they_are(talk: Start) -> None:
    played = talk().say("Plot the Google share price in matplotlib's sample data")
    prices = np.load(cbook.get_sample_data("goog.npz", asfileobj=False))["price_data"]["adj_close"]
    assert f"from {prices[0]:,.2f} to {prices[-1]:,.2f} dollars" in played.last, played.transcript()
    assert f"It peaked at {prices.max():,.2f} dollars on 6 Nov 2007." in played.last
    assert played.pictures == ["google_by_year.png", "google_share_price.png"]
    played.say("only 2008")
    assert 'df["date"].dt.year.between(2008, 2008)' in played.codes[-1]
    assert f"to {prices[-1]:,.2f} dollars" in played.last
    played.say("volume as a bar chart per year")
    assert "adj_close" not in played.codes[-1]
    assert played.finished


TASKS = {
    "Compare Apple and Microsoft since 1990": "did best",
    "Classify the iris flowers": "names the right species",
    "cluster the wines": "adjusted Rand index",
    "predict diabetes progression": "A linear model explains",
    "can you read handwritten digits?": "names the right digit",
    "petal length against petal width of iris by species": "very strong positive relation (r = 0.96, 150 rows)",
    "mean alcohol of the wines by cultivar": "class_0 has the highest average alcohol: 13.74",
    "draw x^2 - 2x from -3 to 3": "lies between -1 and 15 here",
    "plot 1/x and tan(x)": "changes sign",
    "histogram of 2,000 normal random numbers": "The 2,000 numbers have a mean of",
    "the first 100 primes": "There are 100 primes up to 541",
    "primes up to 1000": "There are 168 primes up to 997",
    "30 fibonacci numbers": "end with 514,229",
    "Mandelbrot!": "never escape",
    "estimate pi by monte carlo": "pi comes out as 3.1",
    "random walk of 400 steps": "After 400 steps",
    "spectrum of a noisy signal": "7.00 and 23.00 hertz",
}


@pytest.mark.parametrize("task", TASKS)
def test_a_task_without_a_file_ends_in_a_picture_and_a_finding(task: str, talk: Start) -> None:
    played = talk().say(task)
    assert TASKS[task] in played.last, played.transcript()
    assert played.pictures
    assert played.finished
    assert all(result.ok for result in played.results), played.transcript()
    assert not any("Warning" in result.output for result in played.results), played.transcript()


def test_a_computation_can_be_changed(talk: Start) -> None:
    played = talk().say("Plot sin(x) from 0 to 3")
    played.say("from 0 to 7 in green please")
    assert "np.linspace(0.0, 7.0" in played.codes[-1]
    assert '"green"' in played.codes[-1]


def test_own_code_is_run_as_it_is_and_its_outcome_told(talk: Start) -> None:
    code = "import pathlib\nprint('TERMINATE')\npathlib.Path('x.txt').write_text('ASK: me')"
    played = talk().say(f"please run this\n```python\n{code}\n```")
    assert played.codes == [code]
    assert "It ran through without an error" in played.last
    assert "`TERMINATE`" in played.last
    assert "It made `x.txt`." in played.last


def test_own_shell_code_runs_too(talk: Start) -> None:
    played = talk().say("```sh\necho $((6 * 7))\n```")
    assert "It printed: `42`." in played.last


def test_a_table_in_the_message_is_saved_and_drawn(talk: Start) -> None:
    played = talk().say("Plot sales by region\n```\nregion;sales\nNorth;1,5\nSouth;2,5\nEast;0,5\n```")
    assert (played.workspace / "pasted.csv").read_text().startswith("region;sales\nNorth;1,5")
    assert "**South leads with 2.5 of sales, 55.6% of 4.5.**" in played.last, played.transcript()


def test_a_picture_drawn_again_as_it_was_is_said_to_be_the_same(talk: Start) -> None:
    played = talk().say("Plot sin(x)").say("Plot sin(x)")
    assert "It drew `sin_x.png` just as before." in played.last, played.transcript()


REPAIRS = {
    "print(np.sqrt(16))": "4.0",
    "import panda as pd\nprint(pd.Series([1, 2]).sum())": "3",
    "import pandas as pd\nprint(pd.read_csv('sale.csv')['units'].sum())": "60",
    "import pandas as pd\nprint(pd.read_csv('sales.csv')['Unit'].sum())": "60",
    "import pandas as pd\nprint(pd.read_csv('sales.csv').unit.sum())": "60",
    "import pandas as pd\nprint(pd.read_csv('umlaut.csv')['näme'][0])": "Jörg",
    "import pandas as pd\ndf = pd.read_csv('semi.csv')\nprint(df['b'].sum())": "9",
    "import pandas as pd\nprint(pd.to_datetime(['31.12.2024'], format='%Y-%m-%d')[0].year)": "2024",
    "import pandas as pd\ndf = pd.read_csv('sales.csv')\nprint(df.groupby('regoin')['units'].sum().max())": "33",
    "print 'hello'": "hello",
    "import not_there\nprint('fine')": "fine",
    "items = [1, 2]\nprint(itmes)": "[1, 2]",
    "  x = 5\n  print(x)": "5",
    "import math\nprint(math.squrt(9))": "3.0",
}


@pytest.mark.parametrize("code", REPAIRS)
def test_a_failing_block_is_mended(code: str, talk: Start) -> None:
    played = talk()
    (played.workspace / "sales.csv").write_text("region,units\nnorth,27\nsouth,33\n")
    (played.workspace / "umlaut.csv").write_bytes("näme\nJörg\n".encode("cp1252"))
    (played.workspace / "semi.csv").write_text("a;b\n1;2\n2;3\n3;4\n")
    played.say(f"run this\n```python\n{code}\n```", "sales.csv", "umlaut.csv", "semi.csv")
    assert played.results[-1].ok, played.transcript()
    assert not played.results[0].ok
    assert played.results[-1].output.strip().endswith(REPAIRS[code]), played.transcript()
    assert len(played.codes) <= 3
    assert played.finished


@pytest.mark.parametrize(
    "code", ["raise ValueError('broken')", "import torch", "1 / 0", "open('nothing.here')", "def f(:"]
)
def test_what_no_rule_mends_is_said_plainly(code: str, talk: Start) -> None:
    played = talk().say(f"```python\n{code}\n```")
    assert played.finished, played.transcript()
    assert "The program stopped with" in played.last
    assert len(played.codes) <= 3


def test_the_repair_loop_can_be_watched(talk: Start) -> None:
    played = talk().say("show me how you repair an error")
    assert [result.ok for result in played.results] == [False, True]
    assert "ValueError" in played.results[0].output
    assert "`2004-08-19`, which is `%Y-%m-%d` and not `%d/%m/%Y`" in played.transcript()
    assert "**Google went from 100.34" in played.last
    assert played.pictures == ["google_share_price.png"]

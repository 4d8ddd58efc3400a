"""Data that ships with the libraries of the sandbox: how to load it, and what is worth doing with it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agents.demo import limits
from agents.demo.charts import ACCENT, Chart
from agents.demo.sources import Source
from agents.demo.wishes import Wish, parse


@dataclass(frozen=True, slots=True)
class Sample:
    """One set of sample data: `cue` is what people call it, `title` what the analyst calls it."""

    name: str
    cue: str
    title: str
    load: str
    target: str = ""
    groups: int = 0


def _bunch(name: str, target: str, groups: int) -> str:
    named = "data.target_names[data.target]" if name != "digits" else "data.target"
    lines = [f"data = load_{name}(as_frame=True)", f'df = data.frame.rename(columns={{"target": "{target}"}})']
    return "\n".join([*lines, f'df["{target}"] = {named}'] if groups else lines)


SAMPLES = (
    Sample(
        "shares",
        r"apple|aapl|microsoft|msft|ibm|amazon|amzn|\bdell\b|adobe|xerox|nasdaq|s&p|sp500|stocks\.csv",
        "monthly share prices 1990 to 2022 (matplotlib's sample data)",
        'df = pd.read_csv(cbook.get_sample_data("Stocks.csv"), comment="#", parse_dates=["Date"])\n'
        "df = df.dropna(thresh=3)  # some dates only note a dividend\n"
        'df = df.rename(columns={"AAPL": "Apple", "MSFT": "Microsoft", "AMZN": "Amazon", "DELL": "Dell"})\n'
        'df = df.rename(columns={"ADBE": "Adobe", "XRX": "Xerox", "GOOGL": "Google"})\n'
        'df = df.rename(columns={"^IXIC": "Nasdaq", "^GSPC": "S&P 500"})',
    ),
    Sample(
        "google",
        r"google|goog\b|alphabet\b|share prices?|stock|\baktie\w*|börse\w*",
        "Google's share price 2004 to 2008 (matplotlib's sample data)",
        'df = pd.DataFrame(cbook.get_sample_data("goog.npz")["price_data"])\n'
        'df = df.rename(columns={"close": "closing price"})',
    ),
    Sample("iris", r"\biris\b", "the iris flowers (scikit-learn)", _bunch("iris", "species", 3), "species", 3),
    Sample("wine", r"\bwines?\b", "the wines (scikit-learn)", _bunch("wine", "cultivar", 3), "cultivar", 3),
    Sample(
        "breast_cancer",
        r"breast|cancer|tumou?rs?|brustkrebs",
        "the breast cancer diagnoses (scikit-learn)",
        _bunch("breast_cancer", "diagnosis", 2),
        "diagnosis",
        2,
    ),
    Sample(
        "digits",
        r"\bdigits\b|handwrit|mnist|ziffern",
        "the handwritten digits (scikit-learn)",
        _bunch("digits", "digit", 10),
        "digit",
        10,
    ),
    Sample(
        "diabetes",
        r"diabetes",
        "the diabetes patients (scikit-learn)",
        _bunch("diabetes", "progression", 0),
        "progression",
    ),
)
_COMPANIES = {
    "Apple": r"apple|aapl",
    "Microsoft": r"microsoft|msft",
    "IBM": r"\bibm\b",
    "Amazon": r"amazon|amzn",
    "Dell": r"\bdell\b",
    "Adobe": r"adobe",
    "Xerox": r"xerox",
    "Google": r"google|alphabet|goog",
    "Nasdaq": r"nasdaq",
    "S&P 500": r"s&p|sp500",
}


def find(text: str) -> Sample | None:
    """The sample a message speaks of."""
    plain = text.casefold()
    return next((sample for sample in SAMPLES if re.search(sample.cue, plain)), None)


def named(name: str) -> Sample:
    """The sample of that name; raises StopIteration when there is none."""
    return next(sample for sample in SAMPLES if sample.name == name)


def source(sample: Sample) -> Source:
    """The sample as a table to read."""
    return Source(sample.title, "", "sample", {"code": sample.load})


def refusal(sample: Sample, wish: Wish) -> str:
    """Why a wish makes no sense with a sample, or ""."""
    if sample.name not in ("google", "shares"):
        return ""
    limit = limits.find(wish.texts[-1]) if wish.texts else None
    if limit and not limit.mild:
        return f"{limit.sentence} You could ask for “per year”, “as bars” or “only 2007”."
    newest = parse(wish.texts[-1]) if wish.texts else wish
    if newest.chart == "pie" or newest.share:
        return (
            "A pie shows the parts of a whole, and prices at different times do not add up to one. "
            "You could ask for “as bars”, “per year” or “only 2007”."
        )
    return ""


def special(sample: Sample, wish: Wish) -> list[Chart]:
    """What is worth doing with a sample when the wish does not say otherwise."""
    bars = wish.chart == "bar" and not wish.every
    if wish.how or wish.every or (wish.chart not in ("", "line", "pie") and not bars):
        return []
    base: dict[str, object] = {"COLOR": wish.colour or ACCENT, "LOG": bool(wish.log)}
    words = " ".join(wish.texts).casefold()
    match sample.name:
        case "google":
            if bars:
                return []
            return [Chart("prices", "Google share price", base), Chart("returns", "Year by year", base)]
        case "shares":
            newest = next((text for text in reversed(wish.texts) if _companies(text)), "")
            base |= {"NAMES": _companies(newest) or ["Apple", "Microsoft"], "LINES": not bars, "BARS": bars}
            return [Chart("shares", "Share prices since all of them exist", base)]
        case _:
            return _learned(sample, words, base)


def _companies(text: str) -> list[str]:
    return [name for name, cue in _COMPANIES.items() if re.search(cue, text.casefold())]


def _learned(sample: Sample, words: str, base: dict[str, object]) -> list[Chart]:
    if re.search(r"\b(plot|draw|show|visuali[sz]e|chart|explore|profile|describe)\b", words) and not _MODEL.search(
        words
    ):
        return []
    values = base | {"TARGET": sample.target, "GROUPS": sample.groups, "PNG": f"{sample.name}_model.png"}
    if not sample.groups:
        return [Chart("regress", f"Predict the {sample.target}", values)]
    if re.search(r"\bclusters?|clustering|k-?means|segment|unsupervised|group", words):
        return [
            Chart("cluster", "Find groups without being told", values | {"PNG": f"{sample.name}_clusters.png"})
        ]
    return [Chart("classify", f"Predict the {sample.target}", values)]


_MODEL = re.compile(r"classif|predict|train|model|accura|confusion|learn|cluster|k-?means|regress|forest|segment")

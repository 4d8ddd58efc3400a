"""Small tasks of mathematics and chance that need no data."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agents.demo import formulas
from agents.demo.charts import ACCENT, Chart
from agents.demo.texts import slug
from agents.demo.wishes import Wish
from agents.demo.writing import Code


@dataclass(frozen=True, slots=True)
class Computation:
    """A task: `cue` is what people call it, `intent` is said before its code."""

    name: str
    cue: str
    intent: str


COMPUTATIONS = (
    Computation("fibonacci", r"fibonacci", "I add them up one by one and watch the ratio of neighbours."),
    Computation(
        "primes", r"\bprimes?\b|primzahl", "A sieve finds them; then I compare with the estimate x / ln x."
    ),
    Computation(
        "mandelbrot", r"mandelbrot|fractal|fraktal", "I iterate z² + c for every pixel and count the steps."
    ),
    Computation(
        "circle",
        r"\b(?:estimate|compute|calculate)\b.{0,40}\bpi\b|monte[ -]?carlo",
        "I throw random points at a square and count those inside the circle.",
    ),
    Computation("walk", r"random ?walks?|brownian|irrfahrt", "Sixty walkers toss a coin at every step."),
    Computation(
        "signal",
        r"\bsignals?\b|fourier|\bfft\b|spectrum",
        "I make a signal of two tones under noise and look for them in its spectrum.",
    ),
    Computation(
        "random_numbers",
        r"\b(?:normal|gauss\w*|uniform|exponential|poisson|binomial|log-?normal|random|zufalls\w*)[ -]?(?:ly )?"
        r"(?:distribut\w*|numbers?|values?|samples?|random|verteil\w*|zahlen)|bell curve|"
        r"histogram of (?:a )?(?:normal|random|gauss)",
        "I draw the numbers with a fixed seed and compare them with a normal curve.",
    ),
    Computation(
        "function",
        r"\b(?:plot|draw|graph|show|functions?|curve|zeichne)\b|f\(x\)|\by ?=|sin|cos|tan|exp|sqrt|log",
        "I evaluate it at a thousand points and look where it changes sign.",
    ),
)


def find(text: str) -> Computation | None:
    """The task a message speaks of."""
    plain = text.casefold()
    named = (task for task in COMPUTATIONS if re.search(task.cue, plain))
    return next((task for task in named if task.name != "function" or formulas.find(text)), None)


def intent(name: str) -> str:
    """What is said before the code of a task."""
    return next(task.intent for task in COMPUTATIONS if task.name == name)


def chart(name: str, text: str, wish: Wish) -> Chart:
    """What to run for a task in the words of a person; the first number in them counts."""
    base: dict[str, object] = {"COLOR": wish.colour or ACCENT, "LOG": bool(wish.log)}
    match name:
        case "fibonacci":
            return Chart(name, "Fibonacci numbers", base | {"COUNT": _number(text, 20, 4, 300)})
        case "primes":
            return _primes(text, base)
        case "mandelbrot":
            return Chart(name, "The Mandelbrot set", {"ROUNDS": 60})
        case "circle":
            return Chart(name, "Pi by chance", base | {"POINTS": _number(text, 100_000, 100, 5_000_000)})
        case "walk":
            return Chart(name, "Random walks", base | {"WALKS": 60, "STEPS": _number(text, 1_000, 10, 100_000)})
        case "signal":
            return Chart(name, "A noisy signal and its spectrum", base)
        case "random_numbers":
            return _random_numbers(text.casefold(), base)
    return _function(text, base)


def _function(text: str, base: dict[str, object]) -> Chart:
    found = formulas.find(text) or [("sin(x)", "np.sin(x)")]
    start, stop = formulas.span(text)
    curves = Code("{" + ", ".join(f'"{name}": {code}' for name, code in found) + "}")
    title = " and ".join(name for name, _ in found)
    values = {"CURVES": curves, "START": start, "STOP": stop, "TITLE": title, "PNG": f"{slug(title)}.png"}
    return Chart("function", title, base | values)


def _random_numbers(text: str, base: dict[str, object]) -> Chart:
    draws = {
        "uniform": "rng.uniform(size={n})",
        "exponential": "rng.exponential(size={n})",
        "poisson": "rng.poisson(4, size={n})",
        "binomial": "rng.binomial(20, 0.5, size={n})",
        "lognormal": "rng.lognormal(size={n})",
    }
    kind = next((kind for kind in draws if kind in text.replace("-", "")), "normal")
    count = _number(text, 10_000, 100, 1_000_000)
    draw = Code(draws.get(kind, "rng.normal(size={n})").format(n=f"{count:_}"))
    title = f"{count:,} random numbers, {kind} distribution"
    bins = 21 if kind in ("poisson", "binomial") else 50
    values = {"DRAW": draw, "TITLE": title, "BINS": bins, "PNG": f"{kind}_numbers.png"}
    return Chart("random_numbers", title, base | values)


def _primes(text: str, base: dict[str, object]) -> Chart:
    count = _number(text, 1_000, 10, 10_000_000)
    if re.search(r"\bfirst\b|\berste", text.casefold()):
        count = min(count, 500_000)  # the n-th prime is below 17 n up to there
        return Chart("primes", f"The first {count:,} primes", base | {"LIMIT": 17 * count, "FIRST": count})
    return Chart("primes", f"Primes up to {count:,}", base | {"LIMIT": count})


def _number(text: str, default: int, least: int, most: int) -> int:
    if found := re.search(r"\d{1,3}(?:,\d{3})+|\d{1,12}", text):
        return min(max(int(found[0].replace(",", "")), least), most)
    sizes = {"million": 1_000_000, "thousand": 1_000, "hundred": 100}
    return next((min(size, most) for word, size in sizes.items() if word in text.casefold()), default)

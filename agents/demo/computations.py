"""Small tasks of mathematics and chance that need no data."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from agents.demo import formulas
from agents.demo.charts import ACCENT, Chart
from agents.demo.texts import slug
from agents.demo.wishes import Wish
from agents.demo.writing import Code


@dataclass(frozen=True, slots=True)
class Computation:
    """A task: `intent` is said before its code; `chart` gives what to run for the words of a person."""

    name: str
    cue: str
    intent: str
    chart: Callable[[str, Wish], Chart | None]


def find(text: str) -> Computation | None:
    """The task a message speaks of."""
    plain = text.casefold()
    return next((task for task in COMPUTATIONS if re.search(task.cue, plain) and task.chart(text, Wish())), None)


def named(name: str) -> Computation:
    """The task of that name; raises StopIteration when there is none."""
    return next(task for task in COMPUTATIONS if task.name == name)


def _number(text: str, default: int, least: int, most: int) -> int:
    found = re.findall(r"\d{1,3}(?:,\d{3})+|\d{1,12}", text)
    given = [int(number.replace(",", "")) for number in found]
    words = {"million": 1_000_000, "thousand": 1_000, "hundred": 100}
    given += [size for word, size in words.items() if re.search(rf"\b{word}\b", text) and not given]
    return min(max(given[0], least), most) if given else default


def _base(wish: Wish) -> dict[str, object]:
    return {"COLOR": wish.colour or ACCENT, "LOG": bool(wish.log)}


def _function(text: str, wish: Wish) -> Chart | None:
    found = formulas.find(text)
    if not found:
        return None
    start, stop = formulas.span(text)
    curves = Code("{" + ", ".join(f'"{name}": {code}' for name, code in found) + "}")
    title = " and ".join(name for name, _ in found)
    values = {"CURVES": curves, "START": start, "STOP": stop, "TITLE": title, "PNG": f"{slug(title)}.png"}
    return Chart("function", title, _base(wish) | values)


def _draws(text: str, wish: Wish) -> Chart | None:
    plain = text.casefold()
    count = _number(plain, 10_000, 100, 1_000_000)
    kinds = {
        "uniform": "rng.uniform(size={n})",
        "exponential": "rng.exponential(size={n})",
        "poisson": "rng.poisson(4, size={n})",
        "binomial": "rng.binomial(20, 0.5, size={n})",
        "log-normal": "rng.lognormal(size={n})",
    }
    kind = next((kind for kind in kinds if kind in plain or kind.replace("-", "") in plain), "normal")
    draw = Code(kinds.get(kind, "rng.normal(size={n})").format(n=f"{count:_}"))
    title = f"{count:,} random numbers, {kind} distribution"
    bins = 21 if kind in ("poisson", "binomial") else 50
    values = {"DRAW": draw, "TITLE": title, "BINS": bins, "PNG": f"{slug(kind)}_numbers.png"}
    return Chart("random_numbers", title, _base(wish) | values)


def _primes(text: str, wish: Wish) -> Chart | None:
    count = _number(text, 1_000, 10, 10_000_000)
    if re.search(r"\bfirst\b|\berste", text.casefold()):
        count = min(count, 500_000)
        limit = max(30, int(count * 17))
        return Chart("primes", f"The first {count:,} primes", _base(wish) | {"LIMIT": limit, "FIRST": count})
    return Chart("primes", f"Primes up to {count:,}", _base(wish) | {"LIMIT": count})


def _walk(text: str, wish: Wish) -> Chart | None:
    return Chart("walk", "Random walks", _base(wish) | {"WALKS": 60, "STEPS": _number(text, 1_000, 10, 100_000)})


def _fibonacci(text: str, wish: Wish) -> Chart | None:
    return Chart("fibonacci", "Fibonacci numbers", _base(wish) | {"COUNT": _number(text, 20, 4, 300)})


def _signal(text: str, wish: Wish) -> Chart | None:
    return Chart("signal", "A noisy signal and its spectrum", _base(wish))


def _circle(text: str, wish: Wish) -> Chart | None:
    return Chart("circle", "Pi by chance", _base(wish) | {"POINTS": _number(text, 100_000, 100, 5_000_000)})


def _mandelbrot(text: str, wish: Wish) -> Chart | None:
    return Chart("mandelbrot", "The Mandelbrot set", {"ROUNDS": 60})


COMPUTATIONS = (
    Computation("fibonacci", r"fibonacci", "I add them up one by one and watch the ratio of neighbours.", _fibonacci),
    Computation("primes", r"\bprimes?\b|primzahl", "A sieve finds them; then I compare with the estimate x / ln x.", _primes),
    Computation("mandelbrot", r"mandelbrot|fractal|fraktal", "I iterate z² + c for every pixel and count the steps.", _mandelbrot),
    Computation("circle", r"(estimate|compute|calculate|monte[ -]?carlo).*\bpi\b|\bpi\b.*monte[ -]?carlo|monte[ -]?carlo",
                "I throw random points at a square and count those inside the circle.", _circle),
    Computation("walk", r"random ?walks?|brownian|irrfahrt", "Sixty walkers toss a coin at every step.", _walk),
    Computation("signal", r"\bsignals?\b|fourier|\bfft\b|spectrum|frequenc(y|ies) of", "I make a signal of two tones under noise and look for them in its spectrum.", _signal),
    Computation("draws", r"(normal|gauss\w*|uniform|exponential|poisson|binomial|random|zufalls\w*)[ -]?(ly )?(distribut\w*|numbers?|values?|samples?|verteil\w*|zahlen|data|variables?)|bell curve|histogram of (a )?(normal|random|gauss)",
                "I draw the numbers with a fixed seed and compare them with a normal curve.", _draws),
    Computation("function", r"\b(plot|draw|graph|show|functions?|curve|zeichne)\b|f\(x\)|\by ?=|sin|cos|tan|exp|sqrt|log", "I evaluate it at a thousand points and look where it changes sign.", _function),
)  # fmt: skip

"""What findings say of things that go together, without taking one for the cause of the other."""

from __future__ import annotations

from agents.demo.facts import Drivers, Heat, Scatter
from agents.demo.texts import amount, listed, plural, said


def scatter(fact: Scatter) -> list[str]:
    """How two values go together."""
    x, y = said(fact.x), said(fact.y)
    if fact.rows < 5:
        return [f"{y} and {x} are both known in {plural(fact.rows, 'row')} only: too few to speak of a relation."]
    if fact.r != fact.r:
        return [f"{y} and {x} cannot be correlated: one of them never changes."]
    strength = "no clear" if abs(fact.r) < 0.2 else "a weak" if abs(fact.r) < 0.5 else "a clear"
    strength = "a very strong" if abs(fact.r) > 0.8 else strength
    sign = " positive" if fact.r >= 0.2 else " negative" if fact.r <= -0.2 else ""
    sentences = [f"Between {y} and {x} there is {strength}{sign} relation (r = {fact.r:.2f}, {fact.rows:,} rows)."]
    if sign:
        slope = f"On average, one more of {x} goes with {fact.slope:+,.4g} of {y}"
        sentences.append(f"{slope}; that alone does not make it the cause.")
    return sentences


def heat(fact: Heat) -> list[str]:
    """Which of many values are most closely related."""
    (one, other, r), *rest = fact.top
    sentences = [f"Most closely related are {said(one)} and {said(other)} (r = {r:.2f})."]
    if rest:
        pairs = [f"{said(one)} and {said(other)} ({r:.2f})" for one, other, r in rest]
        sentences.append(f"Next come {listed(pairs)}.")
    return sentences


def drivers(fact: Drivers) -> list[str]:
    """What goes along with a value most."""
    (name, kind, r), *rest = fact.top
    subject = said(fact.target)
    begin = subject[:1].upper() + subject[1:]
    if abs(r) < 0.2:
        sentences = [
            f"Nothing in this table goes along with {subject} clearly; {_strength(name, kind, r)} comes nearest."
        ]
    elif kind == "number":
        way = ("more often " if r > 0 else "less often ") if fact.share else "higher " if r > 0 else "lower "
        sentences = [
            f"{begin} goes along most with {said(name)} (r = {r:.2f}): the more of it, the {way}{subject}."
        ]
    else:
        sentences = [f"{begin} differs most by {said(name)} (strength {r:.2f} of 1){_means(fact)}."]
    if rest:
        sentences.append(f"Next come {listed([_strength(*other) for other in rest])}.")
    same = [said(name) for name, kind, r in fact.top if kind == "number" and abs(r) > 0.98]
    if same:
        sentences.append(f"{listed(same)} may be nearly the same thing as {subject}, or computed from it.")
    sentences.append(
        f"Each column is looked at by itself, over {plural(fact.rows, 'row')}; "
        "that two things go together does not make one the cause of the other."
    )
    return sentences


def _means(fact: Drivers) -> str:
    if not fact.high or not fact.low:
        return ""
    (high, most), (low, least) = fact.high[0], fact.low[0]
    if fact.share:
        return f": it is so in {most:.0%} of the rows for {said(high)}, in {least:.0%} for {said(low)}"
    return f": on average {amount(most)} for {said(high)}, {amount(least)} for {said(low)}"


def _strength(name: str, kind: str, r: float) -> str:
    return f"{said(name)} (r = {r:.2f})" if kind == "number" else f"{said(name)} ({r:.2f}, by its groups)"

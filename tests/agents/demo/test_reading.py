"""What the analyst understands: words, columns, formulas, dates, the way a text is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.demo import dates, fences, formulas, outcomes, sniffing, texts, wishes, words
from agents.demo.peeks import TextPeek
from agents.demo.transcript import Reported
from agents.demo.wishes import Wish, merged, parse

WISHES: dict[str, Wish] = {
    "plot revenue over time": Wish(over_time=True),
    "monthly sales": Wish(over_time=True, every="month"),
    "umsatz pro quartal": Wish(over_time=True, every="quarter"),
    "as a bar chart instead of a line chart": Wish(chart="bar"),
    "the share of each region as a pie": Wish(chart="pie", share=True),
    "google share price": Wish(),
    "make it dark green please": Wish(colour="darkgreen"),
    "use #ff8800 for the bars": Wish(chart="bar", colour="#ff8800"),
    "log scale": Wish(log=True),
    "back to a linear scale": Wish(log=False),
    "only 2008": Wish(span=True),
    "from 2005 to 2007": Wish(span=True),
    "since 2006": Wish(span=True),
    "top five": Wish(top=5),
    "top 12 products": Wish(top=12),
    "average price": Wish(how="mean"),
    "how many orders per week?": Wish(over_time=True, every="week", how="count"),
    "bigger": Wish(scale=1.4),
    "save it as excel": Wish(chart="table", file="xlsx"),
    "give me a table": Wish(chart="table", file="csv"),
    "distribution of age": Wish(chart="histogram"),
    "by weekday": Wish(every="weekday"),
    "hello": Wish(),
}


@pytest.mark.parametrize("text", WISHES)
def test_reads_a_wish_from_words(text: str) -> None:
    wish = parse(text)
    assert wish == Wish(
        **{name: getattr(WISHES[text], name) for name in Wish.__slots__ if name != "texts"}, texts=(text,)
    )


def test_a_later_wish_replaces_only_what_it_speaks_of() -> None:
    wish = merged(merged(parse("revenue by region as a pie, top 3"), parse("in red")), parse("as bars"))
    assert (wish.chart, wish.colour, wish.top) == ("bar", "red", 3)
    assert merged(parse("units by weekday"), parse("revenue by product over time")).every == ""
    assert merged(parse("units over time"), parse("as bars by product")).over_time is False


COLUMNS = ["Order Date", "unit_price", "Region", "productName", "Umsatz (EUR)", "qty", "x"]
MENTIONS = {
    "price by regions": ["unit_price", "Region"],
    "unit price per product": ["unit_price", "productName"],
    "UMSATZ nach region": ["Umsatz (EUR)", "Region"],
    "revenue": ["Umsatz (EUR)"],
    "reigon": ["Region"],
    "quantity over the order dates": ["qty", "Order Date"],
    "x against qty": ["x", "qty"],
    "the weather": [],
    "an example": [],
}


@pytest.mark.parametrize("text", MENTIONS)
def test_finds_the_columns_a_sentence_speaks_of(text: str) -> None:
    assert [mention.name for mention in words.mentions(text, COLUMNS)] == MENTIONS[text]


FORMULAS = {
    "plot sin(x)": ["np.sin(x)"],
    "sin x and cos 2x": ["np.sin(x)", "np.cos(2 * x)"],
    "draw y = x^2 - 3x + 1": ["x ** 2 - 3 * x + 1"],
    "f(x) = 2x(x-1)": ["2 * x * (x - 1)"],
    "e^x * sin(pi x)": ["np.e ** x * np.sin(np.pi * x)"],
    "explain max and exit": [],
    "__import__('os') x": [],
    "x.real": [],
    "(x": [],
}


@pytest.mark.parametrize("text", FORMULAS)
def test_rebuilds_formulas_from_allowed_parts(text: str) -> None:
    assert [code for _, code in formulas.find(text)] == FORMULAS[text]


@pytest.mark.parametrize(
    ("text", "span"),
    [("from 0 to 2 pi", (0.0, 6.283185)), ("between -pi and pi", (-3.141593, 3.141593)), ("", (-10.0, 10.0))],
)
def test_reads_the_range_of_a_formula(text: str, span: tuple[float, float]) -> None:
    assert formulas.span(text) == span


DATES = {
    ("2024-01-31",): "ISO8601",
    ("2024-01-31T10:00:00Z",): "ISO8601",
    ("31.01.2024", "01.02.2024"): "%d.%m.%Y",
    ("01/31/2024",): "%m/%d/%Y",
    ("31/01/2024 14:05",): "%d/%m/%Y %H:%M",
    ("01/02/2024", "02/02/2024", "01/03/2024"): "%d/%m/%Y",
    ("5 Jan 2024",): "%d %b %Y",
    ("January 5, 2024",): "%B %d, %Y",
    ("12.5",): None,
    ("North",): None,
    ("1,234.50",): None,
    ("192.168.1.10",): None,
    ("A-12-34",): None,
}


@pytest.mark.parametrize("values", DATES)
def test_recognises_how_dates_are_written(values: tuple[str, ...]) -> None:
    assert dates.date_format(values) == DATES[values]


def test_an_ambiguous_date_follows_the_habit_of_its_file() -> None:
    values = ["05/06/2024", "01/02/2024", "07/08/2024"]
    assert dates.date_format(values, day_first=True) == "%d/%m/%Y"
    assert dates.date_format(values) == "%m/%d/%Y"


@pytest.mark.parametrize("text", ["1", "-3.5", "1,234.50", "1.234,50 €", "€ 5", "$ 1'000", "12 %", "1 234,5"])
def test_recognises_numbers(text: str) -> None:
    assert dates.is_number(text)


@pytest.mark.parametrize("text", ["", "A1", "1-2", "192.168.1.1.1", "1.2.3", "north", "12:30"])
def test_does_not_take_codes_for_numbers(text: str) -> None:
    assert not dates.is_number(text)


def _peek(text: str) -> TextPeek:
    lines = text.split("\n")
    return TextPeek("a.csv", "utf-8-sig", len(lines), tuple(enumerate(lines, 1)))


SNIFFED: dict[str, dict[str, object]] = {
    "a,b\n1,2\n3,4": {},
    "a;b\n1,5;2\n3,5;4": {"sep": ";", "decimal": ","},
    "a\tb\n1\tx\n3\ty": {"sep": "\t"},
    "title\n\na|b\n1|2\n3|4": {"sep": "|", "skiprows": 1},
    "1,2\n3,4\n5,6": {"header": None, "names": ["column 1", "column 2"]},
    "name,2019,2020\na,1,2\nb,3,4": {},
    "a  b\n1   2.5\n3   4.5\n4 4": {"sep": r"\s+"},
    "a, b\n1, 2\n3, 4": {"skipinitialspace": True},
    'a,b\n"x, y",2\n"z",3': {},
}


@pytest.mark.parametrize("text", SNIFFED)
def test_finds_out_how_a_text_is_written(text: str) -> None:
    source = sniffing.text_source(_peek(text))
    assert source
    assert dict(source.options) == SNIFFED[text]


def test_a_leading_zero_makes_a_code_and_a_unit_needs_mending() -> None:
    source = sniffing.text_source(_peek("zip;price\n01234;1.234,50 €\n99999;7,00 €\nTotal;1.241,50 €"))
    assert source
    assert source.options["dtype"] == {"zip": "str"}
    assert source.numbers == ("price",)
    assert source.total


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1_234_567, "1.23 million"),
        (4210.7, "4,211"),
        (0.00312, "0.00312"),
        (float("nan"), "no number"),
        (-2e9, "-2.00 billion"),
    ],
)
def test_writes_numbers_as_people_do(value: float, said: str) -> None:
    assert texts.amount(value) == said


def test_names_are_made_harmless_for_prose() -> None:
    assert texts.said("a\nb `c` [d](e) *f* <g> 🚀") == r"a b 'c' \[d\](e) \*f\* \<g\>"
    assert texts.slug("Umsatz (€)", "nach Größe/€\n") == "umsatz_nach_größe"


def test_fences_are_found_and_written_whatever_they_hold() -> None:
    assert fences.blocks("~~~py\na\n~~~\n````python title\n```\n````\n") == [
        fences.Block("py", "a"),
        fences.Block("python", "```"),
    ]
    assert fences.blocks(fences.fenced("x = '```'\n````")) == [fences.Block("python", "x = '```'\n````")]
    assert fences.prose("before\n```\ncode\n```\nafter") == "before\nafter"


@pytest.mark.parametrize("why", ["time", "memory", "stopped", "lost", "something new"])
def test_a_killed_program_is_told_in_words(why: str) -> None:
    assert "ended because" in outcomes.failed(
        Reported(f"killed: {why.split()[0]} (3.0 s)\noutput: (none)", ok=False)
    )


def test_a_person_who_rejects_code_is_asked_what_to_do_instead() -> None:
    report = Reported(
        "killed: rejected (0.0 s)\nnote: Ada rejected this code: too slow. It was not run.", ok=False
    )
    said = outcomes.failed(report)
    assert said.startswith("Ada rejected this code: too slow. It was not run. Tell me what to do instead")


def test_a_report_that_is_none_is_quoted() -> None:
    assert "was not run: `Ada said no.`" in outcomes.failed(Reported("Ada said no.", ok=False))


def test_german_words_are_known_where_it_is_cheap() -> None:
    assert wishes.parse("umsatz im verlauf als balkendiagramm").over_time
    assert wishes.parse("durchschnitt nach region").how == "mean"


def test_a_percent_sign_stands_right_behind_its_number_as_in_what_programs_print() -> None:
    assert (texts.percent(1, 8), texts.percent(1, 0)) == ("12.5%", "0%")
    assert (texts.change(8, 9), texts.change(8, 7)) == ("+12.5%", "-12.5%")
    printed = [path.read_text() for path in Path(fences.__file__).with_name("code").glob("*.py")]
    assert not [code for code in printed if "} %" in code or "0 %" in code]

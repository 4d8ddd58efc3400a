"""HTML made of text that nobody vouches for: what shows, and what must never get through."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from bot.adapters.web.view import readable, sidebar
from bot.adapters.web.view.code import FOLD, MAX_OUTPUT, code, output, printable
from bot.adapters.web.view.entries import Thread
from bot.adapters.web.view.prose import prose
from bot.adapters.web.view.readable import AgentColours
from bot.adapters.web.view.table_preview import parse, preview
from bot.domain.events import CodeBlock, Message, RemoteFile, Stop
from bot.domain.participants import Person, ThreadRef
from bot.domain.posts import (
    HOST,
    AgentPost,
    ApprovalPost,
    CodePost,
    FilesPost,
    OutputPost,
    Post,
    QuestionPost,
    StatusPost,
    SummaryPost,
)
from bot.domain.turn_results import CodeBasis, EarlierBlock, Killed, RunResult
from bot.domain.views import Entry, SessionView, Status
from bot.domain.workspace_files import Artifact

TAGS = {
    *("a", "article", "bdi", "blockquote", "br", "button", "code", "del", "div", "em", "figcaption", "figure"),
    *(
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "i",
        "img",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "section",
        "span",
        "strong",
    ),
    *("table", "tbody", "td", "th", "thead", "time", "tr", "ul"),
}
EVIL = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:x)",
    "[x](file:///etc/passwd)",
    "[x](//evil.example)",
    "[x](/api/sessions)",
    "<javascript:alert(1)>",
    "![x](http://evil.example/pixel.png)",
    "![x](data:image/svg+xml;base64,AAAA)",
    '![x](http://e.example/"onerror="alert(1))',
    '[x](http://e.example/"onmouseover="alert(1))',
    "[![x](http://e.example/a.png)](javascript:alert(1))",
    "[![x](http://e.example/a.png)](http://e.example/)",
    "<a href='javascript:alert(1)'>x</a>",
    "<!-- --><style>*{display:none}</style>",
    '```"><script>alert(1)</script>\nx\n```',
    "```html\n</code></pre><script>alert(1)</script>\n```",
    "    <script>alert(1)</script>",
    "[a]: javascript:alert(1)\n\n[a]",
    "| <script> | x |\n|---|---|\n| <img src=x onerror=alert(1)> | [x](javascript:1) |",
    "# <img src=x onerror=alert(1)>",
    "`<script>alert(1)</script>`",
    "\x00<scr\x00ipt>alert(1)</script>",
    "'\"><script>alert(1)</script>",
    "{{ 7 * 7 }} ${7*7} {% raw %}",
]


class Harmless(HTMLParser):
    """Fails on any tag, attribute or address that could do something."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[dict[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        for name, value in attrs:
            assert not name.startswith("on"), name
            assert name not in ("style", "srcdoc", "action", "formaction", "srcset"), name
            if name in ("href", "src"):
                self._address(tag, name, str(value))
        if tag == "a":
            self.links.append(dict(attrs))

    def handle_data(self, data: str) -> None:
        self.text += data

    def _address(self, tag: str, name: str, value: str) -> None:
        own = value.startswith("/api/sessions/")
        assert own or (tag == "a" and value.lower().startswith(("http://", "https://"))), value
        assert own or name == "href", value


def harmless(html: str) -> Harmless:
    parser = Harmless()
    parser.feed(str(html))
    parser.close()
    return parser


def entry(item: Message | Stop | Post) -> Entry:
    return Entry(1, 1_700_000_000.0, item)


def thread(blob: Path | None = None) -> Thread:
    return Thread("s1", lambda session, digest: blob, AgentColours())


@pytest.mark.parametrize("text", EVIL)
def test_evil_text_is_harmless_wherever_it_stands(text: str) -> None:
    harmless(prose(text))
    person = Person(text, text)
    result = RunResult(1, text, 0.1, note=text)
    file = Artifact(text, "0" * 64, 5, text)
    items: list[Message | Stop | Post] = [
        Message("k", ThreadRef("web", "", "", ""), person, text, (RemoteFile(text, 1, text),)),
        Stop("k", ThreadRef("web", "", "", ""), person),
        AgentPost(text, text),
        CodePost(text, text, (CodeBlock(text, text),)),
        OutputPost(text, (result, result)),
        FilesPost(text, (file, Artifact(text + ".csv", "0" * 64, 5, "image/png"))),
        QuestionPost(text, text, text),
        StatusPost(text),
        SummaryPost("finished", text, 1, 1, 1, 1),
    ]
    page = thread()
    for item in items:
        harmless(page.render(entry(item)))


@given(st.text(max_size=300))
def test_any_text_is_harmless(text: str) -> None:
    harmless(prose(text))
    harmless(code(text, text))
    harmless(output(RunResult(0, text, 0.1)))


@given(st.text(alphabet="[]()!<>`\"' \n#*|-:javscript/http&;=x", max_size=200))
def test_any_markdown_is_harmless(text: str) -> None:
    harmless(prose(text))


def test_a_link_to_the_web_opens_elsewhere_and_tells_nothing() -> None:
    (link,) = harmless(prose("See [the docs](https://docs.example/a?b=1&c=2).")).links
    assert link == {
        "href": "https://docs.example/a?b=1&c=2",
        "target": "_blank",
        "rel": "noopener noreferrer nofollow",
    }


def test_a_picture_from_elsewhere_becomes_a_link() -> None:
    html = harmless(prose("![a chart](https://e.example/c.png) ![mine](chart.png) [data](sandbox:/mnt/data.csv)"))
    assert [link["href"] for link in html.links] == ["https://e.example/c.png"]
    assert html.text.split() == ["a", "chart", "mine", "data"]


def test_markdown_shows_what_it_means() -> None:
    html = prose("# Title\n\n**bold** ~~gone~~\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- x")
    for part in ("<h3>Title</h3>", "<strong>bold</strong>", "<s>gone</s>", "<td>1</td>", "<li>x</li>"):
        assert part in html


def test_code_is_highlighted_and_folded_past_twenty_lines() -> None:
    short, long = code("print(1)\n" * FOLD, "py"), code("print(1)\n" * (FOLD + 37), "python")
    assert 'class="nb"' in short
    assert "folded" not in short
    assert 'class="folded"' in long
    assert "Show all 57 lines" in long
    assert harmless(long).text.count("print(1)") == 57


def test_code_in_an_unknown_language_is_shown_as_it_is() -> None:
    assert harmless(code("<b>x</b>\n", "nonsense")).text.split() == ["nonsense", "Copy", "<b>x</b>"]


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (RunResult(0, "fine\n", 1.23), ["exit 0", "1.2 s", "fine"]),
        (RunResult(2, "", 65.0), ["exit 2", "1 min 5 s", "printed nothing"]),
        (RunResult(137, "part", 3.0, killed="memory"), ["ran out of memory", "part"]),
    ],
)
def test_output_says_how_it_ended(result: RunResult, words: list[str]) -> None:
    text = harmless(output(result)).text
    assert all(word in text for word in words)


@pytest.mark.parametrize("killed", get_args(Killed))
def test_every_way_to_be_killed_has_words(killed: Killed) -> None:
    assert "exit" not in harmless(output(RunResult(1, "", 1, killed=killed))).text


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("10%\r50%\r100%\n", "100%\n"),
        ("a\r\nb\r\n", "a\nb\n"),
        ("bell\x07", "bell�"),
        ("tab\tstays", "tab\tstays"),
    ],
)
def test_output_reads_as_in_a_terminal(printed: str, shown: str) -> None:
    assert printable(printed) == shown


def test_very_long_output_loses_its_middle_and_says_so() -> None:
    text = printable("a" * MAX_OUTPUT + "b" * 50_000)
    assert len(text) < MAX_OUTPUT + 100
    assert "50,000 characters are left out here" in text
    assert (text[0], text[-1]) == ("a", "b")


def test_a_card_names_earlier_code_in_which_no_tag_counts() -> None:
    basis = CodeBasis("i", (EarlierBlock(2, 1, "c" * 64, "x = '<b>'"),), 2)
    html = thread().render(entry(ApprovalPost("coder", (), "0" * 64, "q1", builds_on=basis)))
    assert "turn 2: x = &#39;&lt;b&gt;&#39;" in html
    assert "and 1 more before" in html


def test_an_agent_who_goes_on_is_named_once_for_the_eye() -> None:
    page = thread()
    first, second = (page.render(entry(AgentPost("product_manager", "x"))) for _ in range(2))
    assert "Product manager" in first
    assert "follows" not in first
    assert "follows" in second
    third = page.render(entry(AgentPost("coder", "x")))
    assert ("seat-0" in first, "seat-1" in third) == (True, True)


def test_the_same_thread_has_the_same_colours_after_a_reload() -> None:
    items = [entry(AgentPost(name, "x")) for name in ("a", "b", "c", "a", "c")]
    first, again = ([page.render(item) for item in items] for page in (thread(), thread()))
    assert first == again


def test_roundtable_takes_no_colour_of_the_team() -> None:
    page, file = thread(), Artifact("roundtable-session.ipynb", "1" * 64, 9, "application/json")
    said, gave = (page.render(entry(post)) for post in (AgentPost(HOST, "x"), FilesPost(HOST, (file,))))
    for html in (said, gave):
        assert '<div class="avatar seat-host" aria-hidden="true">R</div>' in html
    assert "seat-0" in page.render(entry(AgentPost("analyst", "x")))


def test_pictures_tables_and_downloads_of_files(tmp_path: Path) -> None:
    blob = tmp_path / "blob"
    blob.write_text("day;sales\n1;2,5\n2;3,5\n")
    files = (Artifact("a b.png", "1" * 64, 9, "image/png"), Artifact("t.csv", "2" * 64, 9, "text/csv"))
    html = thread(blob).render(entry(FilesPost("executor", files)))
    assert f'<img src="/api/sessions/s1/blobs/{"1" * 64}?name=a%20b.png" alt="a b.png">' in html
    assert '<td class="number">2,5</td>' in html
    assert html.count("download=") == 2


@pytest.mark.parametrize(
    ("data", "first"),
    [
        (b"a,b\n1,2\n", ["a", "b"]),
        (b"a;b;c\n1;2,5;3\n", ["a", "b", "c"]),
        (b"a\tb\n1\t2\n", ["a", "b"]),
        (b"a|b\n1|2\n", ["a", "b"]),
        ("\ufeffä,ö\n1,2\n".encode(), ["ä", "ö"]),
        ("ä,ö\n1,2\n".encode("cp1252"), ["ä", "ö"]),
        (b'"a,1",b\n"x\ny",2\n', ["a,1", "b"]),
        (b"only\n1\n2\n", ["only"]),
    ],
)
def test_a_table_is_read_whatever_its_separator(data: bytes, first: list[str]) -> None:
    assert parse(data, whole=True)[0] == first


@pytest.mark.parametrize("data", [b"", b"\x00\x01binary", b"PK\x03\x04\x00\x00", b"a" * 200_000])
def test_what_is_no_table_is_not_shown_as_one(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(data)
    assert preview(path, "x.csv") is None


def test_a_long_table_is_cut_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("\n".join(",".join(str(column) for column in range(50)) for _ in range(10_000)))
    html = preview(path, "x.csv")
    assert html is not None
    assert html.count("<tr>") == 21
    assert "The first 20 rows, 30 of 50 columns" in html


def test_a_table_that_is_gone_is_none(tmp_path: Path) -> None:
    assert preview(tmp_path / "none.csv", "none.csv") is None


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (readable.seconds(0.04), "0.0 s"),
        (readable.seconds(59.7), "1 min"),
        (readable.seconds(3_700), "1 h 1 min"),
        (readable.tokens(999), "999"),
        (readable.tokens(48_211), "48.2k"),
        (readable.tokens(1_204_000), "1.2M"),
        (readable.money(None), "unknown"),
        (readable.money(0.0), "$0.00"),
        (readable.money(0.00312), "$0.0031"),
        (readable.money(3.214), "$3.21"),
        (readable.many(1, "turn"), "1 turn"),
        (readable.many(1200, "turn"), "1,200 turns"),
        (readable.initials("product_manager"), "PM"),
        (readable.initials("  "), "·"),
        (readable.spoken("_"), "Agent"),
        (readable.clock(12.4), Markup('<time data-at="12"></time>')),
    ],
)
def test_figures_in_words(found: str, expected: str) -> None:
    assert found == expected


@pytest.mark.parametrize(
    ("status", "outcome", "words", "at"),
    [
        ("running", None, "At work", 100),
        ("waiting", None, "Waiting for you", 100),
        ("ended", "finished", "Done", 900),
        ("ended", "stopped", "Stopped", 900),
    ],
)
def test_the_list_tells_when_a_session_began_or_ended(
    status: Status, outcome: str | None, words: str, at: int
) -> None:
    where, who = ThreadRef("web", "", "page", "t"), Person("web", "you")
    view = SessionView("s1", where, "crew", "Sales", who, status, outcome, 100, 900, 3, 0, 0.0)
    assert f'{words} · <time data-at="{at}"></time>' in sidebar.session_row(view, current=False)

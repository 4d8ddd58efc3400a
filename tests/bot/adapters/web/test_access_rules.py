"""The gate's decisions, as tables."""

from __future__ import annotations

import pytest

from bot.adapters.web.access_rules import (
    AccessDecision,
    HttpRequestFacts,
    LogIn,
    Pass,
    Refuse,
    asked,
    rules,
    ticket,
    verdict,
)
from bot.domain.errors import OperatorError

TOKEN = "correct horse battery staple"
NOW = 1_800_000_000.0
HERE = "127.0.0.1:8080"
LOCAL = rules("127.0.0.1", 8080, "")
GUARDED = rules("0.0.0.0", 8080, TOKEN)


def kind(found: AccessDecision) -> int | str:
    """A verdict in one word."""
    match found:
        case Pass():
            return "pass"
        case LogIn():
            return "login"
        case Refuse(status):
            return status


def http(
    method: str = "GET", path: str = "/api/sessions", host: str | None = HERE, **more: str | None
) -> HttpRequestFacts:
    return HttpRequestFacts("http", method, path, host, **more)


def socket(host: str = HERE, **more: str | None) -> HttpRequestFacts:
    return HttpRequestFacts("websocket", "GET", "/_nicegui_ws/socket.io/", host, **more)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (http(), "pass"),
        (http(host="localhost:8080"), "pass"),
        (http(host="[::1]:8080"), "pass"),
        (http(host="localhost"), 403),
        (http(host="localhost:80"), 403),
        (http(host="127.0.0.1:8081"), 403),
        (http(host="rebound.example:8080"), 403),
        (http(host="127.0.0.1.example:8080"), 403),
        (http(host="localhost.:8080"), 403),
        (http(host=""), 403),
        (http(host=None), 403),
        (http("POST"), "pass"),
        (http("POST", origin=f"http://{HERE}"), "pass"),
        (http("POST", origin="http://localhost:8080"), 403),
        (http("POST", origin="http://evil.example"), 403),
        (http("POST", origin="http://127.0.0.1:3000"), 403),
        (http("POST", origin="null"), 403),
        (http("POST", origin=""), 403),
        (http("POST", origin=f"file://{HERE}"), 403),
        (http("POST", origin=f"http://evil@{HERE}"), 403),
        (http("POST", origin=f"http://{HERE}, http://evil.example"), 403),
        (http("GET", origin="http://evil.example"), 403),
        (http("POST", site="cross-site"), 403),
        (http("POST", site="same-site"), 403),
        (http("DELETE", site="cross-site"), 403),
        (http("POST", site="same-origin"), "pass"),
        (http("POST", site="none"), "pass"),
        (http("GET", site="cross-site"), "pass"),
        (socket(), "pass"),
        (socket(origin=f"http://{HERE}"), "pass"),
        (socket(origin="http://evil.example"), 403),
        (socket("rebound.example:8080"), 403),
    ],
)
def test_on_loopback_host_and_origin_decide(request_: HttpRequestFacts, expected: int | str) -> None:
    assert kind(verdict(LOCAL, request_, NOW)) == expected


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (http(), 401),
        (http(host="table.example"), 401),
        (http(bearer=TOKEN), "pass"),
        (http(host="table.example", bearer=TOKEN), "pass"),
        (http(bearer=TOKEN + "x"), 401),
        (http(bearer=""), 401),
        (http(cookie=ticket(TOKEN, int(NOW) + 60)), "pass"),
        (http(cookie=ticket(TOKEN, int(NOW) - 1)), 401),
        (http(cookie=ticket("another token altogether", int(NOW) + 60)), 401),
        (http(cookie=ticket(TOKEN, int(NOW) + 60).replace("1", "2", 1)), 401),
        (http(cookie=TOKEN), 401),
        (http(cookie="٣.x"), 401),
        (http(cookie="9" * 5000 + ".x"), 401),
        (http(bearer="wrong", cookie=ticket(TOKEN, int(NOW) + 60)), 401),
        (http(cookie=ticket(TOKEN, int(NOW) + 60), origin="http://evil.example"), 403),
        (http("POST", cookie=ticket(TOKEN, int(NOW) + 60), site="cross-site"), 403),
        (http(path="/"), "login"),
        (http(path="/s/abc"), "login"),
        (http("POST", path="/"), 401),
        (http(path="/_nicegui/3/static/nicegui.js"), 401),
        (http(path="/static/roundtable.js"), 401),
        (http(path="/login"), "pass"),
        (http(path="/healthz"), "pass"),
        (http(path="/readyz"), "pass"),
        (http(path="/readyz/../api/sessions"), 401),
        (socket(), 401),
        (socket(cookie=ticket(TOKEN, int(NOW) + 60)), "pass"),
        (socket(cookie=ticket(TOKEN, int(NOW) + 60), origin="http://evil.example"), 403),
    ],
)
def test_with_a_token_only_its_bearer_or_a_login_gets_in(request_: HttpRequestFacts, expected: int | str) -> None:
    assert kind(verdict(GUARDED, request_, NOW)) == expected


def test_headers_are_read_as_they_come() -> None:
    raw = [
        (b"Host", b"LOCALHOST:8080"),
        (b"Origin", b"http://localhost:8080"),
        (b"Authorization", b"bearer  abc "),
        (b"Cookie", b"a=b; roundtable=t; roundtable=u"),
        (b"Sec-Fetch-Site", b"same-origin"),
    ]
    found = asked("http", "GET", "/", raw)
    assert found == HttpRequestFacts(
        "http", "GET", "/", "localhost:8080", "http://localhost:8080", "same-origin", "abc", "t"
    )
    assert asked("http", "GET", "/", []).host is None
    assert asked("http", "GET", "/", [(b"host", b"a"), (b"host", b"b")]).host is None
    assert asked("http", "GET", "/", [(b"authorization", b"Basic abc")]).bearer is None


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost", "LOCALHOST"])
def test_loopback_needs_no_token(host: str) -> None:
    assert rules(host, 1, "").token == ""


def test_on_port_80_browsers_leave_the_port_out() -> None:
    assert kind(verdict(rules("127.0.0.1", 80, ""), http(host="localhost"), NOW)) == "pass"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.com", ""])
def test_anything_else_wants_one(host: str) -> None:
    with pytest.raises(OperatorError, match="ROUNDTABLE_API_TOKEN"):
        rules(host, 1, "")


def test_a_token_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(OperatorError, match="too short"):
        rules("0.0.0.0", 1, "secret")

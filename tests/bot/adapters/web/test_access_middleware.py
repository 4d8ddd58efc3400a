"""The gate and the login over real HTTP."""

from __future__ import annotations

import httpx
import pytest

from tests.bot.adapters.web.conftest import serve_api
from tests.fakes.web_harness import WebHarness

TOKEN = "correct horse battery staple"


async def test_every_answer_has_the_security_headers(http: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/api/nothing", "/api/docs"):
        headers = (await http.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]


async def test_a_foreign_site_cannot_start_a_session(http: httpx.AsyncClient, harness: WebHarness) -> None:
    for headers in ({"Origin": "http://evil.example"}, {"Host": "evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = await http.post("/api/sessions", json={"task": "x"}, headers=headers)
        assert answer.status_code == 403
        assert answer.json()["detail"].endswith(".")
    assert not harness.events


async def test_a_token_opens_the_api_as_bearer_and_nothing_without(harness: WebHarness) -> None:
    async with serve_api(harness.context(), TOKEN) as http:
        refused = await http.get("/api/sessions")
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        assert (await http.get("/api/sessions", headers={"Authorization": f"Bearer {TOKEN}"})).status_code == 200
        assert (await http.get("/healthz")).status_code == 200


async def test_a_login_sets_a_strict_cookie_without_the_token(harness: WebHarness) -> None:
    async with serve_api(harness.context(), TOKEN) as http:
        asked = await http.get("/s/abc")
        assert (asked.status_code, asked.headers["location"]) == (303, "/login?next=/s/abc")
        form = await http.get("/login?next=/s/abc")
        assert '<input id="token"' in form.text
        wrong = await http.post("/login?next=/s/abc", data={"token": "wrong"})
        assert (wrong.status_code, "set-cookie" in wrong.headers) == (401, False)
        right = await http.post("/login?next=/s/abc", data={"token": TOKEN})
        assert (right.status_code, right.headers["location"]) == (303, "/s/abc")
        cookie = right.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert "secure" not in cookie
        assert TOKEN not in cookie
        assert (await http.get("/api/sessions")).status_code == 200
        await http.post("/logout")
        assert (await http.get("/api/sessions")).status_code == 401


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "https://evil.example", "/x\r\ny", "javascript:1"]
)
async def test_logging_in_leads_to_no_other_site(harness: WebHarness, path: str) -> None:
    async with serve_api(harness.context(), TOKEN) as http:
        answer = await http.post("/login", params={"next": path}, data={"token": TOKEN})
        assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_behind_https_the_cookie_is_secure(harness: WebHarness) -> None:
    async with serve_api(harness.context(), TOKEN) as http:
        answer = await http.post("/login", data={"token": TOKEN}, headers={"X-Forwarded-Proto": "https"})
        assert "secure" in answer.headers["set-cookie"].lower()


async def test_five_wrong_tokens_in_a_minute_close_the_form(harness: WebHarness) -> None:
    async with serve_api(harness.context(), TOKEN) as http:
        statuses = [(await http.post("/login", data={"token": "wrong"})).status_code for _ in range(6)]
        assert statuses == [401] * 5 + [429]
        assert (await http.post("/login", data={"token": TOKEN})).status_code == 429


async def test_a_login_form_of_any_size_is_read_only_so_far(harness: WebHarness) -> None:
    async with serve_api(harness.context(), TOKEN) as http:
        assert (await http.post("/login", data={"token": "x" * 1_000_000})).status_code == 401

"""The page in Chromium: hostile text, hostile sites and strangers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, expect
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from bot.domain.events import CodeBlock
from bot.domain.participants import Hint
from bot.domain.posts import AgentPost, CodePost, FilesPost, OutputPost, QuestionPost
from bot.domain.turn_results import RunResult
from tests.bot.adapters.web.browser_windows import Windows
from tests.fakes import canned
from tests.fakes.web_harness import EXECUTOR, Served, WebHarness, serving

pytestmark = pytest.mark.browser

TOKEN = "a token that nobody guesses"
EVIL = (
    "<script>window.hit = 1</script><img src=x onerror='window.hit = 2'><svg onload='window.hit = 3'></svg>"
    "<iframe srcdoc='<script>parent.hit = 4</script>'></iframe> [a](javascript:window.hit=5) "
    "[b](data:text/html,<script>window.hit=6</script>) ![c](http://evil.example/pixel.png) "
    "<a href='javascript:window.hit=7'>d</a> </div></div><style>body{display:none}</style>${window.hit=8}`{{ 9 }}"
)


async def test_no_text_from_anywhere_runs_or_calls_out(
    open_window: Windows, harness: WebHarness, served: Served
) -> None:
    def evil_entries() -> None:
        harness.say(session, AgentPost(EVIL, EVIL))
        harness.say(session, CodePost("coder", f"```{EVIL}\n{EVIL}\n```\n{EVIL}", (CodeBlock("", EVIL),)))
        harness.say(session, OutputPost(EVIL, (RunResult(1, EVIL, 0.1, note=EVIL),)))
        harness.say(
            session, FilesPost(EXECUTOR, (picture, harness.keep(session, f"{EVIL}.csv", table, "text/csv")))
        )
        harness.say(session, QuestionPost(EVIL, EVIL, EVIL))
        canned.say(harness, session, EVIL)

    session = harness.open(EVIL)
    table = f'a,b\n"{EVIL.replace(chr(34), "")}",2\n'.encode()
    picture = harness.keep(session, f"{EVIL}.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png")
    evil_entries()
    await served.web.hint(harness.tables[session].view.thread, Hint(EVIL, EVIL))
    page = await open_window(f"/s/{session}")
    await expect(page.locator(".entry")).to_have_count(6)
    evil_entries()
    await expect(page.locator(".entry")).to_have_count(12)
    for link in await page.get_by_role("log").get_by_role("link").all():
        address = await link.get_attribute("href") or ""
        assert address.startswith(("http://evil.example/", f"/api/sessions/{session}/")), address
    assert await page.evaluate("window.hit ?? null") is None
    await expect(page.locator(".middle iframe, .middle style, .middle script, .middle [onerror]")).to_have_count(0)
    await expect(page.get_by_role("heading", level=1)).to_contain_text("<script>window.hit = 1</script>")


async def test_an_inline_handler_in_the_page_does_not_run(browser: Browser, url: str) -> None:
    page = await browser.new_page()
    await page.goto(url)
    await page.get_by_label("Your task").wait_for()
    async with page.expect_console_message(lambda line: "Content Security Policy" in line.text):
        await page.evaluate(
            "document.querySelector('.hello').innerHTML = '<img src=x onerror=\"window.hit = 1\">'"
        )
    assert await page.evaluate("window.hit ?? null") is None


async def test_another_site_in_the_same_browser_can_do_nothing(
    browser: Browser, url: str, harness: WebHarness
) -> None:
    session = harness.open("Target")
    async with linking(url) as elsewhere:
        page = await browser.new_page()
        await page.goto(elsewhere)
        tried = await page.evaluate(
            """async ([url, session]) => {
                const post = await fetch(`${url}/api/sessions/${session}/stop`, {method: "POST", mode: "no-cors"})
                    .then(() => "sent", () => "failed");
                const read = await fetch(`${url}/api/sessions`).then(() => "read", () => "failed");
                const address = url.replace("http", "ws") + "/_nicegui_ws/socket.io/?EIO=4&transport=websocket";
                const socket = await new Promise(done => {
                    const opened = new WebSocket(address);
                    opened.onopen = () => done("open");
                    opened.onerror = () => done("failed");
                });
                return [post, read, socket];
            }""",
            [url, session],
        )
    assert tried[1:] == ["failed", "failed"]
    assert not harness.events
    socket = f"{url.replace('http', 'ws')}/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
    with pytest.raises(InvalidStatus) as refused:
        await connect(socket, origin=Origin("http://evil.example"))
    assert refused.value.response.status_code == 403


@asynccontextmanager
async def linking(target: str) -> AsyncIterator[str]:
    """Another site, with a link to `target`: its address."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = f'<a href="{target}">There</a>'.encode()
        head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://localhost:{server.sockets[0].getsockname()[1]}/"


async def test_with_a_token_people_log_in_and_the_page_works(browser: Browser, harness: WebHarness) -> None:
    session = harness.open("Guarded")
    async with serving(harness, roundtable_api_token=TOKEN) as served:
        page = await browser.new_page()
        await page.goto(f"{served.url}/s/{session}")
        await page.get_by_label("Access token").fill("wrong")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_have_text("That is not this server's token.")
        await page.get_by_label("Access token").fill(TOKEN)
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/s/{session}")
        harness.say(session, AgentPost("coder", "Live over the socket"))
        await expect(page.get_by_text("Live over the socket")).to_be_visible()
        await page.get_by_label("Your message").fill("Sent with the cookie")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("log").get_by_text("Sent with the cookie")).to_be_visible()
        assert await page.evaluate("document.cookie") == ""
        assert TOKEN not in await page.content()
        await page.get_by_role("button", name="Log out").click()
        await expect(page.get_by_label("Access token")).to_be_visible()


async def test_a_login_holds_after_a_link_from_another_site(browser: Browser, harness: WebHarness) -> None:
    session = harness.open("Linked")
    page = await browser.new_page()
    async with (
        serving(harness, roundtable_api_token=TOKEN) as served,
        linking(f"{served.url}/s/{session}") as elsewhere,
    ):
        await page.goto(elsewhere)
        await page.get_by_role("link").click()
        await page.get_by_label("Access token").fill(TOKEN)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Linked")).to_be_visible()
        await page.goto(elsewhere)
        await page.get_by_role("link").click()
        await expect(page.get_by_role("heading", name="Linked")).to_be_visible()

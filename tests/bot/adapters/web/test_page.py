"""The page in Chromium: what people see and do on it."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from bot.domain.events import CodeBlock, Message, Stop
from bot.domain.participants import Hint
from bot.domain.posts import AgentPost, CodePost, FilesPost, OutputPost, SummaryPost
from bot.domain.turn_results import RunResult
from tests.bot.adapters.web.browser_windows import PHONE, Windows, no_sideways_scroll, png
from tests.bot.adapters.web.conftest import until
from tests.fakes import canned
from tests.fakes.web_harness import EXECUTOR, SALES, Served, WebHarness, serving

pytestmark = pytest.mark.browser


async def test_a_typed_task_becomes_a_session_whose_turns_appear(
    open_window: Windows, harness: WebHarness
) -> None:
    page = await open_window()
    await page.get_by_label("Your task").fill("Plot the share price")
    await page.get_by_text("crew", exact=True).click()
    await page.keyboard.press("Tab")
    await page.get_by_role("button", name="Start").click()
    await page.wait_for_url("**/s/*")
    (message,) = harness.events
    assert isinstance(message, Message)
    assert (message.text, message.team) == ("Plot the share price", "crew")
    session = page.url.rpartition("/")[2]
    code = "print(6 * 7)\n"
    harness.say(session, CodePost("coder", f"Let me see.\n\n```python\n{code}```", (CodeBlock("python", code),)))
    harness.say(session, OutputPost(EXECUTOR, (RunResult(0, "42\n", 0.3),)))
    chart = harness.keep(session, "chart.png", png(), "image/png")
    harness.say(session, FilesPost(EXECUTOR, (chart, harness.keep(session, "t.csv", b"a,b\n1,2\n", "text/csv"))))
    harness.say(session, SummaryPost("finished", "The team finished.", 12, 3, 1500, 0.01))
    harness.set(session, status="ended", outcome="finished")
    thread = page.get_by_role("log")
    await expect(thread.get_by_text("Plot the share price")).to_be_visible()
    await expect(thread.locator(".who")).to_have_text(["You", "Coder", "Executor", "Executor"])
    await expect(thread.locator(".ran code")).to_have_text("42\n")
    picture = thread.get_by_alt_text("chart.png")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("img => img.decode().then(() => img.naturalWidth)") == 320
    await expect(thread.get_by_role("cell", name="2")).to_be_visible()
    await expect(page.get_by_label("Summary")).to_contain_text("12 s · 3 turns · 1.5k tokens · $0.01")
    await expect(page.locator(".top .state")).to_have_text("Done")
    await expect(page.get_by_label("Session details").get_by_text("chart.png")).to_be_visible()


async def test_an_example_starts_with_one_click(open_window: Windows, harness: WebHarness) -> None:
    page = await open_window()
    await page.get_by_role("button", name="Google's share price").click()
    await page.wait_for_url("**/s/*")
    (message,) = harness.events
    assert isinstance(message, Message)
    assert message.text.startswith("Plot the Google share price")


async def test_an_example_has_its_file_and_one_click_follow_ups(open_window: Windows, harness: WebHarness) -> None:
    page = await open_window()
    await page.get_by_role("button", name="A year of sales").click()
    await page.wait_for_url("**/s/*")
    await page.get_by_label("Suggestions").get_by_role("button", name="Which product sells best?").click()
    await expect(page.get_by_label("Your message")).to_have_value("")
    task, follow_up = harness.events
    assert isinstance(task, Message)
    assert isinstance(follow_up, Message)
    assert (task.text, [(file.name, file.size) for file in task.files]) == (
        "Plot the sales by region",
        [("sales.csv", SALES.stat().st_size)],
    )
    assert follow_up.text == "Which product sells best?"


async def test_a_reload_and_a_second_window_show_the_same(open_window: Windows, harness: WebHarness) -> None:
    session = harness.open("Shared")
    harness.say(session, AgentPost("coder", "First"))
    one, two = await open_window(f"/s/{session}"), await open_window(f"/s/{session}")
    await one.get_by_label("Your message").fill("Hello, *both*")
    await one.keyboard.press("Enter")
    for page in (one, two):
        await expect(page.get_by_role("log").locator("em")).to_have_text("both")
    harness.say(session, AgentPost("coder", "Third"))
    for page in (one, two):
        await expect(page.get_by_role("log").get_by_text("Third")).to_be_visible()
    before = await one.get_by_role("log").inner_text()
    await one.reload()
    await expect(one.get_by_role("log").get_by_text("Third")).to_be_visible()
    await expect(one.locator("time:empty")).to_have_count(0)
    assert await one.get_by_role("log").inner_text() == before
    other = harness.open("A second session")
    for page in (one, two):
        await expect(page.get_by_role("link", name="A second session")).to_be_visible()
    harness.set(other, status="waiting")
    for page in (one, two):
        await expect(page.get_by_role("link", name="A second session")).to_contain_text("Waiting for you")


async def test_every_window_leaves_a_session_that_is_deleted(open_window: Windows, harness: WebHarness) -> None:
    session = harness.open("My secret task")
    harness.say(session, AgentPost("coder", "It is 42."))
    one, two = await open_window(f"/s/{session}"), await open_window(f"/s/{session}")
    button = one.get_by_role("button", name="Delete session")
    dialog = one.get_by_role("dialog", name="Delete this session, with everything said and made in it, for good?")
    for refuse in (dialog.get_by_role("button", name="Keep").click, partial(one.keyboard.press, "Escape")):
        await button.click()
        await expect(dialog).to_be_visible()
        await refuse()
        await expect(dialog).to_have_count(0)
    assert harness.events == []
    await button.click()
    await dialog.get_by_role("button", name="Delete").click()
    harness.gone(session)
    for page in (one, two):
        await page.wait_for_url(re.compile(r"/$"))
        await expect(page.get_by_text("My secret task")).to_have_count(0)
    assert [event.kind for event in harness.events] == ["erase"]


async def test_stop_stops_and_says_who(open_window: Windows, harness: WebHarness, served: Served) -> None:
    session = harness.open("Running")
    harness.say(session, AgentPost("coder", "Working"))
    await served.web.hint(harness.tables[session].view.thread, Hint("coder", "is writing"))
    page = await open_window(f"/s/{session}")
    await expect(page.get_by_role("status")).to_contain_text("Coder is writing")
    ticks = page.locator(".ticks")
    await expect(ticks).to_have_text(re.compile(r"^\d+ s$"))
    await expect(ticks).not_to_have_text(await ticks.inner_text())
    await page.get_by_role("button", name="Stop").click()
    await expect(page.get_by_role("log").get_by_text("You stopped the team")).to_be_visible()
    await expect(page.locator(".top .state")).to_have_text("Stopped")
    await expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    await expect(page.get_by_role("status")).to_have_text("")
    assert isinstance(harness.events[-1], Stop)


async def test_long_code_unfolds_and_folds_by_keyboard(open_window: Windows, harness: WebHarness) -> None:
    session = harness.open("Long code")
    code = "\n".join(f"line_{number} = {number}" for number in range(57)) + "\n"
    harness.say(session, CodePost("coder", f"```python\n{code}```", (CodeBlock("python", code),)))
    page = await open_window(f"/s/{session}")
    block = page.locator(".code pre")
    unfold = page.get_by_role("button", name="Show all 57 lines")
    folded = await block.bounding_box()
    await unfold.focus()
    await page.keyboard.press("Enter")
    fewer = page.get_by_role("button", name="Show fewer lines")
    await expect(fewer).to_be_focused()
    unfolded = await block.bounding_box()
    assert folded
    assert unfolded
    assert folded["height"] < 430
    assert unfolded["height"] > 1000
    await page.keyboard.press("Enter")
    await expect(unfold).to_be_focused()


async def test_files_are_attached_shown_and_sent(
    open_window: Windows, harness: WebHarness, tmp_path: Path
) -> None:
    session = harness.open("Files", status="ended")
    page = await open_window(f"/s/{session}")
    paths = [tmp_path / name for name in ("one.csv", "two <b>.csv")]
    for path in paths:
        path.write_text("a,b\n1,2\n")
    await page.locator(".box input[type=file]").set_input_files(paths)
    await expect(page.locator(".attached .chip bdi")).to_have_text(["one.csv", "two <b>.csv"])
    await page.get_by_role("button", name="Remove one.csv").click()
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator(".attached .chip")).to_have_count(0)
    await until(lambda: bool(harness.events))
    (message,) = harness.events
    assert isinstance(message, Message)
    assert [file.size for file in message.files] == [8]
    await expect(page.get_by_role("log").get_by_label("Attached files")).to_contain_text("two")


async def test_a_dropped_file_is_attached_unless_it_is_too_large(
    open_window: Windows, harness: WebHarness
) -> None:
    page = await open_window()
    drop = """size => {
        const carried = new DataTransfer();
        carried.items.add(new File([new Uint8Array(size)], "data.bin"));
        document.body.dispatchEvent(new DragEvent("drop", {dataTransfer: carried, bubbles: true}));
    }"""
    await page.get_by_label("Your task").wait_for()
    await page.evaluate(drop, 60_000_000)
    await expect(page.get_by_role("alert")).to_contain_text("may have 50 MB together")
    await page.evaluate(drop, 10)
    await expect(page.locator(".attached .chip bdi")).to_have_text(["data.bin"])
    await expect(page.get_by_role("alert")).to_have_count(0)


async def test_a_refusal_is_said_beside_the_box_and_the_text_stays(browser: Browser, url: str) -> None:
    page = await browser.new_page()
    await page.goto(url)
    await page.get_by_label("Your task").fill("refuse me")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_have_text("The engine refuses this.")
    await expect(page.get_by_label("Your task")).to_have_value("refuse me")


async def test_a_draft_survives_a_reload(open_window: Windows, harness: WebHarness) -> None:
    page = await open_window()
    await page.get_by_label("Your task").fill("half a thought")
    await page.reload()
    await expect(page.get_by_label("Your task")).to_have_value("half a thought")


async def test_a_picture_is_enlarged_and_escape_closes_it(open_window: Windows, harness: WebHarness) -> None:
    session = harness.open("Picture")
    harness.say(session, FilesPost(EXECUTOR, (harness.keep(session, "chart.png", png(), "image/png"),)))
    page = await open_window(f"/s/{session}")
    await page.get_by_role("button", name="Enlarge chart.png").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_phone_needs_no_sideways_scroll(open_window: Windows, harness: WebHarness, scheme: str) -> None:
    session = harness.open("A title that is much longer than any phone is wide " * 3)
    code = "x = '" + "wide " * 60 + "'\n"
    harness.say(session, CodePost("coder", f"{'w' * 200}\n\n```python\n{code}```", (CodeBlock("python", code),)))
    harness.say(session, OutputPost(EXECUTOR, (RunResult(1, "y" * 500, 0.1),)))
    wide = ",".join(f"column {number}" for number in range(30)).encode() + b"\n" + b"1," * 29 + b"1\n"
    files = (
        harness.keep(session, "f" * 150 + ".csv", wide, "text/csv"),
        harness.keep(session, "p.png", png(1200), "image/png"),
    )
    harness.say(session, FilesPost(EXECUTOR, files))
    harness.say(session, AgentPost("coder", "| " + " | ".join(map(str, range(40))) + " |\n" + "|---" * 40 + "|\n"))
    page = await open_window(f"/s/{session}", PHONE, scheme)
    await expect(page.get_by_role("log").get_by_text("coder", exact=False).first).to_be_visible()
    await page.get_by_alt_text("p.png").wait_for()
    await no_sideways_scroll(page)
    await page.get_by_role("button", name="Show sessions").click()
    await expect(page.get_by_role("link", name="New task")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("link", name="New task")).not_to_be_visible()
    await page.get_by_role("button", name="Show files and cost").click()
    await expect(page.get_by_role("heading", name="Cost")).to_be_visible()
    ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, ground[4:-1].split(","))) < 200) == (scheme == "dark")
    await page.goto(page.url.partition("/s/")[0])
    await page.get_by_label("Your task").wait_for()
    await no_sideways_scroll(page)


async def test_everything_is_reached_by_keyboard(open_window: Windows, harness: WebHarness) -> None:
    harness.open("Older session")
    page = await open_window()
    await expect(page.get_by_label("Your task")).to_be_focused()
    seen = []
    for _ in range(16):
        await page.keyboard.press("Tab")
        seen.append(await page.evaluate("document.activeElement.innerText || document.activeElement.value || ''"))
    words = " ".join(seen)
    for expected in (
        "Attach files",
        "Start",
        "analyst",
        "Google's share price",
        "New task",
        "Older session",
        "API",
    ):
        assert expected in words, (expected, seen)
    await page.get_by_role("button", name="Tell irises apart").focus()
    outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


async def test_a_long_thread_loads_fast_and_only_grows(open_window: Windows, harness: WebHarness) -> None:
    session = canned.long(harness)
    page = await open_window(f"/s/{session}")
    await expect(page.locator(".entry")).to_have_count(298)
    scroll = page.locator("#scroll")
    await expect(page.get_by_text("Month 99 looks")).to_be_in_viewport()
    await page.evaluate("document.querySelectorAll('.entry').forEach(node => node.kept = true)")
    harness.say(session, AgentPost("analyst", "One more"))
    await expect(page.get_by_text("One more")).to_be_in_viewport()
    assert await page.evaluate("[...document.querySelectorAll('.entry')].filter(node => node.kept).length") == 298
    await scroll.evaluate("node => node.scrollTo(0, 1000)")
    await expect(page.get_by_text("Month 99 looks")).not_to_be_in_viewport()
    harness.say(session, AgentPost("analyst", "And another"))
    await expect(page.locator(".entry")).to_have_count(300)
    assert await scroll.evaluate("node => node.scrollTop") == 1000
    timing = await page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    assert timing < 5000


async def test_the_end_stays_in_sight_while_pictures_come_in(open_window: Windows, harness: WebHarness) -> None:
    session = harness.open("Pictures")
    page = await open_window(f"/s/{session}")
    await page.get_by_label("Your message").wait_for()
    for number in range(12):
        files = [
            harness.keep(session, f"{number}-{each}.png", png(600, 400 + number), "image/png") for each in range(2)
        ]
        harness.say(session, FilesPost(EXECUTOR, tuple(files)))
        await page.wait_for_timeout(40)
    harness.say(session, SummaryPost("finished", "That was the last.", 1, 1, 1, 0.0))
    await expect(page.locator("#scroll img")).to_have_count(24)
    await page.wait_for_function("[...document.querySelectorAll('#scroll img')].every(img => img.complete)")
    await expect(page.get_by_text("That was the last.")).to_be_in_viewport()


async def test_an_unknown_session_says_so(browser: Browser, url: str) -> None:
    page = await browser.new_page()
    for path in ("/s/none", "/nowhere"):
        answer = await page.goto(url + path)
        assert answer
        assert answer.status == 404
        await expect(page.get_by_role("link", name="New task")).to_be_visible()


async def test_a_page_comes_back_by_itself_when_the_server_does(browser: Browser, harness: WebHarness) -> None:
    session = harness.open("Restarted")
    page = await browser.new_page()
    async with serving(harness) as served:
        await page.goto(f"{served.url}/s/{session}")
        await page.get_by_label("Your message").fill("not sent yet")
    harness.say(session, AgentPost("coder", "Said meanwhile"))
    await expect(page.locator("#popup")).to_be_visible()
    async with serving(harness, roundtable_web_port=int(served.url.rpartition(":")[2])):
        await expect(page.get_by_text("Said meanwhile")).to_be_visible(timeout=20_000)
        await expect(page.get_by_label("Your message")).to_have_value("not sent yet")

"""A person at the page of the whole Roundtable: the demo model, the real sandbox, Chromium."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.bot.adapters.web.browser_windows import browser
from tests.e2e.process import ROOT, up

__all__ = ["browser"]

pytestmark = [pytest.mark.docker, pytest.mark.browser]

PATIENCE = 60_000


async def test_a_task_typed_on_the_page_becomes_a_chart_that_survives_a_reload(
    tmp_path: Path, browser: Browser
) -> None:
    async with up(tmp_path / "work") as roundtable:
        page = await browser.new_page(viewport={"width": 1400, "height": 1000})
        await page.goto(roundtable.url)
        await page.get_by_role("textbox").fill("Plot the revenue by region")
        await page.set_input_files("input[type=file]", ROOT / "examples" / "sales.csv")
        await page.get_by_role("textbox").press("Enter")
        await expect(page.get_by_text("The team has finished.")).to_be_visible(timeout=PATIENCE)
        chart = page.get_by_role("log").get_by_role("img").last
        await expect(chart).to_be_visible()
        await expect(page.get_by_role("log")).to_contain_text("South leads")
        await chart.evaluate("image => image.decode()")

        await page.reload()
        await expect(page.get_by_text("The team has finished.")).to_have_count(1, timeout=PATIENCE)
        await expect(page.get_by_role("log").get_by_role("img").last).to_be_visible()
        await page.context.close()


async def test_code_is_approved_rejected_and_edited_on_the_page(tmp_path: Path, browser: Browser) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('code_approval = "always"\n', encoding="utf-8")
    async with up(tmp_path / "work", ROUNDTABLE_POLICY=str(policy)) as roundtable:
        page = await browser.new_page()
        card, log = page.get_by_role("group", name="May this code run?"), page.get_by_role("log")

        async def begin() -> None:
            session = await roundtable.start("```python\nprint(6 * 7)\n```")
            await page.goto(f"{roundtable.url}/s/{session}")

        await begin()
        await card.get_by_role("button", name="Approve", exact=True).click(timeout=PATIENCE)
        await expect(log.locator(".ran code")).to_have_text("42\n", timeout=PATIENCE)
        await expect(card).to_contain_text("Approved by you.")
        await expect(page.get_by_text("The team has finished.")).to_be_visible(timeout=PATIENCE)

        await begin()
        await card.get_by_role("button", name="Reject").click(timeout=PATIENCE)
        await card.get_by_label("Reason").fill("too slow")
        await card.get_by_role("button", name="Reject and say why").click()
        await expect(card.first).to_contain_text("Rejected by you: too slow. It was not run.", timeout=PATIENCE)
        await expect(log).to_contain_text("too slow", timeout=PATIENCE)

        await begin()
        await card.get_by_role("button", name="Edit").click(timeout=PATIENCE)
        await card.get_by_label("The code as it is to run").fill("print(6 * 8)\n")
        await card.get_by_role("button", name="Run the edited code").click()
        await expect(log.locator(".ran code")).to_have_text("48\n", timeout=PATIENCE)
        await expect(card.first).to_contain_text("Edited by you")
        instead = page.get_by_role("group", name="Code in place of the team's")
        await expect(instead).to_contain_text("You changed the code: this runs now.")
        await expect(instead).not_to_contain_text("wants to run")
        await page.context.close()


async def test_the_stop_button_ends_code_that_runs(tmp_path: Path, browser: Browser) -> None:
    async with up(tmp_path) as roundtable:
        page = await browser.new_page()
        await page.goto(roundtable.url)
        await page.get_by_role("textbox").fill("```python\nimport time\ntime.sleep(600)\n```")
        await page.get_by_role("button", name="Start").click()
        await expect(page.get_by_text("is at work")).to_be_visible(timeout=PATIENCE)
        await page.get_by_role("button", name="Stop").click()
        await expect(page.get_by_text("Stopped by you.")).to_be_visible(timeout=PATIENCE)
        await page.context.close()

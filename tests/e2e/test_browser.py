"""A person at the page of the whole Roundtable: the demo model, the real sandbox, Chromium.

With SCREENSHOT_TO=docs/screenshot.png the picture of the README is made anew.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.bot.adapters.web.windows import browser
from tests.e2e.process import ROOT, up

__all__ = ["browser"]

pytestmark = [pytest.mark.docker, pytest.mark.browser]

PATIENCE = 60_000


async def test_a_task_typed_on_the_page_becomes_a_chart_that_survives_a_reload(
    tmp_path: Path, browser: Browser
) -> None:
    picture = Path(os.environ.get("SCREENSHOT_TO", tmp_path / "screenshot.png"))
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
        await chart.scroll_into_view_if_needed()
        await page.screenshot(path=picture)

        await page.reload()
        await expect(page.get_by_text("The team has finished.")).to_have_count(1, timeout=PATIENCE)
        await expect(page.get_by_role("log").get_by_role("img").last).to_be_visible()
        await page.context.close()
    assert len(await asyncio.to_thread(picture.read_bytes)) > 20_000


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

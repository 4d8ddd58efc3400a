"""Records docs/session.gif: a real session on the page, from the task to the finding.

    .venv/bin/python -m scripts.record_session [TASK [FILE]]

It serves a Roundtable with the demo on a port and a work directory of its own, and drives it in Chromium. Needs
Docker with the sandbox's image, and Chromium.
"""

from __future__ import annotations

import asyncio
import io
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from PIL import Image
from playwright.async_api import Page, async_playwright, expect

from tests.e2e.process import ROOT, up

PICTURE = ROOT / "docs/session.gif"
TASK, FILE = "Plot the sales by region", ROOT / "examples/sales.csv"
LARGEST = 1_000_000
"""Bytes; more than that is no picture for a README."""

_VIEW = 1120, 920
_COLOURS = 200
_SHORTEST, _LONGEST, _LAST = 0.1, 0.9, 6.0
"""Seconds that a frame is shown: however little or much happened, and the last one."""
_PATIENCE = 120_000.0
_FLAGS = ["--no-sandbox", "--disable-gpu", "--hide-scrollbars"]


@dataclass
class Film:
    """Frames with the second at which each was taken; one that shows nothing new is left out."""

    page: Page
    frames: list[tuple[float, bytes]] = field(default_factory=list)

    async def shoot(self) -> None:
        """Take a frame."""
        frame = await self.page.screenshot(animations="disabled", caret="hide")
        if not self.frames or self.frames[-1][1] != frame:
            self.frames.append((time.monotonic(), frame))

    async def until(self, awaited: asyncio.Future[object]) -> None:
        """Take frames until something has happened."""
        while not awaited.done():
            await self.shoot()
            await asyncio.sleep(0.1)
        await awaited
        await self.shoot()

    def save(self, path: Path) -> None:
        """Write a GIF that repeats; all frames share one palette, so that what stands still stays the same."""
        moments = [moment for moment, _ in self.frames]
        shown = [min(max(then - now, _SHORTEST), _LONGEST) for now, then in pairwise(moments)]
        images = [Image.open(io.BytesIO(frame)).convert("RGB") for _, frame in self.frames]
        palette = _palette(images)
        first, *others = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
        milliseconds = [round(seconds * 1000) for seconds in [*shown, _LAST]]
        first.save(path, save_all=True, append_images=others, duration=milliseconds, loop=0, optimize=True)


def _palette(images: list[Image.Image]) -> Image.Image:
    """The most frequent colours of all frames, so that areas of one colour keep exactly theirs."""
    counted: Counter[bytes] = Counter()
    for image in images:
        pixels = image.tobytes()
        counted.update(pixels[at : at + 3] for at in range(0, len(pixels), 3))
    palette = Image.new("P", (1, 1))
    palette.putpalette(b"".join(colour for colour, _ in counted.most_common(_COLOURS)))
    return palette


async def record(url: str, task: str, file: Path, path: Path) -> None:
    """Give the task on the page and film it until the team has finished."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_FLAGS)
        page = await browser.new_page(viewport={"width": _VIEW[0], "height": _VIEW[1]})
        await page.goto(url)
        film = Film(page)
        box = page.get_by_role("textbox")
        await page.set_input_files("input[type=file]", file)
        await expect(page.get_by_text(file.name)).to_be_visible()
        await film.shoot()
        for end in range(4, len(task) + 4, 4):
            await box.fill(task[:end])
            await film.shoot()
        await box.press("Enter")
        done = expect(page.get_by_text("The team has finished.")).to_be_visible(timeout=_PATIENCE)
        await film.until(asyncio.ensure_future(done))
        await _look_at_the_result(page, film)
        await browser.close()
    film.save(path)


async def _look_at_the_result(page: Page, film: Film) -> None:
    """Scroll until chart and finding are seen."""
    chart = page.get_by_role("log").get_by_role("img").last
    await chart.evaluate("image => image.decode()")
    await chart.evaluate(
        "image => { image.style.scrollMarginTop = '2rem'; image.scrollIntoView({block: 'start'}) }"
    )
    await film.shoot()


async def main(task: str = TASK, file: str = str(FILE)) -> None:
    """Serve, record and end."""
    with tempfile.TemporaryDirectory() as folder:
        async with up(Path(folder), ROUNDTABLE_MODEL="demo", ROUNDTABLE_SANDBOX_POOL="1") as roundtable:
            while (await roundtable.http.get("/readyz")).is_error:  # noqa: ASYNC110  (nothing tells us)
                await asyncio.sleep(0.5)
            await record(roundtable.url, task, Path(file), PICTURE)
    size = PICTURE.stat().st_size
    print(f"{PICTURE.relative_to(ROOT)}: {size / 1000:.0f} kB")  # noqa: T201
    if size > LARGEST:
        raise SystemExit("That is too large: record a shorter session.")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))

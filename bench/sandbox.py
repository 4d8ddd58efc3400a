"""How fast the sandbox is beside AutoGen's DockerCommandLineCodeExecutor on the same image, and what it costs.

    python -m bench.sandbox

Both take the same steps in alternation, so that a busy machine is busy for both. Ours includes the list of changed
files and their bytes, fsynced; the rival's files are read from its bind mount. Prints medians in milliseconds and
ratios with their targets, then what a run costs beside variables that are kept, what happens when many sessions
ask at once, and the memory of one sandbox.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import docker
from autogen_core import CancellationToken
from autogen_core.code_executor import CodeBlock
from autogen_ext.code_executors.docker import DockerCommandLineCodeExecutor
from docker.errors import NotFound

from bot.ports import Sandbox
from bot.sandbox.docker import DockerSandboxes
from bot.sandbox.workspace import Blobs, session_folder
from bot.settings import Settings, load

RUNS = 20
POOL = 2
AT_ONCE = 50
HELD = 10
CHART = """
import pandas as pd
import matplotlib.pyplot as plt
frame = pd.DataFrame({"month": range(12), "sales": [n * n %% 17 for n in range(12)]})
frame.plot.bar(x="month", y="sales")
plt.savefig("chart.png")
print(%d)
"""
SLEEP = "import time; print('on', flush=True); time.sleep(600)"


class Rival:
    """AutoGen's executor on our image, with a folder that the image's user may write to."""

    def __init__(self, image: str) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.work_dir = Path(self._folder.name)
        self.work_dir.chmod(0o777)
        self.executor = DockerCommandLineCodeExecutor(image, work_dir=self.work_dir, stop_container=False)

    async def run(self, code: str) -> None:
        result = await self.executor.execute_code_blocks([CodeBlock(code, "python")], CancellationToken())
        assert result.exit_code == 0, result.output

    async def chart(self, number: int) -> None:
        await self.run(CHART % number)
        assert (self.work_dir / "chart.png").read_bytes().startswith(b"\x89PNG")

    async def stop(self) -> float:
        before = time.perf_counter()
        await self.executor.stop()
        return time.perf_counter() - before

    def clear_away(self, client: docker.DockerClient) -> None:
        """What it leaves behind when a measurement fails, and when its own stop does."""
        with suppress(NotFound):
            client.containers.get(self.executor.container_name).remove(force=True)
        self._folder.cleanup()


async def filled(sandboxes: DockerSandboxes) -> None:
    """Come back when the pool is full."""
    while sandboxes.supply.ready < POOL:  # noqa: ASYNC110  (nobody but a bench needs to be told)
        await asyncio.sleep(0.05)


async def seconds(work: Awaitable[object]) -> float:
    before = time.perf_counter()
    await work
    return time.perf_counter() - before


async def ours(sandbox: Sandbox, code: str) -> None:
    result = await sandbox.run(code, "python", 60)
    assert result.ok, result
    await sandbox.changed()


async def our_chart(sandbox: Sandbox, blobs: Blobs, number: int) -> None:
    result = await sandbox.run(CHART % number + "import os; os.utime('chart.png')", "python", 60)
    assert result.ok, result
    files = (await sandbox.changed()).files
    for file in files:
        assert blobs.read(file.digest).startswith(b"\x89PNG")


async def first_result(sandboxes: DockerSandboxes, closing: list[float]) -> float:
    """Of a new session; how long its end kept the session waiting goes to `closing`."""
    before = time.perf_counter()
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(sandboxes.open(f"new-{uuid.uuid4().hex}", ()))
        await ours(sandbox, "print(1)")
        took = time.perf_counter() - before
        closing.append(await seconds(stack.aclose()))
    return took


async def our_stop(sandbox: Sandbox) -> float:
    """From the call to the end of every process that the program had started."""
    running = asyncio.create_task(sandbox.run(SLEEP, "python", 600))
    await asyncio.sleep(0.2)
    before = time.perf_counter()
    await sandbox.kill()
    result = await running
    took = time.perf_counter() - before
    assert result.killed == "stopped", result
    return took


def show(name: str, mine: list[float], theirs: list[float], target: float) -> None:
    a, b = statistics.median(mine), statistics.median(theirs)
    verdict = "met" if a <= b * target else "MISSED"
    print(f"{name:34} {a * 1e3:10.1f} {b * 1e3:10.1f}      1/{b / a:<7.1f} 1/{1 / target:<5.0f} {verdict}")


@contextmanager
def made_rivals(image: str) -> Iterator[list[Rival]]:
    rivals = [Rival(image) for _ in range(RUNS)]
    try:
        yield rivals
    finally:
        with closing(docker.from_env()) as client:
            for rival in rivals:
                rival.clear_away(client)


async def compare(rivals: list[Rival], sandboxes: DockerSandboxes, work_dir: Path) -> None:
    mine: list[float] = []
    theirs: list[float] = []
    closing: list[float] = []
    for rival in rivals:
        await filled(sandboxes)
        mine.append(await first_result(sandboxes, closing))
        theirs.append(await seconds(rival.executor.start()) + await seconds(rival.run("print(1)")))
    print("medians in ms                            ours      rival      ratio     target")
    show("first result of a new session", mine, theirs, 1 / 40)
    warm, chart = await warm_runs(sandboxes, rivals[0], work_dir)
    show("warm print(1)", *warm, 1 / 9)
    show("chart to PNG, in the bot's hands", *chart, 1 / 9)
    async with sandboxes.open("stop", ()) as sandbox:
        mine = [await our_stop(sandbox) for _ in range(RUNS)]
    show("stop: every process dead", mine, await asyncio.gather(*(rival.stop() for rival in rivals)), 1 / 30)
    print(f"closing a session keeps it waiting {statistics.median(closing) * 1e3:.1f} ms")


async def warm_runs(
    sandboxes: DockerSandboxes, rival: Rival, work_dir: Path
) -> tuple[tuple[list[float], list[float]], tuple[list[float], list[float]]]:
    blobs = Blobs(session_folder(work_dir, "warm"))
    warm: tuple[list[float], list[float]] = ([], [])
    chart: tuple[list[float], list[float]] = ([], [])
    async with sandboxes.open("warm", ()) as sandbox:
        await asyncio.gather(our_chart(sandbox, blobs, 0), rival.chart(0))
        for number in range(1, RUNS + 1):
            code = f"print({number})"
            warm[0].append(await seconds(ours(sandbox, code)))
            warm[1].append(await seconds(rival.run(code)))
        for number in range(1, RUNS + 1):
            chart[0].append(await seconds(our_chart(sandbox, blobs, number)))
            chart[1].append(await seconds(rival.chart(number)))
    return warm, chart


async def kept_data(sandboxes: DockerSandboxes) -> None:
    """What a run costs beside variables that are kept: with time between the runs for the copy, and without."""
    for name, code in (("a number", "x = 1"), ("500 MB of floats", "import numpy\nx = numpy.ones(62_500_000)")):
        async with sandboxes.open(f"kept-{uuid.uuid4().hex}", ()) as sandbox:
            await ours(sandbox, code)
            medians = []
            for pause in (0.05, 0):
                took = []
                for _ in range(RUNS):
                    await asyncio.sleep(pause)
                    took.append(await seconds(ours(sandbox, "print(1)")))
                medians.append(statistics.median(took) * 1e3)
            sandbox.discard()
        print(f"print(1) beside {name}: {medians[0]:.1f} ms with 50 ms between runs, {medians[1]:.1f} ms without")


async def crowd(sandboxes: DockerSandboxes) -> None:
    """Every session asks for a sandbox at the same moment; each lets its own go after one run."""

    async def one(number: int) -> float:
        before = time.perf_counter()
        async with sandboxes.open(f"crowd-{number}", ()) as sandbox:
            result = await sandbox.run("print(1)", "python", 60)
            assert result.output == "1\n", result
            return time.perf_counter() - before

    before = time.perf_counter()
    took = sorted(await asyncio.gather(*(one(number) for number in range(AT_ONCE))))
    wall = time.perf_counter() - before
    print(
        f"{AT_ONCE} sessions at once on {os.cpu_count()} cores: none failed; first result after"
        f" {took[0]:.1f} s, median {statistics.median(took):.1f} s, last {took[-1]:.1f} s;"
        f" {AT_ONCE / wall:.1f} a second; {sandboxes.supply.misses} found the pool empty"
    )


async def memory(client: docker.DockerClient, sandboxes: DockerSandboxes, installation: str) -> None:
    await filled(sandboxes)
    before = available()
    async with AsyncExitStack() as stack:
        for number in range(HELD):
            sandbox = await stack.enter_async_context(sandboxes.open(f"held-{number}", ()))
            await ours(sandbox, "print(1)")
        await filled(sandboxes)
        each = (before - available()) / HELD
        mine = client.containers.list(filters={"label": f"roundtable.installation={installation}"})
        used = [usage(client, str(container.id)) for container in mine]
    print(
        f"one idle sandbox: {statistics.median(used) / 1e6:.0f} MB in its cgroup, {each / 1e6:.0f} MB of the host;"
        f" {1e9 / each:.1f} sessions a GB"
    )


def usage(client: docker.DockerClient, container: str) -> int:
    """Bytes in a container's cgroup."""
    stats: dict[str, Any] = client.api.stats(container, stream=False)
    return int(stats["memory_stats"]["usage"])


def available() -> int:
    """Bytes of memory that the machine could still give away."""
    fields = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    return int(fields["MemAvailable"].split()[0]) * 1024


async def measure(part: Callable[[DockerSandboxes, str, Path], Awaitable[None]], settings: Settings) -> None:
    installation = f"bench-{uuid.uuid4().hex}"
    with tempfile.TemporaryDirectory() as folder:
        async with DockerSandboxes(settings, Path(folder), installation) as sandboxes:
            await part(sandboxes, installation, Path(folder))


async def main() -> None:
    settings = load().model_copy(update={"roundtable_sandbox_pool": POOL})
    client = docker.from_env()
    # AutoGen's stops, all at once, would else stand in line for asyncio's few threads and seem slow.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2 * RUNS))
    with made_rivals(settings.roundtable_sandbox_image) as rivals:
        await measure(lambda sandboxes, _, folder: compare(rivals, sandboxes, folder), settings)
    await measure(lambda sandboxes, _installation, _folder: kept_data(sandboxes), settings)
    await measure(lambda sandboxes, _installation, _folder: crowd(sandboxes), settings)
    await measure(lambda sandboxes, installation, _: memory(client, sandboxes, installation), settings)


if __name__ == "__main__":
    asyncio.run(main())

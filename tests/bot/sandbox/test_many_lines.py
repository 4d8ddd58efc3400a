"""Output of many lines travels in few frames, and none of it is lost or late."""

from __future__ import annotations

import pytest

from bot.sandbox.session import DockerSandbox

pytestmark = [pytest.mark.docker, pytest.mark.asyncio(loop_scope="module")]

COUNT_FRAMES = """
import os, signal, time
from roundtable_driver.child import Child
from roundtable_driver.program import Program
from roundtable_driver.wire import FrameWire

class CountingWire(FrameWire):
    frames, taken = 0, b""
    def data(self, chunk):
        self.frames += 1
        self.taken += chunk

deaths, wake_up = os.pipe()
output, write = os.pipe()
for end in (deaths, wake_up, output):
    os.set_blocking(end, False)
signal.set_wakeup_fd(wake_up)
signal.signal(signal.SIGCHLD, lambda *_: None)
pid = os.fork()
if not pid:
    for n in range(20_000):
        os.write(write, b"%d\\n" % n)
    os._exit(0)
os.close(write)
wire = CountingWire(os.pipe()[0], -1)
program = Program(wire, deaths, Child(pid, -1, output), 10**6, None)
program.watch(time.monotonic() + 20)
while program.pass_on():
    pass
print(program.status, wire.taken == b"".join(b"%d\\n" % n for n in range(20_000)), wire.frames < 1_000)
"""


async def test_lines_that_come_fast_share_frames(sandbox: DockerSandbox) -> None:
    result = await sandbox.run(COUNT_FRAMES, "python", 30)
    assert result.output == "0 True True\n"


@pytest.mark.parametrize("end", ["while True: pass", "import time; time.sleep(60)", "import os; os._exit(0)"])
async def test_what_was_printed_last_arrives(sandbox: DockerSandbox, end: str) -> None:
    result = await sandbox.run(f"for n in range(300): print(n)\n{end}", "python", 0.5)
    assert result.output.split() == [str(n) for n in range(300)]

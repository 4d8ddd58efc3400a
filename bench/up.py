"""How fast `roundtable up` serves its page, and what it costs while nothing happens.

    python -m bench.up

Prints the seconds from start to the page's first answer, the share of a core and the memory of the idle process.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

_IDLE = 20.0
_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    with tempfile.TemporaryDirectory() as work_dir:
        settings = {"ROUNDTABLE_WORK_DIR": work_dir, "ROUNDTABLE_WEB_PORT": "0", "PYTHONUNBUFFERED": "1"}
        started = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "up"], env=os.environ | settings, stdout=subprocess.PIPE, text=True
        )
        try:
            url = _url(process)
            _get(url)
            print(f"page served after {time.monotonic() - started:.2f} s (target: 5 s)")
            while b"loading" in _get(f"{url}/readyz"):
                time.sleep(0.2)
            print(f"ready after {time.monotonic() - started:.2f} s")
            time.sleep(5)
            _report_idle(process.pid)
        finally:
            process.terminate()
            process.wait()


def _url(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"http://\S+", line):
            return found[0]
    raise SystemExit("roundtable up ended by itself")


def _get(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        return error.read()


def _report_idle(pid: int) -> None:
    before = _cpu_seconds(pid)
    time.sleep(_IDLE)
    share = (_cpu_seconds(pid) - before) / _IDLE
    resident = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert resident is not None
    print(f"idle: {share:.2%} of a core (target: 1 %), {int(resident[1]) / 1000:.0f} MB resident (target: 250 MB)")


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


if __name__ == "__main__":
    main()

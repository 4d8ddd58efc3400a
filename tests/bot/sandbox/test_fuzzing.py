from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bot.sandbox.peer import RAN, framed

ROOT = Path(__file__).parents[3]
ROUNDS = 300_000


@pytest.mark.long
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is made for Linux on x86-64")
def test_atheris_finds_nothing_that_the_frame_parser_cannot_take(tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "ran").write_bytes(b"\x07" + framed(b"J", json.dumps(RAN).encode()))
    (seeds / "data").write_bytes(b"\x03" + framed(b"D", b"hello") + framed(b"J", b'{"kind": "listed"}'))
    (seeds / "docker").write_bytes(b"\x05" + b"\x01\0\0\0\0\0\0\x05hello")
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.frames", f"-runs={ROUNDS}", "-max_len=4096", str(seeds)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"Done {ROUNDS} " in done.stderr

"""Fetches the sandbox's Python packages out here, with the mirror, proxy and CA that this machine's pip has."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

from bot.domain.errors import OperatorError

_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
_GLIBC = ("manylinux_2_28", "manylinux_2_17", "manylinux2014")


def cache() -> Path:
    """The folder for what can be fetched again, outside of any checkout."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "roundtable"


def download(lock: Path, architecture: str, say: Callable[[str], None]) -> Path:
    """A folder with exactly the wheels that a lock file names, for Python 3.11 on Linux; raises OperatorError."""
    if architecture not in _MACHINES:
        raise OperatorError(f"The sandbox image is made for amd64 and arm64, not for {architecture}.")
    key = hashlib.sha256(lock.read_bytes() + architecture.encode()).hexdigest()[:16]
    folder = cache() / f"wheels-{key}"
    complete = folder / "complete"
    if not complete.exists():
        say("Downloading the sandbox's Python packages …")
        _pip_download(lock, _MACHINES[architecture], folder)
        complete.touch()
    return folder


def _pip_download(lock: Path, machine: str, folder: Path) -> None:
    command = [*_pip(), "download", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"]
    command += ["--only-binary=:all:", "--require-hashes", "--python-version=3.11", "--implementation=cp"]
    command += [f"--platform={glibc}_{machine}" for glibc in _GLIBC]
    command += [f"--dest={folder}", f"--requirement={lock}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise OperatorError("pip could not download the sandbox's packages:\n" + "\n".join(errors[-5:]))


def _pip() -> list[str]:
    """This environment's pip, or one of our own where it has none."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    tools = cache() / f"pip-{sys.version_info.major}.{sys.version_info.minor}"
    if not (tools / "complete").exists():
        venv.create(tools, with_pip=True, clear=True)
        (tools / "complete").touch()
    return [str(tools / ("Scripts" if os.name == "nt" else "bin") / "python"), "-m", "pip"]

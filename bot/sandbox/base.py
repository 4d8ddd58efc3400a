"""Makes a base image like the official one, for machines that reach no image registry."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import docker

from bot.domain.errors import OperatorError

OFFICIAL = "python:3.11-slim-bookworm"

_PACKAGES = Path(__file__).with_name("debian-packages.txt")
_REPOSITORY = "roundtable-base"
_NOT_NEEDED = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*")

Say = Callable[[str], None]


def own_tag() -> str:
    """The name of our own base; a different list of packages gives a different name."""
    return f"{_REPOSITORY}:bookworm-{hashlib.sha256(_PACKAGES.read_bytes()).hexdigest()[:12]}"


def make(client: docker.DockerClient, say: Say) -> None:
    """Make the base with mmdebstrap and import it; raises OperatorError."""
    _have_mmdebstrap(say)
    say("Making a Debian 12 base with mmdebstrap; this takes about a minute …")
    with tempfile.TemporaryDirectory() as folder:
        tar = Path(folder) / "base.tar"
        _run([*_command(Path(folder)), "bookworm", str(tar), *_sources()], "mmdebstrap could not make a base")
        repository, _, tag = own_tag().partition(":")
        answer = client.api.import_image_from_file(str(tar), repository=repository, tag=tag)
    if "error" in json.loads(answer.splitlines()[-1]):
        raise OperatorError(f"The Docker engine could not import the Debian base: {answer}")


def _have_mmdebstrap(say: Say) -> None:
    if shutil.which("mmdebstrap"):
        return
    if not shutil.which("apt-get"):
        raise OperatorError(f"{OFFICIAL} cannot be pulled; pull or load it, then run: roundtable sandbox build")
    if os.geteuid() != 0:
        raise OperatorError(
            f"{OFFICIAL} cannot be pulled; load it into the engine, or install mmdebstrap as root."
        )
    say("Installing mmdebstrap …")
    _run(["apt-get", "update", "-qq"], "apt-get could not update its lists")
    _run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "mmdebstrap"],
        "mmdebstrap cannot be installed",
    )


def _command(folder: Path) -> list[str]:
    """mmdebstrap with this machine's proxies for apt, which do not stay in what it makes."""
    options = folder / "apt.conf"
    options.write_text(
        "".join(f"{line}\n" for line in _lines(["apt-config", "dump", "Acquire"]) if "Proxy" in line)
    )
    return [
        "mmdebstrap",
        "--quiet",
        "--variant=minbase",
        f"--include={','.join(_PACKAGES.read_text().split())}",
        f"--aptopt={options}",
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in _NOT_NEEDED),
        '--customize-hook=rm -f "$1"/etc/apt/apt.conf.d/99mmdebstrap',
    ]


def _sources() -> list[str]:
    """Where this machine gets Debian 12 from, if it is one itself; else mmdebstrap knows."""
    targets = ["apt-get", "indextargets", "--format", "deb $(REPO_URI) $(RELEASE) $(COMPONENT)"]
    lines = _lines([*targets, "Created-By: Packages", "Origin: Debian"])
    return sorted({line for line in lines if line.split()[2].startswith("bookworm")})


def _lines(command: Sequence[str]) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.splitlines()


def _run(command: Sequence[str], failure: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OperatorError("\n".join([f"{failure}:", *done.stderr.splitlines()[-5:]]))

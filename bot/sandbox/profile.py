"""What a container is asked to be, and whether it is. Pure."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docker.types import LogConfig, Ulimit

from bot.sandbox.frames import Hello, Limit
from bot.sandbox.limits import INODES, MB
from bot.settings import Settings

INSTALLATION_LABEL = "roundtable.installation"
PROCESS_LABEL = "roundtable.process"
USER = 1000

_SECCOMP = Path(__file__).with_name("seccomp.json")
_SCRATCH_MB = 64
_SHARED_MEMORY_MB = 16
_FILTERED = 2
_PAGE = 65_536
_UNLIMITED = 2**62


def create_arguments(settings: Settings, installation: str, process: str) -> dict[str, Any]:
    """Arguments for docker-py's `containers.create`: nothing of the host is in it, and little of the kernel."""
    memory = settings.roundtable_sandbox_memory_mb * MB
    workspace = settings.roundtable_sandbox_workspace_mb * MB
    threads = str(math.ceil(settings.roundtable_sandbox_cpus))
    # OpenMP's threads are missing after a fork, and who waits for them waits for ever: so it has none. LightGBM
    # asks for as many as there are cores, whatever the number says, but not for more than the limit.
    openmp = {"OMP_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1"}
    return {
        "image": settings.roundtable_sandbox_image,
        "runtime": settings.roundtable_sandbox_runtime or None,
        "labels": {INSTALLATION_LABEL: installation, PROCESS_LABEL: process},
        "hostname": "sandbox",
        "environment": {**openmp, "OPENBLAS_NUM_THREADS": threads},
        "user": f"{USER}:{USER}",
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true", f"seccomp={_seccomp()}"],
        "read_only": True,
        "network_mode": "none",
        "ipc_mode": "private",
        "pids_limit": settings.roundtable_sandbox_pids,
        "mem_limit": memory,
        "memswap_limit": memory,
        "nano_cpus": int(settings.roundtable_sandbox_cpus * 1e9),
        "ulimits": _ulimits(nofile=1024, fsize=workspace, core=0, msgqueue=0),
        "shm_size": _SHARED_MEMORY_MB * MB,
        "tmpfs": {"/workspace": _tmpfs(workspace), "/tmp": _tmpfs(_SCRATCH_MB * MB)},  # noqa: S108
        "log_config": LogConfig(type="none"),
        "auto_remove": True,
        "stdin_open": True,
        "tty": False,
    }


def digest(asked: Mapping[str, Any]) -> str:
    """SHA-256 of everything that a container is asked to be, whatever it is called."""
    what = {name: value for name, value in asked.items() if name not in ("labels", "image")}
    return hashlib.sha256(json.dumps(what, sort_keys=True, default=dict).encode()).hexdigest()


def weaknesses(asked: Mapping[str, Any], attributes: Mapping[str, Any], hello: Hello) -> list[str]:
    """Where a started container is weaker than asked for, by `docker inspect` and by the driver's report."""
    host = attributes["HostConfig"]
    own_kernel = bool(asked["runtime"])
    checks = {
        "it does not run as the user asked for": hello.user == USER,
        "it has capabilities": hello.capabilities == 0,
        "it may gain privileges": hello.no_new_privileges,
        "no seccomp filter is on": hello.seccomp == _FILTERED or own_kernel,
        "the root file system can be written": hello.read_only_root,
        f"it has a network: {', '.join(hello.interfaces)}": not hello.interfaces,
        f"its kernel can be reached by {', '.join(hello.open_doors)}": not hello.open_doors or own_kernel,
        **_limits_in_effect(asked, hello, own_kernel),
        "it has a network mode": host["NetworkMode"] == "none",
        "it is privileged": not host["Privileged"],
        "it has mounts of the host": not host["Binds"] and not attributes["Mounts"],
        "its memory is not limited": host["Memory"] == asked["mem_limit"],
        "its swap is not limited": host["MemorySwap"] == asked["memswap_limit"],
        "its processes are not limited": host["PidsLimit"] == asked["pids_limit"],
        "its CPU time is not limited": host["NanoCpus"] == asked["nano_cpus"],
        "its workspace is not limited": host["Tmpfs"] == asked["tmpfs"],
        "its output is logged on the host": host["LogConfig"]["Type"] == "none",
    }
    return [weakness for weakness, strong in checks.items() if not strong]


def _limits_in_effect(asked: Mapping[str, Any], hello: Hello, own_kernel: bool) -> dict[str, bool]:
    """By the kernel's word; a runtime with a kernel of its own need not tell of them."""
    ulimits = {limit.name: limit.hard for limit in asked["ulimits"]}
    most: dict[Limit, int] = {
        "memory": asked["mem_limit"] or 0,
        "processes": asked["pids_limit"] or 0,
        "cpu_percent": math.ceil((asked["nano_cpus"] or 0) / 1e7),
        "workspace": ulimits["fsize"] + _PAGE,
        "workspace_files": INODES,
        "open_files": ulimits["nofile"],
        "file_size": ulimits["fsize"],
    }
    silence = 0 if own_kernel else _UNLIMITED
    return {
        f"its limit of {name.replace('_', ' ')} is not in effect": hello.limits.get(name, silence) <= limit
        for name, limit in most.items()
    }


def _seccomp() -> str:
    """The filter in the form that the engine's API takes; compact, since it is sent with every container."""
    return json.dumps(json.loads(_SECCOMP.read_text()))


def _ulimits(**limits: int) -> list[Ulimit]:
    return [Ulimit(name=name, soft=value, hard=value) for name, value in limits.items()]


def _tmpfs(size: int) -> str:
    """Without nr_inodes empty files could eat all memory; without exec no extension module could be imported."""
    return f"rw,nosuid,nodev,exec,size={size},nr_inodes={INODES},uid={USER},gid={USER},mode=0700"

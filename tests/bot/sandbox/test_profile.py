from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import bot.sandbox.profile
from bot.sandbox.frames import Hello, Limit
from bot.sandbox.profile import create_arguments, weaknesses
from bot.settings import Settings

ASKED = create_arguments(Settings(_env_file=None), "here", "me")
LIMITS: dict[Limit, int] = {
    "memory": 1_024_000_000,
    "processes": 128,
    "cpu_percent": 100,
    "workspace": 256_004_096,
    "workspace_files": 5000,
    "open_files": 1024,
    "file_size": 256_000_000,
}
HELLO = Hello(
    user=1000,
    capabilities=0,
    no_new_privileges=True,
    seccomp=2,
    read_only_root=True,
    interfaces=[],
    open_doors=[],
    limits=LIMITS,
)
SECCOMP = json.loads(Path(bot.sandbox.profile.__file__).with_name("seccomp.json").read_text())


def inspected(**changes: Any) -> dict[str, Any]:
    host = {
        "NetworkMode": "none",
        "Privileged": False,
        "Binds": None,
        "Memory": ASKED["mem_limit"],
        "MemorySwap": ASKED["memswap_limit"],
        "PidsLimit": ASKED["pids_limit"],
        "NanoCpus": ASKED["nano_cpus"],
        "Tmpfs": ASKED["tmpfs"],
        "LogConfig": {"Type": "none"},
    }
    return {"HostConfig": {**host, **changes}, "Mounts": []}


def test_nothing_of_the_host_is_asked_for() -> None:
    assert not {"volumes", "mounts", "devices", "privileged", "cap_add", "pid_mode", "ports"} & ASKED.keys()


def test_a_container_as_asked_for_is_taken() -> None:
    assert weaknesses(ASKED, inspected(), HELLO) == []


@pytest.mark.parametrize(
    ("change", "weakness"),
    [
        ({"user": 0}, "user"),
        ({"capabilities": 1}, "capabilities"),
        ({"no_new_privileges": False}, "gain privileges"),
        ({"seccomp": 0}, "seccomp"),
        ({"read_only_root": False}, "root file system"),
        ({"interfaces": ["eth0"]}, "eth0"),
        ({"open_doors": ["io_uring_setup"]}, "io_uring_setup"),
        ({"limits": LIMITS | {"memory": 2**40}}, "limit of memory"),
        ({"limits": LIMITS | {"processes": 1000}}, "limit of processes"),
        ({"limits": LIMITS | {"cpu_percent": 200}}, "limit of cpu"),
        ({"limits": LIMITS | {"workspace": 2**40}}, "limit of workspace "),
        ({"limits": LIMITS | {"workspace_files": 10**6}}, "limit of workspace files"),
        ({"limits": {name: value for name, value in LIMITS.items() if name != "memory"}}, "limit of memory"),
    ],
)
def test_a_weakness_that_the_container_tells_of_is_found(change: dict[str, Any], weakness: str) -> None:
    (found,) = weaknesses(ASKED, inspected(), replace(HELLO, **change))
    assert weakness in found


@pytest.mark.parametrize(
    ("change", "weakness"),
    [
        ({"NetworkMode": "bridge"}, "network"),
        ({"Privileged": True}, "privileged"),
        ({"Binds": ["/:/host"]}, "mounts"),
        ({"Memory": 0}, "memory"),
        ({"MemorySwap": -1}, "swap"),
        ({"PidsLimit": None}, "processes"),
        ({"NanoCpus": 0}, "CPU"),
        ({"Tmpfs": {}}, "workspace"),
        ({"LogConfig": {"Type": "json-file"}}, "logged"),
    ],
)
def test_a_weakness_that_the_engine_tells_of_is_found(change: dict[str, Any], weakness: str) -> None:
    (found,) = weaknesses(ASKED, inspected(**change), HELLO)
    assert weakness in found


def test_a_runtime_of_its_own_kind_needs_no_seccomp() -> None:
    gvisor = create_arguments(Settings(_env_file=None, roundtable_sandbox_runtime="runsc"), "here", "me")
    assert weaknesses(gvisor, inspected(), replace(HELLO, seccomp=0, limits={}, open_doors=["unshare"])) == []


def test_limits_are_those_of_the_settings() -> None:
    settings = Settings(
        _env_file=None,
        roundtable_sandbox_memory_mb=500,
        roundtable_sandbox_workspace_mb=20,
        roundtable_sandbox_cpus=1.5,
        roundtable_sandbox_pids=40,
        roundtable_sandbox_runtime="runsc",
    )
    asked = create_arguments(settings, "here", "me")
    assert (asked["mem_limit"], asked["memswap_limit"]) == (500_000_000, 500_000_000)
    assert "size=20000000," in asked["tmpfs"]["/workspace"]
    assert (asked["nano_cpus"], asked["pids_limit"], asked["runtime"]) == (1_500_000_000, 40, "runsc")
    assert asked["labels"] == {"roundtable.installation": "here", "roundtable.process": "me"}


def test_the_filter_allows_by_name_and_refuses_the_rest() -> None:
    assert SECCOMP["defaultAction"] == "SCMP_ACT_ERRNO"
    allowed = {
        name
        for group in SECCOMP["syscalls"]
        if group["action"] == "SCMP_ACT_ALLOW" and not group["args"]
        for name in group["names"]
    }
    refused = {
        "io_uring_setup", "io_uring_enter", "io_uring_register", "socket", "clone", "clone3", "unshare", "setns",
        "mount", "umount2", "ptrace", "process_vm_readv", "bpf", "keyctl", "userfaultfd", "perf_event_open",
        "open_by_handle_at", "init_module", "kexec_load", "reboot", "swapon", "chroot", "pivot_root", "syslog",
    }  # fmt: skip
    assert not allowed & refused


def test_the_only_families_of_sockets_are_unix_and_internet() -> None:
    allowed = [group for group in SECCOMP["syscalls"] if group["action"] == "SCMP_ACT_ALLOW"]
    rules = [group for group in allowed if "socket" in group["names"]]
    families = {
        argument["value"] for group in rules for argument in group["args"] if argument["op"] == "SCMP_CMP_EQ"
    }
    assert families == {1, 2, 10}

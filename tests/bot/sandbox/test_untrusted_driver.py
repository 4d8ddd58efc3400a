"""What a session's sandbox does when the driver dies, lies, is late or never answers. No Docker needed."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

import pytest

from bot.domain.errors import BadInput, SandboxUnavailable
from bot.domain.turn_results import RunResult
from bot.domain.workspace_files import Artifact, WorkspaceChanges
from bot.sandbox.attach_stream import Lost
from bot.sandbox.container import Container
from bot.sandbox.limits import Limits
from bot.sandbox.session import DockerSandbox
from bot.sandbox.workspace import Blobs, artifact
from tests.bot.sandbox.peer import LIMITS, LISTED, RAN, Peer, connected, framed

Behaviour: TypeAlias = Callable[[Peer], Coroutine[Any, Any, None]]


class SandboxHarness:
    """A sandbox whose containers are played, one behaviour each, in the order given."""

    def __init__(
        self,
        folder: Path,
        *behaviours: Behaviour,
        files: tuple[Artifact, ...] = (),
        grace: float = 10,
        limits: Limits = LIMITS,
    ) -> None:
        self.blobs = Blobs(folder)
        self.behaviours = list(behaviours)
        self.grace = grace
        self.limits = limits
        self.discarded: list[Container] = []
        self.peers: list[Peer] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.sandbox = DockerSandbox(self.take, self.discard, self.blobs, limits, files)

    async def take(self) -> Container:
        if not self.behaviours:
            raise SandboxUnavailable("none left")
        container, peer = await connected(self.grace, self.limits)
        self.peers.append(peer)
        self.tasks.append(asyncio.create_task(self.behaviours.pop(0)(peer)))
        return container

    def discard(self, container: Container) -> None:
        container.close()
        self.discarded.append(container)

    async def close(self) -> None:
        self.sandbox.discard()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for peer in self.peers:
            await peer.closed()


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Callable[..., SandboxHarness]]:
    made: list[SandboxHarness] = []

    def make(*behaviours: Behaviour, **options: Any) -> SandboxHarness:
        made.append(SandboxHarness(tmp_path / "s", *behaviours, **options))
        return made[-1]

    yield make
    for each in made:
        await each.close()


async def honest(peer: Peer) -> None:
    """Runs everything with success."""
    while True:
        match (await peer.heard())["do"]:
            case "run":
                peer.data(b"fine\n")
                peer.say(RAN)
            case "changed":
                peer.say(LISTED)


def saying(*payloads: bytes, then: Callable[[Peer], None] | None = None) -> Behaviour:
    """Answers the first request with these bytes."""

    async def behave(peer: Peer) -> None:
        await peer.heard()
        for payload in payloads:
            peer.raw(payload)
        if then:
            then(peer)

    return behave


def reply(message: str) -> bytes:
    return framed(b"J", message.encode())


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(saying(then=Peer.hang_up), id="dies"),
        pytest.param(saying(reply('{"kind": "ran"}')), id="forgets a field"),
        pytest.param(saying(reply('{"kind": "pong"}')), id="answers something else"),
        pytest.param(saying(reply("{")), id="sends broken JSON"),
        pytest.param(saying(reply("[" * 100_000)), id="nests too deep"),
        pytest.param(saying(framed(b"X", b"")), id="invents a kind of frame"),
        pytest.param(saying(framed(b"D", b"")), id="prints nothing, which it could do for ever"),
        pytest.param(saying(b"\0\0\0\0"), id="sends an empty frame"),
        pytest.param(saying(b"\xff\xff\xff\xffJ"), id="announces four gigabytes"),
        pytest.param(saying(reply('{"kind": "pong"}')[:-3], then=Peer.hang_up), id="breaks off"),
        pytest.param(saying(framed(b"D", b"x" * 600), framed(b"D", b"x" * 600)), id="prints more than the cap"),
        pytest.param(saying(then=lambda peer: peer.writer.write(b"\x07garbage")), id="is not docker's stream"),
    ],
)
async def test_a_lying_driver_costs_a_container_and_nothing_else(
    harness: Callable[..., SandboxHarness], behaviour: Behaviour
) -> None:
    it = harness(behaviour, honest)
    result = await it.sandbox.run("print(1)", "python", 5)
    assert (result.killed, len(it.discarded)) == ("lost", 1)
    assert "as it was before this run" in result.note
    assert (await it.sandbox.run("print(1)", "python", 5)).output == "fine\n"


async def test_what_was_printed_before_the_end_is_kept(harness: Callable[..., SandboxHarness]) -> None:
    it = harness(saying(framed(b"D", b"half"), then=Peer.hang_up))
    result = await it.sandbox.run("print(1)", "python", 5)
    assert (result.killed, result.output) == ("lost", "half")


async def test_a_late_driver_is_given_up(harness: Callable[..., SandboxHarness]) -> None:
    it = harness(saying(), grace=0.1)
    started = time.monotonic()
    assert (await it.sandbox.run("print(1)", "python", 0.1)).killed == "lost"
    assert time.monotonic() - started < 2


async def test_a_fresh_container_gets_the_last_known_files(
    harness: Callable[..., SandboxHarness], tmp_path: Path
) -> None:
    old = artifact("données/a.csv", Blobs(tmp_path / "s").write(b"old"), 3)
    new = hashlib.sha256(b"new").hexdigest()
    refilled: dict[str, bytes] = {}

    async def changes_a_file(peer: Peer) -> None:
        await peer.answer_puts(1)
        await peer.heard()
        peer.say({"kind": "file", "path": "b.csv", "size": 3, "sha256": new})
        peer.say(LISTED)
        assert (await peer.heard())["path"] == "b.csv"
        peer.data(b"new")
        peer.say({"kind": "sent"})
        await peer.heard()
        peer.hang_up()

    async def is_refilled(peer: Peer) -> None:
        refilled.update(await peer.answer_puts(2))
        await honest(peer)

    it = harness(changes_a_file, is_refilled, files=(old,))
    await it.sandbox.prepare()
    files = (await it.sandbox.changed()).files
    assert [(file.path, file.digest) for file in files] == [("b.csv", new)]
    assert (await it.sandbox.run("print(1)", "python", 5)).killed == "lost"
    assert (await it.sandbox.run("print(1)", "python", 5)).ok
    assert refilled == {"données/a.csv": b"old", "b.csv": b"new"}


FILE = '{{"kind": "file", "path": "{0}", "size": {1}, "sha256": "' + hashlib.sha256(b"xyz").hexdigest() + '"}}'


@pytest.mark.parametrize(
    "listing",
    [
        pytest.param([FILE.format("a", 1001)], id="a file that is too large"),
        pytest.param([FILE.format("a", 900), FILE.format("b", 900), FILE.format("c", 900)], id="too much"),
        pytest.param([FILE.format(name, 1) for name in "abcd"], id="too many files"),
        pytest.param([FILE.format("a", 3), FILE.format("a", 3)], id="a file twice"),
        pytest.param([FILE.format("a", -1)], id="a negative size"),
        pytest.param(['{"kind": "gone", "path": "a"}'] * 2, id="a file removed twice"),
        pytest.param([FILE.format("a", 3), '{"kind": "gone", "path": "a"}'], id="a file made and removed"),
        pytest.param([f'{{"kind": "gone", "path": "{n}"}}' for n in range(7)], id="too many removed"),
        pytest.param(['{"kind": "stored"}'], id="another answer"),
        pytest.param([FILE.format("\\u4e00", 3)], id="a path that is no bytes"),
    ],
)
async def test_a_listing_that_cannot_be_is_not_believed(
    harness: Callable[..., SandboxHarness], listing: list[str]
) -> None:
    it = harness(saying(*(reply(line) for line in [*listing, json.dumps(LISTED)])))
    await it.sandbox.prepare()
    with pytest.raises(SandboxUnavailable, match="as before the run"):
        await it.sandbox.changed()
    assert len(it.discarded) == 1


@pytest.mark.parametrize("sent", [b"xyzz", b"xy", b"abc"], ids=["longer", "shorter", "other bytes"])
async def test_a_file_that_is_not_the_announced_one_is_not_kept(
    harness: Callable[..., SandboxHarness], tmp_path: Path, sent: bytes
) -> None:
    async def swaps(peer: Peer) -> None:
        await peer.heard()
        peer.raw(reply(FILE.format("a", 3)))
        peer.say(LISTED)
        await peer.heard()
        peer.data(sent)
        peer.say({"kind": "sent"})

    it = harness(swaps)
    await it.sandbox.prepare()
    with pytest.raises(SandboxUnavailable):
        await it.sandbox.changed()
    assert list((tmp_path / "s").iterdir()) == []


async def test_bytes_that_are_here_already_have_their_own_size(
    harness: Callable[..., SandboxHarness], tmp_path: Path
) -> None:
    """Else no fresh container could be filled with them."""
    Blobs(tmp_path / "s").write(b"xyz")
    it = harness(saying(reply(FILE.format("a", 2)), reply(json.dumps(LISTED))), honest)
    await it.sandbox.prepare()
    with pytest.raises(SandboxUnavailable, match="as before the run"):
        await it.sandbox.changed()
    assert (await it.sandbox.run("print(1)", "python", 5)).ok


async def test_all_files_may_go_at_once_with_those_that_were_put(
    harness: Callable[..., SandboxHarness], tmp_path: Path
) -> None:
    kept = [artifact(name, Blobs(tmp_path / "s").write(b"xyz"), 3) for name in "abc"]

    async def loses_all(peer: Peer) -> None:
        await peer.answer_puts(4)
        await peer.heard()
        for name in "abcd":
            peer.say({"kind": "gone", "path": name})
        peer.say(LISTED)

    it = harness(loses_all, files=tuple(kept))
    await it.sandbox.put(PurePosixPath("d"), b"xyz")
    assert await it.sandbox.changed() == WorkspaceChanges(
        removed=(
            "a",
            "b",
            "c",
            "d",
        )
    )


async def test_a_file_that_takes_the_place_of_a_renamed_one_is_its_own(
    harness: Callable[..., SandboxHarness], tmp_path: Path
) -> None:
    Blobs(tmp_path / "s").write(b"xyz")

    async def renames(peer: Peer) -> None:
        await peer.heard()
        peer.raw(reply(FILE.format("data.csv ", 3)))
        peer.say(LISTED)
        assert await peer.heard() == {"do": "rename", "path": "data.csv ", "to": "data.csv", "replace": False}
        peer.say({"kind": "renamed"})
        await peer.answer_puts(1)
        await peer.heard()
        peer.say({"kind": "gone", "path": "data.csv"})
        peer.say(LISTED)

    it = harness(renames)
    await it.sandbox.prepare()
    changes = await it.sandbox.changed()
    assert [file.path for file in changes.files] == ["data.csv"]
    assert changes.note == "Names that cannot be kept were changed: `data.csv ` is called `data.csv` now."
    await it.sandbox.put(PurePosixPath("data.csv"), b"theirs")
    assert await it.sandbox.changed() == WorkspaceChanges(removed=("data.csv",))


async def test_a_file_that_no_name_can_be_found_for_is_not_kept(
    harness: Callable[..., SandboxHarness], tmp_path: Path
) -> None:
    Blobs(tmp_path / "s").write(b"xyz")
    wanted = []

    async def refuses(peer: Peer) -> None:
        await peer.heard()
        peer.raw(reply(FILE.format("a?b", 3)))
        peer.say(LISTED)
        while True:
            wanted.append((await peer.heard())["to"])
            peer.say({"kind": "refused", "why": "the name is taken"})

    it = harness(refuses)
    await it.sandbox.prepare()
    changes = await it.sandbox.changed()
    assert changes == WorkspaceChanges(note="Not kept: `a?b` (no name could be found for it).")
    assert wanted[0] == "a_b"
    assert len(set(wanted)) == 3


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([{"kind": "left_out", "path": "a", "why": "link"}] * 21, id="names too many files left out"),
        pytest.param([{"kind": "stray", "path": "/tmp/a"}] * 21, id="names too many strays"),
        pytest.param([{"kind": "pong"}], id="answers something else"),
    ],
)
async def test_a_listing_names_no_more_than_it_may(
    harness: Callable[..., SandboxHarness], answers: list[dict[str, object]]
) -> None:
    it = harness(saying(*(reply(json.dumps(line)) for line in [*answers, LISTED])))
    await it.sandbox.prepare()
    with pytest.raises(SandboxUnavailable, match="as before the run"):
        await it.sandbox.changed()


async def test_files_grow_no_larger_than_the_next_workspace(
    harness: Callable[..., SandboxHarness], tmp_path: Path
) -> None:
    Blobs(tmp_path / "s").write(b"xyz")

    async def adds_three_each_time(peer: Peer) -> None:
        for names in ("abc", "def"):
            await peer.heard()
            for name in names:
                peer.raw(reply(FILE.format(name, 3)))
            peer.say(LISTED)

    it = harness(adds_three_each_time)
    await it.sandbox.prepare()
    assert len((await it.sandbox.changed()).files) == 3
    with pytest.raises(SandboxUnavailable, match="as before the run"):
        await it.sandbox.changed()


async def test_no_more_is_stored_than_a_session_may_have_on_disk(harness: Callable[..., SandboxHarness]) -> None:
    it = harness(saying(reply(FILE.format("a", 900)), reply(json.dumps(LISTED))), limits=replace(LIMITS, disk=800))
    await it.sandbox.prepare()
    with pytest.raises(SandboxUnavailable, match="as before the run"):
        await it.sandbox.changed()


async def test_a_driver_that_is_busy_has_its_time(harness: Callable[..., SandboxHarness], tmp_path: Path) -> None:
    Blobs(tmp_path / "s").write(b"xyz")
    busy = [reply('{"kind": "busy"}')] * 5
    it = harness(saying(*busy, reply(FILE.format("a", 3)), *busy, reply(json.dumps(LISTED))))
    await it.sandbox.prepare()
    assert [file.path for file in (await it.sandbox.changed()).files] == ["a"]


async def test_a_driver_that_fills_the_log_is_given_up(
    harness: Callable[..., SandboxHarness], caplog: pytest.LogCaptureFixture
) -> None:
    async def complains(peer: Peer) -> None:
        with suppress(ConnectionError):
            while True:
                peer.writer.write(bytes([2, 0, 0, 0]) + (1000).to_bytes(4, "big") + b"x" * 1000)
                await peer.writer.drain()

    it = harness(complains, honest)
    await it.sandbox.prepare()
    assert (await it.sandbox.run("print(1)", "python", 0.1)).killed == "lost"
    assert len(caplog.records) < 30


async def test_a_thousand_names_that_clean_to_one_stay_apart(
    harness: Callable[..., SandboxHarness], tmp_path: Path
) -> None:
    digest = Blobs(tmp_path / "s").write(b"xyz")

    async def renames(peer: Peer) -> None:
        await peer.heard()
        for count in range(1, 4):
            peer.raw(reply(FILE.format("\\u0001" * count, 3)))
        peer.say(LISTED)
        while True:
            await peer.heard()
            peer.say({"kind": "renamed"})

    it = harness(renames)
    await it.sandbox.prepare()
    files = (await it.sandbox.changed()).files
    assert {file.digest for file in files} == {digest}
    assert len({file.path for file in files}) == 3


async def test_kill_throws_away_a_driver_that_does_not_answer(harness: Callable[..., SandboxHarness]) -> None:
    it = harness(saying(framed(b"D", b"begun")), honest)
    run = asyncio.create_task(it.sandbox.run("print(1)", "python", 60))
    await asyncio.sleep(0.1)
    started = time.monotonic()
    await it.sandbox.kill()
    result = await run
    assert time.monotonic() - started < 0.8
    assert (result.killed, result.output, len(it.discarded)) == ("stopped", "begun", 1)
    assert "workspace is as it was before this run" in result.note
    assert await it.sandbox.changed() == WorkspaceChanges()
    assert (await it.sandbox.run("print(1)", "python", 5)).ok


async def test_kill_acts_while_a_container_is_still_awaited(tmp_path: Path) -> None:
    async def never() -> Container:
        await asyncio.Event().wait()
        raise AssertionError

    sandbox = DockerSandbox(never, lambda container: None, Blobs(tmp_path), LIMITS, ())
    run = asyncio.create_task(sandbox.run("print(1)", "python", 60))
    await asyncio.sleep(0.05)
    await sandbox.kill()
    assert (await run).killed == "stopped"


async def test_a_file_that_does_not_fit_is_the_senders_to_mend(harness: Callable[..., SandboxHarness]) -> None:
    async def full(peer: Peer) -> None:
        await peer.heard()
        await peer.frame()
        peer.say({"kind": "refused", "why": "No space left on device"})

    it = harness(full, honest)
    with pytest.raises(BadInput, match=r"big\.csv does not fit"):
        await it.sandbox.put(PurePosixPath("big.csv"), b"x")
    assert (await it.sandbox.run("print(1)", "python", 5)).ok


async def test_stored_bytes_that_are_gone_are_named(harness: Callable[..., SandboxHarness]) -> None:
    it = harness(honest, files=(artifact("a.csv", "0" * 64, 3),))
    with pytest.raises(SandboxUnavailable, match=r"a\.csv are no longer"):
        await it.sandbox.prepare()
    assert len(it.discarded) == 1


async def test_a_flood_of_unasked_frames_neither_stalls_nor_piles_up(
    harness: Callable[..., SandboxHarness],
) -> None:
    async def floods(peer: Peer) -> None:
        while True:
            peer.data(b"x" * 100_000)
            await peer.writer.drain()

    it = harness(floods)
    await it.sandbox.prepare()
    gap = await _longest_gap(0.5)
    assert gap < 0.2
    assert it.tasks[0].done() is False
    container = it.sandbox._container
    assert container
    assert len(container._channel._replies) <= 32


async def test_output_that_is_slow_to_clean_does_not_stall_the_loop(
    harness: Callable[..., SandboxHarness],
) -> None:
    hostile = b"\x1b[0;" * 250_000

    async def shouts(peer: Peer) -> None:
        await peer.heard()
        for start in range(0, len(hostile), 100_000):
            peer.data(hostile[start : start + 100_000])
        peer.say(RAN)

    it = harness(shouts, limits=replace(LIMITS, output=len(hostile)))
    run = asyncio.create_task(it.sandbox.run("print(1)", "python", 20))
    assert await _longest_gap(1) < 0.2
    assert (await run).output == "0;" * 250_000


async def test_a_driver_that_does_not_read_cannot_hold_the_bot(harness: Callable[..., SandboxHarness]) -> None:
    deafened = asyncio.Event()

    async def deaf(peer: Peer) -> None:
        await peer.heard()
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
        deafened.set()

    it = harness(deaf)
    put = asyncio.create_task(it.sandbox.put(PurePosixPath("a.bin"), bytes(20_000_000)))
    await deafened.wait()
    assert await _longest_gap(0.3) < 0.2
    put.cancel()
    with pytest.raises(asyncio.CancelledError):
        await put
    assert len(it.discarded) == 1


async def test_only_one_result_of_each_run(harness: Callable[..., SandboxHarness]) -> None:
    it = harness(honest)
    results = await asyncio.gather(*(it.sandbox.run("print(1)", "python", 5) for _ in range(5)))
    assert {result.output for result in results} == {"fine\n"}
    assert all(isinstance(result, RunResult) and result.ok for result in results)


async def test_a_closed_box_is_lost() -> None:
    container, peer = await connected()
    container.close()
    with pytest.raises(Lost):
        await container.ping()
    await peer.closed()


async def _longest_gap(seconds: float) -> float:
    """The longest time the event loop did not come round."""
    longest, last, end = 0.0, time.monotonic(), time.monotonic() + seconds
    while last < end:
        await asyncio.sleep(0.01)
        now = time.monotonic()
        longest, last = max(longest, now - last), now
    return longest

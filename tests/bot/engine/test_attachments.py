"""Files that people attach: into the workspace, under safe names, and a sentence for those that cannot be had."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from bot.domain.errors import BadInput, ModelUnavailable
from bot.domain.events import RemoteFile
from bot.domain.workspace_files import Artifact, FileProfile
from bot.engine.attachments import fetch_all, mismatch
from tests.bot.engine.harness import FILE_LIMIT, WORKSPACE_LIMIT, EngineHarness, harness
from tests.bot.store.rows import message
from tests.fakes.chat import FakeChat
from tests.fakes.scripted_sandbox import Does, ScriptedSandboxes
from tests.fakes.team import FakeTeams, Held, asks, code, finished, said

CSV = b"a,b\n1,2\n"


def _file(name: str, ref: str = "f", size: int = 10) -> RemoteFile:
    return RemoteFile(name, size, ref)


async def _files(it: EngineHarness) -> list[tuple[str, int, bool]]:
    session = (await it.view()).id
    return [(file.file.path, file.turn, file.attached) for file in await it.reader.files(session)]


async def test_a_file_is_in_the_workspace_before_code_runs(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    teams = FakeTeams([code("read()"), finished()])
    async with harness(tmp_path, teams, chat=FakeChat(files={"f": CSV}), sandboxes=sandboxes) as it:
        await it.say("Read it", files=[_file("sales.csv")])
        await it.rest()
        assert await _files(it) == [("sales.csv", 1, True)]

    assert teams.heard[0] == ["Read it [sales.csv]"]
    assert sandboxes.contents == [{"sales.csv": CSV}]


async def test_a_file_for_an_open_sandbox_gets_into_it(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    held = Held()
    teams = FakeTeams([code("one()"), held, said("I see it."), code("two()"), finished()])
    async with harness(tmp_path, teams, chat=FakeChat(files={"f": CSV}), sandboxes=sandboxes) as it:
        await it.say("Go")
        await held.arrived.wait()
        await it.say("and this", files=[_file("late.csv")])
        held.released.set()
        await it.rest()
        assert "files: late.csv" not in it.thread(), "people do not get back what they attached"

    assert sandboxes.contents == [{}, {"late.csv": CSV}]
    assert sandboxes.most_open == 1


async def test_a_file_of_a_turn_that_failed_is_there_at_the_next_try(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    teams = FakeTeams([ZeroDivisionError(), code("read()"), finished()])
    async with harness(tmp_path, teams, chat=FakeChat(files={"f": CSV}), sandboxes=sandboxes) as it:
        await it.say("Read it", files=[_file("sales.csv")])
        await it.rest()
        assert await _files(it) == []
        await it.talk("again")
        assert await _files(it) == [("sales.csv", 1, True)]

    assert sandboxes.contents == [{"sales.csv": CSV}]


async def test_a_file_again_replaces_the_one_before(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    chat = FakeChat(files={"old": b"old", "new": b"new"})
    sandboxes.programs["one()"] = Does(files={"out": b"1"})
    teams = FakeTeams([code("one()"), asks("More?"), code("two()"), finished()])
    async with harness(tmp_path, teams, chat=chat, sandboxes=sandboxes) as it:
        await it.say("Go", files=[_file("data.csv", "old")])
        await it.rest()
        await it.say("newer", files=[_file("data.csv", "new")])
        await it.rest()

    assert sandboxes.contents == [{"data.csv": b"old"}, {"data.csv": b"new", "out": b"1"}]


async def test_two_files_of_one_name_in_one_message_are_both_kept(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    chat = FakeChat(files={"1": b"1", "2": b"2", "3": b"3"})
    teams = FakeTeams([code("x()"), finished()])
    async with harness(tmp_path, teams, chat=chat, sandboxes=sandboxes) as it:
        await it.say("Go", files=[_file("image.png", ref) for ref in "123"])
        await it.rest()

    assert sandboxes.contents == [{"image.png": b"1", "image-2.png": b"2", "image-3.png": b"3"}]


async def test_a_declared_size_over_the_limit_is_refused_at_once(tmp_path: Path) -> None:
    async with harness(tmp_path, FakeTeams([])) as it:
        with pytest.raises(
            BadInput, match=r"big\.csv is larger than 0\.001 MB; attach a smaller file or a sample"
        ):
            await it.say("Go", files=[_file("big.csv", size=FILE_LIMIT + 1)])
        assert await it.reader.sessions() == []


async def test_missing_files_are_named_and_the_rest_is_used(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    chat = FakeChat(files={"lies": b"x" * (FILE_LIMIT + 1), "good": CSV})
    teams = FakeTeams([code("x()"), finished()])
    async with harness(tmp_path, teams, chat=chat, sandboxes=sandboxes) as it:
        files = [_file("lies.csv", "lies"), _file("gone.csv", "gone"), _file("good.csv", "good")]
        await it.say("Go", files=files)
        await it.rest()
        thread = it.thread()

    assert thread[:4] == [
        "(lies.csv is larger than 1000 bytes.)",
        "(gone.csv cannot be had; attach it again.)",
        "roundtable: `good.csv`: file, 8 bytes",
        "assistant wrote: x()",
    ]
    assert teams.heard[0] == ["Go [good.csv]"]
    assert sandboxes.contents == [{"good.csv": CSV}]


async def test_what_cannot_be_read_is_said_before_the_team_speaks(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    held = Held()
    sandboxes.problems["odd.xls"] = "save it as XLSX"
    async with harness(
        tmp_path, FakeTeams([held, finished()]), chat=FakeChat(files={"f": CSV}), sandboxes=sandboxes
    ) as it:
        await it.say("Go", files=[_file("odd.xls")])
        await held.arrived.wait()
        thread = await it.shows(1)
        held.released.set()
        await it.rest()
    assert thread == ["roundtable: `odd.xls`: file, 8 bytes\nNot read: save it as XLSX."]


async def test_a_file_is_described_once_however_often_a_turn_is_tried(
    tmp_path: Path, sandboxes: ScriptedSandboxes
) -> None:
    teams = FakeTeams([ModelUnavailable("The model is away."), finished()])
    async with harness(tmp_path, teams, chat=FakeChat(files={"f": CSV}), sandboxes=sandboxes) as it:
        await it.say("Go", files=[_file("sales.csv")])
        await it.rest()
        await it.say("again", files=[_file("more.csv")])
        await it.rest()
        cards = [line for line in it.thread() if line.startswith("roundtable:")]
    assert cards == ["roundtable: `sales.csv`: file, 8 bytes", "roundtable: `more.csv`: file, 8 bytes"]


async def test_the_team_hears_what_is_in_a_file(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    teams = FakeTeams([finished()])
    async with harness(tmp_path, teams, chat=FakeChat(files={"f": CSV}), sandboxes=sandboxes) as it:
        await it.say("Go", files=[_file("sales.csv")])
        await it.rest()
    assert teams.cards == [FileProfile("sales.csv", 8, "file")]


async def test_files_too_large_for_the_workspace_are_left_out(tmp_path: Path) -> None:
    chat = FakeChat(files={"f": b"x" * (WORKSPACE_LIMIT // 4)})
    async with harness(tmp_path, FakeTeams([said("1"), asks("more?"), finished()]), chat=chat) as it:
        await it.say("Go", files=[_file(f"{number}.bin") for number in range(3)])
        await it.rest()
        await it.say("more", files=[_file(f"{number}.bin") for number in range(3, 6)])
        await it.rest()
        thread, files = it.thread(), await _files(it)

    assert [line for line in thread if line.startswith("(")] == [
        "(4.bin does not fit into the workspace any more; attach a sample of it.)",
        "(5.bin does not fit into the workspace any more; attach a sample of it.)",
    ]
    assert [name for name, _, _ in files] == ["0.bin", "1.bin", "2.bin", "3.bin"]


async def test_a_hostile_name_becomes_a_harmless_one(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    teams = FakeTeams([code("x()"), finished()])
    hostile = "../../etc/\u202epasswd\n@everyone\ud83d.csv"
    async with harness(tmp_path, teams, chat=FakeChat(files={"f": CSV}), sandboxes=sandboxes) as it:
        await it.say("Go", files=[_file(hostile)])
        await it.rest()

    ((name, data),) = sandboxes.contents[0].items()
    assert data == CSV
    assert name == "etc/passwd__everyone.csv"


async def test_a_binary_file_named_csv_is_kept_and_said(tmp_path: Path, sandboxes: ScriptedSandboxes) -> None:
    chat = FakeChat(files={"f": b"\x7fELF\x00\x00"})
    teams = FakeTeams([code("x()"), finished()])
    async with harness(tmp_path, teams, chat=chat, sandboxes=sandboxes) as it:
        await it.say("Go", files=[_file("data.csv")])
        await it.rest()
        thread = it.thread()

    assert thread[0] == "(data.csv is not what its name says: it looks like a Linux program.)"
    assert sandboxes.contents == [{"data.csv": b"\x7fELF\x00\x00"}]


async def test_a_message_of_files_alone_is_a_task(tmp_path: Path) -> None:
    teams = FakeTeams([finished()])
    async with harness(tmp_path, teams, chat=FakeChat(files={"f": CSV})) as it:
        await it.say("", files=[_file("sales.csv")])
        await it.rest()
        assert (await it.view()).title == "sales.csv"

    assert teams.heard == [["[sales.csv]"]]


@pytest.mark.parametrize(
    ("name", "head", "sentence"),
    [
        ("a.csv", b"a;b\n1;2", ""),
        ("a.csv", b"", "a.csv is empty."),
        ("a.png", b"", "a.png is empty."),
        ("a.png", b"\x89PNG\r\n", ""),
        ("a.png", b"not a picture", ""),
        ("a.CSV", b"\x89PNG\r\n", "a.CSV is not what its name says: it looks like a PNG picture."),
        (
            "a.txt",
            b"PK\x03\x04",
            "a.txt is not what its name says: it looks like a ZIP archive or an Office document.",
        ),
        ("a.json", b'{"a": "\x00"}', "a.json is not what its name says: it is not text."),
        ("a.csv", "Größe;Maß".encode("utf-16"), ""),
        ("a.csv", "Größe;Maß".encode("latin-1"), ""),
        ("no_ending", b"\x00\x01", ""),
        ("archive.csv.gz", b"\x1f\x8b", ""),
    ],
)
def test_a_name_that_promises_text_is_compared_with_the_content(name: str, head: bytes, sentence: str) -> None:
    assert mismatch(name, head) == sentence


async def test_what_a_session_has_no_room_for_on_disk_is_said() -> None:
    async def fetch(file: RemoteFile, _limit: int) -> bytes:
        return file.name.encode()

    async def keep(_session: str, path: PurePosixPath, data: bytes) -> Artifact:
        if str(path) == "large.csv":
            raise BadInput("large.csv was not kept.")
        return Artifact(str(path), "0" * 64, len(data), "text/csv")

    heard = replace(message(), files=(_file("large.csv"), _file("small.csv")))
    fetched = await fetch_all([heard], "s", fetch, keep, limit=100, room=len("large.csv") + 3)
    assert fetched.notes == ("large.csv was not kept.",)
    assert [artifact.path for artifact, _ in fetched.files] == ["small.csv"]
    assert [file.name for file in fetched.messages[0].files] == ["small.csv"]

"""What every sandbox promises. A test class inherits SandboxContract and has a fixture `sandboxes`."""

from __future__ import annotations

import asyncio
import hashlib
import time
from pathlib import Path, PurePosixPath
from typing import Protocol

import pytest

from bot.domain.workspace_files import Artifact, WorkspaceChanges
from bot.ports import Sandbox, Sandboxes
from bot.sandbox.workspace import Blobs, session_folder

TIMEOUT = 20.0


class Opens(Protocol):
    """Opens sandboxes whose stored bytes are under `work_dir`."""

    work_dir: Path
    sandboxes: Sandboxes


class SandboxContract:
    """Needs the fixtures `opened: Opens`, and `sandbox: Sandbox` opened from it for the session "contract".

    The output cap must be 1,000 kB.
    """

    # --- running ---------------------------------------------------------------------------------------------

    async def test_output_and_exit_code_come_back(self, sandbox: Sandbox) -> None:
        result = await sandbox.run("print('hello', 6 * 7)", "python", TIMEOUT)
        assert (result.output, result.exit_code, result.killed, result.note) == ("hello 42\n", 0, None, "")
        assert result.ok
        assert 0 < result.seconds < TIMEOUT

    async def test_stdout_and_stderr_come_in_the_order_they_were_written(self, sandbox: Sandbox) -> None:
        code = "import sys\nfor i in range(3):\n    print(i)\n    print('err', i, file=sys.stderr)"
        result = await sandbox.run(code, "python", TIMEOUT)
        assert result.output == "0\nerr 0\n1\nerr 1\n2\nerr 2\n"

    async def test_an_error_shows_its_line_of_source_and_nothing_of_ours(self, sandbox: Sandbox) -> None:
        result = await sandbox.run("def broken():\n    return 1 / 0\n\nbroken()", "python", TIMEOUT)
        assert result.exit_code == 1
        assert "return 1 / 0" in result.output
        assert "ZeroDivisionError" in result.output
        assert result.output.count("File ") == 2

    async def test_a_syntax_error_is_a_result(self, sandbox: Sandbox) -> None:
        result = await sandbox.run("x = (", "python", TIMEOUT)
        assert result.exit_code == 1
        assert "SyntaxError" in result.output

    @pytest.mark.parametrize(
        ("code", "exit_code", "output"),
        [
            ("import sys; sys.exit(3)", 3, ""),
            ("import sys; sys.exit()", 0, ""),
            ("import sys; sys.exit('no data')", 1, "no data\n"),
            ("import os; os._exit(124)", 124, ""),
            ("raise SystemExit(256 + 7)", 7, ""),
        ],
    )
    async def test_the_exit_code_is_the_programs_own(
        self, sandbox: Sandbox, code: str, exit_code: int, output: str
    ) -> None:
        result = await sandbox.run(code, "python", TIMEOUT)
        assert (result.exit_code, result.output, result.killed) == (exit_code, output, None)

    async def test_stdin_is_empty(self, sandbox: Sandbox) -> None:
        result = await sandbox.run("import sys; print(repr(sys.stdin.read())); input()", "python", TIMEOUT)
        assert result.output.startswith("''\n")
        assert "EOFError" in result.output

    @pytest.mark.parametrize("language", ["bash", "sh", "shell", "Bash"])
    async def test_shells_run_too(self, sandbox: Sandbox, language: str) -> None:
        result = await sandbox.run("echo one; echo two >&2; exit 4", language, TIMEOUT)
        assert (result.output, result.exit_code) == ("one\ntwo\n", 4)

    @pytest.mark.parametrize("language", ["rust", "", "pwsh"])
    async def test_another_language_gets_a_sentence(self, sandbox: Sandbox, language: str) -> None:
        result = await sandbox.run("fn main() {}", language, TIMEOUT)
        assert result.killed == "language"
        assert "python, bash or sh" in result.note

    async def test_what_the_script_defines_can_be_pickled(self, sandbox: Sandbox) -> None:
        code = (
            "import multiprocessing, pickle\n"
            "def square(x):\n    return x * x\n"
            "if __name__ == '__main__':\n"
            "    assert pickle.loads(pickle.dumps(square)) is square\n"
            "    for method in ('fork', 'spawn'):\n"
            "        with multiprocessing.get_context(method).Pool(2) as pool:\n"
            "            print(pool.map(square, range(4)))\n"
        )
        result = await sandbox.run(code, "python", TIMEOUT)
        assert result.output == "[0, 1, 4, 9]\n[0, 1, 4, 9]\n"

    async def test_the_interpreter_ends_as_usual(self, sandbox: Sandbox) -> None:
        code = (
            "import threading, time\n"
            "def late():\n    time.sleep(0.1)\n    print('thread')\n"
            "class Noisy:\n    def __del__(self):\n        print('deleted')\n"
            "noisy = Noisy()\n"
            "del noisy\n"
            "left_open = open('left_open.txt', 'w')\n"
            "left_open.write('flushed')\n"
            "threading.Thread(target=late).start()\n"
            "print('end')\n"
        )
        result = await sandbox.run(code, "python", TIMEOUT)
        assert result.output == "deleted\nend\nthread\n"
        assert (await sandbox.run("print(open('left_open.txt').read())", "python", TIMEOUT)).output == "flushed\n"

    async def test_runs_share_files(self, sandbox: Sandbox) -> None:
        await sandbox.run("open('a.txt', 'w').write('kept')", "python", TIMEOUT)
        assert (await sandbox.run("cat a.txt", "bash", TIMEOUT)).output == "kept"

    async def test_a_block_has_the_variables_of_the_one_before_where_both_name_the_same_interpreter(
        self, sandbox: Sandbox
    ) -> None:
        first = await sandbox.run("x = 1", "python", TIMEOUT)
        second = await sandbox.run("print(x)", "python", TIMEOUT)
        assert (second.output == "1\n") is bool(first.interpreter and first.interpreter == second.interpreter)
        assert sandbox.interpreter == second.interpreter

    @pytest.mark.parametrize(
        ("code", "output"),
        [
            (r"import os; os.write(1, b'caf\xe9 \x00\x07end\n')", "caf\N{REPLACEMENT CHARACTER} end\n"),
            (r"print('\x1b[31mred\x1b[0m \x1b]0;title\x07plain')", "red plain\n"),
            (r"print('10%\r50%\r100%')", "100%\n"),
            (r"print('a\r\nb')", "a\nb\n"),
            ("print('日本語 Привет \\N{PARTY POPPER}')", "日本語 Привет \N{PARTY POPPER}\n"),
        ],
    )
    async def test_output_is_always_clean_text(self, sandbox: Sandbox, code: str, output: str) -> None:
        assert (await sandbox.run(code, "python", TIMEOUT)).output == output

    async def test_lone_surrogates_in_code_do_no_harm(self, sandbox: Sandbox) -> None:
        assert (await sandbox.run("print('\ud800 ok')", "python", TIMEOUT)).output == "? ok\n"

    # --- names for code ---------------------------------------------------------------------------------------

    async def test_named_code_is_kept_under_its_name_and_can_be_imported(self, sandbox: Sandbox) -> None:
        code = "# filename: lib/load.py\nNUMBER = 7\nprint(__file__.rpartition('/')[2], __name__)"
        result = await sandbox.run(code, "python", TIMEOUT)
        assert (result.output, result.note) == ("load.py __main__\n", "")
        files = (await sandbox.changed()).files
        assert [file.path for file in files] == ["lib/load.py"]
        assert (
            await sandbox.run("from lib.load import NUMBER; print(NUMBER)", "python", TIMEOUT)
        ).output.endswith("7\n")

    @pytest.mark.parametrize("in_the_way", ["os.mkdir('a.py')", "os.symlink('/etc/passwd', 'a.py')"])
    async def test_a_name_that_is_taken_by_no_file_is_not_given(self, sandbox: Sandbox, in_the_way: str) -> None:
        await sandbox.run(f"import os; {in_the_way}", "python", TIMEOUT)
        result = await sandbox.run("# filename: a.py\nprint(1)", "python", TIMEOUT)
        assert result.output == "1\n"
        assert "not kept as a.py" in result.note

    # --- limits ----------------------------------------------------------------------------------------------

    async def test_a_late_program_is_killed_and_what_it_printed_is_kept(self, sandbox: Sandbox) -> None:
        started = time.monotonic()
        result = await sandbox.run("print('begun')\nwhile True: pass", "python", 0.5)
        assert (result.killed, result.output) == ("time", "begun\n")
        assert "0.5 s" in result.note
        assert time.monotonic() - started < 3
        assert (await sandbox.run("print(1)", "python", TIMEOUT)).ok

    async def test_a_program_that_ignores_signals_is_killed_all_the_same(self, sandbox: Sandbox) -> None:
        code = (
            "import signal, time\n"
            "for number in set(range(1, 32)) - {signal.SIGKILL, signal.SIGSTOP}:\n"
            "    signal.signal(number, signal.SIG_IGN)\n"
            "while True: time.sleep(1)\n"
        )
        started = time.monotonic()
        assert (await sandbox.run(code, "python", 0.5)).killed == "time"
        assert time.monotonic() - started < 3

    async def test_a_talkative_program_is_killed(self, sandbox: Sandbox) -> None:
        result = await sandbox.run("while True: print('x' * 100)", "python", TIMEOUT)
        assert result.killed == "output"
        assert len(result.output) <= 1_000_000
        assert "1,000 kB" in result.note

    # --- stopping --------------------------------------------------------------------------------------------

    async def test_kill_ends_a_run_at_once(self, sandbox: Sandbox) -> None:
        run = asyncio.create_task(sandbox.run("print('begun')\nimport time; time.sleep(60)", "python", TIMEOUT))
        await asyncio.sleep(0.3)
        started = time.monotonic()
        await sandbox.kill()
        result = await run
        assert time.monotonic() - started < 1
        assert (result.killed, result.output) == ("stopped", "begun\n")
        assert 0 < result.seconds < TIMEOUT
        assert not result.is_unseen
        assert (await sandbox.run("print(1)", "python", TIMEOUT)).ok

    async def test_what_a_killed_program_had_written_is_there(self, sandbox: Sandbox) -> None:
        code = "open('a.txt', 'w').write('1')\nimport time; time.sleep(60)"
        run = asyncio.create_task(sandbox.run(code, "python", TIMEOUT))
        await asyncio.sleep(0.3)
        await sandbox.kill()
        assert (await run).killed == "stopped"
        changes = await sandbox.changed()
        files, removed = changes.files, changes.removed
        assert ([file.path for file in files], list(removed)) == (["a.txt"], [])
        assert (await sandbox.run("cat a.txt", "bash", TIMEOUT)).output == "1"

    async def test_kill_with_nothing_running_changes_nothing(self, sandbox: Sandbox) -> None:
        await sandbox.kill()
        assert (await sandbox.run("print(1)", "python", TIMEOUT)).ok

    async def test_a_cancelled_run_leaves_a_sandbox_that_works(self, sandbox: Sandbox) -> None:
        run = asyncio.create_task(sandbox.run("import time; time.sleep(60)", "python", TIMEOUT))
        await asyncio.sleep(0.2)
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        assert (await sandbox.run("print(1)", "python", TIMEOUT)).ok

    # --- files -----------------------------------------------------------------------------------------------

    async def test_files_that_code_makes_are_stored(self, opened: Opens, sandbox: Sandbox) -> None:
        await sandbox.run(
            "import os; os.makedirs('out/deep')\nopen('out/deep/a.csv', 'w').write('x,y\\n')", "py", TIMEOUT
        )
        changes = await sandbox.changed()
        files, removed = changes.files, changes.removed
        digest = hashlib.sha256(b"x,y\n").hexdigest()
        assert (list(files), list(removed)) == ([Artifact("out/deep/a.csv", digest, 4, "text/csv")], [])
        assert Blobs(session_folder(opened.work_dir, "contract")).read(digest) == b"x,y\n"

    async def test_only_changes_are_told(self, sandbox: Sandbox) -> None:
        await sandbox.run("open('a.txt', 'w').write('1'); open('b.txt', 'w').write('1')", "python", TIMEOUT)
        await sandbox.changed()
        assert await sandbox.changed() == WorkspaceChanges()
        await sandbox.run("open('a.txt', 'w').write('2'); open('b.txt', 'w').write('1')", "python", TIMEOUT)
        changes = await sandbox.changed()
        files, removed = changes.files, changes.removed
        assert ([file.path for file in files], list(removed)) == (["a.txt"], [])
        await sandbox.run("import os; os.rename('a.txt', 'c.txt'); os.remove('b.txt')", "python", TIMEOUT)
        changes = await sandbox.changed()
        files, removed = changes.files, changes.removed
        assert ([file.path for file in files], list(removed)) == (["c.txt"], ["a.txt", "b.txt"])

    async def test_a_change_that_hides_its_time_is_seen(self, sandbox: Sandbox) -> None:
        await sandbox.run("open('a.txt', 'w').write('old')", "python", TIMEOUT)
        await sandbox.changed()
        code = (
            "import os\nwas = os.stat('a.txt')\nopen('a.txt', 'r+').write('new')\n"
            "os.utime('a.txt', ns=(was.st_atime_ns, was.st_mtime_ns))\n"
        )
        await sandbox.run(code, "python", TIMEOUT)
        files = (await sandbox.changed()).files
        assert [file.path for file in files] == ["a.txt"]

    async def test_put_writes_a_file_and_is_no_change(self, sandbox: Sandbox) -> None:
        await sandbox.put(PurePosixPath("data/Umsätze 2024.csv"), b"a,b\n")
        await sandbox.put(PurePosixPath("data/Umsätze 2024.csv"), b"a,b\n1,2\n")
        result = await sandbox.run("print(open('data/Umsätze 2024.csv').read())", "python", TIMEOUT)
        assert result.output == "a,b\n1,2\n\n"
        assert await sandbox.changed() == WorkspaceChanges()
        await sandbox.run("import os; os.remove('data/Umsätze 2024.csv')", "python", TIMEOUT)
        assert await sandbox.changed() == WorkspaceChanges(removed=("data/Umsätze 2024.csv",))

    async def test_an_empty_and_a_large_file_pass_both_ways(self, opened: Opens, sandbox: Sandbox) -> None:
        large = bytes(range(256)) * 40_000
        await sandbox.put(PurePosixPath("large.bin"), large)
        await sandbox.put(PurePosixPath("empty.bin"), b"")
        await sandbox.run("cat large.bin large.bin > twice.bin; cp empty.bin nothing.bin", "bash", TIMEOUT)
        files = (await sandbox.changed()).files
        assert [(file.path, file.size) for file in files] == [("nothing.bin", 0), ("twice.bin", 2 * len(large))]
        assert Blobs(session_folder(opened.work_dir, "contract")).read(files[1].digest) == large * 2

    async def test_a_new_sandbox_holds_the_files_it_is_given(self, opened: Opens) -> None:
        async with opened.sandboxes.open("again", ()) as first:
            await first.run("open('a.txt', 'w').write('kept')", "python", TIMEOUT)
            files = (await first.changed()).files
        async with opened.sandboxes.open("again", files) as second:
            assert (await second.run("cat a.txt", "bash", TIMEOUT)).output == "kept"
            assert await second.changed() == WorkspaceChanges()

    async def test_only_regular_files_leave(self, sandbox: Sandbox) -> None:
        code = (
            "import os\n"
            "os.symlink('/etc/passwd', 'passwd.txt')\n"
            "os.symlink('/etc', 'etc')\n"
            "os.mkfifo('fifo.txt')\n"
            "os.mkdir('__pycache__')\n"
            "open('__pycache__/x.pyc', 'w').write('x')\n"
            "open('real.txt', 'w').write('x')\n"
        )
        await sandbox.run(code, "python", TIMEOUT)
        files = (await sandbox.changed()).files
        assert [file.path for file in files] == ["real.txt"]

    async def test_hostile_names_become_safe_ones(self, sandbox: Sandbox) -> None:
        names = [b"@everyone.txt", b"new\nline.txt", "\u202egpj.exe".encode(), b"caf\xe9.txt", b"-rf", b"NUL"]
        await sandbox.run(f"for name in {names!r}:\n    open(name, 'w').write('x')", "python", TIMEOUT)
        files = (await sandbox.changed()).files
        expected = {"_everyone.txt", "new_line.txt", "gpj.exe", "caf.txt", "_rf", "_NUL"}
        assert {file.path for file in files} == expected

    # --- files that cannot be kept ---------------------------------------------------------------------------

    @pytest.mark.parametrize(
        ("code", "why"),
        [
            ("os.truncate('data.csv', 50_000_001)", "larger than 50 MB"),
            ("os.chmod('data.csv', 0)", "it cannot be read"),
            ("os.remove('data.csv'); os.symlink('/etc/hostname', 'data.csv')", "a link"),
            ("os.remove('data.csv'); os.mkfifo('data.csv')", "no ordinary file"),
        ],
    )
    async def test_a_file_that_cannot_be_kept_any_more_stays_as_it_was(
        self, sandbox: Sandbox, code: str, why: str
    ) -> None:
        await sandbox.put(PurePosixPath("data.csv"), b"a,b\n")
        await sandbox.run(f"import os; {code}", "python", TIMEOUT)
        note = f"Not kept: `data.csv` ({why}; the version before stays)."
        assert await sandbox.changed() == WorkspaceChanges(note=note)

    async def test_what_is_not_kept_is_named_once_for_each_reason(self, sandbox: Sandbox) -> None:
        await sandbox.run("open('big.bin', 'wb').truncate(50_000_001)", "python", TIMEOUT)
        assert (await sandbox.changed()).note == "Not kept: `big.bin` (larger than 50 MB)."
        await sandbox.run("open('big.bin', 'wb').truncate(60_000_000)", "python", TIMEOUT)
        assert await sandbox.changed() == WorkspaceChanges()
        await sandbox.run("import os; os.chmod('big.bin', 0)", "python", TIMEOUT)
        assert (await sandbox.changed()).note == "Not kept: `big.bin` (it cannot be read)."
        await sandbox.run("import os; os.chmod('big.bin', 0o600); os.truncate('big.bin', 1)", "python", TIMEOUT)
        changes = await sandbox.changed()
        assert ([file.path for file in changes.files], changes.note) == (["big.bin"], "")

    async def test_a_file_in_whose_place_is_a_folder_is_gone(self, sandbox: Sandbox) -> None:
        await sandbox.put(PurePosixPath("data"), b"x")
        await sandbox.run("rm data; mkdir data; echo x > data/part", "bash", TIMEOUT)
        changes = await sandbox.changed()
        assert ([file.path for file in changes.files], changes.removed) == (["data/part"], ("data",))

    async def test_files_in_a_locked_folder_stay_as_they_were(self, sandbox: Sandbox) -> None:
        await sandbox.put(PurePosixPath("in/data.csv"), b"x")
        await sandbox.run("chmod 0 in", "bash", TIMEOUT)
        assert await sandbox.changed() == WorkspaceChanges(note="Not kept: `in` (it cannot be read).")

    async def test_of_too_many_files_known_ones_come_first_then_those_at_the_top(self, sandbox: Sandbox) -> None:
        await sandbox.put(PurePosixPath("zz/known.csv"), b"old")
        code = (
            "import os, time\n"
            "open('results.csv', 'w').write('first')\n"
            "for age in ('old', 'new'):\n"
            "    os.makedirs(f'images/{age}')\n"
            "    time.sleep(0.05)\n"
            "    for number in range(525): open(f'images/{age}/{number:04}.txt', 'w').write(age)\n"
            "open('summary.png', 'w').write('last')\n"
            "open('zz/known.csv', 'w').write('new')\n"
        )
        await sandbox.run(code, "python", TIMEOUT)
        changes = await sandbox.changed()
        kept = {file.path for file in changes.files}
        assert kept >= {"zz/known.csv", "summary.png", "results.csv"}
        assert kept >= {f"images/new/{number:04}.txt" for number in range(525)}
        assert len(kept) == 1000
        assert changes.note.startswith("Not kept: `images/old/")
        assert changes.note.endswith(" (only 1,000 files are) and 48 more.")
        await sandbox.run("open('zz/known.csv', 'w').write('newer'); open('more.csv', 'w')", "python", TIMEOUT)
        changes = await sandbox.changed()
        assert [file.path for file in changes.files] == ["zz/known.csv"]
        assert changes.note == "Not kept: `more.csv` (only 1,000 files are)."

    async def test_more_bytes_than_a_workspace_has_are_not_kept(self, sandbox: Sandbox) -> None:
        code = (
            "import time\n"
            "for number in range(7):\n"
            "    open(f'{number}.bin', 'wb').truncate(40_000_000)\n"
            "    time.sleep(0.05)\n"
        )
        await sandbox.run(code, "python", TIMEOUT)
        changes = await sandbox.changed()
        assert [file.path for file in changes.files] == [f"{number}.bin" for number in range(1, 7)]
        assert changes.note == "Not kept: `0.bin` (only 256 MB together are)."

    async def test_what_a_file_had_keeps_its_place_when_it_cannot_be_kept(self, sandbox: Sandbox) -> None:
        """Else the next workspace would have no room for it."""
        for number in range(6):
            await sandbox.run(f"open('{number}.bin', 'wb').truncate(40_000_000)", "python", TIMEOUT)
            await sandbox.changed()
        await sandbox.run(
            "import os; os.chmod('0.bin', 0)\nopen('new', 'wb').truncate(20_000_000)", "python", TIMEOUT
        )
        changes = await sandbox.changed()
        assert (changes.files, changes.removed) == ((), ())
        assert "`0.bin` (it cannot be read; the version before stays), `new` (only 256 MB" in changes.note

    # --- names that cannot be kept ---------------------------------------------------------------------------

    async def test_a_file_has_the_same_name_on_disk_in_the_report_and_in_the_store(self, sandbox: Sandbox) -> None:
        await sandbox.run("open('a?b:1.csv', 'w').write('one')", "python", TIMEOUT)
        changes = await sandbox.changed()
        assert [file.path for file in changes.files] == ["a_b_1.csv"]
        assert "`a?b:1.csv` is called `a_b_1.csv` now" in changes.note
        assert (await sandbox.run("ls", "bash", TIMEOUT)).output == "a_b_1.csv\n"
        assert await sandbox.changed() == WorkspaceChanges()

    async def test_a_name_that_is_written_again_is_a_new_version_of_the_same_file(self, sandbox: Sandbox) -> None:
        for text in ("one", "two"):
            await sandbox.run(f"open('a?.csv', 'w').write('{text}')", "python", TIMEOUT)
            changes = await sandbox.changed()
            assert [(file.path, file.size) for file in changes.files] == [("a_.csv", 3)]
            assert (await sandbox.run("head *", "bash", TIMEOUT)).output == text

    async def test_a_renamed_file_takes_the_place_of_no_other(self, sandbox: Sandbox) -> None:
        await sandbox.run("open('a?.csv', 'w').write('mine')", "python", TIMEOUT)
        await sandbox.changed()
        await sandbox.put(PurePosixPath("a_.csv"), b"theirs")
        await sandbox.run("open('a?.csv', 'w').write('mine')", "python", TIMEOUT)
        changes = await sandbox.changed()
        (mine,) = changes.files
        assert mine.path.startswith("a_-")
        assert (await sandbox.run(f"cat a_.csv {mine.path}", "bash", TIMEOUT)).output == "theirsmine"

    async def test_a_folder_with_a_name_that_cannot_be_kept_is_left_by_its_files(self, sandbox: Sandbox) -> None:
        code = "import os; os.makedirs('a?/b|'); open('a?/b|/1.csv', 'w'); open('a?/b|/2.csv', 'w')"
        await sandbox.run(code, "python", TIMEOUT)
        changes = await sandbox.changed()
        assert {file.path for file in changes.files} == {"a_/b_/1.csv", "a_/b_/2.csv"}
        assert (await sandbox.run("find . -mindepth 1 -not -name '.*' | sort", "bash", TIMEOUT)).output == (
            "./a_\n./a_/b_\n./a_/b_/1.csv\n./a_/b_/2.csv\n"
        )

    async def test_two_sessions_see_nothing_of_each_other(self, opened: Opens) -> None:
        async with opened.sandboxes.open("one", ()) as one, opened.sandboxes.open("two", ()) as two:
            await one.run("open('secret.txt', 'w').write('x')", "python", TIMEOUT)
            assert (await two.run("ls", "bash", TIMEOUT)).output == ""

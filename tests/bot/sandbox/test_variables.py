"""Variables last from block to block, and a block that is killed leaves them as they were before it."""

from __future__ import annotations

import asyncio
from pathlib import PurePosixPath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.turn_results import RunResult
from bot.sandbox.session import DockerSandbox
from tests.bot.sandbox.conftest import Opened

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENT, SHORT = 20.0, 0.3


async def python(sandbox: DockerSandbox, code: str, timeout: float = PATIENT) -> RunResult:
    return await sandbox.run(code, "python", timeout)


async def test_variables_functions_and_imports_last(sandbox: DockerSandbox) -> None:
    first = await python(sandbox, "import math\ndef area(r):\n    return math.pi * r**2\nx = 2")
    second = await python(sandbox, "print(round(area(x), 2))")

    assert (second.output, second.variables, second.interpreter) == ("12.57\n", "kept", first.interpreter)


async def test_an_exception_keeps_what_ran_before_it(sandbox: DockerSandbox) -> None:
    failed = await python(sandbox, "x = 1\nx / 0\nx = 2")

    assert (failed.exit_code, failed.variables) == (1, "kept")
    assert failed.note == "Variables set before the error are kept."
    assert (await python(sandbox, "print(x)")).output == "1\n"


@pytest.mark.parametrize(
    ("killed", "ends"),
    [
        ("import time\nx = 2\ntime.sleep(60)", "time"),
        ("x = 2\na = bytearray(2_000_000_000)\na[::4096] = b'1' * len(a[::4096])", "memory"),
        ("x = 2\nwhile True: print('a' * 1000)", "output"),
        ("x = 2\nimport os\nos._exit(4)", None),
        ("x = 2\nimport ctypes\nctypes.string_at(0)", None),
        ("x = 2\nimport os, signal\nos.kill(os.getpid(), signal.SIGKILL)", None),
    ],
)
async def test_a_block_that_is_killed_leaves_the_variables_as_before_it(
    sandbox: DockerSandbox, killed: str, ends: str | None
) -> None:
    await python(sandbox, "x = 1")
    result = await python(sandbox, killed, 3)

    assert (result.killed, result.variables) == (ends, "restored")
    assert "as they were before this block" in result.note
    assert (await python(sandbox, "print(x)")).output == "1\n"


async def test_a_stopped_block_leaves_the_variables_as_before_it(sandbox: DockerSandbox) -> None:
    await python(sandbox, "x = 1")
    running = asyncio.create_task(python(sandbox, "x = 2\nprint(x)\nimport time\ntime.sleep(60)"))
    await asyncio.sleep(0.2)
    await sandbox.kill()

    assert (await running).variables == "restored"
    assert (await python(sandbox, "print(x)")).output == "1\n"


async def test_the_first_block_has_nothing_to_go_back_to(opened: Opened) -> None:
    async with opened.sandboxes.open("first", ()) as sandbox:
        result = await python(sandbox, "x = 1\nimport os\nos._exit(1)")

        assert (result.variables, sandbox.interpreter) == ("lost", "")
        assert "NameError" in (await python(sandbox, "x")).output
        sandbox.discard()


async def test_a_shell_and_a_file_profile_run_beside_the_variables(sandbox: DockerSandbox) -> None:
    await python(sandbox, "x = 1\nopen('a.csv', 'w').write('a,b\\n1,2\\n3,4\\n')")
    await sandbox.changed()

    shell = await sandbox.run("echo from the shell; exit 3", "bash", PATIENT)
    profile = await sandbox.card(PurePosixPath("a.csv"))

    assert (shell.output, shell.exit_code, shell.variables) == ("from the shell\n", 3, "")
    assert profile.kind == "table with separators"
    assert (await python(sandbox, "print(x)")).output == "1\n"


async def test_nothing_that_a_block_started_goes_on_between_two_blocks(sandbox: DockerSandbox) -> None:
    await python(sandbox, "import subprocess, time\np = subprocess.Popen(['sh', '-c', 'sleep 0.3; touch late'])")
    await asyncio.sleep(0.6)
    found = await python(sandbox, "import os\nprint(os.path.exists('late'), p.wait() != 0 or p.returncode)")

    assert found.output.startswith("False")


async def test_a_thread_that_still_runs_stands_still_between_blocks(sandbox: DockerSandbox) -> None:
    await python(
        sandbox,
        "import threading, time\nn = 0\ndef count():\n    global n\n    while True:\n        n += 1\n"
        "        time.sleep(0.001)\nthreading.Thread(target=count, daemon=True).start()",
    )
    before = int((await python(sandbox, "print(n)")).output)
    await asyncio.sleep(1)
    after = int((await python(sandbox, "print(n)")).output)

    assert after - before < 400


async def test_with_a_thread_left_a_killed_block_takes_all_variables(sandbox: DockerSandbox) -> None:
    await python(
        sandbox,
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\nx = 1",
    )
    killed = await python(sandbox, "import os\nos._exit(1)")

    assert killed.variables == "lost"
    assert "All variables are gone" in killed.note
    assert "NameError" in (await python(sandbox, "x")).output


@pytest.mark.parametrize(
    "use",
    [
        "import pyarrow as pa, pyarrow.compute as pc\nprint(pc.sum(pa.array(range(1000))).as_py())",
        "import pandas as pd\npd.DataFrame({'a': range(9)}).to_parquet('a.parquet')\n"
        "print(pd.read_parquet('a.parquet').a.sum())",
        "import numpy as np\nprint(int(np.linalg.inv(np.eye(300)).sum()))",
        "import numpy as np\nfrom sklearn.cluster import KMeans\nX = np.arange(300).reshape(100, 3)\n"
        "print(KMeans(3, n_init=2, random_state=0).fit(X).n_iter_ > 0)",
        "import numpy as np\nfrom sklearn.ensemble import HistGradientBoostingRegressor as H\n"
        "X = np.arange(200.0).reshape(-1, 1)\nprint(H(max_iter=5).fit(X, X[:, 0]).predict(X[:1]).shape)",
        "from sklearn.datasets import load_iris\nfrom sklearn.ensemble import RandomForestClassifier as R\n"
        "X, y = load_iris(return_X_y=True)\nprint(R(10, n_jobs=-1, random_state=0).fit(X, y).score(X, y) > 0.9)",
        "from joblib import Parallel, delayed\nprint(Parallel(2)(delayed(abs)(-n) for n in range(4)))",
        "from sklearn.datasets import load_iris\nfrom sklearn.linear_model import Ridge\n"
        "from sklearn.model_selection import cross_val_score as c\nX, y = load_iris(return_X_y=True)\n"
        "print(len(c(Ridge(), X, y, n_jobs=2)))",
        "import duckdb\nprint(duckdb.sql('SELECT sum(range) FROM range(1000000)').fetchall())",
        "import lightgbm as lgb, numpy as np\nX = np.arange(400.0).reshape(-1, 1)\n"
        "print(lgb.LGBMRegressor(n_estimators=5, verbose=-1).fit(X, X[:, 0]).predict(X[:1]).shape)",
    ],
    ids=[
        "pyarrow",
        "parquet",
        "numpy",
        "k-means",
        "boosting",
        "forest",
        "joblib",
        "cross validation",
        "duckdb",
        "lightgbm",
    ],
)
async def test_libraries_with_threads_work_after_a_killed_block(sandbox: DockerSandbox, use: str) -> None:
    before = await python(sandbox, use)
    await python(sandbox, "import os\nos._exit(1)")
    after = await python(sandbox, use)

    assert before.ok, before.output
    assert (after.output, after.killed) == (before.output, None)


async def test_what_a_block_did_to_its_process_is_undone_for_the_next(sandbox: DockerSandbox) -> None:
    await python(
        sandbox,
        "import os, sys, signal\nos.chdir('/tmp')\nos.umask(0o777)\nsys.argv[:] = ['odd']\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\nsys.stdout.close()\nos.close(2)",
    )
    found = await python(
        sandbox,
        "print(os.getcwd(), os.umask(0o22), len(sys.argv), signal.getsignal(2) is signal.default_int_handler)",
    )

    assert found.output == "/workspace 18 1 True\n"


async def test_a_forked_child_that_falls_through_does_not_end_the_block(sandbox: DockerSandbox) -> None:
    block = (
        "import os, time\npid = os.fork()\nif pid:\n    os.wait()\n    time.sleep(0.1)\n    print('parent')\nx = 1"
    )
    assert (await python(sandbox, block)).output == "parent\n"
    assert (await python(sandbox, "print('next', x)")).output == "next 1\n"


async def test_a_process_whose_first_thread_has_ended_is_killed_too(sandbox: DockerSandbox) -> None:
    code = (
        "import ctypes, os, threading, time\n"
        "def touch():\n    for n in range(3000):\n        open('touched', 'w').write(str(n)); time.sleep(0.001)\n"
        "if not os.fork():\n    threading.Thread(target=touch).start()\n"
        "    ctypes.CDLL(None).syscall(60 if os.uname().machine == 'x86_64' else 93, 0)\ntime.sleep(0.2)"
    )
    assert (await python(sandbox, code)).ok
    before = (await sandbox.run("cat touched", "bash", PATIENT)).output
    await asyncio.sleep(0.3)
    assert (await sandbox.run("cat touched", "bash", PATIENT)).output == before


async def test_a_killed_block_has_its_own_exit_code_and_use_of_memory(sandbox: DockerSandbox) -> None:
    await python(sandbox, "x = 1")
    killed = await python(sandbox, "a = bytearray(200_000_000)\nwhile True: pass", 1)

    assert (killed.exit_code, killed.variables) == (137, "restored")
    assert " and 0 MB of memory" not in killed.note


async def test_a_program_without_memory_dies_instead_of_the_variables(sandbox: DockerSandbox) -> None:
    await python(sandbox, "x = bytearray(300_000_000)\nx[::4096] = b'1' * len(x[::4096])")
    shell = await sandbox.run(
        "python -c 'a = bytearray(2_000_000_000); a[::4096] = b\"1\" * len(a[::4096])'", "bash", 30
    )

    assert not shell.ok
    assert (await python(sandbox, "print(len(x))")).output == "300000000\n"


async def test_the_exit_status_of_what_a_block_started_stays_its_own(sandbox: DockerSandbox) -> None:
    await python(sandbox, "import subprocess\np = subprocess.Popen(['sh', '-c', 'exit 3'])")
    await asyncio.sleep(0.1)

    assert (await python(sandbox, "print(p.wait() in (3, -9))")).output == "True\n"


Steps = st.lists(st.sampled_from(["set", "fail", "exit", "die", "hang", "fork", "thread", "shell"]), max_size=6)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(Steps)
async def test_any_sequence_of_blocks_behaves_as_a_notebook(opened: Opened, steps: list[str]) -> None:
    async with opened.sandboxes.open("sequence", ()) as sandbox:
        model: dict[str, int] = {}
        for number, step in enumerate(steps):
            result = await do(sandbox, step, number)
            if step in ("set", "fail", "exit", "fork", "thread"):
                assert result.variables == "kept", (step, result)
                model[f"v{number}"] = number
            elif result.variables == "lost":
                model.clear()
            shown = await python(
                sandbox, "print({k: v for k, v in globals().items() if k[0] == 'v' and k[1:].isdecimal()})"
            )
            assert shown.output == f"{model}\n", (steps[: number + 1], result)
        sandbox.discard()


async def do(sandbox: DockerSandbox, step: str, number: int) -> RunResult:
    sets = f"v{number} = {number}\n"
    match step:
        case "set":
            return await python(sandbox, sets)
        case "fail":
            return await python(sandbox, f"{sets}1 / 0")
        case "exit":
            return await python(sandbox, f"{sets}raise SystemExit(2)")
        case "die":
            return await python(sandbox, f"{sets}import os\nos._exit(5)")
        case "hang":
            return await python(sandbox, f"{sets}while True: pass", SHORT)
        case "fork":
            return await python(sandbox, f"import os, time\n{sets}if not os.fork():\n    time.sleep(60)")
        case "thread":
            return await python(
                sandbox,
                f"import threading as t, time\n{sets}t.Thread(target=time.sleep, args=(60,), daemon=True).start()",
            )
        case _:
            return await sandbox.run("kill -CONT -1; sleep 0.01", "bash", PATIENT)

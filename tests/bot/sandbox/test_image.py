from __future__ import annotations

import hashlib
import io
import re
import shutil
import subprocess
import tarfile
from pathlib import Path
from textwrap import dedent

import docker
import pytest

from bot.domain.errors import OperatorError
from bot.sandbox import base, image, inputs, wheels
from bot.sandbox.session import DockerSandbox
from bot.settings import Packages, Settings
from scripts.list_packages import SANDBOX, asked, locked

ROOT = Path(__file__).parents[3]
ENGINE_SCRIPT = ROOT / "scripts/engine.sh"


def test_every_file_that_the_dockerfile_copies_is_an_input() -> None:
    known = inputs.files("full")
    copied = [line.split()[1] for line in known["Dockerfile"].decode().splitlines() if line.startswith("COPY bot")]
    assert len(copied) >= 3
    for source in copied:
        assert any(path == source or path.startswith(f"{source}/") for path in known), source


def test_only_the_sandboxs_own_stages_are_built_and_count() -> None:
    recipe = inputs.recipe((ROOT / "Dockerfile").read_text())
    assert [line.split()[-1] for line in recipe.splitlines() if line.startswith("FROM")] == ["packages", "sandbox"]
    assert "ARG BASE" in recipe


def test_the_small_image_is_made_from_a_lock_of_its_own() -> None:
    full, small = inputs.files("full"), inputs.files("small")
    lock = "bot/sandbox/requirements.lock"
    assert full.keys() == small.keys()
    assert {path for path in full if full[path] != small[path]} == {lock}
    assert small[lock] == (ROOT / "bot/sandbox/requirements-small.lock").read_bytes()
    assert inputs.digest("full") != inputs.digest("small")


def test_the_small_image_has_fewer_packages_of_the_same_versions() -> None:
    full, small = locked(inputs.lock("full")), locked(inputs.lock("small"))
    assert small.items() < full.items()
    assert {name for name, _ in asked(SANDBOX / "requirements-small.in")} <= small.keys()


@pytest.mark.parametrize("packages", ["full", "small"])
def test_every_package_is_locked_by_the_hashes_of_its_wheels(packages: Packages) -> None:
    for entry in re.split(r"^(?=[\w-]+==)", inputs.lock(packages).read_text(), flags=re.MULTILINE)[1:]:
        assert re.match(r"[\w-]+==\S+ \\\n    --hash=sha256:[0-9a-f]{64}", entry), entry


def test_the_context_is_the_same_bytes_for_the_same_files(tmp_path: Path) -> None:
    (tmp_path / "a.whl").write_bytes(b"wheel")
    packed = []
    for _ in range(2):
        context = io.BytesIO()
        image._pack(context, inputs.files("full"), tmp_path)
        packed.append(context.read())
        (tmp_path / "a.whl").touch()
    assert packed[0] == packed[1]
    with tarfile.open(fileobj=io.BytesIO(packed[0])) as tar:
        assert {"Dockerfile", "wheels/a.whl", "bot/sandbox/driver/serve.py"} <= set(tar.getnames())


def test_a_build_that_fails_says_what_the_builder_said() -> None:
    lines = [
        {"stream": "Step 1/2 : FROM x\n"},
        {"stream": "no such file\n"},
        {"error": "returned a non-zero code: 1"},
    ]
    with pytest.raises(OperatorError, match=r"(?s)no such file.*non-zero code"):
        image._raise_on_error(iter(lines))


def test_packages_are_fetched_once_for_a_lock_and_a_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    lock = inputs.lock("full")
    key = hashlib.sha256(lock.read_bytes() + b"amd64").hexdigest()[:16]
    folder = tmp_path / "roundtable" / f"wheels-{key}"
    folder.mkdir(parents=True)
    (folder / "complete").touch()
    said: list[str] = []
    assert wheels.download(lock, "amd64", said.append) == folder
    assert said == []


def test_a_machine_without_packages_is_named(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="s390x"):
        wheels.download(inputs.lock("full"), "s390x", print)


def test_our_own_base_changes_its_name_with_its_packages() -> None:
    digest = hashlib.sha256((ROOT / "bot/sandbox/debian-packages.txt").read_bytes()).hexdigest()
    assert base.own_tag().endswith(digest[:12])


@pytest.mark.docker
def test_an_image_is_outdated_when_an_input_changes_or_is_missing(
    engine: docker.DockerClient, settings: Settings
) -> None:
    assert not image.outdated(settings)
    assert image.outdated(settings.model_copy(update={"roundtable_sandbox_image": "no-such-image:1"}))
    assert image.outdated(settings.model_copy(update={"roundtable_sandbox_packages": "small"}))
    said: list[str] = []
    image.build(settings, said.append, only_if_outdated=True)
    assert said == []
    labels = engine.images.get(settings.roundtable_sandbox_image).labels
    assert labels[inputs.LABEL] == inputs.digest("full")
    assert labels[inputs.PACKAGES_LABEL] == "full"


@pytest.mark.docker
def test_the_engine_script_does_nothing_when_an_engine_answers(engine: docker.DockerClient) -> None:
    done = subprocess.run([ENGINE_SCRIPT], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.skipif(not shutil.which("docker"), reason="needs docker's command line")
def test_the_engine_script_says_in_a_sentence_what_it_cannot_do() -> None:
    done = subprocess.run(
        [ENGINE_SCRIPT],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin",
            "HOME": "/nowhere",
            "DOCKER_HOST": "unix:///nowhere",
        },
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == "engine: DOCKER_HOST is set to unix:///nowhere, but no engine answers there.\n"


@pytest.mark.skipif(not shutil.which("docker"), reason="needs docker's command line")
@pytest.mark.parametrize("known", [True, False])
def test_the_engine_script_starts_none_beside_a_chosen_context(tmp_path: Path, known: bool) -> None:
    (tmp_path / "config.json").write_text('{"currentContext": "mine"}')
    if known:
        meta = tmp_path / "contexts/meta" / hashlib.sha256(b"mine").hexdigest() / "meta.json"
        meta.parent.mkdir(parents=True)
        meta.write_text(
            '{"Name": "mine", "Metadata": {}, "Endpoints": {"docker": {"Host": "unix:///nowhere/docker.sock"}}}'
        )
    done = subprocess.run(
        [ENGINE_SCRIPT],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin", "HOME": "/nowhere", "DOCKER_CONFIG": str(tmp_path)},
        check=False,
    )
    assert done.returncode == 2
    name = "mine" if known else "that is set"
    assert done.stderr == (
        f"engine: no engine answers in the Docker context {name}; start it, or run: docker context use default\n"
    )


@pytest.mark.docker
@pytest.mark.asyncio(loop_scope="module")
class TestImage:
    async def test_every_package_works(self, sandbox: DockerSandbox) -> None:
        code = """
        import matplotlib, numpy, openpyxl, pandas, PIL, pyarrow, scipy.stats, seaborn, sklearn.linear_model
        import statsmodels.api as sm
        frame = pandas.DataFrame({"x": range(5), "y": [1.0, 3.1, 4.9, 7.2, 9.0]})
        frame.to_excel("a.xlsx"), frame.to_parquet("a.parquet"), frame.to_csv("a.csv")
        assert pandas.read_excel("a.xlsx").shape == (5, 3)
        assert pandas.read_parquet("a.parquet").equals(frame)
        print(round(float(sklearn.linear_model.LinearRegression().fit(frame[["x"]], frame.y).coef_[0]), 2))
        print(round(float(sm.OLS(frame.y, sm.add_constant(frame.x)).fit().params["x"]), 2))
        print(round(float(scipy.stats.linregress(frame.x, frame.y).slope), 2))
        """
        result = await sandbox.run(dedent(code), "python", 60)
        assert result.output == "2.01\n2.01\n2.01\n"

    @pytest.mark.parametrize("style", ["", "import seaborn; seaborn.set_theme()", "plt.style.use('ggplot')"])
    @pytest.mark.parametrize("language", ["python", "bash"], ids=["in the preloaded Python", "in a fresh Python"])
    async def test_plots_draw_every_script_without_a_warning(
        self, sandbox: DockerSandbox, style: str, language: str
    ) -> None:
        code = f"""
        import matplotlib.pyplot as plt
        {style}
        plt.bar(["日本語", "中文", "한국어", "Привет", "العربية"], [1, 2, 3, 4, -5])
        plt.title("Ελληνικά עברית हिन्दी ไทย ქართული Հայերեն")
        plt.xlabel("Umsätze ∑ € − 📈 ✓")
        plt.savefig("chart.png")
        plt.show()
        """
        if language == "bash":
            await sandbox.run(f"open('plot.py', 'w').write({dedent(code)!r})", "python", 20)
            code = "python plot.py"
        result = await sandbox.run(dedent(code), language, 60)
        assert (result.output, result.exit_code) == ("", 0)
        files = (await sandbox.changed()).files
        assert "chart.png" in [file.path for file in files]

    async def test_a_chart_of_data_that_ships_with_the_libraries(self, sandbox: DockerSandbox) -> None:
        code = """
        import matplotlib.cbook, sklearn.datasets
        print(len(matplotlib.cbook.get_sample_data("goog.npz")["price_data"]) > 100)
        print(sklearn.datasets.load_iris(as_frame=True).frame.shape)
        """
        assert (await sandbox.run(dedent(code), "python", 60)).output == "True\n(150, 5)\n"

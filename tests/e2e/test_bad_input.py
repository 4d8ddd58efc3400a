"""Everything a person or an operator can get wrong is answered with one sentence that names the fix."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

import pytest

from bot.domain.posts import StatusPost
from tests.e2e.engine_socket import relay
from tests.e2e.process import command, up
from tests.platforms import openai
from tests.platforms.script import Fail

OPERATOR = 2


async def test_bad_settings_are_named_all_at_once(tmp_path: Path) -> None:
    code, _, err = await command(
        tmp_path, "up", ROUNDTABLE_MODEL="gpt", ROUNDTABLE_WEB_PORT="http", ROUNDTABLE_SANDBOX_PIDS="2"
    )
    assert code == OPERATOR
    for key in ("ROUNDTABLE_MODEL", "ROUNDTABLE_WEB_PORT", "ROUNDTABLE_SANDBOX_PIDS"):
        assert key in err
    assert "Traceback" not in err


async def test_a_model_without_its_key_is_refused_at_the_start(tmp_path: Path) -> None:
    code, _, err = await command(tmp_path, "up", ROUNDTABLE_MODEL="openai/gpt-x")
    assert code == OPERATOR
    assert "OPENAI_API_KEY" in err


async def test_an_unknown_default_team_is_refused_at_the_start(tmp_path: Path) -> None:
    code, _, err = await command(tmp_path, "up", ROUNDTABLE_TEAM="dream")
    assert code == OPERATOR
    assert "analyst, crew, pair" in err


@pytest.mark.parametrize("command_", ["up", "doctor"])
async def test_rules_that_are_named_and_not_there_are_refused_at_the_start(tmp_path: Path, command_: str) -> None:
    code, _, err = await command(tmp_path, command_, ROUNDTABLE_POLICY=str(tmp_path / "polcy.toml"))
    assert code == OPERATOR
    assert "ROUNDTABLE_POLICY: there is no file" in err
    assert "Traceback" not in err


async def test_a_second_up_on_the_same_work_directory_names_the_first(tmp_path: Path) -> None:
    async with up(tmp_path) as roundtable:
        code, _, err = await command(tmp_path, "up")
    assert code == OPERATOR
    assert str(roundtable.process.pid) in err
    assert roundtable.url in err.replace("\n", "")


async def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, _, err = await command(tmp_path, "up", ROUNDTABLE_WEB_PORT=port)
    assert code == OPERATOR
    assert port in err
    assert "ROUNDTABLE_WEB_PORT" in err


async def test_a_database_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "roundtable.sqlite").write_bytes(b"this is no database, but long enough to look like a file" * 20)
    code, _, err = await command(tmp_path, "up")
    assert code == OPERATOR
    assert "roundtable.sqlite" in err
    assert "Traceback" not in err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_work_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    code, _, err = await command(folder / "work", "up")
    assert code == OPERATOR
    assert "ROUNDTABLE_WORK_DIR" in err


async def test_an_address_open_to_others_needs_a_token(tmp_path: Path) -> None:
    code, _, err = await command(tmp_path, "up", ROUNDTABLE_WEB_HOST="0.0.0.0")
    assert code == OPERATOR
    assert "ROUNDTABLE_API_TOKEN" in err


async def test_a_wrong_key_is_said_in_the_thread_and_nothing_is_lost(tmp_path: Path) -> None:
    async with openai.play(key="sk-right") as provider:
        wrong = {
            "ROUNDTABLE_MODEL": "openai/scripted",
            "OPENAI_API_KEY": "sk-wrong",
            "OPENAI_BASE_URL": f"{provider.url}/v1",
        }
        async with up(tmp_path, **wrong) as roundtable:
            session = await roundtable.start("think")
            thread = await roundtable.until(session, StatusPost)
            view = await roundtable.view(session)
        said = thread[-1].item
        assert isinstance(said, StatusPost)
        assert "OPENAI_API_KEY" in said.text
        assert view.status == "paused"

        provider.say("Here I am.\n\nTERMINATE")
        async with up(tmp_path, **wrong | {"OPENAI_API_KEY": "sk-right"}) as roundtable:
            await roundtable.reply(session, "try again")
            await roundtable.ended(session)
        heard = str(provider.calls[-1]["messages"])
        assert "think" in heard
        assert "try again" in heard


async def test_run_with_a_wrong_key_says_so_and_fails(tmp_path: Path) -> None:
    async with openai.play(key="sk-right") as provider:
        code, out, err = await command(
            tmp_path,
            *("run", "think"),
            ROUNDTABLE_MODEL="openai/scripted",
            OPENAI_API_KEY="sk-wrong",
            OPENAI_BASE_URL=f"{provider.url}/v1",
        )
    assert code not in (0, OPERATOR)
    assert "OPENAI_API_KEY" in out
    assert "Traceback" not in out + err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", ""), "empty"),
        (("run", "task", "--team", "dream"), "no team 'dream'"),
        (("run", "task", "--file", "nowhere.csv"), "nowhere.csv"),
        (("run", "task", "--session", "s0000000000"), "no session"),
        (("sessions", "files", "s0000000000"), "no session"),
        (("run", "task", "--out", "pyproject.toml"), "--out"),
        (("run", "stop"), "describe a task"),
    ],
)
async def test_a_command_that_cannot_be_carried_out_says_why(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    code, _, err = await command(tmp_path, *arguments)
    assert code == OPERATOR
    assert words in " ".join(err.split())
    assert "Traceback" not in err


async def test_a_file_that_is_too_large_is_refused_by_the_terminal(tmp_path: Path) -> None:
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate(50_000_001)
    code, _, err = await command(tmp_path / "work", "run", "look", "--file", str(large))
    assert code == OPERATOR
    assert "50 MB" in " ".join(err.split())


async def test_rest_refuses_what_it_cannot_take_with_a_sentence(tmp_path: Path) -> None:
    async with up(tmp_path) as roundtable:
        empty = await roundtable.http.post("/api/sessions", json={"task": " "})
        unknown = await roundtable.http.post("/api/sessions", json={"task": "x", "team": "dream"})
        large = await roundtable.http.post(
            "/api/sessions", data={"task": "x"}, files={"files": ("a.csv", b"0" * 50_000_001)}
        )
        nothing = await roundtable.http.get("/api/sessions/s0000000000")
        session = await roundtable.start("thanks")
        past = {"Last-Event-ID": "9" * 30}
        late = await roundtable.http.get(f"/api/sessions/{session}/events", headers=past)
    answers = (empty, unknown, large, nothing, late)
    assert [answer.status_code for answer in answers] == [400, 400, 413, 404, 400]
    for answer in answers:
        assert answer.json()["detail"].endswith(".")


async def test_doctor_names_what_is_wrong_and_fails(tmp_path: Path) -> None:
    code, out, _ = await command(tmp_path, "doctor", DOCKER_HOST="unix:///nowhere/docker.sock")
    assert code == 1
    assert "wrong sandbox" in out
    assert "ok    database" in out


async def test_doctor_says_once_what_is_wrong_with_the_team(tmp_path: Path) -> None:
    code, out, _ = await command(
        tmp_path, "doctor", ROUNDTABLE_TEAM="dream", DOCKER_HOST="unix:///nowhere/docker.sock"
    )
    assert code == 1
    assert out.count("ROUNDTABLE_TEAM names no team 'dream'") == 1
    assert "database: not tried until that is fixed" in out
    assert "2 of 8 checks" in out


@pytest.mark.docker
async def test_up_does_not_start_on_an_engine_whose_containers_are_weaker_than_asked_for(tmp_path: Path) -> None:
    async with relay(tmp_path / "docker.sock") as way:
        way.swap = (b'"PidsLimit": 128', b'"PidsLimit": 999')
        code, out, err = await command(tmp_path / "work", "up", DOCKER_HOST=f"unix://{way.path}")
    assert code == OPERATOR
    assert "too weak to run code in" in err
    assert "its limit of processes is not in effect" in err
    assert "Traceback" not in out + err


async def test_run_without_a_terminal_ends_when_the_model_does_not_answer_and_up_goes_on(tmp_path: Path) -> None:
    async with openai.play() as provider:
        settings = {
            "ROUNDTABLE_MODEL": "openai/scripted",
            "OPENAI_API_KEY": "sk-test",
            "OPENAI_BASE_URL": f"{provider.url}/v1",
        }
        provider.add(Fail(503, "overloaded", headers={"retry-after": "600"}))
        code, out, err = await command(tmp_path, "run", "think", stdin=b"", **settings)
        said = " ".join(out.split())
        assert code == 4, out + err
        assert "does not answer now (HTTP 503" in said
        assert "The session stays on hold: `roundtable up` continues it." in said
        found = re.search(r"roundtable run --session (\S+)", said)
        assert found
        provider.say("Here I am.\n\nTERMINATE")
        async with up(tmp_path, **settings) as roundtable:
            assert (await roundtable.view(found[1])).status == "paused"
            await roundtable.reply(found[1], "try again")
            await roundtable.ended(found[1])
    assert "Traceback" not in out + err

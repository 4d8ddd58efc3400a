"""Settings: everything that is wrong at once, in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.domain.budgets import Price
from bot.domain.errors import OperatorError
from bot.settings import Settings, load, prices


@pytest.fixture(autouse=True)
def nothing_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_everything_has_a_default() -> None:
    settings = load(None)
    assert (settings.roundtable_model, settings.roundtable_team) == ("", "analyst")
    assert (settings.roundtable_web_host, settings.roundtable_web_port) == ("127.0.0.1", 8080)
    assert settings.roundtable_work_dir == Path("work_dir")
    assert settings.database_url == "sqlite:///work_dir/roundtable.sqlite"
    assert settings.roundtable_file_limit == 50_000_000


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    file.write_text(
        "ROUNDTABLE_TEAM=crew\n# a comment\nROUNDTABLE_WEB_PORT=9000\nOPENAI_API_KEY='sk-file'\nSOMETHING_ELSE=1\n"
    )
    monkeypatch.setenv("ROUNDTABLE_WEB_PORT", "9001")
    settings = load(file)
    assert (settings.roundtable_team, settings.roundtable_web_port) == ("crew", 9001)
    assert settings.openai_api_key.get_secret_value() == "sk-file"
    assert load(file, roundtable_web_port=9002).roundtable_web_port == 9002


def test_a_missing_file_is_no_error(tmp_path: Path) -> None:
    assert load(tmp_path / "none").roundtable_team == "analyst"


def test_an_empty_value_is_as_if_it_were_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDTABLE_WEB_PORT", "")
    monkeypatch.setenv("OPENAI_BASE_URL", "")
    assert (load(None).roundtable_web_port, load(None).openai_base_url) == (8080, "")


def test_all_bad_keys_are_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("ROUNDTABLE_MODEL=gpt-5\nROUNDTABLE_DATABASE_URL=mysql://x\n")
    monkeypatch.setenv("ROUNDTABLE_WEB_PORT", "eighty")
    monkeypatch.setenv("ROUNDTABLE_SANDBOX_MEMORY_MB", "1")
    with pytest.raises(OperatorError) as refused:
        load(tmp_path / ".env")
    first, *lines = str(refused.value).splitlines()
    assert first == "These settings in the environment or .env need mending:"
    assert sorted(lines) == [
        "  ROUNDTABLE_DATABASE_URL: must start with sqlite:/// or postgresql://",
        "  ROUNDTABLE_MODEL: must be demo, openai/NAME, azure/NAME, anthropic/NAME or ollama/NAME",
        "  ROUNDTABLE_SANDBOX_MEMORY_MB: input should be greater than or equal to 256",
        "  ROUNDTABLE_WEB_PORT: input should be a valid integer, unable to parse string as an integer",
    ]


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"ROUNDTABLE_TEAM=\xff\xfe\n")
    with pytest.raises(OperatorError, match=r"\.env cannot be read as UTF-8 text"):
        load(tmp_path / ".env")


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("sqlite:///x.sqlite", "sqlite:///x.sqlite"),
        ("postgresql://ann@host/db", "postgresql+psycopg://ann@host/db"),
        ("postgresql+psycopg://ann@host/db", "postgresql+psycopg://ann@host/db"),
    ],
)
def test_a_database_url_names_its_driver(given: str, url: str) -> None:
    assert load(None, roundtable_database_url=given).database_url == url


def test_the_tables_are_in_the_work_directory_unless_set() -> None:
    assert load(None, roundtable_work_dir=Path("/srv/rt")).database_url == "sqlite:////srv/rt/roundtable.sqlite"


@pytest.mark.parametrize(
    "name", ["", "demo", "openai/gpt-6", "azure/x", "anthropic/claude", "ollama/a:7b", "openai/a/b"]
)
def test_a_model_that_can_be_meant(name: str) -> None:
    assert load(None, roundtable_model=name).roundtable_model == name


@pytest.mark.parametrize("name", ["gpt-5", "openai", "openai/", "/x", "demo/x", "google/gemini"])
def test_a_model_that_cannot(name: str) -> None:
    with pytest.raises(OperatorError, match="ROUNDTABLE_MODEL: must be demo"):
        load(None, roundtable_model=name)


@pytest.mark.parametrize(
    ("memory", "workspace", "left"),
    [("512", None, 256), (None, "700", 324), ("600", "201", 399), ("300", "16", 284)],
)
def test_a_workspace_that_leaves_programs_too_little_memory_is_refused(
    monkeypatch: pytest.MonkeyPatch, memory: str | None, workspace: str | None, left: int
) -> None:
    for name, value in (("MEMORY", memory), ("WORKSPACE", workspace)):
        if value:
            monkeypatch.setenv(f"ROUNDTABLE_SANDBOX_{name}_MB", value)
    sum_of_it = f"{memory or 1024} MB (ROUNDTABLE_SANDBOX_MEMORY_MB) - {workspace or 256} MB leaves {left} MB"
    with pytest.raises(
        OperatorError, match="ROUNDTABLE_SANDBOX_WORKSPACE_MB: the workspace is held in"
    ) as refused:
        load(None)
    assert sum_of_it in str(refused.value)


def test_a_workspace_that_leaves_programs_enough_memory_is_not() -> None:
    settings = load(None, roundtable_sandbox_memory_mb=416, roundtable_sandbox_workspace_mb=16)
    assert settings.roundtable_sandbox_memory_mb - settings.roundtable_sandbox_workspace_mb == 400


def test_secrets_are_not_shown() -> None:
    settings = load(None, openai_api_key="sk-very-secret", roundtable_api_token="also-secret")
    assert "sk-very-secret" not in repr(settings)
    assert "also-secret" not in repr(settings)


def test_settings_cannot_be_changed() -> None:
    settings = load(None)
    with pytest.raises(ValidationError):
        settings.roundtable_team = "crew"  # type: ignore[misc]


def test_prices_are_read_or_named(tmp_path: Path) -> None:
    given = "openai/mine=2.50/10, azure/x = 0/0, anthropic/y=3/15/0.3/3.75"
    assert prices(load(None, roundtable_prices=given).roundtable_prices) == {
        "openai/mine": Price(2.5, 10.0),
        "azure/x": Price(0.0, 0.0),
        "anthropic/y": Price(3.0, 15.0, 0.3, 3.75),
    }
    for wrong in (
        "openai/mine=1/2/3/4/5",
        "openai/mine",
        "mine=1/2",
        "openai/mine=1",
        "openai/mine=-1/2",
        "openai/mine=nan/1",
    ):
        with pytest.raises(OperatorError, match=r"ROUNDTABLE_PRICES: must be MODEL=IN/OUT"):
            load(None, roundtable_prices=wrong)


def test_rules_that_are_named_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(None).roundtable_policy == Path("policy.toml"), "the default may be absent"
    for absent in ("policy.toml", "rules/mine.toml", "."):
        monkeypatch.setenv("ROUNDTABLE_POLICY", absent)
        with pytest.raises(
            OperatorError, match=rf"ROUNDTABLE_POLICY: there is no file {absent}; make it, or leave"
        ):
            load(None)
    (tmp_path / "mine.toml").write_text("")
    monkeypatch.setenv("ROUNDTABLE_POLICY", "mine.toml")
    assert load(None).roundtable_policy == Path("mine.toml")

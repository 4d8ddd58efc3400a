"""Every setting of Roundtable, read once from the environment and `.env`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.domain.budgets import Price
from bot.domain.errors import OperatorError

PROGRAMS_MB = 400
"""Megabytes of a sandbox's memory that its workspace must leave for programs."""

Packages: TypeAlias = Literal["full", "small"]
"""Which Python packages are in the sandbox's image."""

Vision: TypeAlias = Literal["auto", "true", "false"]
"""Whether models are shown pictures; auto: those that are known to see."""


def _database_url(value: str) -> str:
    if value and not value.startswith(("sqlite:///", "postgresql+psycopg://", "postgresql://")):
        raise ValueError("must start with sqlite:/// or postgresql://")
    return value.replace("postgresql://", "postgresql+psycopg://", 1)


def _file(value: Path) -> Path:
    if not value.is_file():
        raise ValueError(f"there is no file {value}; make it, or leave this out and the defaults hold")
    return value


def _prices(value: str) -> str:
    prices(value)
    return value


def prices(value: str) -> dict[str, Price]:
    """Models' prices as ROUNDTABLE_PRICES has them; raises ValueError."""
    found: dict[str, Price] = {}
    for entry in filter(None, (part.strip() for part in value.split(","))):
        model, _, price = entry.partition("=")
        try:
            numbers = [float(number) for number in price.split("/")]
            known = (
                model_name(model.strip()) and 2 <= len(numbers) <= 4 and all(0 <= each < 1e6 for each in numbers)
            )
        except ValueError:
            known = False
        if not known:
            raise ValueError(
                "must be MODEL=IN/OUT in dollars a million tokens, as in openai/mine=2.50/10, "
                "or MODEL=IN/OUT/READ/WRITTEN where the provider's cache has prices of its own"
            )
        found[model.strip()] = Price(*numbers)
    return found


def model_name(value: str) -> str:
    """A model's name as ROUNDTABLE_MODEL has it, or ""; raises ValueError."""
    provider, _, name = value.partition("/")
    if value in ("", "demo") or (provider in ("openai", "azure", "anthropic", "ollama") and name):
        return value
    raise ValueError("must be demo, openai/NAME, azure/NAME, anthropic/NAME or ollama/NAME")


def fallback_name(value: str) -> str:
    """A fallback's name as ROUNDTABLE_MODEL_FALLBACK has it, or ""; raises ValueError."""
    if value == "demo":
        raise ValueError("must be openai/NAME, azure/NAME, anthropic/NAME or ollama/NAME")
    return model_name(value)


def _vision(value: object) -> object:
    """Also as other switches are written: true, yes, on and 1, and their opposites."""
    word = str(value).strip().lower()
    return {"1": "true", "yes": "true", "on": "true", "0": "false", "no": "false", "off": "false"}.get(word, word)


def _leaves_memory(workspace: int, others: ValidationInfo) -> int:
    """The workspace is memory of the sandbox: what it leaves must be enough for programs."""
    memory = others.data.get("roundtable_sandbox_memory_mb")
    if memory is not None and memory - workspace < PROGRAMS_MB:
        raise ValueError(
            f"the workspace is held in the sandbox's memory, and {memory} MB (ROUNDTABLE_SANDBOX_MEMORY_MB) - "
            f"{workspace} MB leaves {memory - workspace} MB for programs, which need {PROGRAMS_MB} MB: "
            "raise the memory or make the workspace smaller"
        )
    return workspace


class Settings(BaseSettings):
    """Frozen settings; each field's name in lower case is the environment variable's."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", case_sensitive=False, env_ignore_empty=True)

    roundtable_model: Annotated[str, AfterValidator(model_name)] = ""
    roundtable_model_fallback: Annotated[str, AfterValidator(fallback_name)] = ""
    roundtable_model_max_tokens: int = Field(4096, ge=16, le=200_000)
    roundtable_model_timeout: float = Field(120, gt=0, le=3600)
    roundtable_model_window: int = Field(0, ge=0, le=100_000_000)
    roundtable_model_temperature: float | None = Field(None, ge=0, le=2)
    roundtable_model_seed: int | None = Field(None, ge=0, le=2**31 - 1)
    roundtable_context_tokens: int = Field(16_000, ge=2_000)
    roundtable_model_vision: Annotated[Vision, BeforeValidator(_vision)] = "auto"
    roundtable_prices: Annotated[str, AfterValidator(_prices)] = ""
    openai_api_key: SecretStr = SecretStr("")
    openai_base_url: str = ""
    anthropic_api_key: SecretStr = SecretStr("")
    anthropic_base_url: str = ""
    azure_openai_api_key: SecretStr = SecretStr("")
    azure_openai_endpoint: str = ""
    azure_openai_deployment: str = ""
    azure_openai_api_version: str = "2024-10-21"
    ollama_host: str = ""
    ollama_api_key: SecretStr = SecretStr("")

    roundtable_work_dir: Path = Path("work_dir")
    roundtable_database_url: Annotated[str, AfterValidator(_database_url)] = ""
    roundtable_team: str = "analyst"
    roundtable_policy: Annotated[Path, AfterValidator(_file), Field(validate_default=False)] = Path("policy.toml")
    roundtable_sessions_at_once: int = Field(8, ge=1, le=1000)
    roundtable_file_limit: int = Field(50_000_000, ge=1)
    roundtable_session_disk_mb: int = Field(1000, ge=16)
    roundtable_retention_days: int = Field(0, ge=0, le=36_500)

    roundtable_web_host: str = "127.0.0.1"
    roundtable_web_port: int = Field(8080, ge=0, le=65535)
    roundtable_api_token: SecretStr = SecretStr("")

    discord_bot_token: SecretStr = SecretStr("")
    discord_api_url: str = ""
    discord_gateway_url: str = ""
    slack_bot_token: SecretStr = SecretStr("")
    slack_app_token: SecretStr = SecretStr("")
    slack_signing_secret: SecretStr = SecretStr("")
    slack_api_url: str = ""

    docker_host: str = ""
    docker_tls_verify: bool = False
    docker_cert_path: str = ""
    roundtable_sandbox_image: str = "roundtable-sandbox:latest"
    roundtable_sandbox_packages: Packages = "full"
    roundtable_sandbox_runtime: str = ""
    roundtable_sandbox_memory_mb: int = Field(1024, ge=256)
    roundtable_sandbox_workspace_mb: Annotated[int, AfterValidator(_leaves_memory)] = Field(
        256, ge=16, validate_default=True
    )
    roundtable_sandbox_cpus: float = Field(1.0, gt=0)
    roundtable_sandbox_pids: int = Field(128, ge=16)
    roundtable_sandbox_timeout: float = Field(120, gt=0, le=3600)
    roundtable_sandbox_output_kb: int = Field(1000, ge=1)
    roundtable_sandbox_pool: int = Field(1, ge=0, le=50)
    roundtable_sandbox_rest_minutes: float = Field(10, ge=0, le=1440)
    roundtable_sandbox_rest_count: int = Field(4, ge=0, le=1000)
    roundtable_sandbox_rest_mb: int = Field(2048, ge=0)

    @property
    def database_url(self) -> str:
        """Where the tables are; SQLite in the work directory unless set."""
        return self.roundtable_database_url or f"sqlite:///{self.roundtable_work_dir / 'roundtable.sqlite'}"


def load(env_file: Path | None = Path(".env"), **overrides: Any) -> Settings:
    """The settings of this process; raises OperatorError naming every bad key at once."""
    try:
        return Settings(_env_file=env_file, **overrides)
    except ValidationError as error:
        raise OperatorError(_sentence(error)) from None
    except (OSError, UnicodeDecodeError):
        raise OperatorError(f"The file {env_file} cannot be read as UTF-8 text: save it as such.") from None


def _sentence(error: ValidationError) -> str:
    lines = [f"  {str(bad['loc'][0]).upper()}: {_reason(bad)}" for bad in error.errors() if bad["loc"]]
    return "These settings in the environment or .env need mending:\n" + "\n".join(lines)


def _reason(bad: Mapping[str, Any]) -> str:
    message = str(bad["msg"]).removeprefix("Value error, ")
    return message[0].lower() + message[1:]

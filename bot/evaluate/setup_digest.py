"""What changes answers beside task, team and model: settings and code, as one digest."""

from __future__ import annotations

import hashlib
from pathlib import Path

from bot.settings import Settings

_CHANGE_ANSWERS = {
    "roundtable_model_fallback",
    "roundtable_model_max_tokens",
    "roundtable_model_seed",
    "roundtable_model_temperature",
    "roundtable_model_timeout",
    "roundtable_model_vision",
    "roundtable_model_window",
    "roundtable_context_tokens",
    "roundtable_file_limit",
    "openai_base_url",
    "anthropic_base_url",
    "azure_openai_endpoint",
    "azure_openai_deployment",
    "azure_openai_api_version",
    "ollama_host",
    "roundtable_sandbox_image",
    "roundtable_sandbox_packages",
    "roundtable_sandbox_memory_mb",
    "roundtable_sandbox_workspace_mb",
    "roundtable_sandbox_cpus",
    "roundtable_sandbox_pids",
    "roundtable_sandbox_timeout",
    "roundtable_sandbox_output_kb",
}


def setup_digest(settings: Settings, code: Path) -> str:
    """Changes with each of these settings, and with the Python files in a folder."""
    found = hashlib.sha256(repr(sorted(settings.model_dump(include=_CHANGE_ANSWERS).items())).encode())
    for path in sorted(code.rglob("*.py")):
        found.update(str(path.relative_to(code)).encode() + hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()

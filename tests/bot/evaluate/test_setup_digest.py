"""A run is run anew when a setting or code that changes its answer does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.evaluate.setup_digest import setup_digest
from bot.settings import load


def digest(code: Path, **fields: Any) -> str:
    return setup_digest(load(None, **fields), code)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("roundtable_model_temperature", 0.5),
        ("roundtable_model_seed", 1),
        ("roundtable_model_window", 8_000),
        ("roundtable_model_max_tokens", 100),
        ("roundtable_model_fallback", "openai/other"),
        ("openai_base_url", "http://127.0.0.1:1/v1"),
        ("roundtable_sandbox_timeout", 7.0),
    ],
)
def test_the_digest_changes_with_what_changes_answers(tmp_path: Path, name: str, value: object) -> None:
    assert digest(tmp_path, **{name: value}) != digest(tmp_path)


@pytest.mark.parametrize(
    ("name", "value"), [("roundtable_web_port", 1), ("roundtable_sandbox_pool", 3), ("openai_api_key", "x")]
)
def test_the_digest_stays_with_what_does_not(tmp_path: Path, name: str, value: object) -> None:
    assert digest(tmp_path, **{name: value}) == digest(tmp_path)


def test_the_digest_changes_with_the_code(tmp_path: Path) -> None:
    found = [digest(tmp_path)]
    for name, text in (("a.py", "1"), ("a.py", "2"), ("deep/b.py", "2")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
        found.append(digest(tmp_path))
    (tmp_path / "notes.md").touch()
    assert len(set(found)) == len(found)
    assert digest(tmp_path) == found[-1]

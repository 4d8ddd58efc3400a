from __future__ import annotations

from pathlib import Path

import pytest

from bot.sandbox import identity, inputs

DIGEST = inputs.digest("full")
OURS = {inputs.LABEL: DIGEST}


def test_the_image_used_first_is_the_right_one_from_then_on(tmp_path: Path) -> None:
    assert identity.refusal(tmp_path, "box:1", "sha256:a", OURS, DIGEST) == ""
    identity.admit(tmp_path, "box:1", "sha256:a")
    identity.admit(tmp_path, "box:1", "sha256:b")
    assert identity.refusal(tmp_path, "box:1", "sha256:a", OURS, DIGEST) == ""
    assert "not the one that was built" in identity.refusal(tmp_path, "box:1", "sha256:b", OURS, DIGEST)
    assert identity.refusal(tmp_path, "box:2", "sha256:b", OURS, DIGEST) == ""


def test_a_built_image_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    identity.remember(tmp_path / "new", "box:1", "sha256:a")
    identity.remember(tmp_path / "new", "box:1", "sha256:b")
    assert identity.refusal(tmp_path / "new", "box:1", "sha256:b", OURS, DIGEST) == ""


def test_an_image_made_from_other_files_is_refused(tmp_path: Path) -> None:
    assert "other files" in identity.refusal(tmp_path, "box:1", "sha256:a", {inputs.LABEL: "0" * 64}, DIGEST)
    assert identity.refusal(tmp_path, "box:1", "sha256:a", {}, DIGEST) == ""


@pytest.mark.parametrize("content", ["", "{", "[]", "null"])
def test_a_broken_memory_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "sandbox-image.json").write_text(content)
    assert identity.refusal(tmp_path, "box:1", "sha256:a", OURS, DIGEST) == ""

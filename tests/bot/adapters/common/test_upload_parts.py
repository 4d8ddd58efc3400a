"""Files to attach, between rendering and sending."""

from __future__ import annotations

from pathlib import Path

from pydantic import TypeAdapter

from bot.adapters.common.upload_parts import Upload, batches, code_uploads, text_upload, upload_bytes
from bot.domain.events import CodeBlock
from bot.domain.workspace_files import Artifact

_JSON = TypeAdapter(Upload)


def test_a_text_is_a_file_of_its_size_in_bytes() -> None:
    upload = text_upload("a.txt", "né")
    assert (upload.size, upload_bytes(upload, "s1", lambda _session, _digest: None)) == (3, "né".encode())
    assert _JSON.validate_json(_JSON.dump_json(upload)) == upload


def test_a_part_that_names_its_text_content_can_be_read() -> None:
    assert _JSON.validate_json('{"name": "a.txt", "size": 2, "content": "hi"}') == text_upload("a.txt", "hi")


def test_an_artifact_s_bytes_are_those_of_its_session(tmp_path: Path) -> None:
    (tmp_path / "s1-ab").write_bytes(b"data")
    upload = Upload("a.csv", 4, "ab")
    assert upload_bytes(upload, "s1", lambda session, digest: tmp_path / f"{session}-{digest}") == b"data"
    assert upload_bytes(upload, "s2", lambda session, digest: tmp_path / f"{session}-{digest}") is None
    assert upload_bytes(upload, "s1", lambda _session, _digest: None) is None


def test_code_is_a_file_a_block_in_which_nothing_hides() -> None:
    uploads = code_uploads([CodeBlock("python", "x = '\u202e'\n"), CodeBlock("bash", "ls\n")])
    assert [(each.name, each.text) for each in uploads] == [
        ("code-1.py", "x = '⟨U+202E⟩'\n"),
        ("code-2.sh", "ls\n"),
    ]


def test_groups_of_files_are_bounded_in_number_and_bytes() -> None:
    files = [Artifact(str(number), "ab", size, "text/plain") for number, size in enumerate([5, 5, 1, 1, 1, 20, 1])]
    groups = [[file.size for file in batch] for batch in batches(files, most=3, most_bytes=10)]
    assert groups == [[5, 5], [1, 1, 1], [20], [1]]
    assert list(batches([], 3, 10)) == []

"""Records outlive the process that wrote them, and a line that was cut off."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.errors import OperatorError
from bot.domain.posts import OutputPost
from bot.domain.turn_results import RunResult
from bot.domain.views import Entry
from bot.evaluate.record import RunRecord, as_json, name, shortened
from bot.evaluate.records import RecordFile
from tests.bot.evaluate.made import record


def test_a_record_is_there_again(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    one, two = record(task="a"), record(task="b", entries=(Entry(1, 2.5, OutputPost("x", ())),))
    records = RecordFile(path)
    records.add(one)
    records.add(two)
    assert list(RecordFile(path).found.values()) == list(records.found.values()) == [one, two]


def test_the_newest_of_one_key_counts(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    records = RecordFile(path)
    records.add(record(right=False))
    records.add(record(right=True))
    (found,) = RecordFile(path).found.values()
    assert found.right


@settings(deadline=None)
@given(st.data())
def test_wherever_a_line_is_cut_off_the_whole_ones_stay(data: st.DataObject) -> None:
    # A folder of its own for every example: the fixture's would be shared.
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "runs.jsonl"
        lines = [as_json.dump_json(record(task=task)) + b"\n" for task in "abc"]
        at = data.draw(st.integers(0, len(lines[2]) - 1))
        path.write_bytes(lines[0] + lines[1] + lines[2][:at])
        records = RecordFile(path)
        assert [each.task for each in records.found.values()] == ["a", "b"]
        records.add(record(task="d"))
        assert [each.task for each in RecordFile(path).found.values()] == ["a", "b", "d"]


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    path.write_text("{}\n")
    with pytest.raises(OperatorError, match="line 1 is no record of this version: name another folder"):
        RecordFile(path)


def test_keys_tell_runs_apart() -> None:
    runs: list[RunRecord] = [
        record(),
        record(repeat=2),
        record(model="m2"),
        record(setup_digest="other"),
        record(team="other"),
        record(task="other"),
    ]
    assert len({name(run.key) for run in runs}) == len(runs)
    assert name(record(right=True).key) == name(record(right=False).key)


def test_long_outputs_lose_their_middle() -> None:
    long = "a" * 5_000 + "b" * 5_000
    (entry,) = shortened([Entry(1, 0, OutputPost("x", (RunResult(0, long, 1), RunResult(0, "short", 1))))])
    assert isinstance(entry.item, OutputPost)
    cut, short = (result.output for result in entry.item.results)
    assert cut == "a" * 4_000 + "\n… 2,000 characters are left out …\n" + "b" * 4_000
    assert short == "short"

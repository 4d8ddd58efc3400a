"""Data cards: what the program in the container finds in files of every kind, and what of it is believed."""

from __future__ import annotations

import io
import json
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pandas as pd
import pytest
from PIL import Image

from bot.domain.turn_results import RunResult
from bot.domain.workspace_files import ColumnProfile, FileProfile
from bot.sandbox import file_profiling
from bot.sandbox.session import DockerSandbox

SALES = "date,region,units,price,ok\n2024-01-01,north,12,1.5,True\n2024-01-02,,7,,False\n"
SALES_NAMES = ["date", "region", "units", "price", "ok"]
SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
FRAME = pd.DataFrame({"day": pd.to_datetime(["2024-01-01", None]), "n": [1, 2], "name": ["a", "b"]})


def workbook() -> bytes:
    content = io.BytesIO()
    with pd.ExcelWriter(content, engine="openpyxl") as book:
        pd.DataFrame({"region": ["north"], "units": [3]}).to_excel(book, sheet_name="Sales", index=False)
        pd.DataFrame(columns=["text"]).to_excel(book, sheet_name="Notes", index=False)
    return content.getvalue()


def titled_workbook() -> bytes:
    content = io.BytesIO()
    rows = [["Sales report", None, None], [None, None, None], ["region", "units", "price"], ["north", 3, 1.5]]
    pd.DataFrame(rows).to_excel(content, sheet_name="Sales", header=False, index=False)
    return content.getvalue()


def parquet() -> bytes:
    content = io.BytesIO()
    FRAME.to_parquet(content)
    return content.getvalue()


def database() -> bytes:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE orders (id INTEGER, who TEXT)")
        connection.execute("INSERT INTO orders VALUES (1, 'Ann')")
        connection.commit()
        return connection.serialize()


def picture() -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (64, 48)).save(content, "PNG")
    return content.getvalue()


def archive() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as opened:
        opened.writestr("a/b.csv", "x")
    return content.getvalue()


def zip_bomb() -> bytes:
    """A workbook of a few kilobytes whose sheet is two gigabytes."""
    content = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook())) as real,
        zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as bomb,
    ):
        for name in real.namelist():
            if name != "xl/worksheets/sheet1.xml":
                bomb.writestr(name, real.read(name))
        with bomb.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'<worksheet xmlns="{SHEETS}"><sheetData><row><c t="str"><v>'.encode())
            for _ in range(200):
                sheet.write(bytes(b"x" * 10_000_000))
    return content.getvalue()


def picture_bomb() -> bytes:
    """A picture that says it has two billion pixels."""
    size = struct.pack(">II", 60_000, 40_000) + bytes([8, 2, 0, 0, 0])
    chunk = b"IHDR" + size
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk)) + bytes(50)


def shape(card: FileProfile) -> list[tuple[str, int, list[str]]]:
    return [(table.name, table.rows, [column.name for column in table.columns]) for table in card.tables]


KINDS: list[tuple[str, bytes | Callable[[], bytes], str, list[tuple[str, int, list[str]]]]] = [
    ("sales.csv", SALES.encode(), "table with separators", [("", 2, ["date", "region", "units", "price", "ok"])]),
    ("lies.png", SALES.encode(), "table with separators", [("", 2, ["date", "region", "units", "price", "ok"])]),
    ("x.csv", b"a;b\n1,5;2\n2,5;3\n", "table with separators", [("", 2, ["a", "b"])]),
    ("x.tsv", b"a\tb\n1\t2\n", "table with separators", [("", 1, ["a", "b"])]),
    ("x.txt", b"1,2\n3,4\n", "table with separators", [("", 2, ["column 1", "column 2"])]),
    ("u16.csv", "a,b\n1,ü\n".encode("utf-16"), "table with separators", [("", 1, ["a", "b"])]),
    ("latin.csv", "a,b\n1,Köln\n".encode("cp1252"), "table with separators", [("", 1, ["a", "b"])]),
    ("ragged.csv", b"a,b\n" + b"1,2\n" * 10 + b"1,2,3,4\n", "table with separators", [("", 10, ["a", "b"])]),
    ("book.xlsx", workbook, "Excel workbook", [("Sales", 1, ["region", "units"]), ("Notes", 0, ["text"])]),
    ("renamed.csv", workbook, "Excel workbook", [("Sales", 1, ["region", "units"]), ("Notes", 0, ["text"])]),
    ("titled.csv", f"Sales report\n{SALES}".encode(), "table with separators", [("", 2, SALES_NAMES)]),
    ("titled.xlsx", titled_workbook, "Excel workbook", [("Sales", 1, ["region", "units", "price"])]),
    ("x.parquet", parquet, "Parquet table", [("", 2, ["day", "n", "name"])]),
    ("x.db", database, "SQLite database", [("orders", 1, ["id", "who"])]),
    ("x.json", b'[{"a": 1, "b": "x"}, {"a": 2}]', "JSON", [("", 2, ["a", "b"])]),
    ("x.jsonl", b'{"a": 1}\n{"a": 2}\n', "JSON, one value a line", [("", 2, ["a"])]),
    ("deep.json", b"[" * 200_000, "JSON", []),
    ("x.html", b"<!DOCTYPE html><html></html>", "HTML page", []),
    ("notes.txt", b"Dear all,\nthe numbers are in.\n", "text", []),
    ("chart.png", picture, "PNG picture", []),
    ("x.zip", archive, "ZIP archive", []),
    ("x.pdf", b"%PDF-1.7\n", "PDF document", []),
    ("x.bin", bytes(range(256)) * 10, "binary data", []),
    ("empty.csv", b"", "empty file", []),
]


@pytest.mark.docker
@pytest.mark.asyncio(loop_scope="module")
class TestCards:
    @pytest.mark.parametrize(
        ("name", "content", "kind", "tables"), [pytest.param(*row, id=row[0]) for row in KINDS]
    )
    async def test_a_file_is_known_by_its_content(
        self,
        sandbox: DockerSandbox,
        name: str,
        content: bytes | Callable[[], bytes],
        kind: str,
        tables: list[tuple[str, int, list[str]]],
    ) -> None:
        data = content() if callable(content) else content
        await sandbox.put(PurePosixPath(name), data)
        card = await sandbox.card(PurePosixPath(name))
        assert (card.path, card.size, card.kind, shape(card)) == (name, len(data), kind, tables), card

    async def test_columns_have_types_and_what_is_missing_is_counted(self, sandbox: DockerSandbox) -> None:
        await sandbox.put(PurePosixPath("sales.csv"), SALES.encode())
        card = await sandbox.card(PurePosixPath("sales.csv"))
        assert (card.encoding, card.separator) == ("utf-8", "comma")
        assert card.tables[0].columns == (
            ColumnProfile("date", "date", 0),
            ColumnProfile("region", "text", 1),
            ColumnProfile("units", "whole number", 0),
            ColumnProfile("price", "number", 1),
            ColumnProfile("ok", "yes or no", 0),
        )
        assert card.tables[0].first[1] == ("2024-01-02", "", "7", "", "False")

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("x.xlsx", workbook()[:-200]),
            ("x.parquet", parquet()[:60]),
            ("x.png", b"\x89PNG\r\n\x1a\n broken"),
            ("x.db", b"SQLite format 3\x00" + b"\x01" * 200),
            ("x.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
        ],
    )
    async def test_what_cannot_be_read_has_a_card_that_says_so(
        self, sandbox: DockerSandbox, name: str, content: bytes
    ) -> None:
        await sandbox.put(PurePosixPath(name), content)
        assert (await sandbox.card(PurePosixPath(name))).problem

    @pytest.mark.parametrize("bomb", [zip_bomb, picture_bomb])
    async def test_a_bomb_goes_off_in_there_if_anywhere(
        self, sandbox: DockerSandbox, bomb: Callable[[], bytes]
    ) -> None:
        before = sandbox._container
        await sandbox.put(PurePosixPath("bomb"), bomb())
        card = await sandbox.card(PurePosixPath("bomb"))
        assert card.problem or card.note, card
        assert (await sandbox.run("print(1)", "python", 20)).ok
        assert sandbox._container is before

    async def test_modules_beside_the_file_are_not_imported(self, sandbox: DockerSandbox) -> None:
        await sandbox.put(PurePosixPath("openpyxl.py"), b'print(\'{"kind": "forged"}\'); import os; os._exit(0)')
        await sandbox.put(PurePosixPath("book.xlsx"), workbook())
        assert (await sandbox.card(PurePosixPath("book.xlsx"))).kind == "Excel workbook"

    async def test_a_large_table_is_looked_into_in_no_time(self, sandbox: DockerSandbox) -> None:
        rows = "\n".join(f"{number},{number * 2},name {number}" for number in range(400_000))
        await sandbox.put(PurePosixPath("large.csv"), f"a,b,c\n{rows}\n".encode())
        card = await sandbox.card(PurePosixPath("large.csv"))
        assert card.tables[0].rows == 400_000


@pytest.mark.parametrize(
    ("output", "killed"),
    [
        ("", None),
        ("nonsense", None),
        ("{}", None),
        ('{"kind": 7}', None),
        ('{"kind": "x", "tables": [{"name": "a", "rows": "many"}]}', None),
        ('{"kind": "x"', None),
        ('{"kind": "x"}', "time"),
        ('{"kind": "x"}', "memory"),
    ],
)
def test_an_answer_that_cannot_be_is_a_problem_and_no_error(output: str, killed: str | None) -> None:
    card = file_profiling.parse_profile("a.csv", 9, RunResult(0, output, 0.1, killed))  # type: ignore[arg-type]
    assert (card.path, card.size, card.kind) == ("a.csv", 9, "data")
    assert card.problem


def test_an_answer_cannot_speak_of_another_file() -> None:
    forged = json.dumps({"path": "other.csv", "size": 1, "kind": "text"})
    card = file_profiling.parse_profile('a"b.csv', 9, RunResult(0, forged, 0.1))
    assert card == FileProfile('a"b.csv', 9, "text")


def test_the_program_names_its_file_as_a_string(tmp_path: Path) -> None:
    compile(file_profiling.program("a'\\\"b\n.csv"), "card", "exec")

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.text.safe_names import clean_path, unlike


@pytest.mark.parametrize(
    "name",
    [
        "Umsätze 2024.csv",
        "売上データ.xlsx",
        "تقرير.pdf",
        "результаты/итог.png",
        "a/b/c.tar.gz",
        ".hidden.csv",
        "report (final) [v2], 50% & more!.txt",
        "café.csv",
        "-".join(["long"] * 30) + ".csv",
    ],
)
def test_an_ordinary_name_stays_as_it_is(name: str) -> None:
    assert str(clean_path(name)) == name


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("", "file"),
        (".", "file"),
        ("..", "file"),
        ("///", "file"),
        ("/etc/passwd", "etc/passwd"),
        ("../../etc/passwd", "etc/passwd"),
        ("a/../../b.txt", "a/b.txt"),
        ("..\\..\\boot.ini", ".._.._boot.ini"),
        ("C:\\data.csv", "C__data.csv"),
        ("a\nb\x00c\x1b[31m.txt", "a_b_c_[31m.txt"),
        ("invoice\u202egnp.exe", "invoicegnp.exe"),
        ("zero\u200bwidth.csv", "zerowidth.csv"),
        ("line\u2028break.csv", "line_break.csv"),
        ("@everyone.png", "_everyone.png"),
        ("<!channel>.png", "_!channel_.png"),
        ("`rm -rf`.sh", "_rm -rf_.sh"),
        ("-rf", "_rf"),
        ("~root", "_root"),
        ("NUL", "_NUL"),
        ("con.txt", "_con.txt"),
        ("lpt1.csv", "_lpt1.csv"),
        ("dots...", "dots"),
        ("  spaces  ", "spaces"),
        ("\ud800lone.txt", "lone.txt"),
        (b"caf\xe9.csv", "caf.csv"),
        ("Umsätze.csv".encode(), "Umsätze.csv"),
        (b"\xff\xfe", "file"),
        (unicodedata.normalize("NFD", "Umsätze.csv"), "Umsätze.csv"),
    ],
)
def test_a_hostile_name_becomes_a_safe_one(raw: str | bytes, clean: str) -> None:
    assert str(clean_path(raw)) == clean


def test_a_long_name_keeps_its_extension() -> None:
    path = clean_path("数" * 300 + ".csv")
    assert path.suffix == ".csv"
    assert len(str(path).encode()) <= 200


def test_a_deep_path_keeps_its_end() -> None:
    path = clean_path("/".join(["d" * 100] * 50) + "/data.csv")
    assert path.name == "data.csv"
    assert len(str(path)) <= 800


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("a.csv", {"a.csv"}),
        ("out", {"out/a.csv", "b"}),
        ("out/deep/a.csv", {"out"}),
        ("out/a.csv", {"out", "a.csv"}),
        ("x" * 196 + ".csv", {"x" * 196 + ".csv"}),
    ],
)
def test_a_name_that_cannot_stand_beside_others_becomes_another(name: str, taken: set[str]) -> None:
    found = unlike(PurePosixPath(name), name.encode(), taken)
    assert found != name
    assert PurePosixPath(found).suffix == PurePosixPath(name).suffix
    assert unlike(PurePosixPath(name), name.encode(), taken) == found
    assert unlike(PurePosixPath(found), b"", taken) == found
    assert unlike(PurePosixPath(name), b"not " + name.encode(), taken) != found


@pytest.mark.parametrize("taken", [set(), {"b"}, {"out/b", "a.csv.d"}, {"outer"}])
def test_a_name_that_can_stand_beside_others_stays(taken: set[str]) -> None:
    assert unlike(PurePosixPath("out/a.csv"), b"", taken) == "out/a.csv"


@given(st.one_of(st.text(), st.binary(), st.text(alphabet="./\\-~ @\u202e\ud800\x00a`"), st.text(min_size=190)))
@example("\u1fef")
@example("x" * 199 + " .csv")
@example("a" * 300 + ".")
@example("\u0344")
def test_every_name_becomes_safe_and_stays_the_same_when_cleaned(raw: str | bytes) -> None:
    path = clean_path(raw)
    text = str(path)
    assert clean_path(text) == path
    assert text
    assert not path.is_absolute()
    assert not {".", ".."} & set(text.split("/"))
    assert len(text.encode("utf-8")) <= 800
    assert all(len(name.encode()) <= 255 for name in path.parts)
    assert not any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in text)
    assert not set(text) & set('\\<>@`"|')

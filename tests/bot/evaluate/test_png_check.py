"""Which bytes are a PNG that opens; Pillow makes them and has a say."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.evaluate.png_check import is_png


def png(mode: str = "RGB", size: tuple[int, int] = (20, 10)) -> bytes:
    """A picture."""
    data = io.BytesIO()
    Image.new(mode, size).save(data, "PNG")
    return data.getvalue()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_picture_of_any_kind_opens(mode: str) -> None:
    assert is_png(png(mode))


@given(st.integers(0, len(png()) - 1))
def test_a_picture_that_is_cut_off_does_not(at: int) -> None:
    assert not is_png(png()[:at])


@given(st.integers(8, len(png()) - 1), st.integers(1, 255))
def test_a_picture_with_a_broken_byte_does_not(at: int, change: int) -> None:
    data = bytearray(png())
    data[at] ^= change
    assert not is_png(bytes(data))


@given(st.binary(max_size=200))
def test_other_bytes_are_none(data: bytes) -> None:
    assert not is_png(data)
    assert not is_png(png()[:33] + data)

"""Feeds the frame parser whatever atheris comes up with: `python -m tests.fuzz.frames -runs=N`.

Bytes are cut in two at every length that they name first. Only BadFrame may come out, and the same replies however
the bytes are cut.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["bot.sandbox.frames"]):
    from bot.sandbox.frames import BadFrame, DockerStream, Replies, Reply


def parsed(pieces: list[bytes]) -> tuple[list[Reply], bool]:
    """The replies in pieces of a stream, and whether it was refused."""
    replies, found = Replies(), list[Reply]()
    try:
        for piece in pieces:
            found += replies.feed(piece)
    except BadFrame:
        return found, True
    return found, False


def test_one_input(data: bytes) -> None:
    """One round: the parsers may refuse, and do nothing else."""
    cut = data[0] if data else 0
    body = data[1:]
    assert parsed([body]) == parsed([body[:cut], body[cut:]])
    stream = DockerStream()
    try:
        for piece in (body[:cut], body[cut:]):
            list(stream.feed(piece))
    except BadFrame:
        pass


if __name__ == "__main__":
    atheris.Setup(sys.argv, test_one_input)
    atheris.Fuzz()

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox import frames
from bot.sandbox.frames import (
    BadFrame,
    DataReply,
    DockerStream,
    DoneReply,
    DriverGone,
    LeftOutReply,
    ListedReply,
    Replies,
    Reply,
    ResourcesUsed,
    RunReply,
)
from tests.bot.sandbox.peer import LISTED, RAN, USED, framed

WIRE = b"".join(
    [
        framed(b"D", b"\x00\xff hello"),
        framed(b"J", json.dumps(RAN).encode()),
        framed(b"D", b"."),
        framed(b"J", b'{"kind": "gone", "path": "caf\\u00e9\\n"}'),
        framed(b"J", b'{"kind": "left_out", "path": "caf\\u00e9", "why": "link"}'),
        framed(b"J", json.dumps(LISTED).encode()),
        framed(b"J", b'{"kind": "sent"}'),
    ]
)
MEANT: list[Reply] = [
    DataReply(b"\x00\xff hello"),
    RunReply(
        exit_code=0,
        ended="itself",
        oom_kills=0,
        full=False,
        named=False,
        clean=False,
        variables="kept",
        used=ResourcesUsed(**USED),
    ),
    DataReply(b"."),
    DriverGone("café\n"),
    LeftOutReply("café", "link"),
    ListedReply(more_left_out=0, more_strays=0, emptied=False),
    DoneReply("sent"),
]


def cut(data: bytes, places: Iterable[int]) -> list[bytes]:
    marks = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in pairwise(marks)]


@given(st.lists(st.integers(min_value=0)))
def test_replies_come_out_however_the_stream_is_cut(places: list[int]) -> None:
    replies = Replies()
    assert [reply for piece in cut(WIRE, places) for reply in replies.feed(piece)] == MEANT


@given(st.lists(st.tuples(st.sampled_from([1, 2]), st.binary())), st.lists(st.integers(min_value=0)))
def test_dockers_headers_come_off_however_the_stream_is_cut(
    pieces: list[tuple[int, bytes]], places: list[int]
) -> None:
    wire = b"".join(bytes([stream, 0, 0, 0]) + len(data).to_bytes(4, "big") + data for stream, data in pieces)
    stream = DockerStream()
    got = [found for piece in cut(wire, places) for found in stream.feed(piece)]
    for number in (1, 2):
        assert b"".join(data for which, data in got if which == number) == b"".join(
            data for which, data in pieces if which == number
        )


@given(st.binary())
def test_no_bytes_do_anything_but_be_refused_or_parsed(data: bytes) -> None:
    for parser in (Replies(), DockerStream()):
        with contextlib.suppress(BadFrame):
            list(parser.feed(data))


_SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
_JSON = _SCALAR | st.lists(_SCALAR, max_size=3) | st.dictionaries(st.text(max_size=5), _SCALAR, max_size=3)


@given(
    st.dictionaries(st.sampled_from([*RAN, *LISTED, "path", "size", "sha256", "why", "user"]), _JSON, max_size=6),
    st.sampled_from(["hello", "ran", "file", "gone", "left_out", "stray", "busy", "refused", "listed", "sent"]),
)
def test_no_json_does_anything_but_be_refused_or_parsed(fields: dict[str, object], kind: str) -> None:
    try:
        (reply,) = Replies().feed(framed(b"J", json.dumps({**fields, "kind": kind}).encode()))
    except BadFrame:
        return
    assert isinstance(reply, Reply.__args__)


@pytest.mark.parametrize(
    "change",
    [
        {"exit_code": -1},
        {"exit_code": 256},
        {"exit_code": True},
        {"exit_code": "0"},
        {"exit_code": 1e300},
        {"ended": "well"},
        {"full": 0},
        {"oom_kills": 2**31},
        {"extra": 1},
    ],
)
def test_a_reply_with_anything_odd_in_it_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadFrame):
        list(Replies().feed(framed(b"J", json.dumps({**RAN, **change}).encode())))


@pytest.mark.parametrize("path", ["", "a\0b", "\u4e00", "x" * 1001])
def test_a_path_that_is_none_is_refused(path: str) -> None:
    with pytest.raises(BadFrame):
        list(Replies().feed(framed(b"J", json.dumps({"kind": "gone", "path": path}).encode())))


@pytest.mark.parametrize(
    "change", [{"why": "because"}, {"why": 1}, {"path": ""}, {"path": "x" * 1001}, {"more": 1}, {"size": 3}]
)
def test_a_file_that_is_left_out_for_no_known_reason_is_refused(change: dict[str, object]) -> None:
    left_out = {"kind": "left_out", "path": "a", "why": "large", **change}
    with pytest.raises(BadFrame):
        list(Replies().feed(framed(b"J", json.dumps(left_out).encode())))


def test_a_frame_is_refused_by_its_length_before_its_bytes_come() -> None:
    with pytest.raises(BadFrame):
        list(Replies().feed((frames.MAX_BODY + 2).to_bytes(4, "big")))


def test_a_request_carries_any_text() -> None:
    (request,) = [frames.request("run", code="print('日本')\n\ud800")]
    assert int.from_bytes(request[:4], "big") == len(request) - 4
    assert json.loads(request[5:])["code"] == "print('日本')\n\ud800"


@given(st.binary(max_size=1000))
def test_data_is_sent_in_pieces_and_whole(content: bytes) -> None:
    sent = b"".join(frame[5:] for frame in frames.data(content * 1000))
    assert sent == content * 1000

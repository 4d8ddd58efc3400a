"""The REST API: what is taken, what is refused, and in which words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.domain.events import Erase, Message, Stop
from bot.domain.policy import OPERATOR
from tests.bot.adapters.web.conftest import LIMIT, serve_api, until
from tests.fakes.web_harness import TEAMS, WebHarness


async def test_a_json_task_becomes_a_stored_session(http: httpx.AsyncClient, harness: WebHarness) -> None:
    answer = await http.post("/api/sessions", json={"task": "Plot it", "team": "pair"})
    assert answer.status_code == 202
    session = harness.tables[answer.json()["id"]]
    assert answer.json()["url"] == f"/s/{session.view.id}"
    (message,) = harness.events
    assert isinstance(message, Message)
    assert (message.text, message.team, message.thread.platform) == ("Plot it", "pair", "web")
    read = await http.get(f"/api/sessions/{session.view.id}")
    assert read.json()["title"] == "Plot it"
    assert [each["id"] for each in (await http.get("/api/sessions")).json()] == [session.view.id]


async def test_files_of_a_form_are_on_disk_before_the_intake(http: httpx.AsyncClient, harness: WebHarness) -> None:
    data = b"a,b\n" * 50_000
    files = [("files", ("data.csv", data)), ("files", ("../../etc/pass\nwd", b"x"))]
    answer = await http.post("/api/sessions", data={"task": "Profile"}, files=files)
    assert answer.status_code == 202
    (message,) = harness.events
    assert isinstance(message, Message)
    first, second = message.files
    assert (first.name, first.size) == ("data.csv", 200_000)
    assert (harness.folder / "uploads" / first.ref).read_bytes() == data
    assert ".." not in second.name
    assert "\n" not in second.name


async def test_files_alone_are_a_message(http: httpx.AsyncClient, harness: WebHarness) -> None:
    answer = await http.post("/api/sessions", data={"task": ""}, files={"files": ("data.csv", b"a")})
    assert answer.status_code == 202


async def test_a_reply_and_a_stop_go_to_the_thread_of_the_session(
    http: httpx.AsyncClient, harness: WebHarness
) -> None:
    session = harness.open("Running")
    assert (await http.post(f"/api/sessions/{session}/messages", json={"text": "Use blue"})).status_code == 202
    assert (await http.post(f"/api/sessions/{session}/stop")).status_code == 202
    message, stop = harness.events
    assert isinstance(message, Message)
    assert isinstance(stop, Stop)
    assert message.thread == stop.thread == harness.tables[session].view.thread
    assert OPERATOR in message.who.groups
    assert OPERATOR in stop.who.groups


async def test_an_aside_is_not_taken_where_only_the_team_would_read_it(
    http: httpx.AsyncClient, harness: WebHarness
) -> None:
    session = harness.open("Sales")
    answer = await http.post(f"/api/sessions/{session}/messages", json={"text": "aside: lunch?"})
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("Not sent: what begins with “aside” is not for the team")
    assert harness.events == []
    task = {"task": "Aside from the returns, plot the sales"}
    assert (await http.post("/api/sessions", json=task)).status_code == 202


async def test_a_deletion_is_answered_when_nothing_is_left(http: httpx.AsyncClient, harness: WebHarness) -> None:
    session = harness.open("Old")
    thread = harness.tables[session].view.thread
    answering = asyncio.create_task(http.delete(f"/api/sessions/{session}"))
    await until(lambda: bool(harness.events))
    (event,) = harness.events
    assert isinstance(event, Erase)
    assert (event.thread, event.why) == (thread, "asked")
    assert (await http.get("/api/sessions")).json() == []
    assert not answering.done()
    harness.gone(session)
    answer = await answering
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await http.delete(f"/api/sessions/{session}")).status_code == 404


async def test_a_deletion_that_outlasts_the_server_is_said_to_go_on(harness: WebHarness) -> None:
    context = harness.context(LIMIT)
    async with serve_api(context) as http:
        session = harness.open("Old")
        answering = asyncio.create_task(http.delete(f"/api/sessions/{session}"))
        await until(lambda: bool(harness.events))
        context.closing.set()
        answer = await answering
    assert answer.status_code == 503
    assert answer.json()["detail"] == "Roundtable is ending; the session is deleted at its next start."


async def test_the_same_idempotency_key_is_one_event(http: httpx.AsyncClient, harness: WebHarness) -> None:
    headers = {"Idempotency-Key": "k1"}
    answers = [await http.post("/api/sessions", json={"task": "Once"}, headers=headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(harness.events) == 1


BAD = [
    ({"json": {"task": "  "}}, 400, "nothing in this message"),
    ({"json": {"task": "x", "team": "nobody"}}, 400, "There is no team 'nobody'. Teams: analyst, crew, pair."),
    ({"json": {"task": 5}}, 400, "`task`: must be text."),
    ({"json": {"tsk": "x"}}, 400, "`tsk`: is not a field of this request."),
    ({"json": ["x"]}, 400, "must be a JSON object"),
    ({"json": {"task": "refuse me"}}, 400, "The engine refuses this."),
    ({"content": b"{", "headers": {"content-type": "application/json"}}, 400, "not valid JSON"),
    ({"content": b"[" * 90_000, "headers": {"content-type": "application/json"}}, 400, "not valid JSON"),
    ({"content": b"task=x", "headers": {"content-type": "text/plain"}}, 415, "Send application/json"),
    ({"data": {"task": "x"}}, 415, "Send application/json"),
    ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400, "no boundary"),
    ({"content": b"x", "headers": {"content-type": "multipart/form-data; boundary=b"}}, 400, "could not be read"),
    ({"content": b"--b\r\n", "headers": {"content-type": "multipart/form-data; boundary=b"}}, 400, "breaks off"),
    ({"json": {"task": "x" * 300_000}}, 413, "attach the rest as a file"),
    ({"json": {"task": "x"}, "headers": {"Idempotency-Key": "k" * 300}}, 400, "`Idempotency-Key`"),
]


@pytest.mark.parametrize(("request_", "status", "words"), BAD, ids=[words for _, _, words in BAD])
async def test_bad_input_gets_a_sentence(
    http: httpx.AsyncClient, harness: WebHarness, request_: dict[str, object], status: int, words: str
) -> None:
    answer = await http.post("/api/sessions", **request_)  # type: ignore[arg-type]
    assert answer.status_code == status
    assert words in answer.json()["detail"]
    assert list(answer.json()) == ["detail"]
    assert not harness.events


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/api/sessions/none", 404, "no such session"),
        ("POST", "/api/sessions/none/stop", 404, "no such session"),
        ("DELETE", "/api/sessions/none", 404, "no such session"),
        ("POST", "/api/sessions/none/messages", 404, "no such session"),
        ("GET", "/api/sessions/none/events", 404, "no such session"),
        ("GET", "/api/sessions/none/files", 404, "no such session"),
        ("GET", "/api/sessions?limit=0", 400, "`limit`"),
        ("GET", "/api/sessions?limit=many", 400, "`limit`: must be a whole number."),
        ("GET", "/api/nothing", 404, "nothing at this address"),
        ("DELETE", "/api/sessions", 405, "takes no such request"),
    ],
)
async def test_what_is_not_there_gets_a_sentence(
    http: httpx.AsyncClient, method: str, path: str, status: int, words: str
) -> None:
    answer = await http.request(method, path)
    assert answer.status_code == status
    assert words in answer.json()["detail"]


async def test_a_file_over_the_limit_is_refused_by_its_declared_size(
    http: httpx.AsyncClient, harness: WebHarness
) -> None:
    answer = await http.post(
        "/api/sessions", data={"task": "x"}, files={"files": ("big", b"x" * (LIMIT + 300_000))}
    )
    assert answer.status_code == 413
    assert "may have 1 MB together" in answer.json()["detail"]
    assert not list(harness.folder.glob("uploads/*"))


async def test_a_file_over_the_limit_is_refused_and_leaves_nothing(
    http: httpx.AsyncClient, harness: WebHarness
) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="big.bin"\r\n\r\n'
        for _ in range(20):
            yield b"x" * 65_536

    headers = {"content-type": "multipart/form-data; boundary=b"}
    answer = await http.post("/api/sessions", content=body(), headers=headers)
    assert answer.status_code == 413
    assert "may have 1 MB together" in answer.json()["detail"]
    assert not list(harness.folder.glob("uploads/*"))
    assert not harness.events


async def test_an_upload_that_breaks_off_leaves_nothing(http: httpx.AsyncClient, harness: WebHarness) -> None:
    _, writer = await asyncio.open_connection(http.base_url.host, http.base_url.port)
    head = (
        f"POST /api/sessions HTTP/1.1\r\nHost: {http.base_url.host}:{http.base_url.port}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nhalf a file'
    )
    writer.write(head.encode())
    await writer.drain()
    await until(lambda: bool(list(harness.folder.glob("uploads/.incoming-*/*"))))
    writer.close()
    await until(lambda: not list(harness.folder.glob("uploads/*")))
    assert not harness.events


async def test_teams_and_health(http: httpx.AsyncClient, harness: WebHarness) -> None:
    teams = (await http.get("/api/teams")).json()
    assert {team["name"] for team in teams} == set(TEAMS)
    assert [team["name"] for team in teams if team["default"]] == ["analyst"]
    assert (await http.get("/healthz")).status_code == 200
    assert (await http.get("/readyz")).status_code == 200
    harness.state = {"database": "ok", "sandbox": "Docker does not answer."}
    ready = await http.get("/readyz")
    assert (ready.status_code, ready.json()["sandbox"]) == (503, "Docker does not answer.")


async def test_the_documentation_names_every_route_and_calls_nobody(http: httpx.AsyncClient) -> None:
    paths = (await http.get("/api/openapi.json")).json()["paths"]
    page = await http.get("/api/docs")
    assert all(path in page.text for path in paths)
    assert "<script" not in page.text
    assert "https://" not in page.text


async def test_only_pictures_and_notebooks_are_served_with_a_type(
    http: httpx.AsyncClient, harness: WebHarness
) -> None:
    session = harness.open("Files")
    page = harness.keep(session, "a b/naïve.html", b"<script>alert(1)</script>", "text/html")
    harness.keep(session, "fake.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png")
    harness.keep(session, "real.txt", b"\x89PNG\r\n\x1a\n....", "text/plain")
    harness.keep(session, "work.ipynb", b"<script>alert(2)</script>", "application/x-ipynb+json")
    listed = (await http.get(f"/api/sessions/{session}/files")).json()
    assert [each["file"]["path"] for each in listed] == ["a b/naïve.html", "fake.png", "real.txt", "work.ipynb"]
    got = {
        name: await http.get(f"/api/sessions/{session}/files/{name}")
        for name in ("a b/naïve.html", "fake.png", "real.txt", "work.ipynb")
    }
    for answer in got.values():
        assert answer.status_code == 200
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert got["a b/naïve.html"].content == b"<script>alert(1)</script>"
    kinds = {
        name: (answer.headers["content-type"], answer.headers["content-disposition"].partition(";")[0])
        for name, answer in got.items()
    }
    assert kinds == {
        "a b/naïve.html": ("application/octet-stream", "attachment"),
        "fake.png": ("application/octet-stream", "attachment"),
        "real.txt": ("image/png", "attachment"),
        "work.ipynb": ("application/x-ipynb+json", "attachment"),
    }
    blob = await http.get(f"/api/sessions/{session}/blobs/{page.digest}", params={"name": 'x"\r\nEvil: 1/é.html'})
    assert blob.status_code == 200
    assert "evil" not in blob.headers
    assert blob.headers["content-disposition"].startswith("attachment; filename*=utf-8''")


@pytest.mark.parametrize("digest", ["0" * 64, "A" * 64, "abc", "%2e%2e%2fx"])
async def test_a_blob_that_is_not_of_this_session_is_not_found(
    http: httpx.AsyncClient, harness: WebHarness, digest: str
) -> None:
    session = harness.open("Files")
    assert (await http.get(f"/api/sessions/{session}/blobs/{digest}")).status_code == 404
    assert (await http.get(f"/api/sessions/{session}/files/..%2f..%2fetc%2fpasswd")).status_code == 404

"""The REST API: what the page, the terminal and other programs do with sessions."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, FastAPI, Header, HTTPException, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse
from pydantic import BaseModel, ConfigDict, ValidationError
from sse_starlette import EventSourceResponse

from bot.adapters.web import artifact_files, docs, refusals, stream
from bot.adapters.web.context import WebContext
from bot.adapters.web.decision_routes import NewDecision
from bot.adapters.web.request_bodies import read_form
from bot.adapters.web.uploads import Sent
from bot.aio.race import first_set
from bot.domain.errors import BadInput
from bot.domain.events import Erase, Message, Stop
from bot.domain.participants import Person, ThreadRef
from bot.domain.policy import ADMIN, OPERATOR
from bot.domain.views import FileView, SessionView
from bot.text.asides import refuse_aside

PLATFORM = "web"
Model = TypeVar("Model", bound=BaseModel)


class NewSession(BaseModel):
    """A task for a team; without a team, for the default one."""

    model_config = ConfigDict(extra="forbid", strict=True)
    task: str = ""
    team: str | None = None


class NewReply(BaseModel):
    """What a person says in a session's thread."""

    model_config = ConfigDict(extra="forbid", strict=True)
    text: str = ""


class Accepted(BaseModel):
    """The session's id, and where its page is on this server."""

    id: str
    url: str


class TeamView(BaseModel):
    """A team to choose."""

    name: str
    description: str
    default: bool


Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=200, description="The same key twice is one event."),
]

Until = Annotated[
    str,
    Query(pattern="^(|ended)$", description="`ended`: close when the team is done, or waits for a person."),
]


def create(context: WebContext, **options: Any) -> FastAPI:
    """The API as an application; pages can be added to it. `options` go to FastAPI."""
    app = FastAPI(title="Roundtable", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json", **options)
    refusals.install(app)
    for router in (_talk(context), _views(context), _orders(context), _files(context), _about(context)):
        app.include_router(router)

    @app.get("/api/docs", include_in_schema=False)
    async def documentation(request: Request) -> HTMLResponse:
        return docs.page(app.openapi(), str(request.base_url))

    return app


def _sessions() -> APIRouter:
    return APIRouter(prefix="/api/sessions", tags=["Sessions"], responses=refusals.SCHEMA)


def _talk(context: WebContext) -> APIRouter:
    router = _sessions()

    @router.post("", status_code=202, response_model=Accepted, openapi_extra=docs.body(NewSession))
    async def start_session(request: Request, key: Key = None) -> Accepted:
        """Give a team a task. Answered once it is stored; files go in a multipart form as `files`."""
        sent = await read_form(request, context.uploads)
        asked = _fields(NewSession, sent)
        if asked.team and asked.team not in context.about.teams:
            raise BadInput(f"There is no team {asked.team!r}. Teams: {', '.join(sorted(context.about.teams))}.")
        thread = ThreadRef(PLATFORM, "", "page", uuid.uuid4().hex)
        message = Message(_new(request, key), thread, _person(request), asked.task, sent.files, asked.team or None)
        return await _take(context, message)

    @router.post(
        "/{session_id}/messages", status_code=202, response_model=Accepted, openapi_extra=docs.body(NewReply)
    )
    async def reply(session_id: str, request: Request, key: Key = None) -> Accepted:
        """Say something in a session: an answer, an order, or the next task."""
        session = await _known(context, session_id)
        sent = await read_form(request, context.uploads)
        said = _fields(NewReply, sent)
        refuse_aside(said.text)
        return await _take(
            context, Message(_new(request, key), session.thread, _person(request), said.text, sent.files)
        )

    return router


def _views(context: WebContext) -> APIRouter:
    router = _sessions()

    @router.get("")
    async def list_sessions(limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> list[SessionView]:
        """Every session, newest first."""
        return await context.reader.sessions(limit)

    @router.get("/{session_id}")
    async def read_session(session_id: str) -> SessionView:
        """One session as it stands."""
        return await _known(context, session_id)

    @router.get("/{session_id}/events", response_class=EventSourceResponse)
    async def follow(
        session_id: str,
        after: Annotated[int, Query(ge=0, lt=10**9)] = 0,
        until: Until = "",
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> EventSourceResponse:
        """Every entry of the thread as server-sent events, and all that follow.

        An entry's `id` is its `seq`: connect again with Last-Event-ID (or `after`) and nothing is missed.
        `session` and `hint` carry the session as it stands and who is at work, `card` an entry whose request was
        decided or has ended; they have no id.
        """
        await _known(context, session_id)
        if last_event_id and not (
            last_event_id.isascii() and last_event_id.isdecimal() and len(last_event_id) < 10
        ):
            raise BadInput("Last-Event-ID must be the number of an event.")
        return stream.respond(context, session_id, int(last_event_id or after), until == "ended")

    return router


def _orders(context: WebContext) -> APIRouter:
    router = _sessions()

    @router.post("/{session_id}/decisions", status_code=202, response_model=Accepted)
    async def decide(session_id: str, body: NewDecision, request: Request, key: Key = None) -> Accepted:
        """Decide about a request: code that waits to be run, a budget, or whether the team continues.

        Entries of the kinds `approval`, `budget` and `check` name their `request`, and a `digest` where there is
        code. One decision counts; one that is too late or does not fit is refused and changes nothing.
        """
        session = await _known(context, session_id)
        await context.intake(body.event(_new(request, key), session.thread, _person(request)))
        return Accepted(id=session_id, url=f"/s/{session_id}")

    @router.post("/{session_id}/stop", status_code=202, response_model=Accepted)
    async def stop(session_id: str, request: Request, key: Key = None) -> Accepted:
        """Stop the team at once. What it has done stays; a reply continues from there."""
        session = await _known(context, session_id)
        await context.intake(Stop(_new(request, key), session.thread, _person(request)))
        return Accepted(id=session_id, url=f"/s/{session_id}")

    @router.delete("/{session_id}", status_code=204)
    async def delete(session_id: str, request: Request, key: Key = None) -> None:
        """Delete a session: what was said, the team's memory and every file. One at work is stopped first.

        Answered when nothing of it is left. What it cost and who deleted it stay in the ledger and the audit.
        """
        session = await _known(context, session_id)
        await _erase(context, session_id, Erase(_new(request, key), session.thread, _person(request)))

    return router


def _files(context: WebContext) -> APIRouter:
    router = APIRouter(prefix="/api/sessions/{session_id}", tags=["Files"], responses=refusals.SCHEMA)

    @router.get("/files")
    async def list_files(session_id: str) -> list[FileView]:
        """The workspace as of the last committed turn."""
        await _known(context, session_id)
        return await context.reader.files(session_id)

    @router.get("/files/{name:path}", response_class=FileResponse)
    async def read_file(session_id: str, name: str) -> FileResponse:
        """A file of the workspace, by its path there."""
        await _known(context, session_id)
        for view in await context.reader.files(session_id):
            if view.file.path == name:
                return await artifact_files.serve(context.blob(session_id, view.file.digest), name, forever=False)
        raise HTTPException(404, "There is no such file in this session's workspace.")

    @router.get("/blobs/{digest}", response_class=FileResponse)
    async def read_blob(session_id: str, digest: str, name: str = "file") -> FileResponse:
        """A file as some turn left it, by the SHA-256 of its content."""
        await _known(context, session_id)
        if not artifact_files.is_digest(digest):
            raise HTTPException(404, "A blob's name is a SHA-256 in lower-case hex.")
        return await artifact_files.serve(context.blob(session_id, digest), name, forever=True)

    return router


def _about(context: WebContext) -> APIRouter:
    router = APIRouter(tags=["Server"])

    @router.get("/api/teams")
    async def list_teams() -> list[TeamView]:
        """The teams to choose from."""
        about = context.about
        return [
            TeamView(name=name, description=text, default=name == about.team) for name, text in about.teams.items()
        ]

    @router.get("/healthz")
    async def alive() -> dict[str, str]:
        """Answers while the process is alive."""
        return {"status": "ok"}

    @router.get("/readyz", responses={503: {"description": "Something is missing; each component says what."}})
    async def ready() -> JSONResponse:
        """Whether every component is ready: "ok", perhaps with figures, or a sentence that says what it lacks."""
        components: Mapping[str, str] = context.ready()
        fine = all(state.partition(":")[0] == "ok" for state in components.values())
        return JSONResponse(dict(components), 200 if fine else 503)

    return router


async def _known(context: WebContext, session_id: str) -> SessionView:
    session = await context.reader.session(session_id)
    if session is None:
        raise HTTPException(404, "There is no such session.")
    return session


async def _take(context: WebContext, message: Message) -> Accepted:
    if not message.text.strip() and not message.files:
        raise BadInput("There is nothing in this message: say what the team should do, or attach a file.")
    session_id = await context.intake(message)
    return Accepted(id=session_id, url=f"/s/{session_id}")


async def _erase(context: WebContext, session_id: str, event: Erase) -> None:
    with context.changes.watch(session_id) as changed:
        await context.intake(event)
        while await context.reader.is_going(session_id):
            if context.closing.is_set():
                raise HTTPException(503, "Roundtable is ending; the session is deleted at its next start.")
            await first_set(changed, context.closing)
            changed.clear()


def _new(request: Request, key: str | None) -> str:
    """The event's key; a caller's own counts for one address only, so that it cannot swallow another's event."""
    return uuid.uuid4().hex if key is None else f"api {request.url.path} {key}"


def _person(request: Request) -> Person:
    by_token = "authorization" in request.headers
    # A person who has the token, or uses the machine itself, runs this Roundtable.
    return Person("api", "the API", (ADMIN, OPERATOR)) if by_token else Person("web", "you", (ADMIN, OPERATOR))


def _fields(model: type[Model], sent: Sent) -> Model:
    try:
        return model.model_validate(sent.fields)
    except ValidationError as error:
        raise BadInput(refusals.sentence(error.errors()[0])) from None

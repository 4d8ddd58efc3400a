"""Every refusal of the API as {"detail": one sentence}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from bot.adapters.web.uploads import UploadTooLarge
from bot.domain.errors import BadInput

SCHEMA: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "description": "The request was not taken; `detail` says why in one sentence.",
        "content": {
            "application/json": {"schema": {"type": "object", "properties": {"detail": {"type": "string"}}}}
        },
    }
}
_PLAIN = {
    "Not Found": "There is nothing at this address.",
    "Method Not Allowed": "This address takes no such request.",
}


def install(app: FastAPI) -> None:
    """Answer errors of this application with a sentence."""

    @app.exception_handler(BadInput)
    async def bad_input(_: Request, error: BadInput) -> JSONResponse:
        return refuse(413 if isinstance(error, UploadTooLarge) else 400, str(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return refuse(400, sentence(error.errors()[0]))

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> JSONResponse:
        return refuse(error.status_code, _PLAIN.get(error.detail, error.detail), error.headers)

    @app.exception_handler(Exception)
    async def broken(_: Request, __: Exception) -> JSONResponse:
        return refuse(500, "Something went wrong here; the log of this server says what.")


def refuse(status: int, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """One refusal. The connection stays open: a client that is still sending would get no answer otherwise."""
    return JSONResponse({"detail": detail}, status, headers)


def sentence(error: Mapping[str, Any]) -> str:
    """The first thing pydantic found wrong, for a person."""
    where = ".".join(str(part) for part in error["loc"] if part not in ("query", "path", "header", "body"))
    reasons = {
        "extra_forbidden": "is not a field of this request",
        "string_type": "must be text",
        "int_parsing": "must be a whole number",
    }
    reason = reasons.get(error["type"]) or str(error["msg"])[:1].lower() + str(error["msg"])[1:]
    return f"`{where}`: {reason}."

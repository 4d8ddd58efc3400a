"""The API's own documentation: a page made from its OpenAPI description, without scripts or a CDN."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi.responses import HTMLResponse
from markupsafe import Markup
from pydantic import BaseModel

from bot.adapters.web.view.templates import document

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'"
_FILES = {"type": "array", "items": {"type": "string", "format": "binary"}}


def page(description: Mapping[str, Any], here: str) -> HTMLResponse:
    """An OpenAPI description as a page for people; `here` is this server's address."""
    sections: dict[str, list[dict[str, Any]]] = {}
    for path, verbs in description["paths"].items():
        for verb, operation in verbs.items():
            section = sections.setdefault(operation["tags"][0], [])
            section.append(_operation(path, verb, operation, description["components"]["schemas"]))
    html = document("api.html", sections=sections, here=here.rstrip("/"))
    return HTMLResponse(html, headers={"Content-Security-Policy": _POLICY})


def body(model: type[BaseModel]) -> dict[str, Any]:
    """The OpenAPI description of a body that is JSON, or the same fields as a form with `files`."""
    schema = model.model_json_schema()
    form = {**schema, "properties": {**schema["properties"], "files": _FILES}}
    content = {"application/json": {"schema": schema}, "multipart/form-data": {"schema": form}}
    return {"requestBody": {"required": True, "content": content}}


def _operation(path: str, verb: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    parameters = [each for each in operation.get("parameters", ()) if each["in"] != "path"]
    return {
        "path": path,
        "verb": verb.upper(),
        "text": _marked(operation["description"]),
        "parameters": [(each["name"], each["in"], _marked(each.get("description", ""))) for each in parameters],
        "bodies": list(_bodies(operation, schemas)),
        "answers": list(_answers(operation, schemas)),
    }


def _marked(text: str) -> Markup:
    """A description with what stands between backticks as code."""
    parts = enumerate(text.split("`"))
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else part for number, part in parts
    )


def _bodies(operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for kind, described in operation.get("requestBody", {}).get("content", {}).items():
        schema = schemas.get(described["schema"].get("$ref", "").rpartition("/")[2], described["schema"])
        fields = {name: _kind(field) for name, field in schema["properties"].items()}
        yield kind, json.dumps(fields)


def _kind(field: Mapping[str, Any]) -> str:
    options = field.get("anyOf", [field])
    return " or ".join(str(option["type"]) for option in options if option["type"] != "null")


def _answers(operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[str]:
    for status, answer in operation["responses"].items():
        if status not in ("422", "4XX"):
            yield f"{status}: {', '.join(_fields(answer, schemas)) or answer['description']}"


def _fields(answer: Mapping[str, Any], schemas: Mapping[str, Any]) -> list[str]:
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    reference = schema.get("$ref") or schema.get("items", {}).get("$ref", "")
    return list(schemas[reference.rsplit("/", 1)[-1]]["properties"]) if reference else []

"""How calls are described in OpenAPI: every answer with its shape and an example."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from ingest.http import examples
from ingest.http import models as answers
from ingest.http.error_codes import CODES, ProblemCode

JSON = "application/json"
PROBLEM_TYPE = "application/problem+json"
# A body of any type: the file itself. Generators of clients know this type, and not text/csv.
OCTETS = "application/octet-stream"
_TAGS = {
    "files": "Send files, read their results, correct and repeat.",
    "resumable uploads": "The tus protocol, for large files and bad lines.",
    "profiles": "Saved read options, and the files that they are for.",
    "events": "What happens, as server-sent events.",
    "operations": "What is done with many files in one call.",
    "service": "Parts of the service, and what waits.",
    "sql": "Queries on the public views.",
    "totals": "Sensors and counts over all files.",
    "readings": "Every valid row, where readings are stored or as an export.",
    "webhooks": "Notifications of files that end.",
    "health": "Whether the service runs, and its metrics.",
}
_ABOUT = "Sensor files in, exact results out: every row accounted for."
Responses = dict[int | str, dict[str, Any]]


def answer(
    model: Any, example: object, what: str, *, status: int = 200, headers: Iterable[str] = ()
) -> Responses:
    """An answer in JSON of the shape of `model`, and what it looks like."""
    described: dict[str, Any] = {
        "model": model,
        "description": what,
        # As text until the end: FastAPI leaves members out that are null.
        "content": {JSON: {"example": json.dumps(example)}},
    }
    if headers:
        described["headers"] = {name: {"schema": {"type": "string"}} for name in headers}
    return {status: described}


def other(
    media_type: str, example: str, what: str, *, status: int = 200, binary: bool = False
) -> Responses:
    """An answer that is not JSON."""
    schema = {"type": "string", **({"format": "binary"} if binary else {})}
    content = {media_type: {"schema": schema, "example": example}}
    return {status: {"description": what, "content": content}}


def with_csv(described: Responses, columns: Sequence[str]) -> Responses:
    """A list that is also there as CSV with these columns."""
    described[200]["content"]["text/csv"] = {
        "schema": {"type": "string", "format": "binary"},
        "example": ",".join(columns) + "\n",
    }
    return described | errors("not_acceptable")


def events(example: Mapping[str, str], what: str) -> Responses:
    """A stream of server-sent events, each as an object of its fields."""
    schema = {
        "type": "object",
        "required": ["event", "data"],
        "properties": {name: {"type": "string"} for name in ("event", "data", "id")},
    }
    content = {"text/event-stream": {"schema": schema, "example": dict(example)}}
    return {200: {"description": what, "content": content}}


def nothing(status: int, what: str) -> Responses:
    """An answer without a body."""
    return {status: {"description": what}}


def errors(*codes: str) -> Responses:
    """Problem documents, by the codes that they can carry."""
    found: Responses = {}
    for code in codes:
        kind = CODES[code]
        described = found.setdefault(
            kind.status,
            {
                "description": HTTPStatus(kind.status).phrase,
                "content": {
                    PROBLEM_TYPE: {
                        "schema": {"$ref": "#/components/schemas/Problem"},
                        "examples": {},
                    }
                },
            },
        )
        described["content"][PROBLEM_TYPE]["examples"][code] = _example(kind)
    return found


def sorted_by(sorts: Iterable[str]) -> dict[str, Any]:
    """What a parameter `sort` can be, for its schema."""
    return {"enum": [name for key in sorts for name in (key, f"-{key}")]}


def operation_id(route: APIRoute) -> str:
    """The name of a call in generated clients: that of its function, whatever its path."""
    return route.name


def install(app: FastAPI) -> None:
    """Let `app` describe itself: with the errors that every call can be answered with."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]


def _described(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(
        title=app.title,
        version=app.version,
        description=_ABOUT,
        routes=app.routes,
        tags=[{"name": name, "description": what} for name, what in _TAGS.items()],
        servers=[{"url": "/", "description": "The server that this description is of."}],
    )
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    # FastAPI's own shapes of errors, which no call answers with.
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = answers.Problem.model_json_schema()
    schemas["Problem"]["properties"]["code"]["enum"] = sorted(CODES)
    for path, calls in schema["paths"].items():
        for call in calls.values():
            _complete(path, call)
            _name_body(call, schemas)
    return schema


def _name_body(call: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Move the schema of a JSON body, and those it refers to, to the components."""
    content = call.get("requestBody", {}).get("content", {}).get(JSON)
    if content is None or "$ref" in content["schema"]:
        return
    own = dict(content["schema"])
    for name, inner in own.pop("$defs", {}).items():
        schemas.setdefault(name, inner)
    schemas.setdefault(own["title"], own)
    content["schema"] = {"$ref": f"#/components/schemas/{own['title']}"}


def _complete(path: str, call: dict[str, Any]) -> None:
    responses: dict[str, Any] = call["responses"]
    # FastAPI's own; ours carry problem documents.
    if PROBLEM_TYPE not in responses.get("422", {}).get("content", {}):
        responses.pop("422", None)
    for described in responses.values():
        shown = described.get("content", {}).get(JSON, {})
        if "example" in shown:
            shown["example"] = json.loads(shown["example"])
    codes = ["internal_error", "unknown_parameter"]
    if path.startswith("/api/"):
        codes.append("database_unavailable")
    if call.get("security"):
        codes += [
            "missing_api_key",
            "invalid_api_key",
            "insufficient_scope",
            "cross_origin_request",
            "quota_exceeded",
        ]
    if call.get("parameters"):
        codes.append("invalid_parameter")
    if "{file_id}" in path:
        codes.append("unknown_file")
    for status, described in errors(*codes).items():
        known = responses.setdefault(str(status), described)
        content = known.setdefault("content", described["content"])
        if PROBLEM_TYPE in content:
            content[PROBLEM_TYPE]["examples"] |= described["content"][PROBLEM_TYPE]["examples"]


def _example(kind: ProblemCode) -> Mapping[str, Any]:
    return {"summary": kind.meaning, "value": examples.problem(kind)}

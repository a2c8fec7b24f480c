"""The HTTP API, from its OpenAPI description."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from ingest.app import create_app
from runtime.settings import ApiSettings
from schemas.read_options import NAMES
from scripts.reference.markdown import table as markdown_table

_PROBLEM: Final = "application/problem+json"


@cache
def description() -> Mapping[str, Any]:
    """The OpenAPI description of the API; nothing is connected to."""
    settings = ApiSettings(
        kafka_bootstrap_servers="127.0.0.1:9092",
        store_url="file:///tmp/store/raw-files",
        clickhouse_url="http://default@127.0.0.1:8123/csv_processor",
    )
    return create_app(settings).openapi()


def calls() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """(method, path, call) of every call."""
    for path, methods in description()["paths"].items():
        for method, call in methods.items():
            yield method.upper(), path, call


def table() -> str:
    """Every call with its scope and summary, linked to its details."""
    return markdown_table(
        ("call", "scope", "what it does"),
        (
            (f"[`{method} {path}`](#{anchor(f'{method} {path}')})", _scope(call), call["summary"])
            for method, path, call in calls()
        ),
    )


def details() -> str:
    """Every call with its parameters, responses and error codes."""
    return "\n".join(_details(method, path, call) for method, path, call in calls())


def _details(method: str, path: str, call: Mapping[str, Any]) -> str:
    lines = [f"### {method} {path}\n", call["description"].strip() + "\n"]
    if parameters := call.get("parameters"):
        own = [p for p in parameters if p["name"] not in NAMES]
        lines.append(
            markdown_table(
                ("parameter", "in", "meaning"),
                (
                    (
                        f"`{p['name']}`{' (required)' if p.get('required') else ''}",
                        p["in"],
                        _about(p),
                    )
                    for p in own
                ),
            )
        )
        if len(own) < len(parameters):
            lines.append("Takes all [read options](read-options.md) as query parameters.\n")
    answers = [
        (str(status), ", ".join(f"`{kind}`" for kind in answer.get("content", {})), _text(answer))
        for status, answer in call["responses"].items()
        if _PROBLEM not in answer.get("content", {}) or len(answer["content"]) > 1
    ]
    lines.append(markdown_table(("status", "body", "response"), answers))
    codes = [
        code
        for answer in call["responses"].values()
        for code in answer.get("content", {}).get(_PROBLEM, {}).get("examples", {})
    ]
    if codes:
        lines.append("Errors: " + ", ".join(f"`{code}`" for code in codes) + ".\n")
    return "\n".join(lines)


def _about(parameter: Mapping[str, Any]) -> str:
    schema = parameter.get("schema", {})
    text = parameter.get("description", "") or schema.get("description", "")
    if "default" in schema and schema["default"] not in (None, [], ""):
        text = f"{text} Default: `{schema['default']}`.".strip()
    return str(text)


def _text(answer: Mapping[str, Any]) -> str:
    return str(answer.get("description", ""))


def _scope(call: Mapping[str, Any]) -> str:
    for requirement in call.get("security", []):
        for scopes in requirement.values():
            if scopes:
                return " ".join(scopes)
    return "none"


def anchor(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")

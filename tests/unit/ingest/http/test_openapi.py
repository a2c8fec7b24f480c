"""The API's description of itself: every answer has an example that fits, every code is listed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from ingest.app import create_app
from ingest.http.error_codes import CODES
from ingest.http.openapi import JSON, PROBLEM_TYPE
from runtime.settings import ApiSettings

ROOT = Path(__file__).parents[4]
SETTINGS = ApiSettings(
    kafka_bootstrap_servers="127.0.0.1:9092",
    store_url="file:///tmp/store/raw-files",
    clickhouse_url="http://default@127.0.0.1:8123/csv_processor",
)


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    return create_app(SETTINGS).openapi()


def answers_of(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(call and status, media type, media object) of every answer with a body."""
    for path, calls in description["paths"].items():
        for method, call in calls.items():
            for status, described in call["responses"].items():
                for media_type, shown in described.get("content", {}).items():
                    yield f"{method} {path} {status}", media_type, shown


def test_every_answer_has_an_example_that_fits(description: dict[str, Any]) -> None:
    seen = 0
    for where, media_type, shown in answers_of(description):
        if media_type == PROBLEM_TYPE:
            values = [example["value"] for example in shown["examples"].values()]
        else:
            values = [shown["example"]] if "example" in shown else []
        assert values, f"{where} {media_type} has no example"
        if media_type not in (JSON, PROBLEM_TYPE):
            continue
        schema = {**shown["schema"], "components": description["components"]}
        for value in values:
            jsonschema_rs.validate(schema, value)
            seen += 1
    assert seen > 50


def test_every_call_lists_its_errors(description: dict[str, Any]) -> None:
    for path, calls in description["paths"].items():
        for method, call in calls.items():
            assert call["summary"], f"{method} {path} has no summary"
            assert call["description"], f"{method} {path} has no description"
            responses = call["responses"]
            content = responses.get("422", {}).get("content", {"application/problem+json": {}})
            assert set(content) == {"application/problem+json"}, f"{method} {path}: FastAPI's 422"
            assert "500" in responses, f"{method} {path}"
            if call.get("parameters"):
                assert "400" in responses, f"{method} {path} has parameters"
            if "{file_id}" in path:
                assert "404" in responses, f"{method} {path} names a file"


def raised_codes() -> Iterator[tuple[str, ast.Call]]:
    """(place, call) of every `Problem(…)` in the API."""
    for path in sorted((ROOT / "ingest").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem":
                yield f"{path.name}:{node.lineno}", node


def test_every_problem_has_a_code_that_is_listed() -> None:
    found = 0
    for where, call in raised_codes():
        if not isinstance(call.args[0], ast.Constant):
            continue  # a code that was looked up
        code = call.args[0].value
        assert code in CODES, f"{where}: add {code!r} to ingest/http/error_codes.py"
        found += 1
    assert found >= 25


def test_every_code_is_declared_once() -> None:
    source = (ROOT / "ingest" / "http" / "error_codes.py").read_text()
    declared = [
        call.args[0].value
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") == "ProblemCode"
        and isinstance(call.args[0], ast.Constant)
    ]
    assert len(declared) == len(set(declared)) == len(CODES)

"""The API does what its description says for any request: requests made by schemathesis."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import httpx
import hypothesis
import pytest
import schemathesis
from hypothesis import given
from schemathesis import GenerationMode, checks
from schemathesis.core.result import Ok

from embedded.stack import Stack

Operation: TypeAlias = schemathesis.APIOperation[Any, Any, Any, Any]
# Of each call: so many requests with what the description allows, and with what it does not.
REQUESTS = 4
CSV = b"sensor_id,timestamp,value\na,2024-01-01T00:00:00Z,1\nb,2024-01-01T00:00:01Z,none\n"
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.unsupported_method,
]
SETTINGS = hypothesis.settings(
    max_examples=REQUESTS,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    suppress_health_check=list(hypothesis.HealthCheck),
)
# It ends with the process; what it sends has tests of its own.
ENDLESS = "/api/v1/events"

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")


@pytest.fixture(scope="module")
def file_id(stack: Stack) -> str:
    """A file with sensors and an invalid row, processed."""
    with httpx.Client(base_url=stack.endpoints["CSV_PROCESSOR_API"], timeout=30) as client:
        answer = client.post("/api/v1/files", params={"filename": "described.csv"}, content=CSV)
        found: str = answer.json()["file_id"]
        with client.stream("GET", f"/api/v1/files/{found}/events") as events:
            assert "event: done" in events.read().decode()
    return found


@pytest.mark.slow
def test_every_answer_is_as_described(stack: Stack, file_id: str) -> None:
    url = stack.endpoints["CSV_PROCESSOR_API"]
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
    sent = 0
    for operation in operations(schema):
        path = {"file_id": file_id} if "{file_id}" in operation.path else None
        for mode in GenerationMode:
            sent += exercise(operation, mode, path)
        if path is not None:
            sent += exercise(operation, GenerationMode.POSITIVE, None)
    assert sent > 60


def operations(schema: schemathesis.BaseSchema) -> Iterator[Operation]:
    """All calls, those last that take the file away which the others ask for."""
    found: list[Operation] = []
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), f"not a description: {result}"
        found.append(result.ok())
    for operation in sorted(found, key=lambda operation: operation.method == "delete"):
        if operation.path != ENDLESS:
            yield operation


def exercise(operation: Operation, mode: GenerationMode, path: dict[str, str] | None) -> int:
    """Send what schemathesis makes up; how many requests."""
    sent = 0

    @SETTINGS
    @given(case=operation.as_strategy(mode, path_parameters=path))
    def send(case: schemathesis.Case[Any]) -> None:
        nonlocal sent
        case.call_and_validate(checks=CHECKS, timeout=20)
        sent += 1

    try:
        send()
    except hypothesis.errors.Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, f"{operation.label}: nothing can be sent"
    return sent

"""The description of the API names every call, and every closed list of values, once and for all."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.http.error_codes import CODES
from schemas.invalid_codes import InvalidCode
from schemas.notices import NoticeCode
from scripts.reference.http_api import calls, description

# Functions of generated clients: renaming one breaks programs. New ones are added here.
IDS = [
    "announce_dead_letter",
    "append_to_upload",
    "change_webhook",
    "check_liveness",
    "check_readiness",
    "correct_files",
    "create_resumable_upload",
    "create_webhook",
    "delete_file",
    "delete_profile",
    "delete_resumable_upload",
    "delete_webhook",
    "describe_resumable_uploads",
    "export_readings",
    "find_upload_offset",
    "follow_file",
    "follow_files",
    "list_dead_letters",
    "list_deliveries",
    "list_files",
    "list_invalid_rows",
    "list_operation_files",
    "list_operations",
    "list_profiles",
    "list_readings_of_file",
    "list_readings_of_sensor",
    "list_sensor_files",
    "list_sensors",
    "list_sources",
    "list_totals",
    "list_versions",
    "list_views",
    "list_webhooks",
    "preview_correction_of_files",
    "preview_profile",
    "preview_reprocessing",
    "put_profile",
    "raw_file",
    "replay_file",
    "reprocess_files",
    "resubmit_rows",
    "retry_delivery",
    "rotate_webhook_secret",
    "run_query",
    "show_file",
    "show_metrics",
    "show_operation",
    "show_profile",
    "show_resumable_upload",
    "show_stats",
    "show_status",
    "show_webhook",
    "test_webhook",
    "upload_file",
    "validate_file",
]


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = description()["components"]["schemas"][name]
    return found


def test_calls_keep_their_names() -> None:
    ids = [call["operationId"] for _, _, call in calls()]
    assert len(set(ids)) == len(ids)
    assert set(IDS) <= set(ids)


def test_every_call_has_one_tag_that_is_described() -> None:
    described = {tag["name"] for tag in description()["tags"]}
    assert {tag for _, _, call in calls() for tag in call["tags"]} == described
    assert all(len(call["tags"]) == 1 for _, _, call in calls())


def test_a_server_is_named() -> None:
    assert description()["servers"] == [
        {"url": "/", "description": "The server that this description is of."}
    ]


def test_nothing_refers_to_what_is_not_there() -> None:
    names = description()["components"]["schemas"]

    def refs(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            return own + [one for inner in value.values() for one in refs(inner)]
        return [one for inner in value for one in refs(inner)] if isinstance(value, list) else []

    found = {ref.removeprefix("#/components/schemas/") for ref in refs(dict(description()))}
    assert found <= names.keys()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("InvalidCode", set(InvalidCode)),
        ("NoticeCode", set(NoticeCode)),
        ("DeliveryState", {"due", "delivered", "failed"}),
    ],
)
def test_closed_lists_are_enums(name: str, values: set[str]) -> None:
    assert set(schema(name)["enum"]) == values


def test_codes_of_problems_are_an_enum() -> None:
    assert schema("Problem")["properties"]["code"]["enum"] == sorted(CODES)


@pytest.mark.parametrize(
    ("call", "parameter", "value"),
    [
        ("list_files", "sort", "-upload_time"),
        ("list_files", "status", "partial"),
        ("list_totals", "sort", "last_timestamp"),
        ("list_sensors", "sort", "sensor_id"),
        ("list_invalid_rows", "code", "value_format"),
        ("upload_file", "layout", "wide"),
        ("upload_file", "ambiguous_time", "order"),
    ],
)
def test_parameters_with_closed_lists_have_them(call: str, parameter: str, value: str) -> None:
    (found,) = (
        p
        for _, _, one in calls()
        if one["operationId"] == call
        for p in one["parameters"]
        if p["name"] == parameter
    )
    inner = found["schema"]
    values = inner.get("enum") or next(o["enum"] for o in inner["anyOf"] if "enum" in o)
    assert value in values

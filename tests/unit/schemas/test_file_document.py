"""The public file document: names, what is null when, and that it fits a message."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from schemas.file_document import (
    MAX_MESSAGE_BYTES,
    Corrections,
    begun_document,
    encode,
    encode_bounded,
    file_document,
    sensor_result,
    timestamp,
)
from schemas.file_progress import FileProgress
from tests.harness.records import FINISHED, document, invalid_rows, partial, waiting

FIELDS = [
    "file_id",
    "status",
    "upload_time",
    "processing_ms",
    "aggregations",
    "invalid_rows",
    "filename",
    "size_bytes",
    "sha256",
    "generation",
    "sensor_count",
    "invalid_count",
    "record_count",
    "missing_count",
    "excluded_count",
    "codes",
    "invalid_by_column",
    "corrected_count",
    "mended_count",
    "resubmissions",
    "resubmission_of",
    "duplicate_of",
    "raw_removed_at",
    "readings_removed_at",
    "parent_id",
    "container",
    "members",
    "options",
    "profile",
    "profile_version",
    "dialect",
    "notices",
    "suggestions",
    "error",
    "limit_reached",
    "progress",
    "replay",
    "links",
]


def test_the_names_and_their_order() -> None:
    made = document()
    assert list(made) == FIELDS
    assert list(made["aggregations"]) == ["row_count", "min_value", "max_value", "per_sensor_count"]
    assert list(made["invalid_rows"][0]) == (
        [
            "row",
            "error",
            "line",
            "byte",
            "column",
            "code",
            "raw",
            "truncated",
            "cells",
            "observed",
            "span_start",
            "span_end",
        ]
    )
    assert made["links"]["invalid_rows"] == f"/api/v1/files/{made['file_id']}/invalid-rows"


def test_a_waiting_file_has_no_aggregations() -> None:
    made = file_document(waiting(), per_sensor_count={"a": 1}, invalid_rows=invalid_rows())
    assert made["aggregations"] is None
    assert made["invalid_rows"] == []
    assert made["processing_ms"] is None
    assert made["progress"] == {"batches_done": 0, "batches_total": None, "rows_done": 0}


def test_a_waiting_file_shows_the_progress_of_its_generation_only() -> None:
    progress = FileProgress(
        file_id="f",
        generation=1,
        batches_done=2,
        batches_total=None,
        rows_done=20,
        updated_at=FINISHED,
    )
    shown = {"batches_done": 2, "batches_total": None, "rows_done": 20}
    assert file_document(waiting(), progress=progress)["progress"] == shown


def test_a_file_that_is_replayed_shows_its_previous_results() -> None:
    replay = partial().next_generation(recorded_at=FINISHED)
    counts = {"t-17": 400_000, "t-18": 255_356}
    before, during = (
        file_document(record, per_sensor_count=counts, invalid_rows=invalid_rows())
        for record in (partial(), replay)
    )
    assert before["replay"] is None
    assert during.pop("replay") == {
        "generation": 2,
        "requested_at": "2024-05-01T12:00:04.500000Z",
        "progress": {"batches_done": 0, "batches_total": None, "rows_done": 0},
    }
    assert during == {name: value for name, value in before.items() if name != "replay"}
    begun = begun_document(replay)
    assert (begun["status"], begun["generation"], begun["aggregations"]) == ("waiting", 2, None)


def test_invalid_rows_are_counted_by_column() -> None:
    assert document()["invalid_by_column"] == {"structure": 1, "value": 3}


def test_a_document_says_where_details_of_invalid_rows_end() -> None:
    assert document()["limit_reached"] is None
    cut = replace(partial(), invalid_kept_through=812)
    limit = {
        "code": "too_many_invalid_rows",
        "through_row": 812,
        "reason": "more invalid rows than are kept: details end with row 812, later ones are only counted",
    }
    assert file_document(cut)["limit_reached"] == limit
    replay = cut.next_generation(recorded_at=FINISHED)
    assert file_document(replay)["limit_reached"] == limit
    assert begun_document(replay)["limit_reached"] is None


def test_a_document_shows_the_corrections_of_its_invalid_rows() -> None:
    corrections = file_document(partial(), corrections=Corrections(3, {"f-2": 1, "f-3": 2}))
    assert corrections["corrected_count"] == 3
    assert corrections["resubmissions"] == [
        {"file_id": "f-2", "corrected_count": 1, "mended_count": 1},
        {"file_id": "f-3", "corrected_count": 2, "mended_count": 2},
    ]


def test_a_terminal_file_is_all_done() -> None:
    assert document()["progress"] == {
        "batches_done": 3,
        "batches_total": 3,
        "rows_done": 655_360,
    }


def test_a_file_without_rows_has_aggregations_without_bounds() -> None:
    record = waiting().terminal("processed", finished_at=FINISHED, processing_ms=3)
    assert file_document(record)["aggregations"] == {
        "row_count": 0,
        "min_value": None,
        "max_value": None,
        "per_sensor_count": {},
    }


@pytest.mark.parametrize(
    ("hours", "text"),
    [(0, "2024-05-01T12:00:00.000000Z"), (2, "2024-05-01T10:00:00.000000Z")],
)
def test_moments_are_written_in_utc(hours: int, text: str) -> None:
    assert timestamp(datetime(2024, 5, 1, 12, tzinfo=timezone(timedelta(hours=hours)))) == text


def test_the_timestamps_of_a_sensor_are_text() -> None:
    row = {"sensor_id": "a", "row_count": 1, "first_timestamp": FINISHED, "mean_value": None}
    assert sensor_result(row) == row | {"first_timestamp": "2024-05-01T12:00:04.500000Z"}


def test_json_has_no_nan() -> None:
    record = replace(partial(), max_value=float("inf"), min_value=float("nan"))
    read = json.loads(encode(file_document(record)))
    assert read["aggregations"]["max_value"] is None
    assert read["aggregations"]["min_value"] is None


def large(sensors: int, name_bytes: int, raw_bytes: int) -> dict[str, Any]:
    rows = [invalid_rows()[0] | {"row": n, "raw": '"' * raw_bytes} for n in range(100)]
    counts = {f"{n:08}".ljust(name_bytes, "ö"): n for n in range(sensors)}
    return file_document(partial(), per_sensor_count=counts, invalid_rows=rows)


def test_a_document_that_fits_is_not_touched() -> None:
    made = large(sensors=1000, name_bytes=10, raw_bytes=100)
    assert encode_bounded(made) == encode(made)


@pytest.mark.parametrize(
    ("sensors", "name_bytes", "raw_bytes"),
    [(10_000, 256, 0), (10_000, 256, 4000), (0, 0, 20_000), (10_000, 100, 100_000)],
)
def test_a_large_document_is_trimmed_from_its_ends(
    sensors: int, name_bytes: int, raw_bytes: int
) -> None:
    made = large(sensors, name_bytes, raw_bytes)
    before = encode(made)
    assert len(before) > MAX_MESSAGE_BYTES
    encoded = encode_bounded(made)
    assert len(encoded) <= MAX_MESSAGE_BYTES
    # The limit is used: at least half of it if there is enough to fill it.
    assert len(encoded) > MAX_MESSAGE_BYTES * 0.4
    read = json.loads(encoded)
    counts = made["aggregations"]["per_sensor_count"]
    kept = read["aggregations"].pop("per_sensor_count")
    assert list(kept.items()) == list(counts.items())[: len(kept)]
    shown = read.pop("invalid_rows")
    assert shown == made["invalid_rows"][: len(shown)]
    # Nothing else is lost, and the argument is as it was.
    rest = json.loads(before)
    del rest["invalid_rows"], rest["aggregations"]["per_sensor_count"]
    assert read == rest
    assert encode(made) == before


def test_a_waiting_document_is_bounded_too() -> None:
    made = file_document(replace(waiting(), filename="f" * 100))
    assert json.loads(encode_bounded(made, max_bytes=10)) == json.loads(encode(made))

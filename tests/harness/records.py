"""Records that the tests of this folder share; the checked-in document example is made of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import schemas
from schemas.events import DialectSpec, FileUploaded, decode
from schemas.file_document import Document, file_document
from schemas.file_record import FileRecord

FOLDER = Path(schemas.__file__).parent / "examples"
FINISHED = datetime(2024, 5, 1, 12, 0, 4, 500_000, UTC)


def example(name: str) -> Any:
    """The checked-in example `name` (`<type>.v<version>`)."""
    return json.loads((FOLDER / f"{name}.json").read_text())


def uploaded() -> FileUploaded:
    """The upload that the examples are about."""
    event, _ = decode((FOLDER / "file_uploaded.v1.json").read_bytes().replace(b"\n", b""))
    assert isinstance(event, FileUploaded)
    return event


def waiting() -> FileRecord:
    """The record of that upload."""
    return FileRecord.from_upload(uploaded(), recorded_at=uploaded().upload_time)


def partial() -> FileRecord:
    """The terminal record of that file."""
    return waiting().terminal(
        "partial",
        finished_at=FINISHED,
        processing_ms=4376,
        row_count=655_356,
        invalid_count=4,
        record_count=655_360,
        sensor_count=2,
        min_value=-40.25,
        max_value=1013.5,
        batches=3,
        dialect=DialectSpec(delimiter=";", decimal=",", header=True, width=4, data_line=2),
        codes={"value_format": 3, "missing_fields": 1},
    )


def invalid_rows() -> list[dict[str, Any]]:
    """Its first invalid rows, as the database gives them."""
    return [
        {
            "row": 262_200,
            "line": 262_201,
            "column": "value",
            "code": "value_format",
            "error": "value: saw '12,5,0', expected a finite decimal number",
            "raw": "t-17;2024-05-01T11:00:00Z;12,5,0;ok",
            "truncated": False,
            "byte": 8_390_000,
            "cells": 1,
            "observed": "12,5,0",
            "span_start": 26,
            "span_end": 32,
        },
        {
            "row": 262_250,
            "line": 262_251,
            "column": None,
            "code": "missing_fields",
            "error": "the record has 1 field, expected sensor_id, timestamp and value",
            "raw": "t-17",
            "truncated": False,
            "byte": 8_391_900,
            "cells": 1,
            "observed": None,
            "span_start": None,
            "span_end": None,
        },
    ]


def stored_invalid_rows() -> list[dict[str, Any]]:
    """They, as the row engine gives them and the table has them."""
    return [{"byte_offset": row.pop("byte"), **row} for row in invalid_rows()]


def document() -> Document:
    """Its document."""
    return file_document(
        partial(),
        per_sensor_count={"t-17": 400_000, "t-18": 255_356},
        invalid_rows=invalid_rows(),
    )

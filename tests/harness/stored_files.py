"""Files with their results, written as the product writes them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from rows.schema import INVALID, PARTIALS
from schemas.arrow import SENSOR_RESULTS, invalid_row_table
from schemas.file_progress import FileProgress
from schemas.file_record import FileRecord
from schemas.tables import Table
from sinks.base import Sink, SinkBatch
from tests.harness.records import waiting

START = datetime(2024, 5, 1, tzinfo=UTC)
_ZERO = datetime(1970, 1, 1, tzinfo=UTC)


def minutes(count: float) -> datetime:
    """So many minutes after the tests' beginning of time."""
    return START + timedelta(minutes=count)


def new_file(file_id: str, *, at: float = 0, filename: str = "a.csv") -> FileRecord:
    """The waiting record of a file uploaded `at` minutes."""
    return replace(
        waiting(),
        file_id=file_id,
        filename=filename,
        sha256=f"{file_id:0>64}",
        idempotency_key=f"key of {file_id}",
        upload_time=minutes(at),
        recorded_at=minutes(at),
    )


def sensor(name: str, values: list[float], *, at: float = 0) -> dict[str, Any]:
    """Results of a sensor with one reading a minute, from `at` minutes on."""
    first = (minutes(at) - _ZERO) // timedelta(microseconds=1)
    return {
        "sensor_hash": 0,
        "sensor_id": name,
        "row_count": len(values),
        "min_value": min(values),
        "max_value": max(values),
        "sum_hi": sum(values),
        "sum_lo": 0.0,
        "first_timestamp": first,
        "first_row": 1,
        "first_value": values[0],
        "last_timestamp": first + (len(values) - 1) * 60_000_000,
        "last_row": len(values),
        "last_value": values[-1],
        "end_timestamp": first + (len(values) - 1) * 60_000_000,
        "begin_timestamp": first,
        "begin_row": 1,
        "back_count": 0,
        "back_row": 0,
        "repeated_count": 0,
        "repeated_row": 0,
        "missing_count": 0,
        "excluded_count": 0,
    }


def refused(row: int, code: str = "value_format") -> dict[str, Any]:
    """An invalid row."""
    return {
        "row": row,
        "line": row + 1,
        "byte_offset": row * 10,
        "column": "value" if code.startswith("value") else None,
        "code": code,
        "error": f"row {row} is wrong",
        "raw": f"a,{row},x",
        "truncated": False,
        "cells": 1,
        "observed": None,
        "span_start": None,
        "span_end": None,
    }


async def write_results(sink: Sink, record: FileRecord, sensors: list[dict[str, Any]]) -> None:
    """Results of a generation."""
    made = sensor_result_table(sensors, record.file_id, record.generation)
    await sink.write(SinkBatch(Table.SENSOR_RESULTS, made))


def partials(sensors: list[dict[str, Any]]) -> pa.RecordBatch:
    """Merged partials."""
    return pa.RecordBatch.from_pylist(sensors, schema=PARTIALS)


def sensor_result_table(sensors: list[dict[str, Any]], file_id: str, generation: int) -> pa.Table:
    """Merged partials of a file as rows of the table; timestamps in microseconds since 1970."""
    merged = partials(sensors)
    keys = {"file_id": file_id, "generation": generation}
    columns = [
        pa.array([keys[field.name]] * len(merged), field.type)
        if field.name in keys
        else merged.column(field.name).cast(field.type)
        for field in SENSOR_RESULTS
    ]
    return pa.table(columns, schema=SENSOR_RESULTS)


async def write_invalid(sink: Sink, record: FileRecord, rows: list[dict[str, Any]]) -> None:
    """Invalid rows of a generation."""
    batch = pa.RecordBatch.from_pylist(rows, schema=INVALID)
    made = invalid_row_table(batch, record.file_id, record.generation)
    await sink.write(SinkBatch(Table.INVALID_ROWS, made))


def done(
    record: FileRecord,
    sensors: list[dict[str, Any]],
    invalid: int = 0,
    *,
    kept_through: int = 0,
    ms: int = 10,
) -> FileRecord:
    """The terminal record that goes with those results."""
    return record.terminal(
        "partial" if invalid else "processed",
        finished_at=record.recorded_at + timedelta(milliseconds=ms),
        processing_ms=ms,
        row_count=sum(s["row_count"] for s in sensors),
        invalid_count=invalid,
        sensor_count=len(sensors),
        min_value=min((s["min_value"] for s in sensors), default=None),
        max_value=max((s["max_value"] for s in sensors), default=None),
        batches=1,
        codes={"value_format": invalid} if invalid else {},
        invalid_kept_through=kept_through,
    )


async def write_file(
    sink: Sink,
    record: FileRecord,
    sensors: list[dict[str, Any]],
    invalid: list[dict[str, Any]] | None = None,
) -> FileRecord:
    """A whole file in the product's order; its terminal record."""
    await sink.write(SinkBatch.of(record))
    if invalid:
        await write_invalid(sink, record, invalid)
    if sensors:
        await write_results(sink, record, sensors)
    terminal = done(record, sensors, len(invalid or ()))
    await sink.write(SinkBatch.of(terminal))
    return terminal


def progress(record: FileRecord, batches: int, *, at: float) -> FileProgress:
    """That so many batches of a generation are done."""
    return FileProgress(
        file_id=record.file_id,
        generation=record.generation,
        batches_done=batches,
        batches_total=None,
        rows_done=10 * batches,
        updated_at=minutes(at),
    )

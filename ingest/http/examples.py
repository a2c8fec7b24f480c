"""Examples of what the API answers, for its description."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from ingest.http.error_codes import ProblemCode

FILE: dict[str, Any] = json.loads(
    (files("schemas") / "examples" / "file_document.v1.json").read_text()
)
WAITING: dict[str, Any] = {
    **FILE,
    "status": "waiting",
    "processing_ms": None,
    "aggregations": None,
    "invalid_rows": [],
    "sensor_count": None,
    "invalid_count": None,
    "record_count": None,
    "missing_count": None,
    "excluded_count": None,
    "codes": {},
    "invalid_by_column": {},
    "progress": {"batches_done": 0, "batches_total": None, "rows_done": 0},
}


RESUBMITTED: dict[str, Any] = {
    **WAITING,
    "filename": "corrected-plant-7.csv",
    "resubmission_of": "0190d5a4c3f27b6e8d1f4a5b6c7d8e9f",
    "resubmission": {
        "accepted": 3,
        "unchanged": 0,
        "refused": 1,
        "refusals": [
            {
                "line": 5,
                "row": "12",
                "code": "not_invalid",
                "reason": "this is not an invalid row of the file",
            }
        ],
    },
}
REPLAYING: dict[str, Any] = {**WAITING, "generation": 2}


def _listed(document: dict[str, Any]) -> dict[str, Any]:
    listed = {name: value for name, value in document.items() if name != "invalid_rows"}
    if listed["aggregations"] is not None:
        listed["aggregations"] = {
            name: value
            for name, value in listed["aggregations"].items()
            if name != "per_sensor_count"
        }
    return listed


LISTED = _listed(FILE)
SENSOR: dict[str, Any] = {
    "sensor_id": "t-17",
    "row_count": 400000,
    "min_value": -40.25,
    "max_value": 1013.5,
    "mean_value": 20.5,
    "first_timestamp": "2024-05-01T00:00:00.000000Z",
    "first_value": 19.75,
    "last_timestamp": "2024-05-01T11:59:59.000000Z",
    "last_value": 21.25,
    "missing_count": 0,
    "excluded_count": 0,
}
SPARKLINES_REQUEST: dict[str, Any] = {"sensor_ids": ["plant-7/t-17", "plant-7/t-18"], "points": 30}
SPARKLINES: dict[str, Any] = {
    "items": [
        {"sensor_id": "plant-7/t-17", "of": "files", "means": [20.5, 20.75, 21.25]},
        {"sensor_id": "plant-7/t-18", "of": "intervals", "means": [18.5, 18.25]},
    ]
}
SOURCE: dict[str, Any] = {
    "source": "plant-7",
    "sensors": 25,
    "row_count": 400000,
    "first_timestamp": "2024-05-01T00:00:00.000000Z",
    "last_timestamp": "2024-05-01T11:59:59.000000Z",
}
UPLOAD = {
    "upload_id": "0190d5a4-c3f2-7b6e-8d1f-4a5b6c7d8e9f",
    "filename": "plant-7.csv",
    "length": 2147483648,
    "offset": 4194304,
    "expires": "2024-05-02T12:00:00.000000Z",
    "file_id": None,
    "known": False,
    "generation": None,
}
READINGS = {
    "sensor_id": "t-17",
    "from": "2024-05-01T00:00:00.000000Z",
    "to": "2024-05-01T11:59:59.000001Z",
    "interval_seconds": 300.0,
    "items": [
        {
            "timestamp": "2024-05-01T00:00:00.000000Z",
            "row_count": 3000,
            "min_value": 18.25,
            "max_value": 21.5,
            "mean_value": 19.875,
        }
    ],
}
_FIELDS = [
    {"sensor_id": "t-17", "timestamp": "2024-05-01T11:00:00Z", "value": "12,5,0"},
    {"sensor_id": "t-17", "timestamp": "", "value": ""},
]
INVALID_ROWS = [
    {**row, "cell": 0, "correction": None, "fields": fields}
    for row, fields in zip(FILE["invalid_rows"], _FIELDS, strict=True)
]
COUNTS = {
    "files": 120,
    "waiting": 1,
    "processed": 110,
    "partial": 8,
    "failed": 1,
    "size_bytes": 73400320,
    "row_count": 1835008,
    "invalid_count": 412,
    "record_count": 1835420,
    "missing_count": 0,
    "excluded_count": 0,
    "sensor_count": 96,
    "listed": {"files": 101, "waiting": 1, "processed": 92, "partial": 7, "failed": 1},
}
MATCHING_COUNTS = {
    "counts": {**COUNTS["listed"], "more": False},  # type: ignore[dict-item]
}
PART = {"ready": True, "required": True, "reason": None, "detail": None}
WORKERS = {"ready": True, "required": False, "reason": None, "detail": "2 of 2 ready"}
AWAY = {**PART, "ready": False, "reason": "no connection to 127.0.0.1:9092"}
RAW = "sensor_id,timestamp,value\nt-17,2024-05-01T11:00:00Z,21.25\n"
READINGS_CSV = "sensor_id,timestamp,value\nt-17,2024-05-01T11:00:00.000000Z,21.25\n"
INVALID_ROWS_CSV = (
    "row,line,byte,column,code,error,sensor_id,timestamp,value,raw,truncated,cell\r\n"
    '17,18,730,value,value_empty,"value: saw nothing, expected a finite decimal number",'
    "t-17,2024-05-01,,t-17;2024-05-01;,false,0\r\n"
)
METRICS = (
    "# HELP csv_processor_uploads_total Uploads by outcome.\n"
    "# TYPE csv_processor_uploads_total counter\n"
    'csv_processor_uploads_total{outcome="accepted"} 12\n'
)


def page(*items: dict[str, Any], more: bool = True) -> dict[str, Any]:
    """A page of a list."""
    return {"items": list(items), "next_cursor": "WyJzZW5zb3JfaWQiXQ" if more else None}


def event(name: str, data: dict[str, Any], event_id: str) -> dict[str, str]:
    """One server-sent event."""
    return {"event": name, "data": json.dumps(data), "id": event_id}


def problem(kind: ProblemCode) -> dict[str, Any]:
    """A problem document."""
    return {
        "type": "about:blank",
        "title": kind.title,
        "status": kind.status,
        "detail": kind.example,
        "code": kind.code,
    }


READINGS_OF_FILES_CSV: str = (
    "sensor_id,timestamp,value,file_id,generation,row\n"
    "t-17,2024-05-01T11:00:00.000000Z,12.5,0190d5a4c3f27b6e8d1f4a5b6c7d8e9f,1,1\n"
)

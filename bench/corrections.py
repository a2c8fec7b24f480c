"""One correction over many rejects of many files: preview, begin to end, and each row counted once."""

from __future__ import annotations

import json
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil

from bench.client import Api
from bench.data import HEADER
from bench.report import Report
from bench.stack import Running, started

FILES, REJECTS, VALID, AT_ONCE = 500, 200, 10, 16
PREVIEW_SECONDS, DONE_SECONDS = 2.0, 30.0
_POLL_SECONDS = 0.2
_DEADLINE_SECONDS = 600.0
_CORRECTION = {
    "files": {"q": "rejects-"},
    "rows": {"code": "value_format"},
    "changes": [{"kind": "replace", "column": "value", "find": "n", "replacement": "1"}],
}


def run(report: Report) -> None:
    """Upload files whose values are wrong, and correct all of them by one rule."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-corrections-") as scratch,
        started(Path(scratch)) as stack,
    ):
        api = Api(stack.api_url)
        _upload(stack)
        _wait(api, "status=waiting&limit=1")
        preview, spent_on_preview = _measured(
            stack, lambda: api.send("/api/v1/corrections/preview", _CORRECTION)
        )
        operation: dict[str, Any] = {}

        def correct() -> dict[str, Any]:
            operation.update(api.send("/api/v1/corrections", _CORRECTION, expected=202))
            return _ended(api, operation["id"])

        ended, spent = _measured(stack, correct)
        totals = _counted(api)
        again = api.send("/api/v1/corrections/preview", _CORRECTION)
        api.close()
    rejects = FILES * REJECTS
    report.table(
        f"One correction over {rejects:,} rejects of {FILES} files",
        ["", "seconds", "processor seconds"],
        [
            ["preview", f"{preview[1]:.2f}", f"{spent_on_preview:.2f}"],
            ["begin to the last result", f"{ended[1]:.2f}", f"{spent:.2f}"],
        ],
    )
    report.target(
        f"corrections: preview within {PREVIEW_SECONDS:.0f} s", preview[1] <= PREVIEW_SECONDS
    )
    report.target(f"corrections: done within {DONE_SECONDS:.0f} s", ended[1] <= DONE_SECONDS)
    exact = (
        preview[0]["corrected"] == ended[0]["corrected"] == rejects
        and totals == rejects + FILES * VALID
        and again["corrected_before"] == rejects
        and again["corrected"] == 0
    )
    report.target(f"corrections: each row is counted once ({totals:,} readings)", exact)
    report.figures["corrections"] = {
        "files": FILES,
        "rejects": rejects,
        "preview_seconds": round(preview[1], 3),
        "preview_processor_seconds": round(spent_on_preview, 3),
        "done_seconds": round(ended[1], 3),
        "done_processor_seconds": round(spent, 3),
        "readings": totals,
    }


def _upload(stack: Running) -> None:
    """Files with `REJECTS` rows whose value has an `n` in the place of a digit."""

    def post(numbers: range) -> None:
        mine = Api(stack.api_url)
        for number in numbers:
            rows = [f"s-{number % 10},2026-03-01T00:00:00Z,{number}.{n}\n" for n in range(VALID)]
            rows += [
                f"s-{number % 10},2026-03-{2 + n // 1440:02}T{n // 60 % 24:02}:{n % 60:02}:00Z,n{n}.{number}\n"
                for n in range(REJECTS)
            ]
            mine.post(HEADER + "".join(rows).encode(), f"rejects-{number:04d}.csv")
        mine.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(post, (range(n, FILES, AT_ONCE) for n in range(AT_ONCE))))


def _wait(api: Api, query: str) -> None:
    """Wait until no file is listed by `query`."""
    deadline = time.perf_counter() + _DEADLINE_SECONDS
    while api.get(f"/api/v1/files?{query}")["items"]:
        if time.perf_counter() > deadline:
            raise SystemExit("the files did not end in time")
        time.sleep(_POLL_SECONDS)


def _ended(api: Api, operation_id: str) -> dict[str, Any]:
    """The operation once all its files are done and the files of corrected rows are processed."""
    deadline = time.perf_counter() + _DEADLINE_SECONDS
    while (document := api.get(f"/api/v1/operations/{operation_id}"))["ended_at"] is None:
        if time.perf_counter() > deadline:
            raise SystemExit(f"the correction did not end in time: {json.dumps(document)}")
        time.sleep(_POLL_SECONDS)
    _wait(api, "status=waiting&limit=1")
    return document


def _measured(stack: Running, work: Any) -> tuple[tuple[dict[str, Any], float], float]:
    """What `work` returns with its seconds, and the processor time of the stack for it."""
    before, began = _processor_seconds(stack), time.perf_counter()
    answer = work()
    took = time.perf_counter() - began
    return (answer, took), _processor_seconds(stack) - before


def _processor_seconds(stack: Running) -> float:
    total = 0.0
    for pid in stack.pids().values():
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        total += sum(sum(process.cpu_times()[:2]) for process in family)
    return total


def _counted(api: Api) -> int:
    """Readings of all sensors."""
    return sum(item["row_count"] for item in api.get("/api/v1/sensors?limit=1000")["items"])

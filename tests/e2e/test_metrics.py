"""Metrics of API and workers after a file was processed."""

from __future__ import annotations

import time
from collections import defaultdict

import httpx
from prometheus_client.parser import text_string_to_metric_families

from embedded.stack import Stack

CSV = b"sensor_id,timestamp,value\n" + b"m,2026-01-01,1\n" * 3 + b"m,yesterday,1\n"


def read(*urls: str) -> dict[str, float]:
    """Values by `name{labels}`, summed over processes."""
    found: defaultdict[str, float] = defaultdict(float)
    for url in urls:
        answer = httpx.get(f"{url}/metrics").raise_for_status()
        for family in text_string_to_metric_families(answer.text):
            for sample in family.samples:
                labels = ",".join(f"{k}={v}" for k, v in sorted(sample.labels.items()))
                found[f"{sample.name}{{{labels}}}" if labels else sample.name] += sample.value
    return found


WORKED = {
    "csv_processor_rows_total{outcome=valid}": 3,
    "csv_processor_rows_total{outcome=invalid}": 1,
    "csv_processor_files_finished_total{status=partial}": 1,
    "csv_processor_handler_seconds_count{handler=aggregate}": 1,
    "csv_processor_database_seconds_count{operation=write,outcome=ok}": 1,
    "csv_processor_store_seconds_count{operation=get,outcome=ok}": 1,
}
LAG = "csv_processor_lag_messages"


def test_a_file_shows_in_the_metrics_of_api_and_workers(stack: Stack) -> None:
    at = stack.endpoints
    workers = [at["WORKER_0_URL"], at["WORKER_1_URL"]]
    api, before = at["CSV_PROCESSOR_API"], read(*workers)
    params = {"filename": "metrics.csv", "force": "true"}
    httpx.post(f"{api}/api/v1/files", params=params, content=CSV).raise_for_status()

    # The figures of files are as old as five seconds, and messages are acknowledged last.
    deadline = time.monotonic() + 30
    while True:
        now, worked = read(api), read(*workers)
        grown = all(worked[name] - before[name] >= least for name, least in WORKED.items())
        lag = {name: value for name, value in worked.items() if name.startswith(LAG)}
        if grown and now["csv_processor_files{status=partial}"] and not any(lag.values()):
            break
        assert time.monotonic() < deadline, (now, worked)
    assert f"{LAG}{{topic=files.uploaded}}" in lag
    assert worked["csv_processor_worker_ready"] == 2
    assert now["csv_processor_uploads_total{outcome=accepted}"] >= 1
    route = "method=POST,route=/api/v1/files,status=2xx"
    assert now[f"csv_processor_http_request_seconds_count{{{route}}}"] >= 1
    # Neither reports what only the other knows.
    assert "csv_processor_worker_ready" not in now
    assert "csv_processor_oldest_waiting_file_seconds" not in worked

"""Peak memory of the API and of each worker for several inputs."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.client import Api
from bench.data import sensor_file
from bench.machine import peak_rss_mb
from bench.report import Report
from bench.stack import started

API_LIMIT_MB, WORKER_LIMIT_MB = 200.0, 500.0


def run(report: Report, largest: int) -> None:
    """One fresh stack for each file; peaks from VmHWM after the file has ended."""
    sizes = [rows for rows in (100_000, 1_000_000, 10_000_000) if rows <= largest]
    files = [(f"{rows:,} rows, 1,000 sensors", sensor_file(rows, 1000)) for rows in sizes]
    files.append(
        ("2,000,000 rows, 1,000,000 sensors", sensor_file(2_000_000, 1_000_000, every_sensor=True))
    )
    rows_: list[list[str]] = []
    figures: list[dict[str, object]] = []
    parts: list[str] = []
    for title, path in files:
        with (
            tempfile.TemporaryDirectory(prefix="bench-memory-") as scratch,
            started(Path(scratch)) as stack,
        ):
            api = Api(stack.api_url)
            run_ = api.run(path, path.name)
            api.close()
            pids = stack.pids()
            peaks = {name: peak_rss_mb(pid) for name, pid in pids.items()}
        parts = [name for name in peaks if _limit(name)]
        met = all(peaks[name] <= _limit(name) for name in parts)
        status = run_.document["status"]
        shown = ", ".join(f"{name} {peaks[name]:.0f} MB" for name in parts)
        mark = report.target(f"memory: {title}: {shown}", met)
        report.target(f"memory: {title}: {status}", status == "processed")
        rows_.append(
            [title, *(f"{peaks[name]:.0f}" for name in parts), f"{run_.terminal:.2f}", mark]
        )
        figures.append(
            {
                "file": title,
                "peak_mb": {name: round(mb, 1) for name, mb in peaks.items()},
                "seconds": round(run_.terminal, 3),
                "status": status,
            }
        )
    limits = [f"{name}, MB (limit {_limit(name):.0f})" for name in parts]
    report.table(
        "Peak resident memory, a fresh stack for each file",
        ["file", *limits, "POST to terminal, s", "within limits"],
        rows_,
    )
    report.figures["memory"] = figures


def _limit(part: str) -> float:
    if part == "api":
        return API_LIMIT_MB
    return WORKER_LIMIT_MB if part.startswith("worker") else 0.0

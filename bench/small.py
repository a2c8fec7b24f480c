"""Many small files in a burst: how many a second, and how long each takes to its terminal status."""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.client import Api
from bench.data import HEADER, sensor_file
from bench.report import Report
from bench.stack import started

FILES, ROWS, AT_ONCE = 500, 100, 32
_POLL_SECONDS = 0.1
_DEADLINE_SECONDS = 300.0


def run(report: Report) -> None:
    """Post all files from `AT_ONCE` connections while the list of files is polled for their ends."""
    bodies = _bodies()
    with (
        tempfile.TemporaryDirectory(prefix="bench-small-") as scratch,
        started(Path(scratch)) as stack,
    ):
        api = Api(stack.api_url)
        api.run(sensor_file(1000, 10), "warm-up.csv")
        posted, answered, ended, wrong = _burst(stack.api_url, bodies)
        api.close()
    first = min(posted.values())
    last = max(ended.values())
    took = sorted(ended[file_id] - posted[file_id] for file_id in posted)
    answers = sorted(answered[file_id] - posted[file_id] for file_id in posted)
    rate = FILES / (last - first)
    p50, p95 = statistics.median(took), took[int(len(took) * 0.95)]
    report.table(
        f"{FILES} files of {ROWS} rows in a burst, {AT_ONCE} connections",
        ["", "p50 s", "p95 s", "max s"],
        [
            _row("POST to 202", answers),
            _row("POST to terminal status", took),
        ],
    )
    report.say(f"{rate:.0f} files/s, first POST to last terminal status {last - first:.2f} s")
    report.target(f"small: files with wrong results: {wrong[:5]}", not wrong)
    report.figures["small"] = {
        "files": FILES,
        "rows": ROWS,
        "connections": AT_ONCE,
        "files_per_second": round(rate, 1),
        "p50_seconds": round(p50, 3),
        "p95_seconds": round(p95, 3),
        "max_seconds": round(took[-1], 3),
        "answer_p50_seconds": round(statistics.median(answers), 3),
    }


def _row(name: str, seconds: list[float]) -> list[str]:
    p95 = seconds[int(len(seconds) * 0.95)]
    return [name, f"{statistics.median(seconds):.2f}", f"{p95:.2f}", f"{seconds[-1]:.2f}"]


def _bodies() -> list[bytes]:
    """`FILES` bodies of `ROWS` rows each, all different."""
    lines = sensor_file(FILES * ROWS, 50).read_bytes().splitlines(keepends=True)[1:]
    return [HEADER + b"".join(lines[n * ROWS : (n + 1) * ROWS]) for n in range(FILES)]


def _burst(
    url: str, bodies: list[bytes]
) -> tuple[dict[str, float], dict[str, float], dict[str, float], list[str]]:
    """Moments of POST, 202 and terminal status by file_id, and wrong results."""
    posted: dict[str, float] = {}
    answered: dict[str, float] = {}
    ended: dict[str, float] = {}
    wrong: list[str] = []
    local = threading.local()

    def post(number: int) -> None:
        if not hasattr(local, "api"):
            local.api = Api(url)
        api: Api = local.api
        started_at = time.perf_counter()
        file_id = api.post(bodies[number], f"small-{number:04d}.csv")["file_id"]
        answered[file_id] = time.perf_counter()
        posted[file_id] = started_at

    deadline = time.perf_counter() + _DEADLINE_SECONDS
    watching = Api(url)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        uploads = [pool.submit(post, number) for number in range(len(bodies))]
        while len(ended) < len(bodies):
            if time.perf_counter() > deadline:
                raise SystemExit(f"{len(ended)} of {len(bodies)} files ended in time")
            time.sleep(_POLL_SECONDS)
            for document in watching.get("/api/v1/files?q=small-&limit=1000")["items"]:
                status, file_id = document["status"], document["file_id"]
                if status == "waiting" or file_id in ended:
                    continue
                ended[file_id] = time.perf_counter()
                if status != "processed" or document["aggregations"]["row_count"] != ROWS:
                    wrong.append(f"{document['filename']}: {status}")
        for upload in uploads:
            upload.result()
    watching.close()
    return posted, answered, ended, wrong

"""The client that measures: a raw body streamed from a file, then polling until the file ends."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

_BLOCK = 1 << 20
# Every question takes a share of the two cores; so it is not asked more often than a person's
# program would, and what is measured is late by half of this on average.
_POLL_SECONDS = 0.08


@dataclass(slots=True)
class Run:
    """One upload with its moments, in seconds from the start of the request."""

    file_id: str = ""
    uploaded: float = 0.0  # the 202 is in
    first_batch: float = 0.0  # the first batch is aggregated
    all_split: float = 0.0  # the number of batches is known
    all_batches: float = 0.0  # the last batch is aggregated
    terminal: float = 0.0
    document: dict[str, Any] = field(default_factory=dict)


class Refused(SystemExit):
    """An answer that was not expected; a bench ends with it unless it knows better."""

    def __init__(self, host: str, status: int, body: bytes) -> None:
        super().__init__(f"{host} answered {status}: {body[:500]!r}")
        self.status = status


class Api:
    """The product's HTTP API at `url`, over one connection."""

    def __init__(self, url: str) -> None:
        self._host = urlsplit(url).netloc
        self._connection = http.client.HTTPConnection(self._host, blocksize=_BLOCK, timeout=120)

    def close(self) -> None:
        self._connection.close()

    def post(self, path: Path | bytes, filename: str, *, force: bool = True) -> dict[str, Any]:
        """Upload a file as a raw body, with `force` always as a new one; the document of the 202."""
        target = f"/api/v1/files?filename={quote(filename)}{'&force=true' if force else ''}"
        headers = {"Content-Type": "text/csv"}
        if isinstance(path, bytes):
            self._connection.request("POST", target, path, headers)
        else:
            headers["Content-Length"] = str(path.stat().st_size)
            with path.open("rb") as body:
                self._connection.request("POST", target, body, headers)
        # One that is sent again, because its answer was lost, was uploaded before.
        return self._answer(202) if force else self._answer(202, 200)

    def get(self, target: str) -> dict[str, Any]:
        """The JSON that `target` answers."""
        self._connection.request("GET", target)
        return self._answer(200)

    def send(self, target: str, body: object, expected: int = 200) -> dict[str, Any]:
        """The JSON that `target` answers to a POST of JSON."""
        headers = {"Content-Type": "application/json"}
        self._connection.request("POST", target, json.dumps(body), headers)
        return self._answer(expected)

    def document(self, file_id: str) -> dict[str, Any]:
        return self.get(f"/api/v1/files/{file_id}")

    def _answer(self, *expected: int) -> dict[str, Any]:
        response = self._connection.getresponse()
        body = response.read()
        if response.status not in expected:
            raise Refused(self._host, response.status, body)
        answer: dict[str, Any] = json.loads(body)
        return answer

    def sensors(self, file_id: str) -> dict[str, tuple[int, float, float]]:
        """Count, min and max of every sensor of a file."""
        found: dict[str, tuple[int, float, float]] = {}
        cursor = ""
        while True:
            page = self.get(f"/api/v1/files/{file_id}/sensors?limit=1000{cursor}")
            for row in page["items"]:
                found[row["sensor_id"]] = (row["row_count"], row["min_value"], row["max_value"])
            if page["next_cursor"] is None:
                return found
            cursor = f"&cursor={quote(page['next_cursor'])}"

    def replay(self, file_id: str, seconds: float = 600.0) -> float:
        """Replay a file; seconds to the new results."""
        started = time.perf_counter()
        self._connection.request("POST", f"/api/v1/files/{file_id}/replay", b"")
        self._answer(202)
        while self.document(file_id)["replay"] is not None:
            if time.perf_counter() - started > seconds:
                raise SystemExit(f"the replay of {file_id} takes longer than {seconds:.0f} s")
            time.sleep(_POLL_SECONDS)
        return time.perf_counter() - started

    def run(self, path: Path, filename: str, seconds: float = 600.0) -> Run:
        """Upload `path` and wait for its terminal status."""
        run = Run()
        started = time.perf_counter()
        run.file_id = self.post(path, filename)["file_id"]
        run.uploaded = time.perf_counter() - started
        while True:
            document = self.document(run.file_id)
            now = time.perf_counter() - started
            progress = document.get("progress") or {}
            done, total = progress.get("batches_done") or 0, progress.get("batches_total")
            ended = document["status"] != "waiting"
            if not run.first_batch and (done or ended):
                run.first_batch = now
            if not run.all_split and (total or ended):
                run.all_split = now
            if not run.all_batches and (ended or (total and done >= total)):
                run.all_batches = now
            if ended:
                run.terminal, run.document = now, document
                return run
            if now > seconds:
                raise SystemExit(f"{filename} is still waiting after {now:.0f} s: {document}")
            time.sleep(_POLL_SECONDS)

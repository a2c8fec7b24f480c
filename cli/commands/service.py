"""The commands about the service as a whole: status, stats, readings, sql, open."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from cli import render_service as render
from cli.client import Api, Params, document, file_path
from cli.context import print_body, the_api
from cli.exit_codes import OTHER, PROCESSED, WRONG_USE, CommandError
from cli.file_names import file_named
from cli.sql import query
from cli.terminal import note, say

# Parts of `/health/ready`, which answers 503 with its document if one of them is missing.
_READY: Final = "/health/ready"


def show_status(*, as_json: bool) -> int:
    """What the API says of itself and its services; exit code 1 unless it is ready."""
    with the_api() as api:
        body = api.get(_READY, also=(503,))
        if as_json:
            print_body(body)
            return _code(document(body))
        live = document(api.get("/health/live", also=(503,)))
        ready = document(body)
        say("\n".join(render.status_lines(api.base, live, ready)))
        if ready.get("parts", {}).get("clickhouse", {}).get("ready"):
            say("\n".join(_files_lines(api)))
    return _code(ready)


def _code(ready: dict[str, Any]) -> int:
    return OTHER if ready.get("status") == "not ready" else PROCESSED


def _files_lines(api: Api) -> list[str]:
    counts = document(api.get("/api/v1/stats"))
    oldest: list[dict[str, Any]] = []
    if counts.get("waiting"):
        params: Params = {"status": "waiting", "sort": "upload_time", "limit": 1}
        oldest = document(api.get("/api/v1/files", params)).get("items") or []
    return render.waiting_lines(counts, oldest[0] if oldest else None)


def show_stats(*, as_json: bool) -> None:
    """Counts over all files."""
    with the_api(as_json) as api:
        body = api.get("/api/v1/stats")
    if as_json:
        print_body(body)
    else:
        say("\n".join(render.stats_lines(document(body))))


def show_readings(sensor: str, file: str | None, params: Params, *, as_json: bool) -> None:
    """The intervals of a sensor, in one file or in all."""
    with the_api(as_json) as api:
        if file is None:
            body = api.get(f"/api/v1/sensors/{quote(sensor, safe='')}/readings", params)
        else:
            path = file_path(file_named(api, file), "readings")
            body = api.get(path, {**params, "sensor": sensor})
    if as_json:
        print_body(body)
        return
    items = document(body).get("items") or []
    if items:
        say("\n".join(render.reading_lines(items)))
    else:
        note("no readings")


def run_query(statement: str, form: str, url: str | None, data_dir: Path) -> None:
    """Print the answer to a query.

    Raises:
        CommandError: no database is known, or it rejects the query.
    """
    if url is None:
        from embedded.endpoints import read_endpoints

        url = read_endpoints(data_dir).get("SQL_URL")
    if not url:
        raise CommandError(
            f"{data_dir} has no stack, and SQL_URL is not set",
            "name ClickHouse with --url http://user:password@host:port/csv_processor",
            WRONG_USE,
        )
    text = sys.stdin.read() if statement == "-" else statement
    if answer := query(url, text, form):
        say(answer)


def open_page(file: str | None) -> None:
    """Open a page of the web UI; without a browser its address is enough."""
    with the_api() as api:
        path = "/" if file is None else f"/files/{quote(file_named(api, file), safe='')}"
        address = f"{api.base}{path}"
    say(address)
    if not webbrowser.open(address):
        note("no browser could be started")

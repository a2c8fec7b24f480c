"""The commands about the service as a whole: status, stats, readings, sql, open."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path
from urllib.parse import quote

from cli import render_service as render
from cli.client import Params, document, file_path
from cli.context import print_body, the_api
from cli.exit_codes import OTHER, PROCESSED, WRONG_USE, CommandError
from cli.file_names import file_named
from cli.sql import query
from cli.terminal import note, say


def show_status(*, as_json: bool) -> int:
    """What the API says of the service; exit code 1 unless it is ready."""
    with the_api() as api:
        body = api.get("/api/v1/status")
        status = document(body)
        if as_json:
            print_body(body)
        else:
            say("\n".join(render.status_lines(api.base, status)))
    return OTHER if status.get("status") == "not ready" else PROCESSED


def show_dead_letters(*, announced: bool, limit: int, as_json: bool) -> None:
    """List dead letters, the last one first."""
    params: Params = {"not_announced": not announced, "limit": limit}
    with the_api() as api:
        body = api.get("/api/v1/dead-letters", params)
    if as_json:
        print_body(body)
    elif items := document(body).get("items") or []:
        say("\n".join(render.letter_lines(items)))
    else:
        note("no dead letters")


def announce_dead_letter(letter_id: str, *, as_json: bool) -> None:
    """Announce a dead letter again."""
    with the_api() as api:
        body = api.post(f"/api/v1/dead-letters/{quote(letter_id, safe='')}/announce", {})
    done = document(body)
    if as_json:
        print_body(body)
    elif file_id := done.get("file_id"):
        say(f"the file {file_id} is processed again")
    else:
        say("published again")


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

"""The commands about the service as a whole: status, stats, readings, sql, open."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

from cli import render_service as render
from cli.client import Params, document, file_path
from cli.context import is_named, print_body, the_api
from cli.exit_codes import OTHER, PROCESSED, WRONG_USE, CommandError
from cli.file_names import file_named
from cli.sql import query
from cli.terminal import note, say

_MOST_ROWS: Final = 10_000  # of an answer in JSON


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


def show_retention(*, apply: bool, as_json: bool) -> None:
    """What the rules of retention remove; with `apply`, a round of it begins."""
    with the_api(as_json) as api:
        path = "/api/v1/retention"
        body = api.post(f"{path}/apply", {}) if apply else api.get(path)
    if as_json:
        print_body(body)
        return
    rules = document(body).get("rules") or []
    if not rules:
        note("no rules: start the API with RETENTION, as in RETENTION='raw 30d; results 5y'")
        return
    say("\n".join(render.retention_lines(rules)))
    if apply:
        note("a round has begun; csv-processor retention shows what is left")


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


def run_query(statement: str, form: str | None, url: str | None, data_dir: Path | None) -> None:
    """Print the answer to a query, from ClickHouse if it is known, otherwise through the API.

    Raises:
        CommandError: no database is known, or it rejects the query.
    """
    text = sys.stdin.read() if statement == "-" else statement
    database = url or _database_of(data_dir)
    if database is None:
        _query_by_api(text, form)
    elif answer := query(database, text, form or "PrettyCompactMonoBlock"):
        say(answer)


def _database_of(data_dir: Path | None) -> str | None:
    """The address of a stack's database; None if the API is to be asked."""
    from embedded.endpoints import read_endpoints

    if data_dir is None and is_named():
        return None
    found = read_endpoints(data_dir or Path(".data")).get("SQL_URL")
    if not found and data_dir is not None:
        raise CommandError(
            f"{data_dir} has no stack",
            "leave --data-dir out to ask the API, or name ClickHouse with "
            "--url http://user:password@host:port/csv_processor",
            WRONG_USE,
        )
    return found or None


def _query_by_api(text: str, form: str | None) -> None:
    kinds = {
        "CSV": "text/csv",
        "CSVWithNames": "text/csv",
        "Parquet": "application/vnd.apache.parquet",
    }
    if form not in (None, "JSON", *kinds):
        raise CommandError(
            f"the API has no format {form}",
            f"it has JSON, {', '.join(kinds)}; --url names ClickHouse, which has more",
            WRONG_USE,
        )
    with the_api(form == "JSON") as api:
        if form in kinds:
            if form == "Parquet" and sys.stdout.isatty():
                raise CommandError(
                    "Parquet is not written to a terminal", "redirect it", code=WRONG_USE
                )
            rest = api.stream("/api/v1/sql", kinds[form], body={"query": text})
            pieces = _without_header(rest) if form == "CSV" else rest
            for piece in pieces:
                sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
            return
        body = api.post_json("/api/v1/sql", {"query": text, "limit": _MOST_ROWS}, {})
        if form == "JSON":
            print_body(body)
            return
        found = document(body)
        say("\n".join(render.table_lines(found)))
        if found.get("truncated"):
            note(f"only the first {_MOST_ROWS:,} rows; --format CSVWithNames has all")


def _without_header(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """CSV without its first line; names of columns have no line ends."""
    head = b""
    for piece in pieces:
        head += piece
        if b"\n" in head:
            yield head.partition(b"\n")[2]
            break
    yield from pieces


def open_page(file: str | None) -> None:
    """Open a page of the web UI; without a browser its address is enough."""
    with the_api() as api:
        path = "/" if file is None else f"/files/{quote(file_named(api, file), safe='')}"
        address = f"{api.base}{path}"
    say(address)
    if not webbrowser.open(address):
        note("no browser could be started")

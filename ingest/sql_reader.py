"""Queries of users, run as the database user that reads the public views and nothing else.

The database enforces that, not a look at the text: the user has SELECT on the views alone, and no
right to write, to read files or to reach other servers. What is added here are limits: of time, of
rows, of bytes, and of queries at a time. A query whose client disconnects is cancelled, since its
connection to the database is closed too. The answer is passed on as the database wrote it, so this
asks over HTTP rather than through clickhouse-connect, which would convert it.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

import aiohttp
import orjson

from ingest.http.errors import Problem, busy
from schemas.errors import Service, Unavailable

Form = Literal["csv", "parquet"]

_FORMATS: Final[Mapping[Form, str]] = {"csv": "CSVWithNames", "parquet": "Parquet"}
MAX_DOWNLOAD_ROWS: Final = 5_000_000
_MAX_BYTES: Final = 32 << 20
_MAX_DOWNLOAD_BYTES: Final = 1 << 30
# Of one process; more wait a little, and are then refused.
_AT_ONCE: Final = 4
_WAIT_SECONDS: Final = 5.0
_CONNECT_SECONDS: Final = 5.0
_DETAIL_LENGTH: Final = 2000
_CHUNK: Final = 1 << 18
# What ClickHouse adds to each text of an error.
_NOISE: Final = re.compile(r"^Code: \d+\. DB::Exception: | \(version .*\)\s*$")
# Code of ClickHouse: the user only reads.
_READ_ONLY: Final = 164
# Codes of ClickHouse: a limit of rows, bytes, time or memory was reached.
_LIMITS: Final = frozenset({158, 159, 160, 241, 307, 396})
_AWAY: Final = frozenset({193, 194, 202, 210, 236, 516})
_SETTINGS: Final = {
    # The text of the answer when it is complete: an error is a status, not an end in the middle.
    "wait_end_of_query": "1",
    "cancel_http_readonly_queries_on_client_close": "1",
    # JSON has no 64-bit integers and no infinities.
    "output_format_json_quote_64bit_integers": "1",
    "output_format_json_quote_denormals": "1",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a query; `truncated` if it has more than were asked for."""

    columns: list[dict[str, str]]
    rows: list[list[Any]]
    truncated: bool
    seconds: float
    rows_read: int
    bytes_read: int


class SqlReader:
    """Runs queries at the address of the reading user; None: there is no such user."""

    def __init__(self, url: str | None) -> None:
        self._parts = None if url is None else urlsplit(url)
        self._http: aiohttp.ClientSession | None = None
        self._running = asyncio.Semaphore(_AT_ONCE)

    async def close(self) -> None:
        """Close connections."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def rows(self, query: str, *, limit: int, seconds: int) -> Answer:
        """At most `limit` rows.

        Raises:
            Problem: the database rejects the query, or it reaches a limit.
            Unavailable: the database.
        """
        settings = {
            "default_format": "JSONCompact",
            "max_result_rows": str(limit + 1),
            "max_result_bytes": str(_MAX_BYTES),
            "result_overflow_mode": "break",
        }
        async with self._answer(query, settings, seconds) as answer:
            body = orjson.loads(await answer.read())
        statistics = body.get("statistics") or {}
        rows = body["data"]
        return Answer(
            columns=body["meta"],
            rows=rows[:limit],
            truncated=len(rows) > limit,
            seconds=float(statistics.get("elapsed") or 0),
            rows_read=int(statistics.get("rows_read") or 0),
            bytes_read=int(statistics.get("bytes_read") or 0),
        )

    async def download(self, query: str, form: Form, *, seconds: int) -> AsyncIterator[bytes]:
        """All rows, as a file; see `rows`. A result of more than a limit is an error."""
        settings = {
            "default_format": _FORMATS[form],
            "max_result_rows": str(MAX_DOWNLOAD_ROWS),
            "max_result_bytes": str(_MAX_DOWNLOAD_BYTES),
            "result_overflow_mode": "throw",
        }
        async with self._answer(query, settings, seconds) as answer:
            async for chunk in answer.content.iter_chunked(_CHUNK):
                yield chunk

    @asynccontextmanager
    async def _answer(
        self, query: str, settings: Mapping[str, str], seconds: int
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer to a query, read as far as its head."""
        http = self._client()
        try:
            await asyncio.wait_for(self._running.acquire(), _WAIT_SECONDS)
        except TimeoutError:
            raise busy("queries") from None
        try:
            params = {
                **_SETTINGS,
                **settings,
                "max_execution_time": str(seconds),
                "database": unquote(self._parts.path.strip("/")) if self._parts else "",
            }
            # What the database needs to notice that the time is over.
            timeout = aiohttp.ClientTimeout(
                total=None, sock_connect=_CONNECT_SECONDS, sock_read=seconds + 15.0
            )
            try:
                async with http.post(
                    "/", params=params, data=query.encode(), timeout=timeout
                ) as answer:
                    if answer.status >= HTTPStatus.BAD_REQUEST:
                        raise _problem(answer, (await answer.read()).decode("utf-8", "replace"))
                    _check_format(answer, settings["default_format"])
                    yield answer
            except (aiohttp.ClientError, TimeoutError) as exc:
                raise Unavailable(Service.CLICKHOUSE, f"{type(exc).__name__}: {exc}") from exc
        finally:
            self._running.release()

    def _client(self) -> aiohttp.ClientSession:
        if self._parts is None:
            raise Problem(
                "sql_off",
                "This API has no database user for queries. Set SQL_URL to the address of ClickHouse "
                "with the user that reads the views, or CLICKHOUSE_READER_PASSWORD.",
            )
        if self._http is None:
            parts = self._parts
            port = parts.port or (8443 if parts.scheme == "https" else 8123)
            ca_cert = dict(parse_qsl(parts.query)).get("ca_cert")
            self._http = aiohttp.ClientSession(
                f"{parts.scheme}://{parts.hostname}:{port}",
                auth=aiohttp.BasicAuth(
                    unquote(parts.username or ""), unquote(parts.password or "")
                ),
                # A connection that ends is what cancels a query: none is shared by two.
                connector=aiohttp.TCPConnector(
                    limit=0,
                    ssl=True if ca_cert is None else ssl.create_default_context(cafile=ca_cert),
                ),
            )
        return self._http


def _check_format(answer: aiohttp.ClientResponse, wanted: str) -> None:
    """The query may name a format itself, which would not be what was asked for."""
    found = answer.headers.get("X-ClickHouse-Format", wanted)
    if found != wanted:
        raise Problem(
            "query_rejected",
            f"The query ends with FORMAT {found}. Leave it out: the answer is JSON, or with the "
            "header Accept CSV or Parquet.",
        )


def _problem(answer: aiohttp.ClientResponse, text: str) -> Exception:
    """What an error of the database means to the client."""
    given = answer.headers.get("X-ClickHouse-Exception-Code", "")
    code = int(given) if given.isdecimal() else 0
    said = _NOISE.sub("", text.strip())[:_DETAIL_LENGTH]
    if code in _AWAY or (code == 0 and answer.status >= 500):
        return Unavailable(Service.CLICKHOUSE, said)
    if code in _LIMITS:
        return Problem(
            "query_limit_reached",
            f"{said} Ask for fewer rows or columns, or for a shorter time.",
            clickhouse_code=code,
        )
    if code == _READ_ONLY:
        said = "Queries can only read: use SELECT, and do not change the setting `readonly`."
    return Problem("query_rejected", said, clickhouse_code=code)

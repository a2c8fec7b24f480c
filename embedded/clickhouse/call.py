"""What a request asks for: the query, its database, settings, parameters and user."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from embedded.clickhouse.errors import QueryError
from embedded.clickhouse.forms import Form
from embedded.clickhouse.wire import Request

# Parameters of the HTTP interface; all others are settings of the query.
_RESERVED: Final = frozenset(
    {
        "query", "database", "default_format", "user", "password", "query_id", "session_id",
        "session_timeout", "session_check", "close_session", "compress", "decompress",
        "wait_end_of_query", "buffer_size", "quota_key", "role", "stacktrace",
        "client_protocol_version",
    }
)  # fmt: skip
# Settings of the HTTP interface itself, which the engine would take and do nothing with.
_OURS: Final = frozenset(
    {
        "enable_http_compression", "http_zlib_compression_level", "send_progress_in_http_headers",
        "http_headers_progress_interval_ms", "cancel_http_readonly_queries_on_client_close",
        "add_http_cors_header", "http_wait_end_of_query", "http_response_buffer_size",
    }
)  # fmt: skip
_MAX_VALUE: Final = 128 << 10
_TABLE: Final = ("structure", "types", "format")
_MAX_SESSION_SECONDS: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Call:
    """A request in the terms of the engine."""

    query: bytes
    database: str | None
    settings: Mapping[str, str]
    params: Mapping[str, str]
    user: str
    password: str
    query_id: str
    session_id: str | None
    session_seconds: float
    default_format: str | None
    compress: bool
    blocks_out: bool
    blocks_in: bool
    wait: bool
    read_only: bool
    # What is said of tables that come with the query, by parameter.
    tables: Mapping[str, str]


def _basic(header: str) -> tuple[str, str]:
    scheme, _, value = header.partition(" ")
    try:
        if scheme.lower() != "basic":
            raise ValueError(scheme)
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        raise QueryError(
            516,
            "Invalid authentication: it is not 'Basic' HTTP Authentication",
            "AUTHENTICATION_FAILED",
        ) from None
    return user, password


def _credentials(params: Mapping[str, str], headers: Mapping[str, str]) -> tuple[str, str]:
    """User and password, from the one place that has them."""
    ways: list[tuple[str, str]] = []
    if params.keys() & {"user", "password"}:
        ways.append((params.get("user", ""), params.get("password", "")))
    if headers.keys() & {"x-clickhouse-user", "x-clickhouse-key"}:
        ways.append((headers.get("x-clickhouse-user", ""), headers.get("x-clickhouse-key", "")))
    if "authorization" in headers:
        ways.append(_basic(headers["authorization"]))
    if len(ways) > 1:
        raise QueryError(
            516,
            "Invalid authentication: credentials come in more than one way",
            "AUTHENTICATION_FAILED",
        )
    user, password = ways[0] if ways else ("", "")
    return user or "default", password


def _is_true(value: str) -> bool:
    return value.lower() not in ("", "0", "false")


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= _MAX_SESSION_SECONDS:
        raise QueryError(371, f"Invalid session timeout: '{value}'", "INVALID_SESSION_TIMEOUT")
    return seconds


def read_call(request: Request, form: Form | None, compression_default: str) -> Call:
    """The call a request makes.

    Args:
        form: the form in the body, if there is one; its fields are parameters like the others.
        compression_default: the value of `enable_http_compression` where the request sets none.

    Raises:
        QueryError: parameters that cannot be understood.
    """
    headers = request.headers
    params = {**request.params, **form.fields} if form else request.params
    # As the server does, by its setting http_max_field_value_size.
    if any(len(v) > _MAX_VALUE for k, v in params.items() if k.startswith("param_")):
        raise QueryError(1000, "HTML Form Exception: Field value too long", "POCO_EXCEPTION")
    user, password = _credentials(params, headers)
    if "role" in params:
        raise QueryError(
            512, f"Role {params['role']} is not granted to {user}", "SET_NON_GRANTED_ROLE"
        )
    settings = {
        k: v for k, v in params.items() if k not in _RESERVED and not k.startswith("param_")
    }
    options = {k: settings.pop(k) for k in _OURS & settings.keys()}
    described = (f"{name}_{what}" for name in (form.files if form else ()) for what in _TABLE)
    tables = {k: settings.pop(k) for k in described if k in settings}
    return Call(
        query=params.get("query", "").encode("utf-8", "surrogateescape"),
        database=params.get("database") or headers.get("x-clickhouse-database") or None,
        settings=settings,
        params={k[6:]: v for k, v in params.items() if k.startswith("param_")},
        user=user,
        password=password,
        query_id=params.get("query_id") or str(uuid.uuid4()),
        session_id=params.get("session_id") or None,
        session_seconds=_seconds(params.get("session_timeout", "60")),
        default_format=headers.get("x-clickhouse-format") or params.get("default_format"),
        compress=_is_true(options.get("enable_http_compression", compression_default)),
        blocks_out=_is_true(params.get("compress", "0")),
        blocks_in=_is_true(params.get("decompress", "0")),
        wait=_is_true(params.get("wait_end_of_query", "0")),
        read_only=request.method in ("GET", "HEAD"),
        tables=tables,
    )

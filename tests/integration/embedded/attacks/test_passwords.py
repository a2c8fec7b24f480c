"""Every request needs a password."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from embedded.stack import Stack
from tests.integration.embedded.attacks.sql_port import Port


def test_every_request_needs_the_right_password(port: Port) -> None:
    owner, reader = port.owner, port.reader
    wrong: list[dict[str, Any]] = [
        {},
        {"auth": ("", "")},
        {"auth": ("default", "")},
        {"auth": (owner[0], "")},
        {"auth": (owner[0], "wrong")},
        {"auth": (owner[0], reader[1])},
        {"auth": (owner[0].upper(), owner[1])},
        {"auth": (owner[0], owner[1] + "\0")},
        {"auth": (owner[0], owner[1][:-1])},
        {"auth": ("reader' OR '1'='1", "x")},
        {"params": {"user": owner[0]}},
        {"params": {"user": owner[0], "password": "x"}},
        {"params": {"password": owner[1]}},
        {"auth": reader, "params": {"user": owner[0]}},
        {"auth": reader, "headers": {"X-ClickHouse-User": owner[0]}},
        {"params": {"user": reader[0], "password": reader[1]}, "headers": {"X-ClickHouse-Key": ""}},
        {"headers": {"X-ClickHouse-User": owner[0]}},
        {"headers": {"Authorization": "Basic"}},
        {"headers": {"Authorization": "Basic !!!"}},
        {"headers": {"Authorization": "Bearer x"}},
        {"headers": {"Authorization": "never"}},
        {"headers": {"X-ClickHouse-SSL-Certificate-Auth": "on", "X-ClickHouse-User": owner[0]}},
    ]
    for arguments in wrong:
        for method in ("GET", "POST"):
            more = dict(arguments)
            more["params"] = {"query": "SELECT 1", **more.get("params", {})}
            answer = httpx.request(method, port.url, **more)
            assert answer.status_code == 403, arguments
            assert answer.headers["X-ClickHouse-Exception-Code"] == "516"
            assert owner[1] not in answer.text
            assert reader[1] not in answer.text
    form = httpx.post(port.url, data={"query": "SELECT 1", "user": owner[0]}, files={}, auth=reader)
    assert form.status_code >= 400


def test_a_key_is_needed_for_the_api_and_a_password_for_the_database(tmp_path: Path) -> None:
    """REQUIRE_KEYS=1 closes the API; the SQL port has no open state at all."""
    with Stack(tmp_path / "data", parts=["clickhouse"], env={"REQUIRE_KEYS": "1"}) as stack:
        at = urlsplit(stack.endpoints["CLICKHOUSE_URL"])
        url = f"http://127.0.0.1:{at.port}/"
        assert httpx.post(url, content="SELECT 1").status_code == 403
        assert httpx.post(url, content="SELECT 1", auth=("default", "")).status_code == 403

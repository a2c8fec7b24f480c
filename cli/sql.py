"""A query to ClickHouse over HTTP, as a person with curl would send it."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import httpx

from cli.exit_codes import CommandError


def query(address: str, statement: str, form: str = "PrettyCompactMonoBlock") -> str:
    """The answer to `statement` as text in ClickHouse's output format `form`.

    `address` is http://user:password@host:port/database.
    """
    parts = urlsplit(address)
    user = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    url = f"{parts.scheme}://{parts.hostname}:{parts.port or 8123}/"
    try:
        answer = httpx.post(
            url,
            params={"database": parts.path.strip("/") or "default", "default_format": form},
            content=statement,
            auth=user,
            timeout=30,
        )
    except httpx.TransportError as exc:
        raise CommandError(f"ClickHouse at {url} cannot be reached: {exc}") from exc
    if answer.is_error:
        raise CommandError(f"ClickHouse refused the query: {answer.text.strip()}")
    return answer.text.rstrip("\n")

"""The commands about API keys. They use the database directly: access to it is the permission to
manage keys, so the first key can be created without one."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import orjson

from cli.exit_codes import WRONG_USE, CommandError
from cli.terminal import note, say
from cli.times import span
from runtime.settings import InvalidSettings, load
from runtime.settings.groups import ClickHouseSettings
from schemas.api_keys import ApiKey, Quotas, Scope, new_key, new_secret, secret_sha256, token_of
from schemas.errors import Unavailable
from schemas.instants import utc_now
from sinks.clickhouse.client import Database
from sinks.clickhouse.connection import Refused
from sinks.queries.api_keys import create_first_key, read_keys, write_key

T_ = TypeVar("T_")


def create(
    name: str,
    scopes: Sequence[Scope],
    quotas: Quotas,
    expires: str | None,
    *,
    as_json: bool,
    key_file: Path | None = None,
) -> None:
    """Create a key and print it, or write it to `key_file`; it cannot be shown again."""
    now = utc_now()
    expires_at = None if expires is None else now + span(expires)
    key, secret = new_key(name, scopes, now, quotas=quotas, expires_at=expires_at)
    if key_file is None:
        _run(lambda database: _write(database, key))
        _print_new(key, secret, as_json=as_json)
        return
    # Before the key exists, so that none is lost because of a file that cannot be written.
    _write_private(key_file, token_of(key.key_id, secret))
    _run(lambda database: _write(database, key))
    say(orjson.dumps(document(key)).decode() if as_json else f"{key.key_id} is in {key_file}")


def create_first(url: str) -> str | None:
    """Create the first key in the database at `url`; returns what a client sends.

    None if there are keys already.
    """
    return _run(create_first_key, url)


def list_all(*, as_json: bool) -> None:
    """List the keys; their secrets are not stored."""
    keys = _run(read_keys)
    if as_json:
        say(orjson.dumps([document(key) for key in keys]).decode())
        return
    lines = [("id", "state", "scopes", "name", "quotas", "expires")]
    for key in keys:
        scopes = ",".join(sorted(key.scopes))
        expires = f"{key.expires_at:%Y-%m-%d %H:%M}" if key.expires_at else ""
        lines.append(
            (key.key_id, key.state(utc_now()), scopes, key.name, _quotas(key.quotas), expires)
        )
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        say("  ".join(map(str.ljust, line, widths)).rstrip())


def rotate(key_id: str, grace: str, *, as_json: bool) -> None:
    """Give a key a new secret; the former one remains valid for `grace`."""
    secret = new_secret()
    until = utc_now() + span(grace)

    def rotated(key: ApiKey) -> ApiKey:
        return replace(
            key,
            secret_sha256=secret_sha256(secret),
            previous_sha256=key.secret_sha256,
            previous_until=until,
        )

    key = _run(lambda database: _change(database, key_id, rotated))
    note(f"The former key is valid until {until:%Y-%m-%d %H:%M:%S} UTC.")
    _print_new(key, secret, as_json=as_json)


def revoke(key_id: str) -> None:
    """Let a key open nothing any more, from a few seconds on."""
    _run(lambda database: _change(database, key_id, lambda k: replace(k, revoked_at=utc_now())))
    say(f"{key_id} is revoked")


def document(key: ApiKey) -> dict[str, Any]:
    """A key in JSON, without anything of its secrets."""

    def text(moment: datetime | None) -> str | None:
        return None if moment is None else moment.isoformat()

    return {
        "key_id": key.key_id,
        "name": key.name,
        "state": key.state(utc_now()),
        "scopes": sorted(key.scopes),
        "files_per_day": key.quotas.files_per_day,
        "bytes_per_day": key.quotas.bytes_per_day,
        "requests_per_minute": key.quotas.requests_per_minute,
        "created_at": text(key.created_at),
        "expires_at": text(key.expires_at),
        "revoked_at": text(key.revoked_at),
        "previous_until": text(key.previous_until),
    }


def _print_new(key: ApiKey, secret: str, *, as_json: bool) -> None:
    token = token_of(key.key_id, secret)
    if as_json:
        say(orjson.dumps({**document(key), "key": token}).decode())
        return
    note("Keep it: it is shown this once. Clients send it as `Authorization: Bearer KEY`;")
    note("the command line takes it from CSV_PROCESSOR_KEY.")
    say(token)


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
    except OSError as exc:
        raise CommandError(f"{path} cannot be written: {exc.strerror}", None, WRONG_USE) from exc


def _quotas(quotas: Quotas) -> str:
    said = (
        (quotas.files_per_day, "files/day"),
        (quotas.bytes_per_day, "bytes/day"),
        (quotas.requests_per_minute, "requests/min"),
    )
    return " ".join(f"{value}{unit}" for value, unit in said if value is not None)


async def _write(database: Database, key: ApiKey) -> None:
    await write_key(database, key, version=time.time_ns())


async def _change(database: Database, key_id: str, how: Callable[[ApiKey], ApiKey]) -> ApiKey:
    for key in await read_keys(database):
        if key.key_id == key_id:
            if key.revoked_at is not None:
                raise CommandError(f"{key_id} is revoked", "make another with `keys create`")
            changed = how(key)
            await _write(database, changed)
            return changed
    raise CommandError(f"there is no key {key_id!r}", "`csv-processor keys list` shows all")


def _run(work: Callable[[Database], Awaitable[T_]], url: str | None = None) -> T_:
    async def main() -> T_:
        database = Database(url or _url(), threads=1)
        try:
            return await work(database)
        finally:
            await database.close()

    try:
        return asyncio.run(main())
    except Refused as exc:
        raise CommandError(str(exc), "`csv-processor migrate` makes the tables") from exc
    except Unavailable as exc:
        raise CommandError(str(exc), "is it up? CLICKHOUSE_URL names it") from exc


def _url() -> str:
    """CLICKHOUSE_URL, or that of the embedded stack of DATA_DIR."""
    if not os.environ.get("CLICKHOUSE_URL"):
        from embedded.endpoints import read_endpoints

        found = read_endpoints(Path(os.environ.get("DATA_DIR") or ".data")).get("CLICKHOUSE_URL")
        if found:
            return found
    try:
        return load(ClickHouseSettings).clickhouse_url
    except InvalidSettings as exc:
        raise CommandError(str(exc), "or start the embedded stack first", WRONG_USE) from exc

"""Keys, scopes and quotas, without a database if none is needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from ingest.app import create_app
from ingest.auth.api_keys import ApiKeyStore
from ingest.auth.quotas import QuotaTracker, day_of, minute_of
from ingest.auth.scopes import READ, require_scopes, scopes_of
from ingest.http.errors import Problem
from runtime.settings import ApiSettings
from schemas.api_keys import (
    ApiKey,
    Quotas,
    Scope,
    new_key_id,
    new_secret,
    read_token,
    secret_sha256,
    token_of,
)
from schemas.errors import Unavailable
from sinks.clickhouse.client import Database
from sinks.queries.api_keys import Used

NOW = datetime(2026, 3, 1, 12, 30, 15, tzinfo=UTC)


def key(quotas: Quotas | None = None, *scopes: Scope) -> ApiKey:
    return ApiKey(
        key_id=new_key_id(),
        name="test",
        scopes=frozenset(scopes),
        secret_sha256=secret_sha256("secret"),
        created_at=NOW,
        quotas=quotas or Quotas(),
    )


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def test_a_token_is_read_back_and_nothing_else_is_one() -> None:
    key_id, secret = new_key_id(), new_secret()
    assert read_token(token_of(key_id, secret)) == (key_id, secret)
    for wrong in ("", "csvp_", secret, token_of(key_id, secret + "x"), token_of("x" * 12, secret)):
        assert read_token(wrong) is None


def test_what_opens_a_key_and_when() -> None:
    good = key()
    assert good.opens_with("secret", NOW)
    assert not good.opens_with("other", NOW)
    assert not replace(good, revoked_at=NOW).opens_with("secret", NOW)
    expiring = replace(good, expires_at=NOW)
    assert expiring.opens_with("secret", NOW - timedelta(seconds=1))
    assert not expiring.opens_with("secret", NOW)
    rotated = replace(
        good,
        secret_sha256=secret_sha256("new"),
        previous_sha256=good.secret_sha256,
        previous_until=NOW,
    )
    assert rotated.opens_with("new", NOW)
    assert rotated.opens_with("secret", NOW - timedelta(seconds=1))
    assert not rotated.opens_with("secret", NOW)


def test_admin_is_every_scope_and_no_other_is_another() -> None:
    assert all(key(None, Scope.ADMIN).allows(scope) for scope in Scope)
    assert not key(None, Scope.UPLOAD).allows(Scope.READ)
    assert not key(None, Scope.READ).allows(Scope.UPLOAD)


def test_requests_of_a_minute_are_counted_with_those_of_other_processes() -> None:
    clock = Clock()
    usage, limited = QuotaTracker(clock), key(Quotas(requests_per_minute=5))
    usage.take_others({limited.key_id: Used(requests=2)}, minute_of(NOW))
    for _ in range(3):
        usage.request(limited)
    with pytest.raises(Problem) as refused:
        usage.request(limited)
    problem = refused.value
    assert (problem.status, problem.code) == (429, "quota_exceeded")
    assert problem.headers == {"Retry-After": "46"}  # more than the 45 s that are left of it
    clock.now += timedelta(minutes=1)
    usage.request(limited)


def test_files_and_bytes_of_a_day() -> None:
    clock = Clock()
    usage, limited = QuotaTracker(clock), key(Quotas(files_per_day=3, bytes_per_day=100))
    usage.take_others({limited.key_id: Used(files=1, bytes=10)}, minute_of(NOW))
    with pytest.raises(Problem, match="10 of 100 bytes per day"):
        usage.upload(limited, 91)
    first = usage.upload(limited, 0)
    assert first.left == 90
    first.commit(50)
    failed = usage.upload(limited, 40)
    with pytest.raises(Problem, match="3 of 3 files per day"):
        usage.upload(limited, 1)
    failed.commit(None)
    usage.upload(limited, 40)
    clock.now = day_of(NOW) + timedelta(days=1)
    usage.upload(limited, 100)


def test_what_could_not_be_written_is_written_the_next_time() -> None:
    usage, busy = QuotaTracker(Clock()), key()
    usage.request(busy)
    first = usage.changed()
    assert [(u.key_id, u.minute, u.used.requests) for u in first] == [
        (busy.key_id, minute_of(NOW), 1)
    ]
    assert usage.changed() == []
    usage.not_written(first)
    usage.request(busy)
    (second,) = usage.changed()
    assert second.used.requests == 2
    assert second.version > first[0].version


async def test_a_database_that_is_away_opens_nothing() -> None:
    database = Database("http://default@127.0.0.1:1/csv_processor", threads=1, timeout=1)
    ring = ApiKeyStore(database, lambda: NOW)
    with pytest.raises(Unavailable, match="keys cannot be checked"):
        await ring.find(token_of(new_key_id(), new_secret()))
    await database.close()


def test_an_app_with_a_route_without_a_scope_does_not_start() -> None:
    def answer() -> None: ...

    app, inner, outer = FastAPI(), APIRouter(prefix="/inner"), APIRouter(prefix="/outer")
    inner.get("/closed", dependencies=[READ])(answer)
    outer.include_router(inner)
    app.include_router(outer)
    app.get("/closed", dependencies=[READ])(answer)
    app.get("/health/live")(answer)
    require_scopes(app)

    inner.get("/forgotten")(answer)
    with pytest.raises(RuntimeError, match=r"\['GET'\] /outer/inner/forgotten$"):
        require_scopes(app)
    locked = FastAPI()
    locked.include_router(outer, dependencies=[READ])
    require_scopes(locked)
    locked.get("/forgotten")(answer)
    with pytest.raises(RuntimeError, match="/forgotten"):
        require_scopes(locked)


def test_the_api_itself_has_a_scope_on_every_route() -> None:
    settings = ApiSettings(
        kafka_bootstrap_servers="127.0.0.1:9092",
        store_url="file:///tmp/store/raw-files",
        clickhouse_url="http://default@127.0.0.1:8123/csv_processor",
    )
    app = create_app(settings)
    found = [
        route
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute) and scopes_of(route.dependant)
    ]
    assert len(found) >= 15

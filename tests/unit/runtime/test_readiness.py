"""Readiness: required checks make a process not ready, others degrade it; all are asked seldom."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from runtime.readiness import Check, CheckFailed, Readiness, service_checks
from schemas.errors import Service, Unavailable


async def passes() -> None: ...


async def fails() -> None:
    raise CheckFailed("no worker is running")


async def bug() -> None:
    raise RuntimeError("a bug")


async def hangs() -> None:
    await asyncio.sleep(3600)


async def test_a_check_is_asked_once_and_its_answer_is_kept_for_a_moment() -> None:
    asked = 0
    away: Unavailable | None = None

    async def ping() -> None:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)
        if away:
            raise away

    readiness = Readiness(service_checks({Service.STORE: ping}, max_age=3600))
    answers = await asyncio.gather(*(readiness.failures() for _ in range(5)))
    assert answers == [{"store": None}] * 5
    assert asked == 1
    away = Unavailable(Service.STORE, "gone")
    await readiness.require(Service.STORE)
    readiness.forget()
    with pytest.raises(Unavailable, match="gone"):
        await readiness.require(Service.STORE)
    assert asked == 2


async def test_only_required_checks_make_a_process_not_ready() -> None:
    workers = Check("workers", fails, required=False)
    ready, body = await Readiness([*service_checks({Service.STORE: passes}), workers]).document()
    assert (ready, body["status"]) == (True, "degraded")
    assert orjson.loads(orjson.dumps(body)) == body
    assert body["parts"]["workers"] == {
        "ready": False,
        "required": False,
        "reason": "no worker is running",
        "detail": None,
    }
    ready, body = await Readiness([Check("space", fails), workers]).document()
    assert (ready, body["status"]) == (False, "not ready")
    ready, body = await Readiness(service_checks({Service.STORE: passes})).document()
    assert (ready, body["status"]) == (True, "ready")


async def test_a_bug_in_a_check_is_a_failure_with_its_reason() -> None:
    ready, body = await Readiness(service_checks({Service.KAFKA: bug})).document()
    assert not ready
    assert body["parts"]["kafka"]["reason"] == "the check failed: RuntimeError: a bug"


@pytest.mark.parametrize("service", Service)
async def test_a_service_that_hangs_has_its_own_name(
    monkeypatch: pytest.MonkeyPatch, service: Service
) -> None:
    monkeypatch.setattr("runtime.readiness._SECONDS", 0.01)
    readiness = Readiness(service_checks({service: hangs}))
    with pytest.raises(Unavailable) as caught:
        await readiness.require(service)
    assert caught.value.service is service

"""Exactness under faults: every accepted file becomes terminal, and everything is exact."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from embedded.stack import Stack
from tests.harness import fault_drill
from tests.harness.client import Client
from tests.harness.drill_faults import WithSecondApi

_FILES, _KILLS, _SEED = 22, 17, 1


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_exact_if_answers_are_lost_and_two_processes_are_asked(tmp_path: Path) -> None:
    exercise = fault_drill.make_drill(8, seed=5)
    with Stack(tmp_path, workers=2, env=fault_drill.ENV) as stack:
        env = {**stack.endpoints, **fault_drill.ENV}
        second = await asyncio.to_thread(WithSecondApi, stack, env, tmp_path / "api-2.log")
        client = Client.of(stack.endpoints, second.url, seed=5)
        try:
            wrong = await fault_drill.run(
                exercise, second, client, 5, faults=fault_drill.Faults(second, lost=8, pauses=2)
            )
        finally:
            await client.close()
            await asyncio.to_thread(second.close)
    assert wrong == [], f"logs in {tmp_path}/logs"
    assert len(exercise.accepted) == 8
    assert len(exercise.kills) == 5
    assert exercise.lost
    assert exercise.paused
    assert len(exercise.operations) == 4
    assert all(exercise.operations.values()), exercise.operations


@pytest.mark.slow
@pytest.mark.timeout(420)
async def test_exact_under_kills(tmp_path: Path) -> None:
    exercise = fault_drill.make_drill(_FILES, _SEED)
    with Stack(tmp_path, workers=2, env=fault_drill.ENV) as stack:
        client = Client.of(stack.endpoints)
        try:
            wrong = await fault_drill.run(exercise, stack, client, _KILLS)
        finally:
            await client.close()
        if wrong:
            pytest.fail(f"{len(wrong)} differences; logs in {tmp_path}/logs\n" + "\n".join(wrong))
    assert len(exercise.accepted) == _FILES
    assert {part.partition("-")[0] for part in exercise.kills} == set(fault_drill.KINDS)
    assert len(exercise.kills) == _KILLS

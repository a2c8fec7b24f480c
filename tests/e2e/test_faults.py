"""Exactness under faults: every accepted file becomes terminal, and everything is exact."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedded.stack import Stack
from tests.harness import fault_drill
from tests.harness.client import Client

_FILES, _KILLS, _SEED = 22, 17, 1


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

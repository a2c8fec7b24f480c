"""A short fault drill, for CI; tests/e2e/test_faults.py is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedded.stack import Stack
from tests.harness import fault_drill
from tests.harness.client import Client


@pytest.mark.timeout(400)
async def test_exact_where_each_part_dies_once(tmp_path: Path) -> None:
    exercise = fault_drill.make_drill(7, seed=3)
    with Stack(tmp_path, workers=2, env=fault_drill.ENV) as stack:
        client = Client.of(stack.endpoints)
        try:
            wrong = await fault_drill.run(exercise, stack, client, len(fault_drill.KINDS))
        finally:
            await client.close()
    assert wrong == [], f"logs in {tmp_path}/logs"
    assert {part.partition("-")[0] for part in exercise.kills} == set(fault_drill.KINDS)

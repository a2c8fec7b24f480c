"""Patch: a rebalance of an app with tables drops messages.

Hole: `Recovery.on_recovery_completed` makes the streams' partitions active and seeks them while the
fetch loop still drains. Messages that arrive in between are put into queues which
`flow_control.resume()` then clears: they were fetched and are never seen.
Patch: the flow is stopped first, so nothing is fetched until the seek is done.
Upstream: faust-streaming #596.
Remove when: on_recovery_completed stops the flow before it resumes partitions.
"""

from __future__ import annotations

from typing import Any

from faust.tables.recovery import Recovery

from stream.engine.patches.replace import replace


def apply() -> None:
    """Patch `Recovery`."""
    original = Recovery.on_recovery_completed

    async def on_recovery_completed(self: Any, generation_id: int = 0) -> None:
        self.app.consumer.stop_flow()
        await original(self, generation_id)

    replace(Recovery, on_recovery_completed)

"""Patch: a member waits a second for partitions that the leader of its group is about to assign.

Hole: members that join at the same time sync at the same time. Tansu looks once a second whether the
leader has assigned partitions, so a member whose request comes before the leader's starts a second
later.
Patch: a member that is not the leader syncs a moment later. Applied on Tansu only.
Upstream: Tansu (coordinator/group/administrator.rs, `sync`), not aiokafka.
Remove when: Tansu answers members as soon as the leader has assigned partitions.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from aiokafka.consumer.group_coordinator import CoordinatorGroupRebalance

from stream.engine.patches.replace import replace

# A leader takes some milliseconds to assign partitions.
_SECONDS: Final = 0.15


def apply() -> None:
    """Patch `CoordinatorGroupRebalance`."""
    sync = CoordinatorGroupRebalance._on_join_follower

    async def _on_join_follower(self: Any) -> Any:
        await asyncio.sleep(_SECONDS)
        return await sync(self)

    replace(CoordinatorGroupRebalance, _on_join_follower)

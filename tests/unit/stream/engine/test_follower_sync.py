"""Members that join at the same time: the leader assigns partitions before the others ask for them."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from aiokafka.consumer.group_coordinator import CoordinatorGroupRebalance

from tests.unit.stream.engine.conftest import Install


async def requests_to_sync() -> list[str]:
    """The members in the order of their requests; the leader takes a moment to assign partitions."""
    order = []

    async def assign(_: Any) -> dict[str, bytes]:
        for _ in range(10):
            await asyncio.sleep(0)
        return {}

    def member(name: str) -> Any:
        coordinator = SimpleNamespace(
            generation=1, member_id=name, _group_instance_id=None, _perform_assignment=assign
        )
        rebalance: Any = CoordinatorGroupRebalance.__new__(CoordinatorGroupRebalance)
        rebalance._coordinator, rebalance.group_id, rebalance.coordinator_id = coordinator, "g", 0

        async def send(_: Any) -> bytes:
            order.append(name)
            return b"assigned"

        rebalance._send_sync_group_request = send
        return rebalance

    assigned = await asyncio.gather(
        member("follower")._on_join_follower(), member("leader")._on_join_leader(None)
    )
    assert set(assigned) == {b"assigned"}
    return order


async def test_as_shipped_a_follower_syncs_before_the_leader() -> None:
    assert await requests_to_sync() == ["follower", "leader"]


async def test_follower_sync_comes_after_that_of_the_leader(install: Install) -> None:
    install("follower_sync", leader_first=True)
    assert await requests_to_sync() == ["leader", "follower"]


async def test_follower_sync_stays_as_it_is_on_other_brokers(install: Install) -> None:
    install("follower_sync", leader_first=False)
    assert await requests_to_sync() == ["follower", "leader"]

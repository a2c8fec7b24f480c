"""Patch: Faust uses the idempotent producer within transactions only.

Hole: without it, a repeated request whose response was lost is a second record, and one that
overtakes another changes the order of the changelog.
Patch: the producer is idempotent and waits for all in-sync replicas. Not applied on Tansu, which
has no idempotent producer.
Upstream: no issue known.
Remove when: Faust has a setting for enable_idempotence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from faust.transport.drivers.aiokafka import Producer

from stream.engine.patches.replace import replace


def apply() -> None:
    """Patch `Producer`."""

    def _settings_extra(self: Any) -> Mapping[str, Any]:
        del self
        return {"acks": "all", "enable_idempotence": True}

    replace(Producer, _settings_extra)

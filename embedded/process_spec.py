"""What the runner needs to start a process, check its readiness, and stop it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


def always() -> bool:
    """A probe for a part that nothing waits for."""
    return True


@dataclass(frozen=True, slots=True)
class Part:
    """A process of the stack.

    `env` comes on top of the environment all parts share. `probe` answers within a fraction of a
    second whether the process does its work. It has `stop_seconds` between SIGTERM and SIGKILL.
    With `standby` added to its command it does all that takes time, and waits for a line on its standard
    input before it begins to work; None if it knows no such thing.
    """

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    probe: Callable[[], bool] = always
    stop_seconds: float = 10.0
    standby: str | None = None

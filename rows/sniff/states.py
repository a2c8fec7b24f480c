"""Words for the states of switches and devices, which are no names of sensors."""

from __future__ import annotations

from typing import Final

from rows.sniff.cells import STATES, Column

_OF_DEVICES: Final = frozenset(
    {"running", "stopped", "idle", "standby", "fault", "alarm", "normal", "ok", "error", "active"}
    | {"inactive", "online", "offline", "charging", "discharging", "started", "stop", "run", "auto"}
    | {"manual", "betrieb", "bereit", "stillstand", "gestoppt", "störung", "läuft"}
)


def are_states(column: Column) -> bool:
    """Whether all cells are words for the states of a switch: `True`, `False`."""
    cells = {cell.lower() for cell in column.cells if cell}
    return bool(cells) and cells <= set(STATES)


def are_states_of_devices(column: Column) -> bool:
    """Whether all cells say how a device is, two states at least: `Standby`, `Running`."""
    cells = {cell.lower() for cell in column.cells if cell}
    return len(cells) > 1 and cells <= _OF_DEVICES.union(STATES)

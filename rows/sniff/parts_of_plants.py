"""Columns called by a part of a plant or a number of a device, whose texts come again in no order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from rows.sniff.directions import are_directions
from rows.sniff.known_columns import KnownColumns
from rows.sniff.measured_units import has_unit
from rows.sniff.name_parts import is_numbered
from rows.sniff.states import are_states_of_devices
from rows.sniff.words import folded, without_units

# So many devices at most, and records of each at least.
_MOST: Final = 40
_FEWEST: Final = 2
_PARTS: Final = frozenset(
    {
        "pump",
        "compressor",
        "plc",
        "boiler",
        "turbine",
        "motor",
        "chiller",
        "tank",
        "vessel",
        "reactor",
    }
    | {"robot", "rack", "string", "mppt", "connector", "loop", "feeder", "transformer", "burner"}
    | {"furnace", "oven", "freezer", "fridge", "refrigerator", "press", "conveyor", "silo", "mixer"}
    | {"extruder", "genset", "generator", "module", "cell", "ahu", "line"}
    | {"pumpe", "kompressor", "kessel", "ofen", "presse", "linie", "aggregat", "strang", "modul"}
    | {"zelle", "pompe", "chaudiere", "ligne", "bomba", "caldera", "horno", "linea", "pompa"}
)
_NUMBERED_PARTS: Final = frozenset({"address", "addr", "slave", "instance", "adresse", "slot"})
# What is numbered and is no device.
_NUMBERED_OTHERS: Final = frozenset(
    {
        "step",
        "cycle",
        "batch",
        "lot",
        "test",
        "sample",
        "record",
        "run",
        "shift",
        "program",
        "recipe",
    }
    | {
        "page",
        "sequence",
        "packet",
        "message",
        "frame",
        "order",
        "job",
        "event",
        "zyklus",
        "schritt",
    }
    | {"charge", "week", "day", "month", "hour"}
)


def devices_in_no_order(known: KnownColumns, keys: Sequence[int]) -> list[int]:
    """The columns that say which device a record is of, by their names, and change within a sensor.

    Under a part of a plant there are words that are no states, or numbers from one on.
    """
    found = []
    for place in known.free:
        if place in keys or known.roles[place] is not None or has_unit(known, place):
            continue
        column = known.structure.column(place)
        if not _come_again(column.cells) or not _changes(known, keys, place):
            continue
        words = folded(without_units(known.name(place))).split()
        are_numbers = all(cell.isascii() and cell.isdigit() for cell in column.cells)
        is_part = bool(_PARTS.intersection(words[-1:]))
        if are_numbers:
            numbers = sorted(map(int, set(column.cells)))
            numbered = (
                is_numbered(known.name(place)) or _NUMBERED_PARTS.intersection(words[-1:])
            ) and not (_NUMBERED_OTHERS & set(words))
            if numbered or (is_part and numbers == list(range(1, len(numbers) + 1))):
                found.append(place)
        elif (
            is_part
            and known.has_words(place)
            and not are_states_of_devices(column)
            and not are_directions(column)
        ):
            found.append(place)
    return found


def _come_again(cells: Sequence[str]) -> bool:
    """Whether there are few texts, each in some records, and one comes again after another one."""
    counts = Counter(cells)
    return (
        1 < len(counts) <= _MOST
        and "" not in counts
        and min(counts.values()) >= _FEWEST
        and sum(1 for _ in groupby(cells)) > len(counts)
    )


def _changes(known: KnownColumns, keys: Sequence[int], place: int) -> bool:
    keyed = known.structure.keys
    return len(set(keyed((*keys, place)))) > len(set(keyed(keys)))

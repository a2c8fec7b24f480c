"""Words and signs for whether something rises or falls: they say no sensor, whatever the column is
called (`Trend`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rows.sniff.cells import Column
from rows.sniff.structure import Structure
from rows.sniff.words import HeaderRole, folded

_LONGEST: Final = 20
_SIGNS: Final = frozenset("+-=~±−–<>^v↑↓→←↗↘↖↙⇑⇓⇒⇗⇘↔▲▼►◄△▽⬆⬇➡▬")
_WORDS: Final = frozenset(
    {"rising", "falling", "steady", "stable", "up", "down", "flat", "unchanged", "increasing"}
    | {"decreasing", "constant", "rising slowly", "falling slowly", "rising rapidly", "rising fast"}
    | {"falling rapidly", "falling fast", "rapidly rising", "rapidly falling", "slowly rising"}
    | {"slowly falling", "single up", "single down", "double up", "double down", "forty five up"}
    | {"forty five down", "none", "not computable"}
    | {"steigend", "fallend", "gleichbleibend", "stabil", "konstant", "stark steigend"}
    | {"stark fallend", "hausse", "baisse", "stationnaire", "en hausse", "en baisse"}
    | {"subiendo", "bajando", "estable", "in aumento", "in diminuzione", "stazionario", "stabile"}
    | {"stijgend", "dalend", "stabiel", "gelijk", "stigande", "fallande", "oforandrad"}
    | {"rosnacy", "malejacy", "rosnie", "spada", "bez zmian", "rosnaca", "malejaca", "stabilna"}
)


def with_directions(
    structure: Structure, roles: Sequence[HeaderRole | None]
) -> list[HeaderRole | None]:
    """Roles, columns under a word for the sensor whose cells say directions being descriptors."""
    found = list(roles)
    for place, role in enumerate(roles):
        if (role is None or role.role == "sensor") and are_directions(structure.column(place)):
            found[place] = HeaderRole("descriptor")
    return found


def are_directions(column: Column) -> bool:
    """Whether all cells of a column say that something rises, falls or stays, and not always the
    same."""
    first = next((cell for cell in column.cells if cell.strip()), "")
    if not is_direction(first.strip()):
        return False
    cells = {cell.strip() for cell in column.cells} - {""}
    return len(cells) > 1 and all(map(is_direction, cells))


def is_direction(cell: str) -> bool:
    """Whether a cell says that something rises, falls or stays: `↗`, `--`, `falling`, `FortyFiveUp`."""
    return not set(cell) - _SIGNS or (len(cell) <= _LONGEST and folded(cell) in _WORDS)
